//! DNS of PowerDNS. It knows record sets, not records: all values of a name and type, with one time to live, are replaced
//! together.
//!
//! So a change of one record reads the zone, whole: read by name and type, a set lacks its disabled records before
//! version 5.0, and they would be lost. The change is one request and takes place wholly or not at all, but the API has
//! no condition to send along: of two writers who change one set at the same moment, the later undoes the earlier.

use crate::clouds::extra;
use crate::compute::Extra;
use crate::core::call::{Call, Step};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::{Path, Request, path};
use crate::core::link::Link;
use crate::core::wire::{Doc, Json, Tree, array, object};
use crate::dns::{Dns, Record, RecordOptions, Zone, ZoneOptions, check, content, parts, same};

/// The time to live of a new record set, in seconds, where none is given.
const TTL: u64 = 3600;

const ZONE_EXTRA: &[(&str, &str)] = &[
    ("kind", "kind"),
    ("dnssec", "dnssec"),
    ("account", "account"),
    ("masters", "masters"),
    ("serial", "serial"),
    ("notified_serial", "notified_serial"),
    ("last_check", "last_check"),
    ("edited_serial", "edited_serial"),
    ("soa_edit", "soa_edit"),
    ("soa_edit_api", "soa_edit_api"),
    ("api_rectify", "api_rectify"),
    ("nsec3param", "nsec3param"),
    ("catalog", "catalog"),
];

/// What `extra` may set of a zone.
const ZONE_SETTINGS: &[&str] = &[
    "account",
    "api_rectify",
    "catalog",
    "dnssec",
    "master_tsig_key_ids",
    "nsec3narrow",
    "nsec3param",
    "slave_tsig_key_ids",
    "soa_edit",
    "soa_edit_api",
];

/// Kinds of zones, and what others call them.
const KINDS: &[(&str, &str)] =
    &[("native", "Native"), ("master", "Master"), ("slave", "Slave"), ("producer", "Producer"), ("consumer", "Consumer")];

/// DNS. The id of a record is its name (`@` at the apex), type and content: it changes with them. Libcloud's
/// `name:type` would name all values of a set at once.
///
/// `extra` of a record may have `disabled`: such a record is kept but not served.
pub struct PowerDns(pub Link);

