//! OpenStack: any cloud with Keystone, Nova, Glance, Cinder, Neutron and Swift. <https://docs.openstack.org/api-quick-start/>

use super::{Config, Open};
use crate::compute::{COMPUTE, all_but};
use crate::core::auth::{Identity, Keystone, Scope};
use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault};
use crate::core::wire::Tree;

#[cfg(feature = "compute")]
mod compute;
mod family;
#[cfg(feature = "storage")]
mod objects;
#[cfg(feature = "compute")]
mod read;
#[cfg(feature = "storage")]
pub(super) mod storage;

pub use family::*;

#[cfg(feature = "compute")]
pub(super) use compute::{Api, OpenStack};
#[cfg(feature = "storage")]
pub(super) use storage::Swift;

/// What Nova and its friends have.
pub(super) const OPERATIONS: &[&str] = &all_but::<{ COMPUTE.len() - 3 }>(&["resize_node", "rebuild_node", "copy_image"]);
/// In a region without zones to choose from.
pub(super) const NO_ZONES: &[&str] = &all_but::<{ COMPUTE.len() - 4 }>(&["resize_node", "rebuild_node", "copy_image", "list_locations"]);
#[cfg(feature = "storage")]
const STORAGE: &[&str] = storage::OPERATIONS;
#[cfg(not(feature = "storage"))]
const STORAGE: &[&str] = &[];

const OPEN: Open = Open {
    #[cfg(feature = "storage")]
    storage: Some(|link| Box::new(Swift::new(link, false))),
    ..NO_SWIFT
};

/// Without Swift.
const NO_SWIFT: Open = Open {
    #[cfg(feature = "compute")]
    compute: Some(|link| Box::new(OpenStack::new(link, &API))),
    ..Open::NONE
};

#[cfg(feature = "compute")]
const API: Api = Api { images: ("image", "/images"), networks: ("network", "/networks"), volume_name: "name", zones: true };

/// An account at a cloud of the family.
fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let preset = family::preset(config.cloud());
    let region = config.or("region", preset.region);
    let url = match config.get("authUrl") {
        "" => preset.identity(region)?,
        url => url.trim_end_matches('/'),
    };
    if url.ends_with("/v2.0") {
        return Err(Error::invalid("authUrl names Identity v2.0, which OpenStack has given up: end it with /v3"));
    }
    let interface = config.or("interface", "public");
    if !matches!(interface, "public" | "internal" | "admin") {
        return Err(Error::invalid("interface must be public, internal or admin"));
    }
    let digest = config.or("tempUrlDigest", "sha256");
    if !matches!(digest, "sha256" | "sha1") {
        return Err(Error::invalid("tempUrlDigest must be sha256 or sha1"));
    }
    let auth = Keystone {
        auth_url: url.to_owned(),
        identity: identity(config, preset.domain)?,
        region: region.to_owned(),
        interface: interface.to_owned(),
        #[cfg(feature = "storage")]
        temp_url: crate::core::auth::TempUrl { key: Secret::new(config.get("tempUrlKey")), sha1: digest == "sha1" },
    };
    Ok(Account::new(config.cloud(), url, Box::new(auth), fault, host)?.with("region", region))
}

fn identity(config: &Config, domain: &str) -> Result<Identity> {
    let has = |name| !config.get(name).is_empty();
    let own = |name| config.get(name).to_owned();
    if has("applicationCredentialId") || has("applicationCredentialSecret") {
        if let Some(stray) = ["username", "password", "project", "projectId", "domain", "projectDomain"].into_iter().find(|name| has(name))
        {
            let message = ["an application credential knows its user and project: leave out ", stray, ", or the credential"].concat();
            return Err(Error::invalid(message));
        }
        if !has("applicationCredentialId") || !has("applicationCredentialSecret") {
            return Err(Error::invalid("applicationCredentialId and applicationCredentialSecret go together: give both"));
        }
        return Ok(Identity::Application { id: own("applicationCredentialId"), secret: Secret::new(own("applicationCredentialSecret")) });
    }
    if !has("username") || !has("password") {
        return Err(Error::invalid(
            "who logs in? Give username, password and project, or applicationCredentialId and applicationCredentialSecret",
        ));
    }
    let domain = config.or("domain", domain).to_owned();
    if domain.is_empty() {
        return Err(Error::invalid("which domain? Give domain, the user's, by name or id"));
    }
    let project = match (has("project"), has("projectId")) {
        (true, false) => Scope::Name { name: own("project"), domain: config.or("projectDomain", &domain).to_owned() },
        (false, true) => Scope::Id(own("projectId")),
        (true, true) => return Err(Error::invalid("project and projectId say the same: give one of them")),
        (false, false) => return Err(Error::invalid("which project? Give project, its name, or projectId")),
    };
    Ok(Identity::Password { username: own("username"), password: Secret::new(own("password")), domain, project })
}

