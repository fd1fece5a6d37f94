//! Alibaba Cloud's Elastic Compute Service. <https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-overview>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names, with_kinds};
use super::{Cloud, Config, Open, hidden, optional, required, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::{Aliyun, Credentials};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault, Link};
use crate::core::wire::Json;

/// ECS. A location is a zone, a node's network a vSwitch, a volume's type a disk category (`cloud_essd`). An image's owner is
/// `self`, `system`, `others` or `marketplace`. Nodes are paid for as they are used, unless `extra` says otherwise; to be
/// rebuilt they must be stopped.
pub const CLOUD: Cloud = Cloud {
    name: "aliyun-ecs",
    title: "Alibaba Cloud ECS",
    docs: "https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-overview",
    fields: &[
        required("accessKeyId", "an access key's id"),
        secret("secretAccessKey", "the access key's secret"),
        hidden("sessionToken", "the security token that came with a temporary access key"),
        required("region", "the region, as cn-hangzhou"),
        optional("zone", "the zone where things are made without a location, as cn-hangzhou-h"),
        optional("vpc", "the id of the VPC that security groups are made in"),
        optional("endpoint", "another address of the API"),
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
        return Err(Error::invalid("region must be a region's name, as cn-hangzhou"));
    }
    let own = ["https://ecs.", region, ".aliyuncs.com"].concat();
    let credentials = Credentials::new(config.get("accessKeyId"), config.get("secretAccessKey"), config.get("sessionToken"))?;
    let auth = Box::new(Aliyun { credentials, version: "2014-05-26", host: host.clone() });
    let account = Account::new(CLOUD.name, config.or("endpoint", &own), auth, fault, host)?;
    Ok(account.with("region", region).with("location", config.get("zone")).with("vpc", config.get("vpc")))
}

const KINDS: &[(&str, Kind)] = &[
    ("InvalidAccessKeyId.NotFound", Kind::Unauthorized),
    ("InvalidAccessKeyId.Inactive", Kind::Unauthorized),
    ("SignatureDoesNotMatch", Kind::Unauthorized),
    ("InvalidSecurityToken.Expired", Kind::Unauthorized),
    ("NotFound", Kind::NotFound),
    ("NotFoundInstance", Kind::NotFound),
    ("AlreadyExist", Kind::Conflict),
    ("Duplicate", Kind::Conflict),
    ("IncorrectInstanceStatus", Kind::Conflict),
    ("IncorrectDiskStatus", Kind::Conflict),
    ("DependencyViolation", Kind::Conflict),
    ("OperationConflict", Kind::Conflict),
    ("NoStock", Kind::Unavailable),
];

fn fault(response: &Response) -> Fault {
    let mut fault = with_kinds(fault_at(response, "Message", "Code", "RequestId"), KINDS);
    // Which one follows.
    if fault.code.as_deref().is_some_and(|code| code.starts_with("QuotaExceed")) {
        fault.kind = Some(Kind::Quota);
    }
    fault
}

/// What ECS must be told, and its words.
fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        "create_volume" if holes.get("location").is_none() => {
            return Err(Error::invalid("a zone is needed: give a location, or the account's field \"zone\""));
        }
        "add_security_group_rule" => {
            let all = match &*holes.text("protocol") {
                "tcp" | "udp" => Some(("1", "65535")),
                protocol => {
                    if holes.get("fromPort").is_some() {
                        return Err(Error::invalid("a rule with ports needs a protocol that has some: tcp or udp"));
                    }
                    if protocol.is_empty() {
                        holes.set("protocol", "all".into());
                    }
                    Some(("-1", "-1"))
                }
            };
            if let Some((first, last)) = all.filter(|_| holes.get("fromPort").is_none()) {
                holes.set("fromPort", first.into());
                holes.set("toPort", last.into());
            }
            let out = holes.text("direction") == "out";
            if out {
                holes.set("$out", true.into());
            }
            let cidr = Some(holes.text("cidr")).filter(|cidr| !cidr.is_empty()).unwrap_or_else(|| "0.0.0.0/0".to_owned());
            holes.set("cidr", Json::default());
            holes.set(if cidr.contains(':') { "$cidr6" } else { "$cidr" }, cidr.into());
        }
        _ => {}
    }
    Ok(())
}

