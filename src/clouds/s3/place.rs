//! Where buckets and objects are, and which names an address can carry.

use crate::core::error::{Error, Result};
use crate::core::http::{Method, Request, encode_into, split_endpoint};
use crate::core::link::Link;

/// The address of a bucket or an object. Requests are made from it, as many as an operation needs.
#[derive(Clone)]
pub(super) struct Place {
    base: Option<String>,
    path: Result<String>,
}

impl Place {
    /// A bucket.
    pub fn bucket(link: &Link, bucket: &str) -> Place {
        Place::at(link, bucket, None)
    }

    /// An object.
    pub fn object(link: &Link, bucket: &str, name: &str) -> Place {
        Place::at(link, bucket, Some(name))
    }

    fn at(link: &Link, bucket: &str, name: Option<&str>) -> Place {
        let fault = check_bucket(bucket).and_then(|()| name.map_or(Ok(()), check_name)).err();
        let base = if is_host(bucket, link.setting("style")) { virtual_host(&link.account().endpoint, bucket) } else { None };
        let mut path = String::with_capacity(bucket.len() + name.map_or(0, str::len) + 16);
        if base.is_none() {
            path.push('/');
            path.push_str(bucket);
        }
        if let Some(name) = name {
            path.push('/');
            encode_into(&mut path, name, true);
        }
        Place { base, path: fault.map_or(Ok(path), Err) }
    }

    /// Its URL, at this endpoint unless it has a host of its own.
    pub fn url(&self, endpoint: &str) -> Result<String> {
        Ok([self.base.as_deref().unwrap_or(endpoint), &self.path.clone()?].concat())
    }

    /// A request to this address.
    pub fn request(&self, method: Method) -> Request {
        let mut request = Request::new(method, self.path.clone());
        request.base.clone_from(&self.base);
        request
    }
}

/// `https://bucket.s3.example.com`, and the endpoint's path if it has one.
fn virtual_host(endpoint: &str, bucket: &str) -> Option<String> {
    let (origin, prefix) = split_endpoint(endpoint).ok()?;
    let (scheme, host) = match origin.strip_prefix("https://") {
        Some(host) => ("https://", host),
        None => ("http://", origin.strip_prefix("http://")?),
    };
    Some([scheme, bucket, ".", host, prefix].concat())
}

/// Whether a bucket is addressed by its host.
fn is_host(bucket: &str, style: &str) -> bool {
    // A URL parser reads a label that starts so as an internationalised name, and may refuse it.
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && !label.starts_with("xn--");
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let dots = match style {
        "path" => return false,
        "host" => true,
        _ => !bucket.contains('.'),
    };
    dots && bucket.len() <= 63 && bucket.bytes().all(plain) && bucket.split('.').all(label)
}

/// Refuses a bucket's name that would change the request's host or path. Stores differ in what else they allow.
fn check_bucket(bucket: &str) -> Result<()> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(plain) {
        return Err(Error::invalid("a bucket's name has 3 to 63 letters, digits, dots, dashes or underscores"));
    }
    Ok(())
}

/// Refuses an object's name that an address cannot carry: a URL parser eats segments of dots, encoded or not.
fn check_name(name: &str) -> Result<()> {
    check_length(name)?;
    if name.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(Error::invalid("an object's name cannot have \".\" or \"..\" between slashes: URLs lose them"));
    }
    Ok(())
}

/// Refuses a name that no object has.
pub(super) fn check_length(name: &str) -> Result<()> {
    match name.len() {
        0 => Err(Error::invalid("the object's name is empty")),
        1..=1024 => Ok(()),
        _ => Err(Error::invalid("an object's name has at most 1,024 bytes of UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_hosts() {
        for (bucket, style, host) in [
            ("photos", "", true),
            ("photos", "host", true),
            ("photos", "path", false),
            ("my.photos", "", false),
            ("my.photos", "host", true),
            ("My-Photos", "host", false),
            ("a_b", "", false),
            ("-ab", "", false),
            ("ab-", "", false),
            ("a..b", "host", false),
            ("xn--abc", "", false),
        ] {
            assert_eq!(is_host(bucket, style), host, "{bucket} {style}");
        }
        let host = virtual_host("http://localhost:9000/s3", "photos");
        assert_eq!(host.as_deref(), Some("http://photos.localhost:9000/s3"));
    }

    #[test]
    fn names() {
        let long = "é".repeat(512);
        for name in ["a", "/", "//a", "a//b/", " ", "...", "a/.b", "a\nb", "日本", "%2e%2e", &long] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
        let longer = "é".repeat(513);
        for name in ["", ".", "..", "a/./b", "../a", "a/..", &longer] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for bucket in ["ab", "a/b", "a?b", "a#b", "a b", "a:b", "a@b", "ü12", ""] {
            assert!(check_bucket(bucket).is_err(), "{bucket:?}");
        }
        assert!(check_bucket("A_b.c-1").is_ok());
    }
}
