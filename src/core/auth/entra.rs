//! Microsoft Entra ID: a token for an application.
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use futures_util::future::LocalBoxFuture;

use super::{Auth, Token};
use crate::core::error::{Result, Secret};
use crate::core::host::Host;
use crate::core::http::{Attempt, Request, Response, path};
use crate::core::wire::Tree;

/// Changes an application's secret for a token.
#[derive(Debug)]
pub struct Entra {
    /// Where Entra ID is, as `https://login.microsoftonline.com`.
    pub authority: String,
    /// The directory's id or domain.
    pub tenant: String,
    /// The application's id.
    pub client: String,
    /// Its secret.
    pub secret: Secret,
    /// What the token is for, as `https://storage.azure.com/.default`.
    pub scope: String,
}

impl Auth for Entra {
    fn sign(&self, attempt: &mut Attempt<'_>, token: Option<&Token>, _: u64) -> Result<()> {
        if let Some(token) = token {
            attempt.headers.set("authorization", ["Bearer ", token.value.expose()].concat());
        }
        Ok(())
    }

    fn logs_in(&self) -> bool {
        true
    }

    fn log_in<'a>(&'a self, _: &'a dyn Host) -> LocalBoxFuture<'a, Result<Request>> {
        let mut form = Vec::new();
        for (name, value) in [
            ("grant_type", "client_credentials"),
            ("client_id", self.client.as_str()),
            ("client_secret", self.secret.expose()),
            ("scope", self.scope.as_str()),
        ] {
            form.push((name.to_owned(), value.to_owned()));
        }
        let mut request = Request::post(path("/*/oauth2/v2.0/token", &[&self.tenant])).form(&form).repeatable();
        request.base = Some(self.authority.clone());
        let refused = request.fault.take();
        Box::pin(std::future::ready(refused.map_or(Ok(request), Err)))
    }

    fn learn(&self, response: &Response, now: u64) -> Result<Token> {
        let tree = Tree::json(response.text()?)?;
        let answer = tree.root();
        Ok(Token {
            value: Secret::new(answer.need::<String>("access_token")?),
            expires: now.saturating_add(answer.opt::<u64>("expires_in").unwrap_or(3600).saturating_mul(1000)),
            catalogue: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::http::{Body, Headers, Method};

    #[test]
    fn changes_a_secret_for_a_token() {
        let entra = Entra {
            authority: "https://login.example".to_owned(),
            tenant: "contoso.example".to_owned(),
            client: "c".to_owned(),
            secret: Secret::new("s&"),
            scope: "https://storage.azure.com/.default".to_owned(),
        };
        let request = futures_util::FutureExt::now_or_never(entra.log_in(&crate::hosts::script::Script::default())).unwrap().unwrap();
        assert_eq!((request.base.as_deref(), request.path.as_str()), (Some("https://login.example"), "/contoso.example/oauth2/v2.0/token"));
        let want = "grant_type=client_credentials&client_id=c&client_secret=s%26&scope=https%3A%2F%2Fstorage.azure.com%2F.default";
        assert_eq!(String::from_utf8_lossy(request.body.bytes()), want);
        let answer = Response::new(200, Headers::default(), br#"{"token_type":"Bearer","expires_in":"60","access_token":"t"}"#.to_vec());
        let token = entra.learn(&answer, 1000).unwrap();
        assert_eq!((token.value.expose(), token.expires), ("t", 61_000));
        let mut one = Attempt {
            method: Method::Get,
            origin: "https://example.com".to_owned(),
            path: "/".to_owned(),
            query: Vec::new(),
            headers: Headers::default(),
            body: &Body::Empty,
            streaming: false,
        };
        entra.sign(&mut one, Some(&token), 0).unwrap();
        assert_eq!(one.headers.get("authorization"), Some("Bearer t"));
        assert!(!format!("{entra:?}").contains("s&"));
    }
}
