//! The clouds that run OpenStack: a line each.
//!
//! Which regions there are, and where their services are, the log-in's catalogue says. A line has where to log in.

use super::{NO_SWIFT, OPEN, OPERATIONS, STORAGE, account};
use crate::clouds::{Cloud, Field, hidden, optional, required, secret};
use crate::core::error::{Error, Result};

/// A cloud of the family, besides what its registry entry says.
pub(super) struct Preset {
    name: &'static str,
    /// Keystone's URL, for regions whose names start so; the first counts.
    identity: &'static [(&'static str, &'static str)],
    /// The region, where none is given; empty for the catalogue's first.
    pub region: &'static str,
    /// The user's domain, where none is given.
    pub domain: &'static str,
}

impl Preset {
    /// Where to log in for a region.
    pub fn identity(&self, region: &str) -> Result<&'static str> {
        let starts = |name: &str| region.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        self.identity.iter().find(|(name, _)| starts(name)).map(|(_, url)| *url).ok_or_else(|| {
            let names: Vec<_> = self.identity.iter().map(|(name, _)| *name).collect();
            Error::invalid(["region must be one of ", &names.join(", "), "; for another give its authUrl"].concat())
        })
    }
}

/// The cloud of this name.
pub(super) fn preset(name: &str) -> &'static Preset {
    let [plain, others @ ..] = &PRESETS;
    others.iter().find(|preset| preset.name == name).unwrap_or(plain)
}

const PROJECT: Field = optional("project", "the project's name");
const PROJECT_ID: Field = optional("projectId", "the project's id, instead of its name");
const PROJECT_DOMAIN: Field = optional("projectDomain", "the project's domain, by name or id; the user's unless given");
const USER: Field = optional("username", "who logs in; or give an application credential");
const PASSWORD: Field = hidden("password", "the user's password");
const DOMAIN: Field = optional("domain", "the user's domain, by name or id; Default unless given");
const CREDENTIAL: Field = optional("applicationCredentialId", "an application credential, instead of username, password and project");
const CREDENTIAL_SECRET: Field = hidden("applicationCredentialSecret", "the application credential's secret");
const TEMP_URL_KEY: Field = hidden("tempUrlKey", "the key that Swift checks temporary URLs with, for presign");
const TEMP_URL_DIGEST: Field =
    optional("tempUrlDigest", "how such URLs are signed: sha256 (unless given), or sha1 for Ceph and clusters of before 2018");
const ELSEWHERE: Field = optional("authUrl", "another Keystone than the cloud's own, as https://keystone.example:5000/v3");
const REGION: Field = required("region", "the region, as the cloud's catalogue names it");

const OWN: &[Field] = &[
    required("authUrl", "Keystone's URL, as https://keystone.example:5000/v3"),
    USER,
    PASSWORD,
    PROJECT,
    PROJECT_ID,
    DOMAIN,
    PROJECT_DOMAIN,
    CREDENTIAL,
    CREDENTIAL_SECRET,
    optional("region", "the region, where the cloud has several, as RegionOne"),
    optional("interface", "which endpoints: public (unless given), internal or admin"),
    TEMP_URL_KEY,
    TEMP_URL_DIGEST,
];
const REGIONAL: &[Field] = &[
    REGION,
    USER,
    PASSWORD,
    PROJECT,
    PROJECT_ID,
    DOMAIN,
    PROJECT_DOMAIN,
    CREDENTIAL,
    CREDENTIAL_SECRET,
    TEMP_URL_KEY,
    TEMP_URL_DIGEST,
    ELSEWHERE,
];
/// A domain for each customer.
const DOMAINS: &[Field] = &[
    REGION,
    USER,
    PASSWORD,
    PROJECT,
    PROJECT_ID,
    optional("domain", "the user's domain, as the RC file has it; not with an application credential"),
    PROJECT_DOMAIN,
    CREDENTIAL,
    CREDENTIAL_SECRET,
    TEMP_URL_KEY,
    TEMP_URL_DIGEST,
    ELSEWHERE,
];
const ONE: &[Field] = &[
    USER,
    PASSWORD,
    PROJECT,
    PROJECT_ID,
    DOMAIN,
    PROJECT_DOMAIN,
    CREDENTIAL,
    CREDENTIAL_SECRET,
    optional("region", "the region, if it is no longer the only one"),
    TEMP_URL_KEY,
    TEMP_URL_DIGEST,
    ELSEWHERE,
];
/// Neither application credentials nor Swift.
const TELEKOM: &[Field] = &[
    REGION,
    required("username", "the user's name"),
    secret("password", "the user's password"),
    required("domain", "the contract's domain, as OTC00000000001000000447"),
    optional("project", "the project's name, as eu-de_myproject"),
    PROJECT_ID,
    ELSEWHERE,
];
const NO_STORAGE: &[&str] = &[];

macro_rules! family {
    ($($cloud:ident $name:literal $title:literal $docs:literal $fields:ident $storage:ident $open:ident,
        $region:literal $domain:literal $identity:expr;)*) => {
        $(
            #[doc = $title]
            #[cfg_attr(not(feature = "compute"), allow(dead_code))]
            pub const $cloud: Cloud = Cloud {
                name: $name,
                title: $title,
                docs: $docs,
                fields: $fields,
                compute: if cfg!(feature = "compute") { OPERATIONS } else { &[] },
                storage: $storage,
                dns: &[],
                account,
                open: $open,
            };
        )*
        static PRESETS: [Preset; [$($name),*].len()] =
            [$(Preset { name: $name, identity: &$identity, region: $region, domain: $domain }),*];
    };
}

