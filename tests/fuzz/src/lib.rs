//! What must hold of any bytes at all: each function takes some, and panics when it finds that something does not hold.
//!
//! `tests/fuzz.rs` replays the inputs that were worth keeping. The fuzzer makes up others; it writes what it finds to the
//! first directory, and `seeds` makes inputs of the recorded cases. Without a nightly compiler, `RUSTC_BOOTSTRAP=1` helps.
//!
//! ```text
//! cargo run --manifest-path tests/fuzz/Cargo.toml --example seeds -- tests/fuzz/seeds
//! cargo fuzz run --fuzz-dir tests/fuzz drivers tests/fuzz/seeds/drivers tests/fuzz/corpus/drivers
//! ```
//!
//! Inputs are text where they can be, so that a kept one can be read.

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
