//! DigitalOcean. <https://docs.digitalocean.com/reference/api/digitalocean/>

use super::rest::{Api, Operation, Pages, Rest, fault_at, names};
use super::{Cloud, Config, Open, optional, secret};
use crate::compute::NodeState;
use crate::core::auth::Header;
use crate::core::error::Result;
use crate::core::host::SharedHost;
use crate::core::link::Account;

/// DigitalOcean.
pub const CLOUD: Cloud = Cloud {
    name: "digitalocean",
    title: "DigitalOcean",
    docs: "https://docs.digitalocean.com/reference/api/digitalocean/",
    fields: &[
        secret("token", "a personal access token"),
        optional("region", "where networks are made, and what is made without a location, as nyc3"),
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
    let fault = |response: &_| fault_at(response, "message", "id", "request_id");
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://api.digitalocean.com"), auth, fault, host)?;
    Ok(account.with("region", config.get("region")))
}

/// Actions on nodes and volumes are orders: they end when DigitalOcean has taken them.
const API: Api = Api {
    pages: Pages::Link("links/pages/next"),
    operations: &[
        Operation("list_nodes", "GET /v2/droplets?per_page=200", "droplets"),
        Operation("get_node", "GET /v2/droplets/{node}", "droplet"),
        Operation(
            "create_node",
            r#"WITH keyPair GET /v2/account/keys?per_page=200
WITH keyPair KEEP sshKey=ssh_keys[name={keyPair}]/id
POST /v2/droplets {"name":"{name}","region":"{location/$region}","size":"{size}","image":"{image#}","ssh_keys":["{sshKey}"],"user_data":"{userData}","vpc_uuid":"{networks|first}","tags":"{tags|list}","...":"{extra}"}"#,
            "droplet",
        ),
        Operation("destroy_node", "DELETE /v2/droplets/{node}", ""),
        Operation("reboot_node", r#"POST /v2/droplets/{node}/actions {"type":"reboot"}"#, ""),
        Operation("start_node", r#"POST /v2/droplets/{node}/actions {"type":"power_on"}"#, ""),
        Operation("stop_node", r#"POST /v2/droplets/{node}/actions {"type":"shutdown"}"#, ""),
        Operation("resize_node", r#"POST /v2/droplets/{node}/actions {"type":"resize","size":"{size}"}"#, ""),
        Operation("rebuild_node", r#"POST /v2/droplets/{node}/actions {"type":"rebuild","image":"{image#}"}"#, ""),
        Operation("list_sizes", "GET /v2/sizes?per_page=200", "sizes"),
        Operation("list_images", "GET /v2/images?per_page=200", "images"),
        Operation("get_image", "GET /v2/images/{image}", "image"),
        Operation(
            "create_image",
            r#"POST /v2/droplets/{node}/actions {"type":"snapshot","name":"{name}"}
UNTIL action/status=completed,~errored GET /v2/actions/{.action/id}
GET /v2/droplets/{node}/snapshots?per_page=200"#,
            "snapshots[name={name}]",
        ),
        Operation("delete_image", "DELETE /v2/images/{image}", ""),
        Operation("list_locations", "GET /v2/regions?per_page=200", "regions[available=true]"),
        Operation("list_volumes", "GET /v2/volumes?per_page=200", "volumes"),
        Operation("get_volume", "GET /v2/volumes/{volume}", "volume"),
        Operation(
            "create_volume",
            r#"POST /v2/volumes {"name":"{name}","size_gigabytes":"{size}","region":"{location/$region}","snapshot_id":"{snapshot}"}"#,
            "volume",
        ),
        Operation("attach_volume", r#"POST /v2/volumes/{volume}/actions {"type":"attach","droplet_id":"{node#}"}"#, ""),
        Operation(
            "detach_volume",
            r#"GET /v2/volumes/{volume}
KEEP node=volume/droplet_ids[]
POST /v2/volumes/{volume}/actions {"type":"detach","droplet_id":"{node}"}"#,
            "",
        ),
        Operation("destroy_volume", "DELETE /v2/volumes/{volume}", ""),
        Operation(
            "list_volume_snapshots",
            "WITH volume GET /v2/volumes/{volume}/snapshots?per_page=200
GET /v2/snapshots?resource_type=volume&per_page=200",
            "snapshots",
        ),
        Operation("create_volume_snapshot", r#"POST /v2/volumes/{volume}/snapshots {"name":"{name}"}"#, "snapshot"),
        Operation("destroy_volume_snapshot", "DELETE /v2/snapshots/{snapshot}", ""),
        Operation("list_key_pairs", "GET /v2/account/keys?per_page=200", "ssh_keys"),
        Operation("get_key_pair", "GET /v2/account/keys?per_page=200", "ssh_keys[name={keyPair}]"),
        Operation("import_key_pair", r#"POST /v2/account/keys {"name":"{name}","public_key":"{publicKey}"}"#, "ssh_key"),
        Operation(
            "delete_key_pair",
            r#"GET /v2/account/keys?per_page=200
KEEP id=ssh_keys[name={keyPair}]/id
DELETE /v2/account/keys/{id}"#,
            "",
        ),
        Operation("list_tags", "GET /v2/droplets/{node}", "droplet/tags"),
        Operation("list_networks", "GET /v2/vpcs?per_page=200", "vpcs"),
        Operation("create_network", r#"POST /v2/vpcs {"name":"{name}","ip_range":"{cidr}","region":"{$region}"}"#, "vpc"),
        Operation("delete_network", "DELETE /v2/vpcs/{network}", ""),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("state", "status"),
                ("publicIps", "networks/v4[type=public]/ip_address,networks/v6[type=public]/ip_address"),
                ("privateIps", "networks/v4[type=private]/ip_address"),
                ("size", "size_slug"),
                ("image", "image/id"),
                ("createdAt", "created_at"),
                (
                    "extra",
                    "memory,vcpus,disk,region=region/name,image,size_slug,locked,created_at,networks,kernel,backup_ids,snapshot_ids,features,tags,vpc_uuid,volume_ids",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!slug"),
                ("name", "slug"),
                ("ram", "memory"),
                ("disk", "disk"),
                ("vcpus", "vcpus"),
                ("bandwidth", "transfer*1000"),
                ("price", "price_hourly"),
                ("extra", "vcpus,regions,price_monthly,description,available"),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("extra", "distribution,public,slug,regions,min_disk_size,created_at,type,description,size_gigabytes,tags,status"),
            ],
        ),
        ("NodeLocation", &[("id", "!slug"), ("name", "name"), ("extra", "features,sizes")]),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size_gigabytes"),
                ("extra", "created_at,droplet_ids,region,region_slug=region/slug,description,tags"),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size_gigabytes"),
                ("volume", "resource_id"),
                ("createdAt", "created_at"),
                ("extra", "created_at,resource_id,regions,min_disk_size"),
            ],
        ),
        ("KeyPair", &[("name", "!name"), ("fingerprint", "fingerprint"), ("publicKey", "public_key"), ("extra", "id")]),
        ("Network", &[("id", "!id"), ("name", "name"), ("cidr", "ip_range"), ("extra", "region,description,default,created_at")]),
    ],
    node_states: &[
        ("new", NodeState::Pending),
        ("active", NodeState::Running),
        ("off", NodeState::Stopped),
        ("archive", NodeState::Terminated),
    ],
    ..Api::NOTHING
};
