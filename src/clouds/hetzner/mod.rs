//! Hetzner Cloud. <https://docs.hetzner.cloud/reference/cloud>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names, with_kinds};
use super::{Cloud, Config, Open, optional, secret};
use crate::compute::{NodeState, VolumeState};
use crate::core::auth::Header;
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};
use crate::core::wire::Json;

/// Hetzner Cloud. Prices are in euros, a list by location: `extra.prices`. Security groups are firewalls.
pub const CLOUD: Cloud = Cloud {
    name: "hetzner",
    title: "Hetzner Cloud",
    docs: "https://docs.hetzner.cloud/reference/cloud",
    fields: &[
        secret("token", "an API token of a project"),
        optional("location", "where nodes and volumes are made, as fsn1"),
        optional("networkZone", "the zone of new networks' subnets, eu-central by default"),
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
    let fault = |response: &_| with_kinds(fault_at(response, "error/message", "error/code", ""), KINDS);
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://api.hetzner.cloud"), auth, fault, host)?;
    Ok(account.with("location", config.get("location")).with("networkZone", config.or("networkZone", "eu-central")))
}

const KINDS: &[(&str, Kind)] =
    &[("resource_limit_exceeded", Kind::Quota), ("resource_unavailable", Kind::Quota), ("placement_error", Kind::Quota)];

/// A rule is of one protocol and names its ports and addresses in full.
fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    if operation != "add_security_group_rule" {
        return Ok(());
    }
    if holes.get("protocol").is_none() {
        return Err(Error::invalid("a rule at Hetzner is of one protocol: say which, as \"tcp\""));
    }
    let (from, to, cidr) = (holes.text("fromPort"), holes.text("toPort"), holes.text("cidr"));
    let port = if from == to { from } else { [from, "-".to_owned(), to].concat() };
    holes.opt("port", Some(&port));
    let all = ["0.0.0.0/0", "::/0"].map(str::to_owned).to_vec();
    let among = if cidr.is_empty() { all } else { vec![cidr] };
    holes.set(if holes.text("direction") == "in" { "sources" } else { "destinations" }, Json::of(&among));
    for done in ["fromPort", "toPort", "cidr"] {
        holes.set(done, Json::default());
    }
    Ok(())
}

