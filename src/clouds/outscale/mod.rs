//! 3DS OUTSCALE, by its own API (OAPI). <https://docs.outscale.com/api>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names, with_kinds};
use super::{Cloud, Config, Open, optional, required, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::{Credentials, Payload, SigV4};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault, Link};
use crate::core::wire::Json;

/// 3DS OUTSCALE. Names of nodes, volumes and networks are their tags `Name`. Locations are subregions, networks are subnets: they
/// and security groups are made in the account's Net. An image's owner is an account's number or alias, as `Outscale`; images and
/// snapshots are all that the account may use. A node is stopped before its size changes.
pub const CLOUD: Cloud = Cloud {
    name: "outscale",
    title: "3DS OUTSCALE",
    docs: "https://docs.outscale.com/api",
    fields: &[
        required("accessKeyId", "the access key's id"),
        secret("secretAccessKey", "the secret access key"),
        required("region", "the region, as eu-west-2"),
        optional("netId", "the Net in which networks and security groups are made, as vpc-12345678"),
        optional("endpoint", "another address of the API, as https://api.example/api/v1"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let region = config.get("region");
    // The region becomes part of the host that is told the signature.
    if !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Error::invalid("region must be a region's name, as eu-west-2"));
    }
    let own = ["https://api.", region, ".outscale.com/api/v1"].concat();
    let credentials = Credentials::new(config.get("accessKeyId"), config.get("secretAccessKey"), "")?;
    let auth = Box::new(SigV4::new(credentials, region, "oapi", Payload::Signed));
    Ok(Account::new(CLOUD.name, config.or("endpoint", &own), auth, fault, host)?.with("net", config.get("netId")))
}

/// Codes are numbers, which types put into groups.
fn fault(response: &Response) -> Fault {
    let group = with_kinds(fault_at(response, "Errors[]/Type", "Errors[]/Type", ""), KINDS);
    let fault = fault_at(response, "Errors[]/Details", "Errors[]/Code", "ResponseContext/RequestId");
    Fault { kind: group.kind, message: fault.message.or(group.message), ..fault }
}

const KINDS: &[(&str, Kind)] = &[
    ("InvalidResource", Kind::NotFound),
    ("InvalidState", Kind::Conflict),
    ("ResourceConflict", Kind::Conflict),
    ("TooManyResources", Kind::Quota),
    ("(QuotaExceded)", Kind::Quota),
    ("InsufficientCapacity", Kind::Quota),
];

/// A rule in OUTSCALE's words.
fn rule(holes: &mut Holes) -> Result<()> {
    let flow = if holes.text("direction") == "in" { "Inbound" } else { "Outbound" };
    holes.opt("flow", Some(flow));
    let protocol = holes.text("protocol");
    let (name, low, high) = match &*protocol {
        "" | "-1" | "all" if holes.get("toPort").is_some() => return Err(Error::invalid("ports need a protocol: tcp or udp")),
        "" | "all" => ("-1", "", ""),
        "tcp" | "udp" => (&*protocol, "0", "65535"),
        "icmp" => (&*protocol, "-1", "-1"),
        _ => (&*protocol, "", ""),
    };
    holes.opt("protocol", Some(name));
    // One port alone is a range of one.
    let low = if low == "0" { holes.get("toPort").map_or(low, Json::as_str) } else { low }.to_owned();
    for (name, usual) in [("fromPort", Json::raw(low)), ("toPort", Json::raw(high.to_owned())), ("cidr", "0.0.0.0/0".into())] {
        if holes.get(name).is_none() {
            holes.set(name, usual);
        }
    }
    Ok(())
}

fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        "attach_volume" if holes.get("device").is_none() => {
            return Err(Error::invalid("a volume is attached as a device: give \"device\", as /dev/xvdb"));
        }
        "create_network" if holes.get("$net").is_none() => {
            return Err(Error::invalid("a network is made in a Net: give the account's field \"netId\", as vpc-12345678"));
        }
        "add_security_group_rule" => return rule(holes),
        "list_images" => {
            let owner = holes.text("owner");
            if owner.bytes().all(|b| b.is_ascii_digit()) {
                holes.opt("$number", Some(&owner));
                holes.opt("owner", Some(""));
            }
        }
        _ => {}
    }
    Ok(())
}

