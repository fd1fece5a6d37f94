//! What OpenStack's answers say.

use crate::clouds::extra;
use crate::compute::{
    Extra, KeyPair, Network, Node, NodeImage, NodeLocation, NodeSize, NodeState, SecurityGroup, SnapshotState, Volume, VolumeSnapshot,
    VolumeState,
};
use crate::core::error::Result;
use crate::core::wire::{Doc, Encode, Json, array, parse_number};

const NODE: &[(&str, &str)] = &[
    ("addresses", "addresses"),
    ("hostId", "hostId"),
    ("access_ip", "accessIPv4"),
    ("access_ipv6", "accessIPv6"),
    ("tenantId", "tenant_id"),
    ("tenantId", "tenantId"),
    ("userId", "user_id"),
    ("imageId", "image/id"),
    ("flavorId", "flavor/id"),
    ("flavor_details", "flavor"),
    ("metadata", "metadata"),
    ("created", "created"),
    ("updated", "updated"),
    ("key_name", "key_name"),
    ("disk_config", "OS-DCF:diskConfig"),
    ("config_drive", "config_drive"),
    ("availability_zone", "OS-EXT-AZ:availability_zone"),
    ("volumes_attached", "os-extended-volumes:volumes_attached"),
    ("security_groups", "security_groups"),
    ("task_state", "OS-EXT-STS:task_state"),
    ("vm_state", "OS-EXT-STS:vm_state"),
    ("power_state", "OS-EXT-STS:power_state"),
    ("progress", "progress"),
    ("fault", "fault"),
    ("hypervisor_hostname", "OS-EXT-SRV-ATTR:hypervisor_hostname"),
];

pub fn node(d: Doc<'_>) -> Result<Node> {
    let (mut public_ips, mut private_ips) = (Vec::new(), Vec::new());
    for network in d.get("addresses").into_iter().flat_map(Doc::children) {
        for address in network.children() {
            let ip = address.text("addr");
            let to = if is_public(ip, network.key(), address.text("OS-EXT-IPS:type")) { &mut public_ips } else { &mut private_ips };
            to.push(ip.to_owned());
        }
    }
    let itself = d.each("links").find(|link| link.text("rel") == "self").and_then(|link| link.get("href"));
    let mut extra = extra(d, NODE);
    if let Some(uri) = itself {
        extra = with(extra, "uri", &uri.json());
    }
    Ok(Node {
        id: d.need("id")?,
        name: d.need("name")?,
        state: node_state(d.text("status")),
        public_ips,
        private_ips,
        size: d.opt("flavor/id"),
        // A node that started from a volume has an image of "".
        image: d.opt("image/id"),
        created_at: d.opt("created"),
        extra,
    })
}

/// IPv4 addresses are public unless they are of a private range (RFC 1918); IPv6 addresses, if the network's name or the
/// cloud says so.
fn is_public(ip: &str, network: &str, kind: &str) -> bool {
    if ip.contains(':') {
        return matches!(network, "public" | "internet") || kind == "floating";
    }
    let mut parts = ip.split('.').map(|part| parse_number(part).unwrap_or(0));
    !matches!((parts.next(), parts.next()), (Some(10), _) | (Some(172), Some(16..=31)) | (Some(192), Some(168)))
}

fn node_state(status: &str) -> NodeState {
    match status {
        "ACTIVE" | "VERIFY_RESIZE" => NodeState::Running,
        "BUILD" | "REBUILD" | "PASSWORD" | "RESCUE" | "QUEUE_RESIZE" | "PREP_RESIZE" => NodeState::Pending,
        "REBOOT" | "HARD_REBOOT" => NodeState::Rebooting,
        "RESIZE" | "REVERT_RESIZE" => NodeState::Reconfiguring,
        "MIGRATING" => NodeState::Migrating,
        "SHUTOFF" | "SHELVED" | "SHELVED_OFFLOADED" => NodeState::Stopped,
        "SUSPENDED" => NodeState::Suspended,
        "PAUSED" => NodeState::Paused,
        "DELETED" | "SOFT_DELETED" => NodeState::Terminated,
        "ERROR" => NodeState::Error,
        _ => NodeState::Unknown,
    }
}

