//! What is special about nodes, and about what they are made from.

use super::{Ask, Item, Refusal, World, merge, null, refuse};
use crate::core::http::Method;
use crate::core::wire::{Doc, Json, Tree, array, number_text, parse_number};

type Special = Result<Option<String>, Refusal>;

/// What a node is made of must be there.
const LINKS: &[(&str, &str)] = &[
    ("image", "images"),
    ("size", "sizes"),
    ("extra/location", "locations"),
    ("extra/key_name", "key-pairs"),
    ("extra/networks", "networks"),
    ("extra/security_groups", "groups"),
];

/// Orders to a node: what it must be doing, what it does next, and what after that.
const ORDERS: &[(&str, &str, &str, &str)] = &[
    ("start", "stopped", "starting", "running"),
    ("stop", "running", "stopping", "stopped"),
    ("reboot", "running", "rebooting", "running"),
];

/// What there is from the start.
const STOCK: &[(&str, &str)] = &[
    ("locations", r#"[{"id":"sandbox-1","name":"Sandbox 1"}]"#),
    (
        "sizes",
        r#"[{"id":"size-1","name":"Nano","ram":512,"disk":10,"vcpus":1,"bandwidth":500,"price":0.005},
{"id":"size-2","name":"Small","ram":2048,"disk":40,"vcpus":1,"bandwidth":2000,"price":0.02},
{"id":"size-3","name":"Medium","ram":8192,"disk":80,"vcpus":2,"bandwidth":4000,"price":0.08},
{"id":"size-4","name":"Large","ram":32768,"disk":160,"vcpus":8,"bandwidth":8000,"price":0.32}]"#,
    ),
    (
        "images",
        r#"[{"id":"alpine-3","name":"Alpine Linux 3"},{"id":"debian-13","name":"Debian 13"},{"id":"ubuntu-24.04","name":"Ubuntu 24.04"}]"#,
    ),
];

pub(super) fn stock(w: &mut World) {
    for (kind, json) in STOCK {
        for d in Tree::json(json).unwrap_or_default().root().children() {
            let mut item = Item { kind, id: d.text("id").to_owned(), json: d.json().into_string(), ..Item::default() };
            item.set_extra(&[("sandbox", true.into()), ("owner", "sandbox".into())]);
            w.put(item);
        }
    }
}

/// Brings nodes to the states that they are due for.
pub(super) fn pass(w: &mut World) {
    let now = w.now;
    while let Some(at) = w.due.iter().position(|(moment, ..)| *moment <= now) {
        let (_, id, state) = w.due.swap_remove(at);
        if let Ok(node) = w.find("nodes", "", &id) {
            node.set(&[("state", state.into())]);
        }
    }
}

pub(super) fn nodes(w: &mut World, ask: &Ask<'_>) -> Special {
    let moment = w.now + w.boot;
    match (ask.method, ask.verb) {
        (Method::Post, "") => {
            for (path, kind) in LINKS {
                for d in ask.doc.each(path) {
                    if w.seek(kind, "", d.as_text()).is_err() {
                        return Err(Refusal(400, ["there is no \"", d.as_text(), "\" in ", kind].concat()));
                    }
                }
            }
            let made = w.all("nodes", "").last().map_or("node-0", |n| &n.id);
            let n = made.strip_prefix("node-").and_then(parse_number).unwrap_or(0) + 1;
            let address = |net: &str| array([Json::from([net, &number_text(n >> 8), ".", &number_text(n & 255)].concat())]);
            // A range that is set aside for such purposes: nobody is reached by it.
            let members = [("state", "pending".into()), ("publicIps", address("198.18.")), ("privateIps", address("10.0."))];
            let node = w.add(ask, ask.doc, &members)?;
            let id = w.all("nodes", "").last().map_or_else(String::new, |n| n.id.clone());
            w.due.push((moment, id, "running"));
            return Ok(Some(node));
        }
        (Method::Post, verb) => {
            let node = w.find("nodes", "", ask.id)?;
            let state = node.text("state");
            let Some((_, _, next, then)) = ORDERS.iter().find(|(order, must, ..)| *order == verb && *must == state) else {
                return Err(Refusal(409, ["a node that is ", &state, " cannot ", verb].concat()));
            };
            node.set(&[("state", (*next).into())]);
            w.due.push((moment, ask.id.to_owned(), then));
        }
        (Method::Patch, _) => {
            let node = w.find("nodes", "", ask.id)?;
            let tags = Tree::json(&node.json).unwrap_or_default().root().at("extra/tags").map_or_else(Json::default, Doc::json);
            let mut changes = Vec::new();
            for d in ask.doc.children() {
                changes.push((d.key(), if d.is_null() { Json::default() } else { d.json() }));
            }
            node.set_extra(&[("tags", Json::raw(merge(tags.as_str(), &changes)))]);
        }
        (Method::Delete, _) => {
            w.find("nodes", "", ask.id)?;
            for volume in w.items.iter_mut().filter(|i| i.kind == "volumes" && i.says("extra/node", ask.id)) {
                attach(volume, "available", Json::default(), Json::default());
            }
            return Ok(None);
        }
        _ => return Ok(None),
    }
    Ok(Some(null()))
}