const API: Api = Api {
    operations: &[
        Operation("list_nodes", "GET /?Action=DescribeInstances&RegionId={$region}&MaxResults=100", "?Instances/Instance"),
        Operation(
            "get_node",
            "GET /?Action=DescribeInstances&RegionId={$region}&InstanceIds=[{node|quoted}]
KEEP node=Instances/Instance[]/InstanceId",
            "Instances/Instance[]",
        ),
        // A node that was ordered is not listed at once.
        Operation(
            "create_node",
            "FORM /?Action=RunInstances&RegionId={$region}&ZoneId={location}&InstanceName={name}&ImageId={image}&InstanceType={size}&VSwitchId={networks|first}&SecurityGroupIds.1={securityGroups}&KeyPairName={keyPair}&Password={password}&UserData={userData|base64}&Tag.1={tags|pairs:Key:Value}&ClientToken={token}&...={extra}
KEEP node=InstanceIdSets/InstanceIdSet[]
UNTIL Instances/Instance[]/Status=Pending,Starting,Running,Stopping,Stopped GET /?Action=DescribeInstances&RegionId={$region}&InstanceIds=[{node|quoted}]",
            "Instances/Instance[]",
        ),
        Operation("destroy_node", "FORM /?Action=DeleteInstance&InstanceId={node}&Force=true", ""),
        Operation("reboot_node", "FORM /?Action=RebootInstance&InstanceId={node}", ""),
        Operation("start_node", "FORM /?Action=StartInstance&InstanceId={node}", ""),
        Operation("stop_node", "FORM /?Action=StopInstance&InstanceId={node}", ""),
        Operation("resize_node", "FORM /?Action=ModifyInstanceSpec&InstanceId={node}&InstanceType={size}&ClientToken={token}", ""),
        Operation("rebuild_node", "FORM /?Action=ReplaceSystemDisk&InstanceId={node}&ImageId={image}&ClientToken={token}", ""),
        Operation("list_sizes", "GET /?Action=DescribeInstanceTypes", "?InstanceTypes/InstanceType"),
        Operation(
            "list_images",
            "GET /?Action=DescribeImages&RegionId={$region}&ImageOwnerAlias={owner}&PageNumber=1&PageSize=100",
            "?Images/Image",
        ),
        Operation(
            "get_image",
            "GET /?Action=DescribeImages&RegionId={$region}&ImageId={image}&Status=Creating,Waiting,Available,UnAvailable,CreateFailed
KEEP image=Images/Image[]/ImageId",
            "Images/Image[]",
        ),
        Operation(
            "create_image",
            "FORM /?Action=CreateImage&RegionId={$region}&InstanceId={node}&ImageName={name}&Description={description}&ClientToken={token}
KEEP image=ImageId
UNTIL Images/Image[]/Status=Creating,Waiting,Available,UnAvailable,~CreateFailed GET /?Action=DescribeImages&RegionId={$region}&ImageId={image}&Status=Creating,Waiting,Available,UnAvailable,CreateFailed",
            "Images/Image[]",
        ),
        Operation("delete_image", "FORM /?Action=DeleteImage&RegionId={$region}&ImageId={image}", ""),
        Operation("list_locations", "GET /?Action=DescribeZones&RegionId={$region}", "?Zones/Zone"),
        Operation("list_volumes", "GET /?Action=DescribeDisks&RegionId={$region}&MaxResults=100", "?Disks/Disk"),
        Operation(
            "get_volume",
            "GET /?Action=DescribeDisks&RegionId={$region}&DiskIds=[{volume|quoted}]
KEEP volume=Disks/Disk[]/DiskId",
            "Disks/Disk[]",
        ),
        Operation(
            "create_volume",
            "FORM /?Action=CreateDisk&RegionId={$region}&ZoneId={location}&DiskName={name}&Size={size}&SnapshotId={snapshot}&DiskCategory={volumeType}&ClientToken={token}
KEEP volume=DiskId
UNTIL Disks/Disk[]/Status=Creating,Available,Attaching,In_use GET /?Action=DescribeDisks&RegionId={$region}&DiskIds=[{volume|quoted}]",
            "Disks/Disk[]",
        ),
        Operation("attach_volume", "FORM /?Action=AttachDisk&InstanceId={node}&DiskId={volume}&Device={device}", ""),
        Operation(
            "detach_volume",
            "GET /?Action=DescribeDisks&RegionId={$region}&DiskIds=[{volume|quoted}]
KEEP node=Disks/Disk[Status=In_use]/InstanceId
FORM /?Action=DetachDisk&InstanceId={node}&DiskId={volume}",
            "",
        ),
        Operation("destroy_volume", "FORM /?Action=DeleteDisk&DiskId={volume}", ""),
        Operation(
            "list_volume_snapshots",
            "GET /?Action=DescribeSnapshots&RegionId={$region}&DiskId={volume}&MaxResults=100",
            "?Snapshots/Snapshot",
        ),
        Operation(
            "create_volume_snapshot",
            "FORM /?Action=CreateSnapshot&DiskId={volume}&SnapshotName={name}&ClientToken={token}
KEEP snapshot=SnapshotId
UNTIL Snapshots/Snapshot[]/Status=progressing,accomplished,~failed GET /?Action=DescribeSnapshots&RegionId={$region}&SnapshotIds=[{snapshot|quoted}]",
            "Snapshots/Snapshot[]",
        ),
        Operation("destroy_volume_snapshot", "FORM /?Action=DeleteSnapshot&SnapshotId={snapshot}", ""),
        Operation(
            "list_key_pairs",
            "GET /?Action=DescribeKeyPairs&RegionId={$region}&IncludePublicKey=true&PageNumber=1&PageSize=50",
            "?KeyPairs/KeyPair",
        ),
        Operation(
            "get_key_pair",
            "GET /?Action=DescribeKeyPairs&RegionId={$region}&KeyPairName={keyPair}&IncludePublicKey=true",
            "KeyPairs/KeyPair[KeyPairName={keyPair}]",
        ),
        Operation("create_key_pair", "FORM /?Action=CreateKeyPair&RegionId={$region}&KeyPairName={name}", ""),
        Operation(
            "import_key_pair",
            "FORM /?Action=ImportKeyPair&RegionId={$region}&KeyPairName={name}&PublicKeyBody={publicKey}",
            "",
        ),
        Operation("delete_key_pair", "FORM /?Action=DeleteKeyPairs&RegionId={$region}&KeyPairNames=[{keyPair|quoted}]", ""),
        Operation(
            "list_tags",
            "GET /?Action=DescribeInstances&RegionId={$region}&InstanceIds=[{node|quoted}]
KEEP node=Instances/Instance[]/InstanceId",
            "?Instances/Instance[]/Tags/Tag",
        ),
        Operation(
            "set_tags",
            "FORM /?Action=TagResources&RegionId={$region}&ResourceType=instance&ResourceId.1={node}&Tag.1={tags|pairs:Key:Value}",
            "",
        ),
        Operation(
            "delete_tags",
            "FORM /?Action=UntagResources&RegionId={$region}&ResourceType=instance&ResourceId.1={node}&TagKey.1={names}",
            "",
        ),
        Operation("list_networks", "GET /?Action=DescribeVSwitches&RegionId={$region}&PageNumber=1&PageSize=50", "?VSwitches/VSwitch"),
        Operation(
            "list_security_groups",
            "GET /?Action=DescribeSecurityGroups&RegionId={$region}&MaxResults=100",
            "?SecurityGroups/SecurityGroup",
        ),
        Operation(
            "create_security_group",
            "FORM /?Action=CreateSecurityGroup&RegionId={$region}&SecurityGroupName={name}&Description={description}&VpcId={$vpc}&ClientToken={token}
GET /?Action=DescribeSecurityGroups&RegionId={$region}&SecurityGroupId={.SecurityGroupId}",
            "SecurityGroups/SecurityGroup[]",
        ),
        Operation("delete_security_group", "FORM /?Action=DeleteSecurityGroup&RegionId={$region}&SecurityGroupId={securityGroup}", ""),
        Operation(
            "add_security_group_rule",
            "WITH $out FORM /?Action=AuthorizeSecurityGroupEgress&RegionId={$region}&SecurityGroupId={securityGroup}&Permissions.1.IpProtocol={protocol}&Permissions.1.PortRange={fromPort}/{toPort}&Permissions.1.DestCidrIp={$cidr}&Permissions.1.Ipv6DestCidrIp={$cidr6}&ClientToken={token}
WITH !$out FORM /?Action=AuthorizeSecurityGroup&RegionId={$region}&SecurityGroupId={securityGroup}&Permissions.1.IpProtocol={protocol}&Permissions.1.PortRange={fromPort}/{toPort}&Permissions.1.SourceCidrIp={$cidr}&Permissions.1.Ipv6SourceCidrIp={$cidr6}&ClientToken={token}",
            "",
        ),
    ],
    pages: Pages::Either(&Pages::Next("NextToken", "NextToken"), &Pages::Total("PageNumber", "PageSize", "TotalCount")),
    maps: &[
        (
            "Node",
            &[
                ("id", "!InstanceId"),
                ("name", "InstanceName"),
                ("state", "Status"),
                ("publicIps", "PublicIpAddress/IpAddress[],EipAddress/IpAddress,NetworkInterfaces/NetworkInterface[]/Ipv6Sets/Ipv6Set[]/Ipv6Address"),
                ("privateIps", "InnerIpAddress/IpAddress[],VpcAttributes/PrivateIpAddress/IpAddress[]"),
                ("size", "InstanceType"),
                ("image", "ImageId"),
                ("createdAt", "CreationTime"),
                (
                    "extra",
                    "description=Description,image_id=ImageId,zone_id=ZoneId,instance_type=InstanceType,instance_type_family=InstanceTypeFamily,hostname=HostName,serial_number=SerialNumber,internet_charge_type=InternetChargeType,creation_time=CreationTime,instance_network_type=InstanceNetworkType,instance_charge_type=InstanceChargeType,device_available=DeviceAvailable,io_optimized=IoOptimized,expired_time=ExpiredTime,vpc_id=VpcAttributes/VpcId,vswitch_id=VpcAttributes/VSwitchId,security_group_ids=SecurityGroupIds/SecurityGroupId,key_name=KeyPairName,cpu=Cpu,memory=Memory",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!InstanceTypeId"),
                ("name", "InstanceTypeId"),
                ("ram", "MemorySize*1024"),
                ("vcpus", "CpuCoreCount"),
                (
                    "extra",
                    "cpu_core_count=CpuCoreCount,instance_type_family=InstanceTypeFamily,cpu_architecture=CpuArchitecture,gpu_amount=GPUAmount,gpu_spec=GPUSpec,local_storage_amount=LocalStorageAmount,local_storage_capacity=LocalStorageCapacity",
                ),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!ImageId"),
                ("name", "ImageName"),
                (
                    "extra",
                    "image_version=ImageVersion,os_type=OSType,platform=Platform,architecture=Architecture,description=Description,size=Size,image_owner_alias=ImageOwnerAlias,os_name=OSName,product_code=ProductCode,is_subscribed=IsSubscribed,progress=Progress,creation_time=CreationTime,usage=Usage,is_copied=IsCopied,status=Status",
                ),
            ],
        ),
        ("NodeLocation", &[("id", "!ZoneId"), ("name", "LocalName"), ("extra", "zone_type=ZoneType")]),
        (
            "Volume",
            &[
                ("id", "!DiskId"),
                ("name", "DiskName"),
                ("size", "Size"),
                ("state", "Status"),
                (
                    "extra",
                    "region_id=RegionId,zone_id=ZoneId,description=Description,type=Type,category=Category,image_id=ImageId,source_snapshot_id=SourceSnapshotId,product_code=ProductCode,portable=Portable,instance_id=InstanceId,device=Device,delete_with_instance=DeleteWithInstance,enable_auto_snapshot=EnableAutoSnapshot,creation_time=CreationTime,attached_time=AttachedTime,detached_time=DetachedTime,disk_charge_type=DiskChargeType,encrypted=Encrypted",
                ),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!SnapshotId"),
                ("name", "SnapshotName"),
                ("size", "SourceDiskSize"),
                ("state", "Status"),
                ("volume", "SourceDiskId"),
                ("createdAt", "CreationTime"),
                (
                    "extra",
                    "snapshot_name=SnapshotName,description=Description,progress=Progress,source_disk_id=SourceDiskId,source_disk_size=SourceDiskSize,source_disk_type=SourceDiskType,product_code=ProductCode,usage=Usage",
                ),
            ],
        ),
        (
            "KeyPair",
            &[
                ("name", "!KeyPairName"),
                ("fingerprint", "KeyPairFingerPrint"),
                ("publicKey", "PublicKey"),
                ("privateKey", "PrivateKeyBody"),
                ("extra", "id=KeyPairId,creation_time=CreationTime"),
            ],
        ),
        (
            "Network",
            &[
                ("id", "!VSwitchId"),
                ("name", "VSwitchName"),
                ("cidr", "CidrBlock"),
                ("extra", "vpc_id=VpcId,zone_id=ZoneId,status=Status,description=Description,is_default=IsDefault,creation_time=CreationTime"),
            ],
        ),
        (
            "SecurityGroup",
            &[
                ("id", "!SecurityGroupId"),
                ("name", "SecurityGroupName"),
                ("description", "Description"),
                ("extra", "vpc_id=VpcId,creation_time=CreationTime,type=SecurityGroupType"),
            ],
        ),
    ],
    node_states: &[
        ("Pending", NodeState::Pending),
        ("Starting", NodeState::Starting),
        ("Running", NodeState::Running),
        ("Stopping", NodeState::Stopping),
        ("Stopped", NodeState::Stopped),
    ],
    volume_states: &[
        ("In_use", VolumeState::InUse),
        ("Available", VolumeState::Available),
        ("Attaching", VolumeState::Attaching),
        ("Detaching", VolumeState::Attaching),
        ("Creating", VolumeState::Creating),
        ("ReIniting", VolumeState::Creating),
        ("Migrating", VolumeState::Migrating),
        ("Deleting", VolumeState::Deleting),
    ],
    snapshot_states: &[
        ("progressing", SnapshotState::Creating),
        ("accomplished", SnapshotState::Available),
        ("failed", SnapshotState::Error),
    ],
    prepare,
};
