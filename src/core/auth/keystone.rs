//! OpenStack Identity v3. <https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management>

use futures_util::future::LocalBoxFuture;

use super::{Auth, Token, catalogue};
use crate::core::error::{Error, Result, Secret};
use crate::core::host::Host;
use crate::core::http::{Attempt, Request, Response};
use crate::core::wire::{Json, Time, Tree, array, object};

/// Logs in at Keystone, by password or application credential, and finds endpoints in its catalogue.
#[derive(Debug)]
pub struct Keystone {
    /// Identity's URL, with or without `/v3`.
    pub auth_url: String,
    /// Who logs in.
    pub identity: Identity,
    /// The region whose endpoints are used; empty for the first.
    pub region: String,
    /// Which of the endpoints: `public`, `internal` or `admin`.
    pub interface: String,
}

/// Who logs in.
#[derive(Debug)]
pub enum Identity {
    /// A user of a project.
    Password {
        /// The user's name.
        username: String,
        /// The user's password.
        password: Secret,
        /// The domain of the user and the project, by name or id.
        domain: String,
        /// The project, by name (or by id, when no name has it).
        project: Scope,
    },
    /// An application credential, which is bound to its project.
    Application {
        /// Its id.
        id: String,
        /// Its secret.
        secret: Secret,
    },
}

/// Which project a token is for.
#[derive(Debug)]
pub enum Scope {
    /// By name, in the user's domain.
    Name(String),
    /// By id.
    Id(String),
}

impl Keystone {
    fn body(&self) -> Json {
        let (identity, scope) = match &self.identity {
            Identity::Password { username, password, domain, project } => {
                // "default" is the id of the first domain, whose name is "Default".
                let domain = || object(&[(if domain == "default" { "id" } else { "name" }, domain.as_str().into())]);
                let user = object(&[("name", username.into()), ("password", password.expose().into()), ("domain", domain())]);
                let project = match project {
                    Scope::Name(name) => object(&[("name", name.into()), ("domain", domain())]),
                    Scope::Id(id) => object(&[("id", id.into())]),
                };
                let identity = object(&[("methods", array(["password".into()])), ("password", object(&[("user", user)]))]);
                (identity, object(&[("project", project)]))
            }
            Identity::Application { id, secret } => {
                let credential = object(&[("id", id.into()), ("secret", secret.expose().into())]);
                (object(&[("methods", array(["application_credential".into()])), ("application_credential", credential)]), Json::default())
            }
        };
        object(&[("auth", object(&[("identity", identity), ("scope", scope)]))])
    }
}

impl Auth for Keystone {
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
        let base = self.auth_url.trim_end_matches('/');
        let mut request = Request::post("/auth/tokens").json(self.body()).repeatable();
        request.base = Some(if base.ends_with("/v3") { base.to_owned() } else { format!("{base}/v3") });
        Box::pin(std::future::ready(Ok(request)))
    }

    fn learn(&self, response: &Response, _: u64) -> Result<Token> {
        let value = response.header("x-subject-token");
        if value.is_empty() {
            return Err(Error::malformed(
                "the log-in gave no X-Subject-Token header; in a browser, Keystone's [cors] expose_headers must name it",
            ));
        }
        let tree = Tree::json(response.text()?)?;
        let token = tree.root().get("token").ok_or_else(|| Error::malformed("the log-in gave no token"))?;
        let interface = if self.interface.is_empty() { "public" } else { &self.interface };
        Ok(Token {
            value: Secret::new(value),
            expires: token.opt::<Time>("expires_at").map_or(u64::MAX, |t| t.0),
            catalogue: catalogue(token.each("catalog"), "url", |e| e.text("interface") == interface),
        })
    }

    fn endpoint(&self, service: &'static str, token: &Token) -> Result<Option<String>> {
        let names: &[&str] = match service {
            "volume" => &["volumev3", "block-storage", "volume"],
            "image" => &["image"],
            "network" => &["network"],
            "object-store" => &["object-store"],
            "dns" => &["dns"],
            "load-balancer" => &["load-balancer"],
            "identity" => &["identity"],
            _ => &["compute"],
        };
        let mut url = token.find(names, &self.region)?.to_owned();
        // Catalogues name these services with or without their version.
        let version = match service {
            "image" => "/v2",
            "network" => "/v2.0",
            _ => "",
        };
        if !version.is_empty() && !url.ends_with(version) {
            url.push_str(version);
        }
        Ok(Some(url))
    }
}
