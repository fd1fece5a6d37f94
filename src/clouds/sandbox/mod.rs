//! A cloud in memory, to try things out and to test with: nothing is sent, and nothing outlives the account.
//!
//! It has the strictness of real ones, their delays (`latency`, `bootTime`) and, when asked for, their failures
//! (`failureRate`): then some requests are refused as on a busy day, and some are lost before or after they were carried
//! out. The drivers are ordinary ones, and speak JSON to a [`host`](host::Sandbox) that answers itself.

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
use crate::compute::Extra;
use crate::core::auth::{Auth, Token};
use crate::core::error::{Error, Result};
use crate::core::host::{SharedHost, token};
use crate::core::http::{Attempt, Request, Response};
use crate::core::link::{Account, Fault, Link};
use crate::core::wire::{Doc, Pairs, Tree};

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

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let number = |name: &str, default: f64, most: f64| match config.get(name) {
        "" => Ok(default),
        text => text.parse().ok().filter(|n| (0.0..=most).contains(n)).ok_or_else(|| {
            Error::invalid(["field \"", name, "\" must be a number from 0 to ", if most > 1.0 { "3600000" } else { "1" }].concat())
        }),
    };
    let (latency, boot) = (number("latency", 30.0, 3.6e6)?, number("bootTime", 2_000.0, 3.6e6)?);
    let host = host::Sandbox::new(host, latency as u64, number("failureRate", 0.0, 1.0)?, boot as u64);
    Account::new(CLOUD.name, ENDPOINT, Box::new(Anybody), fault, Rc::new(host))
}

/// Everybody is let in.
struct Anybody;

impl Auth for Anybody {
    fn sign(&self, _: &mut Attempt<'_>, _: Option<&Token>, _: u64) -> Result<()> {
        Ok(())
    }
}

/// `{"message": "…"}`.
fn fault(response: &Response) -> Fault {
    let tree = response.text().and_then(Tree::json).unwrap_or_default();
    Fault { message: tree.root().opt("message"), ..Fault::default() }
}

/// A request that changes something. Its token makes it repeatable: the server answers a second one as the first.
fn change(link: &Link, request: Request) -> Request {
    let token = token(&**link.account().host());
    request.header(host::TOKEN, token).repeatable()
}

fn extra(doc: Doc<'_>, names: &[(&str, &str)]) -> Extra {
    super::extra(doc, &[&[("sandbox", "sandbox")], names].concat())
}

fn pairs(doc: Option<Doc<'_>>) -> Pairs {
    Pairs(doc.into_iter().flat_map(Doc::children).map(|d| (d.key().to_owned(), d.as_text().to_owned())).collect())
}
