//! Azure Storage: account keys, shared access signatures, Entra ID.
//! <https://learn.microsoft.com/rest/api/storageservices/authorize-requests-to-azure-storage>

use std::fmt;

use futures_util::future::LocalBoxFuture;

use super::sigv4::hmac;
use super::{Auth, Client, Token};
use crate::core::call::decode;
use crate::core::error::{Error, Result, Secret};
use crate::core::host::Host;
use crate::core::http::{Attempt, Method, Request, Response, encode_into};
use crate::core::wire::{Time, base64, decode_base64, number_text};

/// The version of the service that is spoken, in requests and in the signatures of URLs.
const VERSION: &str = "2023-11-03";

/// Proves to a storage account who asks.
pub struct Azure {
    /// The storage account's name.
    account: String,
    /// The path that all requests start with, as `/devstoreaccount1`; mostly empty.
    prefix: String,
    way: AzureWay,
}

/// The ways to prove it.
pub enum AzureWay {
    /// The account's key: every request is signed.
    Key(Vec<u8>),
    /// A shared access signature's parameters.
    Sas(Vec<(String, Secret)>),
    /// A token of Entra ID.
    Token(Secret),
    /// An application of Entra ID, which logs in.
    Client(Client),
}

impl AzureWay {
    /// By an account key, in base64.
    pub fn key(key: &str) -> Result<AzureWay> {
        let bytes = decode_base64(key).filter(|bytes| !bytes.is_empty());
        bytes.map(AzureWay::Key).ok_or_else(|| Error::invalid("field \"accountKey\" is not base64: copy the account's key again"))
    }

    /// By a shared access signature, as `sv=…&sig=…`.
    pub fn sas(token: &str) -> Result<AzureWay> {
        let mut pairs = Vec::new();
        let mut signed = false;
        for pair in token.strip_prefix('?').unwrap_or(token).split('&') {
            let mut sides = pair.splitn(2, '=');
            let (name, value) = (sides.next().unwrap_or(""), sides.next().unwrap_or(""));
            signed |= name == "sig" && !value.is_empty();
            if !name.is_empty() {
                pairs.push((decode(name), Secret::new(decode(value))));
            }
        }
        match signed {
            true => Ok(AzureWay::Sas(pairs)),
            false => Err(Error::invalid("field \"sasToken\" has no sig: it is the part of the URL after the question mark")),
        }
    }
}

impl Azure {
    /// For an account whose endpoint's path is this.
    pub fn new(account: &str, prefix: &str, way: AzureWay) -> Self {
        Azure { account: account.to_owned(), prefix: prefix.to_owned(), way }
    }

    /// Shared Key: what is signed is the request without what proxies may change.
    fn signature(&self, key: &[u8], attempt: &Attempt<'_>) -> String {
        let mut text = String::with_capacity(512);
        text.push_str(attempt.method.name());
        text.push('\n');
        let length = attempt.body.length().filter(|length| *length > 0).map(number_text).unwrap_or_default();
        for name in SIGNED {
            text.push_str(match *name {
                "content-length" => &length,
                name => attempt.headers.get(name).unwrap_or(""),
            });
            text.push('\n');
        }
        let mut pairs = Vec::new();
        for (name, value) in attempt.headers.iter() {
            if name.starts_with("x-ms-") {
                pairs.push((name, value.trim_ascii()));
            }
        }
        sort(&mut pairs);
        for (name, value) in &pairs {
            for piece in [name, ":", value, "\n"] {
                text.push_str(piece);
            }
        }
        for piece in ["/", &self.account, &attempt.path] {
            text.push_str(piece);
        }
        pairs.clear();
        for (name, value) in &attempt.query {
            pairs.push((name, value));
        }
        sort(&mut pairs);
        for (name, value) in &pairs {
            for piece in ["\n", name, ":", value] {
                text.push_str(piece);
            }
        }
        base64(&hmac(key, &text))
    }
}

