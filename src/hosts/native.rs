//! HTTP by reqwest, for Rust programs without a JavaScript runtime. Runs on one tokio thread (a `LocalSet` or a
//! current-thread runtime).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::LocalBoxFuture;

use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::host::{BODY_LIMIT, Host, pkcs8};
use crate::core::http::{Attempt, Body, Headers, Method, Response, Stream};
use crate::core::task::Cancel;

/// Sends by reqwest. A streamed answer's handle is the [`reqwest::Response`]; a streamed body's is a [`reqwest::Body`] in
/// an `Option`, taken when it is sent.
#[derive(Debug)]
pub struct Native(reqwest::Client);

impl Native {
    /// A host with connections of its own.
    pub fn new() -> Result<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        client
            .map(Native)
            .map_err(|e| Error::new(Kind::Transport, "the HTTP client could not be made").with_cause(e.without_url().to_string()))
    }

    fn request(&self, attempt: &Attempt<'_>) -> Result<reqwest::Request> {
        let url = attempt.url();
        let broken = || Error::invalid("the endpoint makes no URL");
        let parsed = reqwest::Url::parse(&url).map_err(|_| broken())?;
        if parsed.as_str() != url {
            return Err(Error::invalid("a name cannot be carried by a URL without being changed"));
        }
        let method = reqwest::Method::from_bytes(attempt.method.name().as_bytes()).map_err(|_| broken())?;
        let mut request = self.0.request(method, parsed);
        for (name, value) in attempt.headers.iter() {
            request = request.header(name, value);
        }
        request = match attempt.body {
            // As fetch does: some servers want to be told that nothing comes.
            Body::Empty if matches!(attempt.method, Method::Post | Method::Put | Method::Patch) => request.header("content-length", "0"),
            Body::Empty => request,
            Body::Bytes(bytes) => request.body(bytes.clone()),
            Body::Stream(stream) => {
                let body = stream.handle.downcast_ref::<std::cell::Cell<Option<reqwest::Body>>>().and_then(std::cell::Cell::take);
                request.body(body.ok_or_else(|| Error::invalid("the stream was sent before, or is no reqwest body"))?)
            }
        };
        request.build().map_err(|_| Error::invalid("a header has a character that no header may have"))
    }
}

impl Host for Native {
    fn send(&self, attempt: &Attempt<'_>, _: &Cancel) -> LocalBoxFuture<'static, Result<Response>> {
        let request = self.request(attempt);
        let (client, streaming, head) = (self.0.clone(), attempt.streaming, attempt.method == Method::Head);
        Box::pin(async move {
            let mut response = client.execute(request?).await.map_err(lost)?;
            let status = response.status().as_u16();
            let text = |v: &reqwest::header::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
            let headers: Headers = response.headers().iter().map(|(n, v)| (n.as_str().to_owned(), text(v))).collect();
            let length = response.content_length();
            if streaming && status < 300 {
                let stream = Stream { handle: Box::new(response), length, repeatable: false };
                return Ok(Response { status, headers, body: Body::Stream(stream) });
            }
            let too_long = || Error::malformed(format!("the answer is longer than {BODY_LIMIT} bytes"));
            // The answer to HEAD tells the length of a body that does not come.
            if !head && length.is_some_and(|n| n > BODY_LIMIT) {
                return Err(too_long());
            }
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(lost)? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() as u64 > BODY_LIMIT {
                    return Err(too_long());
                }
            }
            Ok(Response::new(status, headers, bytes))
        })
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(ms)))
    }

    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
    }

    fn random(&self, bytes: &mut [u8]) {
        // Without a source of chance, retries lose their jitter and tokens are refused as repeated: nothing unsafe follows.
        let _ = getrandom::fill(bytes);
    }

    fn sign_rsa(&self, key: &Secret, data: &[u8]) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
        let sign = || {
            let der = pkcs8(key)?;
            let refused = |_| Error::invalid("the private key could not sign: it must be an RSA key of 2048 bits or more");
            let key = KeyPair::from_pkcs8(&der).map_err(|e| refused(e.into()))?;
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature).map_err(refused)?;
            Ok(signature)
        };
        Box::pin(std::future::ready(sign()))
    }
}

fn lost(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let mut cause = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        cause.push_str(": ");
        cause.push_str(&inner.to_string());
        source = inner.source();
    }
    Error::new(Kind::Transport, format!("the request or its answer was lost: {cause}")).with_cause(cause)
}
