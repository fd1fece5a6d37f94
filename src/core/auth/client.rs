//! OAuth 2.0: a token for an application, by its client credentials. <https://www.rfc-editor.org/rfc/rfc6749#section-4.4>

use futures_util::future::LocalBoxFuture;

use super::{Auth, Header, Token, oauth_token};
use crate::core::error::{Result, Secret};
use crate::core::host::Host;
use crate::core::http::{Attempt, Path, Request, Response};

/// Changes an application's secret for a token.
#[derive(Debug)]
pub struct Client {
    /// Who gives tokens, as `https://login.microsoftonline.com`.
    pub authority: String,
    /// Where there.
    pub path: Path,
    /// The application's id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
    /// What the token is for, as `https://storage.azure.com/.default`. Without one, id and secret are in a header, not in the form.
    pub scope: String,
}

impl Auth for Client {
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
        let mut form = vec![("grant_type".to_owned(), "client_credentials".to_owned())];
        let mut request = Request::post(self.path.clone());
        if self.scope.is_empty() {
            match Header::basic(&self.id, self.secret.expose()) {
                Ok(header) => request = request.header("authorization", header.value.expose()),
                Err(error) => request = request.check::<()>(Err(error)),
            }
        } else {
            for (name, value) in [("client_id", &*self.id), ("client_secret", self.secret.expose()), ("scope", &self.scope)] {
                form.push((name.to_owned(), value.to_owned()));
            }
        }
        let mut request = request.form(&form).repeatable();
        request.base = Some(self.authority.clone());
        let refused = request.fault.take();
        Box::pin(std::future::ready(refused.map_or(Ok(request), Err)))
    }

    fn learn(&self, response: &Response, now: u64) -> Result<Token> {
        oauth_token(response, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::auth::attempt;
    use crate::core::http::{Body, Headers, Method, path};

    #[test]
    fn changes_a_secret_for_a_token() {
        let mut client = Client {
            authority: "https://login.example".to_owned(),
            path: path("/*/oauth2/v2.0/token", &["contoso.example"]),
            id: "c".to_owned(),
            secret: Secret::new("s&"),
            scope: "https://storage.azure.com/.default".to_owned(),
        };
        let request = futures_util::FutureExt::now_or_never(client.log_in(&crate::hosts::script::Script::default())).unwrap().unwrap();
        assert_eq!((request.base.as_deref(), request.path.as_str()), (Some("https://login.example"), "/contoso.example/oauth2/v2.0/token"));
        let want = "grant_type=client_credentials&client_id=c&client_secret=s%26&scope=https%3A%2F%2Fstorage.azure.com%2F.default";
        assert_eq!(String::from_utf8_lossy(request.body.bytes()), want);
        let answer = Response::new(200, Headers::default(), br#"{"token_type":"Bearer","expires_in":"60","access_token":"t"}"#.to_vec());
        let token = client.learn(&answer, 1000).unwrap();
        assert_eq!((token.value.expose(), token.expires), ("t", 61_000));
        let mut one = attempt(Method::Get, "https://example.com", "/", &[], &Body::Empty);
        client.sign(&mut one, Some(&token), 0).unwrap();
        assert_eq!(one.headers.get("authorization"), Some("Bearer t"));
        assert!(!format!("{client:?}").contains("s&"));
        client.scope.clear();
        let request = futures_util::FutureExt::now_or_never(client.log_in(&crate::hosts::script::Script::default())).unwrap().unwrap();
        assert_eq!(request.body.bytes(), b"grant_type=client_credentials");
        assert_eq!(request.headers.get("authorization"), Some("Basic YzpzJg=="));
    }
}
