//! AWS Signature Version 4. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{Auth, Token};
use crate::core::error::{Error, Result, Secret};
use crate::core::http::{Attempt, Body, encode_into};
use crate::core::wire::{Time, hex, number_text};

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
    /// What is the same for a whole day.
    day: RefCell<Option<Rc<Day>>>,
}

/// What the signatures of a day share; deriving the key costs four hashes.
struct Day {
    /// As `20261123/eu-west-1/s3/aws4_request`.
    scope: String,
    key: Hmac<Sha256>,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// The longest that a presigned URL can live, in seconds.
const LONGEST: u64 = 604_800;

impl SigV4 {
    /// A signer.
    pub fn new(credentials: Credentials, region: &str, service: &'static str, payload: Payload) -> Self {
        SigV4 { credentials, region: region.to_owned(), service, payload, day: RefCell::default() }
    }

    /// The day of a time, as `20261123T134501Z`.
    fn day(&self, time: &str) -> Rc<Day> {
        let date = time.get(..8).unwrap_or("");
        let mut known = self.day.borrow_mut();
        match &*known {
            Some(day) if day.scope.split('/').next() == Some(date) => day.clone(),
            _ => {
                let first = ["AWS4", self.credentials.secret_access_key.expose()].concat();
                let mut key = hmac(first.as_bytes(), date);
                for part in [&self.region, self.service, "aws4_request"] {
                    key = hmac(&key, part);
                }
                let scope = [date, &self.region, self.service, "aws4_request"].join("/");
                known.insert(Rc::new(Day { scope, key: keyed(&key) })).clone()
            }
        }
    }

    /// The signature of an attempt with this canonical query, and with headers by name and in canonical form.
    fn signature(&self, attempt: &Attempt<'_>, query: &str, (names, lines): (&str, &str), payload: &str, time: &str, day: &Day) -> String {
        let mut canonical = String::with_capacity(512);
        canonical.push_str(attempt.method.name());
        canonical.push('\n');
        if self.service == "s3" {
            canonical.push_str(&attempt.path);
        } else {
            encode_into(&mut canonical, &attempt.path, true);
        }
        for part in ["\n", query, "\n", lines, "\n", names, "\n", payload] {
            canonical.push_str(part);
        }
        let hashed = hex(&Sha256::digest(canonical.as_bytes()));
        let text = [ALGORITHM, time, &day.scope, &hashed].join("\n");
        hex(&day.key.clone().chain_update(text).finalize().into_bytes())
    }
}

/// The names of the headers that are signed, and the headers in canonical form.
fn signed_headers(attempt: &Attempt<'_>) -> (String, String) {
    let host = host(attempt);
    let mut headers: Vec<(&str, &str)> = attempt.headers.iter().collect();
    headers.push(("host", &host));
    sort(&mut headers);
    let (mut names, mut lines) = (String::with_capacity(96), String::with_capacity(256));
    for (name, value) in headers {
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
        lines.push_str(name);
        let mut before = ':';
        for word in value.split(' ').filter(|w| !w.is_empty()) {
            lines.push(before);
            lines.push_str(word);
            before = ' ';
        }
        if before == ':' {
            lines.push(':');
        }
        lines.push('\n');
    }
    (names, lines)
}

/// The `Host` header that the runtime will send: lower-case, and without the scheme's own port.
pub(super) fn host(attempt: &Attempt<'_>) -> String {
    let mut host = attempt.host().to_ascii_lowercase();
    let port = if attempt.origin.starts_with("https:") { ":443" } else { ":80" };
    if host.ends_with(port) {
        host.truncate(host.len() - port.len());
    }
    host
}

/// The query in order; `empty` stands between the name and an empty value.
pub(super) fn canonical_query<'q>(query: impl Iterator<Item = (&'q str, &'q str)>, empty: &str) -> String {
    let encode = |text: &str| {
        let mut out = String::with_capacity(text.len() + 8);
        encode_into(&mut out, text, false);
        out
    };
    let encoded: Vec<(String, String)> = query.map(|(n, v)| (encode(n), encode(v))).collect();
    let mut pairs: Vec<(&str, &str)> = encoded.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    sort(&mut pairs);
    let mut out = String::with_capacity(256);
    for (i, (name, value)) in pairs.iter().enumerate() {
        if i > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push_str(if value.is_empty() { empty } else { "=" });
        out.push_str(value);
    }
    out
}

