//! Swift's temporary URLs. <https://docs.openstack.org/swift/latest/api/temporary_url_middleware.html>

use super::sigv4::{hmac, hmac_sha1};
use crate::core::call::decode;
use crate::core::error::{Error, Result, Secret};
use crate::core::http::Attempt;
use crate::core::wire::{hex, number_text};

/// Signs URLs with a key that the account's or the container's owner set in Swift.
#[derive(Debug)]
pub struct TempUrl {
    /// The key; empty when there is none.
    pub key: Secret,
    /// Whether by SHA-1, which clusters of before 2018 know alone, and newer ones refuse; otherwise by SHA-256.
    pub sha1: bool,
}

impl TempUrl {
    /// An attempt's URL, with signature and end in its query.
    pub fn sign(&self, attempt: &mut Attempt<'_>, seconds: u64, now: u64) -> Result<String> {
        let key = self.key.expose().as_bytes();
        if key.is_empty() {
            return Err(Error::invalid(
                "field \"tempUrlKey\" is missing: set a key in Swift (X-Account-Meta-Temp-URL-Key), and give it here",
            ));
        }
        let expires = number_text((now / 1000).saturating_add(seconds));
        // The path is signed as it is meant, not as it is encoded.
        let text = [attempt.method.name(), &expires, &decode(&attempt.path)].join("\n");
        let signature = match self.sha1 {
            true => hex(&hmac_sha1(key, &text)),
            false => hex(&hmac(key, &text)),
        };
        attempt.query.push(("temp_url_sig".to_owned(), signature));
        attempt.query.push(("temp_url_expires".to_owned(), expires));
        Ok(attempt.url())
    }
}
