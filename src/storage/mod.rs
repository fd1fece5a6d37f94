//! Storage: containers and the objects in them.

mod upload;

pub use upload::{OpenStorage, Parts, Plan, Purpose, upload};

use crate::compute::{Extra, service};
use crate::core::call::Call;
use crate::core::http::{Body, Stream};
use crate::core::link::Link;
use crate::core::wire::{Pairs, Time, model};

model! {
    /// A container, also called bucket.
    pub struct Container {
        /// The name.
        name "name": String,
        /// When it was created.
        created_at "createdAt": Option<Time>,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// An object, without its bytes.
    pub struct Object {
        /// The name, exactly as it was given.
        name "name": String,
        /// The container's name.
        container "container": String,
        /// Length in bytes.
        size "size": u64,
        /// The entity tag, without quotes: an opaque version of the bytes.
        etag "etag": Option<String>,
        /// When it was last written.
        last_modified "lastModified": Option<Time>,
        /// The media type; lists do not give it.
        content_type "contentType": Option<String>,
        /// The user's metadata; lists do not give it.
        metadata "metadata": Pairs,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// One page of a listing.
    pub struct Listing {
        /// Objects.
        objects "objects": Vec<Object>,
        /// Common prefixes, where a delimiter was given.
        prefixes "prefixes": Vec<String>,
    }
}

model! {
    /// One object that could not be deleted.
    pub struct Undeleted {
        /// The object's name.
        name "name": String,
        /// The provider's code.
        code "code": String,
        /// The provider's message.
        message "message": String,
    }
}

model! {
    /// An upload in parts that is not complete.
    pub struct Upload {
        /// The provider's id of the upload.
        id "id": String,
        /// The object's name.
        name "name": String,
        /// When it was started.
        created_at "createdAt": Option<Time>,
    }
}

model! {
    /// A part that was uploaded.
    pub struct Part {
        /// Its number, from 1.
        number "number": u64,
        /// Its entity tag.
        etag "etag": String,
        /// Its length in bytes.
        size "size": u64,
    }
}

/// What comes with a download: the object and its bytes, unread.
pub struct Download {
    /// The object; `size` is the whole object's length even when a range was asked for.
    pub object: Object,
    /// The bytes.
    pub body: Stream,
    /// The length of these bytes, where it is known.
    pub length: Option<u64>,
}

/// Which objects to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListObjects {
    /// Only names that start so.
    pub prefix: Option<String>,
    /// Groups names up to the first delimiter after the prefix into `prefixes`.
    pub delimiter: Option<String>,
    /// Only names after this one, in the provider's order.
    pub start_after: Option<String>,
    /// How many names a page has at most; by default as many as the provider gives.
    pub page_size: Option<u64>,
}

/// Which bytes to download, and under which condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownloadOptions {
    /// The first byte; from the end when there is only a `suffix`.
    pub start: Option<u64>,
    /// The last byte, inclusive, as in HTTP.
    pub end: Option<u64>,
    /// This many bytes at the end.
    pub suffix: Option<u64>,
    /// Only if the entity tag is this.
    pub if_match: Option<String>,
    /// Only if the entity tag is not this.
    pub if_none_match: Option<String>,
}

/// What an object is stored with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadOptions {
    /// The media type.
    pub content_type: Option<String>,
    /// `Cache-Control` of downloads.
    pub cache_control: Option<String>,
    /// `Content-Disposition` of downloads.
    pub content_disposition: Option<String>,
    /// `Content-Encoding` of the bytes.
    pub content_encoding: Option<String>,
    /// The user's metadata.
    pub metadata: Pairs,
    /// A canned ACL, as `public-read`, where the provider has them.
    pub acl: Option<String>,
    /// The storage class, where the provider has them.
    pub storage_class: Option<String>,
    /// Only if the entity tag is this.
    pub if_match: Option<String>,
    /// `*`: only if there is no such object yet.
    pub if_none_match: Option<String>,
}

/// What a presigned URL is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presign {
    /// `GET` (the default), `HEAD`, `PUT` or `DELETE`.
    pub method: Option<String>,
    /// How long it works, in seconds; by default an hour.
    pub expires_in: Option<u64>,
    /// The media type that an upload by this URL must declare.
    pub content_type: Option<String>,
}

service! {
    /// Storage. Names round-trip to the letter; a name that a URL cannot carry (a segment `.` or `..`) is refused before
    /// anything is sent. Deleting an object that does not exist succeeds where the provider lets it.
    pub trait Storage, STORAGE {
        /// All containers.
        fn list_containers "listContainers" () -> Vec<Container>;
        /// One container; fails as `NotFound`.
        fn get_container "getContainer" (name: &str) -> Container;
        /// Creates a container.
        fn create_container "createContainer" (name: &str) -> Container;
        /// Deletes a container, which must be empty.
        fn delete_container "deleteContainer" (name: &str) -> ();
        /// Objects of a container, a part a page.
        fn list_objects "listObjects" (container: &str, options: &ListObjects) -> Listing;
        /// One object, without its bytes.
        fn get_object "getObject" (container: &str, name: &str) -> Object;
        /// An object's bytes, as a stream.
        fn download "download" (container: &str, name: &str, options: &DownloadOptions) -> Download;
        /// Stores an object in one request; the body's length must be known.
        fn put_object "putObject" (container: &str, name: &str, body: Body, options: &UploadOptions) -> Object;
        /// Deletes an object.
        fn delete_object "deleteObject" (container: &str, name: &str) -> ();
        /// Deletes many objects; gives those that could not be deleted.
        fn delete_objects "deleteObjects" (container: &str, names: &[String]) -> Vec<Undeleted>;
        /// Copies an object inside the provider. Its metadata and media type are copied too, unless the options give others.
        fn copy_object "copyObject" (container: &str, name: &str, to_container: &str, to_name: &str, options: Option<&UploadOptions>) -> Object;
        /// Starts an upload in parts; gives its id.
        fn create_upload "createUpload" (container: &str, name: &str, options: &UploadOptions) -> String;
        /// Uploads a part; numbers count from 1.
        fn put_part "putPart" (container: &str, name: &str, upload: &str, number: u64, body: Body) -> Part;
        /// Puts the parts together to the object.
        fn complete_upload "completeUpload" (container: &str, name: &str, upload: &str, parts: &[Part]) -> Object;
        /// Abandons an upload and frees its parts.
        fn abort_upload "abortUpload" (container: &str, name: &str, upload: &str) -> ();
        /// Uploads in parts that are neither complete nor aborted.
        fn list_uploads "listUploads" (container: &str) -> Vec<Upload>;
        /// A URL that works without credentials for a while. Nothing is sent.
        fn presign "presign" (container: &str, name: &str, options: &Presign) -> String;
    }
}
