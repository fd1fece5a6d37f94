//! Compute by name.

use super::{Args, Options};
use crate::compute::{Compute, CreateNode, CreateVolume, Rule};
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::wire::Json;

/// The call of an operation, by its JavaScript name.
pub fn compute<'d>(driver: &'d mut dyn Compute, method: &str, args: Args<'_>) -> Result<Call<'d, Json>> {
    let call = match method {
        "listNodes" => driver.list_nodes().encode(),
        "getNode" => driver.get_node(args.id(0, "the node")).encode(),
        "createNode" => driver.create_node(&create_node(args)).encode(),
        "destroyNode" => driver.destroy_node(args.id(0, "the node")).encode(),
        "rebootNode" => {
            let (node, soft) = (args.id(0, "the node"), args.options(1, &["soft"]).flag("soft"));
            if soft { driver.soft_reboot_node(node).encode() } else { driver.reboot_node(node).encode() }
        }
        "startNode" => driver.start_node(args.id(0, "the node")).encode(),
        "stopNode" => driver.stop_node(args.id(0, "the node")).encode(),
        "resizeNode" => driver.resize_node(args.id(0, "the node"), args.id(1, "the size")).encode(),
        "rebuildNode" => driver.rebuild_node(args.id(0, "the node"), args.id(1, "the image")).encode(),
        "listSizes" => driver.list_sizes().encode(),
        "listImages" => driver.list_images(args.only(0, "owner")).encode(),
        "getImage" => driver.get_image(args.id(0, "the image")).encode(),
        "createImage" => {
            let description = args.only(2, "description");
            driver.create_image(args.id(0, "the node"), args.text(1, "the name"), description).encode()
        }
        "deleteImage" => driver.delete_image(args.id(0, "the image")).encode(),
        "copyImage" => {
            let description = args.only(3, "description");
            driver.copy_image(args.id(0, "the source region"), args.id(1, "the image"), args.text(2, "the name"), description).encode()
        }
        "listLocations" => driver.list_locations().encode(),
        "listVolumes" => driver.list_volumes().encode(),
        "getVolume" => driver.get_volume(args.id(0, "the volume")).encode(),
        "createVolume" => driver.create_volume(&create_volume(args)).encode(),
        "attachVolume" => {
            let device = args.only(2, "device");
            driver.attach_volume(args.id(0, "the node"), args.id(1, "the volume"), device).encode()
        }
        "detachVolume" => driver.detach_volume(args.id(0, "the volume")).encode(),
        "destroyVolume" => driver.destroy_volume(args.id(0, "the volume")).encode(),
        "listVolumeSnapshots" => driver.list_volume_snapshots(args.opt_id(0)).encode(),
        "createVolumeSnapshot" => {
            let name = args.only(1, "name");
            driver.create_volume_snapshot(args.id(0, "the volume"), name).encode()
        }
        "destroyVolumeSnapshot" => driver.destroy_volume_snapshot(args.id(0, "the snapshot")).encode(),
        "listKeyPairs" => driver.list_key_pairs().encode(),
        "getKeyPair" => driver.get_key_pair(args.id(0, "the key pair")).encode(),
        "createKeyPair" => driver.create_key_pair(args.text(0, "the name")).encode(),
        "importKeyPair" => driver.import_key_pair(args.text(0, "the name"), args.text(1, "the public key")).encode(),
        "deleteKeyPair" => driver.delete_key_pair(args.id(0, "the key pair")).encode(),
        "listTags" => driver.list_tags(args.id(0, "the node")).encode(),
        "setTags" => driver.set_tags(args.id(0, "the node"), &args.pairs(1, "the tags")).encode(),
        "deleteTags" => driver.delete_tags(args.id(0, "the node"), &args.texts(1, "the tags' names")).encode(),
        "listNetworks" => driver.list_networks().encode(),
        "createNetwork" => driver.create_network(args.text(0, "the name"), args.text(1, "the address range")).encode(),
        "deleteNetwork" => driver.delete_network(args.id(0, "the network")).encode(),
        "listSecurityGroups" => driver.list_security_groups().encode(),
        "createSecurityGroup" => {
            let description = args.only(1, "description").unwrap_or_default();
            driver.create_security_group(args.text(0, "the name"), description).encode()
        }
        "deleteSecurityGroup" => driver.delete_security_group(args.id(0, "the security group")).encode(),
        "addSecurityGroupRule" => driver.add_security_group_rule(args.id(0, "the security group"), &rule(args)).encode(),
        _ => return Err(Error::unsupported(["compute has no operation \"", method, "\""].concat())),
    };
    args.check().map(|()| call)
}

fn create_node(args: Args<'_>) -> CreateNode {
    let o = args.options(
        0,
        &[
            "name",
            "image",
            "size",
            "location",
            "keyPair",
            "userData",
            "networks",
            "securityGroups",
            "tags",
            "password",
            "idempotencyToken",
            "bootVolume",
            "extra",
        ],
    );
    let boot_volume = o.id("bootVolume");
    // What else a node can start from, drivers know.
    let other = boot_volume.is_some() || o.get("extra").is_some();
    CreateNode {
        name: o.need_id("name"),
        image: if other { o.id("image").unwrap_or_default() } else { o.need_id("image") },
        size: o.need_id("size"),
        location: o.id("location"),
        key_pair: key_pair(o),
        user_data: o.own("userData"),
        networks: o.ids("networks"),
        security_groups: o.ids("securityGroups"),
        tags: o.pairs("tags"),
        password: o.own("password"),
        idempotency_token: o.own("idempotencyToken"),
        boot_volume,
        extra: o.extra(),
    }
}

fn key_pair(o: Options<'_>) -> Option<String> {
    match o.get("keyPair").filter(|d| d.is_map()) {
        Some(doc) => doc.opt("name"),
        None => o.id("keyPair"),
    }
}

fn create_volume(args: Args<'_>) -> CreateVolume {
    let o = args.options(0, &["name", "size", "location", "snapshot", "volumeType", "iops"]);
    let (size, snapshot) = (o.number("size").unwrap_or(0), o.id("snapshot"));
    if size == 0 && snapshot.is_none() {
        o.bad("size", "\" is needed: gigabytes, at least 1");
    }
    CreateVolume {
        name: o.own("name").unwrap_or_default(),
        size,
        location: o.id("location"),
        snapshot,
        volume_type: o.own("volumeType"),
        iops: o.number("iops"),
    }
}

fn rule(args: Args<'_>) -> Rule {
    let o = args.options(1, &["egress", "protocol", "fromPort", "toPort", "cidr"]);
    let port = |name| {
        let port = o.number(name);
        if port.is_some_and(|n| n > 65_535) {
            o.bad(name, "\" must be a port, at most 65535");
        }
        port
    };
    Rule {
        egress: o.flag("egress"),
        protocol: o.own("protocol").unwrap_or_default(),
        from_port: port("fromPort"),
        to_port: port("toPort"),
        cidr: o.own("cidr").unwrap_or_default(),
    }
}