impl Dns for PowerDns {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_zones(&mut self) -> Call<'_, Vec<Zone>> {
        let request = Request::get(path("/servers/*/zones", &[self.0.setting("server")]));
        Call::json(&mut self.0, "list_zones", request, |d| d.children().map(zone).collect())
    }

    fn get_zone(&mut self, id: &str) -> Call<'_, Zone> {
        let request = Request::get(self.at(id)).query("rrsets", "false");
        Call::json(&mut self.0, "get_zone", request, zone)
    }

    /// A zone is native unless `kind` says otherwise: its copies are made by the database, not by zone transfer.
    /// `extra` takes what the API calls `soa_edit_api`, `dnssec`, `account` and the like.
    fn create_zone(&mut self, domain: &str, options: &ZoneOptions) -> Call<'_, Zone> {
        let body = settings(options).map(|mut members| {
            let nameservers = options.nameservers.iter().map(|n| dotted(n).into());
            members.push(("name", dotted(domain).into()));
            members.push(("nameservers", array(nameservers)));
            if options.kind.is_none() {
                members.push(("kind", "Native".into()));
            }
            object(&members)
        });
        let request = Request::post(path("/servers/*/zones", &[self.0.setting("server")])).query("rrsets", "false");
        match body {
            Ok(body) => Call::json(&mut self.0, "create_zone", request.json(body), zone),
            Err(error) => Call::failed(&mut self.0, "create_zone", error),
        }
    }

    fn update_zone(&mut self, id: &str, options: &ZoneOptions) -> Call<'_, Zone> {
        let at = self.at(id);
        let change = settings(options).and_then(|members| match options.nameservers.is_empty() {
            true => Ok(Request::put(at.clone()).json(object(&members))),
            false => Err(Error::invalid("name servers are NS records of the apex: change those")),
        });
        let request = match change {
            Ok(request) => request,
            Err(error) => return Call::failed(&mut self.0, "update_zone", error),
        };
        let mut asked = false;
        Call::steps(&mut self.0, "update_zone", request, move |response| match response.text()? {
            "" if !asked => {
                asked = true;
                Ok(Step::Send(Request::get(at.clone()).query("rrsets", "false")))
            }
            text => zone(Tree::json(text)?.root()).map(Step::Done),
        })
    }

    fn delete_zone(&mut self, id: &str) -> Call<'_, ()> {
        let request = Request::delete(self.at(id));
        Call::done(&mut self.0, "delete_zone", request)
    }

    fn list_records(&mut self, zone: &str) -> Call<'_, Vec<Record>> {
        let request = Request::get(self.at(zone));
        Call::json(&mut self.0, "list_records", request, records)
    }

    fn get_record(&mut self, zone: &str, id: &str) -> Call<'_, Record> {
        let request = Request::get(self.at(zone)).check(split(id));
        let id = id.to_owned();
        Call::json(&mut self.0, "get_record", request, move |d| {
            let (set, value) = find(d, &id)?;
            record(d, set, value)
        })
    }

    /// The set has one time to live: one that is given is then that of all its records, one that is not is the set's,
    /// or an hour for a new set.
    fn create_record(&mut self, zone: &str, options: &RecordOptions) -> Call<'_, Record> {
        let options = options.clone();
        let kind = options.kind.as_deref().unwrap_or("").to_ascii_uppercase();
        let input = full(options.name.as_deref().unwrap_or(""), "").and_then(|_| checked(&kind, &options));
        self.edit("create_record", zone, input, move |d| {
            let new = New::of(d, &options, None)?;
            let set = new.set(d);
            let mut values = set.values();
            new.add(&mut values, None)?;
            let ttl = options.ttl.or(set.ttl).unwrap_or(TTL);
            Ok((vec![replace(&new.name, &new.kind, ttl, &values)], new.record(d, ttl)))
        })
    }

    /// A record that gets another name or type moves in one step. Its comments go along with the last of a set.
    fn update_record(&mut self, zone: &str, id: &str, options: &RecordOptions) -> Call<'_, Record> {
        let (id, options) = (id.to_owned(), options.clone());
        let input = full(options.name.as_deref().unwrap_or(""), "").and_then(|_| split(&id).map(|_| String::new()));
        self.edit("update_record", zone, input, move |d| {
            let (old, value) = find(d, &id)?;
            let new = New::of(d, &options, Some((old, value)))?;
            let set = new.set(d);
            let (mut left, mut values) = (Set::of(old).values(), set.values());
            let at = left.iter().position(|v| v.content == value.text("content"));
            if new.name.eq_ignore_ascii_case(old.text("name")) && new.kind == old.text("type") {
                new.add(&mut values, at)?;
                let ttl = options.ttl.or(set.ttl).unwrap_or(TTL);
                return Ok((vec![replace(&new.name, &new.kind, ttl, &values)], new.record(d, ttl)));
            }
            new.add(&mut values, None)?;
            if let Some(at) = at {
                left.remove(at);
            }
            let old_ttl = old.opt("ttl").unwrap_or(TTL);
            let ttl = options.ttl.or(set.ttl).unwrap_or(old_ttl);
            let comments = old.get("comments").filter(|c| left.is_empty() && set.doc.is_none() && c.children().next().is_some());
            let moved = with_comments(replace(&new.name, &new.kind, ttl, &values), comments);
            // The deletion first: a CNAME would find the record that it takes the place of.
            Ok((vec![replace(old.text("name"), old.text("type"), old_ttl, &left), moved], new.record(d, ttl)))
        })
    }

    fn delete_record(&mut self, zone: &str, id: &str) -> Call<'_, ()> {
        let id = id.to_owned();
        let input = split(&id).map(|_| String::new());
        self.edit("delete_record", zone, input, move |d| {
            let (old, value) = find(d, &id)?;
            let mut left = Set::of(old).values();
            left.retain(|v| v.content != value.text("content"));
            Ok((vec![replace(old.text("name"), old.text("type"), old.opt("ttl").unwrap_or(TTL), &left)], ()))
        })
    }

    /// One request, without a look at what is there. Comments of the set stay.
    fn replace_records(&mut self, zone: &str, name: &str, kind: &str, records: &[RecordOptions]) -> Call<'_, ()> {
        let kind = kind.to_ascii_uppercase();
        let build = || {
            let mut values = Vec::with_capacity(records.len());
            for options in records {
                values.push(Value { content: checked(&kind, options)?, disabled: disabled(options)?.unwrap_or(false) });
            }
            let ttl = records.iter().find_map(|r| r.ttl).unwrap_or(TTL);
            Ok(replace(&full(name, &domain(zone))?, &kind, ttl, &values))
        };
        match build() {
            Ok(set) => {
                let request = patch(self.at(zone), vec![set]);
                Call::done(&mut self.0, "replace_records", request)
            }
            Err(error) => Call::failed(&mut self.0, "replace_records", error),
        }
    }
}

