//! What B2 is asked with, checked before anything is sent.

use md5::{Digest, Md5};

use crate::core::error::{Error, Result};
use crate::core::http::{Method, Request, encode_into};
use crate::core::sort::sort;
use crate::core::wire::{Doc, Json, array, base64, decode_base64, hex, number_text, object};
use crate::storage::{CorsRule, Part, UploadOptions};

/// A call of the native API with these parameters; the empty ones are left out.
pub(super) fn call(name: &str, body: &[(&str, Json)]) -> Request {
    Request::post(["/b2api/v4/", name].concat().as_str()).json(object(body))
}

/// The same, to read.
pub(super) fn ask(name: &str, query: &[(&str, Option<&str>)]) -> Request {
    let request = Request::get(["/b2api/v4/", name].concat().as_str());
    query.iter().fold(request, |request, (name, value)| request.query_opt(name, value.filter(|v| !v.is_empty())))
}

/// A list of the account's buckets, or of those of this name or id.
pub(super) fn list_buckets(account: Doc<'_>, by: &str, value: &str) -> Request {
    let filter = if by.is_empty() { Json::default() } else { value.into() };
    call("b2_list_buckets", &[("accountId", account.text("accountId").into()), (by, filter)]).repeatable()
}

/// A request to where an object is downloaded by name.
pub(super) fn object_at(method: Method, container: &str, name: &str) -> Request {
    let request = Request::new(method, address(container, name).as_str()).to("download");
    request.check(check_bucket(container)).check(check_name(name))
}

/// Where an object is downloaded by name.
pub(super) fn address(container: &str, name: &str) -> String {
    let mut path = ["/file/", container, "/"].concat();
    encode_into(&mut path, name, true);
    path
}

pub(super) fn check_bucket(name: &str) -> Result<()> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        return Err(Error::invalid("a bucket's name has letters, digits and dashes"));
    }
    Ok(())
}

/// Refuses an object's name that B2 does not take, or that an address cannot carry.
/// <https://www.backblaze.com/docs/cloud-storage-files>
pub(super) fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > 1024 || name.chars().any(|c| c < ' ' || c == '\x7f') {
        return Err(Error::invalid("an object's name has 1 to 1,024 bytes of UTF-8, and no control characters"));
    }
    if name.split('/').any(|segment| segment.is_empty() || segment == "." || segment == ".." || segment.len() > 250) {
        return Err(Error::invalid(
            "the parts of an object's name between slashes have 1 to 250 bytes and are neither \".\" nor \"..\"; none starts or ends with a slash",
        ));
    }
    Ok(())
}

/// What a file is stored with, as names and values of its `fileInfo`: the metadata, and headers of downloads among it.
pub(super) fn info(options: &UploadOptions) -> Result<Vec<(String, String)>> {
    let mut info: Vec<(String, String)> = Vec::new();
    for (name, value) in [
        ("b2-cache-control", &options.cache_control),
        ("b2-content-disposition", &options.content_disposition),
        ("b2-content-encoding", &options.content_encoding),
    ] {
        if let Some(value) = value {
            info.push((name.to_owned(), value.clone()));
        }
    }
    for (name, value) in &options.metadata.0 {
        let name = name.to_ascii_lowercase();
        if name.starts_with("b2-") || info.iter().any(|(n, _)| *n == name) {
            return Err(Error::invalid("a name of metadata starts with \"b2-\", which is B2's, or differs from another only in case"));
        }
        info.push((name, value.clone()));
    }
    if info.len() > 10 {
        return Err(Error::invalid("B2 keeps 10 names of metadata at most, headers of downloads among them"));
    }
    Ok(info)
}

/// The media type; B2 tells it from the name where none is given.
pub(super) fn content_type(options: &UploadOptions) -> &str {
    options.content_type.as_deref().unwrap_or("b2/x-auto")
}

/// The headers of an upload.
pub(super) fn stored_as(request: Request, name: &str, options: &UploadOptions) -> Request {
    let encode = |text: &str| {
        let mut encoded = String::with_capacity(text.len());
        encode_into(&mut encoded, text, true);
        encoded
    };
    let info = info(options);
    let mut request = request
        .check(check_name(name))
        .check(check_encryption(options))
        .check(info.as_ref().map(|_| ()).map_err(Clone::clone))
        .header("x-bz-file-name", encode(name))
        .header("content-type", content_type(options))
        .header_opt("x-bz-server-side-encryption", options.encryption.as_deref());
    for (name, value) in info.unwrap_or_default() {
        request = request.header(["x-bz-info-", &name].concat(), encode(&value));
    }
    with_key(request, options.customer_key.as_deref())
}

