//! What EC2 answers, read into models.

use crate::compute::{
    Extra, KeyPair, Network, Node, NodeImage, NodeLocation, NodeSize, NodeState, SecurityGroup, SnapshotState, Volume, VolumeSnapshot,
    VolumeState,
};
use crate::core::error::Result;
use crate::core::wire::{Doc, Encode, FromDoc, Json, member, write_text};

pub(super) fn node(d: Doc<'_>) -> Result<Node> {
    let id: String = d.need("instanceId")?;
    let mut public_ips = Vec::new();
    let mut add = |address: &str| {
        if !address.is_empty() && !public_ips.iter().any(|a| a == address) {
            public_ips.push(address.to_owned());
        }
    };
    add(d.text("ipAddress"));
    for interface in d.each("networkInterfaceSet/item") {
        add(interface.text("association/publicIp"));
        interface.each("privateIpAddressesSet/item").for_each(|a| add(a.text("association/publicIp")));
        interface.each("ipv6AddressesSet/item").for_each(|a| add(a.text("ipv6Address")));
    }
    Ok(Node {
        name: name(d, &id),
        state: state(d.text("instanceState/name")),
        public_ips,
        private_ips: d.opt::<String>("privateIpAddress").filter(|a| !a.is_empty()).into_iter().collect(),
        size: d.opt("instanceType"),
        image: d.opt("imageId"),
        created_at: d.opt("launchTime"),
        extra: extra(d, NODE),
        id,
    })
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html>
fn state(name: &str) -> NodeState {
    match name {
        "pending" => NodeState::Pending,
        "running" => NodeState::Running,
        // A node that shuts down still holds its volumes and groups: who waits for its end is told when it came.
        "shutting-down" | "stopping" => NodeState::Stopping,
        "stopped" => NodeState::Stopped,
        "terminated" => NodeState::Terminated,
        _ => NodeState::Unknown,
    }
}

pub(super) fn size(d: Doc<'_>) -> Result<NodeSize> {
    let id: String = d.need("instanceType")?;
    Ok(NodeSize {
        name: id.clone(),
        ram: d.opt("memoryInfo/sizeInMiB").unwrap_or(0),
        disk: d.opt("instanceStorageInfo/totalSizeInGB").unwrap_or(0),
        vcpus: d.opt("vCpuInfo/defaultVCpus"),
        extra: extra(d, SIZE),
        id,
        ..NodeSize::default()
    })
}

/// OUTSCALE counts in bytes.
pub(super) fn outscale_size(d: Doc<'_>) -> Result<NodeSize> {
    let id: String = d.need("name")?;
    let bytes = |name| d.opt::<u64>(name).unwrap_or(0);
    Ok(NodeSize {
        name: id.clone(),
        ram: bytes("memory") >> 20,
        disk: (bytes("storageSize") >> 30).saturating_mul(bytes("storageCount")),
        vcpus: d.opt("vcpu"),
        extra: extra(d, OUTSCALE_SIZE),
        id,
        ..NodeSize::default()
    })
}

pub(super) fn eucalyptus_size(d: Doc<'_>) -> Result<NodeSize> {
    let id: String = d.need("name")?;
    Ok(NodeSize {
        name: id.clone(),
        ram: d.need("memory")?,
        disk: d.opt("disk").unwrap_or(0),
        vcpus: d.opt("cpu"),
        extra: extra(d, &[("cpu", "cpu", Number)]),
        id,
        ..NodeSize::default()
    })
}

pub(super) fn image(d: Doc<'_>) -> Result<NodeImage> {
    Ok(NodeImage { id: d.need("imageId")?, name: d.text("name").to_owned(), extra: extra(d, IMAGE) })
}

pub(super) fn location(d: Doc<'_>) -> Result<NodeLocation> {
    let id: String = d.need("zoneName")?;
    Ok(NodeLocation { name: id.clone(), country: None, extra: extra(d, LOCATION), id })
}

pub(super) fn volume(d: Doc<'_>) -> Result<Volume> {
    let id: String = d.need("volumeId")?;
    let state = match d.text("status") {
        "available" => VolumeState::Available,
        "in-use" => VolumeState::InUse,
        "creating" => VolumeState::Creating,
        "deleting" => VolumeState::Deleting,
        "deleted" => VolumeState::Deleted,
        "error" | "error_deleting" => VolumeState::Error,
        _ => VolumeState::Unknown,
    };
    Ok(Volume { name: name(d, &id), size: d.need("size")?, state, extra: extra(d, VOLUME), id })
}

pub(super) fn snapshot(d: Doc<'_>) -> Result<VolumeSnapshot> {
    let id: String = d.need("snapshotId")?;
    let state = match d.text("status") {
        "pending" => SnapshotState::Creating,
        "completed" => SnapshotState::Available,
        "error" => SnapshotState::Error,
        _ => SnapshotState::Unknown,
    };
    Ok(VolumeSnapshot {
        name: Some(name(d, &id)),
        size: d.opt("volumeSize"),
        state,
        volume: d.opt("volumeId"),
        created_at: d.opt("startTime"),
        extra: extra(d, SNAPSHOT),
        id,
    })
}

pub(super) fn key_pair(d: Doc<'_>) -> Result<KeyPair> {
    let text = |name| Some(d.text(name).trim_ascii()).filter(|t: &&str| !t.is_empty()).map(str::to_owned);
    Ok(KeyPair {
        name: d.need("keyName")?,
        fingerprint: text("keyFingerprint"),
        public_key: text("publicKey"),
        private_key: d.opt("keyMaterial"),
        extra: extra(d, KEY_PAIR),
    })
}

pub(super) fn network(d: Doc<'_>) -> Result<Network> {
    let id: String = d.need("subnetId")?;
    Ok(Network { name: name(d, &id), cidr: d.opt("cidrBlock"), extra: extra(d, SUBNET), id })
}

pub(super) fn security_group(d: Doc<'_>) -> Result<SecurityGroup> {
    let mut out = String::from("{");
    members(&mut out, d, GROUP);
    member(&mut out, "rules");
    out.push('[');
    for (set, egress) in [("ipPermissions/item", "{\"egress\":false"), ("ipPermissionsEgress/item", "{\"egress\":true")] {
        for rule in d.each(set) {
            if !out.ends_with('[') {
                out.push(',');
            }
            out.push_str(egress);
            members(&mut out, rule, RULE);
            out.push('}');
        }
    }
    out.push_str("]}");
    Ok(SecurityGroup {
        id: d.need("groupId")?,
        name: d.need("groupName")?,
        description: d.opt("groupDescription"),
        extra: Extra(Json::raw(out)),
    })
}

pub(super) fn tag(d: Doc<'_>) -> Result<(String, String)> {
    Ok((d.need("key")?, d.text("value").to_owned()))
}

/// The tag `Name`, or the id.
fn name(d: Doc<'_>, id: &str) -> String {
    let name = d.each("tagSet/item").find(|tag| tag.text("key") == "Name").map_or("", |tag| tag.text("value"));
    if name.is_empty() { id } else { name }.to_owned()
}

/// An element, the name it gets in `extra`, and what is in it.
type Field = (&'static str, &'static str, Shape);

enum Shape {
    /// Text, as it is.
    Text,
    /// Text; an empty one says nothing.
    Filled,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Tags, written as an object.
    Tags,
    /// An element whose members are written as if they were its parent's.
    Inline(&'static [Field]),
    /// An element, written as an object.
    Object(&'static [Field]),
    /// A list of elements, written as objects.
    Items(&'static [Field]),
    /// A list of which only the first element counts; its members are written as if they were the list's parent's.
    First(&'static [Field]),
    /// A list of texts: those of this child of each item, or of the items themselves.
    Texts(&'static str),
}

use Shape::{Filled, First, Flag, Inline, Items, Number, Object, Tags, Text, Texts};

fn extra(d: Doc<'_>, fields: &[Field]) -> Extra {
    let mut out = String::with_capacity(1024);
    object(&mut out, d, fields);
    Extra(Json::raw(out))
}

fn object(out: &mut String, d: Doc<'_>, fields: &[Field]) {
    out.push('{');
    members(out, d, fields);
    out.push('}');
}

/// Writes what the table names, in one pass over the element's children. Lists and tags that are missing are empty ones.
fn members(out: &mut String, d: Doc<'_>, fields: &[Field]) {
    let (mut seen, mut next) = (0_u64, 0);
    for child in d.children() {
        let key = child.key();
        // From where the one before was found, for most come in the order of the table; then from the first.
        for at in (next..fields.len()).chain(0..next) {
            let Some((field, name, shape)) = fields.get(at) else { break };
            if field.len() == key.len() && *field == key {
                seen |= 1 << at;
                next = at + 1;
                value(out, child, name, shape);
                break;
            }
        }
    }
    for (at, (_, name, shape)) in fields.iter().enumerate().filter(|(_, field)| matches!(field.2, Tags | Items(_) | Texts(_))) {
        if seen & (1 << at) == 0 {
            member(out, name);
            out.push_str(if matches!(shape, Tags) { "{}" } else { "[]" });
        }
    }
}

fn value(out: &mut String, d: Doc<'_>, name: &str, shape: &Shape) {
    match shape {
        Filled if d.as_text().is_empty() => {}
        Text | Filled => {
            member(out, name);
            write_text(out, d.as_text());
        }
        Number => {
            if let Some(number) = i64::from_doc(d) {
                member(out, name);
                number.encode(out);
            }
        }
        Flag => {
            if let flag @ ("true" | "false") = d.as_text() {
                member(out, name);
                out.push_str(flag);
            }
        }
        Inline(fields) => members(out, d, fields),
        First(fields) => {
            if let Some(item) = d.children().next() {
                members(out, item, fields);
            }
        }
        Object(fields) => {
            member(out, name);
            object(out, d, fields);
        }
        Tags => {
            member(out, name);
            out.push('{');
            for (i, tag) in d.children().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(out, tag.text("key"));
                out.push(':');
                write_text(out, tag.text("value"));
            }
            out.push('}');
        }
        Items(_) | Texts(_) => {
            member(out, name);
            out.push('[');
            for (i, item) in d.children().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                match shape {
                    Items(fields) => object(out, item, fields),
                    Texts(child) => write_text(out, item.get(child).unwrap_or(item).as_text()),
                    _ => {}
                }
            }
            out.push(']');
        }
    }
}

const GROUPS: Field = ("groupSet", "groups", Items(&[("groupId", "group_id", Text), ("groupName", "group_name", Text)]));
const TAGS: Field = ("tagSet", "tags", Tags);

/// In the order of EC2's answers, so that most are found early.
const NODE: &[Field] = &[
    ("instanceId", "instance_id", Text),
    ("imageId", "image_id", Text),
    ("instanceState", "", Inline(&[("name", "status", Text)])),
    ("privateDnsName", "private_dns", Text),
    ("dnsName", "dns_name", Text),
    ("reason", "reason", Text),
    ("keyName", "key_name", Text),
    ("amiLaunchIndex", "launch_index", Number),
    ("productCodes", "product_codes", Texts("productCode")),
    ("instanceType", "instance_type", Text),
    ("launchTime", "launch_time", Text),
    ("placement", "", Inline(&[("availabilityZone", "availability", Text), ("tenancy", "instance_tenancy", Text)])),
    ("kernelId", "kernel_id", Text),
    ("ramdiskId", "ramdisk_id", Text),
    ("platform", "platform", Text),
    ("monitoring", "", Inline(&[("state", "monitoring", Text)])),
    ("subnetId", "subnet_id", Text),
    ("vpcId", "vpc_id", Text),
    ("sourceDestCheck", "source_dest_check", Text),
    GROUPS,
    ("stateReason", "", Inline(&[("message", "state_reason", Text)])),
    ("architecture", "architecture", Text),
    ("rootDeviceType", "root_device_type", Text),
    ("rootDeviceName", "root_device_name", Text),
    ("blockDeviceMapping", "block_device_mapping", Items(NODE_DEVICE)),
    ("virtualizationType", "virtualization_type", Text),
    ("instanceLifecycle", "instance_lifecycle", Text),
    ("clientToken", "client_token", Text),
    TAGS,
    ("hypervisor", "hypervisor", Text),
    ("networkInterfaceSet", "network_interfaces", Items(INTERFACE)),
    ("iamInstanceProfile", "", Inline(&[("id", "iam_profile", Text)])),
    ("ebsOptimized", "ebs_optimized", Text),
];

const NODE_DEVICE: &[Field] = &[
    ("deviceName", "device_name", Text),
    (
        "ebs",
        "ebs",
        Object(&[
            ("volumeId", "volume_id", Text),
            ("status", "status", Text),
            ("attachTime", "attach_time", Text),
            ("deleteOnTermination", "delete", Text),
        ]),
    ),
];

const INTERFACE: &[Field] = &[
    ("networkInterfaceId", "id", Text),
    ("subnetId", "subnet_id", Text),
    ("vpcId", "vpc_id", Text),
    ("description", "description", Text),
    ("ownerId", "owner_id", Text),
    ("status", "state", Text),
    ("macAddress", "mac_address", Text),
    ("sourceDestCheck", "source_dest_check", Text),
    GROUPS,
    (
        "attachment",
        "attachment",
        Object(&[
            ("attachmentId", "attachment_id", Text),
            ("deviceIndex", "device_index", Number),
            ("status", "status", Text),
            ("attachTime", "attach_time", Text),
            ("deleteOnTermination", "delete", Text),
        ]),
    ),
    (
        "privateIpAddressesSet",
        "private_ips",
        Items(&[("privateIpAddress", "private_ip", Text), ("privateDnsName", "private_dns", Text), ("primary", "primary", Text)]),
    ),
];

const SIZE: &[Field] = &[
    ("currentGeneration", "currentGeneration", Flag),
    ("bareMetal", "bareMetal", Flag),
    ("hypervisor", "hypervisor", Text),
    (
        "processorInfo",
        "",
        Inline(&[("supportedArchitectures", "architectures", Texts("")), ("sustainedClockSpeedInGhz", "clockSpeed", Text)]),
    ),
    ("networkInfo", "", Inline(&[("networkPerformance", "networkPerformance", Text)])),
    (
        "gpuInfo",
        "",
        Inline(&[
            ("gpus", "gpus", Items(&[("name", "name", Text), ("manufacturer", "manufacturer", Text), ("count", "count", Number)])),
            ("totalGpuMemoryInMiB", "gpuMemory", Number),
        ]),
    ),
    ("burstablePerformanceSupported", "burstable", Flag),
];

const OUTSCALE_SIZE: &[Field] = &[
    ("storageSize", "storageSize", Number),
    ("storageCount", "storageCount", Number),
    ("maxIpAddresses", "maxIpAddresses", Number),
    ("ebsOptimizedAvailable", "ebsOptimizedAvailable", Flag),
];

const IMAGE: &[Field] = &[
    ("imageLocation", "image_location", Text),
    ("imageState", "state", Text),
    ("imageOwnerId", "owner_id", Text),
    ("creationDate", "creation_date", Filled),
    ("isPublic", "is_public", Text),
    ("architecture", "architecture", Text),
    ("imageType", "image_type", Text),
    ("kernelId", "kernel_id", Text),
    ("ramdiskId", "ramdisk_id", Text),
    ("platform", "platform", Text),
    ("sriovNetSupport", "sriov_net_support", Text),
    ("enaSupport", "ena_support", Text),
    ("imageOwnerAlias", "owner_alias", Text),
    ("description", "description", Text),
    ("rootDeviceType", "root_device_type", Text),
    ("rootDeviceName", "root_device_name", Text),
    ("billingProducts", "billing_products", Texts("billingProduct")),
    ("blockDeviceMapping", "block_device_mapping", Items(IMAGE_DEVICE)),
    ("virtualizationType", "virtualization_type", Text),
    TAGS,
    ("hypervisor", "hypervisor", Text),
];

const IMAGE_DEVICE: &[Field] = &[
    ("deviceName", "device_name", Text),
    ("virtualName", "virtual_name", Text),
    (
        "ebs",
        "ebs",
        Object(&[
            ("snapshotId", "snapshot_id", Text),
            ("volumeSize", "volume_size", Number),
            ("deleteOnTermination", "delete", Text),
            ("volumeType", "volume_type", Text),
            ("iops", "iops", Number),
        ]),
    ),
];

const LOCATION: &[Field] =
    &[("zoneState", "zone_state", Text), ("regionName", "region_name", Text), ("zoneId", "zone_id", Text), ("zoneType", "zone_type", Text)];

const VOLUME: &[Field] = &[
    ("snapshotId", "snapshot_id", Filled),
    ("availabilityZone", "zone", Text),
    ("status", "state", Text),
    ("createTime", "create_time", Text),
    (
        "attachmentSet",
        "",
        First(&[
            ("instanceId", "instance_id", Text),
            ("device", "device", Text),
            ("status", "attachment_status", Text),
            ("attachTime", "attach_time", Text),
            ("deleteOnTermination", "delete", Text),
        ]),
    ),
    TAGS,
    ("volumeType", "volume_type", Text),
    ("iops", "iops", Number),
    ("encrypted", "encrypted", Flag),
];

const SNAPSHOT: &[Field] = &[
    ("volumeId", "volume_id", Text),
    ("status", "state", Text),
    ("startTime", "start_time", Text),
    ("progress", "progress", Text),
    ("description", "description", Text),
    TAGS,
];

const KEY_PAIR: &[Field] = &[("keyPairId", "key_pair_id", Text), ("keyType", "key_type", Text), TAGS, ("createTime", "create_time", Text)];

const SUBNET: &[Field] = &[
    ("state", "state", Text),
    ("vpcId", "vpc_id", Text),
    ("cidrBlock", "cidr_block", Text),
    ("availableIpAddressCount", "available_ips", Number),
    ("availabilityZone", "zone", Text),
    TAGS,
];

const GROUP: &[Field] = &[("ownerId", "owner_id", Text), ("groupDescription", "description", Text), ("vpcId", "vpc_id", Filled), TAGS];

const RULE: &[Field] = &[
    ("ipProtocol", "protocol", Text),
    ("fromPort", "from_port", Number),
    ("toPort", "to_port", Number),
    ("groups", "group_pairs", Items(&[("userId", "user_id", Text), ("groupId", "group_id", Text), ("groupName", "group_name", Text)])),
    ("ipRanges", "cidr_ips", Texts("cidrIp")),
    ("ipv6Ranges", "cidr_ipv6s", Texts("cidrIpv6")),
];
