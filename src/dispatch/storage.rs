//! Storage by name.

use super::{Args, Options};
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::http::Body;
use crate::core::wire::{FromDoc, Json};
use crate::storage::{CorsRule, Download, DownloadOptions, ListObjects, Part, PartPlace, Presign, Storage, UploadOptions};

const UPLOAD: &[&str] = &[
    "contentType",
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "metadata",
    "acl",
    "storageClass",
    "ifMatch",
    "ifNoneMatch",
    "tags",
    "checksum",
    "encryption",
    "encryptionKey",
    "customerKey",
];

/// The call of an operation, by its JavaScript name; `body` is what an upload sends.
pub fn storage<'d>(driver: &'d mut dyn Storage, method: &str, args: Args<'_>, body: Body) -> Result<Call<'d, Json>> {
    let container = || args.id(0, "the container");
    let name = || object_name(args, 1);
    match method {
        "copyObject" | "completeUpload" => args.refuse(4, OPTIONAL, driver.options()),
        "getObject" | "putObject" | "deleteObject" | "createUpload" | "putPart" => args.refuse(2, OPTIONAL, driver.options()),
        _ => {}
    }
    let call = match method {
        "listContainers" => driver.list_containers().encode(),
        "getContainer" => driver.get_container(container()).encode(),
        "createContainer" => driver.create_container(container()).encode(),
        "deleteContainer" => driver.delete_container(container()).encode(),
        "listObjects" => driver.list_rows(container(), &list_objects(args)),
        "getObject" => {
            let o = args.options(2, &["ifMatch", "ifNoneMatch", "version", "customerKey"]);
            driver.get_object(container(), name(), &download_options(o)).encode()
        }
        "putObject" => driver.put_object(container(), name(), body, &upload_options(args, 2)).encode(),
        "deleteObject" => driver.delete_object(container(), name(), args.only(2, "version")).encode(),
        "deleteObjects" => driver.delete_objects(container(), &args.texts(1, "the names")).encode(),
        "copyObject" => {
            let options = args.nth(4).map(|_| upload_options(args, 4));
            let (to_container, to_name) = (args.id(2, "the target container"), object_name(args, 3));
            driver.copy_object(container(), name(), to_container, to_name, options.as_ref()).encode()
        }
        "createUpload" => driver.create_upload(container(), name(), &upload_options(args, 2)).encode(),
        "putPart" => {
            let o = args.options(2, &["upload", "number", "offset", "checksum", "customerKey"]);
            let number = o.number("number").unwrap_or(0);
            if !(1..=10_000).contains(&number) {
                o.bad("number", "\" must be from 1 to 10000");
            }
            let (checksum, customer_key) = (o.own("checksum"), o.secret("customerKey"));
            let place = PartPlace { number, offset: o.number("offset").unwrap_or(0), checksum, customer_key };
            driver.put_part(container(), name(), &o.need_id("upload"), &place, body).encode()
        }
        "completeUpload" => {
            let parts = args.nth(3).ok_or_else(|| Error::invalid("the parts are missing"))?.all(part)?;
            driver.complete_upload(container(), name(), args.text(2, "the upload"), &parts, &upload_options(args, 4)).encode()
        }
        "abortUpload" => driver.abort_upload(container(), name(), args.text(2, "the upload")).encode(),
        "listUploads" => driver.list_uploads(container()).encode(),
        "listParts" => driver.list_parts(container(), name(), args.text(2, "the upload")).encode(),
        "listVersions" => driver.list_versions(container(), &list_objects(args)).encode(),
        "getTags" => driver.get_tags(container(), name()).encode(),
        "setTags" => driver.set_tags(container(), name(), &args.pairs(2, "the tags")).encode(),
        "getCors" => driver.get_cors(container()).encode(),
        "setCors" => {
            let rules = args.nth(1).ok_or_else(|| Error::invalid("the rules are missing"))?.all(cors_rule)?;
            driver.set_cors(container(), &rules).encode()
        }
        "getContainerCdnUrl" => driver.get_container_cdn_url(container()).encode(),
        "getObjectCdnUrl" => driver.get_object_cdn_url(container(), name()).encode(),
        "enableContainerCdn" => driver.enable_container_cdn(container()).encode(),
        "presign" => {
            let o = args.options(2, &["method", "expiresIn", "contentType"]);
            let options = Presign { method: o.own("method"), expires_in: o.number("expiresIn"), content_type: o.own("contentType") };
            driver.presign(container(), name(), &options).encode()
        }
        _ => return Err(Error::unsupported(["storage has no operation \"", method, "\""].concat())),
    };
    args.check().map(|()| call)
}