fn check_encryption(options: &UploadOptions) -> Result<()> {
    match (options.encryption.as_deref(), &options.customer_key) {
        (None, _) | (Some("AES256"), None) => Ok(()),
        _ => Err(Error::invalid("encryption is \"AES256\", or there is a customerKey, not both")),
    }
}

/// The MD5 of the caller's own key.
fn key_md5(key: &str) -> Result<String> {
    let bytes = decode_base64(key).filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or_else(|| Error::invalid("customerKey must be 32 bytes in base64"))?;
    Ok(base64(&Md5::digest(&bytes)))
}

/// The caller's own key as headers.
pub(super) fn with_key(request: Request, key: Option<&str>) -> Request {
    let Some(key) = key else { return request };
    let md5 = key_md5(key);
    request
        .check(md5.clone())
        .header("x-bz-server-side-encryption-customer-algorithm", "AES256")
        .header("x-bz-server-side-encryption-customer-key", key)
        .header("x-bz-server-side-encryption-customer-key-md5", md5.unwrap_or_default())
}

/// Encryption as JSON, where any is asked for.
pub(super) fn encryption(options: &UploadOptions) -> Result<Json> {
    check_encryption(options)?;
    Ok(match (&options.encryption, &options.customer_key) {
        (Some(algorithm), _) => object(&[("mode", "SSE-B2".into()), ("algorithm", algorithm.into())]),
        (_, Some(key)) => object(&[
            ("mode", "SSE-C".into()),
            ("algorithm", "AES256".into()),
            ("customerKey", key.into()),
            ("customerKeyMd5", key_md5(key)?.into()),
        ]),
        _ => Json::default(),
    })
}

/// The `X-Bz-Content-Sha1` of a body: B2 wants its SHA-1 before the bytes or after them, or to be told not to verify. Bodies
/// are streams that nobody reads here, so it is told so, unless the caller knows the hash.
pub(super) fn sha1_of(checksum: Option<&str>) -> Result<String> {
    let Some(checksum) = checksum else { return Ok("do_not_verify".to_owned()) };
    let bytes = checksum.strip_prefix("sha1=").and_then(decode_base64).filter(|bytes| bytes.len() == 20);
    bytes
        .map(|bytes| hex(&bytes))
        .ok_or_else(|| Error::unsupported("B2 verifies SHA-1 only: give checksum as \"sha1=\" and 20 bytes in base64"))
}

/// The hashes of the parts, in order.
pub(super) fn hashes(parts: &[Part]) -> Result<Json> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    sort(&mut parts, |a, b| a.number.cmp(&b.number));
    if parts.is_empty() || parts.iter().zip(1..).any(|(part, number)| part.number != number) {
        return Err(Error::invalid("an upload is completed from at least one part; numbers count from 1 without a gap"));
    }
    Ok(array(parts.iter().map(|part| part.etag.as_str().into())))
}

/// What a method means to B2: operations of its native API, and of its S3 API.
const OPERATIONS: &[(&str, &[&str])] = &[
    ("GET", &["b2_download_file_by_id", "b2_download_file_by_name", "s3_get"]),
    ("HEAD", &["b2_download_file_by_id", "b2_download_file_by_name", "s3_head"]),
    ("PUT", &["b2_upload_file", "b2_upload_part", "s3_put"]),
    ("POST", &["b2_upload_file", "b2_upload_part", "s3_post"]),
    ("DELETE", &["s3_delete"]),
];

/// Rules, which B2 wants to have names.
pub(super) fn cors(rules: &[CorsRule]) -> Result<Json> {
    let mut list = Vec::with_capacity(rules.len());
    for (rule, number) in rules.iter().zip(1..) {
        let mut operations: Vec<&str> = Vec::new();
        for method in &rule.methods {
            let known = OPERATIONS.iter().find(|(name, _)| name == method);
            let (_, meant) = known.ok_or_else(|| Error::invalid("a CORS rule's methods are of GET, HEAD, PUT, POST and DELETE"))?;
            for operation in meant.iter() {
                if !operations.contains(operation) {
                    operations.push(operation);
                }
            }
        }
        list.push(object(&[
            ("corsRuleName", ["skyfetch-", &number_text(number)].concat().into()),
            ("allowedOrigins", (&rule.origins).into()),
            ("allowedOperations", array(operations.into_iter().map(Json::from))),
            ("allowedHeaders", (&rule.headers).into()),
            ("exposeHeaders", (&rule.expose).into()),
            ("maxAgeSeconds", rule.max_age.unwrap_or(3600).into()),
        ]));
    }
    Ok(array(list))
}
