//! A credential in one header: bearer tokens, API keys, basic authentication.

use super::{Auth, Token};
use crate::core::error::{Error, Result, Secret};
use crate::core::http::Attempt;
use crate::core::wire::base64;

/// Sends one header that never changes.
#[derive(Debug)]
pub struct Header {
    name: &'static str,
    pub(super) value: Secret,
}

impl Header {
    /// An API key in a header of its own.
    pub fn new(name: &'static str, value: &str) -> Result<Self> {
        if value.is_empty() || value.chars().any(|c| c.is_control()) || !value.is_ascii() {
            return Err(Error::invalid("the credential is empty, has a line break, or has letters that no key has: copy it again"));
        }
        Ok(Header { name, value: Secret::new(value) })
    }

    /// `Authorization: Bearer …`.
    pub fn bearer(token: &str) -> Result<Self> {
        Header::new("authorization", token)?;
        Ok(Header { name: "authorization", value: Secret::new(format!("Bearer {token}")) })
    }

    /// `Authorization: Basic …`. A user name must have no colon (RFC 7617).
    pub fn basic(user: &str, password: &str) -> Result<Self> {
        if user.chars().any(|c| c == ':' || c.is_control()) {
            return Err(Error::invalid("a user name cannot have a colon or a control character"));
        }
        let pair = base64(format!("{user}:{password}").as_bytes());
        Ok(Header { name: "authorization", value: Secret::new(format!("Basic {pair}")) })
    }
}

impl Auth for Header {
    fn sign(&self, attempt: &mut Attempt<'_>, _: Option<&Token>, _: u64) -> Result<()> {
        attempt.headers.set(self.name, self.value.expose());
        Ok(())
    }
}

/// Two headers: who asks, and the key.
impl Auth for (Header, Header) {
    fn sign(&self, attempt: &mut Attempt<'_>, token: Option<&Token>, now: u64) -> Result<()> {
        self.0.sign(attempt, token, now)?;
        self.1.sign(attempt, token, now)
    }
}
