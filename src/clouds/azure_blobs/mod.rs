//! Azure Blob Storage. <https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api>

mod read;
mod storage;
mod write;

use super::{Cloud, Config, Field, Open, azure, optional, required};
use crate::core::auth::{Azure, AzureWay};
use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::host::SharedHost;
use crate::core::http::{Response, plain_endpoint, split_endpoint};
use crate::core::link::{Account, Fault};
use crate::core::wire::Tree;

/// The registry entry.
pub const CLOUD: Cloud = Cloud {
    name: "azure-blobs",
    title: "Azure Blob Storage",
    docs: "https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api",
    fields: &[
        required("account", "the storage account's name"),
        credential("accountKey", "the account's key"),
        credential("sasToken", "or a shared access signature"),
        credential("token", "or a token of Entra ID"),
        optional("tenantId", "or an application of Entra ID: its directory"),
        optional("clientId", "the application's id"),
        credential("clientSecret", "the application's secret"),
        optional("authority", "where Entra ID is; https://login.microsoftonline.com by default"),
        optional("endpoint", "where the account's blobs are; https://ACCOUNT.blob.core.windows.net by default"),
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
        "getTags",
        "setTags",
        "getCors",
        "setCors",
        "getContainerCdnUrl",
        "getObjectCdnUrl",
        "presign",
    ],
    dns: &[],
    account,
    open: Open { compute: None, storage: Some(|link| Box::new(storage::AzureBlobs::new(link))), dns: None },
};

const fn credential(name: &'static str, help: &'static str) -> Field {
    Field { name, required: false, secret: true, help }
}

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let name = config.get("account");
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Error::invalid("field \"account\" must be a storage account's name: letters and digits"));
    }
    let (key, sas, token) = (config.get("accountKey"), config.get("sasToken"), config.get("token"));
    let client = ["tenantId", "clientId", "clientSecret"];
    let mut given = 0;
    for one in [key, sas, token, config.get("tenantId")] {
        given += u32::from(!one.is_empty());
    }
    let whole = client.iter().all(|field| config.get(field).is_empty() == config.get("tenantId").is_empty());
    let way = match given {
        1 if !key.is_empty() => AzureWay::key(key)?,
        1 if !sas.is_empty() => AzureWay::sas(sas)?,
        1 if token.bytes().all(|b| b.is_ascii_graphic()) && !token.is_empty() => AzureWay::Token(Secret::new(token)),
        1 if whole && token.is_empty() => AzureWay::Client(azure::entra(config, "https://storage.azure.com")),
        _ => return Err(Error::invalid("give one of accountKey, sasToken, token, or tenantId with clientId and clientSecret")),
    };
    let usual = ["https://", name, ".blob.core.windows.net"].concat();
    let endpoint = plain_endpoint(config.or("endpoint", &usual))?;
    let (_, prefix) = split_endpoint(&endpoint)?;
    Account::new(CLOUD.name, &endpoint, Box::new(Azure::new(name, prefix, way)), fault, host)
}

/// Reads an error answer, the service's or Entra ID's. The answer to HEAD has no body: there a header tells the code.
fn fault(response: &Response) -> Fault {
    let text = response.text().unwrap_or("");
    let tree = Tree::xml(text).or_else(|_| Tree::json(text)).unwrap_or_default();
    let root = tree.root();
    let first = |one: &'_ str, other: &'_ str, header: &str| {
        let text = if one.is_empty() { other } else { one };
        if text.is_empty() { response.header(header).to_owned() } else { text.to_owned() }
    };
    let code = first(root.text("Code"), root.text("error"), "x-ms-error-code");
    // What follows the first line is for the provider's support.
    let said = first(root.text("Message"), root.text("error_description"), "");
    let said = said.lines().next().unwrap_or("");
    let message = match (said, response.status) {
        (_, 304) => "the object is still the one of this entity tag".to_owned(),
        ("", _) if !code.is_empty() => ["the provider says ", &code].concat(),
        ("", 404) => "there is no such container or object".to_owned(),
        ("", 412) => "the object is not in the state that the condition asks for".to_owned(),
        _ => said.to_owned(),
    };
    let known = match response.status {
        304 => Some(Kind::Conflict),
        // Azurite calls it what Azure calls a lack of permission.
        _ if said.starts_with("Server failed to authenticate") => Some(Kind::Unauthorized),
        _ => KINDS.iter().find(|(name, _)| *name == code).map(|(_, kind)| *kind),
    };
    Fault {
        kind: known,
        code: Some(code),
        message: Some(message),
        request_id: Some(first(root.text("correlation_id"), "", "x-ms-request-id")),
    }
}

