//! What the sandbox serves: things of several kinds, each kept as the JSON of its model. What is special about a kind is
//! in the file of its service.

#[cfg(feature = "compute")]
mod compute;
#[cfg(feature = "dns")]
mod dns;
#[cfg(feature = "storage")]
mod storage;

use std::mem::take;

use crate::core::call::decode;
use crate::core::http::Method;
use crate::core::wire::{Doc, Json, Time, Tree, number_text, object};

/// JSON, and an object's bytes where it is one; or what is wrong.
pub(super) type Outcome = Result<(String, Vec<u8>), Refusal>;

/// An HTTP status and a message.
#[derive(Clone)]
pub(super) struct Refusal(pub u16, pub String);

/// A kind of things.
struct Kind {
    /// Its part of the path.
    path: &'static str,
    /// What an id starts with, before a number; where it is empty, a name is an id.
    prefix: &'static str,
    /// The kind of things that they are in, and go with.
    parent: &'static str,
    /// What is special about it; nothing leaves it to the general.
    special: fn(&mut World, &Ask<'_>) -> Result<Option<String>, Refusal>,
}

const KINDS: &[Kind] = &[
    #[cfg(feature = "compute")]
    Kind { path: "nodes", prefix: "node-", parent: "", special: compute::nodes },
    #[cfg(feature = "compute")]
    Kind { path: "sizes", prefix: "size-", parent: "", special: nothing },
    #[cfg(feature = "compute")]
    Kind { path: "images", prefix: "image-", parent: "", special: compute::images },
    #[cfg(feature = "compute")]
    Kind { path: "locations", prefix: "", parent: "", special: nothing },
    #[cfg(feature = "compute")]
    Kind { path: "volumes", prefix: "volume-", parent: "", special: compute::volumes },
    #[cfg(feature = "compute")]
    Kind { path: "snapshots", prefix: "snapshot-", parent: "", special: compute::snapshots },
    #[cfg(feature = "compute")]
    Kind { path: "key-pairs", prefix: "", parent: "", special: nothing },
    #[cfg(feature = "compute")]
    Kind { path: "networks", prefix: "network-", parent: "", special: compute::used },
    #[cfg(feature = "compute")]
    Kind { path: "groups", prefix: "group-", parent: "", special: compute::used },
    #[cfg(feature = "storage")]
    Kind { path: "containers", prefix: "", parent: "", special: storage::containers },
    #[cfg(feature = "storage")]
    Kind { path: "objects", prefix: "", parent: "containers", special: storage::objects },
    #[cfg(feature = "storage")]
    Kind { path: "uploads", prefix: "upload-", parent: "containers", special: storage::uploads },
    #[cfg(feature = "storage")]
    Kind { path: "parts", prefix: "", parent: "uploads", special: nothing },
    #[cfg(feature = "dns")]
    Kind { path: "zones", prefix: "zone-", parent: "", special: dns::zones },
    #[cfg(feature = "dns")]
    Kind { path: "records", prefix: "record-", parent: "zones", special: dns::records },
];

fn nothing(_: &mut World, _: &Ask<'_>) -> Result<Option<String>, Refusal> {
    Ok(None)
}

/// A request: `/kind/id/verb`, or `/kind/parent/id/verb`.
struct Ask<'a> {
    method: Method,
    kind: &'static str,
    within: &'a str,
    id: &'a str,
    verb: &'a str,
    /// What is wanted.
    doc: Doc<'a>,
}

/// All things of an account: by kind, then by what they are in, then by age or name.
pub(super) struct World {
    items: Vec<Item>,
    /// How many there ever were of each kind.
    counts: [u64; KINDS.len()],
    /// Nodes, the states that they will come to, and when.
    due: Vec<(u64, String, &'static str)>,
    /// How many versions of objects there were.
    versions: u64,
    /// Milliseconds that a node takes to start.
    boot: u64,
    /// Milliseconds since 1970.
    now: u64,
    /// An object's bytes, which came with the request or go with the answer.
    bytes: Vec<u8>,
}

/// A thing.
#[derive(Clone, Default)]
struct Item {
    kind: &'static str,
    within: String,
    id: String,
    /// Its model.
    json: String,
    bytes: Vec<u8>,
}

impl Item {
    /// Ids that are counted are in order of length first.
    fn key(&self) -> (&str, &str, usize, &str) {
        (self.kind, &self.within, if counted(self.kind) { self.id.len() } else { 0 }, &self.id)
    }

    /// Whether a member at a path is this text, or a list that has it.
    fn says(&self, path: &str, text: &str) -> bool {
        Tree::json(&self.json).is_ok_and(|tree| tree.root().each(path).any(|d| d.as_text() == text))
    }

    fn text(&self, path: &str) -> String {
        Tree::json(&self.json).ok().and_then(|tree| tree.root().opt(path)).unwrap_or_default()
    }

    fn set(&mut self, members: &[(&str, Json)]) {
        self.json = merge(&self.json, members);
    }

