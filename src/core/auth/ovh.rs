//! OVHcloud's signature: a SHA-1 over secrets and request. <https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api>

use sha1::{Digest, Sha1};

use super::{Auth, Token};
use crate::core::error::{Error, Result, Secret};
use crate::core::http::Attempt;
use crate::core::wire::{hex, number_text};

/// An application of OVHcloud's API, and what a customer lets it do.
#[derive(Debug)]
pub struct Ovh {
    key: String,
    secret: Secret,
    consumer: Secret,
}

impl Ovh {
    /// Signs with an application's key and secret, for the customer of a consumer key; ones that cannot stand in a header are
    /// refused.
    pub fn new(key: &str, secret: &str, consumer: &str) -> Result<Ovh> {
        if [key, secret, consumer].iter().any(|text| !text.bytes().all(|b| b.is_ascii_graphic())) {
            return Err(Error::invalid("a key or secret has a space, a line break or letters that no key has: copy it again"));
        }
        Ok(Ovh { key: key.to_owned(), secret: Secret::new(secret), consumer: Secret::new(consumer) })
    }
}

impl Auth for Ovh {
    fn sign(&self, attempt: &mut Attempt<'_>, _: Option<&Token>, now: u64) -> Result<()> {
        let time = number_text(now / 1000);
        let consumer = self.consumer.expose();
        let mut text = [self.secret.expose(), "+", consumer, "+", attempt.method.name(), "+", &attempt.url(), "+"].concat().into_bytes();
        text.extend_from_slice(attempt.body.bytes());
        text.extend_from_slice(["+", &time].concat().as_bytes());
        let signature = ["$1$", &hex(&Sha1::digest(&text))].concat();
        for (name, value) in [("application", &*self.key), ("consumer", consumer), ("timestamp", &time), ("signature", &signature)] {
            attempt.headers.set(["x-ovh-", name].concat(), value);
        }
        Ok(())
    }

    fn is_timed(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::core::auth::attempt;
    use crate::core::http::{Body, Method};

    /// Signatures by the formula of OVHcloud's own client for Python, ovh 1.2.0.
    #[test]
    fn signatures() {
        let auth = Ovh::new("7kbG7Bk7S9Nt7ZSV", "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF", "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1").unwrap();
        for (method, path, query, body, want) in [
            (Method::Get, "/1.0/cloud/project/p/instance", &[("region", "GRA 11")][..], "", "$1$6991a2d2a0865b3392ffeba808aadfc6855c9b52"),
            (Method::Post, "/1.0/cloud/project/p/instance", &[][..], r#"{"name":"web-1"}"#, "$1$4a73b6bcc745b3b8b4e0c96682816b1672f7095f"),
        ] {
            let body = Body::Bytes(body.as_bytes().to_vec());
            let mut attempt = attempt(method, "https://eu.api.ovh.com", path, query, &body);
            auth.sign(&mut attempt, None, 1_795_435_200_000).unwrap();
            assert_eq!(attempt.headers.get("x-ovh-signature").unwrap(), want);
            assert_eq!(attempt.headers.get("x-ovh-timestamp").unwrap(), "1795435200");
        }
        assert!(Ovh::new("k", "s s", "c").is_err());
    }
}