// The cloud's name, title and documentation; its fields and services; its region and domain where none is given; Keystone's
// URL by the start of a region's name.
family! {
    OPENSTACK "openstack" "OpenStack" "https://docs.openstack.org/api-quick-start/" OWN STORAGE OPEN,
        "" "default" [("", "")];
    BINERO "binero" "Binero Cloud" "https://docs.binero.com/" ONE STORAGE OPEN,
        "europe-se-1" "default" [("", "https://auth.binero.cloud:5000/v3")];
    CATALYST "catalyst" "Catalyst Cloud" "https://docs.catalystcloud.nz/" REGIONAL STORAGE OPEN,
        "" "default" [
            ("nz-por-1", "https://api.nz-por-1.catalystcloud.io:5000/v3"),
            ("nz-hlz-1", "https://api.nz-hlz-1.catalystcloud.io:5000/v3"),
        ];
    CLEURA "cleura" "Cleura Cloud" "https://docs.cleura.cloud/reference/api/openstack/" DOMAINS STORAGE OPEN,
        "" "" [
            ("Kna1", "https://kna1.citycloud.com:5000/v3"),
            ("Sto2", "https://sto2.citycloud.com:5000/v3"),
            ("Fra1", "https://fra1.citycloud.com:5000/v3"),
        ];
    ELASTX "elastx" "ELASTX Cloud Platform" "https://docs.elastx.cloud/" ONE STORAGE OPEN,
        "se-sto" "default" [("", "https://ops.elastx.cloud:5000/v3")];
    INFOMANIAK "infomaniak" "Infomaniak Public Cloud" "https://docs.infomaniak.cloud/" REGIONAL STORAGE OPEN,
        "" "default" [
            ("dc3-", "https://api.pub1.infomaniak.cloud/identity/v3"),
            ("dc4-", "https://api.pub2.infomaniak.cloud/identity/v3"),
        ];
    OTC "otc" "Open Telekom Cloud" "https://docs.otc.t-systems.com/" TELEKOM NO_STORAGE NO_SWIFT,
        "" "" [
            ("eu-de", "https://iam.eu-de.otc.t-systems.com/v3"),
            ("eu-nl", "https://iam.eu-nl.otc.t-systems.com/v3"),
            ("eu-ch2", "https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3"),
        ];
    // Its own API goes by the name of ovh.
    OVH "ovh-openstack" "OVHcloud Public Cloud, through OpenStack" "https://help.ovhcloud.com/csm/en-public-cloud-compute-set-openstack-environment-variables" REGIONAL STORAGE OPEN,
        "" "default" [("US-", "https://auth.cloud.ovh.us/v3"), ("", "https://auth.cloud.ovh.net/v3")];
    VEXXHOST "vexxhost" "VEXXHOST" "https://docs.vexxhost.com/" REGIONAL STORAGE OPEN,
        "" "default" [("", "https://auth.vexxhost.net/v3")];
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::clouds::Config;
    use crate::core::link::Account;
    use crate::core::wire::Pairs;
    use crate::hosts::script::Script;

    fn open(cloud: &Cloud, fields: &[(&str, &str)]) -> Result<Account> {
        let user = [("username", "ada"), ("password", "secret"), ("project", "demo")];
        let pairs = user.iter().chain(fields).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        account(&Config::new(cloud, Pairs(pairs.collect()))?, Script::new(0, []))
    }

    #[test]
    fn where_to_log_in() {
        for (cloud, fields, endpoint, region) in [
            (&BINERO, &[][..], "https://auth.binero.cloud:5000/v3", "europe-se-1"),
            (&CLEURA, &[("region", "Kna1"), ("domain", "CCP_Domain_1")], "https://kna1.citycloud.com:5000/v3", "Kna1"),
            (&ELASTX, &[], "https://ops.elastx.cloud:5000/v3", "se-sto"),
            (&INFOMANIAK, &[("region", "dc4-a")], "https://api.pub2.infomaniak.cloud/identity/v3", "dc4-a"),
            (&OTC, &[("region", "eu-ch2"), ("domain", "OTC1")], "https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3", "eu-ch2"),
            (&OTC, &[("region", "eu-x"), ("domain", "OTC1"), ("authUrl", "https://iam.example/v3/")], "https://iam.example/v3", "eu-x"),
            (&OVH, &[("region", "GRA11")], "https://auth.cloud.ovh.net/v3", "GRA11"),
            (&OVH, &[("region", "US-EAST-VA-1")], "https://auth.cloud.ovh.us/v3", "US-EAST-VA-1"),
        ] {
            let account = open(cloud, fields).unwrap();
            assert_eq!((account.provider, account.endpoint.as_str()), (cloud.name, endpoint));
            assert_eq!(account.settings.get("region"), Some(region));
        }
    }

    #[test]
    fn what_is_refused() {
        for (cloud, fields, says) in [
            (&OVH, &[][..], "field \"region\" is missing"),
            (&OPENSTACK, &[], "field \"authUrl\" is missing"),
            (&CATALYST, &[("region", "nz-wlg-2")], "one of nz-por-1, nz-hlz-1"),
            (&CLEURA, &[("region", "kna1")], "which domain?"),
            (&CLEURA, &[("region", "é"), ("domain", "CCP_Domain_1")], "one of Kna1, Sto2, Fra1"),
            (&OTC, &[("region", "eu-de")], "field \"domain\" is missing"),
            (&OTC, &[("region", "eu-de"), ("applicationCredentialId", "a")], "unknown field"),
        ] {
            let error = open(cloud, fields).unwrap_err();
            assert!(error.message().contains(says), "{} {fields:?}: {error}", cloud.name);
        }
    }
}
