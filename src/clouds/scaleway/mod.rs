//! Scaleway: Instances of a zone, with Block Storage, VPC, IAM and the marketplace. <https://www.scaleway.com/en/developers/api/instances/>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names, with_kinds};
use super::{Cloud, Config, Open, optional, required, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::Header;
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};

/// Scaleway. Images are the marketplace's, by label; with the owner `self` the project's own. A project's SSH keys are put on all
/// of its nodes. Prices are in euros: `extra.hourly` and `extra.monthly`.
pub const CLOUD: Cloud = Cloud {
    name: "scaleway",
    title: "Scaleway",
    docs: "https://www.scaleway.com/en/developers/api/instances/",
    fields: &[
        secret("secretKey", "the secret key of an API key"),
        required("projectId", "the project in which things are made"),
        required("zone", "an availability zone, as fr-par-1"),
        optional("endpoint", "another address of the API"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let auth = Box::new(Header::new("x-auth-token", config.get("secretKey"))?);
    let fault = |response: &_| with_kinds(fault_at(response, "message", "type", ""), KINDS);
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://api.scaleway.com"), auth, fault, host)?;
    let zone = config.get("zone");
    let region = zone.rsplitn(2, '-').last().unwrap_or(zone);
    Ok(account.with("project", config.get("projectId")).with("zone", zone).with("region", region))
}

const KINDS: &[(&str, Kind)] = &[
    ("quotas_exceeded", Kind::Quota),
    ("out_of_stock", Kind::Quota),
    ("denied_authentication", Kind::Unauthorized),
    ("transient_state", Kind::Conflict),
];

fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        "create_node" if holes.many("networks") || holes.many("securityGroups") => {
            return Err(Error::invalid("a node starts in one network and one security group: name one of each"));
        }
        "list_images" if !matches!(&*holes.text("owner"), "" | "self") => {
            return Err(Error::invalid("\"owner\" can be \"self\", for the project's own images, or left out, for the marketplace's"));
        }
        // Labels have no hyphen, ids have.
        "get_image" if !holes.text("image").contains('-') => holes.opt("label", Some(&holes.text("image"))),
        "create_volume" => {
            let volume_type = holes.text("volumeType");
            let iops = match &*volume_type {
                "" | "sbs_5k" => "5000",
                "sbs_15k" => "15000",
                other => other,
            };
            holes.opt("volumeType", Some(iops));
        }
        "add_security_group_rule" => {
            for (name, default) in [("protocol", "ANY"), ("cidr", "0.0.0.0/0")] {
                if holes.get(name).is_none() {
                    holes.opt(name, Some(default));
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// A node is made, told its cloud-init, put in its network, and started. Of a running node, `terminate` takes the local
/// volumes along. A security group refuses what comes in and no rule allows, as elsewhere.
const API: Api = Api {
    pages: Pages::Number("page", "per_page|page_size"),
    operations: &[
        Operation("list_nodes", "GET /instance/v1/zones/{$zone}/servers?per_page=50", "servers"),
        Operation("get_node", "GET /instance/v1/zones/{$zone}/servers/{node}", "server"),
        Operation(
            "create_node",
            r#"POST /instance/v1/zones/{$zone}/servers {"name":"{name}","commercial_type":"{size}","image":"{image}","project":"{$project}","dynamic_ip_required":true,"security_group":"{securityGroups|first}","tags":"{tags|list}","...":"{extra}"}
KEEP id=server/id
WITH userData PATCH /instance/v1/zones/{$zone}/servers/{id}/user_data/cloud-init "{userData}"
WITH networks POST /instance/v1/zones/{$zone}/servers/{id}/private_nics {"private_network_id":"{networks|first}"}
POST /instance/v1/zones/{$zone}/servers/{id}/action {"action":"poweron"}
GET /instance/v1/zones/{$zone}/servers/{id}"#,
            "server",
        ),
        Operation(
            "destroy_node",
            r#"GET /instance/v1/zones/{$zone}/servers/{node}
KEEP running?=[state=running]/id
WITH running POST /instance/v1/zones/{$zone}/servers/{node}/action {"action":"terminate"}
WITH !running DELETE /instance/v1/zones/{$zone}/servers/{node}"#,
            "",
        ),
        Operation("reboot_node", r#"POST /instance/v1/zones/{$zone}/servers/{node}/action {"action":"reboot"}"#, ""),
        Operation("start_node", r#"POST /instance/v1/zones/{$zone}/servers/{node}/action {"action":"poweron"}"#, ""),
        Operation("stop_node", r#"POST /instance/v1/zones/{$zone}/servers/{node}/action {"action":"poweroff"}"#, ""),
        Operation("resize_node", r#"PATCH /instance/v1/zones/{$zone}/servers/{node} {"commercial_type":"{size}"}"#, ""),
        Operation("list_sizes", "GET /instance/v1/zones/{$zone}/products/servers?per_page=50", "servers/*"),
        Operation(
            "list_images",
            "WITH owner GET /instance/v1/zones/{$zone}/images?project={$project}&per_page=50\nGET /marketplace/v2/images?page_size=50",
            "images",
        ),
        Operation(
            "get_image",
            r#"WITH label GET /marketplace/v2/local-images?image_label={label}&zone={$zone}
WITH label KEEP image=local_images[]/id
GET /instance/v1/zones/{$zone}/images/{image}"#,
            "image",
        ),
        Operation(
            "create_image",
            r#"POST /instance/v1/zones/{$zone}/servers/{node}/action {"action":"backup","name":"{name}"}
GET /instance/v1/zones/{$zone}/images/{.task/href_result|tail}"#,
            "image",
        ),
        Operation("delete_image", "DELETE /instance/v1/zones/{$zone}/images/{image}", ""),
        Operation("list_volumes", "GET /block/v1/zones/{$zone}/volumes?page_size=50", "volumes"),
        Operation("get_volume", "GET /block/v1/zones/{$zone}/volumes/{volume}", ""),
        Operation(
            "create_volume",
            r#"WITH snapshot POST /block/v1/zones/{$zone}/volumes {"name":"{name}","project_id":"{$project}","perf_iops":"{volumeType#}","from_snapshot":{"snapshot_id":"{snapshot}","size":"{size|times:1000000000}"}}
WITH !snapshot POST /block/v1/zones/{$zone}/volumes {"name":"{name}","project_id":"{$project}","perf_iops":"{volumeType#}","from_empty":{"size":"{size|times:1000000000}"}}"#,
            "",
        ),
        Operation(
            "attach_volume",
            r#"POST /instance/v1/zones/{$zone}/servers/{node}/attach-volume {"volume_id":"{volume}","volume_type":"sbs_volume"}"#,
            "",
        ),
        Operation(
            "detach_volume",
            r#"GET /block/v1/zones/{$zone}/volumes/{volume}
KEEP server=references[product_resource_type=instance_server]/product_resource_id
POST /instance/v1/zones/{$zone}/servers/{server}/detach-volume {"volume_id":"{volume}"}"#,
            "",
        ),
        Operation("destroy_volume", "DELETE /block/v1/zones/{$zone}/volumes/{volume}", ""),
        Operation("list_volume_snapshots", "GET /block/v1/zones/{$zone}/snapshots?volume_id={volume}&page_size=50", "snapshots"),
        Operation(
            "create_volume_snapshot",
            r#"POST /block/v1/zones/{$zone}/snapshots {"volume_id":"{volume}","name":"{name}","project_id":"{$project}"}"#,
            "",
        ),
        Operation("destroy_volume_snapshot", "DELETE /block/v1/zones/{$zone}/snapshots/{snapshot}", ""),
        Operation("list_key_pairs", "GET /iam/v1alpha1/ssh-keys?project_id={$project}&page_size=50", "ssh_keys"),
        Operation("get_key_pair", "GET /iam/v1alpha1/ssh-keys?name={keyPair}&project_id={$project}", "ssh_keys[name={keyPair}]"),
        Operation(
            "import_key_pair",
            r#"POST /iam/v1alpha1/ssh-keys {"name":"{name}","public_key":"{publicKey}","project_id":"{$project}"}"#,
            "",
        ),
        Operation(
            "delete_key_pair",
            r#"GET /iam/v1alpha1/ssh-keys?name={keyPair}&project_id={$project}
KEEP id=ssh_keys[name={keyPair}]/id
DELETE /iam/v1alpha1/ssh-keys/{id}"#,
            "",
        ),
        Operation("list_tags", "GET /instance/v1/zones/{$zone}/servers/{node}", "server/tags"),
        Operation(
            "set_tags",
            r#"GET /instance/v1/zones/{$zone}/servers/{node}
KEEP old=server/tags
PATCH /instance/v1/zones/{$zone}/servers/{node} {"tags":"{tags|onto:old|list}"}"#,
            "",
        ),
        Operation(
            "delete_tags",
            r#"GET /instance/v1/zones/{$zone}/servers/{node}
KEEP old=server/tags
PATCH /instance/v1/zones/{$zone}/servers/{node} {"tags":"{old|without:names|list}"}"#,
            "",
        ),
        Operation("list_networks", "GET /vpc/v2/regions/{$region}/private-networks?page_size=50", "private_networks"),
        Operation(
            "create_network",
            r#"POST /vpc/v2/regions/{$region}/private-networks {"name":"{name}","project_id":"{$project}","subnets":["{cidr}"]}"#,
            "",
        ),
        Operation("delete_network", "DELETE /vpc/v2/regions/{$region}/private-networks/{network}", ""),
        Operation("list_security_groups", "GET /instance/v1/zones/{$zone}/security_groups?per_page=50", "security_groups"),
        Operation(
            "create_security_group",
            r#"POST /instance/v1/zones/{$zone}/security_groups {"name":"{name}","description":"{description}","project":"{$project}","stateful":true,"inbound_default_policy":"drop","outbound_default_policy":"accept"}"#,
            "security_group",
        ),
        Operation("delete_security_group", "DELETE /instance/v1/zones/{$zone}/security_groups/{securityGroup}", ""),
        Operation(
            "add_security_group_rule",
            r#"POST /instance/v1/zones/{$zone}/security_groups/{securityGroup}/rules {"protocol":"{protocol|upper}","direction":"{direction}bound","action":"accept","ip_range":"{cidr}","dest_port_from":"{fromPort}","dest_port_to":"{toPort}","position":1,"editable":true}"#,
            "",
        ),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("state", "state"),
                ("publicIps", "public_ips[]/address,public_ip/address,ipv6/address"),
                ("privateIps", "private_ip"),
                ("size", "commercial_type"),
                ("image", "image/id"),
                ("createdAt", "creation_date"),
                (
                    "extra",
                    "arch,organization,project,zone,tags,volumes,hostname,state_detail,security_group,private_nics,allowed_actions,placement_group",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "^"),
                ("name", "^"),
                ("ram", "ram%1048576"),
                ("disk", "volumes_constraint/max_size%1000000000"),
                ("vcpus", "ncpus"),
                (
                    "extra",
                    "cores=ncpus,arch,gpu,alt_names,hourly=hourly_price,monthly=monthly_price,ipv6=network/ipv6_support,internal_bandwidth=network/sum_internal_bandwidth,internet_bandwidth=network/sum_internet_bandwidth,volumes_constraint,end_of_service",
                ),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!label|id"),
                ("name", "name"),
                (
                    "extra",
                    "arch,creation_date,modification_date,organization,project,public,state,root_volume,from_server,id,description,categories",
                ),
            ],
        ),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size%1000000000"),
                ("state", "status"),
                (
                    "extra",
                    "creation_date=created_at,modification_date=updated_at,volume_type=type,project=project_id,references,parent_snapshot_id,tags",
                ),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size%1000000000"),
                ("state", "status"),
                ("volume", "parent_volume/id"),
                ("createdAt", "created_at"),
                ("extra", "volume_type=parent_volume/type,project=project_id,class,tags"),
            ],
        ),
        (
            "KeyPair",
            &[
                ("name", "!name"),
                ("fingerprint", "fingerprint"),
                ("publicKey", "public_key"),
                ("extra", "id,project=project_id,disabled,created_at"),
            ],
        ),
        (
            "Network",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("cidr", "subnets[]/subnet"),
                ("extra", "subnets,vpc_id,region,project=project_id,tags,dhcp_enabled,created_at"),
            ],
        ),
        (
            "SecurityGroup",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("description", "description"),
                ("extra", "stateful,inbound_default_policy,outbound_default_policy,project_default,project,servers,tags"),
            ],
        ),
    ],
    node_states: &[
        ("running", NodeState::Running),
        ("stopped", NodeState::Stopped),
        ("stopped in place", NodeState::Stopped),
        ("stopped_in_place", NodeState::Stopped),
        ("starting", NodeState::Starting),
        ("stopping", NodeState::Stopping),
        ("locked", NodeState::Error),
    ],
    volume_states: &[
        ("creating", VolumeState::Creating),
        ("available", VolumeState::Available),
        ("in_use", VolumeState::InUse),
        ("deleting", VolumeState::Deleting),
        ("deleted", VolumeState::Deleted),
        ("resizing", VolumeState::Updating),
        ("updating", VolumeState::Updating),
        ("snapshotting", VolumeState::Backup),
        ("error", VolumeState::Error),
    ],
    snapshot_states: &[
        ("creating", SnapshotState::Creating),
        ("available", SnapshotState::Available),
        ("in_use", SnapshotState::Available),
        ("deleting", SnapshotState::Deleting),
        ("exporting", SnapshotState::Updating),
        ("error", SnapshotState::Error),
    ],
    prepare,
};
