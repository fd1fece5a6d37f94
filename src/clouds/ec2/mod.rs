//! Amazon EC2, and what speaks its Query API. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/>

mod compute;
mod query;
mod read;

pub use compute::Ec2;

use super::{Cloud, Config, Open, optional, required, secret};
use crate::core::auth::{Credentials, Payload, SigV4};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault};
use crate::core::wire::Tree;

/// Amazon EC2.
pub const CLOUD: Cloud = Cloud {
    name: "ec2",
    title: "Amazon EC2",
    docs: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/",
    fields: &[
        required("accessKeyId", "the access key's id, as AKIA…"),
        secret("secretAccessKey", "the secret access key"),
        super::Field { name: "sessionToken", required: false, secret: true, help: "the session token of temporary credentials" },
        required("region", "the region, as eu-west-1"),
        optional("endpoint", "another endpoint than the region's own, as https://ec2.example.org"),
    ],
    compute: &[
        "listNodes",
        "getNode",
        "createNode",
        "destroyNode",
        "rebootNode",
        "startNode",
        "stopNode",
        "listSizes",
        "listImages",
        "getImage",
        "createImage",
        "deleteImage",
        "copyImage",
        "listLocations",
        "listVolumes",
        "getVolume",
        "createVolume",
        "attachVolume",
        "detachVolume",
        "destroyVolume",
        "listVolumeSnapshots",
        "createVolumeSnapshot",
        "destroyVolumeSnapshot",
        "listKeyPairs",
        "getKeyPair",
        "createKeyPair",
        "importKeyPair",
        "deleteKeyPair",
        "listTags",
        "setTags",
        "deleteTags",
        "listNetworks",
        "createNetwork",
        "deleteNetwork",
        "listSecurityGroups",
        "createSecurityGroup",
        "deleteSecurityGroup",
        "addSecurityGroupRule",
    ],
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Ec2::new(link))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let region = config.get("region");
    // The region becomes part of the host that is told the signature.
    if !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') || region.starts_with('-') || region.ends_with('-') {
        return Err(Error::invalid("region must be a region's name, as eu-west-1"));
    }
    // https://docs.aws.amazon.com/general/latest/gr/ec2-service.html
    let domain = match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    let own = ["https://ec2.", region, ".", domain].concat();
    let credentials = Credentials::new(config.get("accessKeyId"), config.get("secretAccessKey"), config.get("sessionToken"))?;
    let auth = Box::new(SigV4::new(credentials, region, "ec2", Payload::Signed));
    Ok(Account::new(CLOUD.name, config.or("endpoint", &own), auth, fault, host)?.with("region", region))
}

/// `<Response><Errors><Error><Code/><Message/></Error></Errors><RequestID/></Response>`.
fn fault(response: &Response) -> Fault {
    let Ok(tree) = response.text().and_then(Tree::xml) else { return Fault::default() };
    let root = tree.root();
    let Some(error) = root.at("Errors/Error").or_else(|| root.get("Error")) else { return Fault::default() };
    Fault {
        kind: kind(error.text("Code")),
        code: error.opt("Code"),
        message: error.opt("Message"),
        request_id: root.opt("RequestID").or_else(|| root.opt("RequestId")),
    }
}

/// What an error code stands for. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
fn kind(code: &str) -> Option<Kind> {
    Some(match code {
        "AuthFailure"
        | "ExpiredToken"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "MissingAuthenticationToken"
        | "RequestExpired"
        | "SignatureDoesNotMatch" => Kind::Unauthorized,
        "Blocked" | "OperationNotPermitted" | "OptInRequired" | "PendingVerification" | "UnauthorizedOperation" => Kind::Denied,
        "ConcurrentTagAccess" | "DependencyViolation" | "IdempotentParameterMismatch" | "VolumeInUse" => Kind::Conflict,
        "InvalidAction" => Kind::Unsupported,
        "InvalidAMIID.Unavailable" => Kind::NotFound,
        "RequestLimitExceeded" | "Throttling" => Kind::RateLimited,
        _ if code.ends_with("NotFound") => Kind::NotFound,
        _ if code.ends_with(".Duplicate") || code.ends_with(".InUse") || code.ends_with("AlreadyExists") => Kind::Conflict,
        _ if code.starts_with("Incorrect") && code.ends_with("State") => Kind::Conflict,
        _ if code.starts_with("Insufficient") || code.ends_with("LimitExceeded") => Kind::Quota,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::wire::Pairs;
    use crate::hosts::script::Script;

    fn open(region: &str, endpoint: &str) -> Result<String> {
        let pairs = [("accessKeyId", "AKID"), ("secretAccessKey", "s"), ("region", region), ("endpoint", endpoint)];
        let pairs = Pairs(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec());
        account(&Config::new(&CLOUD, pairs)?, Script::new(0, [])).map(|a| a.endpoint)
    }

    #[test]
    fn the_region_makes_the_endpoint_and_nothing_else() {
        for (region, endpoint) in [
            ("eu-west-1", "https://ec2.eu-west-1.amazonaws.com"),
            ("us-gov-east-1", "https://ec2.us-gov-east-1.amazonaws.com"),
            ("cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "https://ec2.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(open(region, "").unwrap(), endpoint);
        }
        assert_eq!(open("RegionOne", "http://127.0.0.1:5000/").unwrap(), "http://127.0.0.1:5000");
        for region in ["", "-", "a.b", "evil.example/", "x@evil", "eu-west-1#", "eu west", "ü", "eu-west-1-"] {
            assert_eq!(open(region, "").unwrap_err().kind(), Kind::Invalid, "{region}");
        }
    }

    #[test]
    fn codes_have_kinds() {
        for (code, want) in [
            ("AuthFailure", Some(Kind::Unauthorized)),
            ("UnauthorizedOperation", Some(Kind::Denied)),
            ("InvalidInstanceID.NotFound", Some(Kind::NotFound)),
            ("InvalidInstanceID.Malformed", None),
            ("InvalidKeyPair.Duplicate", Some(Kind::Conflict)),
            ("IncorrectInstanceState", Some(Kind::Conflict)),
            ("InvalidGroup.InUse", Some(Kind::Conflict)),
            ("VcpuLimitExceeded", Some(Kind::Quota)),
            ("InsufficientInstanceCapacity", Some(Kind::Quota)),
            ("RequestLimitExceeded", Some(Kind::RateLimited)),
            ("InvalidParameterValue", None),
            ("", None),
        ] {
            assert_eq!(kind(code), want, "{code}");
        }
    }

    #[test]
    fn faults_are_read_from_any_answer() {
        let read = |body: &str| fault(&Response::new(400, Default::default(), body.as_bytes().to_vec()));
        let error = "<Error><Code>InvalidAMIID.NotFound</Code><Message>no ami</Message></Error>";
        for body in [
            ["<Response><Errors>", error, "</Errors><RequestID>r-1</RequestID></Response>"].concat(),
            ["<ErrorResponse>", error, "<RequestId>r-1</RequestId></ErrorResponse>"].concat(),
        ] {
            let fault = read(&body);
            assert_eq!((fault.kind, fault.code.as_deref()), (Some(Kind::NotFound), Some("InvalidAMIID.NotFound")));
            assert_eq!((fault.message.as_deref(), fault.request_id.as_deref()), (Some("no ami"), Some("r-1")));
        }
        for body in ["", "Bad Gateway", "<html><body>503</body></html>", "{\"message\":\"x\"}"] {
            assert_eq!(read(body), Fault::default());
        }
    }
}
