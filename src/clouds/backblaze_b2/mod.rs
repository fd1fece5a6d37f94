//! Backblaze B2, by its native API. <https://www.backblaze.com/apidocs/introduction-to-the-b2-native-api>
//!
//! Pages of browsers cannot log in here: B2 lets scripts of other origins upload and download, nothing else.

mod read;
mod storage;
mod write;

use super::{Cloud, Config, Open, optional, required, secret};
use crate::core::auth::B2;
use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault};
use crate::core::wire::Tree;

/// The registry entry.
pub const CLOUD: Cloud = Cloud {
    name: "backblaze-b2",
    title: "Backblaze B2",
    docs: "https://www.backblaze.com/apidocs/introduction-to-the-b2-native-api",
    fields: &[
        required("applicationKeyId", "the application key's id"),
        secret("applicationKey", "the application key"),
        optional("endpoint", "where to log in; Backblaze by default"),
    ],
    compute: &[],
    storage: &[
        "listContainers",
        "getContainer",
        "createContainer",
        "deleteContainer",
        "listObjects",
        "getObject",
        "download",
        "putObject",
        "deleteObject",
        "copyObject",
        "createUpload",
        "putPart",
        "completeUpload",
        "abortUpload",
        "listUploads",
        "listParts",
        "listVersions",
        "getCors",
        "setCors",
        "getContainerCdnUrl",
        "getObjectCdnUrl",
        "presign",
    ],
    dns: &[],
    account,
    open: Open { compute: None, storage: Some(|link| Box::new(storage::Backblaze(link))), dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let (key_id, key) = (config.get("applicationKeyId"), config.get("applicationKey"));
    if ![key_id, key].iter().all(|text| text.bytes().all(|b| b.is_ascii_graphic() && b != b':')) {
        return Err(Error::invalid("the application key or its id has a space or a letter that no key has: copy it again"));
    }
    let auth = B2 { key_id: key_id.to_owned(), key: Secret::new(key) };
    Account::new(CLOUD.name, config.or("endpoint", "https://api.backblazeb2.com"), Box::new(auth), fault, host)
}

/// Reads an error answer. The answer to HEAD has no body.
fn fault(response: &Response) -> Fault {
    let tree = response.text().ok().and_then(|text| Tree::json(text).ok()).unwrap_or_default();
    let (code, message) = (tree.root().text("code"), tree.root().text("message"));
    let message = match (code, message, response.status) {
        // The same for a wrong key and for a right one that may not do this.
        ("unauthorized", ..) => {
            "the application key is wrong, or may not do this: see its capabilities and the buckets that it is restricted to"
        }
        ("", "", 404) => "there is no such bucket or object",
        (code, "", _) => code,
        (_, message, _) => message,
    };
    Fault {
        kind: KINDS.iter().find(|(name, _)| *name == code).map(|(_, kind)| *kind),
        code: Some(code.to_owned()),
        message: Some(message.to_owned()),
        request_id: None,
    }
}

/// Codes whose status says less. <https://www.backblaze.com/apidocs/b2-native-api-errors>
const KINDS: &[(&str, Kind)] = &[
    ("access_denied", Kind::Denied),
    ("already_hidden", Kind::NotFound),
    ("bad_bucket_id", Kind::NotFound),
    ("cannot_delete_non_empty_bucket", Kind::Conflict),
    ("cap_exceeded", Kind::Quota),
    ("download_cap_exceeded", Kind::Quota),
    ("duplicate_bucket_name", Kind::Conflict),
    ("file_not_present", Kind::NotFound),
    ("no_such_file", Kind::NotFound),
    ("part_sha1_mismatch", Kind::Transport),
    ("storage_cap_exceeded", Kind::Quota),
    ("too_many_buckets", Kind::Quota),
    ("transaction_cap_exceeded", Kind::Quota),
];
