//! The registry: one line a cloud.

use std::rc::Rc;

use crate::compute::Compute;
use crate::core::error::{Error, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};
use crate::core::task::Task;
use crate::core::wire::{Json, Pairs, array, member, object};
use crate::dns::Dns;
use crate::storage::Storage;

#[cfg(feature = "compute")]
mod aliyun_ecs;
#[cfg(any(feature = "compute", feature = "storage"))]
mod azure;
#[cfg(feature = "compute")]
mod azure_arm;
#[cfg(feature = "storage")]
mod azure_blobs;
#[cfg(feature = "storage")]
mod backblaze_b2;
#[cfg(feature = "compute")]
mod brightbox;
#[cfg(feature = "compute")]
mod cloudscale;
#[cfg(feature = "compute")]
mod cloudsigma;
#[cfg(feature = "compute")]
mod cloudstack;
#[cfg(feature = "compute")]
mod digitalocean;
#[cfg(feature = "compute")]
mod ec2;
#[cfg(feature = "compute")]
mod exoscale;
#[cfg(feature = "compute")]
mod gce;
#[cfg(feature = "storage")]
mod gcs;
#[cfg(any(feature = "compute", feature = "storage"))]
mod google;
#[cfg(feature = "compute")]
mod gridscale;
#[cfg(feature = "compute")]
mod hetzner;
#[cfg(feature = "compute")]
mod kamatera;
#[cfg(feature = "compute")]
mod kubevirt;
#[cfg(feature = "compute")]
mod linode;
#[cfg(feature = "storage")]
mod local;
#[cfg(any(feature = "compute", feature = "storage"))]
mod openstack;
#[cfg(feature = "compute")]
mod outscale;
#[cfg(feature = "compute")]
mod ovh;
#[cfg(feature = "dns")]
mod powerdns;
#[cfg(any(feature = "compute", feature = "storage"))]
mod rackspace;
#[cfg(feature = "compute")]
mod rest;
#[cfg(feature = "storage")]
mod s3;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "compute")]
mod scaleway;
#[cfg(feature = "compute")]
mod upcloud;
#[cfg(feature = "compute")]
mod vultr;

/// A provider: what it is called, what it needs, what it has.
pub struct Cloud {
    /// The name by which accounts are made, as `ec2`.
    pub name: &'static str,
    /// The name people know.
    pub title: &'static str,
    /// Where its API is documented.
    pub docs: &'static str,
    /// What an account is made from.
    pub fields: &'static [Field],
    /// The operations it has, by JavaScript name, service by service.
    pub compute: &'static [&'static str],
    /// See `compute`.
    pub storage: &'static [&'static str],
    /// See `compute`.
    pub dns: &'static [&'static str],
    /// Makes an account.
    pub account: fn(&Config, SharedHost) -> Result<Account>,
    /// Makes a driver of each service it has.
    pub open: Open,
}

/// Makes the drivers of a cloud.
#[derive(Default)]
pub struct Open {
    /// The compute driver.
    pub compute: Option<fn(Link) -> Box<dyn Compute>>,
    /// The storage driver.
    pub storage: Option<fn(Link) -> Box<dyn Storage>>,
    /// The DNS driver.
    pub dns: Option<fn(Link) -> Box<dyn Dns>>,
}

impl Open {
    /// No driver: what a cloud's entry goes on from.
    pub const NONE: Open = Open { compute: None, storage: None, dns: None };
}

/// One field of a configuration.
pub struct Field {
    /// Its name, in JavaScript habits.
    pub name: &'static str,
    /// Whether an account cannot be made without it.
    pub required: bool,
    /// Whether it is a secret.
    pub secret: bool,
    /// What it is, in a few words.
    pub help: &'static str,
}

/// A field that must be given.
pub const fn required(name: &'static str, help: &'static str) -> Field {
    Field { name, required: true, secret: false, help }
}

/// A field that may be given.
pub const fn optional(name: &'static str, help: &'static str) -> Field {
    Field { name, required: false, secret: false, help }
}

/// A secret that must be given.
pub const fn secret(name: &'static str, help: &'static str) -> Field {
    Field { name, required: true, secret: true, help }
}

/// A secret that may be given.
pub const fn hidden(name: &'static str, help: &'static str) -> Field {
    Field { name, required: false, secret: true, help }
}