    fn set_extra(&mut self, members: &[(&str, Json)]) {
        let extra = Tree::json(&self.json).unwrap_or_default().root().get("extra").map_or_else(Json::default, Doc::json);
        self.set(&[("extra", Json::raw(merge(extra.as_str(), members)))]);
    }
}

fn counted(kind: &str) -> bool {
    KINDS.iter().any(|k| k.path == kind && !k.prefix.is_empty())
}

fn refuse<T>(status: u16, message: &str) -> Result<T, Refusal> {
    Err(Refusal(status, message.to_owned()))
}

/// An object with other values of these members; those without a value go.
fn merge(json: &str, members: &[(&str, Json)]) -> String {
    let tree = Tree::json(json).unwrap_or_default();
    let mut all = Vec::new();
    for d in tree.root().children() {
        if !members.iter().any(|(name, _)| *name == d.key()) {
            all.push((d.key(), d.json()));
        }
    }
    all.extend_from_slice(members);
    object(&all).into_string()
}

impl World {
    pub(super) fn new(boot: u64) -> World {
        #[cfg_attr(not(feature = "compute"), allow(unused_mut))]
        let mut world =
            World { items: Vec::new(), counts: [0; KINDS.len()], due: Vec::new(), versions: 0, boot, now: 0, bytes: Vec::new() };
        #[cfg(feature = "compute")]
        compute::stock(&mut world);
        world
    }

    pub(super) fn answer(&mut self, method: Method, path: &str, options: &str, bytes: Vec<u8>, now: u64) -> Outcome {
        (self.now, self.bytes) = (now, bytes);
        #[cfg(feature = "compute")]
        compute::pass(self);
        let Ok(tree) = Tree::json(options) else { return refuse(400, "the options are no JSON") };
        let mut parts = path.split('/').skip(1).map(decode);
        let mut part = || parts.next().unwrap_or_default();
        let first = part();
        let Some(kind) = KINDS.iter().find(|k| k.path == first) else { return refuse(404, "the sandbox has no such path") };
        let within = if kind.parent.is_empty() { String::new() } else { part() };
        let (id, verb) = (part(), part());
        let ask = Ask { method, kind: kind.path, within: &within, id: &id, verb: &verb, doc: tree.root() };
        if !within.is_empty() {
            self.find(kind.parent, "", &within)?;
        }
        let json = match (kind.special)(self, &ask)? {
            Some(json) => json,
            None => match method {
                Method::Get if id.is_empty() => self.list(&ask),
                Method::Get => self.find(kind.path, &within, &id)?.json.clone(),
                Method::Delete => self.remove(&ask)?,
                _ => self.add(&ask, ask.doc, &[])?,
            },
        };
        Ok((json, take(&mut self.bytes)))
    }

    fn seek(&self, kind: &str, within: &str, id: &str) -> Result<usize, usize> {
        let key = (kind, within, if counted(kind) { id.len() } else { 0 }, id);
        self.items.binary_search_by(|item| item.key().cmp(&key))
    }

    fn find(&mut self, kind: &str, within: &str, id: &str) -> Result<&mut Item, Refusal> {
        match self.seek(kind, within, id).ok().and_then(|at| self.items.get_mut(at)) {
            Some(item) => Ok(item),
            None => Err(Refusal(404, ["there is no \"", id, "\" in ", kind].concat())),
        }
    }

    /// All of a kind in one place.
    fn all(&self, kind: &str, within: &str) -> impl Iterator<Item = &Item> {
        let (Ok(start) | Err(start)) = self.seek(kind, within, "");
        self.items.iter().skip(start).take_while(move |i| i.kind == kind && i.within == within)
    }

    /// A list of those that have what is wanted, member by member.
    fn list(&self, ask: &Ask<'_>) -> String {
        let mut out = String::from("[");
        for item in self.all(ask.kind, ask.within) {
            if ask.doc.children().all(|d| item.says(d.key(), d.as_text())) {
                out.push_str(if out.len() > 1 { "," } else { "" });
                out.push_str(&item.json);
            }
        }
        out.push(']');
        out
    }

    /// An id that none had before; nothing for a kind whose ids are names.
    fn next(&mut self, kind: &str) -> Option<String> {
        let (kind, count) = KINDS.iter().zip(&mut self.counts).find(|(k, _)| k.path == kind && !k.prefix.is_empty())?;
        *count += 1;
        Some([kind.prefix, &number_text(*count)].concat())
    }

    /// Makes a thing of what is wanted and of these members, under an id of its own or its name.
    fn add(&mut self, ask: &Ask<'_>, doc: Doc<'_>, members: &[(&str, Json)]) -> Result<String, Refusal> {
        let id = self.next(ask.kind).unwrap_or_else(|| doc.text("name").to_owned());
        if id.is_empty() || self.seek(ask.kind, ask.within, &id).is_ok() {
            return refuse(409, "there is one of this name already, or the name is empty");
        }
        let json = merge(doc.json().as_str(), &[("id", (&id).into()), ("createdAt", Json::of(&Time(self.now)))]);
        let mut item = Item { kind: ask.kind, within: ask.within.to_owned(), id, json, ..Item::default() };
        item.set(members);
        item.set_extra(&[("sandbox", true.into())]);
        let json = item.json.clone();
        self.put(item);
        Ok(json)
    }

    /// Puts a thing in its place, or in that of the one with its id.
    fn put(&mut self, item: Item) {
        match self.seek(item.kind, &item.within, &item.id) {
            Ok(at) => {
                if let Some(place) = self.items.get_mut(at) {
                    *place = item;
                }
            }
            Err(at) => self.items.insert(at, item),
        }
    }

    /// Takes a thing away, with all that is in it.
    fn remove(&mut self, ask: &Ask<'_>) -> Result<String, Refusal> {
        self.find(ask.kind, ask.within, ask.id)?;
        let inside = |i: &Item| i.within == ask.id && KINDS.iter().any(|k| k.path == i.kind && k.parent == ask.kind);
        self.items.retain(|i| !inside(i) && (i.kind, &*i.within, &*i.id) != (ask.kind, ask.within, ask.id));
        Ok(null())
    }
}

fn null() -> String {
    "null".to_owned()
}
