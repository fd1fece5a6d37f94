//! What is special about nodes, and about what they are made from.

use std::net::Ipv4Addr;

use super::{Answer, Ask, Item, KINDS, Place, Refusal, World, merge, refuse};
use crate::core::http::Method;
use crate::core::sort::sort;
use crate::core::wire::{Doc, Json, Tree, array};

pub(super) const NODE: &[(&str, &str, bool)] = &[
    ("image", "images", false),
    ("size", "sizes", false),
    ("location", "locations", false),
    ("keyPair", "key-pairs", false),
    ("networks", "networks", true),
    ("securityGroups", "security-groups", true),
];

pub(super) const VOLUME: &[(&str, &str, bool)] = &[("location", "locations", false), ("snapshot", "snapshots", false)];

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
        r#"[{"id":"alpine-3","name":"Alpine Linux 3","owner":"sandbox"},{"id":"debian-13","name":"Debian 13","owner":"sandbox"},
{"id":"ubuntu-24.04","name":"Ubuntu 24.04","owner":"sandbox"}]"#,
    ),
];

/// Orders to a node: what it must be doing, what it does next, and what after that.
const ORDERS: &[(&str, &str, &str, &str)] = &[
    ("start", "stopped", "starting", "running"),
    ("stop", "running", "stopping", "stopped"),
    ("reboot", "running", "rebooting", "running"),
];

pub(super) fn stock(world: &mut World) {
    for (kind, json) in STOCK {
        let tree = Tree::json(json).unwrap_or_default();
        for d in tree.root().children() {
            world.items.push(Item { kind, id: d.text("id").to_owned(), json: d.json().into_string(), ..Item::default() });
        }
    }
    sort(&mut world.items, |a, b| a.key().cmp(&b.key()));
    world.count("");
}

