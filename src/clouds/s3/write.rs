//! What S3 is asked with: headers, ranges and bodies, checked before anything is sent.

use md5::{Digest, Md5};

use super::place::check_length;
use crate::core::error::{Error, Result, Secret};
use crate::core::http::{Body, Request};
use crate::core::sort::sort;
use crate::core::wire::{Pairs, base64, decode_base64, element, form, number_text, text_element};
use crate::storage::{CorsRule, DownloadOptions, Object, Part, UploadOptions};

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
        ("x-amz-server-side-encryption", &options.encryption),
        ("x-amz-server-side-encryption-aws-kms-key-id", &options.encryption_key),
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
    let tags = Some(form(&options.tags.0)).filter(|tags| !tags.is_empty());
    with_key(request.header_opt("x-amz-tagging", tags), "", options.customer_key.as_ref().map(Secret::expose))
}

/// With the caller's own key: the object's (`of` is empty), or that of the source of a copy (`copy-source-`).
pub(super) fn with_key(mut request: Request, of: &str, key: Option<&str>) -> Request {
    let Some(key) = key else { return request };
    let Some(bytes) = decode_base64(key).filter(|bytes| bytes.len() == 32) else {
        return request.check::<()>(Err(Error::invalid("customerKey must be 32 bytes in base64")));
    };
    let (key, md5) = (base64(&bytes), base64(&Md5::digest(&bytes)));
    for (name, value) in [("algorithm", "AES256"), ("key", &key), ("key-md5", &md5)] {
        request = request.header(["x-amz-", of, "server-side-encryption-customer-", name].concat(), value);
    }
    request
}

/// Checksums: the name of the algorithm, and the element that holds one.
pub(super) const CHECKSUMS: &[(&str, &str)] =
    &[("crc32c", "ChecksumCRC32C"), ("sha256", "ChecksumSHA256"), ("crc32", "ChecksumCRC32"), ("sha1", "ChecksumSHA1")];

/// A checksum's algorithm, the element that holds it, and its value.
fn checksum(text: &str) -> Result<(&'static str, &'static str, &str)> {
    let mut sides = text.splitn(2, '=');
    let (name, value) = (sides.next().unwrap_or(""), sides.next().unwrap_or(""));
    let known = CHECKSUMS.iter().find(|(known, _)| *known == name).filter(|_| decode_base64(value).is_some());
    known.map(|(name, element)| (*name, *element, value)).ok_or_else(|| Error::invalid("a checksum is crc32c=BASE64 or sha256=BASE64"))
}

/// With the body's checksum, which the store checks.
pub(super) fn with_checksum(request: Request, text: Option<&str>) -> Request {
    let Some(text) = text else { return request };
    match checksum(text) {
        // The algorithm is told, too: some stores look for a checksum only then.
        Ok((name, _, value)) if !value.is_empty() => {
            let request = request.header("x-amz-sdk-checksum-algorithm", name.to_ascii_uppercase());
            request.header(["x-amz-checksum-", name].concat(), value)
        }
        known => request.check(known.and(Err::<(), _>(Error::invalid("the checksum's value is missing, after crc32c= or sha256=")))),
    }
}

/// With the algorithm of the checksums that the parts will have.
pub(super) fn with_algorithm(request: Request, text: Option<&str>) -> Request {
    match text.map(checksum) {
        None => request,
        Some(Ok((name, ..))) => request.header("x-amz-checksum-algorithm", name.to_ascii_uppercase()),
        Some(Err(error)) => request.check::<()>(Err(error)),
    }
}

/// With the conditions under which it is stored, by `bare` entity tags without quotes. Repeated, a request that succeeded would meet its own effect and fail.
pub(super) fn conditional(request: Request, options: &UploadOptions, bare: bool) -> Request {
    let conditions = [("if-match", &options.if_match), ("if-none-match", &options.if_none_match)];
    conditions.into_iter().fold(request, |mut request, (header, tag)| {
        let Some(tag) = tag else { return request };
        request.idempotent = false;
        let value = if bare { tag.trim_matches('"').to_owned() } else { quoted(tag) };
        request.check(check_value(tag)).header(header, value)
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

/// The namespace of S3's bodies; OSS's have none.
pub(super) const NAMESPACE: &str = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

/// A body in S3's namespace.
pub(super) fn document(name: &str, content: &str) -> String {
    body(NAMESPACE, name, content)
}

/// A body in this namespace.
pub(super) fn body(namespace: &str, name: &str, content: &str) -> String {
    ["<", name, namespace, ">", content, "</", name, ">"].concat()
}

/// The body that deletes these objects.
pub(super) fn deletion(namespace: &str, names: &[String]) -> Result<String> {
    let mut content = String::with_capacity(names.len() * 48);
    content.push_str("<Quiet>true</Quiet>");
    for name in names {
        check_length(name)?;
        if name.chars().any(|c| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')) {
            return Err(Error::invalid("a name has a control character, which XML cannot carry: delete that object by deleteObject"));
        }
        content.push_str(&element("Object", &text_element("Key", name)));
    }
    Ok(body(namespace, "Delete", &content))
}

/// The body that completes an upload, its parts in order.
pub(super) fn completion(namespace: &str, parts: &[Part]) -> Result<String> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    sort(&mut parts, |a, b| a.number.cmp(&b.number));
    let twice = parts.windows(2).any(|pair| matches!(pair, [a, b] if a.number == b.number));
    if parts.is_empty() || twice || parts.iter().any(|part| !(1..=MOST_PARTS).contains(&part.number)) {
        return Err(Error::invalid("an upload is completed from at least one part; numbers are from 1 to 10000, each once"));
    }
    let mut content = String::with_capacity(parts.len() * 96);
    for part in parts {
        let number = text_element("PartNumber", &number_text(part.number));
        let sum = match part.checksum.as_deref().map(checksum) {
            Some(Ok((_, name, value))) if !value.is_empty() => text_element(name, value),
            _ => String::new(),
        };
        content.push_str(&element("Part", &[number, text_element("ETag", &quoted(&part.etag)), sum].concat()));
    }
    Ok(body(namespace, "CompleteMultipartUpload", &content))
}

/// With a body whose MD5 S3 wants to see.
pub(super) fn with_document(request: Request, body: String) -> Request {
    let md5 = base64(&Md5::digest(body.as_bytes()));
    request.header("content-md5", md5).xml(body)
}

/// The body that sets tags.
pub(super) fn tagging(namespace: &str, tags: &Pairs) -> String {
    let mut content = String::new();
    for (name, value) in &tags.0 {
        content.push_str(&element("Tag", &[text_element("Key", name), text_element("Value", value)].concat()));
    }
    body(namespace, "Tagging", &element("TagSet", &content))
}

/// The body that sets CORS rules.
pub(super) fn cors(namespace: &str, rules: &[CorsRule]) -> String {
    let mut content = String::new();
    for rule in rules {
        let mut inside = String::new();
        for (name, texts) in [
            ("AllowedOrigin", &rule.origins),
            ("AllowedMethod", &rule.methods),
            ("AllowedHeader", &rule.headers),
            ("ExposeHeader", &rule.expose),
        ] {
            for text in texts {
                inside.push_str(&text_element(name, text));
            }
        }
        if let Some(age) = rule.max_age {
            inside.push_str(&text_element("MaxAgeSeconds", &number_text(age)));
        }
        content.push_str(&element("CORSRule", &inside));
    }
    body(namespace, "CORSConfiguration", &content)
}
