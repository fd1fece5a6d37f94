//! Rackspace's OpenStack public cloud. <https://docs-ospc.rackspace.com/>

use super::openstack;
#[cfg(feature = "storage")]
use super::openstack::Swift;
#[cfg(feature = "compute")]
use super::openstack::{Api, OpenStack};
use super::{Cloud, Config, Open, hidden, optional, required, secret};
use crate::core::auth::Rackspace;
use crate::core::error::{Result, Secret};
use crate::core::host::SharedHost;
use crate::core::link::Account;

/// Rackspace.
pub const CLOUD: Cloud = Cloud {
    name: "rackspace",
    title: "Rackspace OpenStack Public Cloud",
    docs: "https://docs-ospc.rackspace.com/",
    fields: &[
        required("username", "the user's name"),
        secret("apiKey", "the user's API key, from the control panel's account settings"),
        required("region", "DFW, ORD, IAD, LON, SYD or HKG"),
        hidden("tempUrlKey", "the key that Cloud Files checks temporary URLs with, for presign"),
        optional("identityEndpoint", "another identity service than Rackspace's, as https://identity.example/v2.0"),
    ],
    compute: if cfg!(feature = "compute") { openstack::NO_ZONES } else { &[] },
    #[cfg(not(feature = "storage"))]
    storage: &[],
    #[cfg(feature = "storage")]
    storage: openstack::storage::CLOUD_FILES,
    dns: &[],
    account,
    open: Open {
        #[cfg(feature = "compute")]
        compute: Some(|link| Box::new(OpenStack::new(link, &API))),
        #[cfg(feature = "storage")]
        storage: Some(|link| Box::new(Swift::new(link, true))),
        ..Open::NONE
    },
};

/// Cloud Servers lists images and networks itself; Cloud Block Storage is Cinder 1. A region has no zones to choose from.
#[cfg(feature = "compute")]
const API: Api =
    Api { images: ("compute", "/images/detail"), networks: ("compute", "/os-networksv2"), volume_name: "display_name", zones: false };

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let region = config.get("region");
    let home = match region.eq_ignore_ascii_case("LON") {
        true => "https://lon.identity.api.rackspacecloud.com/v2.0",
        false => "https://identity.api.rackspacecloud.com/v2.0",
    };
    let identity = config.or("identityEndpoint", home);
    let auth = Rackspace {
        identity_endpoint: identity.to_owned(),
        username: config.get("username").to_owned(),
        api_key: Secret::new(config.get("apiKey")),
        region: region.to_owned(),
        #[cfg(feature = "storage")]
        temp_url: crate::core::auth::TempUrl { key: Secret::new(config.get("tempUrlKey")), sha1: true },
    };
    Ok(Account::new("rackspace", identity, Box::new(auth), openstack::fault, host)?.with("region", region))
}
