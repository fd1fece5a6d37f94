//! Google Compute Engine. <https://cloud.google.com/compute/docs/reference/rest/v1>

use super::rest::{Api, Holes, Operation, Pages, Rest, names};
use super::{Cloud, Config, Open, google, hidden, optional};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::error::{Error, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};
use crate::core::wire::{Json, Tree, array, object};

/// Google Compute Engine. Ids are the paths by which Google knows things: `projects/p/zones/europe-west1-b/instances/web-1`.
/// Names do too, of things of the account's project and zone.
///
/// An image's owner is a project, as `debian-cloud`. A node's security groups are network tags, by which firewall rules choose
/// nodes; its networks may be subnetworks. `userData` is what cloud-init finds; images without it run what
/// `extra: {"metadata": {"items": [{"key": "startup-script", "value": "…"}]}}` says.
pub const CLOUD: Cloud = Cloud {
    name: "gce",
    title: "Google Compute Engine",
    docs: "https://cloud.google.com/compute/docs/reference/rest/v1",
    fields: &[
        hidden("credentials", "a service account's key file, whole: the JSON that the console gives"),
        optional("clientEmail", "in place of the key file: the service account's address"),
        hidden("privateKey", "in place of the key file: the service account's private key, in PEM"),
        optional("tokenUri", "in place of the key file: where tokens are given out; Google's by default"),
        hidden("accessToken", "in place of a service account: a token got elsewhere"),
        optional("projectId", "the project; by default the service account's"),
        optional("zone", "the zone, as europe-west1-b; without it nodes and volumes of all zones are listed"),
        optional("endpoint", "another address of the API, as http://localhost:9023/compute/v1"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    const SCOPE: &str = "https://www.googleapis.com/auth/compute";
    let account = google::account(CLOUD.name, "https://compute.googleapis.com/compute/v1", SCOPE, config, host)?;
    if account.settings.get("project").is_none_or(str::is_empty) {
        return Err(Error::invalid("field \"projectId\" is missing: the project's id, where no key file says it"));
    }
    let zone = config.get("zone");
    Ok(if zone.is_empty() { account } else { account.with("zone", zone) })
}

/// Where things are that are known by a name alone.
const PLACES: &[(&str, &str, &str)] = &[
    ("node", "/zones/", "/instances/"),
    ("volume", "/zones/", "/disks/"),
    ("snapshot", "/global", "/snapshots/"),
    ("image", "/global", "/images/"),
];

/// The path of what is known by its path, its URL or its name.
fn place(link: &Link, id: &str, scope: &str, kind: &str) -> Result<String> {
    let project = "projects/";
    let inside = (0..id.len()).find_map(|at| id.get(at..).filter(|rest| rest.starts_with(project)));
    let zone = if scope == "/zones/" { link.setting("zone") } else { "" };
    match inside {
        Some(path) => Ok(path.to_owned()),
        None if !id.is_empty() && !id.contains('/') && zone.is_empty() == (scope != "/zones/") => {
            Ok([project, link.setting("project"), scope, zone, kind, id].concat())
        }
        None => Err(Error::invalid(
            "an id is a path, as projects/p/zones/z/instances/n: give it as lists do, or a name where the account has a zone",
        )),
    }
}

/// Ids as paths, and what Google wants in lists of objects.
fn prepare(operation: &str, link: &Link, holes: &mut Holes) -> Result<()> {
    for (name, scope, kind) in PLACES {
        if holes.get(name).is_some() {
            holes.set(name, place(link, &holes.text(name), scope, kind)?.into());
        }
    }
    if matches!(operation, "list_sizes" | "create_node" | "create_volume")
        && holes.get("$zone").is_none()
        && holes.get("location").is_none()
    {
        return Err(Error::invalid("a zone is needed: give the account's field \"zone\", or a location where one is taken"));
    }
    if operation != "create_node" {
        return Ok(());
    }
    if let Some(text) = holes.get("userData") {
        holes.set("userData", array([object(&[("key", "user-data".into()), ("value", text.clone())])]));
    }
    let networks = Tree::json(holes.get("networks").map_or(r#"["default"]"#, Json::as_str))?;
    // The first network leads to the world.
    let mut world = Some(Json::raw(r#"[{"type":"ONE_TO_ONE_NAT","name":"External NAT"}]"#.to_owned()));
    let mut interfaces = Vec::new();
    for network in networks.root().children() {
        let path = place(link, network.as_text(), "/global", "/networks/")?;
        let kind = if path.split('/').any(|step| step == "subnetworks") { "subnetwork" } else { "network" };
        let mut members = vec![(kind, path.into())];
        members.extend(world.take().map(|world| ("accessConfigs", world)));
        interfaces.push(object(&members));
    }
    holes.set("networks", array(interfaces));
    Ok(())
}

/// Lines whose last begins an operation of Google's, which is awaited.
macro_rules! done {
    ($lines:literal) => {
        concat!($lines, "\nUNTIL status=DONE!error/errors[] GET /{+.selfLink|from:projects/}")
    };
}

/// Lines whose last begins the making of something, which is read then.
macro_rules! made {
    ($lines:literal) => {
        concat!(done!($lines), "\nGET /{+.targetLink|from:projects/}")
    };
}

const API: Api = Api {
    pages: Pages::Next("pageToken", "nextPageToken"),
    operations: &[
        Operation(
            "list_nodes",
            "WITH $zone GET /projects/{$project}/zones/{$zone}/instances?maxResults=500
GET /projects/{$project}/aggregated/instances?maxResults=500",
            "?items[kind=compute#instance]|items/*/instances",
        ),
        Operation("get_node", "GET /{+node}", ""),
        Operation(
            "create_node",
            concat!(
                done!(
                    r#"POST /projects/{$project}/zones/{location/$zone|after:/}/instances?requestId={token|uuid} {"name":"{name}","machineType":"zones/{location/$zone|after:/}/machineTypes/{size|after:/}","disks":[{"boot":true,"autoDelete":true,"initializeParams":{"sourceImage":"{image}"}}],"networkInterfaces":"{networks}","metadata":{"items":"{userData}"},"tags":{"items":"{securityGroups}"},"labels":"{tags}","...":"{extra}"}"#
                ),
                "\nGET /projects/{$project}/zones/{location/$zone|after:/}/instances/{name}"
            ),
            "",
        ),
        Operation("destroy_node", done!("DELETE /{+node}?requestId={token|uuid}"), ""),
        Operation("reboot_node", done!("POST /{+node}/reset?requestId={token|uuid}"), ""),
        Operation("start_node", done!("POST /{+node}/start?requestId={token|uuid}"), ""),
        Operation("stop_node", done!("POST /{+node}/stop?requestId={token|uuid}"), ""),
        Operation(
            "resize_node",
            done!(
                r#"GET /{+node}
POST /{+node}/setMachineType?requestId={token|uuid} {"machineType":"zones/{.zone|after:/}/machineTypes/{size|after:/}"}"#
            ),
            "",
        ),
        Operation("list_sizes", "GET /projects/{$project}/zones/{$zone}/machineTypes?maxResults=500", "?items"),
        Operation("list_images", "GET /projects/{owner/$project}/global/images?maxResults=500", "?items"),
        Operation("get_image", "GET /{+image}", ""),
        Operation(
            "create_image",
            made!(
                r#"GET /{+node}
KEEP disk=disks[boot=true]/source
POST /projects/{$project}/global/images?requestId={token|uuid} {"name":"{name}","description":"{description}","sourceDisk":"{disk|from:projects/}"}"#
            ),
            "",
        ),
        Operation("delete_image", done!("DELETE /{+image}?requestId={token|uuid}"), ""),
        Operation("list_locations", "GET /projects/{$project}/zones?maxResults=500", "?items"),
        Operation(
            "list_volumes",
            "WITH $zone GET /projects/{$project}/zones/{$zone}/disks?maxResults=500
GET /projects/{$project}/aggregated/disks?maxResults=500",
            "?items[kind=compute#disk]|items/*/disks",
        ),
        Operation("get_volume", "GET /{+volume}", ""),
        Operation(
            "create_volume",
            made!(
                r#"POST /projects/{$project}/zones/{location/$zone|after:/}/disks?requestId={token|uuid} {"name":"{name}","sizeGb":"{size|text}","type":"projects/{$project}/zones/{location/$zone|after:/}/diskTypes/{volumeType}","sourceSnapshot":"{snapshot}"}"#
            ),
            "",
        ),
        Operation(
            "attach_volume",
            done!(r#"POST /{+node}/attachDisk?requestId={token|uuid} {"source":"{volume}","deviceName":"{device/volume|after:/}"}"#),
            "",
        ),
        Operation(
            "detach_volume",
            done!(
                "GET /{+volume}
KEEP node=users[]
KEEP source=selfLink
GET /{+node|from:projects/}
KEEP device=disks[source={source}]/deviceName
POST /{+node|from:projects/}/detachDisk?deviceName={device}&requestId={token|uuid}"
            ),
            "",
        ),
        Operation("destroy_volume", done!("DELETE /{+volume}?requestId={token|uuid}"), ""),
        Operation("list_volume_snapshots", "GET /projects/{$project}/global/snapshots?maxResults=500", "?items"),
        Operation(
            "create_volume_snapshot",
            made!(r#"POST /projects/{$project}/global/snapshots?requestId={token|uuid} {"name":"{name}","sourceDisk":"{volume}"}"#),
            "",
        ),
        Operation("destroy_volume_snapshot", done!("DELETE /{+snapshot}?requestId={token|uuid}"), ""),
        Operation("list_tags", "GET /{+node}", "?labels"),
        Operation(
            "set_tags",
            done!(
                r#"GET /{+node}
KEEP old?=labels
POST /{+node}/setLabels?requestId={token|uuid} {"labels":"{tags|onto:old}","labelFingerprint":"{.labelFingerprint}"}"#
            ),
            "",
        ),
        Operation(
            "delete_tags",
            r#"GET /{+node}
KEEP old?=labels
WITH old POST /{+node}/setLabels?requestId={token|uuid} {"labels":"{old|without:names}","labelFingerprint":"{.labelFingerprint}"}
WITH old UNTIL status=DONE!error/errors[] GET /{+.selfLink|from:projects/}"#,
            "",
        ),
        Operation("list_networks", "GET /projects/{$project}/global/networks?maxResults=500", "?items"),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!={.selfLink|from:projects/}"),
                ("name", "name"),
                ("state", "status"),
                ("publicIps", "networkInterfaces[]/accessConfigs[]/natIP,networkInterfaces[]/ipv6AccessConfigs[]/externalIpv6"),
                ("privateIps", "networkInterfaces[]/networkIP"),
                ("size", "={.machineType|after:/}"),
                ("createdAt", "creationTimestamp"),
                (
                    "extra",
                    "id,status,statusMessage,description,zone,machineType,disks,networkInterfaces,selfLink,creationTimestamp,metadata,tags_fingerprint=tags/fingerprint,tags=tags/items,scheduling,deprecated,canIpForward,serviceAccounts,labels,labelFingerprint,cpuPlatform,minCpuPlatform",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!name"),
                ("name", "name"),
                ("ram", "memoryMb"),
                ("disk", "imageSpaceGb"),
                ("vcpus", "guestCpus"),
                ("extra", "id,selfLink,zone,description,guestCpus,creationTimestamp,accelerators,deprecated,isSharedCpu,architecture"),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!={.selfLink|from:projects/}"),
                ("name", "name"),
                (
                    "extra",
                    "id,description,family,creationTimestamp,selfLink,deprecated,status,archiveSizeBytes,diskSizeGb,rawDisk,sourceDisk,sourceDiskId,sourceType,labels,labelFingerprint,architecture",
                ),
            ],
        ),
        ("NodeLocation", &[("id", "!name"), ("name", "name"), ("extra", "id,status,region,description,selfLink,deprecated")]),
        (
            "Volume",
            &[
                ("id", "!={.selfLink|from:projects/}"),
                ("name", "name"),
                ("size", "sizeGb"),
                ("state", "status"),
                (
                    "extra",
                    "id,selfLink,zone,status,creationTimestamp,description,sourceImage,sourceImageId,sourceSnapshot,sourceSnapshotId,options,labels,labelFingerprint,users,type",
                ),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!={.selfLink|from:projects/}"),
                ("name", "name"),
                ("size", "diskSizeGb"),
                ("state", "status"),
                ("volume", "={.sourceDisk|from:projects/}"),
                ("createdAt", "creationTimestamp"),
                ("extra", "id,selfLink,creationTimestamp,sourceDisk,sourceDiskId,description,status,storageBytes,labels"),
            ],
        ),
        (
            "Network",
            &[
                ("id", "!={.selfLink|from:projects/}"),
                ("name", "name"),
                ("cidr", "IPv4Range"),
                ("extra", "id,selfLink,gatewayIPv4,description,creationTimestamp,autoCreateSubnetworks,subnetworks,routingConfig"),
            ],
        ),
    ],
    node_states: &[
        ("PENDING", NodeState::Pending),
        ("PROVISIONING", NodeState::Pending),
        ("STAGING", NodeState::Pending),
        ("RUNNING", NodeState::Running),
        ("PENDING_STOP", NodeState::Stopping),
        ("STOPPING", NodeState::Stopping),
        // Google's word for a node that is there and does not run.
        ("TERMINATED", NodeState::Stopped),
        ("STOPPED", NodeState::Stopped),
        ("DEPROVISIONING", NodeState::Terminated),
        ("SUSPENDING", NodeState::Suspended),
        ("SUSPENDED", NodeState::Suspended),
        ("REPAIRING", NodeState::Reconfiguring),
    ],
    volume_states: &[
        ("CREATING", VolumeState::Creating),
        ("RESTORING", VolumeState::Creating),
        ("READY", VolumeState::Available),
        ("DELETING", VolumeState::Deleting),
        ("FAILED", VolumeState::Error),
        ("UNAVAILABLE", VolumeState::Error),
    ],
    snapshot_states: &[
        ("CREATING", SnapshotState::Creating),
        ("UPLOADING", SnapshotState::Creating),
        ("READY", SnapshotState::Available),
        ("DELETING", SnapshotState::Deleting),
        ("FAILED", SnapshotState::Error),
    ],
    prepare,
};
