//! What the sandbox serves: things of several kinds, each a JSON object with an id. A table says what the kinds are; what
//! is special about them is in a file a service.

#[cfg(feature = "compute")]
mod compute;
#[cfg(feature = "dns")]
mod dns;
#[cfg(feature = "storage")]
mod storage;

use std::cell::Cell;

use crate::core::http::Method;
use crate::core::wire::{Doc, Json, Time, Tree, array, object};

/// A kind of things.
struct Kind {
    /// Its part of the path.
    path: &'static str,
    /// An id is this and a number; where it is empty, a name is an id.
    prefix: &'static str,
    /// The kind of things that they are in.
    parent: &'static str,
    /// Whether those cannot go while these are there; otherwise these go with them.
    blocks: bool,
    /// Members that are ids of others: of which kind, and whether those cannot go meanwhile.
    links: &'static [(&'static str, &'static str, bool)],
    /// What is special about it; nothing leaves it to the general.
    special: Special,
}

type Special = fn(&mut World, &Place<'_>, &Ask<'_>) -> Result<Option<Answer>, Refusal>;

const fn kind(path: &'static str, prefix: &'static str, special: Special) -> Kind {
    Kind { path, prefix, parent: "", blocks: false, links: &[], special }
}

const KINDS: &[Kind] = &[
    #[cfg(feature = "compute")]
    Kind { links: compute::NODE, ..kind("nodes", "node-", compute::special) },
    #[cfg(feature = "compute")]
    kind("sizes", "", compute::special),
    #[cfg(feature = "compute")]
    kind("images", "image-", compute::special),
    #[cfg(feature = "compute")]
    kind("locations", "", compute::special),
    #[cfg(feature = "compute")]
    Kind { links: compute::VOLUME, ..kind("volumes", "volume-", compute::special) },
    #[cfg(feature = "compute")]
    kind("snapshots", "snapshot-", compute::special),
    #[cfg(feature = "compute")]
    kind("key-pairs", "", compute::special),
    #[cfg(feature = "compute")]
    kind("networks", "network-", compute::special),
    #[cfg(feature = "compute")]
    kind("security-groups", "group-", compute::special),
    #[cfg(feature = "storage")]
    kind("containers", "", storage::special),
    #[cfg(feature = "storage")]
    Kind { parent: "containers", blocks: true, ..kind("objects", "", storage::special) },
    #[cfg(feature = "storage")]
    Kind { parent: "containers", ..kind("uploads", "upload-", storage::special) },
    #[cfg(feature = "storage")]
    Kind { parent: "uploads", ..kind("parts", "", storage::special) },
    #[cfg(feature = "dns")]
    kind("zones", "zone-", dns::special),
    #[cfg(feature = "dns")]
    Kind { parent: "zones", ..kind("records", "record-", dns::special) },
];

/// A request.
pub(super) struct Ask<'a> {
    pub method: Method,
    /// The options.
    pub doc: Doc<'a>,
    /// An object's bytes.
    pub bytes: Cell<Vec<u8>>,
    /// Whether bytes are wanted.
    pub streaming: bool,
    /// Milliseconds since 1970.
    pub now: u64,
    /// Milliseconds that a node takes to start.
    pub boot: u64,
}

/// Where a request goes: `/kind/id/verb`, or `/kind/parent/id/verb`.
struct Place<'a> {
    kind: &'static str,
    within: &'a str,
    id: &'a str,
    verb: &'a str,
}

/// JSON, and bytes where they were wanted.
pub(super) type Answer = (String, Option<Vec<u8>>);

/// An HTTP status and a message.
pub(super) struct Refusal(pub u16, pub String);

fn refuse<T>(status: u16, message: &[&str]) -> Result<T, Refusal> {
    Err(Refusal(status, message.concat()))
}

/// All things of an account: by kind, then by what they are in, then by age or name.
#[derive(Default)]
pub(super) struct World {
    items: Vec<Item>,
    /// Counts what was ever made, kind by kind, and what was ever written.
    serials: Vec<(&'static str, u64)>,
}

/// A thing.
#[derive(Clone, Default)]
struct Item {
    kind: &'static str,
    within: String,
    /// The number in its id.
    number: u64,
    id: String,
    /// A JSON object, without what is said otherwise.
    json: String,
    bytes: Vec<u8>,
    /// Its state until a moment, and from then on; empty where it has none.
    states: (&'static str, &'static str),
    moment: u64,
}

impl Item {
    fn key(&self) -> (&str, &str, u64, &str) {
        (self.kind, &self.within, self.number, &self.id)
    }

    fn state(&self, now: u64) -> &'static str {
        if now < self.moment { self.states.0 } else { self.states.1 }
    }

    fn show(&self, now: u64) -> String {
        let state = Some(self.state(now)).filter(|s| !s.is_empty()).map_or_else(Json::default, Json::from);
        merge(&self.json, &[("id", (&self.id).into()), ("state", state), ("sandbox", true.into())])
    }

    fn text(&self, name: &str) -> String {
        Tree::json(&self.json).ok().and_then(|tree| tree.root().opt(name)).unwrap_or_default()
    }

    fn set(&mut self, members: &[(&str, Json)]) {
        self.json = merge(&self.json, members);
    }
}

/// An object with other values of these members; those without a value go.
fn merge(json: &str, members: &[(&str, Json)]) -> String {
    let tree = Tree::json(json).unwrap_or_default();
    let old = tree.root().children().filter(|d| !members.iter().any(|(name, _)| *name == d.key())).map(|d| (d.key(), d.json()));
    let all: Vec<_> = old.chain(members.iter().cloned()).collect();
    object(&all).into_string()
}

fn time(now: u64) -> Json {
    Json::of(&Time(now))
}

