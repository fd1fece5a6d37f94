//! The stores that speak S3: a line each, with what they lack.
//!
//! What a store's documentation does not have is left out here, so that it is refused before anything is sent: a store that
//! does not know a header or a parameter of Amazon's may well ignore it.

use super::{OPEN, account};
use crate::clouds::{Cloud, Field, optional, required, secret};
use crate::core::error::{Error, Result};

/// A store of the family, besides what its registry entry says.
pub(in crate::clouds) struct Store {
    pub name: &'static str,
    /// The endpoint is one of these around the region or the account's id.
    pub endpoint: [&'static str; 2],
    /// Where the name of the region starts so, the endpoint ends so.
    pub abroad: [&'static str; 2],
    /// The region in signatures, where none is given.
    pub region: &'static str,
    /// The operations it has.
    pub operations: &'static [&'static str],
    /// The options it takes.
    pub options: &'static [&'static str],
    /// Where conditions hold of what is stored.
    pub conditions: Conditions,
    /// How many parts an upload has at most.
    pub parts: u64,
}

impl Store {
    /// Its endpoint for a region or an account.
    pub fn endpoint(&self, place: &str) -> Result<String> {
        if !place.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            let message = "a region, or an account's id, has lower-case letters, digits and dashes; for another store give its endpoint";
            return Err(Error::invalid(message));
        }
        let [[start, end], [there, abroad]] = [self.endpoint, self.abroad];
        let end = if !there.is_empty() && place.starts_with(there) { abroad } else { end };
        Ok([start, place, end].concat())
    }
}

/// Where `ifMatch` and `ifNoneMatch` hold of what is stored; of what is read they hold everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::clouds) enum Conditions {
    /// Nowhere, or nobody says so.
    No,
    /// Of objects stored by one request, by entity tags without quotes: Ceph takes quotes for a part of the tag.
    Bare,
    /// Of objects stored by one request.
    Whole,
    /// Of uploads in parts, too, when they are completed.
    Parts,
}

/// The store of this name.
pub(super) fn store(name: &str) -> &'static Store {
    let [amazon, others @ ..] = &STORES;
    others.iter().find(|store| store.name == name).unwrap_or(amazon)
}

/// What all of them may have: first what some lack, last what most of those lack that lack something.
const OPERATIONS: &[&str] = &[
    "getCors",
    "setCors",
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
    "listUploads",
    "listParts",
    "presign",
    "getContainerCdnUrl",
    "getObjectCdnUrl",
    "listVersions",
    "getTags",
    "setTags",
];
const NO_CORS: &[&str] = OPERATIONS.split_at(2).1;
const NO_TAGS: &[&str] = OPERATIONS.split_at(OPERATIONS.len() - 2).0;
const NO_VERSIONS: &[&str] = OPERATIONS.split_at(OPERATIONS.len() - 5).0;
const PLAIN: &[&str] = NO_TAGS.split_at(NO_TAGS.len() - 1).0.split_at(2).1;

const OPTIONS: &[&str] =
    &["checksum", "encryptionKey", "encryption", "customerKey", "tags", "version", "acl", "storageClass", "ifMatch", "ifNoneMatch"];
/// No checksums but the entity tag's.
const ENCRYPTING: &[&str] = OPTIONS.split_at(2).1;
/// Encryption by the caller's key alone.
const CUSTOMER_KEY: &[&str] = OPTIONS.split_at(3).1;
const NO_ENCRYPTION: &[&str] = OPTIONS.split_at(4).1;
const MINIO_OPTIONS: &[&str] =
    &["checksum", "encryptionKey", "encryption", "customerKey", "tags", "version", "storageClass", "ifMatch", "ifNoneMatch"];
