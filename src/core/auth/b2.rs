//! Backblaze B2's log-in. <https://www.backblaze.com/apidocs/b2-authorize-account>

use futures_util::future::LocalBoxFuture;

use super::{Auth, Entry, Token};
use crate::core::call::decode;
use crate::core::error::{Error, Result, Secret};
use crate::core::host::Host;
use crate::core::http::{Attempt, Headers, Request, Response};
use crate::core::wire::{Doc, Tree, base64, write_text};

/// Logs in with an application key. The answer says where the API is (the service without a name) and where downloads are
/// (`download`); requests to `account` are answered with what else it says: `accountId`, `downloadUrl`, and `buckets` for
/// a key that is restricted to some. Uploads (`upload`) need a ticket each.
#[derive(Debug)]
pub struct B2 {
    /// The application key's id.
    pub key_id: String,
    /// The application key.
    pub key: Secret,
}

/// How long a token holds, in milliseconds: a day.
const LIFE: u64 = 86_400_000;

impl Auth for B2 {
    fn sign(&self, attempt: &mut Attempt<'_>, token: Option<&Token>, _: u64) -> Result<()> {
        let Some(token) = token else { return Ok(()) };
        attempt.headers.set("authorization", token.value.expose());
        for entry in token.catalogue.iter().filter(|e| e.service == "query") {
            attempt.query.push((entry.region.clone(), entry.url.clone()));
        }
        Ok(())
    }

    fn logs_in(&self) -> bool {
        true
    }

    fn log_in<'a>(&'a self, _: &'a dyn Host) -> LocalBoxFuture<'a, Result<Request>> {
        let pair = [self.key_id.as_str(), ":", self.key.expose()].concat();
        let authorization = ["Basic ", &base64(pair.as_bytes())].concat();
        Box::pin(std::future::ready(Ok(Request::get("/b2api/v4/b2_authorize_account").header("authorization", authorization))))
    }

    fn learn(&self, response: &Response, now: u64) -> Result<Token> {
        let tree = Tree::json(response.text()?)?;
        let root = tree.root();
        let api =
            root.at("apiInfo/storageApi").ok_or_else(|| Error::unsupported("this account has no B2 storage: enable it at Backblaze"))?;
        // Restricted to some buckets, a key may not ask for the others.
        let buckets = api.at("allowed/buckets").filter(|d| d.is_list());
        let mut account = String::from("{\"accountId\":");
        write_text(&mut account, root.text("accountId"));
        account.push_str(",\"downloadUrl\":");
        write_text(&mut account, api.text("downloadUrl"));
        account.push_str(",\"buckets\":");
        account.push_str(buckets.map(Doc::json).unwrap_or_default().as_str());
        account.push_str(if account.ends_with(':') { "null}" } else { "}" });
        let mut token = pass(root, now)?;
        for (service, url) in [("", api.text("apiUrl")), ("download", api.text("downloadUrl")), ("account", &account)] {
            token.catalogue.push(entry(service, "", url.to_owned()));
        }
        Ok(token)
    }

    fn answer(&self, request: &Request, token: &Token) -> Option<Response> {
        let account = url_of(token, "account").filter(|_| request.service == "account")?;
        Some(Response::new(200, Headers::default(), account.into()))
    }

    /// <https://www.backblaze.com/apidocs/b2-get-upload-url>
    fn admit(&self, response: &Response, now: u64) -> Result<Token> {
        let tree = Tree::json(response.text()?)?;
        let mut token = pass(tree.root(), now)?;
        let mut parts = tree.root().text("uploadUrl").splitn(2, '?');
        token.catalogue.push(entry("upload", "", parts.next().unwrap_or("").to_owned()));
        for pair in parts.next().unwrap_or("").split('&').filter(|p| !p.is_empty()) {
            let mut sides = pair.splitn(2, '=');
            token.catalogue.push(entry("query", sides.next().unwrap_or(""), decode(sides.next().unwrap_or(""))));
        }
        Ok(token)
    }

    fn endpoint(&self, service: &'static str, token: &Token) -> Result<Option<String>> {
        Ok(url_of(token, service).map(str::to_owned))
    }
}

/// What a log-in or a ticket gives, without the addresses.
fn pass(root: Doc<'_>, now: u64) -> Result<Token> {
    Ok(Token { value: Secret::new(root.need::<String>("authorizationToken")?), expires: now + LIFE, catalogue: Vec::new() })
}

fn url_of<'t>(token: &'t Token, service: &str) -> Option<&'t str> {
    token.catalogue.iter().find(|e| e.service == service).map(|e| e.url.as_str())
}

fn entry(service: &str, name: &str, url: String) -> Entry {
    Entry { service: service.to_owned(), region: name.to_owned(), url }
}
