//! Amazon S3, and every store that speaks its API. <https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html>

mod family;
mod list;
mod place;
pub(super) mod read;
mod storage;
pub(super) mod write;

pub use family::*;
pub(super) use family::{Conditions, Store};

use super::{Config, Open};
use crate::core::auth::{Auth, Credentials, Oss, Payload, SigV4};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::{Response, plain_endpoint, split_endpoint};
use crate::core::link::{Account, Fault, Link};
use crate::core::wire::Tree;
use crate::storage::Storage;

const OPEN: Open = Open { compute: None, storage: Some(|link| Box::new(storage::S3::new(link))), dns: None };

/// A driver of a store that is none of the family.
pub(super) fn open(link: Link, store: &'static Store) -> Box<dyn Storage> {
    Box::new(storage::S3::at(link, store))
}

/// An account at a store of the family. Its style is `path`; `host` for virtual hosts wherever a bucket's name can be one;
/// empty for virtual hosts only where the endpoint's own certificate covers them, that is for names without a dot.
fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let store = family::store(config.cloud());
    let region = config.or("region", store.region);
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !region.bytes().all(plain) {
        return Err(Error::invalid("field \"region\" may have letters, digits and -_. only"));
    }
    let given = config.get("endpoint");
    let style = match (config.get("pathStyle"), given) {
        ("true", _) => "path",
        ("false", _) => "host",
        ("", "") if store.name == "s3" => "",
        _ if store.name == OSS.name => "host",
        ("", _) => "path",
        _ => return Err(Error::invalid("field \"pathStyle\" must be true or false")),
    };
    let usual = store.endpoint(config.or("accountId", if store.region == "auto" { "" } else { region }));
    let endpoint = if given.is_empty() { usual? } else { given.to_owned() };
    let credentials = Credentials::new(config.get("accessKeyId"), config.get("secretAccessKey"), config.get("sessionToken"))?;
    // Object bodies are streams, which cannot be hashed before they are sent; TLS covers them.
    let auth: Box<dyn Auth> = match store.name == OSS.name {
        true => Box::new(Oss { credentials, region: region.to_owned(), endpoint: plain_endpoint(&endpoint)? }),
        false => Box::new(SigV4::new(credentials, region, "s3", Payload::Unsigned)),
    };
    let account = Account::new(store.name, &endpoint, auth, fault, host)?;
    let (origin, _) = split_endpoint(&account.endpoint)?;
    let aws = origin.ends_with(".amazonaws.com") || origin.ends_with(".amazonaws.com.cn");
    Ok(account.with("region", region).with("style", style).with("aws", if aws { "true" } else { "" }))
}

/// Reads an error answer. The answer to HEAD has no body, so there the status must say it all.
pub(super) fn fault(response: &Response) -> Fault {
    let tree = response.text().ok().and_then(|text| Tree::xml(text).ok()).unwrap_or_default();
    let root = tree.root();
    let error = root.get("Error").unwrap_or(root);
    let code = match (error.text("Code"), response.status) {
        ("", 304) => "NotModified",
        (code, _) => code,
    };
    let text = |name: &str, header: &str| match error.text(name) {
        "" => response.header(header).to_owned(),
        text => text.to_owned(),
    };
    let region = text("Region", "x-amz-bucket-region");
    let elsewhere = match code {
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" => true,
        "" => matches!(response.status, 301 | 307 | 400),
        _ => false,
    };
    let message = match (error.text("Message"), response.status) {
        _ if elsewhere && !region.is_empty() => ["the bucket is in region \"", &region, "\": make the account with that region"].concat(),
        _ if code == "RequestTimeTooSkewed" => "this machine's clock differs too much from the provider's: set it right".to_owned(),
        ("", 304) => "the object is still the one of this entity tag".to_owned(),
        ("", 400) if code.is_empty() => "the provider gives no reason: check the region, the keys and the session token".to_owned(),
        ("", 403) if code.is_empty() => "these keys may not do this, or may not know whether there is such a thing".to_owned(),
        ("", 404) if code.is_empty() => "there is no such bucket or object".to_owned(),
        ("", 412) => "the object is not in the state that the condition asks for".to_owned(),
        ("", _) if !code.is_empty() => ["the provider says ", code].concat(),
        (message, _) => message.to_owned(),
    };
    let known = KINDS.iter().find(|(name, _)| *name == code).map(|(_, kind)| *kind);
    Fault {
        kind: known.or(if elsewhere { Some(Kind::Invalid) } else { None }),
        code: Some(code.to_owned()),
        message: Some(message),
        request_id: Some(text("RequestId", "x-amz-request-id")),
    }
}

/// The error that an answer of status 200 holds: a copy or a completion takes so long that the status goes out first.
fn refusal(response: &Response) -> Error {
    let fault = fault(response);
    let message = fault.message.filter(|m| !m.is_empty()).unwrap_or_else(|| "the provider failed after it had begun".to_owned());
    Error::new(fault.kind.unwrap_or(Kind::Unavailable), message)
        .with_status(response.status)
        .with_code(fault.code)
        .with_request_id(fault.request_id)
}