/// What a user configured: checked against a cloud's fields.
#[derive(Clone, Default)]
pub struct Config(Pairs, &'static str);

impl Config {
    /// Checks names and values.
    pub fn new(cloud: &Cloud, pairs: Pairs) -> Result<Config> {
        let known = || cloud.fields.iter().map(|f| f.name).collect::<Vec<_>>().join(", ");
        for (name, value) in &pairs.0 {
            if !cloud.fields.iter().any(|f| f.name == name) {
                return Err(Error::invalid(format!("unknown field \"{name}\": {} takes {}", cloud.name, known())));
            }
            // A key file, or a key in it, has lines; where it stands in a header it is checked again.
            let lines = value.starts_with('{') || value.starts_with("-----BEGIN ");
            if value.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'))) {
                return Err(Error::invalid(format!("field \"{name}\" has a line break or control character: copy it again")));
            }
        }
        let config = Config(pairs, cloud.name);
        match cloud.fields.iter().find(|f| f.required && config.get(f.name).is_empty()) {
            Some(field) => Err(Error::invalid(format!("field \"{}\" is missing: {}", field.name, field.help))),
            None => Ok(config),
        }
    }

    /// The cloud that this is for, by its name.
    pub fn cloud(&self) -> &'static str {
        self.1
    }

    /// A field's value; empty when it was not given.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or("")
    }

    /// A field's value, or this one.
    pub fn or<'c>(&'c self, name: &str, default: &'c str) -> &'c str {
        Some(self.get(name)).filter(|v| !v.is_empty()).unwrap_or(default)
    }
}

/// Every cloud of this build.
pub const CLOUDS: &[&Cloud] = &[
    #[cfg(feature = "compute")]
    &aliyun_ecs::CLOUD,
    #[cfg(feature = "compute")]
    &azure_arm::CLOUD,
    #[cfg(feature = "storage")]
    &azure_blobs::CLOUD,
    #[cfg(feature = "storage")]
    &backblaze_b2::CLOUD,
    #[cfg(feature = "compute")]
    &brightbox::CLOUD,
    #[cfg(feature = "compute")]
    &cloudscale::CLOUD,
    #[cfg(feature = "compute")]
    &cloudsigma::CLOUD,
    #[cfg(feature = "compute")]
    &cloudstack::CLOUD,
    #[cfg(feature = "compute")]
    &digitalocean::CLOUD,
    #[cfg(feature = "compute")]
    &ec2::EC2,
    #[cfg(feature = "compute")]
    &ec2::EUCALYPTUS,
    #[cfg(feature = "compute")]
    &exoscale::CLOUD,
    #[cfg(feature = "compute")]
    &gce::CLOUD,
    #[cfg(feature = "storage")]
    &gcs::CLOUD,
    #[cfg(feature = "compute")]
    &gridscale::CLOUD,
    #[cfg(feature = "compute")]
    &hetzner::CLOUD,
    #[cfg(feature = "compute")]
    &cloudstack::IKOULA,
    #[cfg(feature = "compute")]
    &kamatera::CLOUD,
    #[cfg(feature = "compute")]
    &cloudstack::KT,
    #[cfg(feature = "compute")]
    &kubevirt::CLOUD,
    #[cfg(feature = "compute")]
    &linode::CLOUD,
    #[cfg(feature = "storage")]
    &local::LOCAL,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &openstack::OPENSTACK,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &openstack::BINERO,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &openstack::CATALYST,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &openstack::CLEURA,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &openstack::ELASTX,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &openstack::INFOMANIAK,
    #[cfg(feature = "compute")]
    &openstack::OTC,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &openstack::OVH,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &openstack::VEXXHOST,
    #[cfg(feature = "compute")]
    &ec2::OUTSCALE,
    #[cfg(feature = "compute")]
    &outscale::CLOUD,
    #[cfg(feature = "compute")]
    &ovh::CLOUD,
    #[cfg(feature = "dns")]
    &powerdns::CLOUD,
    #[cfg(feature = "storage")]
    &local::R2_BINDING,
    #[cfg(any(feature = "compute", feature = "storage"))]
    &rackspace::CLOUD,
    #[cfg(feature = "compute")]
    &scaleway::CLOUD,
    #[cfg(feature = "compute")]
    &upcloud::CLOUD,
    #[cfg(feature = "compute")]
    &vultr::CLOUD,
    #[cfg(feature = "storage")]
    &s3::OSS,
    #[cfg(feature = "storage")]
    &s3::S3,
    #[cfg(feature = "storage")]
    &s3::BACKBLAZE,
    #[cfg(feature = "storage")]
    &s3::CEPH,
    #[cfg(feature = "storage")]
    &s3::EXOSCALE,
    #[cfg(feature = "storage")]
    &s3::GOOGLE,
    #[cfg(feature = "storage")]
    &s3::HETZNER,
    #[cfg(feature = "storage")]
    &s3::LINODE,
    #[cfg(feature = "storage")]
    &s3::MINIO,
    #[cfg(feature = "storage")]
    &s3::OUTSCALE,
    #[cfg(feature = "storage")]
    &s3::OVH,
    #[cfg(feature = "storage")]
    &s3::R2,
    #[cfg(feature = "storage")]
    &s3::SCALEWAY,
    #[cfg(feature = "storage")]
    &s3::SPACES,
    #[cfg(feature = "storage")]
    &s3::VULTR,
    #[cfg(feature = "storage")]
    &s3::WASABI,
    #[cfg(feature = "sandbox")]
    &sandbox::CLOUD,
];

