//! gridscale. <https://gridscale.io/en/api-documentation/>

use super::rest::{Api, Holes, Operation, Rest, fault_at, names};
use super::{Cloud, Config, Open, optional, required, secret};
use crate::compute::{NodeState, SnapshotState};
use crate::core::auth::Header;
use crate::core::error::{Error, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};

/// gridscale. It has no list of sizes: a size is `cores x GB of memory`, as `2x4`, or with the disk's GB, `2x4x50`; otherwise the
/// disk is as big as the image. Nodes get a public IPv4 address. A destroyed node's storage and address stay.
pub const CLOUD: Cloud = Cloud {
    name: "gridscale",
    title: "gridscale",
    docs: "https://gridscale.io/en/api-documentation/",
    fields: &[
        required("userId", "the user's UUID"),
        secret("token", "an API token that may write"),
        optional("endpoint", "another address of the API"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let auth = (Header::new("x-auth-userid", config.get("userId"))?, Header::new("x-auth-token", config.get("token"))?);
    let fault = |response: &_| fault_at(response, "description|title", "", "");
    Account::new(CLOUD.name, config.or("endpoint", "https://api.gridscale.io"), Box::new(auth), fault, host)
}

fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    if !matches!(operation, "create_node" | "resize_node") {
        return Ok(());
    }
    if holes.many("networks") {
        return Err(Error::invalid("a node starts in one network besides the public one: name one"));
    }
    if holes.get("password").is_some() {
        holes.opt("passwordType", Some("plain"));
    }
    let size = holes.text("size");
    let parts = ["cores", "memory", "disk"].get(..if operation == "create_node" { 3 } else { 2 }).unwrap_or_default();
    let numbers: Vec<&str> = size.split('x').collect();
    if numbers.len() < 2 || numbers.len() > parts.len() || !numbers.iter().all(|n| n.parse::<u16>().is_ok_and(|n| n > 0)) {
        return Err(Error::invalid(
            "a size at gridscale is cores x GB of memory, as \"2x4\"; of a new node also with the disk's, as \"2x4x50\"",
        ));
    }
    for (part, number) in parts.iter().zip(numbers) {
        holes.opt(part, Some(number));
    }
    holes.opt("size", Some(""));
    Ok(())
}

/// A request of gridscale's is an order with a number: what is made of what another has made waits for that.
const API: Api = Api {
    operations: &[
        Operation("list_nodes", "GET /objects/servers", "servers/*"),
        Operation("get_node", "GET /objects/servers/{node}", "server"),
        Operation(
            "create_node",
            r#"WITH keyPair GET /objects/sshkeys
WITH keyPair KEEP key=sshkeys[name={keyPair}]/object_uuid
WITH !disk GET /objects/templates/{image}
WITH !disk KEEP disk=template/capacity
GET /objects/networks
KEEP public=networks[public_net=true]/object_uuid
POST /objects/storages {"name":"{name}","capacity":"{disk#}","template":{"template_uuid":"{image}","hostname":"{name|host}","sshkeys":["{key}"],"password":"{password}","password_type":"{passwordType}"}}
KEEP storage=object_uuid
KEEP request=request_uuid
UNTIL */status=done,~failed GET /requests/{request}
POST /objects/ips {"family":4,"name":"{name}"}
KEEP ip=object_uuid
KEEP request=request_uuid
UNTIL */status=done,~failed GET /requests/{request}
POST /objects/servers {"name":"{name}","cores":"{cores#}","memory":"{memory#}","user_data":"{userData|base64}","labels":"{tags|list}","...":"{extra}"}
KEEP id=object_uuid
KEEP request=request_uuid
UNTIL */status=done,~failed GET /requests/{request}
POST /objects/servers/{id}/storages {"object_uuid":"{storage}","bootdevice":true}
POST /objects/servers/{id}/ips {"object_uuid":"{ip}"}
POST /objects/servers/{id}/networks {"object_uuid":"{public}"}
WITH networks POST /objects/servers/{id}/networks {"object_uuid":"{networks|first}"}
UNTIL server/relations/storages[bootdevice=true]/bootdevice=true GET /objects/servers/{id}
UNTIL server/relations/public_ips[]/family=4 GET /objects/servers/{id}
UNTIL server/relations/networks[public_net=true]/public_net=true GET /objects/servers/{id}
PATCH /objects/servers/{id}/power {"power":true}
GET /objects/servers/{id}"#,
            "server",
        ),
        Operation(
            "destroy_node",
            r#"GET /objects/servers/{node}
KEEP on?=[power=true]/object_uuid
WITH on PATCH /objects/servers/{node}/power {"power":false}
WITH on UNTIL server/power=false GET /objects/servers/{node}
DELETE /objects/servers/{node}"#,
            "",
        ),
        Operation(
            "reboot_node",
            r#"PATCH /objects/servers/{node}/power {"power":false}
UNTIL server/power=false GET /objects/servers/{node}
PATCH /objects/servers/{node}/power {"power":true}"#,
            "",
        ),
        Operation("start_node", r#"PATCH /objects/servers/{node}/power {"power":true}"#, ""),
        Operation("stop_node", "PATCH /objects/servers/{node}/shutdown {}", ""),
        Operation("resize_node", r#"PATCH /objects/servers/{node} {"cores":"{cores#}","memory":"{memory#}"}"#, ""),
        Operation("list_images", "GET /objects/templates", "templates/*"),
        Operation("get_image", "GET /objects/templates/{image}", "template"),
        Operation(
            "create_image",
            r#"GET /objects/servers/{node}
KEEP storage=server/relations/storages[bootdevice=true]/object_uuid
POST /objects/storages/{storage}/snapshots {"name":"{name}"}
KEEP snapshot=object_uuid
KEEP request=request_uuid
UNTIL */status=done,~failed GET /requests/{request}
POST /objects/templates {"name":"{name}","snapshot_uuid":"{snapshot}"}
KEEP id=object_uuid
KEEP request=request_uuid
UNTIL */status=done,~failed GET /requests/{request}
DELETE /objects/storages/{storage}/snapshots/{snapshot}
GET /objects/templates/{id}"#,
            "template",
        ),
        Operation("delete_image", "DELETE /objects/templates/{image}", ""),
        Operation("list_locations", "GET /objects/locations", "locations/*"),
        Operation("list_volumes", "GET /objects/storages", "storages/*"),
        Operation("get_volume", "GET /objects/storages/{volume}", "storage"),
        Operation(
            "create_volume",
            r#"POST /objects/storages {"name":"{name}","capacity":"{size}","storage_type":"{volumeType}"}
KEEP id=object_uuid
KEEP request=request_uuid
UNTIL */status=done,~failed GET /requests/{request}
GET /objects/storages/{id}"#,
            "storage",
        ),
        Operation("attach_volume", r#"POST /objects/servers/{node}/storages {"object_uuid":"{volume}"}"#, ""),
        Operation(
            "detach_volume",
            r#"GET /objects/storages/{volume}
KEEP node=storage/relations/servers[]/object_uuid
DELETE /objects/servers/{node}/storages/{volume}"#,
            "",
        ),
        Operation("destroy_volume", "DELETE /objects/storages/{volume}", ""),
        Operation("list_volume_snapshots", "GET /objects/storages/{volume}/snapshots", "snapshots/*"),
        Operation(
            "create_volume_snapshot",
            r#"POST /objects/storages/{volume}/snapshots {"name":"{name}"}
KEEP id=object_uuid
KEEP request=request_uuid
UNTIL */status=done,~failed GET /requests/{request}
GET /objects/storages/{volume}/snapshots/{id}"#,
            "snapshot",
        ),
        Operation(
            "destroy_volume_snapshot",
            r#"GET /objects/storages
KEEP volume=storages/*/snapshots[object_uuid={snapshot}]/storage_uuid
DELETE /objects/storages/{volume}/snapshots/{snapshot}"#,
            "",
        ),
        Operation("list_key_pairs", "GET /objects/sshkeys", "sshkeys/*"),
        Operation("get_key_pair", "GET /objects/sshkeys", "sshkeys[name={keyPair}]"),
        Operation(
            "import_key_pair",
            r#"POST /objects/sshkeys {"name":"{name}","sshkey":"{publicKey}"}
GET /objects/sshkeys/{.object_uuid}"#,
            "sshkey",
        ),
        Operation("delete_key_pair", "GET /objects/sshkeys\nKEEP id=sshkeys[name={keyPair}]/object_uuid\nDELETE /objects/sshkeys/{id}", ""),
        Operation("list_tags", "GET /objects/servers/{node}", "server/labels"),
        Operation(
            "set_tags",
            r#"GET /objects/servers/{node}
KEEP old=server/labels
PATCH /objects/servers/{node} {"labels":"{tags|onto:old|list}"}"#,
            "",
        ),
        Operation(
            "delete_tags",
            r#"GET /objects/servers/{node}
KEEP old=server/labels
PATCH /objects/servers/{node} {"labels":"{old|without:names|list}"}"#,
            "",
        ),
        Operation("list_networks", "GET /objects/networks", "networks/*"),
        Operation(
            "create_network",
            r#"POST /objects/networks {"name":"{name}","dhcp_active":true,"dhcp_range":"{cidr}"}
KEEP id=object_uuid
KEEP request=request_uuid
UNTIL */status=done,~failed GET /requests/{request}
GET /objects/networks/{id}"#,
            "network",
        ),
        Operation("delete_network", "DELETE /objects/networks/{network}", ""),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!object_uuid"),
                ("name", "name"),
                ("state", "power"),
                ("publicIps", "relations/public_ips[]/ip"),
                ("createdAt", "create_time"),
                (
                    "extra",
                    "cores,memory,current_price,power,status,relations,labels,location_name,location_uuid,hardware_profile,change_time",
                ),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!object_uuid"),
                ("name", "name"),
                (
                    "extra",
                    "capacity,create_time,labels,location_name,ostype,private,status,usage_in_minutes,version,distro,description,license_product_no",
                ),
            ],
        ),
        (
            "NodeLocation",
            &[("id", "!object_uuid"), ("name", "name"), ("country", "country^"), ("extra", "iata,status,active,public,labels")],
        ),
        (
            "Volume",
            &[
                ("id", "!object_uuid"),
                ("name", "name"),
                ("size", "capacity"),
                ("extra", "create_time,current_price,relations,storage_type,storage_variant,status,snapshots,last_used_template,labels"),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!object_uuid"),
                ("name", "name"),
                ("size", "capacity"),
                ("state", "status"),
                ("volume", "parent_uuid"),
                ("createdAt", "create_time"),
                ("extra", "current_price,labels,location_country,parent_uuid,status,usage_in_minutes"),
            ],
        ),
        ("KeyPair", &[("name", "!name"), ("publicKey", "sshkey"), ("extra", "id=object_uuid,labels,create_time")]),
        (
            "Network",
            &[
                ("id", "!object_uuid"),
                ("name", "name"),
                ("cidr", "dhcp_range"),
                ("extra", "status,relations,create_time,public_net,network_type,dhcp_active,labels"),
            ],
        ),
    ],
    node_states: &[("true", NodeState::Running), ("false", NodeState::Stopped)],
    snapshot_states: &[("active", SnapshotState::Available), ("in-provisioning", SnapshotState::Creating)],
    prepare,
    ..Api::NOTHING
};
