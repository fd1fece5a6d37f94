//! Brightbox, by its API 1.0. <https://api.gb1.brightbox.com/1.0/>

use super::rest::{Api, Holes, Operation, Rest, fault_at, names};
use super::{Cloud, Config, Open, optional, required, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::Client;
use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::host::SharedHost;
use crate::core::http::{Response, plain_endpoint, split_endpoint};
use crate::core::link::{Account, Fault, Link};

/// Brightbox. A node has a public IPv6 address; one of IPv4 is a Cloud IP, with `extra: {"cloud_ip": true}`. A node's volumes on
/// network storage are in extra, too, as `{"volumes": [{"image": "img-3ikco", "size": 20480}]}`. It is stopped before its size
/// changes. Security groups are server groups, whose firewall policy has the rules. Snapshots are images, those of nodes too. A
/// volume's type is its file system, ext4 or xfs.
pub const CLOUD: Cloud = Cloud {
    name: "brightbox",
    title: "Brightbox",
    docs: "https://api.gb1.brightbox.com/1.0/",
    fields: &[
        required("clientId", "the API client's id, as cli-12345"),
        secret("clientSecret", "its secret"),
        optional("endpoint", "another address of the API, as https://api.example"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), ..Open::NONE },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let endpoint = plain_endpoint(config.or("endpoint", "https://api.gb1.brightbox.com"))?;
    let (origin, _) = split_endpoint(&endpoint)?;
    let auth = Box::new(Client {
        authority: origin.to_owned(),
        path: "/token".into(),
        id: config.get("clientId").to_owned(),
        secret: Secret::new(config.get("clientSecret")),
        scope: String::new(),
    });
    Account::new(CLOUD.name, &endpoint, auth, fault, host)
}

fn fault(response: &Response) -> Fault {
    let mut fault = fault_at(response, "errors[]|error_description", "error_name|error", "");
    if fault.message.as_deref().is_some_and(|message| message.starts_with("Account limit")) {
        fault.kind = Some(Kind::Quota);
    }
    fault
}

fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        // An empty one needs a file system.
        "create_volume" if holes.get("snapshot").is_none() && holes.get("volumeType").is_none() => holes.opt("volumeType", Some("ext4")),
        "add_security_group_rule" => {
            let (from, mut to, cidr) = (holes.text("fromPort"), holes.text("toPort"), holes.text("cidr"));
            if from != to {
                if from.is_empty() {
                    return Err(Error::invalid("ports are a range: give \"fromPort\" too"));
                }
                to = [&*from, "-", &to].concat();
            }
            holes.opt("$ports", Some(&to));
            let side = if holes.text("direction") == "in" { "$source" } else { "$destination" };
            holes.opt(side, Some(if cidr.is_empty() { "any" } else { &cidr }));
            let all = holes.text("protocol") == "all";
            for done in ["fromPort", "toPort", "cidr", if all { "protocol" } else { "" }] {
                holes.opt(done, Some(""));
            }
        }
        _ => {}
    }
    Ok(())
}

