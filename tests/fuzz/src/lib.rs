//! What must hold of any bytes at all: each function takes some, and panics when it finds that something does not hold.
//!
//! The fuzzer makes the bytes up (`cargo fuzz run --fuzz-dir tests/fuzz json`); `tests/fuzz.rs` replays the ones that were
//! worth keeping. Inputs are text where they can be, so that a kept one can be read.

mod drivers;
mod json;
mod request;
mod sign;
mod xml;

// Not all that the fuzz crate needs is needed where the kept inputs are replayed.
#[allow(unused_imports)]
pub use drivers::{drivers, operations, wire};
pub use json::json;
pub use request::request;
pub use sign::sign;
pub use xml::xml;