const SIGNED: &[&str] = &[
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    // Never sent: a browser lets nobody set it.
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

/// By name, as Azure sorts it: an underscore comes before digits and letters. By insertion, for there are few.
fn sort(pairs: &mut [(&str, &str)]) {
    for end in 1..pairs.len() {
        for at in (0..end).rev() {
            match pairs.get_mut(at..at + 2) {
                Some([a, b]) if is_after(a.0, b.0) => std::mem::swap(a, b),
                _ => break,
            }
        }
    }
}

fn is_after(a: &str, b: &str) -> bool {
    let key = |b: u8| if b == b'_' { 0 } else { b };
    let mut others = b.bytes();
    for one in a.bytes() {
        match others.next() {
            Some(other) if one == other => {}
            Some(other) => return key(one) > key(other),
            None => return true,
        }
    }
    false
}

impl Auth for Azure {
    fn sign(&self, attempt: &mut Attempt<'_>, token: Option<&Token>, now: u64) -> Result<()> {
        attempt.headers.set("x-ms-version", VERSION);
        let value = match (&self.way, token) {
            (AzureWay::Key(key), _) => {
                attempt.headers.set("x-ms-date", Time(now).http());
                ["SharedKey ", &self.account, ":", &self.signature(key, attempt)].concat()
            }
            (AzureWay::Sas(pairs), _) => {
                // What is copied from must be allowed, too.
                let mut source = attempt.headers.get("x-ms-copy-source").map(str::to_owned);
                let mut sign = '?';
                for (name, value) in pairs {
                    if let Some(source) = &mut source {
                        source.push(std::mem::replace(&mut sign, '&'));
                        source.push_str(name);
                        source.push('=');
                        encode_into(source, value.expose(), false);
                    }
                    attempt.query.push((name.clone(), value.expose().to_owned()));
                }
                if let Some(source) = source {
                    attempt.headers.set("x-ms-copy-source", source);
                }
                return Ok(());
            }
            (AzureWay::Token(token), _) | (_, Some(Token { value: token, .. })) => ["Bearer ", token.expose()].concat(),
            (AzureWay::Client(_), None) => return Ok(()),
        };
        attempt.headers.set("authorization", value);
        Ok(())
    }

    fn logs_in(&self) -> bool {
        matches!(self.way, AzureWay::Client(_))
    }

    fn log_in<'a>(&'a self, host: &'a dyn Host) -> LocalBoxFuture<'a, Result<Request>> {
        match &self.way {
            AzureWay::Client(entra) => entra.log_in(host),
            _ => Box::pin(std::future::ready(Err(Error::unsupported("this account needs no log-in")))),
        }
    }

    fn learn(&self, response: &Response, now: u64) -> Result<Token> {
        match &self.way {
            AzureWay::Client(entra) => entra.learn(response, now),
            _ => Err(Error::unsupported("this account needs no log-in")),
        }
    }

    fn is_timed(&self) -> bool {
        matches!(self.way, AzureWay::Key(_))
    }

    /// A service SAS of one blob. <https://learn.microsoft.com/rest/api/storageservices/create-service-sas>
    fn presign(&self, attempt: &mut Attempt<'_>, seconds: u64, now: u64) -> Result<String> {
        let AzureWay::Key(key) = &self.way else {
            return Err(Error::unsupported("URLs are signed with the account's key: make the account with accountKey"));
        };
        if seconds == 0 || seconds > LONGEST {
            return Err(Error::invalid("expiresIn must be from 1 second to 10 years"));
        }
        let permissions = match attempt.method {
            Method::Put => "cw",
            Method::Delete => "d",
            _ => "r",
        };
        let mut expiry = Time(now.saturating_add(seconds * 1000)).iso();
        expiry.truncate(19);
        expiry.push('Z');
        let protocol = if attempt.origin.starts_with("https:") { "https" } else { "https,http" };
        let blob = decode(attempt.path.strip_prefix(self.prefix.as_str()).unwrap_or(&attempt.path));
        let resource = ["/blob/", &self.account, &blob].concat();
        // Empty: the start; identifier and addresses before the protocol; snapshot, scope and five headers of the answer after.
        let text = [permissions, "", &expiry, &resource, "", "", protocol, VERSION, "b", "", "", "", "", "", "", ""].join("\n");
        let signature = base64(&hmac(key, &text));
        for (name, value) in [("sv", VERSION), ("sr", "b"), ("sp", permissions), ("se", &expiry), ("spr", protocol), ("sig", &signature)] {
            attempt.query.push((name.to_owned(), value.to_owned()));
        }
        Ok(attempt.url())
    }
}

/// The longest that a signed URL can live here, in seconds. Azure sets no limit.
const LONGEST: u64 = 315_576_000;

impl fmt::Debug for Azure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Azure(")?;
        f.write_str(&self.account)?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::http::{Body, Headers};

    fn attempt<'b>(method: Method, at: &str, query: &[(&str, &str)], headers: &[(&str, &str)], body: &'b Body) -> Attempt<'b> {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Attempt { headers, ..crate::core::auth::attempt(method, "https://account.blob.core.windows.net", at, query, body) }
    }

    fn azure(prefix: &str) -> Azure {
        Azure::new("account", prefix, AzureWay::key("cGFzc3dvcmQ=").unwrap())
    }

    /// Signatures that Libcloud's recorded tests sent, in the version of the service that it speaks.
    #[test]
    fn signs_as_others_do() {
        let list = &[("restype", "container"), ("comp", "list"), ("maxresults", "100"), ("include", "metadata")][..];
        let marked = [list, &[("marker", "2!76!MDAwMDExIXNvbWUxMTcudHh0ITAwMDAyOCE5OTk5LTEyLTMxVDIzOjU5OjU5Ljk5OTk5OTlaIQ--")]].concat();
        let block = &[("comp", "block"), ("blockid", "ICAgICAgICAgMQ==")][..];
        let (md5, text) = (("content-md5", "2B+cG+LgiWS/nySxXw5JAA=="), Body::Bytes(b"345".to_vec()));
        let blocks = Body::Bytes(b"<BlockList><Uncommitted>ICAgICAgICAgMQ==</Uncommitted></BlockList>".to_vec());
        let commit = [
            ("content-md5", "tFZB0ldvPv8akcVJcOV9IA=="),
            ("x-ms-blob-content-md5", "2B+cG+LgiWS/nySxXw5JAA=="),
            ("x-ms-blob-content-type", "text/plain"),
        ];
        let cases: [(&str, Method, &str, &[_], &[_], &Body, &str); 7] = [
            (
                "",
                Method::Put,
                "/new-container",
                &[("restype", "container")],
                &[],
                &Body::Empty,
                "/ja86j5xLPTm5dYDMZ+n+CbH7VyBZeDspftfiUvQpzA=",
            ),
            ("", Method::Get, "/test_container", list, &[], &Body::Empty, "Z3Vq2sjZTHKKH305Gh9plN+7celvlEhaS0HOEQDPXng="),
            ("", Method::Get, "/test_container", &marked, &[], &Body::Empty, "YpAMUUDp6pSxWrdGfp7LEFcsUn6obJqJ9IxEnjXEXKo="),
            (
                "",
                Method::Get,
                "/foo_bar_container/foo_bar_object_range",
                &[],
                &[("x-ms-range", "bytes=5-6")],
                &Body::Empty,
                "EUzPmEtajnpUkddfm0z5g4m8cbcp5MGAP8SLIeDMgWk=",
            ),
            ("", Method::Put, "/foo_bar_container/foo_test_upload", block, &[md5], &text, "oZSDE5tkQv2UnZSbXy5tK3/lg6p7uPDUmksU1mEPj2s="),
            (
                "",
                Method::Put,
                "/foo_bar_container/foo_test_upload",
                &[("comp", "blocklist")],
                &commit,
                &blocks,
                "sIILpiKF/AoXlxnMPEs8KfeuDHvgFGSP81eN2dOGdhk=",
            ),
            (
                "/account",
                Method::Put,
                "/account/new-container",
                &[("restype", "container")],
                &[],
                &Body::Empty,
                "EEyHr98KIQ4l5nPQ/FEU1cvQacj62OXKTtBXlgsFOmM=",
            ),
        ];
        for (prefix, method, at, query, headers, body, want) in cases {
            let when = [("x-ms-date", "Thu, 15 Jan 2026 12:00:00 GMT"), ("x-ms-version", "2018-11-09")];
            let attempt = attempt(method, at, query, &[headers, &when].concat(), body);
            assert_eq!(azure(prefix).signature(b"password", &attempt), want, "{at} {query:?}");
        }
    }

    #[test]
    fn sorts_as_azure_does() {
        let mut names = ["x-ms-version", "x-ms-meta-a1", "x-ms-meta-a_", "x-ms-meta-a", "x-ms-meta-ab", "x-ms-date"].map(|n| (n, ""));
        sort(&mut names);
        assert_eq!(names.map(|(n, _)| n), ["x-ms-date", "x-ms-meta-a", "x-ms-meta-a_", "x-ms-meta-a1", "x-ms-meta-ab", "x-ms-version"]);
    }

    #[test]
    fn the_other_ways() {
        let sas = Azure::new("account", "", AzureWay::sas("?sv=2023-11-03&sig=a%2Bb%3D").unwrap());
        let mut one = attempt(Method::Put, "/c/b", &[], &[("x-ms-copy-source", "https://account.blob.core.windows.net/c/a")], &Body::Empty);
        sas.sign(&mut one, None, 0).unwrap();
        assert_eq!(one.url(), "https://account.blob.core.windows.net/c/b?sv=2023-11-03&sig=a%2Bb%3D");
        let source = "https://account.blob.core.windows.net/c/a?sv=2023-11-03&sig=a%2Bb%3D";
        assert_eq!((one.headers.get("x-ms-copy-source"), one.headers.get("authorization")), (Some(source), None));
        assert!(sas.presign(&mut one, 60, 0).is_err());
        let client = AzureWay::Client(Client {
            authority: "https://login.example".to_owned(),
            path: crate::core::http::path("/*/oauth2/v2.0/token", &["contoso.example"]),
            id: "c".to_owned(),
            secret: Secret::new("s&"),
            scope: "https://storage.azure.com/.default".to_owned(),
        });
        let entra = Azure::new("account", "", client);
        let answer = Response::new(200, Headers::default(), br#"{"expires_in":60,"access_token":"t"}"#.to_vec());
        let token = entra.learn(&answer, 1000).unwrap();
        let mut one = attempt(Method::Get, "/c", &[], &[], &Body::Empty);
        entra.sign(&mut one, Some(&token), 0).unwrap();
        assert_eq!((one.headers.get("authorization"), one.headers.get("x-ms-version")), (Some("Bearer t"), Some(VERSION)));
        for shown in [format!("{sas:?}"), format!("{entra:?}")] {
            assert_eq!(shown, "Azure(account)");
        }
    }
}
