//! UpCloud. <https://developers.upcloud.com/1.3/>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names, with_kinds};
use super::{Cloud, Config, Field, Open, optional};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::Header;
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};

/// UpCloud. Images are templates, snapshots are backups. It knows no key pairs: `extra.login_user` of a creation takes public keys.
/// A list of nodes has no addresses; one node has. A destroyed node's storages stay.
pub const CLOUD: Cloud = Cloud {
    name: "upcloud",
    title: "UpCloud",
    docs: "https://developers.upcloud.com/1.3/",
    fields: &[
        Field { name: "token", required: false, secret: true, help: "an API token; or a user name and a password" },
        optional("username", "a user of the API"),
        Field { name: "password", required: false, secret: true, help: "that user's password" },
        optional("zone", "where things are made, as fi-hel1"),
        optional("endpoint", "another address of the API"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let (token, user) = (config.get("token"), config.get("username"));
    let auth = match (token, user) {
        ("", "") => return Err(Error::invalid("UpCloud wants a \"token\", or a \"username\" and a \"password\"")),
        ("", _) => Header::basic(user, config.get("password"))?,
        _ => Header::bearer(token)?,
    };
    let fault = |response: &_| with_kinds(fault_at(response, "error/error_message", "error/error_code", ""), KINDS);
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://api.upcloud.com"), Box::new(auth), fault, host)?;
    Ok(account.with("location", config.get("zone")))
}

const KINDS: &[(&str, Kind)] = &[("_LIMIT_REACHED", Kind::Quota), ("_RESOURCES_UNAVAILABLE", Kind::Quota)];

fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    let default = match operation {
        "create_node" if holes.many("networks") => return Err(Error::invalid("a node starts in one private network: name one")),
        "create_volume" if holes.get("snapshot").is_some() && holes.get("size").is_some() => {
            return Err(Error::invalid("a volume from a backup has the backup's size: leave \"size\" out"));
        }
        "attach_volume" => ("device", "virtio"),
        "create_volume_snapshot" => ("name", "backup"),
        _ => return Ok(()),
    };
    if holes.get(default.0).is_none() {
        holes.opt(default.0, Some(default.1));
    }
    Ok(())
}

/// A node's disk is as big as its size includes. A node is stopped before it is destroyed.
const API: Api = Api {
    pages: Pages::None,
    operations: &[
        Operation("list_nodes", "GET /1.3/server", "servers/server"),
        Operation("get_node", "GET /1.3/server/{node}", "server"),
        Operation(
            "create_node",
            r#"GET /1.3/plan
KEEP disk=plans/plan[name={size}]/storage_size
KEEP tier?=plans/plan[name={size}]/storage_tier
WITH !networks POST /1.3/server {"server":{"title":"{name}","hostname":"{name|host}","plan":"{size}","zone":"{location}","metadata":"yes","user_data":"{userData}","labels":{"label":"{tags|pairs}"},"storage_devices":{"storage_device":[{"action":"clone","storage":"{image}","title":"{name}","size":"{disk|some}","tier":"{tier}"}]},"...":"{extra}"}}
WITH networks POST /1.3/server {"server":{"title":"{name}","hostname":"{name|host}","plan":"{size}","zone":"{location}","metadata":"yes","user_data":"{userData}","labels":{"label":"{tags|pairs}"},"storage_devices":{"storage_device":[{"action":"clone","storage":"{image}","title":"{name}","size":"{disk|some}","tier":"{tier}"}]},"networking":{"interfaces":{"interface":[{"type":"public","ip_addresses":{"ip_address":[{"family":"IPv4"}]}},{"type":"utility","ip_addresses":{"ip_address":[{"family":"IPv4"}]}},{"type":"private","network":"{networks|first}","ip_addresses":{"ip_address":[{"family":"IPv4"}]}}]}},"...":"{extra}"}}"#,
            "server",
        ),
        Operation(
            "destroy_node",
            r#"GET /1.3/server/{node}
KEEP started?=[state=started]/uuid
WITH started POST /1.3/server/{node}/stop {"stop_server":{"stop_type":"hard"}}
WITH started UNTIL server/state=stopped,~error GET /1.3/server/{node}
DELETE /1.3/server/{node}"#,
            "",
        ),
        Operation(
            "reboot_node",
            r#"POST /1.3/server/{node}/restart {"restart_server":{"stop_type":"soft","timeout":"60","timeout_action":"destroy"}}"#,
            "",
        ),
        Operation("start_node", "POST /1.3/server/{node}/start", ""),
        Operation("stop_node", r#"POST /1.3/server/{node}/stop {"stop_server":{"stop_type":"soft","timeout":"60"}}"#, ""),
        Operation("resize_node", r#"PUT /1.3/server/{node} {"server":{"plan":"{size}"}}"#, ""),
        Operation("list_sizes", "GET /1.3/plan", "plans/plan"),
        Operation("list_images", "GET /1.3/storage/template", "storages/storage"),
        Operation("get_image", "GET /1.3/storage/{image}", "storage"),
        Operation(
            "create_image",
            r#"GET /1.3/server/{node}
KEEP disk=server/storage_devices/storage_device[type=disk]/storage
POST /1.3/storage/{disk}/templatize {"storage":{"title":"{name}"}}"#,
            "storage",
        ),
        Operation("delete_image", "DELETE /1.3/storage/{image}", ""),
        Operation("list_locations", "GET /1.3/zone", "zones/zone"),
        Operation("list_volumes", "GET /1.3/storage/normal", "storages/storage"),
        Operation("get_volume", "GET /1.3/storage/{volume}", "storage"),
        Operation(
            "create_volume",
            r#"WITH snapshot POST /1.3/storage/{snapshot}/clone {"storage":{"title":"{name}","zone":"{location}","tier":"{volumeType}"}}
WITH !snapshot POST /1.3/storage {"storage":{"title":"{name}","size":"{size}","zone":"{location}","tier":"{volumeType}"}}"#,
            "storage",
        ),
        Operation(
            "attach_volume",
            r#"POST /1.3/server/{node}/storage/attach {"storage_device":{"type":"disk","address":"{device}","storage":"{volume}"}}"#,
            "",
        ),
        Operation(
            "detach_volume",
            r#"GET /1.3/storage/{volume}
KEEP node=storage/servers/server[]
GET /1.3/server/{node}
KEEP address=server/storage_devices/storage_device[storage={volume}]/address
POST /1.3/server/{node}/storage/detach {"storage_device":{"address":"{address}"}}"#,
            "",
        ),
        Operation("destroy_volume", "DELETE /1.3/storage/{volume}", ""),
        Operation("list_volume_snapshots", "GET /1.3/storage/backup", "storages/storage"),
        Operation("create_volume_snapshot", r#"POST /1.3/storage/{volume}/backup {"storage":{"title":"{name}"}}"#, "storage"),
        Operation("destroy_volume_snapshot", "DELETE /1.3/storage/{snapshot}", ""),
        Operation("list_tags", "GET /1.3/server/{node}", "server/labels/label"),
        Operation(
            "set_tags",
            r#"GET /1.3/server/{node}
KEEP old?=server/labels/label
PUT /1.3/server/{node} {"server":{"labels":{"label":"{tags|onto:old|pairs}"}}}"#,
            "",
        ),
        Operation(
            "delete_tags",
            r#"GET /1.3/server/{node}
KEEP old?=server/labels/label
PUT /1.3/server/{node} {"server":{"labels":{"label":"{old|without:names|pairs}"}}}"#,
            "",
        ),
        Operation("list_networks", "GET /1.3/network", "networks/network[type=private]"),
        Operation(
            "create_network",
            r#"POST /1.3/network/ {"network":{"name":"{name}","zone":"{$location}","ip_networks":{"ip_network":[{"address":"{cidr}","dhcp":"yes","family":"IPv4"}]}}}"#,
            "network",
        ),
        Operation("delete_network", "DELETE /1.3/network/{network}", ""),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!uuid"),
                ("name", "title"),
                ("state", "state"),
                ("publicIps", "ip_addresses/ip_address[access=public]/address"),
                ("privateIps", "ip_addresses/ip_address[access=private]/address,ip_addresses/ip_address[access=utility]/address"),
                ("size", "plan"),
                (
                    "extra",
                    "password,vnc_password,zone,hostname,core_number,memory_amount,labels=labels/label,tags=tags/tag,storage_devices=storage_devices/storage_device,networking=networking/interfaces/interface",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!name"),
                ("name", "name"),
                ("ram", "memory_amount"),
                ("disk", "storage_size"),
                ("vcpus", "core_number"),
                ("bandwidth", "public_traffic_out"),
                ("extra", "core_number,storage_tier,gpu_amount,gpu_model"),
            ],
        ),
        ("NodeImage", &[("id", "!uuid"), ("name", "title"), ("extra", "access,license,size,state,type,template_type,zone,labels")]),
        ("NodeLocation", &[("id", "!id"), ("name", "description"), ("country", "id^"), ("extra", "public,parent_zone")]),
        (
            "Volume",
            &[
                ("id", "!uuid"),
                ("name", "title"),
                ("size", "size"),
                ("state", "state"),
                ("extra", "zone,tier,type,access,part_of_plan,servers=servers/server,backups=backups/backup,encrypted,labels,created"),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!uuid"),
                ("name", "title"),
                ("size", "size"),
                ("state", "state"),
                ("volume", "origin"),
                ("createdAt", "created"),
                ("extra", "zone,tier,labels"),
            ],
        ),
        (
            "Network",
            &[
                ("id", "!uuid"),
                ("name", "name"),
                ("cidr", "ip_networks/ip_network[]/address"),
                ("extra", "zone,router,servers=servers/server,labels"),
            ],
        ),
    ],
    node_states: &[
        ("started", NodeState::Running),
        ("stopped", NodeState::Stopped),
        ("maintenance", NodeState::Reconfiguring),
        ("error", NodeState::Error),
    ],
    volume_states: &[
        ("online", VolumeState::Available),
        ("maintenance", VolumeState::Updating),
        ("cloning", VolumeState::Creating),
        ("syncing", VolumeState::Creating),
        ("backuping", VolumeState::Backup),
        ("error", VolumeState::Error),
    ],
    snapshot_states: &[
        ("online", SnapshotState::Available),
        ("maintenance", SnapshotState::Creating),
        ("cloning", SnapshotState::Restoring),
        ("error", SnapshotState::Error),
    ],
    prepare,
};
