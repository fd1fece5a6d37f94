//! Storage: containers and the objects in them.

mod upload;

pub use upload::{OpenStorage, Parts, Plan, Purpose, upload};

use crate::compute::{Extra, service};
use crate::core::call::Call;
use crate::core::error::Secret;
use crate::core::http::{Body, Stream};
use crate::core::link::Link;
use crate::core::wire::{Encode, Json, Pairs, Time, model};

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
        /// Its checksum, as `crc32c=BASE64`, where one was sent or is kept.
        checksum "checksum": Option<String>,
    }
}

model! {
    /// One version of an object.
    pub struct Version {
        /// The provider's id of the version.
        id "id": String,
        /// The object's name.
        name "name": String,
        /// Length in bytes.
        size "size": u64,
        /// The entity tag, without quotes.
        etag "etag": Option<String>,
        /// When it was written.
        last_modified "lastModified": Option<Time>,
        /// Whether it is the current one.
        latest "latest": bool,
        /// Whether it only says that the object was deleted.
        deleted "deleted": bool,
    }
}

model! {
    /// Which pages of other origins may use a container from a browser, and how.
    pub struct CorsRule {
        /// Origins, as `https://example.com`, or `*`.
        origins "origins": Vec<String>,
        /// HTTP methods.
        methods "methods": Vec<String>,
        /// Request headers that may be sent, or `*`.
        headers "headers": Vec<String>,
        /// Response headers that scripts may read.
        expose "expose": Vec<String>,
        /// How many seconds a browser may remember the answer.
        max_age "maxAge": Option<u64>,
    }
}

/// Which part of an upload this is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartPlace {
    /// Its number, from 1.
    pub number: u64,
    /// How many bytes of the object come before it.
    pub offset: u64,
    /// Its checksum, as `crc32c=BASE64` or `sha256=BASE64`.
    pub checksum: Option<String>,
    /// The caller's own key, where the upload was started with one.
    pub customer_key: Option<Secret>,
}

impl Listing {
    /// As JavaScript takes it: `{"container", "objects", "prefixes"}`, the objects as rows of name, size, entity tag, time,
    /// extra, media type and metadata, without these two where there is neither. A text in place of extra is a storage class,
    /// and `{"last_modified", "storage_class"}` is meant. Rows are read in a third of the time that objects take.
    pub fn rows(&self) -> Json {
        let mut out = String::from("{\"container\":");
        self.objects.first().map(|object| object.container.clone()).encode(&mut out);
        out.push_str(",\"objects\":[");
        for (i, object) in self.objects.iter().enumerate() {
            let cells: [&dyn Encode; 7] =
                [&object.name, &object.size, &object.etag, &object.last_modified, &object.extra, &object.content_type, &object.metadata];
            let short = object.content_type.is_none() && object.metadata.0.is_empty();
            let mut before = if i > 0 { ",[" } else { "[" };
            for cell in cells.iter().take(if short { 5 } else { 7 }) {
                out.push_str(before);
                cell.encode(&mut out);
                before = ",";
            }
            out.push(']');
        }
        out.push_str("],\"prefixes\":");
        self.prefixes.encode(&mut out);
        out.push('}');
        Json::raw(out)
    }
}

/// Listings stay apart, a line each: joining them here would copy every byte again.
pub fn join_rows(list: &mut Json, more: Json) {
    let mut joined = std::mem::take(list).into_string();
    joined.push('\n');
    joined.push_str(more.as_str());
    *list = Json::raw(joined);
}

/// What the parts of an upload may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that a part but the last has at least.
    pub smallest: u64,
    /// Bytes that a part has at most.
    pub largest: u64,
    /// A part but the last is a multiple of this.
    pub unit: u64,
    /// How many parts there are at most.
    pub most: u64,
    /// Whether they go one after another.
    pub in_order: bool,
}

