//! The tree that a driver reads, whatever the format was.
//!
//! A flat arena in document order: each node knows where its subtree ends. So a tree costs one growing allocation,
//! borrows its text from the answer, and neither parsing nor dropping it recurses.

use std::borrow::Cow;

use super::json::Json;
use super::{Decimal, Encode, Time, write_text};
use crate::core::error::{Error, Result};

/// How deep a document may nest; a deeper one is hostile.
pub(super) const MAX_DEPTH: usize = 128;

/// A parsed document.
#[derive(Debug, Default)]
pub struct Tree<'a> {
    pub(super) nodes: Vec<Node<'a>>,
}

#[derive(Debug)]
pub(super) struct Node<'a> {
    pub key: Cow<'a, str>,
    pub value: Value<'a>,
    /// The index after the last node of this subtree.
    pub end: u32,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    /// As it was written.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    List,
    Map,
}

impl<'a> Tree<'a> {
    /// The document's root. In XML it is the root element itself.
    pub fn root(&self) -> Doc<'_> {
        Doc { tree: self, at: 0 }
    }

    pub(super) fn push(&mut self, key: Cow<'a, str>, value: Value<'a>) -> Result<usize> {
        let at = self.nodes.len();
        let end = u32::try_from(at + 1).map_err(|_| Error::malformed("the answer has too many parts"))?;
        self.nodes.push(Node { key, value, end });
        Ok(at)
    }

    /// Ends the subtree at `at`: what follows is its sibling.
    pub(super) fn close(&mut self, at: usize) {
        let end = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(at) {
            node.end = end;
        }
    }
}

/// A place in a [`Tree`]. Cheap to copy; a place that does not exist reads as nothing.
#[derive(Clone, Copy, Debug)]
pub struct Doc<'t> {
    tree: &'t Tree<'t>,
    at: u32,
}

impl<'t> Doc<'t> {
    fn node(self) -> Option<&'t Node<'t>> {
        self.tree.nodes.get(self.at as usize)
    }

    /// The key or element name of this place.
    pub fn key(self) -> &'t str {
        self.node().map_or("", |n| &n.key)
    }

    /// The members of a map, the items of a list, the child elements of an element.
    pub fn children(self) -> Children<'t> {
        let end = match self.node() {
            Some(Node { value: Value::List | Value::Map, end, .. }) => *end,
            _ => 0,
        };
        Children { tree: self.tree, at: self.at.saturating_add(1), end }
    }

    /// The member of this name.
    pub fn get(self, key: &str) -> Option<Doc<'t>> {
        self.children().find(|child| child.key() == key)
    }

    /// The place at a path of names, as `placement/availabilityZone`.
    pub fn at(self, path: &str) -> Option<Doc<'t>> {
        path.split('/').try_fold(self, |doc, key| doc.get(key))
    }

    /// Every item at a path, as `reservationSet/item`: the items of a list, or the elements that repeat a name.
    pub fn each(self, path: &str) -> impl Iterator<Item = Doc<'t>> + use<'t> {
        let mut keys = path.split('/');
        let last = keys.next_back().unwrap_or("").to_owned();
        let parent = keys.try_fold(self, |doc, key| doc.get(key));
        let children = parent.map_or(Children { tree: self.tree, at: 0, end: 0 }, Doc::children);
        children.filter(move |child| child.key() == last).flat_map(|child| match child.node().map(|n| &n.value) {
            Some(Value::List) => child.children(),
            Some(Value::Null) | None => Children { tree: child.tree, at: 0, end: 0 },
            Some(_) => Children { tree: child.tree, at: child.at, end: child.at.saturating_add(1) },
        })
    }

    /// The text of this place itself; empty for anything but text.
    pub fn as_text(self) -> &'t str {
        match self.node().map(|n| &n.value) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The text at a path; empty when it is absent or is not text.
    pub fn text(self, path: &str) -> &'t str {
        self.at(path).map_or("", Doc::as_text)
    }

    /// Whether this place is `null` (or, in XML, empty).
    pub fn is_null(self) -> bool {
        matches!(self.node().map(|n| &n.value), None | Some(Value::Null))
    }

    /// Whether this place holds members or child elements.
    pub fn is_map(self) -> bool {
        matches!(self.node().map(|n| &n.value), Some(Value::Map))
    }

    /// Whether this place is a list.
    pub fn is_list(self) -> bool {
        matches!(self.node().map(|n| &n.value), Some(Value::List))
    }

    /// The value at a path, which must be there and be of this type.
    pub fn need<T: FromDoc>(self, path: &str) -> Result<T> {
        self.at(path).and_then(T::from_doc).ok_or_else(|| missing(path))
    }

    /// The value at a path, if it is there and of this type.
    pub fn opt<T: FromDoc>(self, path: &str) -> Option<T> {
        self.at(path).and_then(T::from_doc)
    }

    /// This subtree as JSON.
    pub fn json(self) -> Json {
        let mut out = String::new();
        self.write(&mut out);
        Json::raw(out)
    }

    fn write(self, out: &mut String) {
        let Some(node) = self.node() else { return out.push_str("null") };
        match &node.value {
            Value::Null => out.push_str("null"),
            Value::Bool(b) => b.encode(out),
            Value::Number(text) => out.push_str(text),
            Value::Text(text) => write_text(out, text),
            Value::List => {
                out.push('[');
                for (i, child) in self.children().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    child.write(out);
                }
                out.push(']');
            }
            Value::Map => {
                out.push('{');
                for (i, child) in self.children().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_text(out, child.key());
                    out.push(':');
                    child.write(out);
                }
                out.push('}');
            }
        }
    }
}

