//! Asking EC2: an action and its parameters as a form, the answer as XML, lists page after page.

use crate::core::call::{Call, Cycle, Found, Page};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::{Request, Response};
use crate::core::link::Link;
use crate::core::wire::{Doc, FromDoc, Json, Tree, number_text};

const VERSION: &str = "2016-11-15";

/// An action and its parameters.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(action: &str) -> Self {
        Query(Vec::with_capacity(16)).with(&[("Action", action), ("Version", VERSION)])
    }

    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn with(mut self, pairs: &[(&str, &str)]) -> Self {
        pairs.iter().for_each(|(name, value)| self.push(name, value));
        self
    }

    pub(super) fn opt(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.push(name, value);
        }
        self
    }

    pub(super) fn filter(self, name: &str, value: &str) -> Self {
        self.with(&[("Filter.1.Name", name), ("Filter.1.Value.1", value)])
    }

    pub(super) fn tags<'t>(mut self, list: &str, tags: &mut dyn Iterator<Item = (&'t str, Option<&'t str>)>) -> Self {
        for (i, (key, value)) in tags.enumerate() {
            let at = [list, ".", &number_text(i as u64 + 1)].concat();
            self.push(&[&at, ".Key"].concat(), key);
            if let Some(value) = value {
                self.push(&[&at, ".Value"].concat(), value);
            }
        }
        self
    }

    /// Adds the parameters of a JSON object; those that are there already are replaced.
    pub(super) fn merge(&mut self, extra: &Json) -> Result<()> {
        if extra.as_str().is_empty() {
            return Ok(());
        }
        let tree = Tree::json(extra.as_str()).ok().filter(|tree| tree.root().is_map());
        let tree = tree.ok_or_else(|| Error::invalid("\"extra\" must be an object of parameters and texts"))?;
        for more in tree.root().children() {
            let name = more.key();
            if matches!(name, "Action" | "Version" | "MinCount" | "MaxCount") {
                return Err(Error::invalid("\"extra\" cannot change the action or how many nodes are made"));
            }
            let value = String::from_doc(more).ok_or_else(|| {
                Error::invalid(["\"extra\": ", name, " must be a text: parameters are flat, as EC2's Query API has them"].concat())
            })?;
            match self.0.iter_mut().find(|(n, _)| n == name) {
                Some(pair) => pair.1 = value,
                None => self.push(name, &value),
            }
        }
        Ok(())
    }

    /// Whether a node has an image, or a launch template that may have it.
    pub(super) fn starts_from_something(&self) -> bool {
        self.0.iter().any(|(name, _)| name == "ImageId" || name.starts_with("LaunchTemplate."))
    }

    pub(super) fn request(&self) -> Request {
        Request::post("/").form(&self.0)
    }

    pub(super) fn repeatable(&self) -> Request {
        self.request().repeatable()
    }
}

/// Calls back for every element at a path; a set that comes twice counts twice.
fn walk(d: Doc<'_>, path: &[&str], found: &mut dyn Found) -> Result<()> {
    let Some((name, rest)) = path.split_first() else { return found.item(d) };
    d.children().filter(|child| child.key() == *name).try_for_each(|child| walk(child, rest, found))
}

/// The only element at a path.
pub(super) fn first<'t>(root: Doc<'t>, path: &[&str]) -> Result<Doc<'t>> {
    let Some((name, rest)) = path.split_first() else { return Ok(root) };
    let mut found = root.children().filter(|child| child.key() == *name).filter_map(|child| first(child, rest).ok());
    found.next().ok_or_else(|| Error::new(Kind::NotFound, "EC2 answered without it: it does not exist, or not any more"))
}

/// One thing, asked for by its id.
pub(super) fn one<'d, T: 'd>(
    link: &'d mut Link,
    operation: &'static str,
    query: Query,
    path: &'static [&'static str],
    read: fn(Doc<'_>) -> Result<T>,
) -> Call<'d, T> {
    Call::xml(link, operation, query.repeatable(), move |root| read(first(root, path)?))
}

/// A list, page after page.
pub(super) fn list<'d, T: 'd>(
    link: &'d mut Link,
    operation: &'static str,
    query: Query,
    path: &'static [&'static str],
    read: fn(Doc<'_>) -> Result<T>,
) -> Call<'d, Vec<T>> {
    let request = query.repeatable();
    Call::pages(link, operation, request, Pages { query, path, tokens: Cycle::default() }, read)
}

/// How far a list is.
struct Pages {
    query: Query,
    path: &'static [&'static str],
    tokens: Cycle,
}

impl Page for Pages {
    /// The request for the next page: none when EC2 gives no new token.
    fn page(&mut self, response: &Response, found: &mut dyn Found) -> Result<Option<Request>> {
        let tree = Tree::xml(response.text()?)?;
        walk(tree.root(), self.path, found)?;
        let next = tree.root().text("nextToken");
        if next.is_empty() || self.tokens.closes(next) {
            return Ok(None);
        }
        self.query.0.retain(|(name, _)| name != "NextToken");
        self.query.push("NextToken", next);
        Ok(Some(self.query.repeatable()))
    }
}