pub fn size(d: Doc<'_>) -> Result<NodeSize> {
    const EXTRA: &[(&str, &str)] = &[
        ("disabled", "OS-FLV-DISABLED:disabled"),
        ("ephemeral_disk", "OS-FLV-EXT-DATA:ephemeral"),
        ("swap", "swap"),
        ("is_public", "os-flavor-access:is_public"),
    ];
    let mut extra = extra(d, EXTRA);
    for spec in d.get("OS-FLV-WITH-EXT-SPECS:extra_specs").into_iter().flat_map(Doc::children) {
        extra = with(extra, spec.key(), &spec.json());
    }
    Ok(NodeSize {
        id: d.need("id")?,
        name: d.need("name")?,
        ram: d.need("ram")?,
        disk: d.opt("disk").unwrap_or(0),
        vcpus: d.opt("vcpus"),
        bandwidth: None,
        price: None,
        extra,
    })
}

pub fn image(d: Doc<'_>) -> Result<NodeImage> {
    const EXTRA: &[(&str, &str)] = &[
        ("visibility", "visibility"),
        ("updated", "updated_at"),
        ("updated", "updated"),
        ("created", "created_at"),
        ("created", "created"),
        ("status", "status"),
        ("progress", "progress"),
        ("metadata", "metadata"),
        ("os_type", "os_type"),
        ("os_distro", "os_distro"),
        ("os_version", "os_version"),
        ("serverId", "server/id"),
        ("minDisk", "min_disk"),
        ("minDisk", "minDisk"),
        ("minRam", "min_ram"),
        ("minRam", "minRam"),
        ("owner", "owner"),
        ("size", "size"),
        ("description", "description"),
    ];
    Ok(NodeImage { id: d.need("id")?, name: d.opt("name").unwrap_or_default(), extra: extra(d, EXTRA) })
}

pub fn location(d: Doc<'_>) -> Result<NodeLocation> {
    let name: String = d.need("zoneName")?;
    Ok(NodeLocation { id: name.clone(), name, country: None, extra: extra(d, &[("available", "zoneState/available")]) })
}

/// A volume, in the words of Cinder 2 and 3, of Cinder 1, or of Nova where it hands Cinder's answers on.
pub fn volume(d: Doc<'_>) -> Result<Volume> {
    const EXTRA: &[(&str, &str)] = &[
        ("description", "description"),
        ("description", "display_description"),
        ("description", "displayDescription"),
        ("state", "status"),
        ("snapshot_id", "snapshot_id"),
        ("snapshot_id", "snapshotId"),
        ("location", "availability_zone"),
        ("location", "availabilityZone"),
        ("volume_type", "volume_type"),
        ("volume_type", "volumeType"),
        ("metadata", "metadata"),
        ("created_at", "created_at"),
        ("created_at", "createdAt"),
    ];
    // Nova gives a volume that is not attached one attachment, empty.
    let attached = d.each("attachments").filter(|a| a.children().next().is_some());
    Ok(Volume {
        id: d.need("id")?,
        name: name(d).unwrap_or_default(),
        size: d.need("size")?,
        state: volume_state(d.text("status")),
        extra: with(extra(d, EXTRA), "attachments", &array(attached.map(Doc::json))),
    })
}

fn name(d: Doc<'_>) -> Option<String> {
    ["name", "display_name", "displayName"].into_iter().find_map(|name| d.opt(name))
}

