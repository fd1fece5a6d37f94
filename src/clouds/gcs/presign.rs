//! URLs that work by themselves, by the V4 signing process. <https://cloud.google.com/storage/docs/access-control/signing-urls-manually>
//! And those that need no signature, where an object is public.

use sha2::{Digest, Sha256};

use crate::core::error::{Error, Result};
use crate::core::http::{Method, encode_into, split_endpoint};
use crate::core::link::Link;
use crate::core::wire::{Time, form, hex, number_text};
use crate::storage::Presign;

/// The longest that a URL can live, in seconds.
const LONGEST: u64 = 604_800;

/// The public address of a container, or of an object in it.
pub(super) fn address(link: &Link, container: &str, name: Option<&str>) -> Result<String> {
    Ok([link.account().endpoint.as_str(), &place(container, name)?].concat())
}

/// Where the XML API has a container, or an object in it.
pub(super) fn place(container: &str, name: Option<&str>) -> Result<String> {
    let dots = |segment: &str| segment == "." || segment == "..";
    if container.is_empty()
        || dots(container)
        || container.contains('/')
        || name.is_some_and(|name| name.is_empty() || name.split('/').any(dots))
    {
        return Err(Error::invalid("a name is empty, or has \".\" or \"..\" between slashes: such a URL leads elsewhere"));
    }
    let mut path = String::with_capacity(container.len() + name.map_or(0, str::len) + 16);
    for part in [Some(container), name].into_iter().flatten() {
        path.push('/');
        encode_into(&mut path, part, true);
    }
    Ok(path)
}

/// A URL without its signature, and the text to sign.
pub(super) fn unsigned(link: &Link, container: &str, name: &str, options: &Presign) -> Result<(String, String)> {
    let method = match Method::parse(options.method.as_deref().unwrap_or("GET"))? {
        method @ (Method::Get | Method::Head | Method::Put | Method::Delete) => method,
        _ => return Err(Error::invalid("a URL can be presigned for GET, HEAD, PUT or DELETE")),
    };
    let content_type = options.content_type.as_deref();
    if content_type.is_some_and(|t| method != Method::Put || !t.bytes().all(|b| b == b' ' || b.is_ascii_graphic())) {
        return Err(Error::invalid("contentType is for URLs to PUT by, and has no line breaks"));
    }
    let seconds = options.expires_in.unwrap_or(3600);
    if seconds == 0 || seconds > LONGEST {
        return Err(Error::invalid("expiresIn must be from 1 to 604800 seconds (a week)"));
    }
    let email = link.setting("email");
    if email.is_empty() {
        return Err(Error::invalid("presigned URLs need a service account's private key: give its key file as credentials"));
    }
    let url = address(link, container, Some(name))?;
    let (origin, _) = split_endpoint(&url)?;
    let date = Time(link.account().now()).amz();
    let scope = [date.get(..8).unwrap_or(""), "/auto/storage/goog4_request"].concat();
    let headers = if content_type.is_some() { "content-type;host" } else { "host" };
    let query = form(
        &[
            ("X-Goog-Algorithm", "GOOG4-RSA-SHA256"),
            ("X-Goog-Credential", &[email, "/", &scope].concat()),
            ("X-Goog-Date", &date),
            ("X-Goog-Expires", &number_text(seconds)),
            ("X-Goog-SignedHeaders", headers),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let mut canonical = [method.name(), "\n", url.get(origin.len()..).unwrap_or(""), "\n", &query, "\n"].concat();
    if let Some(content_type) = content_type {
        canonical.push_str(&["content-type:", content_type.trim_ascii(), "\n"].concat());
    }
    let host = origin.rsplit('/').next().unwrap_or("");
    canonical.push_str(&["host:", host, "\n\n", headers, "\nUNSIGNED-PAYLOAD"].concat());
    let text = ["GOOG4-RSA-SHA256", &date, &scope, &hex(&Sha256::digest(canonical.as_bytes()))].join("\n");
    Ok(([&url, "?", &query].concat(), text))
}
