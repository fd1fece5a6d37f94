//! What requests are made of: paths, queries, forms, links, endpoints, times, numbers, headers, the data of DNS records.

use skyfetch::core::auth::Header;
use skyfetch::core::call::{decode, follow};
use skyfetch::core::http::{Attempt, Body, Headers, Method, Request, encode_into, path, plain_endpoint, split_endpoint};
use skyfetch::core::wire::{Decimal, Time, base64, form, hex};
use skyfetch::dns;

const ORIGIN: &str = "https://api.example";
/// The last millisecond of the year 9999.
const LAST: u64 = 253_402_300_799_999;

/// What goes in comes out, and no input leaves its place in a URL.
pub fn request(data: &[u8]) {
    let text = &*String::from_utf8_lossy(data);
    let (one, two) = text.split_once('\n').unwrap_or((text, ""));
    encoding(text);
    paths(one, two);
    for url in [text, &[ORIGIN, text].concat(), &[ORIGIN, "/", text].concat(), &[ORIGIN, "/a?", text].concat()] {
        links(url);
        endpoints(url);
    }
    pairs(text);
    for word in [text, one, two] {
        times(word);
        decimals(word);
    }
    moment(data);
    headers(one, two);
    records(one, two);
    assert_eq!(hex(data).len(), data.len() * 2);
    assert_eq!(base64(data).len(), data.len().div_ceil(3) * 4);
}

fn encoding(text: &str) {
    for keep_slash in [false, true] {
        let mut encoded = String::new();
        encode_into(&mut encoded, text, keep_slash);
        assert_eq!(decode(&encoded), text);
        assert!(encoded.bytes().all(|b| is_plain(b) || b == b'%' || (keep_slash && b == b'/')));
    }
    let _ = decode(text);
}

fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~')
}

fn paths(one: &str, two: &str) {
    let request = Request::get(path("/a/*/b/*", &[one, two]));
    let legal = |part: &str| !matches!(part, "" | "." | "..");
    assert_eq!(request.fault.is_none(), legal(one) && legal(two));
    if request.fault.is_none() {
        let parts: Vec<String> = request.path.split('/').map(decode).collect();
        assert_eq!(parts, ["", "a", one, "b", two]);
    }
    let _ = path(one, &[two]);
    let _ = path("****", &[one]);
}

/// A link that is followed stays on its origin, and is the same when it is followed again.
fn links(url: &str) {
    let Ok(request) = follow(url, ORIGIN) else { return };
    assert_eq!(request.base.as_deref(), Some(ORIGIN));
    assert!(!request.path.contains(['?', '#']));
    let sent = at(&request);
    assert_eq!(authority(&sent), "api.example", "{sent}");
    let again = follow(&sent, ORIGIN).expect("a link to where it led");
    assert_eq!(at(&again), sent);
    assert_eq!(again.query, request.query);
}

fn at(request: &Request) -> String {
    let path = if request.path.starts_with('/') { request.path.clone() } else { ["/", &request.path].concat() };
    let origin = request.base.clone().unwrap_or_default();
    let (query, headers) = (request.query.clone(), Headers::default());
    Attempt { method: Method::Get, origin, path, query, headers, body: &Body::Empty, streaming: false }.url()
}

/// Where a browser would go.
fn authority(url: &str) -> &str {
    let rest = url.strip_prefix("https://").unwrap_or("");
    rest.split(['/', '\\', '?', '#']).next().unwrap_or("")
}

fn endpoints(url: &str) {
    let Ok((origin, prefix)) = split_endpoint(url) else { return };
    let plain = plain_endpoint(url).expect("an endpoint");
    assert_eq!(plain_endpoint(&plain).as_ref(), Ok(&plain));
    assert_eq!([origin, prefix].concat(), [origin, url.strip_prefix(origin).expect("a prefix")].concat().trim_end_matches('/'));
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")).expect("a scheme");
    assert!(!host.is_empty() && !host.contains(['/', '\\', '?', '#', '@', ' ']), "{host}");
    assert!(prefix.is_empty() || prefix.starts_with('/'));
}

fn pairs(text: &str) {
    let side = |line: &str| line.split_once('=').map_or((line.to_owned(), String::new()), |(n, v)| (n.to_owned(), v.to_owned()));
    let pairs: Vec<(String, String)> = text.split('\n').map(side).collect();
    let form = form(&pairs);
    let read: Vec<(String, String)> =
        form.split('&').map(|p| p.split_once('=').map(|(n, v)| (decode(n), decode(v))).expect("a pair")).collect();
    assert_eq!(read, pairs);
}

fn times(text: &str) {
    let Some(time) = Time::parse(text) else { return };
    // Beyond it, years have no four digits.
    if time.0 <= LAST {
        assert_eq!(Time::parse(&time.iso()), Some(time));
        assert_eq!(Time::parse(&time.amz()), Some(Time(time.0 / 1000 * 1000)));
    }
}

fn moment(data: &[u8]) {
    let Some(bytes) = data.first_chunk::<8>() else { return };
    let number = u64::from_le_bytes(*bytes);
    let _ = (Time(number).iso(), Time(number).amz());
    times(&Time(number % (LAST + 1)).iso());
}

fn decimals(text: &str) {
    let Some(number) = Decimal::parse(text) else { return };
    assert_eq!(Decimal::parse(number.as_str()).as_ref(), Some(&number));
    let written = text.trim_ascii();
    let parsed: f64 = number.as_str().parse().expect("a number");
    assert!(written.parse::<f64>() == Ok(parsed), "{written} is {parsed}");
    for places in [0, 1, 3, 9, 40] {
        if let Some(scaled) = number.scaled(places) {
            assert!(!number.as_str().starts_with('-') || scaled == 0);
            let want = parsed * 10f64.powi(places as i32);
            assert!((want - scaled as f64).abs() <= 1.0 + want.abs() * 1e-9, "{text} scaled by {places} is not {scaled}");
        }
    }
}

fn headers(name: &str, value: &str) {
    let request = Request::get("/").header(name, value);
    if request.fault.is_none() {
        assert_eq!(request.headers.get(&name.to_ascii_lowercase()), Some(value));
        assert!(!value.contains(['\r', '\n', '\0']));
    }
    let _ = (Header::new("x-key", value), Header::bearer(value));
    if Header::basic(name, value).is_ok() {
        assert!(!name.contains(':'));
    }
    let _ = Method::parse(name);
}

/// What a zone file has of some data means the same after it was read, and data that was accepted is read as it was given.
fn records(kind: &str, data: &str) {
    for kind in ["A", "AAAA", "CNAME", "MX", "SRV", "TXT", "SOA", "CAA", kind] {
        for priority in [None, Some(10)] {
            if dns::check(kind, data, priority).is_err() {
                continue;
            }
            let content = dns::content(kind, data, priority);
            let (read, plain) = dns::parts(kind, &content);
            let again = dns::content(kind, &plain, read);
            assert!(dns::same(kind, &content, &again), "{kind} {data:?}: {content:?} {again:?}");
        }
        let (priority, plain) = dns::parts(kind, data);
        let _ = (dns::content(kind, &plain, priority), dns::same(kind, data, &plain));
    }
}
