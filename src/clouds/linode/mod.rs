//! Linode, of Akamai. <https://techdocs.akamai.com/linode-api/reference/api>

use super::rest::{Api, Operation, Pages, Rest, fault_at, names};
use super::{Cloud, Config, Open, optional, secret};
use crate::compute::{NodeState, VolumeState};
use crate::core::auth::Header;
use crate::core::error::Result;
use crate::core::host::SharedHost;
use crate::core::link::Account;

/// Linode.
pub const CLOUD: Cloud = Cloud {
    name: "linode",
    title: "Akamai Linode",
    docs: "https://techdocs.akamai.com/linode-api/reference/api",
    fields: &[
        secret("token", "a personal access token"),
        optional("region", "where that is made which has no location, as eu-central"),
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
    let fault = |response: &_| fault_at(response, "errors[]/reason", "", "");
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://api.linode.com"), auth, fault, host)?;
    Ok(account.with("region", config.get("region")))
}

/// A node needs a password or a key pair. An image is made of a node's first disk. A node that is put on an image again
/// lets in the keys of the token's user. A new security group lets nothing in, and everything out.
const API: Api = Api {
    pages: Pages::Count("page", "pages"),
    operations: &[
        Operation("list_nodes", "GET /v4/linode/instances?page_size=500", "data"),
        Operation("get_node", "GET /v4/linode/instances/{node}", ""),
        Operation(
            "create_node",
            r#"WITH keyPair GET /v4/profile/sshkeys?page_size=500
WITH keyPair KEEP sshKey=data[label={keyPair}]/ssh_key
POST /v4/linode/instances {"label":"{name}","region":"{location/$region}","type":"{size}","image":"{image}","root_pass":"{password}","authorized_keys":["{sshKey}"],"metadata":{"user_data":"{userData|base64}"},"tags":"{tags|list}","firewall_id":"{securityGroups#|first}","...":"{extra}"}"#,
            "",
        ),
        Operation("destroy_node", "DELETE /v4/linode/instances/{node}", ""),
        Operation("reboot_node", "POST /v4/linode/instances/{node}/reboot {}", ""),
        Operation("start_node", "POST /v4/linode/instances/{node}/boot {}", ""),
        Operation("stop_node", "POST /v4/linode/instances/{node}/shutdown", ""),
        Operation("resize_node", r#"POST /v4/linode/instances/{node}/resize {"type":"{size}"}"#, ""),
        Operation(
            "rebuild_node",
            r#"GET /v4/profile
POST /v4/linode/instances/{node}/rebuild {"image":"{image}","authorized_users":["{.username}"]}"#,
            "",
        ),
        Operation("list_sizes", "GET /v4/linode/types?page_size=500", "data"),
        Operation("list_images", "GET /v4/images?page_size=500", "data"),
        Operation("get_image", "GET /v4/images/{image}", ""),
        Operation(
            "create_image",
            r#"GET /v4/linode/instances/{node}/disks?page_size=500
KEEP disk=data[]/id
POST /v4/images {"disk_id":"{disk}","label":"{name}","description":"{description}"}"#,
            "",
        ),
        Operation("delete_image", "DELETE /v4/images/{image}", ""),
        Operation("list_locations", "GET /v4/regions?page_size=500", "data"),
        Operation("list_volumes", "GET /v4/volumes?page_size=500", "data"),
        Operation("get_volume", "GET /v4/volumes/{volume}", ""),
        Operation("create_volume", r#"POST /v4/volumes {"label":"{name}","size":"{size}","region":"{location/$region}"}"#, ""),
        Operation("attach_volume", r#"POST /v4/volumes/{volume}/attach {"linode_id":"{node#}"}"#, ""),
        Operation("detach_volume", "POST /v4/volumes/{volume}/detach", ""),
        Operation("destroy_volume", "DELETE /v4/volumes/{volume}", ""),
        Operation("list_key_pairs", "GET /v4/profile/sshkeys?page_size=500", "data"),
        Operation("get_key_pair", "GET /v4/profile/sshkeys?page_size=500", "data[label={keyPair}]"),
        Operation("import_key_pair", r#"POST /v4/profile/sshkeys {"label":"{name}","ssh_key":"{publicKey}"}"#, ""),
        Operation(
            "delete_key_pair",
            r#"GET /v4/profile/sshkeys?page_size=500
KEEP id=data[label={keyPair}]/id
DELETE /v4/profile/sshkeys/{id}"#,
            "",
        ),
        Operation("list_tags", "GET /v4/linode/instances/{node}", "tags"),
        Operation(
            "set_tags",
            r#"GET /v4/linode/instances/{node}
KEEP old?=tags
PUT /v4/linode/instances/{node} {"tags":"{tags|onto:old|list}"}"#,
            "",
        ),
        Operation(
            "delete_tags",
            r#"GET /v4/linode/instances/{node}
KEEP old?=tags
PUT /v4/linode/instances/{node} {"tags":"{old|without:names|list}"}"#,
            "",
        ),
        Operation("list_security_groups", "GET /v4/networking/firewalls?page_size=500", "data"),
        Operation(
            "create_security_group",
            r#"POST /v4/networking/firewalls {"label":"{name}","rules":{"inbound_policy":"DROP","outbound_policy":"ACCEPT"}}"#,
            "",
        ),
        Operation("delete_security_group", "DELETE /v4/networking/firewalls/{securityGroup}", ""),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!id"),
                ("name", "label"),
                ("state", "status"),
                ("publicIps", "@ipv4[],ipv6"),
                ("privateIps", "@ipv4[]"),
                ("size", "type"),
                ("image", "image"),
                ("createdAt", "created"),
                (
                    "extra",
                    "hypervisor,specs,alerts,backups,location=region,tags,watchdog_enabled,ipv6,group,host_uuid,lke_cluster_id,placement_group",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!id"),
                ("name", "label"),
                ("ram", "memory"),
                ("disk", "disk%1024"),
                ("vcpus", "vcpus"),
                ("bandwidth", "transfer"),
                ("price", "price/hourly"),
                ("extra", "addons,class,monthly_price=price/monthly,successor,transfer,vcpus,gpus,network_out,region_prices"),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!id"),
                ("name", "label"),
                (
                    "extra",
                    "type,description,created,created_by,is_public,size,eol,vendor,deprecated,expiry,status,capabilities,regions,tags",
                ),
            ],
        ),
        (
            "NodeLocation",
            &[("id", "!id"), ("name", "label|id"), ("country", "country"), ("extra", "status,capabilities,resolvers,site_type")],
        ),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "label"),
                ("size", "size"),
                ("state", "status"),
                ("extra", "filesystem_path,linode_id,linode_label,tags,created,location=region,encryption,hardware_type"),
            ],
        ),
        ("KeyPair", &[("name", "!label"), ("publicKey", "ssh_key"), ("extra", "id,created")]),
        ("SecurityGroup", &[("id", "!id"), ("name", "label"), ("extra", "rules,status,tags,created")]),
    ],
    node_states: &[
        ("running", NodeState::Running),
        ("offline", NodeState::Stopped),
        ("stopped", NodeState::Stopped),
        ("booting", NodeState::Starting),
        ("provisioning", NodeState::Starting),
        ("rebooting", NodeState::Rebooting),
        ("shutting_down", NodeState::Stopping),
        ("deleting", NodeState::Terminated),
        ("migrating", NodeState::Migrating),
        ("rebuilding", NodeState::Updating),
        ("restoring", NodeState::Updating),
        ("cloning", NodeState::Updating),
        ("resizing", NodeState::Reconfiguring),
    ],
    volume_states: &[
        ("active", VolumeState::Available),
        ("creating", VolumeState::Creating),
        ("resizing", VolumeState::Updating),
        ("key_rotating", VolumeState::Updating),
        ("migrating", VolumeState::Migrating),
        ("deleting", VolumeState::Deleting),
        ("contact_support", VolumeState::Error),
    ],
    ..Api::NOTHING
};