/// Reads what Nova, Cinder, Neutron, Glance or Keystone says of a failed request; Rackspace's services speak alike.
pub(super) fn fault(response: &Response) -> Fault {
    let id = ["x-openstack-request-id", "x-compute-request-id", "x-trans-id"].into_iter().find_map(|name| response.headers.get(name));
    let (code, mut message) = said(response).unwrap_or_default();
    // Answers to HEAD have no body, nor has this one.
    if message.is_empty() {
        message.push_str(match response.status {
            304 => "the object is still the one of this entity tag",
            404 => "there is no such thing",
            412 => "the object is not in the state that the condition asks for",
            _ => "",
        });
    }
    Fault { kind: kind(response.status, &code, &message), code: Some(code), message: Some(message), request_id: id.map(str::to_owned) }
}

/// The provider's code and message: `{"itemNotFound": {"message"}}`, `{"NeutronError": {"type", "message"}}`,
/// `{"error": {"title", "message"}}`, a page of HTML, or plain words.
fn said(response: &Response) -> Option<(String, String)> {
    let text = response.text().ok()?.trim_ascii();
    if text.starts_with('<') {
        return Some((String::new(), page_text(text)));
    }
    let Ok(tree) = Tree::json(text) else {
        // Swift's and Ceph's plain words; what a gateway between says of trouble is not the provider's.
        return if response.status < 500 { Some((String::new(), text.to_owned())) } else { None };
    };
    let root = tree.root();
    let fault = root.children().find(|d| d.is_map()).unwrap_or(root);
    let code = match fault.key() {
        "NeutronError" => fault.text("type"),
        "error" => fault.text("title"),
        key => key,
    };
    Some((code.to_owned(), fault.text("message").to_owned()))
}

