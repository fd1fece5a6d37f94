//! The tree that a driver reads, whatever the format was.
//!
//! A flat arena in document order: each node knows where its subtree ends. So a tree costs one growing allocation,
//! borrows its text from the answer, and neither parsing nor dropping it recurses.

use std::borrow::Cow;

use super::json::Json;
use super::{Decimal, Encode, Pairs, Time, parse_number, write_text};
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
    /// The value as it was written, where that is JSON without blanks.
    pub raw: &'a str,
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

    /// A document that is one text.
    pub fn text(text: &'a str) -> Self {
        Tree { nodes: vec![Node { key: Cow::Borrowed(""), value: Value::Text(Cow::Borrowed(text)), raw: "", end: 1 }] }
    }

    /// A document that is a list of texts.
    pub fn texts(texts: &[&'a str]) -> Self {
        let mut tree = Tree { nodes: vec![Node { key: Cow::Borrowed(""), value: Value::List, raw: "", end: 0 }] };
        for text in texts {
            let end = tree.nodes.len() as u32 + 1;
            tree.nodes.push(Node { key: Cow::Borrowed(""), value: Value::Text(Cow::Borrowed(text)), raw: "", end });
        }
        tree.close(0);
        tree
    }

    #[inline(always)]
    pub(super) fn push(&mut self, key: Cow<'a, str>, value: Value<'a>, raw: &'a str) -> Result<usize> {
        let at = self.nodes.len();
        let end = u32::try_from(at + 1).map_err(|_| Error::malformed("the answer has too many parts"))?;
        self.nodes.push(Node { key, value, raw, end });
        Ok(at)
    }

    /// Ends the subtree at `at`, which was written so: what follows is its sibling.
    pub(super) fn close_raw(&mut self, at: usize, raw: &'a str) {
        self.close(at);
        if let Some(node) = self.nodes.get_mut(at) {
            node.raw = raw;
        }
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
    #[inline(always)]
    fn node(self) -> Option<&'t Node<'t>> {
        self.tree.nodes.get(self.at as usize)
    }

    /// The place that everything else is in.
    pub fn root(self) -> Doc<'t> {
        Doc { at: 0, ..self }
    }

    /// The key or element name of this place.
    #[inline(always)]
    pub fn key(self) -> &'t str {
        self.node().map_or("", |n| plain(&n.key))
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
        let mut children = self.children();
        loop {
            let child = children.next()?;
            if child.key().len() == key.len() && child.key() == key {
                return Some(child);
            }
        }
    }

    /// The place at a path of names, as `placement/availabilityZone`.
    pub fn at(self, path: &str) -> Option<Doc<'t>> {
        let (first, rest) = cut(path);
        let child = self.get(first)?;
        if rest.is_empty() { Some(child) } else { child.at(rest) }
    }

    /// Every item at a path, as `reservationSet/item`: the items of a list, or the elements that repeat a name.
    pub fn each<'p>(self, path: &'p str) -> Each<'t, 'p> {
        let (first, rest) = cut(path);
        if rest.is_empty() {
            return Each { key: first, among: self.children(), inside: self.nowhere() };
        }
        self.get(first).map_or(Each { key: "", among: self.nowhere(), inside: self.nowhere() }, |child| child.each(rest))
    }

    fn nowhere(self) -> Children<'t> {
        Children { tree: self.tree, at: 0, end: 0 }
    }

    /// Every item of this place, read.
    pub fn all<T>(self, read: impl Fn(Doc<'t>) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        for child in self.children() {
            items.push(read(child)?);
        }
        Ok(items)
    }

    /// The text of this place itself; empty for anything but text.
    pub fn as_text(self) -> &'t str {
        match self.node().map(|n| &n.value) {
            Some(Value::Text(text)) => plain(text),
            _ => "",
        }
    }

    /// The text at a path; empty when it is absent or is not text.
    pub fn text(self, path: &str) -> &'t str {
        self.at(path).map_or("", Doc::as_text)
    }

    /// Text; a number or a boolean as it was written.
    pub fn word(self) -> Option<&'t str> {
        match &self.node()?.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(b) => Some(if *b { "true" } else { "false" }),
            _ => None,
        }
    }

    /// Whether this place is `true` or `false`.
    pub fn is_bool(self) -> bool {
        matches!(self.node().map(|n| &n.value), Some(Value::Bool(_)))
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

    /// Appends this subtree as JSON.
    pub fn write(self, out: &mut String) {
        let Some(node) = self.node() else { return out.push_str("null") };
        if !node.raw.is_empty() {
            return out.push_str(node.raw);
        }
        match &node.value {
            Value::Null => out.push_str("null"),
            Value::Bool(b) => b.encode(out),
            Value::Number(text) => out.push_str(text),
            Value::Text(text) => write_text(out, text),
            Value::List | Value::Map => {
                let map = self.is_map();
                let mut before = if map { "{" } else { "[" };
                let end = if map { "}" } else { "]" };
                if node.end <= self.at + 1 {
                    out.push_str(before);
                }
                for child in self.children() {
                    out.push_str(before);
                    before = ",";
                    if map {
                        write_text(out, child.key());
                        out.push(':');
                    }
                    child.write(out);
                }
                out.push_str(end);
            }
        }
    }
}

/// The text, without the call that a size-optimized `Deref` is.
#[allow(clippy::ptr_arg)]
#[inline(always)]
fn plain<'t>(text: &'t Cow<'_, str>) -> &'t str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => text,
    }
}

