//! Alibaba Cloud Object Storage Service. <https://www.alibabacloud.com/help/en/oss/developer-reference/list-of-operations-by-function>
//!
//! Its operations are S3's, but for the names of headers and the signature, which are [`Oss`]'s, and a few words that the S3
//! driver knows as this dialect.

use super::s3;
use super::{Cloud, Config, Field, Open, optional, required, secret};
use crate::core::auth::{Credentials, Oss};
use crate::core::error::{Error, Result};
use crate::core::host::SharedHost;
use crate::core::http::{plain_endpoint, split_endpoint};
use crate::core::link::Account;

/// The registry entry.
pub const CLOUD: Cloud = Cloud {
    name: "oss",
    title: "Alibaba Cloud OSS",
    docs: "https://www.alibabacloud.com/help/en/oss/developer-reference/list-of-operations-by-function",
    fields: &[
        required("accessKeyId", "the access key's id"),
        secret("accessKeySecret", "the access key's secret"),
        Field { name: "securityToken", required: false, secret: true, help: "the security token of temporary keys" },
        required("region", "the buckets' region, as cn-hangzhou"),
        optional("endpoint", "another endpoint than the region's public one, as https://oss-cn-hangzhou-internal.aliyuncs.com"),
    ],
    compute: &[],
    storage: s3::OPERATIONS,
    dns: &[],
    account,
    open: Open { compute: None, storage: Some(|link| Box::new(s3::Driver::new(link))), dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let region = config.get("region");
    if region.starts_with("oss-") || !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(Error::invalid("field \"region\" must be a region's id without \"oss-\", as cn-hangzhou"));
    }
    let public = ["https://oss-", region, ".aliyuncs.com"].concat();
    let endpoint = plain_endpoint(config.or("endpoint", &public))?;
    let (origin, prefix) = split_endpoint(&endpoint)?;
    if !prefix.is_empty() {
        return Err(Error::invalid("field \"endpoint\" has a path, which OSS never has"));
    }
    let auth = Oss {
        credentials: Credentials::new(config.get("accessKeyId"), config.get("accessKeySecret"), config.get("securityToken"))?,
        region: region.to_owned(),
        host: origin.rsplit('/').next().unwrap_or("").to_owned(),
    };
    let account = Account::new(CLOUD.name, &endpoint, Box::new(auth), s3::fault, host)?;
    Ok(account.with("region", region).with("style", "host"))
}
