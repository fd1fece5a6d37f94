//! A cloud in memory, to try things out and to test with: nothing is sent, and nothing outlives the account.
//!
//! It has the strictness of real ones, their delays (`latency`, `bootTime`) and, when asked for, their failures
//! (`failureRate`): then some requests are refused as on a busy day, and some are lost before or after they were carried
//! out. The drivers are ordinary ones; their requests go the way of all others, to a [`host`] that answers itself. Its
//! JSON is that of the models, so that one reader does for all.

// A build with fewer services leaves parts of what they share unused.
#![cfg_attr(not(all(feature = "compute", feature = "storage", feature = "dns")), allow(dead_code, unused_imports))]

#[cfg(feature = "compute")]
mod compute;
#[cfg(feature = "dns")]
mod dns;
mod host;
mod server;
#[cfg(feature = "storage")]
mod storage;

use std::rc::Rc;

use super::{Cloud, Config, Open, optional};
use crate::core::auth::{Auth, Token};
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::host::{SharedHost, token};
use crate::core::http::{Attempt, Method, Request, Response, path};
use crate::core::link::{Account, Fault, Link};
use crate::core::wire::{Decimal, Doc, FromDoc, Json};

/// The sandbox.
pub const CLOUD: Cloud = Cloud {
    name: "sandbox",
    title: "Sandbox (in memory, nothing is real)",
    docs: "https://docs.rs/skyfetch",
    fields: &[
        optional("latency", "milliseconds until an answer comes; 30 unless given"),
        optional("failureRate", "the fraction of requests that fail, from 0 to 1; 0 unless given"),
        optional("bootTime", "milliseconds until a node runs; 2000 unless given"),
    ],
    #[cfg(feature = "compute")]
    compute: compute::OPERATIONS,
    #[cfg(not(feature = "compute"))]
    compute: &[],
    #[cfg(feature = "storage")]
    storage: storage::OPERATIONS,
    #[cfg(not(feature = "storage"))]
    storage: &[],
    #[cfg(feature = "dns")]
    dns: dns::OPERATIONS,
    #[cfg(not(feature = "dns"))]
    dns: &[],
    account,
    open: Open {
        #[cfg(feature = "compute")]
        compute: Some(|link| Box::new(compute::Sandbox(link))),
        #[cfg(not(feature = "compute"))]
        compute: None,
        #[cfg(feature = "storage")]
        storage: Some(|link| Box::new(storage::Sandbox(link))),
        #[cfg(not(feature = "storage"))]
        storage: None,
        #[cfg(feature = "dns")]
        dns: Some(|link| Box::new(dns::Sandbox(link))),
        #[cfg(not(feature = "dns"))]
        dns: None,
    },
};

/// A name that no DNS has: should a request ever get out, it goes nowhere.
const ENDPOINT: &str = "https://sandbox.invalid";

/// The longest latency or boot time: an hour.
const LONGEST: u64 = 3_600_000;

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let number = |name: &str, default: &str, places: usize, most: u64| {
        let value = Decimal::parse(config.or(name, default)).and_then(|d| d.scaled(places)).filter(|n| *n <= most);
        value.ok_or_else(|| Error::invalid("latency and bootTime are milliseconds, at most an hour; failureRate is from 0 to 1"))
    };
    let (latency, boot) = (number("latency", "30", 0, LONGEST)?, number("bootTime", "2000", 0, LONGEST)?);
    let host = host::Sandbox::new(host, latency, number("failureRate", "0", host::PLACES, host::ALWAYS)?, boot);
    Account::new(CLOUD.name, ENDPOINT, Box::new(Anybody), fault, Rc::new(host))
}

/// Everybody is let in.
struct Anybody;

impl Auth for Anybody {
    fn sign(&self, _: &mut Attempt<'_>, _: Option<&Token>, _: u64) -> Result<()> {
        Ok(())
    }
}

/// A message, as plain text.
fn fault(response: &Response) -> Fault {
    Fault { message: response.text().ok().map(str::to_owned), ..Fault::default() }
}

/// A request: where to, and a JSON object of what is wanted. One that changes something has a token, which makes it
/// repeatable: a second is answered as the first.
fn request(link: &Link, method: Method, template: &str, parts: &[&str], options: Json) -> Request {
    let request = Request::new(method, path(template, parts)).query(host::OPTIONS, options.into_string());
    if method == Method::Get { request } else { request.header(host::TOKEN, token(&**link.account().host())).repeatable() }
}

/// An operation that gives a model, a list of models, or nothing.
fn ask<'d, T: FromDoc + 'd>(link: &'d mut Link, operation: &'static str, request: Request) -> Call<'d, T> {
    Call::json(link, operation, request, read)
}

fn read<T: FromDoc>(d: Doc<'_>) -> Result<T> {
    T::from_doc(d).ok_or_else(unread)
}

#[cold]
fn unread() -> Error {
    Error::malformed("the sandbox answered something else")
}

fn get<'d, T: FromDoc + 'd>(link: &'d mut Link, operation: &'static str, template: &str, parts: &[&str]) -> Call<'d, T> {
    let request = request(link, Method::Get, template, parts, Json::default());
    ask(link, operation, request)
}

/// An operation that changes something, and gives it.
fn change<'d, T: FromDoc + 'd>(
    link: &'d mut Link,
    operation: &'static str,
    method: Method,
    template: &str,
    parts: &[&str],
    options: Json,
) -> Call<'d, T> {
    let request = request(link, method, template, parts, options);
    ask(link, operation, request)
}

/// An operation that changes something, and gives nothing.
fn done<'d>(link: &'d mut Link, operation: &'static str, method: Method, template: &str, parts: &[&str], options: Json) -> Call<'d, ()> {
    let request = request(link, method, template, parts, options);
    Call::done(link, operation, request)
}