#[cold]
fn missing(path: &str) -> Error {
    Error::malformed(["the answer lacks \"", path, "\", or it is of another type"].concat())
}

/// A path's first name, and the others.
fn cut(path: &str) -> (&str, &str) {
    let at = path.bytes().position(|b| b == b'/').unwrap_or(path.len());
    (path.get(..at).unwrap_or(""), path.get(at + 1..).unwrap_or(""))
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

    #[inline(always)]
    fn next(&mut self) -> Option<Doc<'t>> {
        if self.at >= self.end {
            return None;
        }
        let doc = Doc { tree: self.tree, at: self.at };
        self.at = doc.node()?.end;
        Some(doc)
    }
}

/// The items at a path: see [`Doc::each`].
#[derive(Clone, Debug)]
pub struct Each<'t, 'p> {
    key: &'p str,
    among: Children<'t>,
    /// Those of the list that is being given.
    inside: Children<'t>,
}

impl<'t> Iterator for Each<'t, '_> {
    type Item = Doc<'t>;

    fn next(&mut self) -> Option<Doc<'t>> {
        loop {
            if let Some(item) = self.inside.next() {
                return Some(item);
            }
            let child = self.among.find(|child| child.key() == self.key)?;
            match child.node()?.value {
                Value::List => self.inside = child.children(),
                Value::Null => {}
                _ => return Some(child),
            }
        }
    }
}

/// What can be read from one place of a document. Text is read as a number or a boolean where one is asked for.
pub trait FromDoc: Sized {
    /// The value, or nothing when it is of another type.
    fn from_doc(doc: Doc<'_>) -> Option<Self>;

    /// The same from JSON that was made here, for what keeps it as it is.
    fn from_json(_: Json) -> Option<Self> {
        None
    }
}

impl FromDoc for String {
    /// Numbers and booleans are given as their text: providers change their mind about ids.
    fn from_doc(doc: Doc<'_>) -> Option<String> {
        doc.word().map(str::to_owned)
    }
}

impl FromDoc for u64 {
    fn from_doc(doc: Doc<'_>) -> Option<u64> {
        doc.word().and_then(whole).and_then(|(negative, n)| if negative && n > 0 { None } else { Some(n) })
    }
}

impl FromDoc for u32 {
    fn from_doc(doc: Doc<'_>) -> Option<u32> {
        u64::from_doc(doc).and_then(|n| u32::try_from(n).ok())
    }
}

impl FromDoc for i64 {
    fn from_doc(doc: Doc<'_>) -> Option<i64> {
        let (negative, n) = doc.word().and_then(whole)?;
        i64::try_from(n).ok().map(|n| if negative { -n } else { n })
    }
}

impl FromDoc for Decimal {
    fn from_doc(doc: Doc<'_>) -> Option<Decimal> {
        doc.word().and_then(Decimal::parse)
    }
}

/// A whole number: its sign and size. A fraction of zeros (`5.0`) is none.
fn whole(text: &str) -> Option<(bool, u64)> {
    let text = text.trim_ascii();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let point = digits.bytes().position(|b| b == b'.').unwrap_or(digits.len());
    let zeros = digits.bytes().skip(point + 1).all(|b| b == b'0');
    let n = parse_number(digits.get(..point)?)?;
    if zeros { Some((digits.len() < text.len(), n)) } else { None }
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

impl FromDoc for Pairs {
    fn from_doc(doc: Doc<'_>) -> Option<Pairs> {
        let mut pairs = Pairs::default();
        for d in doc.children() {
            pairs.0.push((d.key().to_owned(), String::from_doc(d)?));
        }
        if doc.is_map() { Some(pairs) } else { None }
    }
}

impl<T: FromDoc> FromDoc for Option<T> {
    /// What is of another type is as good as absent.
    fn from_doc(doc: Doc<'_>) -> Option<Option<T>> {
        Some(T::from_doc(doc))
    }
}

impl<T: FromDoc> FromDoc for Vec<T> {
    fn from_doc(doc: Doc<'_>) -> Option<Vec<T>> {
        let mut list = Vec::new();
        for d in doc.children() {
            list.push(T::from_doc(d)?);
        }
        if doc.is_list() { Some(list) } else { None }
    }
}

/// A field that can be read into.
pub trait Fill {
    /// Takes the value of a place, if it is of the field's type.
    fn fill(&mut self, doc: Doc<'_>);

    /// Takes JSON as it is, if the field keeps it so.
    fn fill_json(&mut self, json: Json);
}

impl<T: FromDoc> Fill for T {
    fn fill(&mut self, doc: Doc<'_>) {
        if let Some(value) = T::from_doc(doc) {
            *self = value;
        }
    }

    fn fill_json(&mut self, json: Json) {
        if let Some(value) = T::from_json(json) {
            *self = value;
        }
    }
}

/// A model: fields with names.
pub trait Model: Default {
    /// What it is called.
    const NAME: &'static str;

    /// Calls back with each field, by its JavaScript name.
    fn fields(&mut self, each: &mut dyn FnMut(&'static str, &mut dyn Fill));
}

/// Reads members into fields, whose names are as they are written; says whether there was an object.
pub(crate) fn read_fields(doc: Doc<'_>, fields: &mut [(&str, &mut dyn Fill)]) -> bool {
    for (name, field) in fields {
        if let Some(d) = doc.get(name.trim_matches(['"', ':'])) {
            field.fill(d);
        }
    }
    doc.is_map()
}
