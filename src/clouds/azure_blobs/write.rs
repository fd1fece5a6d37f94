//! What Azure is asked with: addresses, headers and bodies, checked before anything is sent.

use sha2::{Digest, Sha256};

use crate::clouds::s3::write::check_value;
pub(super) use crate::clouds::s3::write::{check_body, check_upload, covers, quoted, range, stored};
use crate::core::error::{Error, Result, Secret};
use crate::core::http::{Method, Request, encode_into};
use crate::core::sort::sort;
use crate::core::wire::{Pairs, base64, decode_base64, element, form, number_text, text_element};
use crate::storage::{CorsRule, DownloadOptions, ListObjects, Part, UploadOptions};

/// How many parts an upload has at most.
pub(super) const MOST_PARTS: u64 = 50_000;

/// The path of a container.
pub(super) fn container(name: &str) -> Result<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$');
    if !(3..=63).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(Error::invalid("a container's name has 3 to 63 lower-case letters, digits and dashes"));
    }
    Ok(["/", name].concat())
}

/// The path of an object.
pub(super) fn object(bucket: &str, name: &str) -> Result<String> {
    let mut path = container(bucket)?;
    // A URL parser eats segments of dots; Azure takes a backslash for a slash, and gives the last two of these encoded in lists.
    let mut length = 0;
    let mut bad = name.is_empty() || name.split('/').any(|segment| segment == "." || segment == "..");
    for c in name.chars() {
        length += c.len_utf16();
        bad |= matches!(c, '\\' | '\u{fffe}' | '\u{ffff}');
    }
    if bad || length > 1024 {
        return Err(Error::invalid(
            "an object's name has 1 to 1,024 letters, none of them a backslash, and no \".\" or \"..\" between slashes",
        ));
    }
    path.push('/');
    encode_into(&mut path, name, true);
    Ok(path)
}

/// A request for an object as it is in one version, under conditions.
pub(super) fn request(method: Method, path: &Result<String>, options: &DownloadOptions) -> Request {
    let request = Request::new(method, path.clone()).query_opt("versionid", options.version.as_deref());
    keyed(when(request, &options.if_match, &options.if_none_match), &options.customer_key)
}

/// With conditions.
fn when(mut request: Request, matches: &Option<String>, none_matches: &Option<String>) -> Request {
    for (header, tag) in [("if-match", matches), ("if-none-match", none_matches)] {
        if let Some(tag) = tag {
            request = request.check(check_value(tag)).header(header, quoted(tag));
        }
    }
    request
}

/// With the caller's own key of encryption.
fn keyed(request: Request, key: &Option<Secret>) -> Request {
    let Some(key) = key.as_ref().map(Secret::expose) else { return request };
    match decode_base64(key).filter(|bytes| bytes.len() == 32) {
        Some(bytes) => request
            .header("x-ms-encryption-key", key)
            .header("x-ms-encryption-key-sha256", base64(&Sha256::digest(bytes)))
            .header("x-ms-encryption-algorithm", "AES256"),
        None => request.check::<()>(Err(Error::invalid("customerKey must be 32 bytes in base64"))),
    }
}

/// The request for a page of a list.
pub(super) fn page(path: &Result<String>, include: &str, options: &ListObjects, marker: &str) -> Request {
    let mut request = Request::get(path.clone()).query("comp", "list").query("include", include);
    if request.path != "/" {
        request = request.query("restype", "container");
    }
    let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
    let sizes = match options.page_size {
        Some(0) => Err(Error::invalid("pageSize must be at least 1")),
        _ => Ok(()),
    };
    request
        .check(sizes)
        .query_opt("prefix", given(&options.prefix))
        .query_opt("delimiter", given(&options.delimiter))
        .query_opt("maxresults", options.page_size.map(number_text))
        .query_opt("marker", Some(marker).filter(|marker| !marker.is_empty()))
}

/// With what downloads will say.
pub(super) fn described(mut request: Request, options: &UploadOptions) -> Request {
    for (header, value) in [
        ("x-ms-blob-content-type", &options.content_type),
        ("x-ms-blob-cache-control", &options.cache_control),
        ("x-ms-blob-content-disposition", &options.content_disposition),
        ("x-ms-blob-content-encoding", &options.content_encoding),
    ] {
        if let Some(value) = value {
            request = request.check(check_value(value)).header(header, value.as_str());
        }
    }
    request
}

