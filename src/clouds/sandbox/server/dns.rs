//! What is special about zones and records: domains are unique, and records must make sense together.

use super::{Answer, Ask, KINDS, Kind, Place, Refusal, World, merge, refuse};
use crate::core::http::Method;
use crate::core::wire::{Doc, Tree};
use crate::dns::{check, content, parts};

pub(super) fn special(world: &mut World, place: &Place<'_>, ask: &Ask<'_>) -> Result<Option<Answer>, Refusal> {
    let Some(kind) = KINDS.iter().find(|k| k.path == place.kind) else { return Ok(None) };
    let json = match (ask.method, place.kind) {
        (Method::Post, "zones") => {
            let domain = ask.doc.text("domain");
            if domain.is_empty() || domain.bytes().any(|b| b <= b' ') || domain.split('.').any(str::is_empty) {
                return refuse(400, &["a domain looks like example.org"]);
            }
            if world.all("zones", "").iter().any(|z| z.text("domain") == domain) {
                return refuse(409, &["there is a zone of this domain"]);
            }
            return Ok(None);
        }
        (Method::Patch, "zones") => {
            let zone = world.find("zones", "", place.id)?;
            zone.json = with(&zone.json, ask.doc);
            zone.show(ask.now)
        }
        (Method::Post, "records") => add(world, kind, place, ask, ask.doc)?,
        (Method::Patch, "records") => {
            let record = world.find("records", place.within, place.id)?;
            let mut json = with(&record.json, ask.doc);
            // A priority stays with its type, unless the data brings one.
            let kind = ask.doc.opt("type").unwrap_or_else(|| record.text("type"));
            if kind != record.text("type") || parts(&kind, ask.doc.text("data")).0.is_some() {
                json = merge(&json, &[("priority", ask.doc.opt::<u64>("priority").into())]);
            }
            let checked = checked(world, place.within, &json, place.id)?;
            let record = world.find("records", place.within, place.id)?;
            record.json = checked;
            record.show(ask.now)
        }
        (Method::Put, "records") => {
            let kept = world.items.clone();
            let (name, of) = (ask.doc.text("name"), ask.doc.text("type"));
            world.items.retain(|i| i.kind != "records" || i.within != place.within || i.text("name") != name || i.text("type") != of);
            for record in ask.doc.each("records") {
                if let Err(refusal) = add(world, kind, place, ask, record) {
                    world.items = kept;
                    return Err(refusal);
                }
            }
            "null".to_owned()
        }
        _ => return Ok(None),
    };
    Ok(Some((json, None)))
}

fn add(world: &mut World, kind: &'static Kind, place: &Place<'_>, ask: &Ask<'_>, record: Doc<'_>) -> Result<String, Refusal> {
    let json = checked(world, place.within, record.json().as_str(), "")?;
    let record = world.add(kind, &Place { id: "", ..*place }, ask, &[])?;
    record.json = json;
    Ok(record.show(ask.now))
}

/// An object with what was given; `null` is not given.
fn with(json: &str, doc: Doc<'_>) -> String {
    let given: Vec<_> = doc.children().filter(|d| !d.is_null()).map(|d| (d.key(), d.json())).collect();
    merge(json, &given)
}

/// A record as it is kept, if it makes sense by itself and beside the others of the zone, `id` not counted.
fn checked(world: &World, zone: &str, json: &str, id: &str) -> Result<String, Refusal> {
    let tree = Tree::json(json).unwrap_or_default();
    let d = tree.root();
    let (name, kind, priority) = (d.text("name"), d.text("type"), d.opt("priority"));
    check(kind, d.text("data"), priority).map_err(|e| Refusal(400, e.message().to_owned()))?;
    let whole = content(kind, d.text("data"), priority);
    if name.ends_with('.') || (kind == "CNAME" && name.is_empty()) {
        return refuse(400, &["a name is relative to its zone, without a final dot; the apex can have no CNAME"]);
    }
    for other in world.all("records", zone).iter().filter(|o| o.id != id && o.text("name") == name) {
        let of = other.text("type");
        if of != kind && (of == "CNAME" || kind == "CNAME") {
            return refuse(409, &["a CNAME is alone at its name"]);
        }
        if of == kind && (kind == "CNAME" || other.text("content") == whole) {
            return refuse(409, &["there is such a record already"]);
        }
    }
    let (priority, data) = parts(kind, &whole);
    Ok(merge(json, &[("data", data.into()), ("priority", priority.into()), ("content", whole.into())]))
}
