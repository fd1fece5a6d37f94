//! What a driver cannot compute by itself.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::error::{Error, Result, Secret};
use super::http::{Attempt, Body, Response, Stream};
use super::task::Cancel;

/// The world outside: HTTP, time, chance. One implementation a runtime, in `hosts`.
pub trait Host {
    /// Sends one attempt. Dropping the future aborts the exchange. An answer of any status is `Ok`;
    /// an error is of kind `Transport`, or `Malformed` for a body over [`BODY_LIMIT`].
    ///
    /// `cancel` outlives the future: a streamed body still ends when it fires.
    fn send(&self, attempt: &Attempt<'_>, cancel: &Cancel) -> LocalBoxFuture<'static, Result<Response>>;

    /// Resolves after this many milliseconds.
    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()>;

    /// Milliseconds since 1970, UTC.
    fn now(&self) -> u64;

    /// Fills the buffer with random bytes fit for tokens.
    fn random(&self, bytes: &mut [u8]);

    /// Reads a body whole: for what is stored in memory, as the sandbox does.
    fn collect(&self, body: &Body) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        Box::pin(std::future::ready(match body {
            Body::Stream(_) => Err(Error::unsupported("this host cannot read a stream whole")),
            body => Ok(body.bytes().to_vec()),
        }))
    }

    /// Gives bytes as a stream of this host's own kind.
    fn stream(&self, bytes: Vec<u8>) -> Stream {
        Stream { length: Some(bytes.len() as u64), handle: Box::new(bytes), repeatable: false }
    }

    /// Signs with an RSA private key in PKCS #8 PEM (RSASSA-PKCS1-v1_5, SHA-256), as service accounts need.
    fn sign_rsa(&self, key: &Secret, data: &[u8]) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        let _ = (key, data);
        Box::pin(std::future::ready(Err(Error::unsupported("this host cannot sign with RSA"))))
    }
}

/// The bytes (DER) of a private key in PKCS #8 PEM. A key that came through an environment may have `\n` for line breaks.
pub fn pkcs8(key: &Secret) -> Result<Vec<u8>> {
    const FIRST: &str = "-----BEGIN PRIVATE KEY-----";
    const LAST: &str = "-----END PRIVATE KEY-----";
    let body = key.expose().trim_ascii().strip_prefix(FIRST).and_then(|rest| rest.trim_end_matches("\\n").strip_suffix(LAST));
    let mut text = String::with_capacity(body.map_or(0, str::len));
    let mut chars = body.unwrap_or("").chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            c if c.is_ascii_whitespace() => {}
            c => text.push(c),
        }
    }
    super::wire::unbase64(&text)
        .filter(|der| !der.is_empty())
        .ok_or_else(|| Error::invalid("the private key must be in PKCS #8 PEM, from -----BEGIN PRIVATE KEY----- to the end: copy it again"))
}

/// A host that many accounts share.
pub type SharedHost = Rc<dyn Host>;

/// An answer that is not streamed may be this long, in bytes; a longer one is refused.
pub const BODY_LIMIT: u64 = 256 << 20;

/// A random fraction in `[0, 1)`.
pub fn chance(host: &dyn Host) -> f64 {
    let mut bytes = [0; 4];
    host.random(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / 4_294_967_296.0
}

/// A random identifier: 32 hexadecimal digits.
pub fn token(host: &dyn Host) -> String {
    let mut bytes = [0; 16];
    host.random(&mut bytes);
    super::wire::hex(&bytes)
}