const API: Api = Api {
    pages: Pages::Next("page", "NextPageToken"),
    operations: &[
        Operation("list_nodes", r#"POST* /ReadVms {"ResultsPerPage":1000,"NextPageToken":"{page}"}"#, "Vms"),
        Operation("get_node", r#"POST* /ReadVms {"Filters":{"VmIds":["{node}"]}}"#, "Vms[VmId={node}]"),
        Operation(
            "create_node",
            r#"POST /CreateVms {"ImageId":"{image}","VmType":"{size}","Placement":{"SubregionName":"{location}"},"KeypairName":"{keyPair}","UserData":"{userData|base64}","SubnetId":"{networks|first}","SecurityGroupIds":"{securityGroups}","ClientToken":"{token}","...":"{extra}"}
KEEP node=Vms[]/VmId
POST* /CreateTags {"ResourceIds":["{node}"],"Tags":[{"Key":"Name","Value":"{name}"},"{...tags|pairs:Key:Value}"]}
POST* /ReadVms {"Filters":{"VmIds":["{node}"]}}"#,
            "Vms[VmId={node}]",
        ),
        Operation("destroy_node", r#"POST* /DeleteVms {"VmIds":["{node}"]}"#, ""),
        Operation("reboot_node", r#"POST /RebootVms {"VmIds":["{node}"]}"#, ""),
        Operation("start_node", r#"POST* /StartVms {"VmIds":["{node}"]}"#, ""),
        Operation("stop_node", r#"POST* /StopVms {"VmIds":["{node}"]}"#, ""),
        Operation("resize_node", r#"POST* /UpdateVm {"VmId":"{node}","VmType":"{size}"}"#, ""),
        Operation("list_sizes", r#"POST* /ReadVmTypes {"ResultsPerPage":1000,"NextPageToken":"{page}"}"#, "VmTypes"),
        Operation(
            "list_images",
            r#"POST* /ReadImages {"Filters":{"AccountAliases":["{owner}"],"AccountIds":["{$number}"]},"ResultsPerPage":1000,"NextPageToken":"{page}"}"#,
            "Images",
        ),
        Operation("get_image", r#"POST* /ReadImages {"Filters":{"ImageIds":["{image}"]}}"#, "Images[ImageId={image}]"),
        Operation("create_image", r#"POST /CreateImage {"VmId":"{node}","ImageName":"{name}","Description":"{description}"}"#, "Image"),
        Operation("delete_image", r#"POST* /DeleteImage {"ImageId":"{image}"}"#, ""),
        Operation(
            "copy_image",
            r#"POST /CreateImage {"SourceRegionName":"{region}","SourceImageId":"{image}","ImageName":"{name}","Description":"{description}"}"#,
            "Image",
        ),
        Operation("list_locations", r#"POST* /ReadSubregions {"ResultsPerPage":1000,"NextPageToken":"{page}"}"#, "Subregions"),
        Operation("list_volumes", r#"POST* /ReadVolumes {"ResultsPerPage":1000,"NextPageToken":"{page}"}"#, "Volumes"),
        Operation("get_volume", r#"POST* /ReadVolumes {"Filters":{"VolumeIds":["{volume}"]}}"#, "Volumes[VolumeId={volume}]"),
        Operation(
            "create_volume",
            r#"WITH !location POST* /ReadSubregions {}
WITH !location KEEP location=Subregions[State=available]/SubregionName
POST /CreateVolume {"SubregionName":"{location}","Size":"{size}","SnapshotId":"{snapshot}","VolumeType":"{volumeType}","ClientToken":"{token}"}
KEEP volume=Volume/VolumeId
POST* /CreateTags {"ResourceIds":["{volume}"],"Tags":[{"Key":"Name","Value":"{name}"}]}
POST* /ReadVolumes {"Filters":{"VolumeIds":["{volume}"]}}"#,
            "Volumes[VolumeId={volume}]",
        ),
        Operation("attach_volume", r#"POST /LinkVolume {"VmId":"{node}","VolumeId":"{volume}","DeviceName":"{device}"}"#, ""),
        Operation("detach_volume", r#"POST /UnlinkVolume {"VolumeId":"{volume}"}"#, ""),
        Operation("destroy_volume", r#"POST* /DeleteVolume {"VolumeId":"{volume}"}"#, ""),
        Operation(
            "list_volume_snapshots",
            r#"POST* /ReadSnapshots {"Filters":{"VolumeIds":["{volume}"]},"ResultsPerPage":1000,"NextPageToken":"{page}"}"#,
            "Snapshots",
        ),
        Operation(
            "create_volume_snapshot",
            r#"POST /CreateSnapshot {"VolumeId":"{volume}","Description":"{name}","ClientToken":"{token}"}"#,
            "Snapshot",
        ),
        Operation("destroy_volume_snapshot", r#"POST* /DeleteSnapshot {"SnapshotId":"{snapshot}"}"#, ""),
        Operation("list_key_pairs", r#"POST* /ReadKeypairs {"ResultsPerPage":1000,"NextPageToken":"{page}"}"#, "Keypairs"),
        Operation("get_key_pair", r#"POST* /ReadKeypairs {"Filters":{"KeypairNames":["{keyPair}"]}}"#, "Keypairs[KeypairName={keyPair}]"),
        Operation("create_key_pair", r#"POST /CreateKeypair {"KeypairName":"{name}"}"#, "Keypair"),
        Operation("import_key_pair", r#"POST /CreateKeypair {"KeypairName":"{name}","PublicKey":"{publicKey|base64}"}"#, "Keypair"),
        Operation("delete_key_pair", r#"POST* /DeleteKeypair {"KeypairName":"{keyPair}"}"#, ""),
        Operation("list_tags", r#"POST* /ReadVms {"Filters":{"VmIds":["{node}"]}}"#, "Vms[VmId={node}]/Tags"),
        Operation("set_tags", r#"POST* /CreateTags {"ResourceIds":["{node}"],"Tags":"{tags|pairs:Key:Value}"}"#, ""),
        // A tag is deleted by its name and what it says.
        Operation(
            "delete_tags",
            r#"POST* /ReadVms {"Filters":{"VmIds":["{node}"],"TagKeys":"{names}"}}
KEEP old?=Vms[VmId={node}]/Tags
WITH old POST* /DeleteTags {"ResourceIds":["{node}"],"Tags":"{old|among:names|pairs:Key:Value}"}"#,
            "",
        ),
        Operation("list_networks", r#"POST* /ReadSubnets {"ResultsPerPage":1000,"NextPageToken":"{page}"}"#, "Subnets"),
        Operation(
            "create_network",
            r#"POST /CreateSubnet {"NetId":"{$net}","IpRange":"{cidr}"}
KEEP network=Subnet/SubnetId
POST* /CreateTags {"ResourceIds":["{network}"],"Tags":[{"Key":"Name","Value":"{name}"}]}
POST* /ReadSubnets {"Filters":{"SubnetIds":["{network}"]}}"#,
            "Subnets[SubnetId={network}]",
        ),
        Operation("delete_network", r#"POST* /DeleteSubnet {"SubnetId":"{network}"}"#, ""),
        Operation(
            "list_security_groups",
            r#"POST* /ReadSecurityGroups {"ResultsPerPage":1000,"NextPageToken":"{page}"}"#,
            "SecurityGroups",
        ),
        Operation(
            "create_security_group",
            r#"POST /CreateSecurityGroup {"SecurityGroupName":"{name}","Description":"{description/name}","NetId":"{$net}"}"#,
            "SecurityGroup",
        ),
        Operation("delete_security_group", r#"POST* /DeleteSecurityGroup {"SecurityGroupId":"{securityGroup}"}"#, ""),
        Operation(
            "add_security_group_rule",
            r#"POST /CreateSecurityGroupRule {"SecurityGroupId":"{securityGroup}","Flow":"{flow}","IpProtocol":"{protocol}","FromPortRange":"{fromPort}","ToPortRange":"{toPort}","IpRange":"{cidr}"}"#,
            "",
        ),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!VmId"),
                ("name", "Tags[Key=Name]/Value"),
                ("state", "State"),
                ("publicIps", "PublicIp,Nics[]/PrivateIps[]/LinkPublicIp/PublicIp"),
                ("privateIps", "PrivateIp,Nics[]/PrivateIps[]/PrivateIp"),
                ("size", "VmType"),
                ("image", "ImageId"),
                ("createdAt", "CreationDate"),
                (
                    "extra",
                    "Architecture,BlockDeviceMappings,BootMode,CreationDate,DeletionProtection,Hypervisor,KeypairName,NetId,Nics,OsFamily,Performance,Placement,PrivateDnsName,PublicDnsName,ReservationId,RootDeviceName,RootDeviceType,SecurityGroups,State,StateReason,SubnetId,Tags,VmInitiatedShutdownBehavior",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!VmTypeName"),
                ("name", "VmTypeName"),
                ("ram", "MemorySize*1024"),
                ("disk", "VolumeSize"),
                ("vcpus", "VcoreCount"),
                ("extra", "BsuOptimized,EphemeralsType,Eth,Gpu,MaxPrivateIps,VolumeCount,VolumeSize"),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!ImageId"),
                ("name", "ImageName"),
                (
                    "extra",
                    "AccountAlias,AccountId,Architecture,BlockDeviceMappings,BootModes,CreationDate,Description,FileLocation,ImageType,PermissionsToLaunch,ProductCodes,RootDeviceName,RootDeviceType,State,StateComment,Tags",
                ),
            ],
        ),
        ("NodeLocation", &[("id", "!SubregionName"), ("name", "SubregionName"), ("extra", "LocationCode,RegionName,State")]),
        (
            "Volume",
            &[
                ("id", "!VolumeId"),
                ("name", "Tags[Key=Name]/Value"),
                ("size", "Size"),
                ("state", "State"),
                ("extra", "CreationDate,Iops,LinkedVolumes,SnapshotId,State,SubregionName,Tags,VolumeType"),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!SnapshotId"),
                ("name", "Tags[Key=Name]/Value|Description"),
                ("size", "VolumeSize"),
                ("state", "State"),
                ("volume", "VolumeId"),
                ("createdAt", "CreationDate"),
                ("extra", "AccountAlias,AccountId,Description,PermissionsToCreateVolume,Progress,State,Tags"),
            ],
        ),
        (
            "KeyPair",
            &[
                ("name", "!KeypairName"),
                ("fingerprint", "KeypairFingerprint"),
                ("privateKey", "PrivateKey"),
                ("extra", "KeypairId,KeypairType"),
            ],
        ),
        (
            "Network",
            &[
                ("id", "!SubnetId"),
                ("name", "Tags[Key=Name]/Value"),
                ("cidr", "IpRange"),
                ("extra", "AvailableIpsCount,MapPublicIpOnLaunch,NetId,State,SubregionName,Tags"),
            ],
        ),
        (
            "SecurityGroup",
            &[
                ("id", "!SecurityGroupId"),
                ("name", "SecurityGroupName"),
                ("description", "Description"),
                ("extra", "AccountId,NetId,InboundRules,OutboundRules,Tags"),
            ],
        ),
    ],
    node_states: &[
        ("pending", NodeState::Pending),
        ("running", NodeState::Running),
        ("stopping", NodeState::Stopping),
        ("stopped", NodeState::Stopped),
        ("shutting-down", NodeState::Terminated),
        ("terminated", NodeState::Terminated),
        ("quarantine", NodeState::Suspended),
    ],
    volume_states: &[
        ("creating", VolumeState::Creating),
        ("available", VolumeState::Available),
        ("in-use", VolumeState::InUse),
        ("deleting", VolumeState::Deleting),
        ("error", VolumeState::Error),
    ],
    snapshot_states: &[
        ("in-queue", SnapshotState::Creating),
        ("pending", SnapshotState::Creating),
        ("completed", SnapshotState::Available),
        ("error", SnapshotState::Error),
        ("deleting", SnapshotState::Deleting),
    ],
    prepare,
};
