//! AWS Signature Version 4. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::cell::Cell;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::{Auth, Token};
use crate::core::error::{Error, Result, Secret};
use crate::core::http::{Attempt, Body, encode_into};
use crate::core::wire::{Time, hex};

/// An AWS key pair, permanent or temporary.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<Secret>,
}

impl Credentials {
    /// Credentials; what cannot stand in a header or a URL is refused.
    pub fn new(access_key_id: &str, secret_access_key: &str, session_token: &str) -> Result<Self> {
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
        if access_key_id.is_empty() || secret_access_key.is_empty() || access_key_id.contains('/') {
            return Err(Error::invalid("accessKeyId and secretAccessKey are needed: create a key pair at the provider"));
        }
        if !plain(access_key_id) || !plain(secret_access_key) || !plain(session_token) {
            return Err(Error::invalid("a credential has a space, a line break or letters that no key has: copy it again"));
        }
        Ok(Credentials {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: Secret::new(secret_access_key),
            session_token: Some(session_token).filter(|t| !t.is_empty()).map(Secret::new),
        })
    }
}

/// Whether a signature covers the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The body is hashed and signed.
    Signed,
    /// The body is not covered, so that it can be a stream; S3 only.
    Unsigned,
}

/// Signs for one region and service.
pub struct SigV4 {
    /// The key pair.
    pub credentials: Credentials,
    /// The region in the credential scope.
    pub region: String,
    /// The service in the credential scope, as `ec2`.
    pub service: &'static str,
    /// Whether bodies are covered.
    pub payload: Payload,
    /// The signing key of a day; deriving it costs four hashes.
    key: Cell<Option<(u64, [u8; 32])>>,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// The longest that a presigned URL can live, in seconds.
const LONGEST: u64 = 604_800;

impl SigV4 {
    /// A signer.
    pub fn new(credentials: Credentials, region: &str, service: &'static str, payload: Payload) -> Self {
        SigV4 { credentials, region: region.to_owned(), service, payload, key: Cell::new(None) }
    }

    fn scope(&self, day: &str) -> String {
        [day, &self.region, self.service, "aws4_request"].join("/")
    }

    fn signing_key(&self, now: u64, day: &str) -> [u8; 32] {
        let number = now / 86_400_000;
        match self.key.get() {
            Some((cached, key)) if cached == number => key,
            _ => {
                let first = ["AWS4", self.credentials.secret_access_key.expose()].concat();
                let mut key = hmac(first.as_bytes(), day);
                for part in [&self.region, self.service, "aws4_request"] {
                    key = hmac(&key, part);
                }
                self.key.set(Some((number, key)));
                key
            }
        }
    }

    /// Signed header names and the signature.
    fn signature(&self, attempt: &Attempt<'_>, payload: &str, date: &str, now: u64) -> (String, String) {
        let day = date.get(..8).unwrap_or("");
        let mut headers: Vec<(&str, &str)> = attempt.headers.iter().collect();
        headers.push(("host", attempt.host()));
        sort(&mut headers);
        let mut names = String::with_capacity(96);
        let mut canonical = String::with_capacity(512);
        canonical.push_str(attempt.method.name());
        canonical.push('\n');
        if self.service == "s3" {
            canonical.push_str(&attempt.path);
        } else {
            encode_into(&mut canonical, &attempt.path, true);
        }
        canonical.push('\n');
        canonical_query(&mut canonical, &attempt.query);
        canonical.push('\n');
        for (name, value) in &headers {
            if !names.is_empty() {
                names.push(';');
            }
            names.push_str(name);
            canonical.push_str(name);
            canonical.push(':');
            for (i, word) in value.split(' ').filter(|w| !w.is_empty()).enumerate() {
                if i > 0 {
                    canonical.push(' ');
                }
                canonical.push_str(word);
            }
            canonical.push('\n');
        }
        canonical.push('\n');
        canonical.push_str(&names);
        canonical.push('\n');
        canonical.push_str(payload);
        let hashed = hex(&Sha256::digest(canonical.as_bytes()));
        let text = [ALGORITHM, date, &self.scope(day), &hashed].join("\n");
        let signature = hex(&hmac(&self.signing_key(now, day), &text));
        (names, signature)
    }
}

fn canonical_query(out: &mut String, query: &[(String, String)]) {
    let encode = |text: &str| {
        let mut out = String::with_capacity(text.len());
        encode_into(&mut out, text, false);
        out
    };
    let encoded: Vec<(String, String)> = query.iter().map(|(n, v)| (encode(n), encode(v))).collect();
    let mut pairs: Vec<(&str, &str)> = encoded.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    sort(&mut pairs);
    for (i, (name, value)) in pairs.iter().enumerate() {
        if i > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}

/// By insertion: there are few, mostly in order, and the standard library's sort is 5 kB.
fn sort(pairs: &mut [(&str, &str)]) {
    for end in 1..pairs.len() {
        for at in (0..end).rev() {
            match pairs.get(at..at + 2) {
                Some([a, b]) if a > b => pairs.swap(at, at + 1),
                _ => break,
            }
        }
    }
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    // An HMAC key may have any length, so this never fails.
    Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text.as_bytes()).finalize().into_bytes().into()).unwrap_or_default()
}

impl Auth for SigV4 {
    fn sign(&self, attempt: &mut Attempt<'_>, _: Option<&Token>, now: u64) -> Result<()> {
        let date = Time(now).amz();
        let payload = match (self.payload, attempt.body) {
            (Payload::Unsigned, _) | (_, Body::Stream(_)) => UNSIGNED.to_owned(),
            (Payload::Signed, body) => hex(&Sha256::digest(body.bytes())),
        };
        attempt.headers.set("x-amz-date", date.as_str());
        if self.service == "s3" {
            attempt.headers.set("x-amz-content-sha256", payload.as_str());
        }
        if let Some(token) = &self.credentials.session_token {
            attempt.headers.set("x-amz-security-token", token.expose());
        }
        let (names, signature) = self.signature(attempt, &payload, &date, now);
        let scope = self.scope(date.get(..8).unwrap_or(""));
        let key = &self.credentials.access_key_id;
        let value = [ALGORITHM, " Credential=", key, "/", &scope, ", SignedHeaders=", &names, ", Signature=", &signature].concat();
        attempt.headers.set("authorization", value);
        Ok(())
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn presign(&self, attempt: &mut Attempt<'_>, seconds: u64, now: u64) -> Result<()> {
        if seconds == 0 || seconds > LONGEST {
            return Err(Error::invalid("expiresIn must be from 1 to 604800 seconds (a week)"));
        }
        let date = Time(now).amz();
        let scope = self.scope(date.get(..8).unwrap_or(""));
        let mut names: Vec<&str> = attempt.headers.iter().map(|(name, _)| name).collect();
        names.push("host");
        names.sort_unstable();
        let names = names.join(";");
        let credential = [&self.credentials.access_key_id, "/", &scope].concat();
        for (name, value) in [
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", &date),
            ("X-Amz-Expires", &seconds.to_string()),
            ("X-Amz-SignedHeaders", &names),
        ] {
            attempt.query.push((name.to_owned(), value.to_owned()));
        }
        if let Some(token) = &self.credentials.session_token {
            attempt.query.push(("X-Amz-Security-Token".to_owned(), token.expose().to_owned()));
        }
        let (_, signature) = self.signature(attempt, UNSIGNED, &date, now);
        attempt.query.push(("X-Amz-Signature".to_owned(), signature));
        Ok(())
    }
}

impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigV4({}, {}, {})", self.credentials.access_key_id, self.region, self.service)
    }
}