impl World {
    pub(super) fn answer(&mut self, path: &[String], ask: &Ask<'_>) -> Result<Answer, Refusal> {
        #[cfg(feature = "compute")]
        if self.serials.is_empty() {
            compute::stock(self);
        }
        let mut parts = path.iter().map(String::as_str);
        let first = parts.next().unwrap_or("");
        let Some(kind) = KINDS.iter().find(|k| k.path == first) else { return refuse(404, &["no such path"]) };
        let within = if kind.parent.is_empty() { "" } else { parts.next().unwrap_or("") };
        let place = Place { kind: kind.path, within, id: parts.next().unwrap_or(""), verb: parts.next().unwrap_or("") };
        if !kind.parent.is_empty() {
            self.find(kind.parent, "", within)?;
        }
        if let Some(answer) = (kind.special)(self, &place, ask)? {
            return Ok(answer);
        }
        let json = match (ask.method, place.id) {
            (Method::Get, "") => array(self.all(kind.path, within).iter().map(|item| Json::raw(item.show(ask.now)))).into_string(),
            (Method::Get, id) => self.find(kind.path, within, id)?.show(ask.now),
            (Method::Post, "") => self.add(kind, &place, ask, &[])?.show(ask.now),
            (Method::Delete, id) if !id.is_empty() => self.remove(kind, &place)?,
            _ => return refuse(405, &["no such operation"]),
        };
        Ok((json, None))
    }

    fn all(&self, kind: &str, within: &str) -> &[Item] {
        let start = self.items.partition_point(|item| (item.kind, item.within.as_str()) < (kind, within));
        let rest = self.items.get(start..).unwrap_or_default();
        let length = rest.partition_point(|item| item.kind == kind && item.within == within);
        rest.get(..length).unwrap_or_default()
    }

    fn seek(&self, kind: &str, within: &str, id: &str) -> Result<usize, usize> {
        let number = KINDS.iter().find(|k| k.path == kind && !k.prefix.is_empty()).and_then(|k| id.strip_prefix(k.prefix)?.parse().ok());
        self.items.binary_search_by(|item| item.key().cmp(&(kind, within, number.unwrap_or(0), id)))
    }

    fn find(&mut self, kind: &str, within: &str, id: &str) -> Result<&mut Item, Refusal> {
        let found = self.seek(kind, within, id).ok().and_then(|at| self.items.get_mut(at));
        found.ok_or_else(|| Refusal(404, ["there is nothing in ", kind, " with the id \"", id, "\""].concat()))
    }

    /// The next number of a kind.
    fn count(&mut self, kind: &'static str) -> u64 {
        if !self.serials.iter().any(|(k, _)| *k == kind) {
            self.serials.push((kind, 0));
        }
        let serial = self.serials.iter_mut().find(|(k, _)| *k == kind);
        serial.map_or(0, |(_, n)| {
            *n += 1;
            *n
        })
    }

    /// Makes a thing of what was asked for, and of these members besides.
    fn add(&mut self, kind: &'static Kind, place: &Place<'_>, ask: &Ask<'_>, members: &[(&str, Json)]) -> Result<&mut Item, Refusal> {
        for (member, to, _) in kind.links {
            let Some(link) = ask.doc.get(member).filter(|d| !d.is_null()) else { continue };
            for one in if link.is_list() { link.children().collect() } else { vec![link] } {
                if self.seek(to, "", one.as_text()).is_err() {
                    return refuse(400, &["there is nothing in ", to, " with the id \"", one.as_text(), "\""]);
                }
            }
        }
        let id = match (kind.prefix, place.id) {
            ("", "") => ask.doc.text("name").to_owned(),
            ("", id) => id.to_owned(),
            (prefix, _) => [prefix, &self.count(kind.path).to_string()].concat(),
        };
        let at = match self.seek(kind.path, place.within, &id) {
            Err(at) if !id.is_empty() => at,
            Err(_) => return refuse(400, &["a name is needed"]),
            Ok(_) => return refuse(409, &["\"", &id, "\" exists already"]),
        };
        let number = id.strip_prefix(kind.prefix).and_then(|n| n.parse().ok()).filter(|_| !kind.prefix.is_empty()).unwrap_or(0);
        let json = merge(ask.doc.json().as_str(), &[("createdAt", time(ask.now))]);
        let json = merge(&json, members);
        self.items.insert(at, Item { kind: kind.path, within: place.within.to_owned(), number, id: id.clone(), json, ..Item::default() });
        self.find(kind.path, place.within, &id)
    }

    fn remove(&mut self, kind: &Kind, place: &Place<'_>) -> Result<String, Refusal> {
        self.find(kind.path, place.within, place.id)?;
        let holds = |item: &&Item| {
            let user = KINDS.iter().find(|k| k.path == item.kind);
            let linked = user.is_some_and(|user| {
                let mut links = user.links.iter().filter(|(_, to, holds)| *holds && *to == kind.path);
                let tree = Tree::json(&item.json).unwrap_or_default();
                links.any(|(member, ..)| {
                    tree.root().get(member).is_some_and(|d| d.as_text() == place.id || d.children().any(|d| d.as_text() == place.id))
                })
            });
            linked || (user.is_some_and(|user| user.blocks && user.parent == kind.path) && item.within == place.id)
        };
        if let Some(holder) = self.items.iter().find(holds) {
            return refuse(409, &["\"", place.id, "\" is in use by \"", &holder.id, "\""]);
        }
        let inside = |item: &Item| item.within == place.id && KINDS.iter().any(|k| k.path == item.kind && k.parent == kind.path);
        self.items.retain(|item| !inside(item));
        if let Ok(at) = self.seek(kind.path, place.within, place.id) {
            self.items.remove(at);
        }
        Ok(String::from("null"))
    }
}