/// What stands in a page outside of its tags and its head.
fn page_text(page: &str) -> String {
    let mut out = String::new();
    let mut skip = false;
    for piece in page.split('<') {
        let mut sides = piece.splitn(2, '>');
        let (tag, text) = (sides.next().unwrap_or(""), sides.next().unwrap_or(""));
        skip = match tag {
            "title" | "h1" => true,
            "/title" | "/h1" => false,
            _ => skip,
        };
        for word in text.split_ascii_whitespace().filter(|_| !skip) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

/// The kind, where it is not the one of the status.
fn kind(status: u16, code: &str, message: &str) -> Option<Kind> {
    let quota = || {
        let mut words = message.split(|c: char| !c.is_ascii_alphanumeric());
        message.starts_with("Maximum number of") || words.any(|w| w.eq_ignore_ascii_case("quota"))
    };
    match status {
        // Cinder's words for a volume or snapshot that is in use.
        400 if message.starts_with("Invalid volume:") || message.starts_with("Invalid snapshot:") => Some(Kind::Conflict),
        409 if code == "OverQuota" => Some(Kind::Quota),
        403 | 413 if quota() => Some(Kind::Quota),
        413 if code.starts_with("overLimit") => Some(Kind::RateLimited),
        // Swift's own: the entity tag is the same; too many requests.
        304 => Some(Kind::Conflict),
        498 => Some(Kind::RateLimited),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds;
    use crate::core::http::Headers;
    use crate::core::wire::Pairs;
    use crate::hosts::script::Script;

    #[test]
    fn configurations() {
        let url = ("authUrl", "https://keystone.example:5000/v3");
        let (user, password, project) = (("username", "ada"), ("password", "secret"), ("project", "demo"));
        let (id, secret) = (("applicationCredentialId", "a1"), ("applicationCredentialSecret", "s"));
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[url, user, password, project], ""),
            (&[url, user, password, ("projectId", "p1"), ("domain", "research"), ("interface", "internal")], ""),
            (&[url, id, secret, ("region", "RegionOne")], ""),
            (&[user, password, project], "field \"authUrl\" is missing"),
            (&[url], "who logs in?"),
            (&[url, user, project], "who logs in?"),
            (&[url, user, password], "which project?"),
            (&[url, user, password, project, ("projectId", "p1")], "give one of them"),
            (&[url, id], "give both"),
            (&[url, id, secret, user], "leave out username"),
            (&[url, user, password, project, ("interface", "publicURL")], "interface must be"),
            (&[("authUrl", "https://keystone.example/v2.0/"), user, password, project], "end it with /v3"),
            (&[("authUrl", "keystone.example"), user, password, project], "https://host"),
        ];
        for (fields, want) in cases {
            let pairs = Pairs(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect());
            let said = clouds::account(&OPENSTACK, pairs, Script::new(0, [])).err().map_or(String::new(), |e| e.message().to_owned());
            assert!(if want.is_empty() { said.is_empty() } else { said.contains(want) }, "{fields:?}: {said}");
        }
    }

    #[test]
    fn faults() {
        let glance = "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  \
                      No image found with ID nope<br /><br />\n\n\n </body>\n</html>";
        let cases = [
            (
                404,
                r#"{"itemNotFound":{"code":404,"message":"Instance x could not be found."}}"#,
                "itemNotFound|Instance x could not be found.|",
            ),
            (404, r#"{"NeutronError":{"type":"NetworkNotFound","message":"Network n","detail":""}}"#, "NetworkNotFound|Network n|"),
            (401, r#"{"error":{"code":401,"message":"Log in.","title":"Unauthorized"}}"#, "Unauthorized|Log in.|"),
            (
                401,
                r#"{"unauthorized":{"code":401,"message":"Username or api key is invalid."}}"#,
                "unauthorized|Username or api key is invalid.|",
            ),
            (404, glance, "|No image found with ID nope|"),
            (400, r#"{"message":"Flat.","code":400}"#, "|Flat.|"),
            (400, r#"{"badRequest":{"code":400,"message":"Invalid volume: In use."}}"#, "badRequest|Invalid volume: In use.|conflict"),
            (
                403,
                r#"{"forbidden":{"code":403,"message":"Quota exceeded for cores: Requested 1"}}"#,
                "forbidden|Quota exceeded for cores: Requested 1|quota",
            ),
            (
                403,
                r#"{"forbidden":{"code":403,"message":"Maximum number of key pairs exceeded"}}"#,
                "forbidden|Maximum number of key pairs exceeded|quota",
            ),
            (403, r#"{"forbidden":{"code":403,"message":"Policy doesn't allow it."}}"#, "forbidden|Policy doesn't allow it.|"),
            (409, r#"{"NeutronError":{"type":"OverQuota","message":"Quota exceeded"}}"#, "OverQuota|Quota exceeded|quota"),
            (
                413,
                r#"{"overLimit":{"code":413,"message":"This request was rate-limited.","retryAfter":"2"}}"#,
                "overLimit|This request was rate-limited.|rate-limited",
            ),
            (
                413,
                r#"{"overLimit":{"code":413,"message":"VolumeLimitExceeded: exceeded for quota 'volumes'."}}"#,
                "overLimit|VolumeLimitExceeded: exceeded for quota 'volumes'.|quota",
            ),
            (409, "There was a conflict.", "|There was a conflict.|"),
            (304, "", "|the object is still the one of this entity tag|conflict"),
            (404, "", "|there is no such thing|"),
            (498, "<html><h1>Rate Limited</h1><p>Slow down</p></html>", "|Slow down|rate-limited"),
            (502, "Bad gateway", "||"),
            (503, "", "||"),
        ];
        for (status, body, want) in cases {
            let f = fault(&Response::new(status, Headers::default(), body.into()));
            let got = [f.code.unwrap().as_str(), f.message.unwrap().as_str(), f.kind.map_or("", Kind::name)].join("|");
            assert_eq!(got, want);
        }
        let headers = [("X-Compute-Request-Id".to_owned(), "req-1".to_owned())].into_iter().collect();
        assert_eq!(fault(&Response::new(404, headers, Vec::new())).request_id.as_deref(), Some("req-1"));
    }
}
