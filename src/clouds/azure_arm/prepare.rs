//! What Azure must be told: ids as paths, nodes and rules in its words.

use super::super::rest::Holes;
use crate::core::error::{Error, Result};
use crate::core::link::Link;
use crate::core::wire::{Json, Tree, array, number_text, object};

/// What is known by its name in a resource group.
const PLACES: &[(&str, &str)] = &[
    ("node", "Microsoft.Compute/virtualMachines/"),
    ("volume", "Microsoft.Compute/disks/"),
    ("snapshot", "Microsoft.Compute/snapshots/"),
    ("image", "Microsoft.Compute/images/"),
    ("keyPair", "Microsoft.Compute/sshPublicKeys/"),
    ("network", NETWORKS),
    ("securityGroup", GROUPS),
];
const NETWORKS: &str = "Microsoft.Network/virtualNetworks/";
const GROUPS: &str = "Microsoft.Network/networkSecurityGroups/";

/// The path of what is known by its path, its group and name, or its name.
fn place(subscription: &str, group: &str, id: &str, kind: &str) -> Result<String> {
    let path = "/subscriptions/";
    if id.get(..path.len()).is_some_and(|start| start.eq_ignore_ascii_case(path)) {
        return Ok(id.to_owned());
    }
    let mut halves = id.rsplitn(2, '/');
    let (name, group) = (halves.next().unwrap_or(""), halves.next().unwrap_or(group));
    if name.is_empty() || group.is_empty() || group.contains('/') {
        return Err(Error::invalid(
            "an id is a path, as lists give it, or GROUP/NAME, or a name where the account has a \"resourceGroup\"",
        ));
    }
    Ok([subscription, "/resourceGroups/", group, "/providers/", kind, name].concat())
}

/// Ids as paths, and what Azure must be told.
pub(super) fn prepare(operation: &str, link: &Link, holes: &mut Holes) -> Result<()> {
    let subscription = ["/subscriptions/", link.setting("subscription")].concat();
    let (mut group, name) = (link.setting("group").to_owned(), holes.text("name"));
    let inside = |group: &str| [&subscription, "/resourceGroups/", group, "/providers/"].concat();
    let every = [&subscription, "/providers/"].concat();
    holes.set("$all", if group.is_empty() { every.as_str().into() } else { inside(&group).into() });
    holes.set("$any", every.into());
    let mut halves = name.rsplitn(2, '/');
    let plain = halves.next().unwrap_or("");
    if let Some(other) = halves.next() {
        group = other.to_owned();
        holes.set("name", plain.into());
    }
    if operation.starts_with("create_") && plain.is_empty() {
        return Err(Error::invalid("Azure knows things by their names: a \"name\" is needed"));
    }
    if !name.is_empty() && (group.is_empty() || group.contains('/')) {
        return Err(Error::invalid("a resource group is needed: give the account's field \"resourceGroup\", or the name as GROUP/NAME"));
    }
    holes.set("$home", inside(&group).into());
    // What is known by its name alone is in the account's group, whatever is made where.
    let group = Some(link.setting("group")).filter(|own| !own.is_empty()).unwrap_or(&group).to_owned();
    let image = holes.text("image");
    for (hole, kind) in PLACES {
        let id = holes.text(hole);
        if !(id.is_empty() || *hole == "image" && image.contains(':') && operation != "delete_image") {
            holes.set(hole, place(&subscription, &group, &id, kind)?.into());
        }
    }
    let mut local = matches!(operation, "create_network" | "create_security_group" | "create_key_pair" | "import_key_pair" | "list_sizes");
    match operation {
        "create_node" => create(&subscription, &group, &image, link, holes)?,
        "create_volume" => {
            local = holes.get("location").is_none();
            holes.set("$how", if holes.get("snapshot").is_some() { "Copy" } else { "Empty" }.into());
        }
        "list_images" => local = of_publisher(&holes.text("owner"), 3, link, holes)?,
        "get_image" | "delete_image" => {
            let shared = image.split('/').any(|step| step == "galleries");
            holes.set("$version", link.setting(if shared { "gallery" } else { "vm" }).into());
            if operation == "get_image" && image.contains(':') {
                local = of_publisher(&image, 4, link, holes)?;
                holes.set("image", holes.get("$image").cloned().unwrap_or_default());
            }
        }
        "list_sizes" => holes.set("$where", ["location eq '", link.setting("location"), "'"].concat().into()),
        "add_security_group_rule" => rule(holes),
        _ => {}
    }
    if local && link.setting("location").is_empty() {
        return Err(Error::invalid("a location is needed: give the account's field \"location\", or one where it is taken"));
    }
    Ok(())
}

