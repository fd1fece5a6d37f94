//! CloudStack's signature. <https://docs.cloudstack.apache.org/en/latest/developersguide/dev.html#signing-api-requests>

use super::sigv4::hmac_sha1;
use super::{Auth, Token};
use crate::core::call::decode;
use crate::core::error::{Result, Secret};
use crate::core::http::{Attempt, Response, encode_into};
use crate::core::sort::sort;
use crate::core::wire::{Doc, Time, Tree, base64};

/// A user's pair of keys.
#[derive(Debug)]
pub struct CloudStack {
    /// The API key.
    pub key: String,
    /// The secret key.
    pub secret: Secret,
}

/// How long a signature is good for, in milliseconds: some clouds refuse more than a quarter of an hour.
const LIFE: u64 = 600_000;
/// Longer answers are no refusals.
const LONGEST_REFUSAL: usize = 4096;

/// What query and form say, sorted by name.
pub(super) fn pairs(attempt: &Attempt<'_>) -> Vec<(String, String)> {
    let form = std::str::from_utf8(attempt.body.bytes()).unwrap_or("");
    let mut all = attempt.query.clone();
    for pair in form.split('&') {
        let mut sides = pair.splitn(2, '=');
        if let (Some(name), Some(value)) = (sides.next(), sides.next()) {
            all.push((decode(name), decode(value)));
        }
    }
    sort(&mut all, Ord::cmp);
    all
}

impl Auth for CloudStack {
    fn sign(&self, attempt: &mut Attempt<'_>, _: Option<&Token>, now: u64) -> Result<()> {
        let expires = [Time(now + LIFE).iso().get(..19).unwrap_or(""), "+0000"].concat();
        for (name, value) in [("apikey", &*self.key), ("response", "json"), ("signatureversion", "3"), ("expires", &*expires)] {
            attempt.query.push((name.to_owned(), value.to_owned()));
        }
        let mut text = String::new();
        for (name, value) in pairs(attempt) {
            text.push_str(if text.is_empty() { "" } else { "&" });
            text.push_str(&name);
            text.push('=');
            // As Java encodes it.
            for letter in value.chars() {
                match letter {
                    '*' => text.push('*'),
                    '~' => text.push_str("%7e"),
                    _ => encode_into(&mut text, letter.encode_utf8(&mut [0; 4]), false),
                }
            }
        }
        text.make_ascii_lowercase();
        attempt.query.push(("signature".to_owned(), base64(&hmac_sha1(self.secret.expose().as_bytes(), &text))));
        Ok(())
    }

    /// Jobs that failed, and what old clouds refuse, are told with success.
    fn hear(&self, response: &mut Response) {
        if response.status != 200 || response.body.bytes().len() > LONGEST_REFUSAL {
            return;
        }
        let tree = response.text().ok().and_then(|text| Tree::json(text).ok()).unwrap_or_default();
        let told = |doc: Doc<'_>| doc.get("errorcode").is_some() || doc.get("success").and_then(Doc::word) == Some("false");
        if tree.root().children().next().is_some_and(|doc| told(doc) || doc.get("jobresult").is_some_and(told)) {
            response.status = 431;
        }
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

    /// Signatures by CloudStack's own check, which encodes with Java's `URLEncoder`, written down in Python.
    #[test]
    fn signatures() {
        let auth = CloudStack { key: "key".to_owned(), secret: Secret::new("secret") };
        for (query, body, want) in [
            (&[("command", "listNodes~"), ("keyword", "a b*[c]")][..], "", "8kn3EP8Q6grgJsMFKzRkvsPV5vc="),
            (&[][..], "command=createTags&tags%5B0%5D.key=R%2BD&tags%5B0%5D.value=x%20y", "Gtgk5rwWLdKpWxt8WtDfX1H86V4="),
        ] {
            let body = Body::Bytes(body.as_bytes().to_vec());
            let mut attempt = attempt(Method::Post, "https://cloud.example", "/client/api", query, &body);
            auth.sign(&mut attempt, None, 1_795_435_200_000).unwrap();
            assert_eq!(attempt.query.last().unwrap().1, want);
        }
    }
}
