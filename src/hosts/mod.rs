//! Hosts: the world outside, one a runtime.

#[cfg(target_arch = "wasm32")]
pub mod fetch;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub mod native;
pub mod script;