/// The cloud of this name.
pub fn find(name: &str) -> Result<&'static Cloud> {
    CLOUDS.iter().find(|c| c.name == name).copied().ok_or_else(|| {
        let names: Vec<_> = CLOUDS.iter().map(|c| c.name).collect();
        Error::invalid(format!("unknown provider \"{name}\": this build has {}", names.join(", ")))
    })
}

/// The cloud of this name that has a service. Where services want credentials of their own, a name has an entry for each.
pub fn serving(name: &str, service: &str) -> Result<&'static Cloud> {
    let first = find(name)?;
    let cloud = CLOUDS.iter().find(|c| c.name == name && c.has(service).is_ok()).copied().unwrap_or(first);
    cloud.has(service).map(|()| cloud)
}

/// Makes an account of a cloud.
pub fn account(cloud: &'static Cloud, config: Pairs, host: SharedHost) -> Result<Rc<Account>> {
    let make = || (cloud.account)(&Config::new(cloud, config)?, host);
    make().map(Rc::new).map_err(|e| e.during(cloud.name, "open"))
}

impl Cloud {
    fn lacks(&self, service: &str) -> Error {
        Error::unsupported(format!("{} has no {service} service here; providers() lists who has", self.name)).during(self.name, "open")
    }

    /// Fails unless this cloud has the service.
    pub fn has(&self, service: &str) -> Result<()> {
        let has = match service {
            "compute" => self.open.compute.is_some(),
            "storage" => self.open.storage.is_some(),
            "dns" => self.open.dns.is_some(),
            _ => false,
        };
        if has { Ok(()) } else { Err(self.lacks(service)) }
    }

    /// A compute driver for a task.
    pub fn compute(&self, account: &Rc<Account>, task: Task) -> Result<Box<dyn Compute>> {
        self.open.compute.map(|open| open(Link::new(account, task))).ok_or_else(|| self.lacks("compute"))
    }

    /// A storage driver for a task.
    pub fn storage(&self, account: &Rc<Account>, task: Task) -> Result<Box<dyn Storage>> {
        self.open.storage.map(|open| open(Link::new(account, task))).ok_or_else(|| self.lacks("storage"))
    }

    /// A DNS driver for a task.
    pub fn dns(&self, account: &Rc<Account>, task: Task) -> Result<Box<dyn Dns>> {
        self.open.dns.map(|open| open(Link::new(account, task))).ok_or_else(|| self.lacks("dns"))
    }

    /// What this cloud is, as JSON: data for a form.
    pub fn describe(&self) -> Json {
        let names = |list: &[&str]| if list.is_empty() { Json::default() } else { array(list.iter().map(|m| (*m).into())) };
        let fields = self.fields.iter().map(|f| {
            object(&[("name", f.name.into()), ("required", f.required.into()), ("secret", f.secret.into()), ("help", f.help.into())])
        });
        let services = [("compute", names(self.compute)), ("storage", names(self.storage)), ("dns", names(self.dns))];
        object(&[
            ("name", self.name.into()),
            ("title", self.title.into()),
            ("docs", self.docs.into()),
            ("fields", array(fields)),
            ("services", object(&services)),
        ])
    }
}

/// Every provider, as JSON: name, title, docs, fields, and the operations of each service. A name whose services want
/// credentials of their own is there once for each.
pub fn providers() -> Json {
    array(CLOUDS.iter().map(|c| c.describe()))
}

/// Writes `extra` from the parts of an answer that are there: names as given (plain ones), values as the provider has them.
pub fn extra(doc: crate::core::wire::Doc<'_>, names: &[(&str, &str)]) -> crate::compute::Extra {
    let mut out = String::with_capacity(256);
    out.push('{');
    for (name, path) in names {
        if let Some(value) = doc.at(path) {
            member(&mut out, name);
            value.write(&mut out);
        }
    }
    out.push('}');
    crate::compute::Extra(Json::raw(out))
}
