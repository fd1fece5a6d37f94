//! Signatures against those of providers' own SDKs: scripts make up some hundred requests and have them signed, ours must be alike.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::process::Command;

use serde_json::Value;
use skyfetch::core::auth::{Auth, Credentials, Oss, Payload, SigV4};
use skyfetch::core::http::{Attempt, Body, Method, encode_into};

#[test]
fn botocore_signs_alike() {
    run("cases.py", "SKYFETCH_PYTHON", "botocore", amazon);
}

#[test]
fn alibaba_signs_alike() {
    run("oss_cases.py", "SKYFETCH_SDKS_PYTHON", "alibabacloud-oss-v2", alibaba);
}

fn run(script: &str, variable: &str, package: &str, check: fn(&Value)) {
    let python = std::env::var(variable).unwrap_or_else(|_| "python3".to_owned());
    let run = Command::new(&python).arg([concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sign/"), script].concat()).output();
    let out = match run {
        Ok(out) if out.status.success() => out,
        run => panic!(
            "this test needs a Python that has {package} (pip install {package}); name it in {variable}\n{python}: {}",
            run.map_or_else(|e| e.to_string(), |out| String::from_utf8_lossy(&out.stderr).into_owned())
        ),
    };
    let cases = String::from_utf8(out.stdout).unwrap();
    cases.lines().for_each(|line| check(&serde_json::from_str(line).unwrap()));
    assert!(cases.lines().count() >= 400, "{} cases", cases.lines().count());
}

fn text<'c>(case: &'c Value, name: &str) -> &'c str {
    case[name].as_str().unwrap()
}

fn attempt<'b>(case: &Value, origin: String, path: &str, body: &'b Body) -> Attempt<'b> {
    let pair = |(name, value): (&Value, &Value)| (name.as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned());
    let mut encoded = String::new();
    encode_into(&mut encoded, path, true);
    Attempt {
        method: Method::parse(text(case, "method")).unwrap(),
        origin,
        path: encoded,
        query: case["query"].as_array().unwrap().iter().map(|p| pair((&p[0], &p[1]))).collect(),
        headers: case["headers"].as_object().unwrap().iter().map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned())).collect(),
        body,
        streaming: false,
    }
}

/// A URL, and the pairs of its query in order: signatures cover them so.
fn in_order(url: &str) -> (&str, Vec<&str>) {
    let (at, query) = url.split_once('?').unwrap_or((url, ""));
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    (at, pairs)
}

fn amazon(case: &Value) {
    let body = if text(case, "body").is_empty() { Body::Empty } else { Body::Bytes(text(case, "body").into()) };
    let mut attempt = attempt(case, text(case, "origin").to_owned(), text(case, "path"), &body);
    let credentials = Credentials::new(text(case, "key"), text(case, "secret"), text(case, "token")).unwrap();
    let service = if text(case, "service") == "ec2" { "ec2" } else { "s3" };
    let payload = if case["signed"].as_bool().unwrap() { Payload::Signed } else { Payload::Unsigned };
    let signer = SigV4::new(credentials, text(case, "region"), service, payload);
    let now = case["now"].as_u64().unwrap();
    let url = if text(case, "kind") == "presign" {
        signer.presign(&mut attempt, case["seconds"].as_u64().unwrap(), now).unwrap()
    } else {
        signer.sign(&mut attempt, None, now).unwrap();
        attempt.url()
    };
    assert_eq!(in_order(&url), in_order(text(&case["want"], "url")), "{case:#}");
    assert_eq!(attempt.headers.get("authorization"), case["want"]["authorization"].as_str(), "{case:#}");
}

fn alibaba(case: &Value) {
    let host = text(case, "host");
    let dot = if text(case, "bucket").is_empty() { "" } else { "." };
    let (origin, path) = (["https://", text(case, "bucket"), dot, host].concat(), ["/", text(case, "object")].concat());
    let mut attempt = attempt(case, origin, &path, &Body::Empty);
    let credentials = Credentials::new(text(case, "key"), text(case, "secret"), text(case, "token")).unwrap();
    let signer = Oss { credentials, region: text(case, "region").to_owned(), endpoint: ["https://", host].concat() };
    let now = case["now"].as_u64().unwrap();
    let got = if text(case, "kind") == "presign" {
        signer.presign(&mut attempt, case["seconds"].as_u64().unwrap(), now).unwrap();
        attempt.query.last().unwrap().1.clone()
    } else {
        signer.sign(&mut attempt, None, now).unwrap();
        attempt.headers.get("authorization").unwrap().to_owned()
    };
    assert_eq!(got, text(case, "want"), "{case:#}");
}
