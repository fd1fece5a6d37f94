//! Rackspace Identity v2.0. <https://docs.rackspace.com/docs/cloud-identity>

use futures_util::future::LocalBoxFuture;

use super::{Auth, Token, catalogue};
use crate::core::error::{Result, Secret};
use crate::core::host::Host;
use crate::core::http::{Attempt, Request, Response};
use crate::core::wire::{Time, Tree, object};

/// Logs in with a user name and an API key, and finds endpoints in the catalogue that comes with the token.
#[derive(Debug)]
pub struct Rackspace {
    /// Identity's URL, as `https://identity.api.rackspacecloud.com/v2.0`.
    pub identity_endpoint: String,
    /// The user's name.
    pub username: String,
    /// The user's API key.
    pub api_key: Secret,
    /// The region, as `DFW`.
    pub region: String,
}

impl Auth for Rackspace {
    fn sign(&self, attempt: &mut Attempt<'_>, token: Option<&Token>, _: u64) -> Result<()> {
        if let Some(token) = token {
            attempt.headers.set("x-auth-token", token.value.expose());
        }
        Ok(())
    }

    fn logs_in(&self) -> bool {
        true
    }

    fn log_in<'a>(&'a self, _: &'a dyn Host) -> LocalBoxFuture<'a, Result<Request>> {
        let key = object(&[("username", self.username.as_str().into()), ("apiKey", self.api_key.expose().into())]);
        let body = object(&[("auth", object(&[("RAX-KSKEY:apiKeyCredentials", key)]))]);
        let mut request = Request::post("/tokens").json(body).repeatable();
        request.base = Some(self.identity_endpoint.trim_end_matches('/').to_owned());
        Box::pin(std::future::ready(Ok(request)))
    }

    fn learn(&self, response: &Response, _: u64) -> Result<Token> {
        let tree = Tree::json(response.text()?)?;
        let access = tree.root();
        Ok(Token {
            value: Secret::new(access.need::<String>("access/token/id")?),
            expires: access.opt::<Time>("access/token/expires").map_or(u64::MAX, |t| t.0),
            catalogue: catalogue(access.each("access/serviceCatalog"), "publicURL", |_| true),
        })
    }

    fn endpoint(&self, service: &'static str, token: &Token) -> Result<Option<String>> {
        let names: &[&str] = match service {
            "volume" => &["volume", "volumev2"],
            "image" => &["image"],
            "network" => &["network"],
            _ => &["compute"],
        };
        Ok(Some(token.find(names, &self.region)?.to_owned()))
    }
}