impl PowerDns {
    fn at(&self, zone: &str) -> Path {
        path("/servers/*/zones/*", &[self.0.setting("server"), &canonical(zone)])
    }

    /// Reads a zone, and sends the sets that `change` makes of it; nothing if the input is wrong.
    fn edit<'d, T: 'd>(
        &'d mut self,
        operation: &'static str,
        zone: &str,
        input: Result<String>,
        change: impl Fn(Doc<'_>) -> Result<(Vec<Json>, T)> + 'd,
    ) -> Call<'d, T> {
        let at = self.at(zone);
        let mut changed = None;
        let request = Request::get(at.clone()).check(input);
        Call::steps(&mut self.0, operation, request, move |response| match changed.take() {
            Some(result) => Ok(Step::Done(result)),
            None => {
                let (sets, result) = change(Tree::json(response.text()?)?.root())?;
                changed = Some(result);
                Ok(Step::Send(patch(at.clone(), sets)))
            }
        })
    }
}

/// Sets that replace sets: done twice, it has the effect of once.
fn patch(at: Path, sets: Vec<Json>) -> Request {
    Request::patch(at).json(object(&[("rrsets", array(sets))])).repeatable()
}

/// One set of a zone, or none.
struct Set<'t> {
    doc: Option<Doc<'t>>,
    ttl: Option<u64>,
}

/// One value of a set.
struct Value {
    content: String,
    disabled: bool,
}

impl<'t> Set<'t> {
    fn of(doc: Doc<'t>) -> Self {
        Set { doc: Some(doc), ttl: doc.opt("ttl") }
    }

    fn values(&self) -> Vec<Value> {
        let values = self.doc.into_iter().flat_map(|d| d.each("records"));
        values.map(|v| Value { content: v.text("content").to_owned(), disabled: v.opt("disabled").unwrap_or(false) }).collect()
    }
}

/// A record to be, all of it known.
struct New {
    name: String,
    kind: String,
    content: String,
    disabled: bool,
}

impl New {
    /// What was asked for; the rest as it was.
    fn of(zone: Doc<'_>, options: &RecordOptions, old: Option<(Doc<'_>, Doc<'_>)>) -> Result<New> {
        let was = |name: &str| old.map_or("", |(set, _)| set.text(name)).to_owned();
        let kind = options.kind.as_ref().map_or_else(|| was("type"), |k| k.to_ascii_uppercase());
        let name = match (&options.name, old) {
            (None, Some(_)) => was("name"),
            (name, _) => full(name.as_deref().unwrap_or(""), zone.text("name"))?,
        };
        let disabled = disabled(options)?.or_else(|| old?.1.opt("disabled")).unwrap_or(false);
        let content = match old.map(|(_, value)| value.text("content")) {
            Some(content) if kind == was("type") && options.data.is_none() && options.priority.is_none() => content.to_owned(),
            Some(content) => {
                let (priority, data) = parts(&was("type"), content);
                let data = Some(options.data.clone().unwrap_or(data));
                // Data that brings its own priority has the last word.
                let own = data.as_deref().is_some_and(|data| parts(&kind, data).0.is_some());
                let priority = options.priority.or(priority.filter(|_| !own && kind == was("type")));
                checked(&kind, &RecordOptions { data, priority, ..RecordOptions::default() })?
            }
            None => checked(&kind, options)?,
        };
        Ok(New { name, kind, content, disabled })
    }

