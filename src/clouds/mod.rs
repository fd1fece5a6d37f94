//! The registry: one line a cloud.

use std::rc::Rc;

use crate::compute::Compute;
use crate::core::error::{Error, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};
use crate::core::task::Task;
use crate::core::wire::{Encode, Json, Pairs, array, object};
use crate::dns::Dns;
use crate::storage::Storage;

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
mod openstack;
#[cfg(feature = "compute")]
mod ovh;
#[cfg(feature = "dns")]
mod powerdns;
#[cfg(feature = "compute")]
mod rackspace;
#[cfg(feature = "compute")]
mod rest;
#[cfg(feature = "storage")]
mod s3;
#[cfg(feature = "sandbox")]
mod sandbox;

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
pub struct Config(Pairs);

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
        let config = Config(pairs);
        match cloud.fields.iter().find(|f| f.required && config.get(f.name).is_empty()) {
            Some(field) => Err(Error::invalid(format!("field \"{}\" is missing: {}", field.name, field.help))),
            None => Ok(config),
        }
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
    &digitalocean::CLOUD,
    #[cfg(feature = "compute")]
    &ec2::CLOUD,
    #[cfg(feature = "compute")]
    &exoscale::CLOUD,
    #[cfg(feature = "compute")]
    &gce::CLOUD,
    #[cfg(feature = "storage")]
    &gcs::CLOUD,
    #[cfg(feature = "compute")]
    &openstack::CLOUD,
    #[cfg(feature = "compute")]
    &ovh::CLOUD,
    #[cfg(feature = "dns")]
    &powerdns::CLOUD,
    #[cfg(feature = "compute")]
    &rackspace::CLOUD,
    #[cfg(feature = "storage")]
    &s3::CLOUD,
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

/// Every provider, as JSON: name, title, docs, fields, and the operations of each service.
pub fn providers() -> Json {
    array(CLOUDS.iter().map(|c| c.describe()))
}

/// Writes `extra` from the parts of an answer that are there: names as given, values as the provider has them.
pub fn extra(doc: crate::core::wire::Doc<'_>, names: &[(&str, &str)]) -> crate::compute::Extra {
    let mut out = String::from("{");
    for (name, path) in names {
        if let Some(value) = doc.at(path) {
            if out.len() > 1 {
                out.push(',');
            }
            name.encode(&mut out);
            out.push(':');
            value.json().encode(&mut out);
        }
    }
    out.push('}');
    crate::compute::Extra(Json::raw(out))
}