/// By insertion: there are few, mostly in order, and the standard library's sort is 5 kB.
pub(super) fn sort(pairs: &mut [(&str, &str)]) {
    for end in 1..pairs.len() {
        for at in (0..end).rev() {
            match pairs.get(at..at + 2) {
                Some([a, b]) if a > b => pairs.swap(at, at + 1),
                _ => break,
            }
        }
    }
}

pub(super) fn hmac(key: &[u8], text: impl AsRef<[u8]>) -> [u8; 32] {
    keyed(key).chain_update(text).finalize().into_bytes().into()
}

/// An HMAC by this key: of any length, so this never fails.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()))
}

pub(super) fn hmac_sha1(key: &[u8], text: &str) -> [u8; 20] {
    Hmac::<Sha1>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes().into()).unwrap_or_default()
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
        let day = self.day(&date);
        let query = canonical_query(attempt.pairs(), "=");
        let (names, lines) = signed_headers(attempt);
        let signature = self.signature(attempt, &query, (&names, &lines), &payload, &date, &day);
        let key = &self.credentials.access_key_id;
        let value = [ALGORITHM, " Credential=", key, "/", &day.scope, ", SignedHeaders=", &names, ", Signature=", &signature].concat();
        attempt.headers.set("authorization", value);
        Ok(())
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn presign(&self, attempt: &mut Attempt<'_>, seconds: u64, now: u64) -> Result<String> {
        if seconds == 0 || seconds > LONGEST {
            return Err(Error::invalid("expiresIn must be from 1 to 604800 seconds (a week)"));
        }
        let date = Time(now).amz();
        let day = self.day(&date);
        let (names, lines) = signed_headers(attempt);
        let credential = [&self.credentials.access_key_id, "/", &day.scope].concat();
        let seconds = number_text(seconds);
        let own = [
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", &date),
            ("X-Amz-Expires", &seconds),
            ("X-Amz-SignedHeaders", &names),
        ];
        let token = self.credentials.session_token.iter().map(|token| ("X-Amz-Security-Token", token.expose()));
        let query = canonical_query(attempt.pairs().chain(own).chain(token), "=");
        let signature = self.signature(attempt, &query, (&names, &lines), UNSIGNED, &date, &day);
        Ok([&attempt.origin, &attempt.path, "?", &query, "&X-Amz-Signature=", &signature].concat())
    }
}

impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigV4({}, {}, {})", self.credentials.access_key_id, self.region, self.service)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::core::error::Kind;
    use crate::core::http::{Method, Stream};

    type Pairs<'p> = &'p [(&'p str, &'p str)];

    struct Case {
        name: &'static str,
        method: Method,
        path: &'static str,
        query: Pairs<'static>,
        headers: Pairs<'static>,
        body: &'static str,
        /// Signed headers and signature.
        want: (&'static str, &'static str),
    }

    const GET: Case = Case { name: "", method: Method::Get, path: "/", query: &[], headers: &[], body: "", want: ("", "") };
    const POST: Case = Case { method: Method::Post, ..GET };
    const UNRESERVED: &str = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    fn attempt<'b>(case: &Case, host: &str, body: &'b Body) -> Attempt<'b> {
        let headers = case.headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Attempt { headers, ..crate::core::auth::attempt(case.method, &["https://", host].concat(), case.path, case.query, body) }
    }

    fn check(signer: &SigV4, host: &str, date: &str, case: &Case) {
        let body = if case.body.is_empty() { Body::Empty } else { Body::Bytes(case.body.into()) };
        let mut attempt = attempt(case, host, &body);
        signer.sign(&mut attempt, None, Time::parse(date).unwrap().0).unwrap();
        let scope = &signer.day(date).scope;
        let want = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={}, Signature={}",
            signer.credentials.access_key_id, case.want.0, case.want.1
        );
        assert_eq!(attempt.headers.get("authorization"), Some(&*want), "{}", case.name);
        assert_eq!(attempt.headers.get("x-amz-date"), Some(date), "{}", case.name);
    }

    fn signer(key: &str, secret: &str, token: &str, service: &'static str) -> SigV4 {
        SigV4::new(Credentials::new(key, secret, token).unwrap(), "us-east-1", service, Payload::Signed)
    }

    /// AWS's test suite for Signature Version 4, but for what cannot be stated here: repeated headers, headers of many
    /// lines, dots in paths. The suite gives paths undecoded, as here.
    #[test]
    fn aws_test_suite() {
        let plain = "host;x-amz-date";
        let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        let post = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        let post_query = "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11";
        let form = "content-type;host;x-amz-date";
        let one = &[("Param1", "value1")];
        let cases = [
            Case { name: "get-vanilla", want: (plain, vanilla), ..GET },
            Case {
                name: "get-vanilla-empty-query-key",
                query: one,
                want: (plain, "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
                ..GET
            },
            Case {
                name: "get-vanilla-query-order-key-case",
                query: &[("Param2", "value2"), ("Param1", "value1")],
                want: (plain, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
                ..GET
            },
            Case {
                name: "get-vanilla-query-order-encoded",
                query: &[("Param-3", "Value3"), ("Param", "Value2"), ("ሴ", "Value1")],
                want: (plain, "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
                ..GET
            },
            Case {
                name: "get-vanilla-query-unreserved",
                query: &[(UNRESERVED, UNRESERVED)],
                want: (plain, "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
                ..GET
            },
            Case {
                name: "get-vanilla-utf8-query",
                query: &[("ሴ", "bar")],
                want: (plain, "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
                ..GET
            },
            Case {
                name: "get-unreserved",
                path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                want: (plain, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
                ..GET
            },
            Case {
                name: "get-utf8", path: "/ሴ", want: (plain, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"), ..GET
            },
            Case {
                name: "get-space",
                path: "/example space/",
                want: (plain, "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
                ..GET
            },
            Case {
                name: "get-slashes-unnormalized",
                path: "//example//",
                want: (plain, "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"),
                ..GET
            },
            Case {
                name: "get-header-value-trim",
                headers: &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
                want: ("host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
                ..GET
            },
            Case { name: "post-vanilla", want: (plain, post), ..POST },
            Case { name: "post-vanilla-query", query: one, want: (plain, post_query), ..POST },
            Case {
                name: "post-header-key-sort",
                headers: &[("My-Header1", "value1")],
                want: ("host;my-header1;x-amz-date", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
                ..POST
            },
            Case {
                name: "post-header-value-case",
                headers: &[("My-Header1", "VALUE1")],
                want: ("host;my-header1;x-amz-date", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
                ..POST
            },
            Case {
                name: "post-x-www-form-urlencoded",
                headers: &[("Content-Type", "application/x-www-form-urlencoded")],
                body: "Param1=value1",
                want: (form, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
                ..POST
            },
            Case {
                name: "post-x-www-form-urlencoded-parameters",
                headers: &[("Content-Type", "application/x-www-form-urlencoded; charset=utf8")],
                body: "Param1=value1",
                want: (form, "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"),
                ..POST
            },
        ];
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let suite = signer("AKIDEXAMPLE", secret, "", "service");
        for case in &cases {
            check(&suite, "example.amazonaws.com", "20150830T123600Z", case);
        }
        let token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
        let want = ("host;x-amz-date;x-amz-security-token", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
        let case = Case { name: "get-vanilla-with-session-token", want, ..GET };
        check(&signer("AKIDEXAMPLE", secret, token, "service"), "example.amazonaws.com", "20150830T123600Z", &case);
    }

    const S3_HOST: &str = "examplebucket.s3.amazonaws.com";
    const S3_DATE: &str = "20130524T000000Z";

    fn s3() -> SigV4 {
        signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", "s3")
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    #[test]
    fn s3_examples() {
        let plain = "host;x-amz-content-sha256;x-amz-date";
        for case in [
            Case {
                name: "GET Object",
                path: "/test.txt",
                headers: &[("Range", "bytes=0-9")],
                want: ("host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
                ..GET
            },
            Case {
                name: "PUT Object",
                method: Method::Put,
                path: "/test%24file.text",
                headers: &[("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                body: "Welcome to Amazon S3.",
                want: (
                    "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
                ),
                ..GET
            },
            Case {
                name: "GET Bucket Lifecycle",
                query: &[("lifecycle", "")],
                want: (plain, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
                ..GET
            },
            Case {
                name: "Get Bucket (List Objects)",
                query: &[("max-keys", "2"), ("prefix", "J")],
                want: (plain, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
                ..GET
            },
        ] {
            check(&s3(), S3_HOST, S3_DATE, &case);
        }
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
    #[test]
    fn s3_presigned_example() {
        let now = Time::parse(S3_DATE).unwrap().0;
        let mut attempt = attempt(&Case { path: "/test.txt", ..GET }, S3_HOST, &Body::Empty);
        assert_eq!(
            s3().presign(&mut attempt, 86_400, now).unwrap(),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z\
             &X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
        assert_eq!(attempt.headers.iter().count(), 0);
        for seconds in [0, 604_801] {
            assert_eq!(s3().presign(&mut attempt, seconds, now).unwrap_err().kind(), Kind::Invalid);
        }
    }

    #[test]
    fn the_host_is_signed_as_runtimes_send_it() {
        for (origin, want) in [
            ("https://s3.example.com:443", "s3.example.com"),
            ("http://s3.example.com:80", "s3.example.com"),
            ("http://S3.example.com:443", "s3.example.com:443"),
            ("https://[::1]:9000", "[::1]:9000"),
        ] {
            let mut attempt = attempt(&GET, "", &Body::Empty);
            attempt.origin = origin.to_owned();
            assert_eq!(host(&attempt), want);
        }
    }

    #[test]
    fn the_signing_key_changes_with_the_day() {
        let signer = s3();
        let at = |date: &str| {
            let mut attempt = attempt(&GET, S3_HOST, &Body::Empty);
            signer.sign(&mut attempt, None, Time::parse(date).unwrap().0).unwrap();
            attempt.headers.get("authorization").unwrap().to_owned()
        };
        let first = at(S3_DATE);
        assert_ne!(at("20130525T000000Z"), first);
        assert_eq!(at(S3_DATE), first);
    }

    #[test]
    fn a_stream_is_not_covered() {
        for (payload, body, want) in [
            (Payload::Signed, Body::Bytes(b"x".to_vec()), "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
            (Payload::Signed, Body::Stream(Stream { handle: Box::new(()), length: Some(1), repeatable: false }), UNSIGNED),
            (Payload::Unsigned, Body::Bytes(b"x".to_vec()), UNSIGNED),
        ] {
            let mut attempt = attempt(&GET, S3_HOST, &body);
            SigV4 { payload, ..s3() }.sign(&mut attempt, None, 0).unwrap();
            assert_eq!(attempt.headers.get("x-amz-content-sha256"), Some(want));
        }
    }

    #[test]
    fn credentials_are_checked_and_never_shown() {
        for (key, secret, token) in [("", "s", ""), ("k", "", ""), ("k/1", "s", ""), ("k", "s t", ""), ("k", "s\n", ""), ("k", "s", "ü")] {
            assert_eq!(Credentials::new(key, secret, token).unwrap_err().kind(), Kind::Invalid);
        }
        let signer = signer("AKID", "hidden", "hidden", "ec2");
        assert!(!format!("{signer:?} {:?}", signer.credentials).contains("hidden"));
    }
}
