//! Alibaba Cloud's signature of calls in RPC style. <https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism>

use super::cloudstack::pairs;
use super::sigv4::hmac_sha1;
use super::{Auth, Credentials, Token};
use crate::core::error::Result;
use crate::core::host::{SharedHost, token};
use crate::core::http::{Attempt, Response, encode_into};
use crate::core::wire::{Time, Tree, base64, form};

/// Signs for one version of one API.
pub struct Aliyun {
    /// The key pair.
    pub credentials: Credentials,
    /// The API's version, as `2014-05-26`.
    pub version: &'static str,
    /// Makes the numbers that are used once.
    pub host: SharedHost,
}

impl Auth for Aliyun {
    fn sign(&self, attempt: &mut Attempt<'_>, _: Option<&Token>, now: u64) -> Result<()> {
        let time = [Time(now).iso().get(..19).unwrap_or(""), "Z"].concat();
        let session = self.credentials.session_token.as_ref().map_or("", |token| token.expose());
        for (name, value) in [
            ("Format", "JSON"),
            ("Version", self.version),
            ("AccessKeyId", &self.credentials.access_key_id),
            ("SecurityToken", session),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", &token(&*self.host)),
            ("Timestamp", &time),
        ] {
            if !value.is_empty() {
                attempt.query.push((name.to_owned(), value.to_owned()));
            }
        }
        let mut text = [attempt.method.name(), "&%2F&"].concat();
        encode_into(&mut text, &form(&pairs(attempt)), false);
        let key = [self.credentials.secret_access_key.expose(), "&"].concat();
        attempt.query.push(("Signature".to_owned(), base64(&hmac_sha1(key.as_bytes(), &text))));
        Ok(())
    }

    /// What is refused because there was too much is said to be a bad request.
    fn hear(&self, response: &mut Response) {
        let tree = response.text().ok().filter(|_| response.status == 400).and_then(|text| Tree::json(text).ok()).unwrap_or_default();
        if tree.root().text("Code").starts_with("Throttling") {
            response.status = 429;
        }
    }

    fn is_timed(&self) -> bool {
        true
    }
}