    /// The set that it belongs to.
    fn set<'t>(&self, zone: Doc<'t>) -> Set<'t> {
        let mut sets = zone.each("rrsets");
        let doc = sets.find(|s| s.text("name").eq_ignore_ascii_case(&self.name) && s.text("type") == self.kind);
        doc.map_or(Set { doc: None, ttl: None }, Set::of)
    }

    /// Puts the record among values: in the place of one, or at the end.
    fn add(&self, values: &mut Vec<Value>, at: Option<usize>) -> Result<()> {
        let twin = values.iter().position(|v| same(&self.kind, &v.content, &self.content));
        if twin.is_some() && twin != at {
            return Err(Error::new(Kind::Conflict, "there is such a record already"));
        }
        let value = Value { content: self.content.clone(), disabled: self.disabled };
        match at.and_then(|at| values.get_mut(at)) {
            Some(place) => *place = value,
            None => values.push(value),
        }
        Ok(())
    }

    fn record(&self, zone: Doc<'_>, ttl: u64) -> Record {
        shown(zone, &self.name, &self.kind, &self.content, Some(ttl), self.disabled, None)
    }
}

/// A record's content, from what was given.
fn checked(kind: &str, options: &RecordOptions) -> Result<String> {
    let data = options.data.as_deref().unwrap_or("");
    check(kind, data, options.priority)?;
    Ok(content(kind, data, options.priority))
}

fn disabled(options: &RecordOptions) -> Result<Option<bool>> {
    Ok(Tree::json(options.extra.as_str())?.root().opt("disabled"))
}

/// A set as it shall be; without values, it shall not be.
fn replace(name: &str, kind: &str, ttl: u64, values: &[Value]) -> Json {
    let records = values.iter().map(|v| object(&[("content", (&v.content).into()), ("disabled", v.disabled.into())]));
    match values.is_empty() {
        true => object(&[("name", name.into()), ("type", kind.into()), ("changetype", "DELETE".into())]),
        false => object(&[
            ("name", name.into()),
            ("type", kind.into()),
            ("ttl", ttl.into()),
            ("changetype", "REPLACE".into()),
            ("records", array(records)),
        ]),
    }
}

fn with_comments(set: Json, comments: Option<Doc<'_>>) -> Json {
    let Some(comments) = comments else { return set };
    let mut text = set.into_string();
    text.pop();
    text.push_str(",\"comments\":");
    text.push_str(comments.json().as_str());
    text.push('}');
    Json::raw(text)
}

/// Members of a zone that are set, but for its name.
fn settings(options: &ZoneOptions) -> Result<Vec<(&'static str, Json)>> {
    let mut members = Vec::new();
    if let Some(kind) = &options.kind {
        let known = KINDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
        let known = known.ok_or_else(|| Error::invalid("a zone's type is native, master, slave, producer or consumer"))?;
        members.push(("kind", known.1.into()));
    }
    if !options.masters.is_empty() {
        members.push(("masters", array(options.masters.iter().map(Json::from))));
    }
    if options.ttl.is_some() {
        return Err(Error::invalid("PowerDNS has no default time to live of a zone: give each record its own"));
    }
    let tree = Tree::json(options.extra.as_str())?;
    for d in tree.root().children() {
        match ZONE_SETTINGS.iter().find(|s| **s == d.key()) {
            Some(name) => members.push((*name, d.json())),
            None => return Err(Error::invalid(["extra of a zone may have ", &ZONE_SETTINGS.join(", ")].concat())),
        }
    }
    Ok(members)
}

/// A name with its final dot.
fn dotted(name: &str) -> String {
    let mut name = name.to_ascii_lowercase();
    if !name.ends_with('.') {
        name.push('.');
    }
    name
}

/// A zone's id: its name with a final dot, and with `=2F` for what a path cannot hold. People leave the dot out.
fn canonical(zone: &str) -> String {
    if zone.contains('=') { zone.to_owned() } else { dotted(zone) }
}

