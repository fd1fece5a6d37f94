//! The clouds that speak EC2's Query API: a line each, with what they lack.
//!
//! Parameters that a cloud's documentation does not have are not sent: one may ignore them, and Eucalyptus refuses them.

use super::{Ec2, account, read};
use crate::clouds::{Cloud, Field, Open, hidden, optional, required, secret};
use crate::compute::{COMPUTE, NodeSize, all_but};
use crate::core::error::Result;
use crate::core::wire::Doc;

/// A cloud of the family, besides what its registry entry says.
pub(super) struct Api {
    name: &'static str,
    /// What comes before the region in the endpoint, and what after it, where the region's name starts so.
    pub endpoint: (&'static str, &'static [(&'static str, &'static str)]),
    /// The path at an endpoint that has none.
    pub path: &'static str,
    /// The regions there are; empty where they grow in number.
    pub regions: &'static [&'static str],
    /// The region in signatures, where none is given.
    pub region: &'static str,
    /// Whether it is as of today: lists in pages, tags and tokens with everything that is made, public keys, IPv6.
    pub modern: bool,
    /// The filter for the default VPC.
    pub default_vpc: &'static str,
    /// Where sizes are in an answer.
    pub sizes: &'static [&'static str],
    /// How one of them is read.
    pub size: fn(Doc<'_>) -> Result<NodeSize>,
    /// The countries of regions, `region:country` each.
    pub countries: &'static str,
    /// Operations that it has not.
    pub lacks: &'static [&'static str],
}

/// The cloud of this name.
pub(super) fn api(name: &str) -> &'static Api {
    let [amazon, others @ ..] = &APIS;
    others.iter().find(|api| api.name == name).unwrap_or(amazon)
}

const KEY: Field = required("accessKeyId", "the access key's id");
const SECRET: Field = secret("secretAccessKey", "the secret access key");
const TOKEN: Field = hidden("sessionToken", "the session token of temporary credentials");

const AMAZON: &[Field] = &[
    KEY,
    SECRET,
    TOKEN,
    required("region", "the region, as eu-west-1"),
    optional("endpoint", "another endpoint than the region's own, as https://ec2.example.org"),
];
const REGIONAL: &[Field] = &[
    KEY,
    SECRET,
    required("region", "the region, as eu-west-2"),
    optional("endpoint", "another endpoint than the region's own, as https://fcu.example.org"),
];
const OWN: &[Field] = &[
    KEY,
    SECRET,
    TOKEN,
    required("endpoint", "where the cloud is, as https://compute.example.org:8773"),
    optional("region", "the region's name in signatures; eucalyptus by default"),
];

macro_rules! family {
    ($($cloud:ident $name:literal $title:literal $docs:literal $fields:ident lacks [$($lacks:literal)*] { $($api:tt)* })*) => {
        $(
            #[doc = $title]
            pub const $cloud: Cloud = Cloud {
                name: $name,
                title: $title,
                docs: $docs,
                fields: $fields,
                compute: &all_but::<{ COMPUTE.len() - <[&str]>::len(&["resize_node", "rebuild_node", $($lacks),*]) }>(&[
                    "resize_node",
                    "rebuild_node",
                    $($lacks),*
                ]),
                storage: &[],
                dns: &[],
                account,
                open: Open { compute: Some(|link| Box::new(Ec2::new(link))), storage: None, dns: None },
            };
        )*
        static APIS: [Api; [$($name),*].len()] = [$(Api { name: $name, lacks: &[$($lacks),*], $($api)* }),*];
    };
}

family! {
    // https://docs.aws.amazon.com/general/latest/gr/ec2-service.html
    EC2 "ec2" "Amazon EC2" "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/" AMAZON lacks [] {
        endpoint: ("https://ec2.", &[("cn-", ".amazonaws.com.cn"), ("eusc-", ".amazonaws.eu"), ("", ".amazonaws.com")]),
        path: "",
        regions: &[],
        region: "",
        modern: true,
        default_vpc: "is-default",
        sizes: &["instanceTypeSet", "item"],
        size: read::size,
        countries: COUNTRIES,
    }
    // Networks are made in the default VPC, of which it has none.
    OUTSCALE "outscale-fcu" "OUTSCALE Flexible Compute Unit" "https://docs.outscale.com/fcu.html" REGIONAL lacks ["create_network"] {
        endpoint: ("https://fcu.", &[("", ".outscale.com")]),
        path: "",
        regions: &["ap-northeast-1", "cloudgouv-eu-west-1", "eu-west-2", "us-east-2", "us-west-1"],
        region: "",
        modern: false,
        default_vpc: "",
        sizes: &["instanceTypeSet", "item"],
        size: read::outscale_size,
        countries: "ap-northeast-1:JP cloudgouv-eu-west-1:FR eu-west-2:FR us-east-2:US us-west-1:US",
    }
    // It knows CopyImage and does nothing.
    EUCALYPTUS "eucalyptus" "Eucalyptus" "https://github.com/Corymbia/eucalyptus" OWN lacks ["copy_image"] {
        endpoint: ("", &[]),
        path: "/services/compute",
        regions: &[],
        region: "eucalyptus",
        modern: false,
        default_vpc: "isDefault",
        sizes: &["instanceTypeDetails", "item"],
        size: read::eucalyptus_size,
        countries: "",
    }
}

