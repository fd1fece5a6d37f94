//! What is special about zones and records: domains are unique, and records must make sense together.

use super::{Ask, Refusal, World, merge, null, refuse};
use crate::core::http::Method;
use crate::core::wire::{Doc, Json, Tree, object};
use crate::dns::{check, content, parts, same};

type Special = Result<Option<String>, Refusal>;

pub(super) fn zones(w: &mut World, ask: &Ask<'_>) -> Special {
    match ask.method {
        Method::Post => {
            let domain = ask.doc.text("domain");
            if domain.bytes().any(|b| b <= b' ') || domain.split('.').any(str::is_empty) {
                return refuse(400, "a domain looks like example.org");
            }
            if w.all("zones", "").any(|z| z.says("domain", domain)) {
                return refuse(409, "there is a zone of this domain");
            }
            Ok(None)
        }
        Method::Patch => {
            let zone = w.find("zones", "", ask.id)?;
            zone.json = with(&zone.json, ask.doc);
            Ok(Some(zone.json.clone()))
        }
        _ => Ok(None),
    }
}

pub(super) fn records(w: &mut World, ask: &Ask<'_>) -> Special {
    match ask.method {
        Method::Post => add(w, ask, ask.doc).map(Some),
        Method::Patch => {
            let old = w.find("records", ask.within, ask.id)?.json.clone();
            let json = checked(w, ask, &old, ask.doc)?;
            w.find("records", ask.within, ask.id)?.json.clone_from(&json);
            Ok(Some(json))
        }
        Method::Put => {
            let kept = w.items.clone();
            let of = |path: &str| ask.doc.text(path);
            w.items
                .retain(|i| !(i.kind == "records" && i.within == ask.within && i.says("name", of("name")) && i.says("type", of("type"))));
            for record in ask.doc.each("records") {
                if let Err(refusal) = add(w, ask, record) {
                    w.items = kept;
                    return Err(refusal);
                }
            }
            Ok(Some(null()))
        }
        _ => Ok(None),
    }
}

/// An object with what was given, members of members too.
fn with(json: &str, doc: Doc<'_>) -> String {
    let old = Tree::json(json).unwrap_or_default();
    let mut given = Vec::new();
    for d in doc.children() {
        let inside = || old.root().get(d.key()).map_or_else(Json::default, Doc::json);
        given.push((d.key(), if d.is_map() { Json::raw(with(inside().as_str(), d)) } else { d.json() }));
    }
    merge(json, &given)
}

fn add(w: &mut World, ask: &Ask<'_>, record: Doc<'_>) -> Result<String, Refusal> {
    let json = checked(w, ask, "", record)?;
    w.add(ask, Tree::json(&json).unwrap_or_default().root(), &[])
}

/// A record with what was given, as it is kept, if it makes sense by itself and beside the others of its zone.
fn checked(w: &World, ask: &Ask<'_>, old: &str, new: Doc<'_>) -> Result<String, Refusal> {
    let before = Tree::json(old).unwrap_or_default();
    let json = with(old, new);
    let tree = Tree::json(&json).unwrap_or_default();
    let d = tree.root();
    let (name, kind, data) = (d.text("name"), d.text("type"), d.text("data"));
    // A priority stays with its type, unless the data brings one.
    let kept = before.root().opt("extra/priority").filter(|_| kind == before.root().text("type") && parts(kind, data).0.is_none());
    let priority = new.opt("priority").or(kept);
    check(kind, data, priority).map_err(|e| Refusal(400, e.message().to_owned()))?;
    let whole = content(kind, data, priority);
    if name.ends_with('.') || (kind == "CNAME" && name.is_empty()) {
        return refuse(400, "a name is relative to its zone, without a final dot; the apex can have no CNAME");
    }
    for other in w.all("records", ask.within).filter(|o| o.id != ask.id && o.says("name", name)) {
        let alike = other.says("type", kind);
        if kind == "CNAME" || other.says("type", "CNAME") || (alike && same(kind, &other.text("content"), &whole)) {
            return refuse(409, "there is such a record already, or a CNAME and something else would share a name");
        }
    }
    let (priority, data) = parts(kind, &whole);
    let extra = object(&[("sandbox", true.into()), ("priority", priority.into())]);
    let members =
        [("data", data.into()), ("content", whole.into()), ("zone", ask.within.into()), ("priority", Json::default()), ("extra", extra)];
    Ok(merge(&json, &members))
}