/// The zone's name that an id stands for, with its final dot.
fn domain(zone: &str) -> String {
    crate::core::call::decode(&canonical(zone).chars().map(|c| if c == '=' { '%' } else { c }).collect::<String>())
}

/// A record's whole name, with its final dot.
fn full(name: &str, domain: &str) -> Result<String> {
    if name.ends_with('.') {
        return Err(Error::invalid("a record's name is relative to its zone, without a final dot"));
    }
    let mut whole = match name {
        "" | "@" => String::new(),
        name => name.to_ascii_lowercase() + ".",
    };
    whole.push_str(if domain == "." && !whole.is_empty() { "" } else { domain });
    Ok(whole)
}

/// Name, type and content of a record's id.
fn split(id: &str) -> Result<(&str, &str, &str)> {
    let mut words = id.splitn(3, '/');
    match (words.next(), words.next(), words.next()) {
        (Some(name), Some(kind), Some(content)) => Ok((name, kind, content)),
        _ => Err(Error::invalid("this is no record's id: it looks like www/A/192.0.2.1")),
    }
}

/// The record of an id: its set and value.
fn find<'t>(zone: Doc<'t>, id: &str) -> Result<(Doc<'t>, Doc<'t>)> {
    let missing = || Error::new(Kind::NotFound, "no such record: a record's id changes with its name, type and data");
    let (name, kind, content) = split(id)?;
    let name = full(&crate::core::call::decode(name), zone.text("name"))?;
    let set = zone.each("rrsets").find(|s| s.text("name").eq_ignore_ascii_case(&name) && s.text("type") == kind).ok_or_else(missing)?;
    let value = set.each("records").find(|v| same(kind, v.text("content"), content)).ok_or_else(missing)?;
    Ok((set, value))
}

fn zone(d: Doc<'_>) -> Result<Zone> {
    let kind = match d.text("kind") {
        "Slave" | "Consumer" => "slave",
        _ => "master",
    };
    let domain = d.need::<String>("name")?.trim_end_matches('.').to_owned();
    Ok(Zone { id: d.need("id")?, domain, kind: Some(kind.to_owned()), ttl: None, extra: extra(d, ZONE_EXTRA) })
}

fn records(zone: Doc<'_>) -> Result<Vec<Record>> {
    zone.each("rrsets").flat_map(|set| set.each("records").map(move |value| record(zone, set, value))).collect()
}

fn record(zone: Doc<'_>, set: Doc<'_>, value: Doc<'_>) -> Result<Record> {
    let comments = set.get("comments").filter(|c| c.children().next().is_some());
    let (name, kind, content) = (set.need::<String>("name")?, set.need::<String>("type")?, value.need::<String>("content")?);
    Ok(shown(zone, &name, &kind, &content, set.opt("ttl"), value.opt("disabled").unwrap_or(false), comments))
}

fn shown(zone: Doc<'_>, name: &str, kind: &str, content: &str, ttl: Option<u64>, disabled: bool, comments: Option<Doc<'_>>) -> Record {
    let domain = zone.text("name");
    let relative = match name.len().checked_sub(domain.len()).and_then(|at| name.split_at_checked(at)) {
        Some((front, end)) if end.eq_ignore_ascii_case(domain) => front.trim_end_matches('.'),
        _ => name,
    };
    // A name may hold a slash: the first two of an id are those between its parts.
    let mut id = String::new();
    for c in if relative.is_empty() { "@" } else { relative }.chars() {
        match c {
            '/' => id.push_str("%2F"),
            '%' => id.push_str("%25"),
            '+' => id.push_str("%2B"),
            c => id.push(c),
        }
    }
    for part in [kind, content] {
        id.push('/');
        id.push_str(part);
    }
    let (priority, data) = parts(kind, content);
    let extra = object(&[
        ("priority", priority.into()),
        ("disabled", Some(disabled).filter(|d| *d).into()),
        ("comments", comments.map_or_else(Json::default, Doc::json)),
    ]);
    Record { id, name: relative.to_owned(), kind: kind.to_owned(), data, ttl, zone: zone.text("id").to_owned(), extra: Extra(extra) }
}
