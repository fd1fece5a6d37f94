//! Operations by name: how JavaScript, recorded cases and conformance runs reach a driver.
//!
//! Arguments are a list, in the order of the trait's method; wherever an id is wanted, an object that has one will do.

mod compute;
mod dns;
mod storage;

pub use compute::compute;
pub use dns::{apply, dns, export, plan};
pub use storage::{download, storage, upload_options};

use crate::core::error::{Error, Result};
use crate::core::wire::{Doc, FromDoc, Pairs};

/// The arguments of one operation.
#[derive(Clone, Copy)]
pub struct Args<'t>(pub Doc<'t>);

impl<'t> Args<'t> {
    fn nth(self, at: usize) -> Option<Doc<'t>> {
        self.0.children().nth(at).filter(|d| !d.is_null())
    }

    /// An id or name: text, or an object that has one.
    pub(crate) fn id(self, at: usize, what: &str) -> Result<String> {
        self.opt_id(at)?.ok_or_else(|| Error::invalid(format!("{what} is missing: give its id, or the object itself")))
    }

    fn opt_id(self, at: usize) -> Result<Option<String>> {
        self.nth(at).map(|doc| id(doc).ok_or_else(|| wrong("an id, or an object that has one"))).transpose()
    }

    fn text(self, at: usize, what: &str) -> Result<String> {
        let doc = self.nth(at).ok_or_else(|| Error::invalid(format!("{what} is missing")))?;
        if doc.is_map() || doc.is_list() || doc.as_text().is_empty() {
            return Err(Error::invalid(format!("{what} must be a text that is not empty")));
        }
        Ok(doc.as_text().to_owned())
    }

    fn texts(self, at: usize, what: &str) -> Result<Vec<String>> {
        let doc = self.nth(at).filter(|d| d.is_list()).ok_or_else(|| Error::invalid(format!("{what} must be a list")))?;
        doc.children().map(|d| id(d).ok_or_else(|| wrong("a text, or an object that has a name"))).collect()
    }

    fn pairs(self, at: usize, what: &str) -> Result<Pairs> {
        pairs(self.nth(at).ok_or_else(|| Error::invalid(format!("{what} is missing")))?, what)
    }

    /// The options at a place; a name that is not known is refused, for it is a mistake.
    fn options(self, at: usize, known: &[&str]) -> Result<Options<'t>> {
        Options::of(self.nth(at), known)
    }
}

fn id(doc: Doc<'_>) -> Option<String> {
    if doc.is_map() { doc.opt("id").or_else(|| doc.opt("name")) } else { String::from_doc(doc) }.filter(|id| !id.is_empty())
}

fn wrong(want: &str) -> Error {
    Error::invalid(format!("an argument is of the wrong type: {want} is wanted"))
}

fn pairs(doc: Doc<'_>, what: &str) -> Result<Pairs> {
    if !doc.is_map() {
        return Err(Error::invalid(format!("{what} must be an object of names and texts")));
    }
    let value = |d: Doc<'_>| String::from_doc(d).ok_or_else(|| Error::invalid(format!("{what}: \"{}\" must be a text", d.key())));
    doc.children().map(|d| Ok((d.key().to_owned(), value(d)?))).collect::<Result<_>>().map(Pairs)
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
                return Err(Error::invalid(format!("unknown option \"{stray}\": there is {}", known.join(", "))));
            }
        }
        Ok(Options(doc))
    }

    fn get(self, name: &str) -> Option<Doc<'t>> {
        self.0?.get(name).filter(|d| !d.is_null())
    }

    fn typed<T: FromDoc>(self, name: &str, want: &str) -> Result<Option<T>> {
        let Some(doc) = self.get(name) else { return Ok(None) };
        T::from_doc(doc).map(Some).ok_or_else(|| Error::invalid(format!("option \"{name}\" must be {want}")))
    }

    fn text(self, name: &str) -> Result<Option<String>> {
        self.typed(name, "a text")
    }

    fn number(self, name: &str) -> Result<Option<u64>> {
        self.typed(name, "a whole number that is not negative")
    }

    fn flag(self, name: &str) -> Result<bool> {
        Ok(self.typed(name, "true or false")?.unwrap_or(false))
    }

    fn id(self, name: &str) -> Result<Option<String>> {
        self.get(name)
            .map(|d| id(d).ok_or_else(|| Error::invalid(format!("option \"{name}\" must be an id, or an object that has one"))))
            .transpose()
    }

    fn need_id(self, name: &str) -> Result<String> {
        self.id(name)?.ok_or_else(|| Error::invalid(format!("option \"{name}\" is needed")))
    }

    fn ids(self, name: &str) -> Result<Vec<String>> {
        let Some(doc) = self.get(name) else { return Ok(Vec::new()) };
        let all = if doc.is_list() { doc.children().map(id).collect() } else { None };
        all.ok_or_else(|| Error::invalid(format!("option \"{name}\" must be a list of ids")))
    }

    fn pairs(self, name: &str) -> Result<Pairs> {
        self.get(name).map_or(Ok(Pairs::default()), |d| pairs(d, name))
    }
}
