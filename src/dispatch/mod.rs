//! Operations by name: how JavaScript, recorded cases and conformance runs reach a driver.
//!
//! Arguments are a list, in the order of the trait's method; wherever an id is wanted, an object that has one will do.

mod compute;
mod dns;
mod storage;

pub use compute::compute;
pub use dns::{apply, dns, export, plan};
pub use storage::{check_upload, download, storage, upload_options};

use std::cell::Cell;
use std::rc::Rc;

use crate::clouds::Cloud;
#[cfg(feature = "compute")]
use crate::compute::Compute;
use crate::core::call::Call;
use crate::core::error::{Error, Result, Secret};
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
///
/// What is wrong with them is kept, first come, and told by [`Args::check`]: so reading ten options is ten calls and one
/// question, not ten ways out of which each has to clear away what was read before it.
#[derive(Clone, Copy)]
pub struct Args<'t>(pub Doc<'t>, pub &'t Faults);

/// Where faults of arguments are kept.
#[derive(Default)]
pub struct Faults(Cell<Option<Error>>);

impl Faults {
    #[cold]
    fn add(&self, message: &[&str]) {
        let first = self.0.take().unwrap_or_else(|| Error::invalid(message.concat()));
        self.0.set(Some(first));
    }

    fn check(&self) -> Result<()> {
        self.0.take().map_or(Ok(()), Err)
    }
}

impl<'t> Args<'t> {
    /// Fails if something was wrong.
    pub(crate) fn check(self) -> Result<()> {
        self.1.check()
    }

    fn nth(self, at: usize) -> Option<Doc<'t>> {
        self.0.children().nth(at).filter(|d| !d.is_null())
    }

    fn place(self, at: usize, what: &str) -> Option<Doc<'t>> {
        let place = self.nth(at);
        if place.is_none() {
            self.1.add(&[what, " is missing"]);
        }
        place
    }

    /// An id or name: text, or an object that has one.
    pub(crate) fn id(self, at: usize, what: &str) -> &'t str {
        self.opt_id(at).unwrap_or_else(|| {
            self.1.add(&[what, " is missing: give its id, or the object itself"]);
            ""
        })
    }

    fn opt_id(self, at: usize) -> Option<&'t str> {
        let found = id(self.nth(at)?);
        if found.is_none() {
            self.1.add(&["an argument is of the wrong type: an id, or an object that has one is wanted"]);
        }
        found
    }

    fn text(self, at: usize, what: &str) -> &'t str {
        let text = self.place(at, what).map_or("", Doc::as_text);
        if text.is_empty() {
            self.1.add(&[what, " must be a text that is not empty"]);
        }
        text
    }

    fn texts(self, at: usize, what: &str) -> Vec<String> {
        let list = self.place(at, what).filter(|d| d.is_list());
        if list.is_none() {
            self.1.add(&[what, " must be a list"]);
        }
        ids(list, || self.1.add(&["an argument is of the wrong type: a text, or an object that has a name is wanted"]))
    }

    fn pairs(self, at: usize, what: &str) -> Pairs {
        pairs(self.place(at, what), what, self.1)
    }

    /// The options at a place; a name that is not known is refused, for it is a mistake.
    fn options(self, at: usize, known: &[&str]) -> Options<'t> {
        Options::of(self.nth(at), known, self.1)
    }

    /// Refuses what the options at a place have and the provider does not take.
    fn refuse(self, at: usize, optional: &[&str], taken: &[&str]) {
        let stray = |d: &Doc<'t>| !d.is_null() && optional.contains(&d.key()) && !taken.contains(&d.key());
        if let Some(stray) = self.nth(at).and_then(|d| d.children().find(stray)) {
            let error = Error::unsupported(["this provider has no option \"", stray.key(), "\""].concat());
            self.1.0.set(Some(self.1.0.take().unwrap_or(error)));
        }
    }

    /// One text among the options at a place, where there is no other.
    fn only(self, at: usize, name: &str) -> Option<&'t str> {
        self.options(at, &[name]).text(name)
    }
}

fn id(doc: Doc<'_>) -> Option<&str> {
    let place = if doc.is_map() { doc.get("id").filter(|d| d.word().is_some()).or_else(|| doc.get("name"))? } else { doc };
    place.word().filter(|id| !id.is_empty() && !place.is_bool())
}

fn ids(list: Option<Doc<'_>>, bad: impl Fn()) -> Vec<String> {
    let mut ids = Vec::new();
    for item in list.into_iter().flat_map(Doc::children) {
        match id(item) {
            Some(id) => ids.push(id.to_owned()),
            None => bad(),
        }
    }
    ids
}

fn pairs(doc: Option<Doc<'_>>, what: &str, faults: &Faults) -> Pairs {
    let mut pairs = Pairs::default();
    let Some(doc) = doc else { return pairs };
    if !doc.is_map() {
        faults.add(&[what, " must be an object of names and texts"]);
    }
    for member in doc.children() {
        match member.word() {
            Some(text) => pairs.0.push((member.key().to_owned(), text.to_owned())),
            None => faults.add(&[what, ": \"", member.key(), "\" must be a text"]),
        }
    }
    pairs
}

/// Options by name.
#[derive(Clone, Copy)]
struct Options<'t>(Option<Doc<'t>>, &'t Faults);

impl<'t> Options<'t> {
    fn of(doc: Option<Doc<'t>>, known: &[&str], faults: &'t Faults) -> Self {
        if let Some(doc) = doc {
            if !doc.is_map() {
                faults.add(&["an argument is of the wrong type: an object of options is wanted"]);
            } else if let Some(stray) = doc.children().find(|d| !known.contains(&d.key())) {
                faults.add(&["unknown option \"", stray.key(), "\": there is ", &known.join(", ")]);
            }
        }
        Options(doc, faults)
    }

    fn get(self, name: &str) -> Option<Doc<'t>> {
        self.0?.get(name).filter(|d| !d.is_null())
    }

    #[cold]
    fn bad(self, name: &str, problem: &str) {
        self.1.add(&["option \"", name, problem]);
    }

    /// An option, read: nothing when it is not there.
    fn read<T>(self, name: &str, problem: &str, read: fn(Doc<'t>) -> Option<T>) -> Option<T> {
        let value = read(self.get(name)?);
        if value.is_none() {
            self.bad(name, problem);
        }
        value
    }

    fn text(self, name: &str) -> Option<&'t str> {
        self.read(name, "\" must be a text", Doc::word)
    }

    fn secret(self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    fn own(self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    fn number(self, name: &str) -> Option<u64> {
        self.read(name, "\" must be a whole number that is not negative", u64::from_doc)
    }

    fn flag(self, name: &str) -> bool {
        self.read(name, "\" must be true or false", bool::from_doc).unwrap_or(false)
    }

    fn id(self, name: &str) -> Option<String> {
        self.read(name, "\" must be an id, or an object that has one", id).map(str::to_owned)
    }

    fn need_id(self, name: &str) -> String {
        self.id(name).unwrap_or_else(|| {
            self.bad(name, "\" is needed");
            String::new()
        })
    }

    fn ids(self, name: &str) -> Vec<String> {
        let bad = || self.bad(name, "\" must be a list of ids");
        let list = self.get(name);
        if list.is_some_and(|d| !d.is_list()) {
            bad();
        }
        ids(list.filter(|d| d.is_list()), bad)
    }

    fn pairs(self, name: &str) -> Pairs {
        pairs(self.get(name), name, self.1)
    }

    /// An object, as it is.
    fn extra(self) -> Json {
        self.get("extra").filter(|d| d.is_map()).map_or_else(Json::default, Doc::json)
    }
}
