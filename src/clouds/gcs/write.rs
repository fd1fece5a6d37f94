//! What Cloud Storage is asked with: conditions, keys, resources and checksums.

use sha2::{Digest, Sha256};

use crate::core::error::{Error, Result, Secret};
use crate::core::http::Request;
use crate::core::wire::{Json, Pairs, base64, decode_base64, number_text, object, parse_number};
use crate::storage::{CorsRule, Part, UploadOptions};

/// The generation that an entity tag names. One that names none is that of no object, so that no condition takes it for one.
pub(super) fn generation(etag: &str) -> String {
    number_text(parse_number(etag).filter(|n| *n > 0).unwrap_or(1))
}

/// With what holds for every write: conditions, ACL, keys. Repeated, a conditional request that succeeded would meet its own
/// effect and fail.
pub(super) fn stored_as(request: Request, options: &UploadOptions, acl: &str, kms_key: &str) -> Request {
    let (request, condition) = match (options.if_match.as_deref(), options.if_none_match.as_deref()) {
        (None, None) => (request.repeatable(), None),
        (Some(etag), None) if etag != "*" => (request, Some(generation(etag))),
        (None, Some("*")) => (request, Some("0".to_owned())),
        _ => (request.check::<()>(Err(Error::invalid("an object is stored either ifMatch: an entity tag, or ifNoneMatch: *"))), None),
    };
    let refused = match (options.tags.0.is_empty(), &options.encryption) {
        (false, _) => Err(Error::unsupported("option \"tags\": this provider's objects have metadata, and no tags")),
        (_, Some(_)) => Err(Error::unsupported("option \"encryption\": everything is encrypted here; an encryptionKey says by which key")),
        _ => Ok(()),
    };
    let request = request.check(refused).query_opt("ifGenerationMatch", condition);
    let request = request.query_opt(acl, options.acl.as_deref().map(camel)).query_opt(kms_key, options.encryption_key.as_deref());
    keyed(request, options.customer_key.as_ref().map(Secret::expose))
}

/// `publicRead` of `public-read`.
fn camel(acl: &str) -> String {
    let mut out = String::with_capacity(acl.len());
    let mut upper = false;
    for c in acl.chars() {
        if c != '-' {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
        }
        upper = c == '-';
    }
    out
}

/// With the caller's own key.
pub(super) fn keyed(request: Request, key: Option<&str>) -> Request {
    let Some(key) = key else { return request };
    match decode_base64(key) {
        Some(bytes) if bytes.len() == 32 => request
            .header("x-goog-encryption-algorithm", "AES256")
            .header("x-goog-encryption-key", key)
            .header("x-goog-encryption-key-sha256", base64(&Sha256::digest(&bytes))),
        _ => request.check::<()>(Err(Error::invalid("option \"customerKey\" must be 32 bytes in base64"))),
    }
}

