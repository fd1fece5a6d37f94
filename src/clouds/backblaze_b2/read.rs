//! What B2 answers, read.

use crate::clouds::extra;
use crate::compute::Extra;
use crate::core::call::decode;
use crate::core::error::{Error, Result};
use crate::core::http::Response;
use crate::core::wire::{Doc, Json, Pairs, Time, object, parse_number};
use crate::storage::{Container, CorsRule, Object, Part, Upload, Version};

pub(super) fn container(d: Doc<'_>) -> Result<Container> {
    let extra = extra(d, &[("id", "bucketId"), ("bucketType", "bucketType")]);
    Ok(Container { name: d.need("bucketName")?, created_at: None, extra })
}

/// A hash as it is told: `unverified:` says that the uploader did not know it, `none` that it is a large file.
pub(super) fn sha1(text: &str) -> Option<String> {
    let hash = text.rsplit(':').next().unwrap_or("");
    if hash.len() == 40 { Some(hash.to_owned()) } else { None }
}

fn time(millis: Option<u64>) -> Option<Time> {
    millis.map(Time)
}

/// Headers of downloads are kept among the metadata, under names that start so.
const HEADERS: &str = "b2-";

/// An object of a list, or of the answer to an upload.
pub(super) fn file(d: Doc<'_>, container: &str) -> Result<Object> {
    let metadata = d.opt::<Pairs>("fileInfo").unwrap_or_default().0;
    Ok(Object {
        name: d.need("fileName")?,
        container: container.to_owned(),
        size: d.opt("contentLength").unwrap_or(0),
        etag: sha1(d.text("contentSha1")),
        last_modified: time(d.opt("uploadTimestamp")),
        content_type: d.opt("contentType"),
        metadata: Pairs(metadata.into_iter().filter(|(name, _)| !name.starts_with(HEADERS)).collect()),
        extra: extra(d, EXTRA),
    })
}

const EXTRA: &[(&str, &str)] = &[
    ("fileId", "fileId"),
    ("uploadTimestamp", "uploadTimestamp"),
    ("contentSha1", "contentSha1"),
    ("contentMd5", "contentMd5"),
    ("cache_control", "fileInfo/b2-cache-control"),
    ("content_disposition", "fileInfo/b2-content-disposition"),
    ("content_encoding", "fileInfo/b2-content-encoding"),
    ("serverSideEncryption", "serverSideEncryption"),
];

/// An object from the headers of its answer; `size` where the headers do not tell it of the whole object.
pub(super) fn object_of(response: &Response, container: &str, name: &str, size: u64) -> Object {
    let header = |name: &str| response.headers.get(name).map(str::to_owned);
    let timestamp = parse_number(response.header("x-bz-upload-timestamp"));
    let mut more: Vec<(&str, Json)> = vec![("uploadTimestamp", timestamp.into())];
    for (known_as, name) in HEADER_EXTRA {
        more.push((known_as, header(name).into()));
    }
    Object {
        name: name.to_owned(),
        container: container.to_owned(),
        size,
        etag: sha1(response.header("x-bz-content-sha1")),
        last_modified: time(timestamp),
        content_type: header("content-type"),
        metadata: info(response),
        extra: Extra(object(&more)),
    }
}

/// The user's metadata from headers, where it is percent-encoded.
pub(super) fn info(response: &Response) -> Pairs {
    let mut pairs = Pairs::default();
    for (header, value) in response.headers.iter() {
        if let Some(name) = header.strip_prefix("x-bz-info-").filter(|name| !name.starts_with(HEADERS)) {
            pairs.0.push((name.to_owned(), decode(value)));
        }
    }
    pairs
}

const HEADER_EXTRA: &[(&str, &str)] = &[
    ("fileId", "x-bz-file-id"),
    ("contentSha1", "x-bz-content-sha1"),
    ("cache_control", "cache-control"),
    ("content_disposition", "content-disposition"),
    ("content_encoding", "content-encoding"),
    ("server_side_encryption", "x-bz-server-side-encryption"),
];

/// The whole object's length: of a range, `Content-Range` tells it, as `bytes 0-4/1234`.
pub(super) fn size(response: &Response) -> Result<u64> {
    let text = match response.status {
        206 => response.header("content-range").rsplit('/').next().unwrap_or(""),
        _ => response.header("content-length"),
    };
    parse_number(text).ok_or_else(|| Error::malformed("the answer does not show how long the object is"))
}

pub(super) fn upload(d: Doc<'_>) -> Result<Upload> {
    Ok(Upload { id: d.need("fileId")?, name: d.need("fileName")?, created_at: time(d.opt("uploadTimestamp")) })
}

pub(super) fn part(d: Doc<'_>) -> Result<Part> {
    let hash = sha1(d.text("contentSha1")).ok_or_else(|| Error::malformed("the answer tells no SHA-1 of the part"))?;
    Ok(Part { number: d.need("partNumber")?, etag: hash, size: d.opt("contentLength").unwrap_or(0), checksum: None })
}

/// A version; which of them is the newest is told by their order.
pub(super) fn version(d: Doc<'_>) -> Result<Version> {
    let Object { name, size, etag, last_modified, .. } = file(d, "")?;
    Ok(Version { id: d.need("fileId")?, name, size, etag, last_modified, latest: false, deleted: d.text("action") == "hide" })
}

pub(super) fn cors_rule(d: Doc<'_>) -> CorsRule {
    let has = |start: &str, end: &str| {
        d.each("allowedOperations").any(|o| o.as_text().strip_prefix(start).is_some_and(|rest| rest.starts_with(end)))
    };
    // A rule without S3's operations is for the native API alone.
    let native = !has("s3_", "");
    let mut methods = Vec::new();
    for (method, s3, b2) in [
        ("GET", "get", "download"),
        ("HEAD", "head", "download"),
        ("PUT", "put", " "),
        ("POST", "post", "upload"),
        ("DELETE", "delete", " "),
    ] {
        if if native { has("b2_", b2) } else { has("s3_", s3) } {
            methods.push(method.to_owned());
        }
    }
    CorsRule {
        origins: d.opt("allowedOrigins").unwrap_or_default(),
        methods,
        headers: d.opt("allowedHeaders").unwrap_or_default(),
        expose: d.opt("exposeHeaders").unwrap_or_default(),
        max_age: d.opt("maxAgeSeconds"),
    }
}