fn volume_state(status: &str) -> VolumeState {
    match status.to_ascii_lowercase().as_str() {
        "creating" | "downloading" => VolumeState::Creating,
        "available" => VolumeState::Available,
        "attaching" | "reserved" | "detaching" => VolumeState::Attaching,
        "in-use" => VolumeState::InUse,
        "deleting" => VolumeState::Deleting,
        "backing-up" | "restoring-backup" => VolumeState::Backup,
        "extending" | "retyping" => VolumeState::Updating,
        status if status.starts_with("error") => VolumeState::Error,
        _ => VolumeState::Unknown,
    }
}

/// The node that a volume is attached to, and Nova's id of the attachment.
pub fn attachment(d: Doc<'_>) -> Option<(String, String)> {
    Some((d.opt("server_id").or_else(|| d.opt("serverId"))?, d.opt("id").or_else(|| d.opt("volume_id"))?))
}

/// A snapshot, in the same words as a volume.
pub fn snapshot(d: Doc<'_>) -> Result<VolumeSnapshot> {
    const EXTRA: &[(&str, &str)] = &[
        ("volume_id", "volume_id"),
        ("volume_id", "volumeId"),
        ("name", "name"),
        ("name", "display_name"),
        ("name", "displayName"),
        ("created", "created_at"),
        ("created", "createdAt"),
        ("description", "description"),
        ("description", "display_description"),
        ("description", "displayDescription"),
        ("status", "status"),
        ("metadata", "metadata"),
    ];
    Ok(VolumeSnapshot {
        id: d.need("id")?,
        name: name(d),
        size: d.opt("size"),
        state: snapshot_state(d.text("status")),
        volume: d.opt("volume_id").or_else(|| d.opt("volumeId")),
        created_at: d.opt("created_at").or_else(|| d.opt("createdAt")),
        extra: extra(d, EXTRA),
    })
}

fn snapshot_state(status: &str) -> SnapshotState {
    match status.to_ascii_lowercase().as_str() {
        "creating" => SnapshotState::Creating,
        "available" => SnapshotState::Available,
        "deleting" => SnapshotState::Deleting,
        "restoring" => SnapshotState::Restoring,
        "unmanaging" | "backing-up" => SnapshotState::Updating,
        status if status.starts_with("error") => SnapshotState::Error,
        _ => SnapshotState::Unknown,
    }
}

pub fn key_pair(d: Doc<'_>) -> Result<KeyPair> {
    Ok(KeyPair {
        name: d.need("name")?,
        fingerprint: d.opt("fingerprint"),
        public_key: d.opt("public_key"),
        private_key: d.opt("private_key"),
        extra: extra(d, &[("user_id", "user_id"), ("created_at", "created_at")]),
    })
}

/// A network of Neutron, or of Nova, which calls the name a label.
pub fn network(d: Doc<'_>) -> Result<Network> {
    const EXTRA: &[(&str, &str)] = &[
        ("router:external", "router:external"),
        ("subnets", "subnets"),
        ("tags", "tags"),
        ("is_default", "is_default"),
        ("description", "description"),
        ("shared", "shared"),
        ("status", "status"),
        ("project_id", "project_id"),
    ];
    let name = d.opt("label").or_else(|| d.opt("name")).unwrap_or_default();
    Ok(Network { id: d.need("id")?, name, cidr: d.opt("cidr"), extra: extra(d, EXTRA) })
}

pub fn security_group(d: Doc<'_>) -> Result<SecurityGroup> {
    const EXTRA: &[(&str, &str)] = &[("rules", "security_group_rules"), ("rules", "rules"), ("tenant_id", "tenant_id")];
    Ok(SecurityGroup { id: d.need("id")?, name: d.need("name")?, description: d.opt("description"), extra: extra(d, EXTRA) })
}

/// With one more member.
pub fn with(extra: Extra, name: &str, value: &Json) -> Extra {
    let mut out = extra.0.into_string();
    out.pop();
    if out.len() > 1 {
        out.push(',');
    }
    name.encode(&mut out);
    out.push(':');
    value.encode(&mut out);
    out.push('}');
    Extra(Json::raw(out))
}