pub(super) fn special(world: &mut World, place: &Place<'_>, ask: &Ask<'_>) -> Result<Option<Answer>, Refusal> {
    let Some(kind) = KINDS.iter().find(|k| k.path == place.kind) else { return Ok(None) };
    let now = ask.now;
    let find = |world: &mut World, kind: &str, id: &str| world.find(kind, "", id).map(|item| item.clone());
    match (ask.method, place.kind, place.verb) {
        (Method::Post, "nodes", "") => {
            let n = world.count("addresses");
            let address = |net: &str| array([[net, &(n / 256).to_string(), ".", &(n % 256).to_string()].concat().into()]);
            let location = ask.doc.opt("location").unwrap_or_else(|| "sandbox-1".to_owned());
            // A range that is set aside for such purposes: nobody is reached by it.
            let members = [
                ("publicIps", address("198.18.")),
                ("privateIps", address("10.0.")),
                ("location", location.into()),
                ("password", Json::default()),
            ];
            let node = world.add(kind, place, ask, &members)?;
            node.states = ("pending", "running");
            node.moment = now + ask.boot;
            return Ok(Some((node.show(now), None)));
        }
        (Method::Post, "nodes", verb) => {
            let node = world.find("nodes", "", place.id)?;
            let state = node.state(now);
            match ORDERS.iter().find(|(order, ..)| *order == verb) {
                Some((_, must, next, then)) if state == *must => {
                    node.states = (next, then);
                    node.moment = now + ask.boot;
                }
                _ => return refuse(409, &["a node that is ", state, " cannot ", verb]),
            }
        }
        (Method::Patch, "nodes", _) => {
            let node = world.find("nodes", "", place.id)?;
            let tree = Tree::json(&node.json).unwrap_or_default();
            let tags = tree.root().get("tags").map_or_else(Json::default, Doc::json);
            let changes: Vec<_> = ask.doc.children().map(|d| (d.key(), if d.is_null() { Json::default() } else { d.json() })).collect();
            let tags = merge(tags.as_str(), &changes);
            node.set(&[("tags", Json::raw(tags))]);
        }
        (Method::Delete, "nodes", _) => {
            for volume in world.items.iter_mut().filter(|i| i.kind == "volumes" && i.text("node") == place.id) {
                detach(volume);
            }
            return Ok(None);
        }
        (Method::Post, "volumes", "") => {
            let snapshot = ask.doc.opt::<String>("snapshot");
            let least: u64 = match &snapshot {
                Some(id) => find(world, "snapshots", id)?.text("size").parse().unwrap_or(1),
                None => 1,
            };
            let size = ask.doc.opt("size").unwrap_or(0);
            let size = if size == 0 && snapshot.is_some() { least } else { size };
            if size < least {
                return refuse(400, &["a volume has a size of at least ", &least.to_string(), " GB here"]);
            }
            let volume = world.add(kind, place, ask, &[("size", size.into())])?;
            volume.states.1 = "available";
            return Ok(Some((volume.show(now), None)));
        }
        (Method::Post, "volumes", "attach") => {
            let node = ask.doc.text("node");
            find(world, "nodes", node)?;
            let taken: Vec<_> = world.all("volumes", "").iter().filter(|v| v.text("node") == node).map(|v| v.text("device")).collect();
            let free = || ('b'..='z').map(|c| format!("/dev/vd{c}")).find(|d| !taken.contains(d));
            let device = ask.doc.opt("device").or_else(free).unwrap_or_default();
            let volume = world.find("volumes", "", place.id)?;
            if volume.states.1 != "available" || device.is_empty() || taken.contains(&device) {
                return refuse(409, &["the volume is attached already, or the device is taken"]);
            }
            volume.states.1 = "inuse";
            volume.set(&[("node", node.into()), ("device", device.into())]);
        }
        (Method::Post, "volumes", _) => {
            let volume = world.find("volumes", "", place.id)?;
            if volume.states.1 == "available" {
                return refuse(409, &["the volume is not attached"]);
            }
            detach(volume);
        }
        (Method::Delete, "volumes", _) if world.find("volumes", "", place.id)?.states.1 == "inuse" => {
            return refuse(409, &["the volume is attached: detach it first"]);
        }
        (Method::Post, "snapshots", _) => {
            let volume = find(world, "volumes", ask.doc.text("volume"))?;
            let snapshot = world.add(kind, place, ask, &[("size", volume.text("size").into())])?;
            snapshot.states = ("creating", "available");
            snapshot.moment = now + ask.boot;
            return Ok(Some((snapshot.show(now), None)));
        }
        (Method::Post, "images", _) => {
            find(world, "nodes", ask.doc.text("node"))?;
            let image = world.add(kind, place, ask, &[("owner", "self".into())])?;
            return Ok(Some((image.show(now), None)));
        }
        (Method::Delete, "images", _) if world.find("images", "", place.id)?.text("owner") == "sandbox" => {
            return refuse(403, &["the image is the sandbox's own"]);
        }
        (Method::Post, "key-pairs", _) if ask.doc.text("publicKey").split_ascii_whitespace().count() < 2 => {
            return refuse(400, &["a public key looks like \"ssh-ed25519 AAAA… comment\""]);
        }
        (Method::Post, "networks", _) if !is_range(ask.doc.text("cidr")) => {
            return refuse(400, &["an address range looks like 10.1.0.0/16"]);
        }
        (Method::Post, "security-groups", "") => {
            if world.all("security-groups", "").iter().any(|g| g.text("name") == ask.doc.text("name")) {
                return refuse(409, &["there is a security group of this name"]);
            }
            let group = world.add(kind, place, ask, &[("rules", array([]))])?;
            return Ok(Some((group.show(now), None)));
        }
        (Method::Post, "security-groups", _) => {
            let group = world.find("security-groups", "", place.id)?;
            let ports = (ask.doc.opt::<u64>("fromPort"), ask.doc.opt::<u64>("toPort"));
            if matches!(ports, (Some(from), Some(to)) if from > to)
                || !matches!(ask.doc.text("cidr"), "" | "::/0") && !is_range(ask.doc.text("cidr"))
            {
                return refuse(400, &["a rule's ports or addresses make no range"]);
            }
            let tree = Tree::json(&group.json).unwrap_or_default();
            let rules = array(tree.root().each("rules").chain([ask.doc]).map(Doc::json));
            group.set(&[("rules", rules)]);
        }
        _ => return Ok(None),
    }
    Ok(Some(("null".to_owned(), None)))
}

fn detach(volume: &mut Item) {
    volume.states.1 = "available";
    volume.set(&[("node", Json::default()), ("device", Json::default())]);
}

fn is_range(cidr: &str) -> bool {
    let mut sides = cidr.splitn(2, '/');
    let address = sides.next().is_some_and(|a| a.parse::<Ipv4Addr>().is_ok());
    address && sides.next().and_then(|n| n.parse().ok()).is_some_and(|n: u8| n <= 32)
}
