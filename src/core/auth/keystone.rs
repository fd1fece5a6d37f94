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
    /// Signs temporary URLs of objects.
    #[cfg(feature = "storage")]
    pub temp_url: super::TempUrl,
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
        /// The user's domain: a name, or an id (`default`, or 32 hexadecimal digits).
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
    /// By name, in a domain.
    Name {
        /// The project's name.
        name: String,
        /// Its domain, written like the user's.
        domain: String,
    },
    /// By id.
    Id(String),
}

impl Keystone {
    fn body(&self) -> Json {
        let (identity, scope) = match &self.identity {
            Identity::Password { username, password, domain, project } => {
                let domain_of = |domain: &str| object(&[(if is_domain_id(domain) { "id" } else { "name" }, domain.into())]);
                let user = object(&[("name", username.into()), ("password", password.expose().into()), ("domain", domain_of(domain))]);
                let project = match project {
                    Scope::Name { name, domain } => object(&[("name", name.into()), ("domain", domain_of(domain))]),
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
        let (names, version) = match service {
            "volume" => (VOLUME, "/v3"),
            "image" => (&["image"][..], "/v2"),
            "network" => (&["network"][..], "/v2.0"),
            "object-store" => (&["object-store"][..], ""),
            "dns" => (&["dns"][..], ""),
            "load-balancer" => (&["load-balancer"][..], ""),
            "identity" => (&["identity"][..], ""),
            _ => (&["compute"][..], "/v2.1"),
        };
        let offered = |name: &&&str| token.catalogue.iter().any(|e| e.service == **name);
        let name = names.iter().find(offered).or(names.first()).copied().unwrap_or(service);
        let mut url = token.find(&[name], &self.region)?.to_owned();
        // Catalogues give these URLs with or without their version. Nova's and Cinder's may go on with the project.
        let there = match service {
            "image" | "network" => url.ends_with(version),
            _ => url.split('/').skip(3).any(is_version),
        };
        if !there {
            url.push_str(version);
        }
        Ok(Some(url))
    }

    #[cfg(feature = "storage")]
    fn presign(&self, attempt: &mut Attempt<'_>, seconds: u64, now: u64) -> Result<String> {
        self.temp_url.sign(attempt, seconds, now)
    }
}

/// What catalogues call Cinder, best first; version 2 speaks like 3.
const VOLUME: &[&str] = &["volumev3", "block-storage", "volumev2", "volume"];

/// Whether a domain is given by id: that of the first domain, whose name is "Default", or a made-up one.
fn is_domain_id(domain: &str) -> bool {
    domain == "default" || (domain.len() == 32 && domain.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f')))
}

/// Whether a part of a path is a version, as `v2.1`.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::auth::Entry;
    use crate::core::http::Headers;

    fn by_password(domain: &str, project: Scope) -> Keystone {
        Keystone {
            auth_url: "https://keystone.example:5000/".to_owned(),
            identity: Identity::Password {
                username: "ada".to_owned(),
                password: Secret::new("secret"),
                domain: domain.to_owned(),
                project,
            },
            region: "RegionOne".to_owned(),
            interface: String::new(),
            #[cfg(feature = "storage")]
            temp_url: crate::core::auth::TempUrl { key: Secret::new(""), sha1: false },
        }
    }

    #[test]
    fn says_who_logs_in() {
        let json = |auth: Keystone| serde_json::from_str::<serde_json::Value>(auth.body().as_str()).unwrap();
        for (domain, key) in [("default", "id"), ("Default", "name"), ("research", "name"), ("0123456789abcdef0123456789abcdef", "id")] {
            let body = json(by_password(domain, Scope::Name { name: "demo".to_owned(), domain: domain.to_owned() }));
            assert_eq!(body["auth"]["identity"]["password"]["user"]["domain"][key], domain);
            assert_eq!(body["auth"]["scope"]["project"], serde_json::json!({ "name": "demo", "domain": { key: domain } }));
        }
        let body = json(by_password("default", Scope::Id("p1".to_owned())));
        assert_eq!(body["auth"]["scope"], serde_json::json!({ "project": { "id": "p1" } }));
        let identity = Identity::Application { id: "a1".to_owned(), secret: Secret::new("s") };
        let body = json(Keystone { identity, ..by_password("", Scope::Id(String::new())) });
        let want = serde_json::json!({ "auth": { "identity": {
            "methods": ["application_credential"], "application_credential": { "id": "a1", "secret": "s" } } } });
        assert_eq!(body, want);
    }

    #[test]
    fn learns_its_interface_only() {
        let auth = by_password("default", Scope::Id("p".to_owned()));
        let headers: Headers = [("X-Subject-Token".to_owned(), "t".to_owned())].into_iter().collect();
        let body = r#"{"token":{"expires_at":"2026-11-23T13:00:00.000000Z","catalog":[{"type":"compute","name":"nova","endpoints":[
            {"interface":"internal","region":"RegionOne","url":"http://10.0.0.1/v2.1"},
            {"interface":"public","region":"RegionOne","url":"https://nova.example/v2.1/"}]}]}}"#;
        let token = auth.learn(&Response::new(201, headers, body.into()), 0).unwrap();
        assert_eq!((token.value.expose(), token.expires), ("t", 1_795_438_800_000));
        assert_eq!(token.catalogue.len(), 1);
        assert_eq!(auth.endpoint("compute", &token).unwrap().as_deref(), Some("https://nova.example/v2.1"));
        let hidden = auth.learn(&Response::new(201, Headers::default(), body.into()), 0).unwrap_err();
        assert!(hidden.message().contains("expose_headers"), "{hidden}");
    }

    #[test]
    fn finds_endpoints() {
        let auth = by_password("default", Scope::Id("p".to_owned()));
        let cases = [
            ("compute", &[("compute", "https://c/v2/p")][..], "https://c/v2/p"),
            ("", &[("compute", "https://c/compute")][..], "https://c/compute/v2.1"),
            (
                "volume",
                &[("volume", "https://c/v1/p"), ("volumev2", "https://c/v2/p"), ("volumev3", "https://c/v3/p")][..],
                "https://c/v3/p",
            ),
            ("volume", &[("block-storage", "https://volumes.example")][..], "https://volumes.example/v3"),
            ("volume", &[("volumev2", "https://c/v2/p")][..], "https://c/v2/p"),
            ("image", &[("image", "https://c:9292")][..], "https://c:9292/v2"),
            ("image", &[("image", "https://c/image/v2")][..], "https://c/image/v2"),
            ("network", &[("network", "https://c:9696")][..], "https://c:9696/v2.0"),
            ("network", &[("network", "https://c/v2.0")][..], "https://c/v2.0"),
        ];
        for (service, offered, want) in cases {
            let entry =
                |&(service, url): &(&str, &str)| Entry { service: service.to_owned(), region: "regionone".to_owned(), url: url.to_owned() };
            let token = Token { value: Secret::new("t"), expires: 0, catalogue: offered.iter().map(entry).collect() };
            assert_eq!(auth.endpoint(service, &token).unwrap().as_deref(), Some(want), "{offered:?}");
        }
        let none = Token { value: Secret::new("t"), expires: 0, catalogue: Vec::new() };
        assert_eq!(auth.endpoint("volume", &none).unwrap_err().message(), "this account's catalogue has no volumev3 service");
    }
}
