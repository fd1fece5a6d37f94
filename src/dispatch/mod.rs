//! Operations by name: how JavaScript, recorded cases and conformance runs reach a driver.
//!
//! Arguments are a list, in the order of the trait's method; wherever an id is wanted, an object that has one will do.

mod compute;
mod dns;
mod storage;

pub use compute::compute;
pub use dns::{apply, dns, export, plan};
pub use storage::{download, storage, upload_options};

use std::rc::Rc;

use crate::clouds::Cloud;
#[cfg(feature = "compute")]
use crate::compute::Compute;
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::http::Body;
use crate::core::link::{Account, Link};
use crate::core::task::Task;
use crate::core::wire::{Doc, FromDoc, Json, Pairs};
#[cfg(feature = "dns")]
use crate::dns::Dns;
#[cfg(feature = "storage")]
use crate::storage::Storage;

/// A driver of any service.
pub enum Driver {
    /// Compute.
    #[cfg(feature = "compute")]
    Compute(Box<dyn Compute>),
    /// Storage.
    #[cfg(feature = "storage")]
    Storage(Box<dyn Storage>),
    /// DNS.
    #[cfg(feature = "dns")]
    Dns(Box<dyn Dns>),
}

impl Driver {
    /// A driver of a cloud's service, by name, for a task.
    pub fn open(cloud: &Cloud, service: &str, account: &Rc<Account>, task: Task) -> Result<Driver> {
        match service {
            #[cfg(feature = "compute")]
            "compute" => cloud.compute(account, task).map(Driver::Compute),
            #[cfg(feature = "storage")]
            "storage" => cloud.storage(account, task).map(Driver::Storage),
            #[cfg(feature = "dns")]
            "dns" => cloud.dns(account, task).map(Driver::Dns),
            _ => Err(Error::unsupported(["this build has no ", service, " service"].concat())),
        }
    }

    /// The account and task that it works with.
    pub fn link(&mut self) -> &mut Link {
        match self {
            #[cfg(feature = "compute")]
            Driver::Compute(driver) => driver.link(),
            #[cfg(feature = "storage")]
            Driver::Storage(driver) => driver.link(),
            #[cfg(feature = "dns")]
            Driver::Dns(driver) => driver.link(),
        }
    }

    /// The call of an operation, by its JavaScript name; `body` is what an upload sends.
    pub fn call(&mut self, method: &str, args: Args<'_>, body: Body) -> Result<Call<'_, Json>> {
        let _ = &body;
        match self {
            #[cfg(feature = "compute")]
            Driver::Compute(driver) => compute(&mut **driver, method, args),
            #[cfg(feature = "storage")]
            Driver::Storage(driver) => storage(&mut **driver, method, args, body),
            #[cfg(feature = "dns")]
            Driver::Dns(driver) => dns(&mut **driver, method, args),
        }
    }
}

/// The arguments of one operation.
#[derive(Clone, Copy)]
pub struct Args<'t>(pub Doc<'t>);

impl<'t> Args<'t> {
    fn nth(self, at: usize) -> Option<Doc<'t>> {
        self.0.children().nth(at).filter(|d| !d.is_null())
    }

    /// An id or name: text, or an object that has one.
    pub(crate) fn id(self, at: usize, what: &str) -> Result<&'t str> {
        self.opt_id(at)?.ok_or_else(|| bad(&[what, " is missing: give its id, or the object itself"]))
    }

    fn opt_id(self, at: usize) -> Result<Option<&'t str>> {
        self.nth(at).map(|doc| id(doc).ok_or_else(|| wrong("an id, or an object that has one"))).transpose()
    }

    fn text(self, at: usize, what: &str) -> Result<&'t str> {
        let doc = self.nth(at).ok_or_else(|| bad(&[what, " is missing"]))?;
        match doc.as_text() {
            "" => Err(bad(&[what, " must be a text that is not empty"])),
            text => Ok(text),
        }
    }

    fn texts(self, at: usize, what: &str) -> Result<Vec<String>> {
        let doc = self.nth(at).filter(|d| d.is_list()).ok_or_else(|| bad(&[what, " must be a list"]))?;
        doc.all(|d| id(d).map(str::to_owned).ok_or_else(|| wrong("a text, or an object that has a name")))
    }

    fn pairs(self, at: usize, what: &str) -> Result<Pairs> {
        pairs(self.nth(at).ok_or_else(|| bad(&[what, " is missing"]))?, what)
    }

    /// The options at a place; a name that is not known is refused, for it is a mistake.
    fn options(self, at: usize, known: &[&str]) -> Result<Options<'t>> {
        Options::of(self.nth(at), known)
    }

    /// One text among the options at a place, where there is no other.
    fn only(self, at: usize, name: &str) -> Result<Option<&'t str>> {
        self.options(at, &[name])?.text(name)
    }
}

