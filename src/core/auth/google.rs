//! Google's service accounts. <https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests>

use futures_util::future::LocalBoxFuture;

use super::{Auth, Token, oauth_token};
use crate::core::error::{Error, Result, Secret};
use crate::core::host::{Host, pkcs8};
use crate::core::http::{Attempt, Request, Response, split_endpoint};
use crate::core::wire::{Tree, base64, object};

/// Changes a signed statement of a service account for a token, or sends a token that the caller has, or nothing: what is
/// public needs no account, and an emulator none either.
#[derive(Debug)]
pub struct Google {
    /// The service account's address; empty without one.
    pub email: String,
    key: Secret,
    token_uri: String,
    scope: &'static str,
    token: Option<Secret>,
}

/// How long a token is asked for, in milliseconds: an hour is the most there is.
const LIFE: u64 = 3_600_000;

/// Whom statements are made to, wherever they are sent: where Google gives tokens out.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

impl Google {
    /// An account from these fields: `credentials` (a service account's key file), or from it `clientEmail`, `privateKey`
    /// and `tokenUri`; or `accessToken`; or none of them. Gives the project too: `projectId`, or the one in the key file.
    ///
    /// `scope` is what tokens are asked for, as `https://www.googleapis.com/auth/compute`.
    pub fn new<'f>(field: &dyn Fn(&str) -> &'f str, scope: &'static str) -> Result<(Google, String)> {
        let file = field("credentials");
        let tree = Tree::json(if file.is_empty() { "{}" } else { file })
            .map_err(|_| Error::invalid("field \"credentials\" is no JSON: give a service account's key file, whole"))?;
        let text = |name: &str, member: &str| match field(name) {
            "" => tree.root().text(member).to_owned(),
            given => given.to_owned(),
        };
        let (email, key) = (text("clientEmail", "client_email"), text("privateKey", "private_key"));
        if email.is_empty() != key.is_empty() || (email.is_empty() && !file.is_empty()) {
            return Err(Error::invalid("a service account has a clientEmail and a privateKey: give both, or its key file as credentials"));
        }
        let token = field("accessToken");
        if !email.bytes().chain(token.bytes()).all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid(
                "a clientEmail or an accessToken has no spaces, line breaks or letters beyond ASCII: copy it again",
            ));
        }
        if !key.is_empty() {
            pkcs8(&Secret::new(key.as_str()))?;
        }
        let mut token_uri = text("tokenUri", "token_uri");
        if token_uri.is_empty() {
            token_uri.push_str(AUDIENCE);
        }
        split_endpoint(&token_uri)?;
        let token = if token.is_empty() { None } else { Some(Secret::new(token)) };
        Ok((Google { email, key: Secret::new(key), token_uri, scope, token }, text("projectId", "project_id")))
    }

    /// Whether there is a private key.
    pub fn signs(&self) -> bool {
        !self.email.is_empty()
    }
}

impl Auth for Google {
    fn sign(&self, attempt: &mut Attempt<'_>, token: Option<&Token>, _: u64) -> Result<()> {
        if let Some(token) = token.map(|token| &token.value).or(self.token.as_ref()) {
            attempt.headers.set("authorization", ["Bearer ", token.expose()].concat());
        }
        Ok(())
    }

    fn logs_in(&self) -> bool {
        self.signs() && self.token.is_none()
    }

    fn log_in_at<'a>(&'a self, host: &'a dyn Host, now: u64) -> LocalBoxFuture<'a, Result<Request>> {
        let claims = object(&[
            ("iss", self.email.as_str().into()),
            ("scope", self.scope.into()),
            ("aud", AUDIENCE.into()),
            ("iat", (now / 1000).into()),
            ("exp", ((now + LIFE) / 1000).into()),
        ]);
        Box::pin(async move {
            let mut statement = [&url64(br#"{"alg":"RS256","typ":"JWT"}"#), ".", &url64(claims.as_str().as_bytes())].concat();
            let signature = self.sign_text(host, &statement).await?;
            statement.push('.');
            statement.push_str(&url64(&signature));
            let grant = ("grant_type".to_owned(), "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned());
            let mut request = Request::post("").form(&[grant, ("assertion".to_owned(), statement)]).repeatable();
            request.base = Some(self.token_uri.clone());
            Ok(request)
        })
    }

    fn learn(&self, response: &Response, now: u64) -> Result<Token> {
        oauth_token(response, now)
    }

    fn is_timed(&self) -> bool {
        self.signs()
    }

    fn sign_text(&self, host: &dyn Host, text: &str) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        host.sign_rsa(&self.key, text.as_bytes())
    }
}

/// Base64 as URLs have it, without padding.
fn url64(bytes: &[u8]) -> String {
    let swap = |c| match c {
        '+' => '-',
        '/' => '_',
        c => c,
    };
    base64(bytes).trim_end_matches('=').chars().map(swap).collect()
}