impl Limits {
    /// What S3 takes, and all that speak it.
    pub const S3: Limits = Limits { smallest: 5 << 20, largest: 5 << 30, unit: 1, most: 10_000, in_order: false };
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

/// Which bytes to download, of which version, and under which condition.
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
    /// Of this version, not the current one.
    pub version: Option<String>,
    /// The caller's own key that it is encrypted with: 32 bytes in base64.
    pub customer_key: Option<Secret>,
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
    /// The user's tags, which unlike metadata can be changed later.
    pub tags: Pairs,
    /// The body's checksum, as `crc32c=BASE64` or `sha256=BASE64`, which the provider checks; for an upload in parts the
    /// algorithm alone.
    pub checksum: Option<String>,
    /// Encryption by the provider, in its own words, as `AES256` or `aws:kms`.
    pub encryption: Option<String>,
    /// The id of the key for it in the provider's key store.
    pub encryption_key: Option<String>,
    /// The caller's own key, which the provider uses and forgets: 32 bytes in base64.
    pub customer_key: Option<Secret>,
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
        /// One object, without its bytes; a range does not matter.
        fn get_object "getObject" (container: &str, name: &str, options: &DownloadOptions) -> Object;
        /// An object's bytes, as a stream.
        fn download "download" (container: &str, name: &str, options: &DownloadOptions) -> Download;
        /// Stores an object in one request; the body's length must be known.
        fn put_object "putObject" (container: &str, name: &str, body: Body, options: &UploadOptions) -> Object;
        /// Deletes an object, or one version of it.
        fn delete_object "deleteObject" (container: &str, name: &str, version: Option<&str>) -> ();
        /// Deletes many objects; gives those that could not be deleted.
        fn delete_objects "deleteObjects" (container: &str, names: &[String]) -> Vec<Undeleted>;
        /// Copies an object inside the provider. Its metadata and media type are copied too, unless the options give others.
        fn copy_object "copyObject" (container: &str, name: &str, to_container: &str, to_name: &str, options: Option<&UploadOptions>) -> Object;
        /// Starts an upload in parts; gives its id.
        fn create_upload "createUpload" (container: &str, name: &str, options: &UploadOptions) -> String;
        /// Uploads a part.
        fn put_part "putPart" (container: &str, name: &str, upload: &str, place: &PartPlace, body: Body) -> Part;
        /// Puts the parts together to the object; the options are those that the upload was started with.
        fn complete_upload "completeUpload" (container: &str, name: &str, upload: &str, parts: &[Part], options: &UploadOptions) -> Object;
        /// Abandons an upload and frees its parts.
        fn abort_upload "abortUpload" (container: &str, name: &str, upload: &str) -> ();
        /// Uploads in parts that are neither complete nor aborted.
        fn list_uploads "listUploads" (container: &str) -> Vec<Upload>;
        /// The parts that an upload has so far.
        fn list_parts "listParts" (container: &str, name: &str, upload: &str) -> Vec<Part>;
        /// Versions of a container's objects, newest first for each name.
        fn list_versions "listVersions" (container: &str, options: &ListObjects) -> Vec<Version>;
        /// An object's tags.
        fn get_tags "getTags" (container: &str, name: &str) -> Pairs;
        /// Replaces an object's tags; none removes them.
        fn set_tags "setTags" (container: &str, name: &str, tags: &Pairs) -> ();
        /// A container's rules for pages of other origins.
        fn get_cors "getCors" (container: &str) -> Vec<CorsRule>;
        /// Replaces these rules; none removes them.
        fn set_cors "setCors" (container: &str, rules: &[CorsRule]) -> ();
        /// Where a delivery network, or anybody, finds a container.
        fn get_container_cdn_url "getContainerCdnUrl" (container: &str) -> String;
        /// Where a delivery network, or anybody, finds an object.
        fn get_object_cdn_url "getObjectCdnUrl" (container: &str, name: &str) -> String;
        /// Has a delivery network serve a container.
        fn enable_container_cdn "enableContainerCdn" (container: &str) -> ();
        /// A URL that works without credentials for a while. Nothing is sent.
        fn presign "presign" (container: &str, name: &str, options: &Presign) -> String;
    } also {
        /// What the parts of an upload may be.
        fn limits(&self) -> Limits {
            Limits::S3
        }

        /// The same as `list_objects`, as [`Listing::rows`]: for drivers that can write them at once.
        fn list_rows(&mut self, container: &str, options: &ListObjects) -> Call<'_, Json> {
            self.list_objects(container, options).map(|listing| Ok(listing.rows()), join_rows)
        }

        /// Which options this driver takes, by JavaScript name, besides media type, headers of downloads and metadata. Others
        /// are refused before anything is sent.
        fn options(&self) -> &'static [&'static str] {
            &[]
        }
    }
}