/// Actions are orders: they end when Hetzner has taken them. A node that gets another size keeps its disk, so that it can go back.
const API: Api = Api {
    pages: Pages::Next("page", "meta/pagination/next_page"),
    operations: &[
        Operation("list_nodes", "GET /v1/servers?per_page=50", "servers"),
        Operation("get_node", "GET /v1/servers/{node}", "server"),
        Operation(
            "create_node",
            r#"POST /v1/servers {"name":"{name}","server_type":"{size}","image":"{image}","location":"{location}","ssh_keys":["{keyPair}"],"user_data":"{userData}","networks":"{networks#}","firewalls":"{securityGroups#|each:firewall}","labels":"{tags}","...":"{extra}"}"#,
            "server",
        ),
        Operation("destroy_node", "DELETE /v1/servers/{node}", ""),
        Operation("reboot_node", "POST /v1/servers/{node}/actions/reboot", ""),
        Operation("start_node", "POST /v1/servers/{node}/actions/poweron", ""),
        Operation("stop_node", "POST /v1/servers/{node}/actions/shutdown", ""),
        Operation("resize_node", r#"POST /v1/servers/{node}/actions/change_type {"server_type":"{size}","upgrade_disk":false}"#, ""),
        Operation("rebuild_node", r#"POST /v1/servers/{node}/actions/rebuild {"image":"{image}"}"#, ""),
        Operation("list_sizes", "GET /v1/server_types?per_page=50", "server_types"),
        Operation("list_images", "GET /v1/images?per_page=50", "images"),
        Operation("get_image", "GET /v1/images/{image}", "image"),
        Operation("create_image", r#"POST /v1/servers/{node}/actions/create_image {"type":"snapshot","description":"{name}"}"#, "image"),
        Operation("delete_image", "DELETE /v1/images/{image}", ""),
        Operation("list_locations", "GET /v1/locations?per_page=50", "locations"),
        Operation("list_volumes", "GET /v1/volumes?per_page=50", "volumes"),
        Operation("get_volume", "GET /v1/volumes/{volume}", "volume"),
        Operation("create_volume", r#"POST /v1/volumes {"name":"{name}","size":"{size}","location":"{location}"}"#, "volume"),
        Operation("attach_volume", r#"POST /v1/volumes/{volume}/actions/attach {"server":"{node#}"}"#, ""),
        Operation("detach_volume", "POST /v1/volumes/{volume}/actions/detach", ""),
        Operation("destroy_volume", "DELETE /v1/volumes/{volume}", ""),
        Operation("list_key_pairs", "GET /v1/ssh_keys?per_page=50", "ssh_keys"),
        Operation("get_key_pair", "GET /v1/ssh_keys?name={keyPair}", "ssh_keys[name={keyPair}]"),
        Operation("import_key_pair", r#"POST /v1/ssh_keys {"name":"{name}","public_key":"{publicKey}"}"#, "ssh_key"),
        Operation("delete_key_pair", "GET /v1/ssh_keys?name={keyPair}\nKEEP id=ssh_keys[name={keyPair}]/id\nDELETE /v1/ssh_keys/{id}", ""),
        Operation("list_tags", "GET /v1/servers/{node}", "server/labels"),
        Operation(
            "set_tags",
            r#"GET /v1/servers/{node}
KEEP old=server/labels
PUT /v1/servers/{node} {"labels":"{tags|onto:old}"}"#,
            "",
        ),
        Operation(
            "delete_tags",
            r#"GET /v1/servers/{node}
KEEP old=server/labels
PUT /v1/servers/{node} {"labels":"{old|without:names}"}"#,
            "",
        ),
        Operation("list_networks", "GET /v1/networks?per_page=50", "networks"),
        Operation(
            "create_network",
            r#"POST /v1/networks {"name":"{name}","ip_range":"{cidr}","subnets":[{"type":"cloud","ip_range":"{cidr}","network_zone":"{$networkZone}"}]}"#,
            "network",
        ),
        Operation("delete_network", "DELETE /v1/networks/{network}", ""),
        Operation("list_security_groups", "GET /v1/firewalls?per_page=50", "firewalls"),
        Operation("create_security_group", r#"POST /v1/firewalls {"name":"{name}"}"#, "firewall"),
        Operation("delete_security_group", "DELETE /v1/firewalls/{securityGroup}", ""),
        Operation(
            "add_security_group_rule",
            r#"GET /v1/firewalls/{securityGroup}
KEEP rules=firewall/rules
POST /v1/firewalls/{securityGroup}/actions/set_rules {"rules":["{...rules}",{"direction":"{direction}","protocol":"{protocol}","port":"{port}","source_ips":"{sources}","destination_ips":"{destinations}"}]}"#,
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
                ("publicIps", "public_net/ipv4/ip,public_net/ipv6/ip"),
                ("privateIps", "private_net[]/ip"),
                ("size", "server_type/name"),
                ("image", "image/id"),
                ("createdAt", "created"),
                (
                    "extra",
                    "status,location=location/name,labels,volumes,public_net,private_net,placement_group,primary_disk_size,protection,locked,rescue_enabled,backup_window,iso,root_password=/root_password",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!name"),
                ("name", "description"),
                ("ram", "memory*1024"),
                ("disk", "disk"),
                ("vcpus", "cores"),
                ("extra", "id,category,cpu_type,architecture,storage_type,locations,prices"),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!id"),
                ("name", "name|description"),
                (
                    "extra",
                    "type,status,description,architecture,os_flavor,os_version,disk_size,image_size,created,created_from,bound_to,deprecated,labels",
                ),
            ],
        ),
        (
            "NodeLocation",
            &[("id", "!name"), ("name", "description"), ("country", "country"), ("extra", "id,city,latitude,longitude,network_zone")],
        ),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size"),
                ("state", "status"),
                ("extra", "server,location=location/name,linux_device,format,labels,protection,created"),
            ],
        ),
        ("KeyPair", &[("name", "!name"), ("fingerprint", "fingerprint"), ("publicKey", "public_key"), ("extra", "id,labels,created")]),
        (
            "Network",
            &[("id", "!id"), ("name", "name"), ("cidr", "ip_range"), ("extra", "subnets,routes,servers,labels,protection,created")],
        ),
        ("SecurityGroup", &[("id", "!id"), ("name", "name"), ("extra", "rules,applied_to,labels,created")]),
    ],
    node_states: &[
        ("running", NodeState::Running),
        ("initializing", NodeState::Pending),
        ("starting", NodeState::Starting),
        ("stopping", NodeState::Stopping),
        ("off", NodeState::Stopped),
        ("deleting", NodeState::Terminated),
        ("migrating", NodeState::Migrating),
        ("rebuilding", NodeState::Reconfiguring),
    ],
    volume_states: &[("available", VolumeState::Available), ("creating", VolumeState::Creating)],
    prepare,
    ..Api::NOTHING
};