const API: Api = Api {
    operations: &[
        Operation("list_nodes", "GET /1.0/servers", ""),
        Operation("get_node", "GET /1.0/servers/{node}", ""),
        Operation(
            "create_node",
            r#"POST /1.0/servers {"name":"{name}","server_type":"{size}","image":"{image}","zone":"{location}","user_data":"{userData|base64}","server_groups":"{securityGroups}","...":"{extra}"}"#,
            "",
        ),
        Operation("destroy_node", "DELETE /1.0/servers/{node}", ""),
        Operation("reboot_node", "POST /1.0/servers/{node}/reboot", ""),
        Operation("start_node", "POST /1.0/servers/{node}/start", ""),
        Operation("stop_node", "POST /1.0/servers/{node}/shutdown", ""),
        Operation("resize_node", r#"POST /1.0/servers/{node}/resize {"new_type":"{size}"}"#, ""),
        Operation("list_sizes", "GET /1.0/server_types", ""),
        Operation("list_images", "GET /1.0/images", ""),
        Operation("get_image", "GET /1.0/images/{image}", ""),
        // A header has the image's address, `<https://…/images/img-12345>; rel=snapshot`.
        Operation(
            "create_image",
            r#"POST /1.0/servers/{node}/snapshot
KEEP link=@link
PUT /1.0/images/{link|before:>|after:/} {"name":"{name}","description":"{description}"}"#,
            "",
        ),
        Operation("delete_image", "DELETE /1.0/images/{image}", ""),
        Operation("list_locations", "GET /1.0/zones", ""),
        Operation("list_volumes", "GET /1.0/volumes", ""),
        Operation("get_volume", "GET /1.0/volumes/{volume}", ""),
        Operation(
            "create_volume",
            r#"POST /1.0/volumes {"name":"{name}","size":"{size|times:1024}","image":"{snapshot}","filesystem_type":"{volumeType}"}"#,
            "",
        ),
        Operation("attach_volume", r#"POST /1.0/volumes/{volume}/attach {"server":"{node}"}"#, ""),
        Operation("detach_volume", "POST /1.0/volumes/{volume}/detach", ""),
        Operation("destroy_volume", "DELETE /1.0/volumes/{volume}", ""),
        Operation("list_volume_snapshots", "GET /1.0/images", "[source_type=snapshot]"),
        Operation("create_volume_snapshot", r#"POST /1.0/images {"volume":"{volume}","name":"{name}"}"#, ""),
        Operation("destroy_volume_snapshot", "DELETE /1.0/images/{snapshot}", ""),
        Operation("list_security_groups", "GET /1.0/server_groups", ""),
        Operation("create_security_group", r#"POST /1.0/server_groups {"name":"{name}","description":"{description}"}"#, ""),
        Operation("delete_security_group", "DELETE /1.0/server_groups/{securityGroup}", ""),
        Operation(
            "add_security_group_rule",
            r#"GET /1.0/server_groups/{securityGroup}
KEEP policy?=firewall_policy/id
WITH !policy POST /1.0/firewall_policies {"server_group":"{securityGroup}"}
WITH !policy KEEP policy=id
POST /1.0/firewall_rules {"firewall_policy":"{policy}","protocol":"{protocol}","source":"{$source}","destination":"{$destination}","destination_port":"{$ports}"}"#,
            "",
        ),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("state", "status"),
                ("publicIps", "cloud_ips[]/public_ip,interfaces[]/ipv6_address"),
                ("privateIps", "interfaces[]/ipv4_address"),
                ("size", "server_type/id"),
                ("image", "image/id"),
                ("createdAt", "created_at"),
                (
                    "extra",
                    "fqdn,user_data,status,interfaces,snapshots,server_groups,hostname,started_at,created_at,deleted_at,zone,cloud_ips,volumes,locked,disk_encrypted",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("ram", "ram"),
                ("disk", "disk_size%1024"),
                ("vcpus", "cores"),
                ("extra", "handle,status,storage_type,disk_size"),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!id"),
                ("name", "name"),
                (
                    "extra",
                    "arch,compatibility_mode,created_at,description,disk_size,min_ram,official,owner,public,source,source_type,status,username,virtual_size,licence_name,ancestor",
                ),
            ],
        ),
        ("NodeLocation", &[("id", "!id"), ("name", "handle"), ("country", "=GB")]),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size%1024"),
                ("state", "status"),
                (
                    "extra",
                    "boot,created_at,delete_with_server,description,encrypted,filesystem_label,filesystem_type,image,locked,serial,server,source,source_type,status,storage_type",
                ),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "virtual_size%1024"),
                ("state", "status"),
                ("volume", "source"),
                ("createdAt", "created_at"),
                ("extra", "description,disk_size,source_trigger,source_type,status"),
            ],
        ),
        (
            "SecurityGroup",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("description", "description"),
                ("extra", "created_at,default,firewall_policy,fqdn,servers"),
            ],
        ),
    ],
    node_states: &[
        ("creating", NodeState::Pending),
        ("active", NodeState::Running),
        ("inactive", NodeState::Stopped),
        ("deleting", NodeState::Terminated),
        ("deleted", NodeState::Terminated),
        ("failed", NodeState::Error),
        ("unavailable", NodeState::Error),
    ],
    volume_states: &[
        ("creating", VolumeState::Creating),
        ("attached", VolumeState::InUse),
        ("detached", VolumeState::Available),
        ("deleting", VolumeState::Deleting),
        ("deleted", VolumeState::Deleted),
        ("failed", VolumeState::Error),
    ],
    snapshot_states: &[
        ("creating", SnapshotState::Creating),
        ("available", SnapshotState::Available),
        ("deprecated", SnapshotState::Available),
        ("unavailable", SnapshotState::Error),
        ("failed", SnapshotState::Error),
        ("deleting", SnapshotState::Deleting),
    ],
    prepare,
    ..Api::NOTHING
};
