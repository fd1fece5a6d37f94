//! What Google's clouds have in common: credentials and errors. <https://cloud.google.com/apis/design/errors#http_mapping>

use super::Config;
use crate::core::auth::Google;
use crate::core::error::{Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault};
use crate::core::wire::Tree;

/// An account at one of Google's services; drivers find `project` and `email` (of the service account) among its settings.
pub(super) fn account(provider: &'static str, endpoint: &str, scope: &'static str, config: &Config, host: SharedHost) -> Result<Account> {
    let (auth, project) = Google::new(&|name| config.get(name), scope)?;
    let email = auth.email.clone();
    Ok(Account::new(provider, config.or("endpoint", endpoint), Box::new(auth), fault, host)?
        .with("project", &project)
        .with("email", &email))
}

/// Reads an error answer, of a service or of the log-in.
fn fault(response: &Response) -> Fault {
    let text = response.text().unwrap_or("").trim_ascii();
    let tree = Tree::json(text).unwrap_or_default();
    let (root, error) = (tree.root(), tree.root().get("error").unwrap_or(tree.root()));
    // Downloads are asked for by the XML API.
    let xml = Tree::xml(text).unwrap_or_default();
    let reason = error.each("errors").next().map_or("", |d| d.text("reason"));
    let code = match (reason, error.as_text(), error.text("status")) {
        ("", "", "") => CODES.iter().find(|(status, _)| *status == response.status).map_or(xml.root().text("Code"), |(_, code)| code),
        ("", "", status) => status,
        ("", log_in, _) => log_in,
        (reason, ..) => reason,
    };
    let said = [error.text("message"), root.text("error_description"), xml.root().text("Message")];
    // Uploads are refused in a plain sentence.
    let plain = if text.starts_with(['{', '<']) { "" } else { text };
    let message = said.into_iter().find(|said| !said.is_empty()).unwrap_or(plain);
    let kind = KINDS.iter().find(|(name, _)| *name == code).map(|(_, kind)| *kind);
    // No request id: the one that uploads tell lets anybody write to them.
    Fault { kind, code: Some(code.to_owned()), message: Some(message.to_owned()), request_id: None }
}

/// What a status stands for where the answer says no more.
const CODES: &[(u16, &str)] = &[(304, "notModified"), (404, "notFound"), (412, "conditionNotMet")];

/// The kinds that the status does not tell.
const KINDS: &[(&str, Kind)] = &[
    ("notModified", Kind::Conflict),
    ("invalid_grant", Kind::Unauthorized),
    ("invalid_client", Kind::Unauthorized),
    ("unauthorized_client", Kind::Unauthorized),
    ("rateLimitExceeded", Kind::RateLimited),
    ("userRateLimitExceeded", Kind::RateLimited),
    ("quotaExceeded", Kind::Quota),
    ("dailyLimitExceeded", Kind::Quota),
    ("RESOURCE_EXHAUSTED", Kind::Quota),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::http::Headers;

    #[test]
    fn errors_are_told_apart() {
        for (status, body, kind, code, message) in [
            (
                404,
                r#"{"error":{"code":404,"message":"No such object: b/o","errors":[{"reason":"notFound"}]}}"#,
                None,
                "notFound",
                "No such object: b/o",
            ),
            (404, "No such object: b/o", None, "notFound", "No such object: b/o"),
            (404, "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>m</Message></Error>", None, "notFound", "m"),
            (404, "", None, "notFound", ""),
            (304, "", Some(Kind::Conflict), "notModified", ""),
            (500, "<html>trouble</html>", None, "", ""),
            (
                400,
                r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#,
                Some(Kind::Unauthorized),
                "invalid_grant",
                "Invalid JWT Signature.",
            ),
            (
                403,
                r#"{"error":{"errors":[{"reason":"rateLimitExceeded"}],"message":"m"}}"#,
                Some(Kind::RateLimited),
                "rateLimitExceeded",
                "m",
            ),
            (403, r#"{"error":{"status":"PERMISSION_DENIED","message":"m"}}"#, None, "PERMISSION_DENIED", "m"),
        ] {
            let found = fault(&Response::new(status, Headers::default(), body.into()));
            assert_eq!((found.kind, found.code.as_deref(), found.message.as_deref()), (kind, Some(code), Some(message)), "{body}");
        }
    }
}
