//! The driver core: knows nothing of wasm, JavaScript or any cloud.

pub mod auth;
pub mod call;
pub mod error;
pub mod fanout;
pub mod host;
pub mod http;
pub mod ip;
pub mod link;
pub mod sort;
pub mod task;
pub mod turn;
pub mod wire;