fn attach(volume: &mut Item, state: &str, node: Json, device: Json) {
    volume.set(&[("state", state.into())]);
    volume.set_extra(&[("node", node), ("device", device)]);
}

pub(super) fn volumes(w: &mut World, ask: &Ask<'_>) -> Special {
    if ask.method == Method::Get {
        return Ok(None);
    }
    if ask.id.is_empty() {
        let snapshot = ask.doc.opt::<String>("snapshot");
        let least = match &snapshot {
            Some(id) => parse_number(&w.find("snapshots", "", id)?.text("size")).unwrap_or(1),
            None => 1,
        };
        let size: u64 = ask.doc.opt("size").unwrap_or(0);
        let size = if size == 0 && snapshot.is_some() { least } else { size };
        if size < least || ask.doc.each("location").any(|d| d.as_text() != "sandbox-1") {
            return refuse(400, "the size is less than the snapshot's, or there is no such location");
        }
        return w.add(ask, ask.doc, &[("size", size.into()), ("state", "available".into())]).map(Some);
    }
    let node = ask.doc.text("node");
    if ask.verb == "attach" {
        w.find("nodes", "", node)?;
    }
    let taken = |w: &World, device: &str| w.all("volumes", "").any(|v| v.says("extra/node", node) && v.says("extra/device", device));
    let mut device = ask.doc.text("device").to_owned();
    if device.is_empty() {
        let mut all = ('b'..='z').map(|c| ["/dev/vd", c.encode_utf8(&mut [0; 4])].concat());
        device = all.find(|d| !taken(w, d)).unwrap_or_default();
    }
    let taken = taken(w, &device);
    let volume = w.find("volumes", "", ask.id)?;
    match (ask.verb, volume.says("state", "available")) {
        ("attach", true) if !taken => attach(volume, "inuse", node.into(), device.into()),
        ("detach", false) => attach(volume, "available", Json::default(), Json::default()),
        ("", true) => return Ok(None),
        _ => return refuse(409, "the volume is attached already, or is not, or the device is taken"),
    }
    Ok(Some(null()))
}

pub(super) fn snapshots(w: &mut World, ask: &Ask<'_>) -> Special {
    if ask.method != Method::Post {
        return Ok(None);
    }
    let size = w.find("volumes", "", ask.doc.text("volume"))?.text("size");
    w.add(ask, ask.doc, &[("size", size.into()), ("state", "available".into())]).map(Some)
}

pub(super) fn images(w: &mut World, ask: &Ask<'_>) -> Special {
    match ask.method {
        Method::Post => w.find("nodes", "", &ask.doc.opt::<String>("extra/node").unwrap_or_default()).map(|_| None),
        Method::Delete if w.find("images", "", ask.id)?.says("extra/owner", "sandbox") => refuse(403, "the image is the sandbox's own"),
        _ => Ok(None),
    }
}

/// Networks and security groups: nodes use them.
pub(super) fn used(w: &mut World, ask: &Ask<'_>) -> Special {
    match (ask.method, ask.verb) {
        (Method::Delete, _) if w.all("nodes", "").any(|n| LINKS.iter().any(|(path, kind)| *kind == ask.kind && n.says(path, ask.id))) => {
            refuse(409, "a node uses it")
        }
        (Method::Post, "") if ask.kind == "groups" && w.all("groups", "").any(|g| g.says("name", ask.doc.text("name"))) => {
            refuse(409, "there is a security group of this name")
        }
        (Method::Post, "rules") => {
            let group = w.find("groups", "", ask.id)?;
            let mut rules = Tree::json(&group.json).unwrap_or_default().root().at("extra/rules").map_or_else(|| array([]), Doc::json);
            rules.append_items(&array([ask.doc.json()]));
            group.set_extra(&[("rules", rules)]);
            Ok(Some(null()))
        }
        _ => Ok(None),
    }
}