/// What an object's resource says besides metadata and checksum.
fn texts(options: &UploadOptions) -> [(&'static str, &Option<String>); 5] {
    [
        ("contentType", &options.content_type),
        ("cacheControl", &options.cache_control),
        ("contentDisposition", &options.content_disposition),
        ("contentEncoding", &options.content_encoding),
        ("storageClass", &options.storage_class),
    ]
}

/// An object's resource: what it is stored with.
pub(super) fn resource(options: &UploadOptions, checksum: Option<&str>) -> Result<Json> {
    let mut members = Vec::with_capacity(8);
    for (name, text) in texts(options) {
        members.push((name, text.as_ref().map_or_else(Json::default, Json::from)));
    }
    if let Some(checksum) = checksum {
        let mut sides = checksum.splitn(2, '=');
        members.push(match (sides.next(), sides.next()) {
            (Some("crc32c"), Some(sum)) => ("crc32c", sum.into()),
            (Some("md5"), Some(sum)) => ("md5Hash", sum.into()),
            _ => return Err(Error::unsupported("option \"checksum\": this provider checks crc32c=… and md5=…, in base64")),
        });
    }
    let mut metadata = Pairs::default();
    for (name, value) in &options.metadata.0 {
        let name = name.to_ascii_lowercase();
        if metadata.get(&name).is_some() {
            return Err(Error::invalid("two names of metadata differ only in case, which no store keeps"));
        }
        metadata.0.push((name, value.clone()));
    }
    if !metadata.0.is_empty() {
        members.push(("metadata", (&metadata).into()));
    }
    Ok(object(&members))
}

/// Whether the resource says more than a media type.
pub(super) fn has_resource(options: &UploadOptions) -> bool {
    let more = texts(options).iter().skip(1).any(|(_, text)| text.is_some());
    more || options.checksum.is_some() || !options.metadata.0.is_empty()
}

/// Whether a copy gets what the options say, and nothing of what the source had. (A storage class alone changes that alone.)
pub(super) fn replaces(options: &UploadOptions) -> bool {
    texts(options).iter().take(4).any(|(_, text)| text.is_some()) || !options.metadata.0.is_empty()
}

/// A bucket's CORS rules.
pub(super) fn cors(rules: &[CorsRule]) -> Json {
    let mut list = String::from("[");
    for rule in rules {
        let mut both = rule.headers.clone();
        for name in &rule.expose {
            if !both.contains(name) {
                both.push(name.clone());
            }
        }
        let members = [
            ("origin", Json::of(&rule.origins)),
            ("method", Json::of(&rule.methods)),
            ("responseHeader", Json::of(&both)),
            ("maxAgeSeconds", rule.max_age.into()),
        ];
        list.push_str(if list.len() > 1 { "," } else { "" });
        list.push_str(object(&members).as_str());
    }
    list.push(']');
    object(&[("cors", Json::raw(list))])
}

/// The CRC32C of all parts together, in base64, from that of each; nothing where one is not known.
pub(super) fn crc32c(parts: &[Part]) -> Option<String> {
    let mut whole = 0_u32;
    for part in parts {
        let bytes = decode_base64(part.checksum.as_deref()?.strip_prefix("crc32c=")?)?;
        let crc = u32::from_be_bytes(bytes.try_into().ok()?);
        whole = multiply(after(part.size), whole) ^ crc;
    }
    Some(base64(&whole.to_be_bytes()))
}

/// What a CRC is multiplied by when so many bytes follow: x to the power of their bits.
fn after(bytes: u64) -> u32 {
    let (mut power, mut square) = (1 << 31, 1 << 30);
    let mut bits = u128::from(bytes) * 8;
    while bits > 0 {
        if bits & 1 == 1 {
            power = multiply(square, power);
        }
        square = multiply(square, square);
        bits >>= 1;
    }
    power
}

/// Multiplies two polynomials over bits, modulo that of Castagnoli; the highest bit is the lowest power.
fn multiply(a: u32, mut b: u32) -> u32 {
    let mut product = 0;
    for bit in (0..32).rev() {
        if (a >> bit) & 1 == 1 {
            product ^= b;
        }
        b = if b & 1 == 1 { (b >> 1) ^ 0x82f6_3b78 } else { b >> 1 };
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, b: &u8| (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { (c >> 1) ^ 0x82f6_3b78 } else { c >> 1 });
        !bytes.iter().fold(!0, step)
    }

    #[test]
    fn checksums_of_parts_give_that_of_the_whole() {
        assert_eq!(crc(b"123456789"), 0xe306_9283);
        let bytes: Vec<u8> = (0..10_000_u32).map(|n| (n * 7 + n / 251) as u8).collect();
        for cuts in [&[][..], &[1], &[9_999], &[0, 5_000], &[1, 2, 3, 4_096]] {
            let edges: Vec<usize> = [0].into_iter().chain(cuts.iter().copied()).chain([bytes.len()]).collect();
            let part = |pair: &[usize]| {
                let bytes = bytes.get(pair[0]..pair[1]).unwrap_or_default();
                Part {
                    size: bytes.len() as u64,
                    checksum: Some(["crc32c=", &base64(&crc(bytes).to_be_bytes())].concat()),
                    ..Part::default()
                }
            };
            let parts: Vec<Part> = edges.windows(2).map(part).collect();
            assert_eq!(crc32c(&parts), Some(base64(&crc(&bytes).to_be_bytes())), "{cuts:?}");
        }
        assert_eq!(crc32c(&[Part::default()]), None);
    }

    #[test]
    fn acls() {
        assert_eq!(
            ["public-read", "private", "bucketOwnerRead", "bucket-owner-full-control"].map(camel),
            ["publicRead", "private", "bucketOwnerRead", "bucketOwnerFullControl"]
        );
    }
}
