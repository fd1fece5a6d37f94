//! OVHcloud's Public Cloud. <https://eu.api.ovh.com/console/?section=%2Fcloud&branch=v1>

use super::rest::{Api, Holes, Operation, Rest, fault_at, names, range};
use super::{Cloud, Config, Open, optional, required, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::Ovh;
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault, Link};
use crate::core::wire::Json;

/// OVHcloud. An image's owner is `public` (OVHcloud's own, the default) or `private` (what nodes were made into).
pub const CLOUD: Cloud = Cloud {
    name: "ovh",
    title: "OVHcloud Public Cloud",
    docs: "https://eu.api.ovh.com/console/?section=%2Fcloud&branch=v1",
    fields: &[
        required("applicationKey", "an application's key, from https://eu.api.ovh.com/createToken/"),
        secret("applicationSecret", "the application's secret"),
        secret("consumerKey", "the consumer key: what the customer lets the application do"),
        required("projectId", "the Public Cloud project's id"),
        optional("region", "the region, as GRA11; without it things of all regions are listed"),
        optional("endpoint", "https://ca.api.ovh.com/1.0 or https://api.us.ovhcloud.com/1.0 elsewhere than in Europe"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let auth = Box::new(Ovh::new(config.get("applicationKey"), config.get("applicationSecret"), config.get("consumerKey"))?);
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://eu.api.ovh.com/1.0"), auth, fault, host)?;
    let account = account.with("project", config.get("projectId"));
    let region = config.get("region");
    Ok(if region.is_empty() { account } else { account.with("region", region) })
}

fn fault(response: &Response) -> Fault {
    let mut fault = fault_at(response, "message", "errorCode|class|errorClass", "");
    // Keys that are wrong are answered like things that are forbidden.
    if matches!(fault.code.as_deref(), Some("INVALID_CREDENTIAL" | "INVALID_KEY" | "NOT_CREDENTIAL")) {
        fault.kind = Some(Kind::Unauthorized);
    }
    fault.request_id = response.headers.get("x-ovh-queryid").map(str::to_owned);
    fault
}

/// What OVHcloud must be told, and its words.
fn prepare(operation: &str, link: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        "create_node" | "create_volume" | "create_network" if holes.get("location").is_none() && link.setting("region").is_empty() => {
            return Err(Error::invalid("a region is needed: give the account's field \"region\", or a location where one is taken"));
        }
        "create_volume" if holes.get("volumeType").is_none() => holes.set("volumeType", "classic".into()),
        "create_network" => range(holes)?,
        "list_images" => match &*holes.text("owner") {
            "" => {}
            "public" => holes.set("owner", Json::default()),
            "private" => {
                holes.set("owner", Json::default());
                holes.set("$own", true.into());
            }
            _ => return Err(Error::invalid("owner must be public or private here")),
        },
        _ => {}
    }
    Ok(())
}

const API: Api = Api {
    operations: &[
        Operation("list_nodes", "GET /cloud/project/{$project}/instance?region={$region}", ""),
        Operation("get_node", "GET /cloud/project/{$project}/instance/{node}", ""),
        Operation(
            "create_node",
            r#"WITH keyPair GET /cloud/project/{$project}/sshkey?region={location/$region}
WITH keyPair KEEP sshKey=[name={keyPair}]/id
POST /cloud/project/{$project}/instance {"name":"{name}","flavorId":"{size}","imageId":"{image}","region":"{location/$region}","sshKeyId":"{sshKey}","userData":"{userData}","networks":"{networks|each:networkId}","...":"{extra}"}"#,
            "",
        ),
        Operation("destroy_node", "DELETE /cloud/project/{$project}/instance/{node}", ""),
        Operation("reboot_node", r#"POST /cloud/project/{$project}/instance/{node}/reboot {"type":"soft"}"#, ""),
        Operation("start_node", "POST /cloud/project/{$project}/instance/{node}/start", ""),
        Operation("stop_node", "POST /cloud/project/{$project}/instance/{node}/stop", ""),
        Operation("resize_node", r#"POST /cloud/project/{$project}/instance/{node}/resize {"flavorId":"{size}"}"#, ""),
        Operation("rebuild_node", r#"POST /cloud/project/{$project}/instance/{node}/reinstall {"imageId":"{image}"}"#, ""),
        Operation("list_sizes", "GET /cloud/project/{$project}/flavor?region={$region}", ""),
        Operation(
            "list_images",
            "WITH $own GET /cloud/project/{$project}/snapshot?region={$region}
GET /cloud/project/{$project}/image?region={$region}",
            "",
        ),
        Operation("get_image", "GET /cloud/project/{$project}/image/{image}", ""),
        Operation(
            "create_image",
            r#"POST /cloud/project/{$project}/instance/{node}/snapshot {"snapshotName":"{name}"}
GET /cloud/project/{$project}/snapshot?region={$region}"#,
            "[name={name}]",
        ),
        Operation("delete_image", "DELETE /cloud/project/{$project}/snapshot/{image}", ""),
        Operation("list_locations", "GET /cloud/project/{$project}/region", ""),
        Operation("list_volumes", "GET /cloud/project/{$project}/volume?region={$region}", ""),
        Operation("get_volume", "GET /cloud/project/{$project}/volume/{volume}", ""),
        Operation(
            "create_volume",
            r#"POST /cloud/project/{$project}/volume {"name":"{name}","size":"{size}","region":"{location/$region}","type":"{volumeType}","snapshotId":"{snapshot}"}"#,
            "",
        ),
        Operation("attach_volume", r#"POST /cloud/project/{$project}/volume/{volume}/attach {"instanceId":"{node}"}"#, ""),
        Operation(
            "detach_volume",
            r#"GET /cloud/project/{$project}/volume/{volume}
KEEP node=attachedTo[]
POST /cloud/project/{$project}/volume/{volume}/detach {"instanceId":"{node}"}"#,
            "",
        ),
        Operation("destroy_volume", "DELETE /cloud/project/{$project}/volume/{volume}", ""),
        Operation("list_volume_snapshots", "GET /cloud/project/{$project}/volume/snapshot?region={$region}", ""),
        Operation("create_volume_snapshot", r#"POST /cloud/project/{$project}/volume/{volume}/snapshot {"name":"{name}"}"#, ""),
        Operation("destroy_volume_snapshot", "DELETE /cloud/project/{$project}/volume/snapshot/{snapshot}", ""),
        Operation("list_key_pairs", "GET /cloud/project/{$project}/sshkey?region={$region}", ""),
        Operation("get_key_pair", "GET /cloud/project/{$project}/sshkey?region={$region}", "[name={keyPair}]"),
        Operation(
            "import_key_pair",
            r#"POST /cloud/project/{$project}/sshkey {"name":"{name}","publicKey":"{publicKey}","region":"{$region}"}"#,
            "",
        ),
        Operation(
            "delete_key_pair",
            "GET /cloud/project/{$project}/sshkey?region={$region}
KEEP id=[name={keyPair}]/id
DELETE /cloud/project/{$project}/sshkey/{id}",
            "",
        ),
        Operation("list_networks", "GET /cloud/project/{$project}/network/private", ""),
        // A network is in a region when it is built, and then takes addresses there.
        Operation(
            "create_network",
            r#"POST /cloud/project/{$project}/network/private {"name":"{name}","regions":["{$region}"]}
KEEP network=id
UNTIL status=ACTIVE GET /cloud/project/{$project}/network/private/{network}
POST /cloud/project/{$project}/network/private/{network}/subnet {"region":"{$region}","network":"{cidr}","start":"{$first}","end":"{$last}","dhcp":true,"noGateway":false}
GET /cloud/project/{$project}/network/private/{network}"#,
            "",
        ),
        Operation("delete_network", "DELETE /cloud/project/{$project}/network/private/{network}", ""),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("state", "status"),
                ("publicIps", "ipAddresses[type=public]/ip"),
                ("privateIps", "ipAddresses[type=private]/ip"),
                ("size", "flavorId|flavor/id"),
                ("image", "imageId|image/id"),
                ("createdAt", "created"),
                (
                    "extra",
                    "created,region,status,ipAddresses,flavorId,imageId,sshKeyId,flavor,image,sshKey,monthlyBilling,planCode,operationIds,availabilityZone",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("ram", "ram"),
                ("disk", "disk"),
                ("vcpus", "vcpus"),
                ("extra", "region,type,vcpus,osType,available,inboundBandwidth,outboundBandwidth,planCodes,capabilities,quota"),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("extra", "region,visibility,status,type,user,minDisk,minRam,size,creationDate,flavorType,planCode,tags"),
            ],
        ),
        ("NodeLocation", &[("id", "!"), ("name", "")]),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size"),
                ("state", "status"),
                ("extra", "attachedTo,created,creationDate,description,region,status,type,bootable,planCode,availabilityZone"),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size"),
                ("state", "status"),
                ("volume", "volumeId"),
                ("createdAt", "creationDate"),
                ("extra", "volume_id=volumeId,description,region,status,planCode"),
            ],
        ),
        ("KeyPair", &[("name", "!name"), ("fingerprint", "fingerPrint"), ("publicKey", "publicKey"), ("extra", "id,regions")]),
        ("Network", &[("id", "!id"), ("name", "name"), ("extra", "regions,status,type,vlanId")]),
    ],
    node_states: &[
        ("ACTIVE", NodeState::Running),
        ("BUILD", NodeState::Pending),
        ("BUILDING", NodeState::Pending),
        ("DELETED", NodeState::Terminated),
        ("DELETING", NodeState::Terminated),
        ("ERROR", NodeState::Error),
        ("HARD_REBOOT", NodeState::Rebooting),
        ("MIGRATING", NodeState::Migrating),
        ("PASSWORD", NodeState::Pending),
        ("PAUSED", NodeState::Paused),
        ("REBOOT", NodeState::Rebooting),
        ("REBUILD", NodeState::Pending),
        ("RESCUE", NodeState::Pending),
        ("RESCUED", NodeState::Pending),
        ("RESCUING", NodeState::Pending),
        ("RESIZE", NodeState::Reconfiguring),
        ("RESIZED", NodeState::Running),
        ("RESUMING", NodeState::Starting),
        ("REVERT_RESIZE", NodeState::Reconfiguring),
        ("SHELVED", NodeState::Stopped),
        ("SHELVED_OFFLOADED", NodeState::Stopped),
        ("SHELVING", NodeState::Stopping),
        ("SHUTOFF", NodeState::Stopped),
        ("SNAPSHOTTING", NodeState::Running),
        ("SOFT_DELETED", NodeState::Terminated),
        ("STOPPED", NodeState::Stopped),
        ("SUSPENDED", NodeState::Suspended),
        ("UNRESCUING", NodeState::Pending),
        ("UNSHELVING", NodeState::Starting),
        ("VERIFY_RESIZE", NodeState::Running),
    ],
    volume_states: &[
        ("attaching", VolumeState::Attaching),
        ("available", VolumeState::Available),
        ("backing-up", VolumeState::Backup),
        ("creating", VolumeState::Creating),
        ("deleting", VolumeState::Deleting),
        ("detaching", VolumeState::Attaching),
        ("downloading", VolumeState::Creating),
        ("error", VolumeState::Error),
        ("error_backing-up", VolumeState::Error),
        ("error_deleting", VolumeState::Error),
        ("error_extending", VolumeState::Error),
        ("error_restoring", VolumeState::Error),
        ("extending", VolumeState::Updating),
        ("in-use", VolumeState::InUse),
        ("restoring-backup", VolumeState::Backup),
        ("retyping", VolumeState::Updating),
        ("uploading", VolumeState::Backup),
    ],
    snapshot_states: &[
        ("available", SnapshotState::Available),
        ("creating", SnapshotState::Creating),
        ("deleting", SnapshotState::Deleting),
        ("error", SnapshotState::Error),
        ("error_deleting", SnapshotState::Error),
    ],
    prepare,
    ..Api::NOTHING
};
