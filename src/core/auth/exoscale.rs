//! Exoscale's signature, EXO2-HMAC-SHA256. <https://openapi-v2.exoscale.com/topic/topic-api-request-signature>

use super::sigv4::{hmac, sort};
use super::{Auth, Token};
use crate::core::error::{Error, Result, Secret};
use crate::core::http::Attempt;
use crate::core::wire::{base64, number_text};

/// An API key of Exoscale's.
#[derive(Debug)]
pub struct Exoscale {
    key: String,
    secret: Secret,
}

/// How long a signature is good for, in seconds.
const LIFE: u64 = 600;

impl Exoscale {
    /// Signs with a key; one that cannot stand in a header is refused.
    pub fn new(key: &str, secret: &str) -> Result<Exoscale> {
        if key.bytes().chain(secret.bytes()).any(|b| !b.is_ascii_graphic() || b == b',') {
            return Err(Error::invalid("an API key or secret has a space, a line break or letters that no key has: copy it again"));
        }
        Ok(Exoscale { key: key.to_owned(), secret: Secret::new(secret) })
    }
}

impl Auth for Exoscale {
    fn sign(&self, attempt: &mut Attempt<'_>, _: Option<&Token>, now: u64) -> Result<()> {
        let expires = number_text(now / 1000 + LIFE);
        let mut query: Vec<(&str, &str)> = attempt.pairs().collect();
        sort(&mut query);
        let (names, values): (Vec<&str>, Vec<&str>) = query.into_iter().unzip();
        let mut text = [attempt.method.name(), " ", &attempt.path, "\n"].concat().into_bytes();
        text.extend_from_slice(attempt.body.bytes());
        // No headers are signed: their line is empty.
        text.extend_from_slice(["\n", &values.concat(), "\n\n", &expires].concat().as_bytes());
        let signature = base64(&hmac(self.secret.expose().as_bytes(), &text));
        let signed = if names.is_empty() { String::new() } else { [",signed-query-args=", &names.join(";")].concat() };
        let header = ["EXO2-HMAC-SHA256 credential=", &self.key, &signed, ",expires=", &expires, ",signature=", &signature];
        attempt.headers.set("authorization", header.concat());
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

    /// Signatures by Exoscale's own client for Python, requests-exoscale-auth 1.1.2.
    #[test]
    fn signatures() {
        let auth = Exoscale::new("EXOtest", "s3cret").unwrap();
        for (method, path, query, body, want) in [
            (
                Method::Get,
                "/v2/zone",
                &[][..],
                "",
                "EXO2-HMAC-SHA256 credential=EXOtest,expires=1795435800,signature=iEbrMgUazTYGyKgDYPRi7gZawxECL22f9uCm8+zU6A0=",
            ),
            (
                Method::Get,
                "/v2/template",
                &[("visibility", "private"), ("family", "a b/c")][..],
                "",
                "EXO2-HMAC-SHA256 credential=EXOtest,signed-query-args=family;visibility,expires=1795435800,signature=TWTkigEqETpLwPNNkE9HXhiP9TOEIHJaXDlIB3hMh6Q=",
            ),
            (
                Method::Put,
                "/v2/instance/1:scale",
                &[][..],
                r#"{"instance-type":{"id":"2"}}"#,
                "EXO2-HMAC-SHA256 credential=EXOtest,expires=1795435800,signature=1IN8hoRH7rxZc+a23SQ/hvhlOLqrVTqnoWKZrHvu8s4=",
            ),
        ] {
            let body = Body::Bytes(body.as_bytes().to_vec());
            let mut attempt = attempt(method, "https://api-ch-gva-2.exoscale.com", path, query, &body);
            auth.sign(&mut attempt, None, 1_795_435_200_000).unwrap();
            assert_eq!(attempt.headers.get("authorization").unwrap(), want);
        }
        assert!(Exoscale::new("EXO test", "s").is_err());
    }
}
