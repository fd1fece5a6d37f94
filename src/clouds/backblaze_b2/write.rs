//! What B2 is asked with, checked before anything is sent.

use md5::{Digest, Md5};

use crate::core::error::{Error, Result, Secret};
use crate::core::http::{Method, Request, encode_into};
use crate::core::sort::sort;
use crate::core::wire::{Doc, Encode, Json, Pairs, base64, decode_base64, hex, write_number, write_text};
use crate::storage::{CorsRule, Part, UploadOptions};

/// A call of the native API with these texts, and these members that are JSON already; what is empty is left out.
pub(super) fn call(name: &str, texts: &[(&str, &str)], more: &[(&str, &str)]) -> Request {
    let mut body = String::from("{");
    let mut member = |name: &str, value: &str, quoted: bool| {
        if !value.is_empty() {
            body.push_str(if body.len() > 1 { "," } else { "" });
            write_text(&mut body, name);
            body.push(':');
            if quoted { write_text(&mut body, value) } else { body.push_str(value) }
        }
    };
    texts.iter().for_each(|(name, value)| member(name, value, true));
    more.iter().for_each(|(name, value)| member(name, value, false));
    body.push('}');
    Request::post(["/b2api/v4/", name].concat().as_str()).json(Json::raw(body))
}

/// The same, to read.
pub(super) fn ask(name: &str, query: &[(&str, &str)]) -> Request {
    let mut request = Request::get(["/b2api/v4/", name].concat().as_str());
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        request.query.push((String::from(*name), String::from(*value)));
    }
    request
}

/// A list of the account's buckets, or of those of this name or id.
pub(super) fn list_buckets(account: Doc<'_>, by: &str, value: &str) -> Request {
    call("b2_list_buckets", &[("accountId", account.text("accountId")), (by, value)], &[]).repeatable()
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
pub(super) fn info(options: &UploadOptions) -> Result<Pairs> {
    let mut info = Pairs::default();
    for (name, value) in [
        ("b2-cache-control", &options.cache_control),
        ("b2-content-disposition", &options.content_disposition),
        ("b2-content-encoding", &options.content_encoding),
    ] {
        if let Some(value) = value {
            info.0.push((name.to_owned(), value.clone()));
        }
    }
    for (name, value) in &options.metadata.0 {
        let name = name.to_ascii_lowercase();
        if name.starts_with("b2-") || info.get(&name).is_some() {
            return Err(Error::invalid("a name of metadata starts with \"b2-\", which is B2's, or differs from another only in case"));
        }
        info.0.push((name, value.clone()));
    }
    if info.0.len() > 10 {
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
    let mut request = request
        .check(check_name(name))
        .check(check_encryption(options))
        .header("x-bz-file-name", encoded(name))
        .header("content-type", content_type(options))
        .header_opt("x-bz-server-side-encryption", options.encryption.as_deref());
    match info(options) {
        Ok(info) => {
            for (name, value) in &info.0 {
                request = request.header(["x-bz-info-", name].concat(), encoded(value));
            }
        }
        Err(error) => request = request.check::<()>(Err(error)),
    }
    with_key(request, options.customer_key.as_ref().map(Secret::expose))
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode_into(&mut out, text, true);
    out
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
pub(super) fn encryption(options: &UploadOptions) -> Result<String> {
    check_encryption(options)?;
    let Some(key) = options.customer_key.as_ref().map(Secret::expose) else {
        return Ok(String::from(if options.encryption.is_some() { r#"{"mode":"SSE-B2","algorithm":"AES256"}"# } else { "" }));
    };
    let md5 = key_md5(key)?;
    Ok([r#"{"mode":"SSE-C","algorithm":"AES256","customerKey":""#, key, r#"","customerKeyMd5":""#, &md5, "\"}"].concat())
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

/// The hashes of the parts, in order, as JSON.
pub(super) fn hashes(parts: &[Part]) -> Result<String> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    sort(&mut parts, |a, b| a.number.cmp(&b.number));
    let mut list = String::from("[");
    let mut number = 0;
    for part in parts {
        number += 1;
        if part.number != number {
            number = 0;
            break;
        }
        list.push_str(if number > 1 { "," } else { "" });
        write_text(&mut list, &part.etag);
    }
    list.push(']');
    match number {
        0 => Err(Error::invalid("an upload is completed from at least one part; numbers count from 1 without a gap")),
        _ => Ok(list),
    }
}

/// What methods mean to B2: operations of its native API, and of its S3 API.
const OPERATIONS: &[(&str, &str)] = &[
    ("GET HEAD", "b2_download_file_by_id"),
    ("GET HEAD", "b2_download_file_by_name"),
    ("PUT POST", "b2_upload_file"),
    ("PUT POST", "b2_upload_part"),
    ("GET", "s3_get"),
    ("HEAD", "s3_head"),
    ("PUT", "s3_put"),
    ("POST", "s3_post"),
    ("DELETE", "s3_delete"),
];

/// Rules as JSON; B2 wants them to have names.
pub(super) fn cors(rules: &[CorsRule]) -> Result<String> {
    let mut list = String::from("[");
    for (rule, number) in rules.iter().zip(1..) {
        let mut operations = Vec::new();
        for (methods, operation) in OPERATIONS {
            if methods.split(' ').any(|method| rule.methods.iter().any(|m| m == method)) {
                operations.push(String::from(*operation));
            }
        }
        if rule.methods.iter().any(|method| !OPERATIONS.iter().any(|(methods, _)| methods.split(' ').any(|m| m == method))) {
            return Err(Error::invalid("a CORS rule's methods are of GET, HEAD, PUT, POST and DELETE"));
        }
        list.push_str(if list.len() > 1 { ",{" } else { "{" });
        list.push_str("\"corsRuleName\":\"skyfetch-");
        write_number(&mut list, number);
        list.push('"');
        for (name, texts) in [
            (",\"allowedOrigins\":", &rule.origins),
            (",\"allowedOperations\":", &operations),
            (",\"allowedHeaders\":", &rule.headers),
            (",\"exposeHeaders\":", &rule.expose),
        ] {
            list.push_str(name);
            texts.encode(&mut list);
        }
        list.push_str(",\"maxAgeSeconds\":");
        write_number(&mut list, rule.max_age.unwrap_or(3600));
        list.push('}');
    }
    list.push(']');
    Ok(list)
}
