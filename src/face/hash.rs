//! Digests of bytes that stay in JavaScript: a chunk at a time passes by.

use md5::Md5;
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use crate::core::wire::base64;

/// A digest that grows with the bytes it is given.
#[wasm_bindgen]
pub struct Hash(Kind);

enum Kind {
    Sha256(Sha256),
    Md5(Md5),
}

#[wasm_bindgen]
impl Hash {
    /// SHA-256, or MD5.
    #[wasm_bindgen(constructor)]
    pub fn new(md5: bool) -> Hash {
        Hash(if md5 { Kind::Md5(Md5::new()) } else { Kind::Sha256(Sha256::new()) })
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Kind::Sha256(hash) => hash.update(bytes),
            Kind::Md5(hash) => hash.update(bytes),
        }
    }

    /// The digest, in base64.
    pub fn end(self) -> String {
        match self.0 {
            Kind::Sha256(hash) => base64(&hash.finalize()),
            Kind::Md5(hash) => base64(&hash.finalize()),
        }
    }
}