/// The call of a download, whose answer is no JSON.
pub fn download<'d>(driver: &'d mut dyn Storage, args: Args<'_>) -> Result<Call<'d, Download>> {
    args.refuse(2, OPTIONAL, driver.options());
    let o = args.options(2, &["start", "end", "suffix", "ifMatch", "ifNoneMatch", "version", "customerKey"]);
    let options = download_options(o);
    if options.end.zip(options.start).is_some_and(|(end, start)| end < start) {
        args.1.add(&["the range ends before it starts; both ends are inclusive"]);
    }
    let call = driver.download(args.id(0, "the container"), object_name(args, 1), &options);
    args.check().map(|()| call)
}

fn download_options(o: Options<'_>) -> DownloadOptions {
    DownloadOptions {
        start: o.number("start"),
        end: o.number("end"),
        suffix: o.number("suffix"),
        if_match: o.own("ifMatch"),
        if_none_match: o.own("ifNoneMatch"),
        version: o.own("version"),
        customer_key: o.secret("customerKey"),
    }
}

fn object_name(args: Args<'_>, at: usize) -> &str {
    args.opt_id(at).unwrap_or_else(|| {
        args.1.add(&["the object's name is missing or empty"]);
        ""
    })
}

fn list_objects(args: Args<'_>) -> ListObjects {
    let o = args.options(1, &["prefix", "delimiter", "startAfter", "pageSize"]);
    ListObjects {
        prefix: o.own("prefix"),
        delimiter: o.own("delimiter"),
        start_after: o.own("startAfter"),
        page_size: o.number("pageSize"),
    }
}

/// What an object is stored with, from the options at a place.
pub fn upload_options(args: Args<'_>, at: usize) -> UploadOptions {
    let o = args.options(at, UPLOAD);
    UploadOptions {
        content_type: o.own("contentType"),
        cache_control: o.own("cacheControl"),
        content_disposition: o.own("contentDisposition"),
        content_encoding: o.own("contentEncoding"),
        metadata: o.pairs("metadata"),
        acl: o.own("acl"),
        storage_class: o.own("storageClass"),
        if_match: o.own("ifMatch"),
        if_none_match: o.own("ifNoneMatch"),
        tags: o.pairs("tags"),
        checksum: o.own("checksum"),
        encryption: o.own("encryption"),
        encryption_key: o.own("encryptionKey"),
        customer_key: o.secret("customerKey"),
    }
}

/// Options that not every provider takes.
const OPTIONAL: &[&str] =
    &["acl", "storageClass", "ifMatch", "ifNoneMatch", "tags", "checksum", "encryption", "encryptionKey", "customerKey", "version"];

/// Refuses options of an upload that the provider does not take.
pub fn check_upload(driver: &dyn Storage, args: Args<'_>, at: usize) {
    args.refuse(at, OPTIONAL, driver.options());
}

fn cors_rule(doc: crate::core::wire::Doc<'_>) -> Result<CorsRule> {
    CorsRule::from_doc(doc).ok_or_else(|| Error::invalid("a CORS rule must be an object of origins, methods, headers, expose and maxAge"))
}

fn part(doc: crate::core::wire::Doc<'_>) -> Result<Part> {
    let lacks = |_| Error::invalid("a part lacks \"number\" or \"etag\"");
    Ok(Part {
        number: doc.need("number").map_err(lacks)?,
        etag: doc.need("etag").map_err(lacks)?,
        size: doc.opt("size").unwrap_or(0),
        checksum: doc.opt("checksum"),
    })
}