/// Codes whose status says less.
/// <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>
const KINDS: &[(&str, Kind)] = &[
    ("AuthenticationFailed", Kind::Unauthorized),
    ("BlobTagsNotSupportedForAccountType", Kind::Unsupported),
    ("Crc64Mismatch", Kind::Transport),
    ("FeatureNotSupportedForAccount", Kind::Unsupported),
    ("InvalidAuthenticationInfo", Kind::Unauthorized),
    // Another upload to the same name was completed, or a week has passed.
    ("InvalidBlockList", Kind::Conflict),
    ("Md5Mismatch", Kind::Transport),
    ("ServerBusy", Kind::RateLimited),
    ("invalid_client", Kind::Unauthorized),
    ("invalid_grant", Kind::Unauthorized),
    ("unauthorized_client", Kind::Unauthorized),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::http::Headers;
    use crate::core::wire::Pairs;
    use crate::hosts::script::Script;

    fn open(fields: &[(&str, &str)]) -> Result<Account> {
        let pairs = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        account(&Config::new(&CLOUD, Pairs(pairs.collect()))?, Script::new(0, []))
    }

    #[test]
    fn accounts() {
        let client = [("tenantId", "t"), ("clientId", "c"), ("clientSecret", "s")];
        for (more, logs_in, is_timed) in [
            (&[("accountKey", "cGFzc3dvcmQ=")][..], false, true),
            (&[("sasToken", "?sv=2023-11-03&sig=a%2Bb")], false, false),
            (&[("token", "eyJ")], false, false),
            (&client, true, false),
        ] {
            let account = open(&[&[("account", "ada")], more].concat()).unwrap();
            assert_eq!(account.endpoint, "https://ada.blob.core.windows.net");
            assert_eq!((account.auth().logs_in(), account.auth().is_timed()), (logs_in, is_timed), "{more:?}");
        }
        for fields in [
            &[("account", "ada")][..],
            &[("account", "evil.example/"), ("token", "t")],
            &[("account", "ada"), ("accountKey", "not base64")],
            &[("account", "ada"), ("accountKey", "cGFzc3dvcmQ="), ("token", "t")],
            &[("account", "ada"), ("sasToken", "sv=2023-11-03")],
            &[("account", "ada"), ("token", "a b")],
            &[("account", "ada"), ("clientId", "c"), ("clientSecret", "s")],
            &[("account", "ada"), ("token", "t"), ("endpoint", "ada.blob.core.windows.net")],
        ] {
            assert_eq!(open(fields).unwrap_err().kind(), Kind::Invalid, "{fields:?}");
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let fault = |status, code: &str, body: &str| {
            let headers = [("x-ms-error-code".to_owned(), code.to_owned()), ("x-ms-request-id".to_owned(), "r1".to_owned())];
            fault(&Response::new(status, headers.into_iter().filter(|(_, v)| !v.is_empty()).collect::<Headers>(), body.into()))
        };
        let xml = "\u{feff}<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed.\nRequestId:r1\nTime:t</Message>\
            <AuthenticationErrorDetail>what was signed</AuthenticationErrorDetail></Error>";
        let said = fault(403, "", xml);
        assert_eq!((said.kind, said.code.as_deref()), (Some(Kind::Unauthorized), Some("AuthenticationFailed")));
        assert_eq!((said.message.as_deref(), said.request_id.as_deref()), (Some("Server failed."), Some("r1")));
        assert_eq!(fault(404, "BlobNotFound", "").message.as_deref(), Some("the provider says BlobNotFound"));
        assert_eq!(fault(304, "ConditionNotMet", "").kind, Some(Kind::Conflict));
        let entra = r#"{"error":"invalid_client","error_description":"AADSTS7000215: no.\r\nTrace ID: x","correlation_id":"r2"}"#;
        let said = fault(401, "", entra);
        assert_eq!((said.kind, said.message.as_deref()), (Some(Kind::Unauthorized), Some("AADSTS7000215: no.")));
        assert_eq!(said.request_id.as_deref(), Some("r2"));
    }
}
