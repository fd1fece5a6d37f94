//! Amazon EC2, and what speaks its Query API. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/>

mod compute;
mod family;
mod query;
mod read;

pub use compute::Ec2;
pub use family::{EC2, EUCALYPTUS, OUTSCALE};

use super::Config;
use crate::core::auth::{Credentials, Payload, SigV4};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::{Response, split_endpoint};
use crate::core::link::{Account, Fault};
use crate::core::wire::Tree;

/// An account at a cloud of the family.
fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let api = family::api(config.cloud());
    let region = config.or("region", api.region);
    // The region becomes part of the host that is told the signature.
    if !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') || region.starts_with('-') || region.ends_with('-') {
        return Err(Error::invalid("region must be a region's name, as eu-west-1"));
    }
    let mut endpoint = config.get("endpoint").to_owned();
    if endpoint.is_empty() {
        if !api.regions.is_empty() && !api.regions.contains(&region) {
            return Err(Error::invalid(["region must be one of ", &api.regions.join(", "), "; for another give its endpoint"].concat()));
        }
        let end = api.endpoint.1.iter().find(|(there, _)| region.starts_with(there)).map_or("", |(_, end)| end);
        endpoint = [api.endpoint.0, region, end].concat();
    } else if split_endpoint(&endpoint)?.1.is_empty() {
        endpoint = [endpoint.trim_end_matches('/'), api.path].concat();
    }
    let credentials = Credentials::new(config.get("accessKeyId"), config.get("secretAccessKey"), config.get("sessionToken"))?;
    let auth = Box::new(SigV4::new(credentials, region, "ec2", Payload::Signed));
    let mut account = Account::new(config.cloud(), &endpoint, auth, fault, host)?.with("region", region);
    account.lacks = api.lacks;
    Ok(account)
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