/// Codes whose status says less, or that come with a status of 200.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const KINDS: &[(&str, Kind)] = &[
    ("AccessDenied", Kind::Denied),
    ("BadDigest", Kind::Transport),
    ("BandwidthLimitExceeded", Kind::RateLimited),
    ("BucketAlreadyExists", Kind::Conflict),
    ("BucketAlreadyOwnedByYou", Kind::Conflict),
    ("BucketNotEmpty", Kind::Conflict),
    ("ConditionalRequestConflict", Kind::Conflict),
    ("EntityTooSmall", Kind::Invalid),
    ("ExpiredToken", Kind::Unauthorized),
    ("FileAlreadyExists", Kind::Conflict),
    ("InternalError", Kind::Unavailable),
    ("InvalidAccessKeyId", Kind::Unauthorized),
    ("InvalidObjectState", Kind::Conflict),
    ("InvalidPart", Kind::Invalid),
    ("InvalidPartOrder", Kind::Invalid),
    ("InvalidRange", Kind::Invalid),
    ("InvalidSecurity", Kind::Unauthorized),
    ("InvalidToken", Kind::Unauthorized),
    ("NoSuchBucket", Kind::NotFound),
    ("NoSuchKey", Kind::NotFound),
    ("NoSuchUpload", Kind::NotFound),
    ("NotImplemented", Kind::Unsupported),
    ("NotModified", Kind::Conflict),
    ("OperationAborted", Kind::Conflict),
    ("PreconditionFailed", Kind::Conflict),
    ("QuotaExceeded", Kind::Quota),
    ("RequestLimitExceeded", Kind::RateLimited),
    ("RequestTimeTooSkewed", Kind::Unauthorized),
    ("RequestTimeout", Kind::Transport),
    ("SignatureDoesNotMatch", Kind::Unauthorized),
    ("SlowDown", Kind::RateLimited),
    ("TokenRefreshRequired", Kind::Unauthorized),
    ("TooManyBuckets", Kind::Quota),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::core::wire::Pairs;
    use crate::hosts::script::Script;

    fn open(fields: &[(&str, &str)]) -> Result<Account> {
        let keys = [("accessKeyId", "id"), ("secretAccessKey", "key")];
        let pairs = keys.iter().chain(fields).map(|(name, value)| (String::from(*name), String::from(*value)));
        account(&Config::new(&S3, Pairs(pairs.collect()))?, Script::new(0, []))
    }

    #[test]
    fn endpoints_and_styles() {
        for (fields, endpoint, style, aws) in [
            (&[][..], "https://s3.us-east-1.amazonaws.com", "", "true"),
            (&[("region", "cn-north-1")], "https://s3.cn-north-1.amazonaws.com.cn", "", "true"),
            (&[("region", "eu-west-1"), ("pathStyle", "true")], "https://s3.eu-west-1.amazonaws.com", "path", "true"),
            (&[("endpoint", "http://LOCALHOST:80/"), ("region", "garage")], "http://localhost", "path", ""),
            (&[("endpoint", "https://s3.example.com/x"), ("pathStyle", "false")], "https://s3.example.com/x", "host", ""),
            (
                &[("endpoint", "https://s3.dualstack.eu-west-1.amazonaws.com")],
                "https://s3.dualstack.eu-west-1.amazonaws.com",
                "path",
                "true",
            ),
        ] {
            let account = open(fields).unwrap();
            assert_eq!(account.endpoint, endpoint);
            assert_eq!((account.settings.get("style"), account.settings.get("aws")), (Some(style), Some(aws)), "{endpoint}");
        }
        for fields in [
            &[("region", "evil.example/")][..],
            &[("region", "EU-WEST-1")],
            &[("region", "a/b"), ("endpoint", "https://s3.example.com")],
            &[("endpoint", "s3.example.com")],
            &[("pathStyle", "yes")],
        ] {
            assert_eq!(open(fields).unwrap_err().kind(), Kind::Invalid, "{fields:?}");
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let fault = |status, region: &str, body: &str| {
            let headers = [("x-amz-bucket-region".to_owned(), region.to_owned()), ("x-amz-request-id".to_owned(), "r1".to_owned())];
            let found = fault(&Response::new(status, headers.into_iter().filter(|(_, v)| !v.is_empty()).collect(), body.into()));
            assert_eq!(found.request_id.as_deref(), Some("r1"), "{body}");
            (found.kind, found.message.unwrap_or_default())
        };
        let error = |code: &str, more: &str| format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code>{more}</Error>");
        for (status, region, body) in [
            (301, "eu-west-1", String::new()),
            (301, "eu-west-1", error("PermanentRedirect", "<Message>m</Message><Endpoint>e</Endpoint>")),
            (400, "eu-west-1", String::new()),
            (400, "", error("AuthorizationHeaderMalformed", "<Message>m</Message><Region>eu-west-1</Region>")),
        ] {
            let want = "the bucket is in region \"eu-west-1\": make the account with that region";
            assert_eq!(fault(status, region, &body), (Some(Kind::Invalid), want.to_owned()));
        }
        // Amazon names the region in other refusals, too.
        assert_eq!(fault(403, "eu-west-1", &error("AccessDenied", "<Message>m</Message>")), (Some(Kind::Denied), "m".to_owned()));
        assert_eq!(fault(500, "", "<html>trouble</html>"), (None, String::new()));
        assert_eq!(fault(403, "", &error("RequestTimeTooSkewed", "<Message>m</Message>")).0, Some(Kind::Unauthorized));
        assert_eq!(fault(503, "", &error("SlowDown", "")), (Some(Kind::RateLimited), "the provider says SlowDown".to_owned()));
    }
}
