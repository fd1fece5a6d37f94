//! cloudscale.ch. <https://www.cloudscale.ch/en/api/v1>

use super::rest::{Api, Holes, Operation, Rest, fault_at, names};
use super::{Cloud, Config, Open, optional, secret};
use crate::compute::{NodeState, SnapshotState};
use crate::core::auth::Header;
use crate::core::error::{Error, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};

/// cloudscale.ch. It knows no key pairs: `extra.ssh_keys` of a creation takes public keys. A network's id is its UUID or
/// `public`. Images are the public ones; with the owner `self` the account's own.
pub const CLOUD: Cloud = Cloud {
    name: "cloudscale",
    title: "cloudscale.ch",
    docs: "https://www.cloudscale.ch/en/api/v1",
    fields: &[
        secret("token", "an API token that may write"),
        optional("zone", "where things are made, as lpg1; by default the project's"),
        optional("endpoint", "another address of the API"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let auth = Box::new(Header::bearer(config.get("token"))?);
    let fault = |response: &_| fault_at(response, "detail|*/[]|*", "", "");
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://api.cloudscale.ch"), auth, fault, host)?;
    Ok(account.with("location", config.get("zone")))
}

/// The account's own images have UUIDs, the public ones slugs.
fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        "list_images" if !matches!(&*holes.text("owner"), "" | "self") => {
            return Err(Error::invalid("\"owner\" can be \"self\", for the account's own images, or left out, for the public ones"));
        }
        "get_image" if holes.text("image").len() == 36 => {
            holes.opt("own", Some("true"));
            holes.opt("key", Some("uuid"));
        }
        "get_image" => holes.opt("key", Some("slug")),
        _ => {}
    }
    Ok(())
}

/// Lists are whole. A network is made without the subnet that it would get of itself, and then with the one asked for.
const API: Api = Api {
    operations: &[
        Operation("list_nodes", "GET /v1/servers", ""),
        Operation("get_node", "GET /v1/servers/{node}", ""),
        Operation(
            "create_node",
            r#"POST /v1/servers {"name":"{name}","image":"{image}","flavor":"{size}","zone":"{location}","user_data":"{userData}","password":"{password}","interfaces":"{networks|each:network}","tags":"{tags}","...":"{extra}"}"#,
            "",
        ),
        Operation("destroy_node", "DELETE /v1/servers/{node}", ""),
        Operation("reboot_node", "POST /v1/servers/{node}/reboot", ""),
        Operation("start_node", "POST /v1/servers/{node}/start", ""),
        Operation("stop_node", "POST /v1/servers/{node}/stop", ""),
        Operation("resize_node", r#"PATCH /v1/servers/{node} {"flavor":"{size}"}"#, ""),
        Operation("list_sizes", "GET /v1/flavors", ""),
        Operation("list_images", "WITH owner GET /v1/custom-images\nGET /v1/images", ""),
        Operation("get_image", "WITH own GET /v1/custom-images\nWITH !own GET /v1/images", "[{key}={image}]"),
        Operation("delete_image", "DELETE /v1/custom-images/{image}", ""),
        Operation("list_locations", "GET /v1/regions", "[]/zones"),
        Operation("list_volumes", "GET /v1/volumes", ""),
        Operation("get_volume", "GET /v1/volumes/{volume}", ""),
        Operation(
            "create_volume",
            r#"POST /v1/volumes {"name":"{name}","size_gb":"{size}","type":"{volumeType}","zone":"{location}","volume_snapshot_uuid":"{snapshot}"}"#,
            "",
        ),
        Operation("attach_volume", r#"PATCH /v1/volumes/{volume} {"server_uuids":["{node}"]}"#, ""),
        Operation("detach_volume", r#"PATCH /v1/volumes/{volume} {"server_uuids":[]}"#, ""),
        Operation("destroy_volume", "DELETE /v1/volumes/{volume}", ""),
        Operation("list_volume_snapshots", "GET /v1/volume-snapshots", ""),
        Operation("create_volume_snapshot", r#"POST /v1/volume-snapshots {"name":"{name}","source_volume":"{volume}"}"#, ""),
        Operation("destroy_volume_snapshot", "DELETE /v1/volume-snapshots/{snapshot}", ""),
        Operation("list_tags", "GET /v1/servers/{node}", "tags"),
        Operation("set_tags", "GET /v1/servers/{node}\nKEEP old=tags\nPATCH /v1/servers/{node} {\"tags\":\"{tags|onto:old}\"}", ""),
        Operation("delete_tags", "GET /v1/servers/{node}\nKEEP old=tags\nPATCH /v1/servers/{node} {\"tags\":\"{old|without:names}\"}", ""),
        Operation("list_networks", "GET /v1/networks", ""),
        Operation(
            "create_network",
            r#"POST /v1/networks {"name":"{name}","zone":"{$location}","auto_create_ipv4_subnet":false}
KEEP id=uuid
POST /v1/subnets {"cidr":"{cidr}","network":"{id}"}
GET /v1/networks/{id}"#,
            "",
        ),
        Operation("delete_network", "DELETE /v1/networks/{network}", ""),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!uuid"),
                ("name", "name"),
                ("state", "status"),
                ("publicIps", "interfaces[type=public]/addresses[]/address"),
                ("privateIps", "interfaces[type=private]/addresses[]/address"),
                ("size", "flavor/slug"),
                ("image", "image/slug"),
                ("createdAt", "created_at"),
                ("extra", "volumes,interfaces,anti_affinity_with,href,zone=zone/slug,server_groups,ssh_fingerprints,ssh_host_keys,tags"),
            ],
        ),
        (
            "NodeSize",
            &[("id", "!slug"), ("name", "name"), ("ram", "memory_gb*1024"), ("vcpus", "vcpu_count"), ("extra", "vcpu_count,gpu,zones")],
        ),
        (
            "NodeImage",
            &[
                ("id", "!uuid|slug"),
                ("name", "name"),
                ("extra", "operating_system,default_username,zones,slug,size_gb,user_data_handling,firmware_type,tags,created_at"),
            ],
        ),
        ("NodeLocation", &[("id", "!slug"), ("name", "slug"), ("country", "=CH")]),
        (
            "Volume",
            &[("id", "!uuid"), ("name", "name"), ("size", "size_gb"), ("extra", "type,server_uuids,zone=zone/slug,href,tags,created_at")],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!uuid"),
                ("name", "name"),
                ("size", "size_gb"),
                ("state", "status"),
                ("volume", "source_volume/uuid"),
                ("createdAt", "created_at"),
                ("extra", "zone=zone/slug,href,tags"),
            ],
        ),
        (
            "Network",
            &[("id", "!uuid"), ("name", "name"), ("cidr", "subnets[]/cidr"), ("extra", "subnets,mtu,zone=zone/slug,href,tags,created_at")],
        ),
    ],
    node_states: &[
        ("running", NodeState::Running),
        ("stopped", NodeState::Stopped),
        ("paused", NodeState::Paused),
        ("changing", NodeState::Pending),
    ],
    snapshot_states: &[
        ("available", SnapshotState::Available),
        ("creating", SnapshotState::Creating),
        ("deleting", SnapshotState::Deleting),
        ("error", SnapshotState::Error),
    ],
    prepare,
    ..Api::NOTHING
};
