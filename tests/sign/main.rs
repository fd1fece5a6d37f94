//! Signatures against botocore's: `cases.py` makes up some hundred requests and signs them, [`SigV4`] must sign them alike.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::process::Command;

use serde_json::Value;
use skyfetch::core::auth::{Auth, Credentials, Payload, SigV4};
use skyfetch::core::http::{Attempt, Body, Method, encode_into};

#[test]
fn botocore_signs_alike() {
    let python = std::env::var("SKYFETCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sign/cases.py");
    let run = Command::new(&python).arg(script).output();
    let out = match run {
        Ok(out) if out.status.success() => out,
        run => panic!(
            "this test needs a Python that has botocore (pip install botocore); name it in SKYFETCH_PYTHON\n{python}: {}",
            run.map_or_else(|e| e.to_string(), |out| String::from_utf8_lossy(&out.stderr).into_owned())
        ),
    };
    let cases = String::from_utf8(out.stdout).unwrap();
    cases.lines().for_each(|line| check(&serde_json::from_str(line).unwrap()));
    assert!(cases.lines().count() >= 400, "{} cases", cases.lines().count());
}

fn check(case: &Value) {
    let text = |name: &str| case[name].as_str().unwrap();
    let pair = |(name, value): (&Value, &Value)| (name.as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned());
    let mut path = String::new();
    encode_into(&mut path, text("path"), true);
    let body = if text("body").is_empty() { Body::Empty } else { Body::Bytes(text("body").into()) };
    let mut attempt = Attempt {
        method: Method::parse(text("method")).unwrap(),
        origin: text("origin").to_owned(),
        path,
        query: case["query"].as_array().unwrap().iter().map(|p| pair((&p[0], &p[1]))).collect(),
        headers: case["headers"].as_object().unwrap().iter().map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned())).collect(),
        body: &body,
        streaming: false,
    };
    let credentials = Credentials::new(text("key"), text("secret"), text("token")).unwrap();
    let service = if text("service") == "ec2" { "ec2" } else { "s3" };
    let payload = if case["signed"].as_bool().unwrap() { Payload::Signed } else { Payload::Unsigned };
    let signer = SigV4::new(credentials, text("region"), service, payload);
    let now = case["now"].as_u64().unwrap();
    if text("kind") == "presign" {
        signer.presign(&mut attempt, case["seconds"].as_u64().unwrap(), now).unwrap();
    } else {
        signer.sign(&mut attempt, None, now).unwrap();
    }
    assert_eq!(attempt.url(), case["want"]["url"], "{case:#}");
    assert_eq!(attempt.headers.get("authorization"), case["want"]["authorization"].as_str(), "{case:#}");
}