/// Where the images of a publisher are, or of an offer, or of a SKU, or where the one image is; says whether there is a publisher.
fn of_publisher(words: &str, most: usize, link: &Link, holes: &mut Holes) -> Result<bool> {
    if words.is_empty() {
        return Ok(false);
    }
    if words.contains('/') || words.split(':').count() > most || words.split(':').any(str::is_empty) {
        return Err(Error::invalid(
            "an image is PUBLISHER:OFFER:SKU:VERSION, or a path; an owner is PUBLISHER, or goes on with :OFFER:SKU",
        ));
    }
    const STEPS: &[(&str, &str)] =
        &[("$offers", "/artifacttypes/vmimage/offers"), ("$skus", "/skus"), ("$versions", "/versions"), ("$image", "")];
    let mut path = [&holes.text("$any"), "Microsoft.Compute/locations/", link.setting("location"), "/publishers"].concat();
    let mut last = "";
    for (word, (name, more)) in words.split(':').zip(STEPS) {
        for piece in ["/", word, more] {
            path.push_str(piece);
        }
        last = name;
    }
    holes.set(last, path.into());
    holes.set("$publisher", true.into());
    holes.set("owner", Json::default());
    Ok(true)
}

/// What a node is made of, in Azure's words.
fn create(subscription: &str, group: &str, image: &str, link: &Link, holes: &mut Holes) -> Result<()> {
    let extra = holes.get("extra").cloned().unwrap_or_default();
    let extra = Tree::json(extra.as_str())?;
    let own = |name: &str| extra.root().get("properties").is_some_and(|d| d.get(name).is_some());
    let public = extra.root().opt::<bool>("publicIp") != Some(false);
    let rest: Vec<_> = extra.root().children().filter(|d| d.key() != "publicIp").map(|d| (d.key(), d.json())).collect();
    holes.set("extra", object(&rest));
    if holes.get("location").is_none() {
        return Err(Error::invalid("a node needs a \"location\", or the account the field \"location\""));
    }
    if holes.get("keyPair").is_none() && holes.get("password").is_none() && !own("osProfile") {
        return Err(Error::invalid("a node needs a \"keyPair\" or a \"password\""));
    }
    if holes.get("keyPair").is_some() {
        let path = ["/home/", link.setting("username"), "/.ssh/authorized_keys"].concat();
        holes.set("$path", path.into());
        holes.set("$only", holes.get("password").is_none().into());
    }
    if image.contains(':') {
        let members: Vec<_> = ["publisher", "offer", "sku", "version"].into_iter().zip(image.split(':').map(Json::from)).collect();
        if members.len() < 4 || image.split(':').count() > 4 {
            return Err(Error::invalid("an image is PUBLISHER:OFFER:SKU:VERSION, or a path"));
        }
        holes.set("image", object(&members));
    } else {
        holes.set("image", object(&[("id", holes.get("image").cloned().unwrap_or_default())]));
    }
    let networks = holes.get("networks").cloned().unwrap_or_default();
    let networks = Tree::json(networks.as_str())?;
    if networks.root().children().next().is_none() && !own("networkProfile") {
        return Err(Error::invalid(
            "a node needs a network: give \"networks\" the id of a virtual network, a subnet or a network interface",
        ));
    }
    if holes.many("securityGroups") {
        return Err(Error::unsupported("a node takes one security group here, not several"));
    }
    let security = Tree::json(holes.get("securityGroups").map_or("[]", Json::as_str))?;
    let mut shield = None;
    if let Some(id) = security.root().children().next() {
        shield = Some(object(&[("id", place(subscription, group, id.as_text(), GROUPS)?.into())]));
    }
    let name = holes.text("name");
    let (mut there, mut new) = (Vec::new(), Vec::new());
    for network in networks.root().children() {
        let first = there.is_empty() && new.is_empty();
        let path = place(subscription, group, network.as_text(), NETWORKS)?;
        let is = |kind: &str| path.split('/').any(|step| step.eq_ignore_ascii_case(kind));
        if is("networkInterfaces") {
            there.push(object(&[("id", path.into()), ("properties", object(&[("primary", first.into())]))]));
            continue;
        }
        let subnet = if is("subnets") { path } else { [&path, "/subnets/default"].concat() };
        let mut address = vec![("subnet", object(&[("id", subnet.into())]))];
        if first && public {
            let kept = Json::raw(r#"{"deleteOption":"Delete","publicIPAllocationMethod":"Static"}"#.to_owned());
            let sku = Json::raw(r#"{"name":"Standard"}"#.to_owned());
            let ip = object(&[("name", [&name, "-ip"].concat().into()), ("sku", sku), ("properties", kept)]);
            address.push(("publicIPAddressConfiguration", ip));
        }
        let address = object(&[("name", "default".into()), ("properties", object(&address))]);
        let mut members = vec![("primary", first.into()), ("deleteOption", "Delete".into()), ("ipConfigurations", array([address]))];
        members.extend(shield.clone().map(|group| ("networkSecurityGroup", group)));
        let number = number_text(new.len() as u64);
        let nic = [name.as_str(), "-nic", if first { "" } else { &number }].concat();
        new.push(object(&[("name", nic.into()), ("properties", object(&members))]));
    }
    if shield.is_some() && new.is_empty() {
        return Err(Error::unsupported("a network interface that is there has its own security group: give none"));
    }
    let mut profile = Vec::new();
    if !there.is_empty() {
        profile.push(("networkInterfaces", array(there)));
    }
    if !new.is_empty() {
        profile.push(("networkApiVersion", "2022-11-01".into()));
        profile.push(("networkInterfaceConfigurations", array(new)));
    }
    holes.set("networks", object(&profile));
    holes.set("securityGroups", Json::default());
    Ok(())
}

/// A rule in Azure's words. Its name says what it lets through, so that it is made once.
fn rule(holes: &mut Holes) {
    let out = holes.text("direction") == "out";
    let any = |text: String| if text.is_empty() { "*".to_owned() } else { text };
    let (mut protocol, cidr) = (any(holes.text("protocol")), any(holes.text("cidr")));
    let (from, to) = (holes.text("fromPort"), holes.text("toPort"));
    let ports = if from == to { any(from) } else { [&from, "-", &to].concat() };
    let name = [if out { "out" } else { "in" }, &protocol, &ports, &cidr].map(|word| if word == "*" { "any" } else { word }).join("-");
    if let Some(first) = protocol.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let (source, destination) = if out { ("*", cidr.as_str()) } else { (cidr.as_str(), "*") };
    for (hole, value) in [
        ("$rule", name.as_str()),
        ("$direction", if out { "Outbound" } else { "Inbound" }),
        ("$protocol", &protocol),
        ("$source", source),
        ("$destination", destination),
        ("$ports", &ports),
        // They are said in these.
        ("protocol", ""),
        ("cidr", ""),
        ("fromPort", ""),
        ("toPort", ""),
    ] {
        holes.set(hole, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_known_by_path_or_name() {
        let at = |group: &str, id: &str| place("/subscriptions/s", group, id, "k/").ok();
        let path = |group: &str| Some(["/subscriptions/s/resourceGroups/", group, "/providers/k/n"].concat());
        assert_eq!((at("g", "n"), at("g", "h/n"), at("", "h/n")), (path("g"), path("h"), path("h")));
        assert_eq!(at("", "/Subscriptions/x/y").as_deref(), Some("/Subscriptions/x/y"));
        for (group, id) in [("", "n"), ("g", "a/b/n"), ("g", ""), ("g", "h/"), ("g", "/n")] {
            assert_eq!(at(group, id), None, "{id}");
        }
    }
}
