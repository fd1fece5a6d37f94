//! AWS signatures: checked by a second reading of the specification, which starts from the URL that is sent.
//!
//! An input is lines: method, service, milliseconds since 1970, seconds that a presigned URL lives, path, then a query
//! pair `name=value` or a header `name: value` a line, an empty line, the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use skyfetch::core::auth::{Auth, Credentials, Payload, SigV4};
use skyfetch::core::call::decode;
use skyfetch::core::error::Kind;
use skyfetch::core::http::{Attempt, Body, Headers, Method, encode_into};
use skyfetch::core::wire::{Time, hex};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "6e86291e8372ff2a2260956d9b8aae1d763fbf31";
const REGION: &str = "eu-west-1";

struct Input {
    method: Method,
    service: &'static str,
    token: bool,
    now: u64,
    seconds: u64,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Body,
}

fn read(data: &[u8]) -> Input {
    let split = data.windows(2).position(|w| w == b"\n\n");
    let (head, body) = split.map_or((data, None), |at| (&data[..at], Some(data[at + 2..].to_vec())));
    let head = String::from_utf8_lossy(head).into_owned();
    let mut lines = head.split('\n');
    let mut line = || lines.next().unwrap_or("");
    let (method, service, now, seconds) = (line(), line(), line(), line());
    let mut path = String::new();
    encode_into(&mut path, line(), true);
    if !path.starts_with('/') {
        path.insert(0, '/');
    }
    let (mut query, mut headers) = (Vec::new(), Vec::<(String, String)>::new());
    for line in lines {
        let own = |name: &str| !matches!(name, "" | "host" | "authorization") && !name.starts_with("x-amz-");
        match (line.split_once(": "), line.split_once('=')) {
            (Some((name, value)), _) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
                let name = name.to_ascii_lowercase();
                if own(&name) && headers.iter().all(|(n, _)| *n != name) {
                    headers.push((name, value.to_owned()));
                }
            }
            (_, Some((name, value))) => query.push((name.to_owned(), value.to_owned())),
            _ => query.push((line.to_owned(), String::new())),
        }
    }
    Input {
        method: Method::parse(method).unwrap_or(Method::Get),
        service: if service.starts_with("s3") { "s3" } else { "ec2" },
        token: service.ends_with('+'),
        now: now.parse().unwrap_or(0),
        seconds: seconds.parse().unwrap_or(60),
        path,
        query,
        headers,
        body: body.map_or(Body::Empty, Body::Bytes),
    }
}

impl Input {
    fn signer(&self) -> SigV4 {
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET, if self.token { TOKEN } else { "" }).expect("credentials");
        SigV4::new(credentials, REGION, self.service, Payload::Signed)
    }

    fn attempt(&self) -> Attempt<'_> {
        Attempt {
            method: self.method,
            origin: "https://Cloud.example:443".to_owned(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.iter().cloned().collect(),
            body: &self.body,
            streaming: false,
        }
    }
}

/// What was signed is what is sent, the order of pairs and headers does not matter, and nothing secret shows.
pub fn sign(data: &[u8]) {
    let input = read(data);
    let signer = input.signer();
    let sign = |mut attempt: Attempt<'_>| {
        signer.sign(&mut attempt, None, input.now).expect("a signature");
        let shown = format!("{signer:?} {:?} {attempt:?}", signer.credentials);
        assert!(!shown.contains(SECRET) && !shown.contains(TOKEN));
        (attempt.headers.get("authorization").expect("a header").to_owned(), attempt.url(), attempt.headers)
    };
    let (first, url, headers) = sign(input.attempt());
    assert_eq!(sign(input.attempt()).0, first, "the same input, the same signature");
    let payload = hex(&Sha256::digest(input.body.bytes()));
    let (names, signature) = verify(&input, &url, &headers, &payload);
    assert!(first.ends_with(&format!(", SignedHeaders={names}, Signature={signature}")), "{first}\n{names} {signature}");

    let mut turned = input.attempt();
    turned.query.reverse();
    turned.headers = input.headers.iter().rev().cloned().collect();
    assert_eq!(sign(turned).0, first, "order does not matter");
    let mut changed = input.attempt();
    changed.query.push(("one-more".to_owned(), String::new()));
    assert_ne!(sign(changed).0, first, "the query is covered");
    let longer = Body::Bytes([input.body.bytes(), b"."].concat());
    assert_ne!(sign(Attempt { body: &longer, ..input.attempt() }).0, first, "the body is covered");

    presign(&input, &signer);
}

fn presign(input: &Input, signer: &SigV4) {
    let mut attempt = input.attempt();
    match signer.presign(&mut attempt, input.seconds, input.now) {
        Err(error) => {
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(input.seconds == 0 || input.seconds > 604_800);
        }
        Ok(url) => {
            assert!(!url.contains(SECRET) && !format!("{attempt:?}").contains(SECRET));
            let (bare, signature) = url.rsplit_once("&X-Amz-Signature=").expect("a signature at the end");
            let (names, want) = verify(input, bare, &attempt.headers, "UNSIGNED-PAYLOAD");
            assert_eq!(signature, want);
            let mut encoded = String::new();
            encode_into(&mut encoded, &names, false);
            assert!(bare.contains(&format!("&X-Amz-SignedHeaders={encoded}")));
            let mut again = input.attempt();
            let same = input.signer().presign(&mut again, input.seconds, input.now).expect("once more");
            assert_eq!(same, url, "the same input, the same URL");
        }
    }
}

/// The signed headers and the signature of what is sent, as the provider makes them.
fn verify(input: &Input, url: &str, headers: &Headers, payload: &str) -> (String, String) {
    let encode = |text: &str, keep_slash| {
        let mut out = String::new();
        encode_into(&mut out, text, keep_slash);
        out
    };
    let date = Time(input.now).amz();
    let rest = url.strip_prefix("https://Cloud.example:443").expect("the origin");
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = if input.service == "s3" { path.to_owned() } else { encode(path, true) };
    let pair = |p: &str| p.split_once('=').map(|(n, v)| (encode(&decode(n), false), encode(&decode(v), false))).expect("a pair");
    let mut pairs: Vec<(String, String)> = query.split('&').filter(|p| !p.is_empty()).map(pair).collect();
    pairs.sort();
    let query: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let mut headers: Vec<(&str, &str)> = headers.iter().filter(|(n, _)| *n != "authorization").collect();
    headers.push(("host", "cloud.example"));
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(n, _)| *n).collect();
    let names = names.join(";");
    let trimmed = |v: &str| v.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    let lines: String = headers.iter().map(|(n, v)| format!("{n}:{}\n", trimmed(v))).collect();
    let canonical = format!("{}\n{path}\n{}\n{lines}\n{names}\n{payload}", input.method.name(), query.join("&"));
    let scope = format!("{}/{REGION}/{}/aws4_request", &date[..8], input.service);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let mac = |key: &[u8], text: &str| -> Vec<u8> {
        Hmac::<Sha256>::new_from_slice(key).expect("a key").chain_update(text.as_bytes()).finalize().into_bytes().to_vec()
    };
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    (names, hex(&mac(&key, &text)))
}
