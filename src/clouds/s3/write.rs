//! What S3 is asked with: headers, ranges and bodies, checked before anything is sent.

use super::place::check_length;
use crate::core::error::{Error, Result};
use crate::core::http::{Body, Request};
use crate::core::sort::sort;
use crate::core::wire::{Pairs, element, number_text, text_element};
use crate::storage::{DownloadOptions, Object, Part, UploadOptions};

/// How many parts an upload has at most.
pub(super) const MOST_PARTS: u64 = 10_000;

/// The headers that an object is stored with.
///
/// They are ASCII: S3 would decode anything else by RFC 2047 and other stores would not, and `fetch` sends other bytes than
/// were signed. So a text in another alphabet is refused, as Amazon's own SDKs do, instead of coming back as another one.
pub(super) fn stored_as(mut request: Request, options: &UploadOptions) -> Request {
    for (header, value) in [
        ("content-type", &options.content_type),
        ("cache-control", &options.cache_control),
        ("content-disposition", &options.content_disposition),
        ("content-encoding", &options.content_encoding),
        ("x-amz-acl", &options.acl),
        ("x-amz-storage-class", &options.storage_class),
    ] {
        if let Some(value) = value {
            request = request.check(check_value(value)).header(header, value.as_str());
        }
    }
    for (name, value) in &options.metadata.0 {
        let header = ["x-amz-meta-", &name.to_ascii_lowercase()].concat();
        let twice = match request.headers.get(&header) {
            Some(_) => Err(Error::invalid("two names of metadata differ only in case, which no store keeps")),
            None => Ok(()),
        };
        request = request.check(twice).check(check_value(value)).header(header, value.as_str());
    }
    request
}

/// With the conditions under which it is stored. Repeated, a request that succeeded would meet its own effect and fail.
pub(super) fn conditional(request: Request, options: &UploadOptions) -> Request {
    let conditions = [("if-match", &options.if_match), ("if-none-match", &options.if_none_match)];
    conditions.into_iter().fold(request, |mut request, (header, tag)| {
        let Some(tag) = tag else { return request };
        request.idempotent = false;
        request.check(check_value(tag)).header(header, quoted(tag))
    })
}

pub(in crate::clouds) fn check_value(value: &str) -> Result<()> {
    if value.trim_ascii() != value || !value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(Error::invalid(
            "metadata and headers of objects hold ASCII without line breaks or spaces at their ends: encode other text, as by percent-encoding",
        ));
    }
    Ok(())
}

pub(in crate::clouds) fn check_body(body: &Body) -> Result<()> {
    match body.length() {
        Some(_) => Ok(()),
        None => Err(Error::invalid("the length of the body must be known: upload it in parts instead")),
    }
}

pub(in crate::clouds) fn check_upload(upload: &str) -> Result<()> {
    if upload.is_empty() { Err(Error::invalid("the upload's id is empty")) } else { Ok(()) }
}

/// What is known of an object that was just stored.
pub(in crate::clouds) fn stored(container: &str, name: &str, size: u64, options: &UploadOptions) -> Object {
    let metadata = options.metadata.0.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    Object {
        name: name.to_owned(),
        container: container.to_owned(),
        size,
        content_type: options.content_type.clone(),
        metadata: Pairs(metadata.collect()),
        ..Object::default()
    }
}

/// An entity tag as headers have it.
pub(in crate::clouds) fn quoted(etag: &str) -> String {
    match etag {
        "*" => etag.to_owned(),
        _ if etag.ends_with('"') => etag.to_owned(),
        _ => ["\"", etag, "\""].concat(),
    }
}

/// The `Range` header.
pub(in crate::clouds) fn range(options: &DownloadOptions) -> Result<Option<String>> {
    let text = |n: Option<u64>| n.map(number_text).unwrap_or_default();
    match (options.start, options.end, options.suffix) {
        (None, None, None) => Ok(None),
        (None, None, Some(suffix)) if suffix > 0 => Ok(Some(["bytes=-", &text(Some(suffix))].concat())),
        (start, end, None) if end.is_none_or(|end| start.unwrap_or(0) <= end) => {
            Ok(Some(["bytes=", &text(start.or(Some(0))), "-", &text(end)].concat()))
        }
        _ => Err(Error::invalid("a range is start and end (inclusive, end not before start), or a suffix of at least one byte")),
    }
}

/// Whether the range that was asked for is the whole object.
pub(in crate::clouds) fn covers(options: &DownloadOptions, size: Option<u64>) -> bool {
    let most = options.end.map(|end| end.saturating_add(1)).or(options.suffix);
    options.start.unwrap_or(0) == 0 && most.is_none_or(|most| size.is_some_and(|size| most >= size))
}

/// A body in S3's namespace.
pub(super) fn document(name: &str, content: &str) -> String {
    ["<", name, " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", content, "</", name, ">"].concat()
}

/// The body that deletes these objects.
pub(super) fn deletion(names: &[String]) -> Result<String> {
    let mut content = String::with_capacity(names.len() * 48);
    content.push_str("<Quiet>true</Quiet>");
    for name in names {
        check_length(name)?;
        if name.chars().any(|c| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')) {
            return Err(Error::invalid("a name has a control character, which XML cannot carry: delete that object by deleteObject"));
        }
        content.push_str(&element("Object", &text_element("Key", name)));
    }
    Ok(document("Delete", &content))
}

/// The body that completes an upload, its parts in order.
pub(super) fn completion(parts: &[Part]) -> Result<String> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    sort(&mut parts, |a, b| a.number.cmp(&b.number));
    let twice = parts.windows(2).any(|pair| matches!(pair, [a, b] if a.number == b.number));
    if parts.is_empty() || twice || parts.iter().any(|part| !(1..=MOST_PARTS).contains(&part.number)) {
        return Err(Error::invalid("an upload is completed from at least one part; numbers are from 1 to 10000, each once"));
    }
    let mut content = String::with_capacity(parts.len() * 96);
    for part in parts {
        let number = text_element("PartNumber", &number_text(part.number));
        content.push_str(&element("Part", &[number, text_element("ETag", &quoted(&part.etag))].concat()));
    }
    Ok(document("CompleteMultipartUpload", &content))
}
