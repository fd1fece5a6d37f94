//! Every cloud, over fetch.

pub mod clouds;
pub mod compute;
pub mod core;
pub mod dispatch;
pub mod dns;
#[cfg(target_arch = "wasm32")]
mod face;
pub mod hosts;
pub mod storage;
