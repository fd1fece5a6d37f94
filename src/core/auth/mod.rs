//! How an account proves who it is.

mod aliyun;
mod azure;
mod b2;
mod client;
mod cloudstack;
mod exoscale;
mod google;
mod header;
mod keystone;
mod oss;
mod ovh;
mod rackspace;
mod sigv4;
#[cfg(feature = "storage")]
mod temp_url;

pub use aliyun::Aliyun;
pub use azure::{Azure, AzureWay};
pub use b2::B2;
pub use client::Client;
pub use cloudstack::CloudStack;
pub use exoscale::Exoscale;
pub use google::Google;
pub use header::Header;
pub use keystone::{Identity, Keystone, Scope};
pub use oss::Oss;
pub use ovh::Ovh;
pub use rackspace::Rackspace;
pub use sigv4::{Credentials, Payload, SigV4};
#[cfg(feature = "storage")]
pub use temp_url::TempUrl;

use futures_util::future::LocalBoxFuture;

use super::error::{Error, Result, Secret};
use super::host::Host;
use super::http::{Attempt, Request, Response};
use super::wire::{Doc, Tree};

/// A way to authenticate. The account calls it for every attempt; it holds credentials, never state of a task.
pub trait Auth {
    /// Completes one attempt: adds a header, or signs. `now` is the provider's time in milliseconds.
    fn sign(&self, attempt: &mut Attempt<'_>, token: Option<&Token>, now: u64) -> Result<()>;

    /// Whether a token must be fetched before the first request.
    fn logs_in(&self) -> bool {
        false
    }

    /// The request that fetches a token.
    fn log_in<'a>(&'a self, host: &'a dyn Host) -> LocalBoxFuture<'a, Result<Request>> {
        let _ = host;
        Box::pin(std::future::ready(Err(Error::unsupported("this account needs no log-in"))))
    }

    /// The same at this time of the provider's, in milliseconds: for log-ins that are signed with the time.
    fn log_in_at<'a>(&'a self, host: &'a dyn Host, now: u64) -> LocalBoxFuture<'a, Result<Request>> {
        let _ = now;
        self.log_in(host)
    }

    /// Learns the token from the answer.
    fn learn(&self, response: &Response, now: u64) -> Result<Token> {
        let _ = (response, now);
        Err(Error::unsupported("this account needs no log-in"))
    }

    /// Where a service of the log-in's catalogue lives; nothing when the account's endpoint serves all.
    fn endpoint(&self, service: &'static str, token: &Token) -> Result<Option<String>> {
        let _ = (service, token);
        Ok(None)
    }

    /// The answer to a request that is about the log-in itself, so that nothing needs to be sent.
    fn answer(&self, request: &Request, token: &Token) -> Option<Response> {
        let _ = (request, token);
        None
    }

    /// Learns from the answer to a request's ticket where that request goes, as endpoint and token.
    fn admit(&self, response: &Response, now: u64) -> Result<Token> {
        let _ = (response, now);
        Err(Error::unsupported("this account needs no tickets"))
    }

    /// Puts an answer's headers into the words that drivers read.
    fn hear(&self, response: &mut Response) {
        let _ = response;
    }

    /// Whether a wrong clock makes the provider refuse.
    fn is_timed(&self) -> bool {
        false
    }

    /// A URL that works by itself for so many seconds.
    fn presign(&self, attempt: &mut Attempt<'_>, seconds: u64, now: u64) -> Result<String> {
        let _ = (attempt, seconds, now);
        Err(Error::unsupported("this account cannot presign URLs"))
    }

    /// Has the host sign a text with the account's own private key, where it has one.
    fn sign_text(&self, host: &dyn Host, text: &str) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        let _ = (host, text);
        Box::pin(std::future::ready(Err(Error::unsupported("this account has no private key to sign with"))))
    }
}

/// What a log-in gave.
#[derive(Debug)]
pub struct Token {
    /// The token.
    pub value: Secret,
    /// When it expires, in milliseconds since 1970.
    pub expires: u64,
    /// The endpoints that the log-in told of.
    pub catalogue: Vec<Entry>,
}

/// The token of an OAuth 2.0 answer; one whose life is not told lives for an hour. <https://www.rfc-editor.org/rfc/rfc6749#section-5.1>
fn oauth_token(response: &Response, now: u64) -> Result<Token> {
    let tree = Tree::json(response.text()?)?;
    let answer = tree.root();
    Ok(Token {
        value: Secret::new(answer.need::<String>("access_token")?),
        expires: now.saturating_add(answer.opt::<u64>("expires_in").unwrap_or(3600).saturating_mul(1000)),
        catalogue: Vec::new(),
    })
}

/// One endpoint of a service catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The service's type, as `compute`.
    pub service: String,
    /// The region.
    pub region: String,
    /// The URL.
    pub url: String,
}

impl Token {
    /// The endpoint of a service in a region (an empty region takes the first). `services` are names for the same thing.
    pub fn find(&self, services: &[&str], region: &str) -> Result<&str> {
        let offered = || self.catalogue.iter().filter(|e| services.contains(&e.service.as_str()));
        let found = offered().find(|e| region.is_empty() || e.region.eq_ignore_ascii_case(region));
        found.map(|e| e.url.as_str()).ok_or_else(|| {
            let mut regions: Vec<&str> = offered().map(|e| e.region.as_str()).collect();
            regions.dedup();
            let service = services.first().copied().unwrap_or("");
            match regions.is_empty() {
                true => Error::unsupported(["this account's catalogue has no ", service, " service"].concat()),
                false => Error::invalid(["no ", service, " service in region \"", region, "\"; there is ", &regions.join(", ")].concat()),
            }
        })
    }
}

/// Joins a catalogue's items.
fn catalogue<'t>(services: impl Iterator<Item = Doc<'t>>, url: &str, keep: impl Fn(Doc<'t>) -> bool) -> Vec<Entry> {
    let mut entries = Vec::new();
    for service in services {
        for endpoint in service.each("endpoints").filter(|e| keep(*e)) {
            entries.push(Entry {
                service: service.text("type").to_owned(),
                region: endpoint.text("region").to_owned(),
                url: endpoint.text(url).trim_end_matches('/').to_owned(),
            });
        }
    }
    entries
}

/// An attempt as tests sign it, without headers.
#[cfg(test)]
fn attempt<'b>(method: super::http::Method, origin: &str, path: &str, query: &[(&str, &str)], body: &'b super::http::Body) -> Attempt<'b> {
    Attempt {
        method,
        origin: origin.to_owned(),
        path: path.to_owned(),
        query: query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        headers: super::http::Headers::default(),
        body,
        streaming: false,
    }
}
