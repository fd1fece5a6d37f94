//! Google Cloud Storage, by its JSON API. <https://cloud.google.com/storage/docs/json_api/v1>

mod batch;
mod presign;
mod read;
mod storage;
mod write;

use super::{Cloud, Config, Open, google, hidden, optional};
use crate::core::error::Result;
use crate::core::host::SharedHost;
use crate::core::link::Account;

/// The registry entry.
pub const CLOUD: Cloud = Cloud {
    name: "gcs",
    title: "Google Cloud Storage",
    docs: "https://cloud.google.com/storage/docs/json_api/v1",
    fields: &[
        hidden("credentials", "a service account's key file, whole: the JSON that the console gives"),
        optional("clientEmail", "in place of the key file: the service account's address"),
        hidden("privateKey", "in place of the key file: the service account's private key, in PEM"),
        optional("tokenUri", "in place of the key file: where tokens are given out; Google's by default"),
        hidden("accessToken", "in place of a service account: a token got elsewhere"),
        optional("projectId", "the project whose buckets are listed and created; by default the service account's"),
        optional("location", "where buckets are created, as EU or europe-west1; by default the US"),
        optional("endpoint", "where the store is, as http://localhost:9023 for an emulator; Google by default"),
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
        "deleteObjects",
        "copyObject",
        "createUpload",
        "putPart",
        "completeUpload",
        "abortUpload",
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
    open: Open { compute: None, storage: Some(|link| Box::new(storage::Gcs::new(link))), dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    // Full control, for CORS rules and canned ACLs need it.
    const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.full_control";
    let account = google::account(CLOUD.name, "https://storage.googleapis.com", SCOPE, config, host)?;
    Ok(account.with("location", config.get("location")))
}
