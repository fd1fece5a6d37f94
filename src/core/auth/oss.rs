//! Alibaba Cloud's OSS, signature version 4. <https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4>
//!
//! OSS speaks S3's API with other names for headers. So a driver speaks S3, and the names are changed here, on the way.

use std::fmt;

use sha2::{Digest, Sha256};

use super::sigv4::{canonical_query, hmac, host, sort};
use super::{Auth, Credentials, Token};
use crate::core::error::{Error, Result};
use crate::core::http::{Attempt, Body, Headers, Method, Response};
use crate::core::wire::{Time, hex, number_text};

/// Signs for one region.
pub struct Oss {
    /// The key pair.
    pub credentials: Credentials,
    /// The region in the credential scope, as `cn-hangzhou`.
    pub region: String,
    /// The endpoint, in whose host a bucket goes first, which is part of what is signed.
    pub endpoint: String,
}

const ALGORITHM: &str = "OSS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// The longest that a presigned URL can live, in seconds.
const LONGEST: u64 = 604_800;

/// What S3 calls a header, and what OSS does, where more than the prefix differs.
const NAMES: &[(&str, &str)] = &[("acl", "object-acl"), ("server-side-encryption-aws-kms-key-id", "server-side-encryption-key-id")];

impl Oss {
    fn scope(&self, day: &str) -> String {
        [day, "/", &self.region, "/oss/aliyun_v4_request"].concat()
    }

    /// What is signed: the body never is, so that it can be a stream.
    fn signature(&self, attempt: &Attempt<'_>, date: &str) -> String {
        let day = date.get(..8).unwrap_or("");
        let mut canonical = String::with_capacity(512);
        canonical.push_str(attempt.method.name());
        canonical.push('\n');
        // The resource is the bucket and the object, wherever the bucket stands.
        let host = host(attempt);
        let own = self.endpoint.split('/').nth(2).unwrap_or("");
        if let Some(bucket) = host.strip_suffix(own) {
            canonical.push_str(if bucket.is_empty() { "" } else { "/" });
            canonical.push_str(bucket.trim_end_matches('.'));
        }
        canonical.push_str(&attempt.path);
        if !canonical.ends_with('/') && attempt.path.split('/').count() == 2 && host == own {
            canonical.push('/');
        }
        canonical.push('\n');
        canonical.push_str(&canonical_query(attempt.pairs(), ""));
        canonical.push('\n');
        let mut headers: Vec<(&str, &str)> = attempt.headers.iter().filter(|(name, _)| is_signed(name)).collect();
        sort(&mut headers);
        for (name, value) in headers {
            for part in [name, ":", value.trim_ascii(), "\n"] {
                canonical.push_str(part);
            }
        }
        // No further headers are signed.
        canonical.push_str("\n\n");
        canonical.push_str(UNSIGNED);
        let hashed = hex(&Sha256::digest(canonical.as_bytes()));
        let text = [ALGORITHM, date, &self.scope(day), &hashed].join("\n");
        let mut key = hmac(["aliyun_v4", self.credentials.secret_access_key.expose()].concat().as_bytes(), day);
        for part in [self.region.as_str(), "oss", "aliyun_v4_request", &text] {
            key = hmac(&key, part);
        }
        hex(&key)
    }
}

fn is_signed(name: &str) -> bool {
    matches!(name, "content-type" | "content-md5") || name.starts_with("x-oss-")
}

/// A header's name in the other's words.
fn renamed(name: &str, from: &str, to: &str) -> String {
    let Some(rest) = name.strip_prefix(from) else { return name.to_owned() };
    let other = NAMES.iter().find_map(|&(s3, oss)| match from {
        "x-amz-" if s3 == rest => Some(oss),
        "x-oss-" if oss == rest => Some(s3),
        _ => None,
    });
    [to, other.unwrap_or(rest)].concat()
}

/// Puts a request's headers into OSS's words; refuses what it has no words for.
fn translate(attempt: &mut Attempt<'_>) -> Result<()> {
    let writes = matches!(attempt.method, Method::Put | Method::Post);
    let mut headers = Headers::default();
    for (name, value) in attempt.headers.iter() {
        match (name, value) {
            ("if-none-match", "*") if writes => headers.set("x-oss-forbid-overwrite", "true"),
            ("if-match" | "if-none-match", _) if writes => {
                return Err(Error::unsupported("OSS stores under one condition only: ifNoneMatch \"*\", that there is no such object yet"));
            }
            ("x-amz-copy-source", source) => headers.set("x-oss-copy-source", ["/", source.trim_start_matches('/')].concat()),
            _ => headers.set(renamed(name, "x-amz-", "x-oss-"), value),
        }
    }
    attempt.headers = headers;
    Ok(())
}

impl Auth for Oss {
    fn sign(&self, attempt: &mut Attempt<'_>, _: Option<&Token>, now: u64) -> Result<()> {
        translate(attempt)?;
        let date = Time(now).amz();
        // It is signed wherever it is sent, and a runtime may send one of its own.
        if !matches!(attempt.body, Body::Empty) && attempt.headers.get("content-type").is_none() {
            attempt.headers.set("content-type", "application/octet-stream");
        }
        attempt.headers.set("x-oss-date", date.as_str());
        attempt.headers.set("x-oss-content-sha256", UNSIGNED);
        if let Some(token) = &self.credentials.session_token {
            attempt.headers.set("x-oss-security-token", token.expose());
        }
        let scope = self.scope(date.get(..8).unwrap_or(""));
        let signature = self.signature(attempt, &date);
        let value = [ALGORITHM, " Credential=", &self.credentials.access_key_id, "/", &scope, ",Signature=", &signature].concat();
        attempt.headers.set("authorization", value);
        Ok(())
    }

    fn hear(&self, response: &mut Response) {
        response.headers = response.headers.iter().map(|(name, value)| (renamed(name, "x-oss-", "x-amz-"), value.to_owned())).collect();
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn presign(&self, attempt: &mut Attempt<'_>, seconds: u64, now: u64) -> Result<String> {
        if seconds == 0 || seconds > LONGEST {
            return Err(Error::invalid("expiresIn must be from 1 to 604800 seconds (a week)"));
        }
        translate(attempt)?;
        let date = Time(now).amz();
        let credential = [&self.credentials.access_key_id, "/", &self.scope(date.get(..8).unwrap_or(""))].concat();
        for (name, value) in [
            ("x-oss-signature-version", ALGORITHM),
            ("x-oss-credential", &credential),
            ("x-oss-date", &date),
            ("x-oss-expires", &number_text(seconds)),
        ] {
            attempt.query.push((name.to_owned(), value.to_owned()));
        }
        if let Some(token) = &self.credentials.session_token {
            attempt.query.push(("x-oss-security-token".to_owned(), token.expose().to_owned()));
        }
        let signature = self.signature(attempt, &date);
        attempt.query.push(("x-oss-signature".to_owned(), signature));
        Ok(attempt.url())
    }
}

impl fmt::Debug for Oss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oss({})", self.region)
    }
}
