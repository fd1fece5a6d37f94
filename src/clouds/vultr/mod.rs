//! Vultr. <https://www.vultr.com/api/>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names};
use super::{Cloud, Config, Open, optional, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::Header;
use crate::core::error::{Error, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};
use crate::core::wire::{Json, parse_number};

/// Vultr.
pub const CLOUD: Cloud = Cloud {
    name: "vultr",
    title: "Vultr",
    docs: "https://www.vultr.com/api/",
    fields: &[
        secret("token", "a personal access token, called API key"),
        optional("region", "where networks are made, and what is made without a location, as ewr"),
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
    let fault = |response: &_| fault_at(response, "error", "", "");
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://api.vultr.com"), auth, fault, host)?;
    Ok(account.with("region", config.get("region")))
}

/// Tells systems from snapshots, and splits what Vultr wants in parts.
fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    let owner = holes.text("owner");
    if owner == "self" {
        holes.set("$own", true.into());
        holes.set("owner", Json::default());
    } else if !owner.is_empty() {
        return Err(Error::invalid("\"owner\" may be \"self\", for snapshots; without it, systems are listed"));
    }
    // Systems are numbered; snapshots have UUIDs.
    let image = holes.text("image");
    if !image.is_empty() {
        let of = if parse_number(&image).is_some() { "$os" } else { "$snapshot" };
        holes.set(of, image.into());
        if matches!(operation, "create_node" | "rebuild_node") {
            holes.set("image", Json::default());
        }
    }
    let rule = operation == "add_security_group_rule";
    let mut cidr = holes.text("cidr");
    if rule && cidr.is_empty() {
        cidr.push_str("0.0.0.0/0");
    }
    if !cidr.is_empty() {
        let mut parts = cidr.splitn(2, '/');
        let (address, bits) = (parts.next().unwrap_or(""), parts.next().and_then(parse_number));
        let bits = bits.ok_or_else(|| Error::invalid("an address range is written address/bits, as 10.0.0.0/24"))?;
        holes.set("$kind", if address.bytes().any(|b| b == b':') { "v6" } else { "v4" }.into());
        holes.set("$subnet", address.into());
        holes.set("$bits", bits.into());
        holes.set("cidr", Json::default());
    }
    if rule {
        if holes.text("direction") == "out" {
            return Err(Error::unsupported("Vultr lets everything out: its firewalls have no such rules"));
        }
        let protocol = holes.text("protocol");
        if protocol.is_empty() {
            return Err(Error::invalid("\"protocol\" is needed: tcp, udp, icmp, gre, esp or ah; a rule of Vultr's is for one"));
        }
        // Of other protocols, ports are refused: no hole takes them.
        if matches!(&*protocol, "tcp" | "udp") {
            let (mut port, to) = (holes.text("fromPort"), holes.text("toPort"));
            if port.is_empty() {
                port.push_str("1:65535");
            } else if port != to {
                port.push(':');
                port.push_str(&to);
            }
            holes.set("$port", port.into());
            holes.set("fromPort", Json::default());
            holes.set("toPort", Json::default());
        }
    }
    Ok(())
}

/// Images are systems and, of `owner` "self", snapshots. Volumes are attached to and detached from nodes as they run.
const API: Api = Api {
    pages: Pages::Next("cursor", "meta/links/next"),
    prepare,
    operations: &[
        Operation("list_nodes", "GET /v2/instances?per_page=500", "instances"),
        Operation("get_node", "GET /v2/instances/{node}", "instance"),
        Operation(
            "create_node",
            r#"WITH keyPair GET /v2/ssh-keys?per_page=500
WITH keyPair KEEP sshKey=ssh_keys[name={keyPair}]/id
POST /v2/instances {"label":"{name}","region":"{location/$region}","plan":"{size}","os_id":"{$os#}","snapshot_id":"{$snapshot}","sshkey_id":["{sshKey}"],"user_data":"{userData|base64}","attach_vpc":"{networks}","firewall_group_id":"{securityGroups|first}","tags":"{tags|list}","...":"{extra}"}"#,
            "instance",
        ),
        Operation("destroy_node", "DELETE /v2/instances/{node}", ""),
        Operation("reboot_node", "POST /v2/instances/{node}/reboot", ""),
        Operation("start_node", "POST /v2/instances/{node}/start", ""),
        Operation("stop_node", "POST /v2/instances/{node}/halt", ""),
        Operation("resize_node", r#"PATCH /v2/instances/{node} {"plan":"{size}"}"#, ""),
        Operation(
            "rebuild_node",
            r#"WITH $os PATCH /v2/instances/{node} {"os_id":"{$os#}"}
WITH $snapshot POST /v2/instances/{node}/restore {"snapshot_id":"{$snapshot}"}"#,
            "",
        ),
        Operation("list_sizes", "GET /v2/plans?per_page=500", "plans"),
        Operation(
            "list_images",
            "WITH $own GET /v2/snapshots?per_page=500
GET /v2/os?per_page=500",
            "os|snapshots",
        ),
        Operation(
            "get_image",
            "WITH $os GET /v2/os?per_page=500
WITH $snapshot GET /v2/snapshots/{image}",
            "os[id={image}]|snapshot",
        ),
        Operation("create_image", r#"POST /v2/snapshots {"instance_id":"{node}","description":"{name}"}"#, "snapshot"),
        Operation("delete_image", "DELETE /v2/snapshots/{image}", ""),
        Operation("list_locations", "GET /v2/regions?per_page=500", "regions"),
        Operation("list_volumes", "GET /v2/blocks?per_page=500", "blocks"),
        Operation("get_volume", "GET /v2/blocks/{volume}", "block"),
        Operation(
            "create_volume",
            r#"POST /v2/blocks {"label":"{name}","size_gb":"{size}","region":"{location/$region}","block_type":"{volumeType}","snapshot_id":"{snapshot}"}"#,
            "block",
        ),
        Operation("attach_volume", r#"POST /v2/blocks/{volume}/attach {"instance_id":"{node}","live":true}"#, ""),
        Operation("detach_volume", r#"POST /v2/blocks/{volume}/detach {"live":true}"#, ""),
        Operation("destroy_volume", "DELETE /v2/blocks/{volume}", ""),
        Operation("list_volume_snapshots", "GET /v2/blocks/snapshots?per_page=500", "snapshots"),
        Operation("create_volume_snapshot", r#"POST /v2/blocks/snapshots {"block_id":"{volume}","description":"{name}"}"#, ""),
        Operation("destroy_volume_snapshot", "DELETE /v2/blocks/snapshots/{snapshot}", ""),
        Operation("list_key_pairs", "GET /v2/ssh-keys?per_page=500", "ssh_keys"),
        Operation("get_key_pair", "GET /v2/ssh-keys?per_page=500", "ssh_keys[name={keyPair}]"),
        Operation("import_key_pair", r#"POST /v2/ssh-keys {"name":"{name}","ssh_key":"{publicKey}"}"#, "ssh_key"),
        Operation(
            "delete_key_pair",
            r#"GET /v2/ssh-keys?per_page=500
KEEP id=ssh_keys[name={keyPair}]/id
DELETE /v2/ssh-keys/{id}"#,
            "",
        ),
        Operation("list_tags", "GET /v2/instances/{node}", "instance/tags"),
        Operation(
            "set_tags",
            r#"GET /v2/instances/{node}
KEEP old?=instance/tags
PATCH /v2/instances/{node} {"tags":"{tags|onto:old|list}"}"#,
            "",
        ),
        Operation(
            "delete_tags",
            r#"GET /v2/instances/{node}
KEEP old?=instance/tags
PATCH /v2/instances/{node} {"tags":"{old|without:names|list}"}"#,
            "",
        ),
        Operation("list_networks", "GET /v2/vpcs?per_page=500", "vpcs"),
        Operation(
            "create_network",
            r#"POST /v2/vpcs {"description":"{name}","region":"{$region}","v4_subnet":"{$subnet}","v4_subnet_mask":"{$bits}"}"#,
            "vpc",
        ),
        Operation("delete_network", "DELETE /v2/vpcs/{network}", ""),
        Operation("list_security_groups", "GET /v2/firewalls?per_page=500", "firewall_groups"),
        Operation("create_security_group", r#"POST /v2/firewalls {"description":"{name}"}"#, "firewall_group"),
        Operation("delete_security_group", "DELETE /v2/firewalls/{securityGroup}", ""),
        Operation(
            "add_security_group_rule",
            r#"POST /v2/firewalls/{securityGroup}/rules {"ip_type":"{$kind}","protocol":"{protocol}","subnet":"{$subnet}","subnet_size":"{$bits}","port":"{$port}"}"#,
            "",
        ),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!id"),
                ("name", "label"),
                ("state", "status|power_status"),
                ("publicIps", "main_ip,v6_main_ip"),
                ("privateIps", "internal_ip"),
                ("size", "plan"),
                ("image", "os_id"),
                ("createdAt", "date_created"),
                (
                    "extra",
                    "location=region,allowed_bandwidth,app_id,disk,features,firewall_group_id,gateway_v4,hostname,image_id,netmask_v4,os,power_status,ram,server_status,snapshot_id,tags,v6_network,v6_network_size,vcpu_count,default_password",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!id"),
                ("name", "id"),
                ("ram", "ram"),
                ("disk", "disk"),
                ("vcpus", "vcpu_count"),
                ("bandwidth", "bandwidth"),
                ("extra", "vcpu_count,disk_count,type,locations,monthly_cost,gpu_type,gpu_vram_gb"),
            ],
        ),
        ("NodeImage", &[("id", "!id"), ("name", "name|description"), ("extra", "arch,family,status,size,os_id,app_id,date_created")]),
        ("NodeLocation", &[("id", "!id"), ("name", "city"), ("country", "country"), ("extra", "continent,option=options")]),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "label"),
                ("size", "size_gb"),
                ("state", "status"),
                ("extra", "date_created,cost,location=region,attached_to_instance,mount_id,block_type,bootable"),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!id"),
                ("name", "description"),
                ("size", "size%1073741824"),
                ("state", "state"),
                ("volume", "block_id"),
                ("createdAt", "added_at"),
                ("extra", "updated_at"),
            ],
        ),
        ("KeyPair", &[("name", "!name"), ("publicKey", "ssh_key"), ("extra", "id,date_created")]),
        (
            "Network",
            &[("id", "!id"), ("name", "description"), ("cidr", "v4_subnet,v4_subnet_mask"), ("extra", "location=region,date_created")],
        ),
        ("SecurityGroup", &[("id", "!id"), ("name", "description"), ("extra", "date_created,instance_count,rule_count")]),
    ],
    // What is active runs or not: its power says.
    node_states: &[
        ("pending", NodeState::Pending),
        ("suspended", NodeState::Suspended),
        ("resizing", NodeState::Reconfiguring),
        ("running", NodeState::Running),
        ("stopped", NodeState::Stopped),
    ],
    volume_states: &[("active", VolumeState::Available), ("pending", VolumeState::Creating)],
    snapshot_states: &[("COMPLETE", SnapshotState::Available), ("PENDING", SnapshotState::Creating)],
};