const R2_OPTIONS: &[&str] = &["checksum", "customerKey", "storageClass", "ifMatch", "ifNoneMatch"];
const B2_OPTIONS: &[&str] = &["encryption", "customerKey", "version", "acl", "ifMatch", "ifNoneMatch"];
const EXOSCALE_OPTIONS: &[&str] = &["customerKey", "version", "acl", "storageClass", "ifMatch", "ifNoneMatch"];
const OSS_OPTIONS: &[&str] = &["encryption", "encryptionKey", "tags", "version", "acl", "storageClass", "ifMatch", "ifNoneMatch"];
const GOOGLE_OPTIONS: &[&str] = &["acl", "storageClass", "ifMatch", "ifNoneMatch"];

const KEY: Field = required("accessKeyId", "the access key's id");
const SECRET: Field = secret("secretAccessKey", "the access key's secret");
const TOKEN: Field = Field { name: "sessionToken", required: false, secret: true, help: "the session token of temporary keys" };
const REGION: Field = required("region", "where the buckets are: the part of the endpoint that says so");
const ELSEWHERE: Field = optional("endpoint", "where the store is, if not at the usual address");
const STYLE: Field =
    optional("pathStyle", "true: the bucket is part of the path; false: of the host's name; by default what the endpoint wants");

const AMAZON_FIELDS: &[Field] = &[
    KEY,
    SECRET,
    TOKEN,
    optional("region", "the buckets' region, as eu-west-1; us-east-1 by default"),
    optional("endpoint", "where the store is, as https://s3.example.com; Amazon by default"),
    STYLE,
];
const REGIONAL: &[Field] = &[KEY, SECRET, REGION, ELSEWHERE];
const OWN: &[Field] = &[
    KEY,
    SECRET,
    TOKEN,
    required("endpoint", "where the store is, as https://s3.example.com"),
    optional("region", "the region's name in signatures; us-east-1 by default"),
    STYLE,
];
const ACCOUNT: &[Field] = &[KEY, SECRET, TOKEN, required("accountId", "the account's id"), ELSEWHERE];
const TEMPORARY: &[Field] = &[KEY, SECRET, TOKEN, REGION, ELSEWHERE];
const ONE: &[Field] = &[KEY, SECRET, ELSEWHERE];

macro_rules! family {
    ($($cloud:ident $name:literal $title:literal $docs:literal $fields:ident $operations:ident,
        $endpoint:expr, $abroad:expr, $region:literal $options:ident $conditions:ident $parts:literal;)*) => {
        $(
            #[doc = $title]
            pub const $cloud: Cloud = Cloud {
                name: $name,
                title: $title,
                docs: $docs,
                fields: $fields,
                compute: &[],
                storage: $operations,
                dns: &[],
                account,
                open: OPEN,
            };
        )*
        static STORES: [Store; [$($name),*].len()] = [$(Store {
            name: $name,
            endpoint: $endpoint,
            abroad: $abroad,
            region: $region,
            operations: $operations,
            options: $options,
            conditions: Conditions::$conditions,
            parts: $parts,
        }),*];
    };
}

const NOWHERE: [&str; 2] = ["", ""];