/// With metadata, tags, tier and conditions, which a copy takes, too.
pub(super) fn marked(mut request: Request, options: &UploadOptions) -> Request {
    for (name, value) in &options.metadata.0 {
        let header = ["x-ms-meta-", &name.to_ascii_lowercase()].concat();
        let twice = match request.headers.get(&header) {
            Some(_) => Err(Error::invalid("two names of metadata differ only in case, which no store keeps")),
            None => Ok(()),
        };
        request = request.check(twice).check(check_value(value)).header(header, value.as_str());
    }
    if !options.tags.0.is_empty() {
        request = request.header("x-ms-tags", form(&options.tags.0));
    }
    if let Some(tier) = &options.storage_class {
        request = request.check(check_value(tier)).header("x-ms-access-tier", tier.as_str());
    }
    // Repeated, a request that succeeded would meet its own effect and fail.
    if options.if_match.is_some() || options.if_none_match.is_some() {
        request.idempotent = false;
    }
    when(request, &options.if_match, &options.if_none_match)
}

/// The headers that an object is stored with.
pub(super) fn stored_as(request: Request, options: &UploadOptions) -> Request {
    let request = marked(described(request, options), options);
    let scope = options.encryption_key.as_deref();
    let request = request.check(scope.map_or(Ok(()), check_value)).header_opt("x-ms-encryption-scope", scope);
    keyed(request, &options.customer_key)
}

/// With the checksum of its body, which Azure checks.
pub(super) fn summed(request: Request, checksum: &Option<String>) -> Request {
    let Some(checksum) = checksum else { return request };
    let mut sides = checksum.splitn(2, '=');
    let (algorithm, sum) = (sides.next().unwrap_or(""), sides.next().unwrap_or(""));
    match ALGORITHMS.iter().find(|(name, _)| *name == algorithm) {
        Some((_, header)) => request.check(check_value(sum)).header(*header, sum),
        None => request.check(no_checksum()),
    }
}

/// What an upload in parts cannot have, for parts do not know it.
pub(super) fn in_parts(options: &UploadOptions) -> Result<()> {
    match &options.checksum {
        Some(algorithm) if ALGORITHMS.iter().all(|(name, _)| name != algorithm) => return no_checksum(),
        _ => {}
    }
    match (&options.customer_key, &options.encryption_key) {
        (None, None) => Ok(()),
        _ => Err(Error::unsupported("customerKey and encryptionKey hold for objects stored in one request here, not in parts")),
    }
}

fn no_checksum() -> Result<()> {
    Err(Error::unsupported("checksum must be md5 or crc64 here: Azure checks no other"))
}

const ALGORITHMS: &[(&str, &str)] = &[("md5", "content-md5"), ("crc64", "x-ms-content-crc64")];

/// A block's id: all of an object have one length, and an upload's own begin with its id.
pub(super) fn block(upload: &str, number: u64) -> String {
    let mut digits = number_text(number);
    while digits.len() < 5 {
        digits.insert(0, '0');
    }
    base64([upload, &digits].concat().as_bytes())
}

/// The body that completes an upload, its parts in order.
pub(super) fn completion(upload: &str, parts: &[Part]) -> Result<String> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    sort(&mut parts, |a, b| a.number.cmp(&b.number));
    let twice = parts.windows(2).any(|pair| matches!(pair, [a, b] if a.number == b.number));
    if parts.is_empty() || twice || parts.iter().any(|part| !(1..=MOST_PARTS).contains(&part.number)) {
        return Err(Error::invalid("an upload is completed from at least one part; numbers are from 1 to 50000, each once"));
    }
    let mut content = String::with_capacity(parts.len() * 72);
    for part in parts {
        // The latest is the one sent now or, when this request is repeated, the one that was put together then.
        content.push_str(&element("Latest", &block(upload, part.number)));
    }
    Ok(element("BlockList", &content))
}

/// The body that sets tags.
pub(super) fn tags(tags: &Pairs) -> String {
    let mut content = String::new();
    for (key, value) in &tags.0 {
        content.push_str(&element("Tag", &[text_element("Key", key), text_element("Value", value)].concat()));
    }
    element("Tags", &element("TagSet", &content))
}

/// The body that sets rules for other origins. Azure keeps the properties that it does not name.
pub(super) fn cors(rules: &[CorsRule]) -> String {
    let mut content = String::new();
    for rule in rules {
        let mut one = String::new();
        for (name, list) in [
            ("AllowedOrigins", &rule.origins),
            ("AllowedMethods", &rule.methods),
            ("AllowedHeaders", &rule.headers),
            ("ExposedHeaders", &rule.expose),
        ] {
            one.push_str(&text_element(name, &list.join(",")));
        }
        one.push_str(&element("MaxAgeInSeconds", &number_text(rule.max_age.unwrap_or(0))));
        content.push_str(&element("CorsRule", &one));
    }
    element("StorageServiceProperties", &element("Cors", &content))
}