#[cold]
fn missing(path: &str) -> Error {
    Error::malformed(format!("the answer lacks \"{path}\", or it is of another type"))
}

/// The members, items or child elements of a place.
#[derive(Clone, Debug)]
pub struct Children<'t> {
    tree: &'t Tree<'t>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Doc<'t>;

    fn next(&mut self) -> Option<Doc<'t>> {
        if self.at >= self.end {
            return None;
        }
        let doc = Doc { tree: self.tree, at: self.at };
        self.at = doc.node()?.end;
        Some(doc)
    }
}

/// What can be read from one place of a document. Text is read as a number or a boolean where one is asked for.
pub trait FromDoc: Sized {
    /// The value, or nothing when it is of another type.
    fn from_doc(doc: Doc<'_>) -> Option<Self>;
}

impl Doc<'_> {
    /// Text, or a number as it was written.
    fn written(&self) -> Option<&str> {
        match &self.node()?.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            _ => None,
        }
    }
}

impl FromDoc for String {
    /// Numbers and booleans are given as their text: providers change their mind about ids.
    fn from_doc(doc: Doc<'_>) -> Option<String> {
        match &doc.node()?.value {
            Value::Bool(b) => Some(if *b { "true" } else { "false" }.to_owned()),
            _ => doc.written().map(str::to_owned),
        }
    }
}

impl FromDoc for u64 {
    fn from_doc(doc: Doc<'_>) -> Option<u64> {
        doc.written().and_then(whole).and_then(|(negative, n)| if negative && n > 0 { None } else { Some(n) })
    }
}

impl FromDoc for u32 {
    fn from_doc(doc: Doc<'_>) -> Option<u32> {
        u64::from_doc(doc).and_then(|n| u32::try_from(n).ok())
    }
}

impl FromDoc for i64 {
    fn from_doc(doc: Doc<'_>) -> Option<i64> {
        let (negative, n) = doc.written().and_then(whole)?;
        i64::try_from(n).ok().map(|n| if negative { -n } else { n })
    }
}

impl FromDoc for Decimal {
    fn from_doc(doc: Doc<'_>) -> Option<Decimal> {
        doc.written().and_then(Decimal::parse)
    }
}

/// A whole number: its sign and size. A fraction of zeros (`5.0`) is none.
fn whole(text: &str) -> Option<(bool, u64)> {
    let text = text.trim_ascii();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut halves = digits.splitn(2, '.');
    let n = halves.next()?.parse().ok()?;
    halves.next().is_none_or(|zeros| zeros.bytes().all(|b| b == b'0')).then_some((digits.len() < text.len(), n))
}

impl FromDoc for bool {
    fn from_doc(doc: Doc<'_>) -> Option<bool> {
        match &doc.node()?.value {
            Value::Bool(b) => Some(*b),
            Value::Text(text) if text == "true" => Some(true),
            Value::Text(text) if text == "false" => Some(false),
            _ => None,
        }
    }
}

impl FromDoc for Time {
    fn from_doc(doc: Doc<'_>) -> Option<Time> {
        Time::parse(doc.as_text())
    }
}

impl<T: FromDoc> FromDoc for Vec<T> {
    fn from_doc(doc: Doc<'_>) -> Option<Vec<T>> {
        if doc.is_list() { doc.children().map(T::from_doc).collect() } else { None }
    }
}
