//! PowerDNS Authoritative Server 4.0 and later, by its HTTP API: <https://doc.powerdns.com/authoritative/http-api/>.

mod dns;

use super::{Cloud, Config, Open, optional, required, secret};
use crate::core::auth::Header;
use crate::core::error::{Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault};
use crate::core::wire::Tree;

/// PowerDNS.
pub const CLOUD: Cloud = Cloud {
    name: "powerdns",
    title: "PowerDNS",
    docs: "https://doc.powerdns.com/authoritative/http-api/",
    fields: &[
        required("endpoint", "the server's URL, as http://127.0.0.1:8081"),
        secret("apiKey", "the server's api-key"),
        optional("server", "the server's id; localhost unless a proxy says otherwise"),
    ],
    compute: &[],
    storage: &[],
    dns: &[
        "listZones",
        "getZone",
        "createZone",
        "updateZone",
        "deleteZone",
        "listRecords",
        "getRecord",
        "createRecord",
        "updateRecord",
        "deleteRecord",
        "replaceRecords",
    ],
    account,
    open: Open { compute: None, storage: None, dns: Some(|link| Box::new(dns::PowerDns(link))) },
};

const API: &str = "/api/v1";

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let mut endpoint = config.get("endpoint").trim_end_matches('/').to_owned();
    if !endpoint.ends_with(API) {
        endpoint.push_str(API);
    }
    let auth = Box::new(Header::new("x-api-key", config.get("apiKey"))?);
    Ok(Account::new(CLOUD.name, &endpoint, auth, fault, host)?.with("server", config.or("server", "localhost")))
}

/// What a 422 means, by words of its message: the API has no codes.
const MEANINGS: &[(&str, Kind)] =
    &[("already exists", Kind::Conflict), ("Conflicts with", Kind::Conflict), ("Could not find domain", Kind::NotFound)];

/// `{"error": "…", "errors": ["…"]}`, or a plain text, whatever its type says; a page of HTML is a proxy's.
fn fault(response: &Response) -> Fault {
    let text = response.text().unwrap_or("");
    let mut message = match Tree::json(text) {
        Ok(tree) => {
            let root = tree.root();
            let more = root.each("errors").flat_map(|d| [": ", d.as_text()]);
            [root.text("error")].into_iter().chain(more).collect()
        }
        Err(_) => String::new(),
    };
    if message.is_empty() && !text.starts_with(['<', '{']) {
        message.push_str(text);
    }
    let says = |words: &str| message.as_bytes().windows(words.len()).any(|w| w == words.as_bytes());
    let meaning = MEANINGS.iter().find(|(words, _)| response.status == 422 && says(words));
    Fault { kind: meaning.map(|(_, kind)| *kind), message: Some(message), ..Fault::default() }
}