#[cold]
fn bad(message: &[&str]) -> Error {
    Error::invalid(message.concat())
}

fn id(doc: Doc<'_>) -> Option<&str> {
    let place = if doc.is_map() { doc.get("id").filter(|d| d.word().is_some()).or_else(|| doc.get("name"))? } else { doc };
    place.word().filter(|id| !id.is_empty())
}

fn wrong(want: &str) -> Error {
    bad(&["an argument is of the wrong type: ", want, " is wanted"])
}

fn pairs(doc: Doc<'_>, what: &str) -> Result<Pairs> {
    if !doc.is_map() {
        return Err(bad(&[what, " must be an object of names and texts"]));
    }
    let value = |d: Doc<'_>| String::from_doc(d).ok_or_else(|| bad(&[what, ": \"", d.key(), "\" must be a text"]));
    doc.all(|d| Ok((d.key().to_owned(), value(d)?))).map(Pairs)
}

/// Options by name.
#[derive(Clone, Copy)]
struct Options<'t>(Option<Doc<'t>>);

impl<'t> Options<'t> {
    fn of(doc: Option<Doc<'t>>, known: &[&str]) -> Result<Self> {
        if let Some(doc) = doc {
            if !doc.is_map() {
                return Err(wrong("an object of options"));
            }
            if let Some(stray) = doc.children().map(Doc::key).find(|key| !known.contains(key)) {
                return Err(bad(&["unknown option \"", stray, "\": there is ", &known.join(", ")]));
            }
        }
        Ok(Options(doc))
    }

    fn get(self, name: &str) -> Option<Doc<'t>> {
        self.0?.get(name).filter(|d| !d.is_null())
    }

    /// An option, read: nothing when it is not there.
    fn read<T>(self, name: &str, want: &str, read: fn(Doc<'t>) -> Option<T>) -> Result<Option<T>> {
        let Some(doc) = self.get(name) else { return Ok(None) };
        read(doc).map(Some).ok_or_else(|| bad(&["option \"", name, "\" must be ", want]))
    }

    fn text(self, name: &str) -> Result<Option<&'t str>> {
        self.read(name, "a text", Doc::word)
    }

    fn own(self, name: &str) -> Result<Option<String>> {
        Ok(self.text(name)?.map(str::to_owned))
    }

    fn number(self, name: &str) -> Result<Option<u64>> {
        self.read(name, "a whole number that is not negative", u64::from_doc)
    }

    fn flag(self, name: &str) -> Result<bool> {
        Ok(self.read(name, "true or false", bool::from_doc)?.unwrap_or(false))
    }

    fn id(self, name: &str) -> Result<Option<String>> {
        Ok(self.read(name, "an id, or an object that has one", id)?.map(str::to_owned))
    }

    fn need_id(self, name: &str) -> Result<String> {
        self.id(name)?.ok_or_else(|| bad(&["option \"", name, "\" is needed"]))
    }

    fn ids(self, name: &str) -> Result<Vec<String>> {
        let Some(doc) = self.get(name) else { return Ok(Vec::new()) };
        let wrong = || bad(&["option \"", name, "\" must be a list of ids"]);
        if !doc.is_list() {
            return Err(wrong());
        }
        doc.all(|d| id(d).map(str::to_owned).ok_or_else(wrong))
    }

    fn pairs(self, name: &str) -> Result<Pairs> {
        self.get(name).map_or(Ok(Pairs::default()), |d| pairs(d, name))
    }
}
