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
    /// Identity's URL, with or without `/v2.0`.
    pub identity_endpoint: String,
    /// The user's name.
    pub username: String,
    /// The user's API key.
    pub api_key: Secret,
    /// The region, as `DFW`.
    pub region: String,
    /// Signs temporary URLs of objects.
    #[cfg(feature = "storage")]
    pub temp_url: super::TempUrl,
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
        let base = self.identity_endpoint.trim_end_matches('/');
        let mut request = Request::post("/tokens").header("accept", "application/json").json(body).repeatable();
        request.base = Some(if base.ends_with("/v2.0") { base.to_owned() } else { [base, "/v2.0"].concat() });
        Box::pin(std::future::ready(Ok(request)))
    }

    fn learn(&self, response: &Response, _: u64) -> Result<Token> {
        let tree = Tree::json(response.text()?)?;
        let access = tree.root();
        // First-generation servers, previews and simulators' controls are of type compute, too.
        let services = access.each("access/serviceCatalog");
        Ok(Token {
            value: Secret::new(access.need::<String>("access/token/id")?),
            expires: access.opt::<Time>("access/token/expires").map_or(u64::MAX, |t| t.0),
            catalogue: catalogue(
                services.filter(|s| s.text("type") != "compute" || s.text("name") == "cloudServersOpenStack"),
                "publicURL",
                |_| true,
            ),
        })
    }

    fn endpoint(&self, service: &'static str, token: &Token) -> Result<Option<String>> {
        let names: &[&str] = match service {
            "volume" => &["volume", "volumev2"],
            "image" => &["image"],
            "network" => &["network"],
            "object-store" => &["object-store"],
            "rax:object-cdn" => &["rax:object-cdn"],
            _ => &["compute"],
        };
        Ok(Some(token.find(names, &self.region)?.to_owned()))
    }

    #[cfg(feature = "storage")]
    fn presign(&self, attempt: &mut Attempt<'_>, seconds: u64, now: u64) -> Result<String> {
        self.temp_url.sign(attempt, seconds, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::http::Headers;

    #[test]
    fn learns_the_right_servers() {
        let auth = Rackspace {
            identity_endpoint: "https://identity.example".to_owned(),
            username: "ada".to_owned(),
            api_key: Secret::new("k"),
            region: "dfw".to_owned(),
            #[cfg(feature = "storage")]
            temp_url: crate::core::auth::TempUrl { key: Secret::new(""), sha1: true },
        };
        let body = r#"{"access":{"token":{"id":"t","expires":"2026-11-23T13:00:00.000Z"},"serviceCatalog":[
            {"type":"compute","name":"cloudServers","endpoints":[{"publicURL":"https://servers.example/v1.0/1"}]},
            {"type":"compute","name":"cloudServersPreprod","endpoints":[{"region":"DFW","publicURL":"https://preprod.example/v2/1"}]},
            {"type":"compute","name":"cloudServersOpenStack","endpoints":[{"region":"DFW","publicURL":"https://dfw.example/v2/1"}]},
            {"type":"volume","name":"cloudBlockStorage","endpoints":[{"region":"ORD","publicURL":"https://ord.example/v1/1"}]}]}}"#;
        let token = auth.learn(&Response::new(200, Headers::default(), body.into()), 0).unwrap();
        assert_eq!((token.value.expose(), token.expires), ("t", 1_795_438_800_000));
        assert_eq!(auth.endpoint("", &token).unwrap().as_deref(), Some("https://dfw.example/v2/1"));
        let error = auth.endpoint("volume", &token).unwrap_err();
        assert_eq!(error.message(), "no volume service in region \"dfw\"; there is ORD");
    }
}
