//! Every cloud, over fetch: one interface to compute, storage and DNS providers.
//!
//! # The model
//!
//! - A [cloud](clouds::Cloud) is a provider: a line in the registry.
//! - An [account](core::link::Account) is who we are there. It is shared by all tasks; its log-in is made once.
//! - A [task](core::task::Task) is one logical piece of work: deadline, cancellation, retry budget, events.
//! - A [link](core::link::Link) joins the two, and a driver is a link with methods. Drivers cost next to nothing:
//!   make one for each task.
//! - A [call](core::call::Call) is an operation as a value. It borrows its driver, so one driver runs one call at a time.
//! - A [host](core::host::Host) is the world outside: `fetch` in JavaScript, reqwest with the feature `native`.
#![cfg_attr(not(target_arch = "wasm32"), doc = "\n# The package\n")]
#![cfg_attr(not(target_arch = "wasm32"), doc = include_str!("../README.md"))]

pub mod clouds;
pub mod compute;
pub mod core;
pub mod dispatch;
pub mod dns;
#[cfg(target_arch = "wasm32")]
mod face;
pub mod hosts;
pub mod storage;

#[cfg(doctest)]
#[doc = include_str!("../CONTRIBUTING.md")]
struct Contributing;