/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const COUNTRIES: &str = "af-south-1:ZA ap-east-1:HK ap-east-2:TW ap-northeast-1:JP ap-northeast-2:KR ap-northeast-3:JP ap-south-1:IN \
    ap-south-2:IN ap-southeast-1:SG ap-southeast-2:AU ap-southeast-3:ID ap-southeast-4:AU ap-southeast-5:MY ap-southeast-6:NZ \
    ap-southeast-7:TH ca-central-1:CA ca-west-1:CA cn-north-1:CN cn-northwest-1:CN eu-central-1:DE eu-central-2:CH eu-north-1:SE \
    eu-south-1:IT eu-south-2:ES eu-west-1:IE eu-west-2:GB eu-west-3:FR eusc-de-east-1:DE il-central-1:IL me-central-1:AE me-south-1:BH \
    mx-central-1:MX sa-east-1:BR us-east-1:US us-east-2:US us-gov-east-1:US us-gov-west-1:US us-west-1:US us-west-2:US";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::clouds::Config;
    use crate::core::error::Kind;
    use crate::core::wire::Pairs;
    use crate::hosts::script::Script;

    fn open(cloud: &Cloud, fields: &[(&str, &str)]) -> Result<String> {
        let keys = [("accessKeyId", "AKID"), ("secretAccessKey", "s")];
        let pairs = keys.iter().chain(fields).map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let account = account(&Config::new(cloud, Pairs(pairs.collect()))?, Script::new(0, []))?;
        assert_eq!(account.provider, cloud.name);
        Ok(account.endpoint)
    }

    #[test]
    fn the_region_makes_the_endpoint_and_nothing_else() {
        for (cloud, fields, endpoint) in [
            (&EC2, &[("region", "eu-west-1")][..], "https://ec2.eu-west-1.amazonaws.com"),
            (&EC2, &[("region", "us-gov-east-1")], "https://ec2.us-gov-east-1.amazonaws.com"),
            (&EC2, &[("region", "cn-north-1")], "https://ec2.cn-north-1.amazonaws.com.cn"),
            (&EC2, &[("region", "eusc-de-east-1")], "https://ec2.eusc-de-east-1.amazonaws.eu"),
            (&EC2, &[("region", "RegionOne"), ("endpoint", "http://127.0.0.1:5000/")], "http://127.0.0.1:5000"),
            (&OUTSCALE, &[("region", "cloudgouv-eu-west-1")], "https://fcu.cloudgouv-eu-west-1.outscale.com"),
            (&OUTSCALE, &[("region", "next"), ("endpoint", "https://fcu.next.outscale.com")], "https://fcu.next.outscale.com"),
            (&EUCALYPTUS, &[("endpoint", "https://compute.example:8773")], "https://compute.example:8773/services/compute"),
            (&EUCALYPTUS, &[("endpoint", "https://compute.example:8773/")], "https://compute.example:8773/services/compute"),
            (&EUCALYPTUS, &[("endpoint", "http://clc:8773/services/Eucalyptus")], "http://clc:8773/services/Eucalyptus"),
        ] {
            assert_eq!(open(cloud, fields).unwrap(), endpoint);
        }
        for region in ["", "-", "a.b", "evil.example/", "x@evil", "eu-west-1#", "eu west", "ü", "eu-west-1-"] {
            assert_eq!(open(&EC2, &[("region", region)]).unwrap_err().kind(), Kind::Invalid, "{region}");
        }
        let elsewhere = open(&OUTSCALE, &[("region", "eu-west-1")]).unwrap_err();
        assert!(elsewhere.message().contains("eu-west-2, us-east-2"), "{elsewhere}");
        for cloud in [&OUTSCALE, &EUCALYPTUS] {
            assert_eq!(open(cloud, &[]).unwrap_err().kind(), Kind::Invalid);
        }
    }

    #[test]
    fn what_each_lacks() {
        for (cloud, lacks) in [(&EC2, &[][..]), (&OUTSCALE, &["createNetwork"]), (&EUCALYPTUS, &["copyImage"])] {
            let all = COMPUTE.iter().map(|(_, name)| *name).filter(|name| !matches!(*name, "resizeNode" | "rebuildNode"));
            let missing: Vec<_> = all.filter(|o| !cloud.compute.contains(o)).collect();
            assert_eq!(missing, lacks, "{}", cloud.name);
        }
    }
}