// The store's name, title and documentation; its fields and operations; its endpoint; its region in signatures, options,
// conditions and most parts.
family! {
    S3 "s3" "Amazon S3 and compatible" "https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html" AMAZON_FIELDS OPERATIONS,
        ["https://s3.", ".amazonaws.com"], ["cn-", ".amazonaws.com.cn"], "us-east-1" OPTIONS Parts 10_000;
    // It ignores ACLs, and has one CORS configuration for all buckets.
    MINIO "minio" "MinIO" "https://min.io/docs/minio/linux/reference/s3-api-compatibility.html" OWN NO_CORS,
        NOWHERE, NOWHERE, "us-east-1" MINIO_OPTIONS Parts 10_000;
    CEPH "ceph-rgw" "Ceph Object Gateway" "https://docs.ceph.com/en/latest/radosgw/s3/" OWN OPERATIONS,
        NOWHERE, NOWHERE, "us-east-1" CUSTOMER_KEY Bare 10_000;
    // A header that it does not know it refuses with 501: an ACL, tags, encryption by its own keys.
    R2 "r2" "Cloudflare R2" "https://developers.cloudflare.com/r2/api/s3/api/" ACCOUNT NO_VERSIONS,
        ["https://", ".r2.cloudflarestorage.com"], NOWHERE, "auto" R2_OPTIONS Whole 10_000;
    SPACES "digitalocean-spaces" "DigitalOcean Spaces" "https://docs.digitalocean.com/reference/api/spaces/" REGIONAL OPERATIONS,
        ["https://", ".digitaloceanspaces.com"], NOWHERE, "" CUSTOMER_KEY Bare 10_000;
    // A header of checksums it refuses.
    BACKBLAZE "backblaze-b2-s3" "Backblaze B2, through S3" "https://www.backblaze.com/apidocs/introduction-to-the-s3-compatible-api" REGIONAL NO_TAGS,
        ["https://s3.", ".backblazeb2.com"], NOWHERE, "" B2_OPTIONS No 10_000;
    SCALEWAY "scaleway" "Scaleway Object Storage" "https://www.scaleway.com/en/docs/object-storage/api-cli/using-api-call-list/" REGIONAL OPERATIONS,
        ["https://s3.", ".scw.cloud"], NOWHERE, "" CUSTOMER_KEY Whole 1_000;
    WASABI "wasabi" "Wasabi" "https://docs.wasabi.com/apidocs/wasabi-api" REGIONAL OPERATIONS,
        ["https://s3.", ".wasabisys.com"], NOWHERE, "" ENCRYPTING No 10_000;
    OVH "ovh" "OVHcloud Object Storage" "https://help.ovhcloud.com/csm/en-public-cloud-storage-s3-location" REGIONAL OPERATIONS,
        ["https://s3.", ".io.cloud.ovh.net"], ["us-", ".io.cloud.ovh.us"], "" ENCRYPTING Parts 10_000;
    LINODE "linode" "Akamai (Linode) Object Storage" "https://techdocs.akamai.com/cloud-computing/docs/object-storage" REGIONAL OPERATIONS,
        ["https://", ".linodeobjects.com"], NOWHERE, "" CUSTOMER_KEY Bare 10_000;
    VULTR "vultr" "Vultr Object Storage" "https://docs.vultr.com/products/cloud-storage/object-storage" REGIONAL OPERATIONS,
        ["https://", ".vultrobjects.com"], NOWHERE, "" NO_ENCRYPTION Bare 10_000;
    HETZNER "hetzner" "Hetzner Object Storage" "https://docs.hetzner.com/storage/object-storage/supported-actions/" REGIONAL OPERATIONS,
        ["https://", ".your-objectstorage.com"], NOWHERE, "" CUSTOMER_KEY Bare 10_000;
    EXOSCALE "exoscale" "Exoscale Simple Object Storage" "https://community.exoscale.com/product/storage/object-storage/" REGIONAL NO_TAGS,
        ["https://sos-", ".exo.io"], NOWHERE, "" EXOSCALE_OPTIONS Whole 10_000;
    // Its signer names headers and its driver a few words as OSS does.
    OSS "oss" "Alibaba Cloud OSS" "https://www.alibabacloud.com/help/en/oss/developer-reference/list-of-operations-by-function" TEMPORARY OPERATIONS,
        ["https://oss-", ".aliyuncs.com"], NOWHERE, "" OSS_OPTIONS Parts 10_000;
    OUTSCALE "outscale" "OUTSCALE Object Storage" "https://docs.outscale.com/en/userguide/OOS-API-Reference.html" REGIONAL OPERATIONS,
        ["https://oos.", ".outscale.com"], NOWHERE, "" NO_ENCRYPTION No 10_000;
    // Conditions of what is stored, versions, CORS and keys of the caller's it has in a dialect of its own only.
    GOOGLE "gcs-s3" "Google Cloud Storage, through S3" "https://cloud.google.com/storage/docs/interoperability" ONE PLAIN,
        ["https://storage", ".googleapis.com"], NOWHERE, "auto" GOOGLE_OPTIONS No 10_000;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::clouds::Config;
    use crate::core::error::Kind;
    use crate::core::link::Account;
    use crate::core::wire::Pairs;
    use crate::hosts::script::Script;

    fn open(cloud: &Cloud, fields: &[(&str, &str)]) -> Result<Account> {
        let keys = [("accessKeyId", "id"), ("secretAccessKey", "key")];
        let pairs = keys.iter().chain(fields).map(|(name, value)| (String::from(*name), String::from(*value)));
        account(&Config::new(cloud, Pairs(pairs.collect()))?, Script::new(0, []))
    }

    #[test]
    fn endpoints() {
        for (cloud, fields, endpoint, region) in [
            (&OVH, &[("region", "gra")][..], "https://s3.gra.io.cloud.ovh.net", "gra"),
            (&OVH, &[("region", "us-east-va")], "https://s3.us-east-va.io.cloud.ovh.us", "us-east-va"),
            (&OVH, &[("region", "gra"), ("endpoint", "https://s3.gra.perf.cloud.ovh.net")], "https://s3.gra.perf.cloud.ovh.net", "gra"),
            (&R2, &[("accountId", "0af")], "https://0af.r2.cloudflarestorage.com", "auto"),
            (
                &R2,
                &[("accountId", "0af"), ("endpoint", "https://0af.eu.r2.cloudflarestorage.com")],
                "https://0af.eu.r2.cloudflarestorage.com",
                "auto",
            ),
            (&MINIO, &[("endpoint", "http://LOCALHOST:9000")], "http://localhost:9000", "us-east-1"),
            (&CEPH, &[("endpoint", "https://ceph.example"), ("region", "Here_1")], "https://ceph.example", "Here_1"),
            (&GOOGLE, &[], "https://storage.googleapis.com", "auto"),
            (&EXOSCALE, &[("region", "de-fra-1")], "https://sos-de-fra-1.exo.io", "de-fra-1"),
        ] {
            let account = open(cloud, fields).unwrap();
            assert_eq!((account.provider, account.endpoint.as_str()), (cloud.name, endpoint));
            assert_eq!((account.settings.get("region"), account.settings.get("style")), (Some(region), Some("path")));
        }
        for (cloud, fields) in [
            (&OVH, &[][..]),
            (&OVH, &[("region", "evil.example/")]),
            (&OVH, &[("region", "GRA")]),
            (&R2, &[("accountId", "a.example/")]),
            (&R2, &[("region", "auto")]),
            (&MINIO, &[("region", "us-east-1")]),
            (&GOOGLE, &[("pathStyle", "true")]),
        ] {
            assert_eq!(open(cloud, fields).unwrap_err().kind(), Kind::Invalid, "{} {fields:?}", cloud.name);
        }
    }

    #[test]
    fn what_each_has() {
        assert_eq!(OPERATIONS.iter().filter(|o| !PLAIN.contains(o)).count(), 5);
        for (cloud, lacks) in [
            (&S3, &[][..]),
            (&MINIO, &["getCors", "setCors"]),
            (&R2, &["getContainerCdnUrl", "getObjectCdnUrl", "listVersions", "getTags", "setTags"]),
            (&BACKBLAZE, &["getTags", "setTags"]),
            (&GOOGLE, &["getCors", "setCors", "listVersions", "getTags", "setTags"]),
        ] {
            let missing: Vec<_> = OPERATIONS.iter().copied().filter(|o| !cloud.storage.contains(o)).collect();
            assert_eq!(missing, lacks, "{}", cloud.name);
        }
        for store in &STORES {
            let lacks = |option| !store.options.contains(&option);
            assert_eq!(lacks("tags"), !store.operations.contains(&"getTags"), "{}", store.name);
            assert_eq!(lacks("version"), !store.operations.contains(&"listVersions"), "{}", store.name);
        }
    }
}
