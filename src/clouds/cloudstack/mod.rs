//! Apache CloudStack, and clouds made of it. <https://cloudstack.apache.org/api.html>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names, range, with_kinds};
use super::{Cloud, Config, Field, Open, optional, required, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth;
use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault, Link};
use crate::core::wire::Json;

const DOCS: &str = "https://cloudstack.apache.org/api.html";
const KEY: Field = required("apiKey", "a user's API key");
const SECRET: Field = secret("secretKey", "the user's secret key");
const ZONE: Field = optional("zone", "the id of the zone whose things are listed, and where things are made without a location");
const PROJECT: Field = optional("project", "the id of the project whose things are meant");

/// CloudStack. An image's owner is one of its template filters: `executable` (the default), `featured`, `self`, `community`. A
/// volume's type is a disk offering, by id or name; without one, it is one of the size, or that takes any. Orders are waited
/// for. A node that was destroyed can be brought back by an administrator for as long as the cloud is set to keep it.
pub const CLOUD: Cloud = Cloud {
    name: "cloudstack",
    title: "Apache CloudStack",
    docs: DOCS,
    fields: &[KEY, SECRET, required("endpoint", "where the API is, as https://cloud.example/client/api"), ZONE, PROJECT],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account: |config, host| account(CLOUD.name, "", config, host),
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

/// Ikoula's CloudStack.
pub const IKOULA: Cloud = Cloud {
    name: "ikoula",
    title: "Ikoula",
    fields: &[KEY, SECRET, ZONE, PROJECT, optional("endpoint", "another address of the API")],
    account: |config, host| account(IKOULA.name, "https://cloudstack.ikoula.com/client/api", config, host),
    open: Open { compute: CLOUD.open.compute, storage: None, dns: None },
    ..CLOUD
};

/// KT Cloud, which sells templates, sizes and disks together: an image is a product, which is a template and a size, and a size
/// one of its disks, `0` for none.
pub const KT: Cloud = Cloud {
    name: "ktucloud",
    title: "KT Cloud",
    fields: &[KEY, SECRET, required("endpoint", "where the API is, as https://api.ucloudbiz.olleh.com/server/v1/client/api"), ZONE],
    compute: &names::<{ KT_API.operations.len() }>(KT_API.operations),
    account: |config, host| Ok(account(KT.name, "", config, host)?.with("products", "yes")),
    open: Open { compute: Some(|link| Box::new(Rest(link, &KT_API))), storage: None, dns: None },
    ..CLOUD
};

fn account(name: &'static str, own: &str, config: &Config, host: SharedHost) -> Result<Account> {
    let auth = Box::new(auth::CloudStack { key: config.get("apiKey").to_owned(), secret: Secret::new(config.get("secretKey")) });
    let account = Account::new(name, config.or("endpoint", own), auth, fault, host)?;
    Ok(account.with("location", config.get("zone")).with("project", config.get("project")))
}

const KINDS: &[(&str, Kind)] = &[
    ("401", Kind::Unauthorized),
    ("429", Kind::RateLimited),
    ("432", Kind::Unsupported),
    ("503", Kind::Unavailable),
    ("530", Kind::Unavailable),
    ("531", Kind::Denied),
    ("532", Kind::Quota),
    ("533", Kind::Unavailable),
    ("534", Kind::Unavailable),
    ("535", Kind::Unavailable),
    ("536", Kind::Conflict),
    ("537", Kind::Conflict),
];

fn fault(response: &Response) -> Fault {
    let fault = fault_at(response, "*/errortext|*/displaytext|*/jobresult/errortext", "*/errorcode|*/jobresult/errorcode", "");
    let mut fault = with_kinds(fault, KINDS);
    // A parameter is wrong, too, that names what is not there, or what is there already.
    if fault.kind.is_none() && fault.code.as_deref() == Some("431") {
        let mut words = fault.message.as_deref().unwrap_or("").split(' ');
        fault.kind = words.find_map(|word| match word {
            "already" => Some(Kind::Conflict),
            _ => word.starts_with("exist").then_some(Kind::NotFound),
        });
    }
    fault
}

/// What CloudStack must be told, and its words.
fn prepare(operation: &str, link: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        "list_images" if holes.get("owner").is_none() => holes.set("owner", "executable".into()),
        "create_node" if !link.setting("products").is_empty() && holes.get("securityGroups").is_some() => {
            return Err(Error::unsupported("this provider takes no \"securityGroups\" here: leave them out"));
        }
        "create_volume" if holes.get("snapshot").is_some() && (holes.get("size").is_some() || holes.get("volumeType").is_some()) => {
            return Err(Error::unsupported(
                "a volume from a snapshot has the snapshot's size and type here: leave \"size\" and \"volumeType\" out",
            ));
        }
        "create_network" => {
            range(holes)?;
            holes.set("cidr", Json::default());
        }
        "add_security_group_rule" => {
            if holes.text("direction") == "out" {
                holes.set("$out", true.into());
            }
            let protocol = holes.text("protocol");
            let ports = holes.get("fromPort").is_some();
            match &*protocol {
                "icmp" if ports => return Err(Error::invalid("a rule of ICMP has no ports: leave them out")),
                "icmp" => holes.set("$icmp", Json::of("-1")),
                "" if ports => return Err(Error::invalid("a rule with ports needs a protocol: tcp or udp")),
                "" => holes.set("protocol", "all".into()),
                _ if !ports => {
                    holes.set("fromPort", 1_u64.into());
                    holes.set("toPort", 65_535_u64.into());
                }
                _ => {}
            }
            if holes.get("cidr").is_none() {
                holes.set("cidr", "0.0.0.0/0".into());
            }
        }
        _ => {}
    }
    Ok(())
}

/// Lines whose last begins a job, which is awaited.
macro_rules! job {
    ($lines:literal) => {
        concat!($lines, "\nKEEP job=*/jobid\nUNTIL */jobstatus=1,~2 GET ?command=queryAsyncJobResult&jobid={job}")
    };
}

/// What KT Cloud has, too, comes first.
const OPERATIONS: &[Operation] = &[
    Operation(
        "list_nodes",
        "GET ?command=listVirtualMachines&zoneid={$location}&projectid={$project}&page=1&pagesize=100",
        "?*/virtualmachine",
    ),
    Operation("get_node", "GET ?command=listVirtualMachines&id={node}&projectid={$project}", "*/virtualmachine[id={node}]"),
    Operation(
        "create_node",
        job!(
            "WITH $products GET ?command=listAvailableProductTypes
WITH $products KEEP offering=*/producttypes[productid={image}]/serviceofferingid
WITH $products KEEP template=*/producttypes[productid={image}]/templateid
WITH $products KEEP zone=*/producttypes[productid={image}]/zoneid
WITH $products FORM ?command=deployVirtualMachine&displayname={name}&serviceofferingid={offering}&templateid={template}&zoneid={zone}&diskofferingid={size|some}&usageplantype=hourly&networkids={networks|csv}&keypair={keyPair}&userdata={userData|base64}&...={extra}
WITH !$products WITH !location GET ?command=listZones&page=1&pagesize=100
WITH !$products WITH !location KEEP location=*/zone[]/id
WITH !$products FORM ?command=deployVirtualMachine&name={name}&serviceofferingid={size}&templateid={image}&zoneid={location}&networkids={networks|csv}&securitygroupids={securityGroups|csv}&keypair={keyPair}&userdata={userData|base64}&projectid={$project}&...={extra}"
        ),
        "*/jobresult/virtualmachine",
    ),
    Operation("destroy_node", job!("FORM ?command=destroyVirtualMachine&id={node}"), ""),
    Operation("reboot_node", job!("FORM ?command=rebootVirtualMachine&id={node}"), ""),
    Operation("start_node", job!("FORM ?command=startVirtualMachine&id={node}"), ""),
    Operation("stop_node", job!("FORM ?command=stopVirtualMachine&id={node}"), ""),
    Operation(
        "list_sizes",
        "WITH $products GET ?command=listAvailableProductTypes
GET ?command=listServiceOfferings&page=1&pagesize=100",
        "?*/serviceoffering|*/producttypes",
    ),
    Operation(
        "list_images",
        "WITH $products GET ?command=listAvailableProductTypes
GET ?command=listTemplates&templatefilter={owner}&zoneid={$location}&projectid={$project}&page=1&pagesize=100",
        "?*/template|*/producttypes",
    ),
    Operation("list_locations", "GET ?command=listZones&page=1&pagesize=100", "?*/zone"),
    Operation("list_volumes", "GET ?command=listVolumes&zoneid={$location}&projectid={$project}&page=1&pagesize=100", "?*/volume"),
    Operation("get_volume", "GET ?command=listVolumes&id={volume}&projectid={$project}", "*/volume[id={volume}]"),
    Operation("attach_volume", job!("FORM ?command=attachVolume&id={volume}&virtualmachineid={node}&deviceid={device}"), ""),
    Operation("detach_volume", job!("FORM ?command=detachVolume&id={volume}"), ""),
    Operation("destroy_volume", "FORM ?command=deleteVolume&id={volume}", ""),
    Operation(
        "list_volume_snapshots",
        "GET ?command=listSnapshots&volumeid={volume}&projectid={$project}&page=1&pagesize=100",
        "?*/snapshot",
    ),
    Operation("create_volume_snapshot", job!("FORM ?command=createSnapshot&volumeid={volume}&name={name}"), "*/jobresult/snapshot"),
    Operation("destroy_volume_snapshot", job!("FORM ?command=deleteSnapshot&id={snapshot}"), ""),
    Operation("list_key_pairs", "GET ?command=listSSHKeyPairs&projectid={$project}&page=1&pagesize=100", "?*/sshkeypair"),
    Operation("get_key_pair", "GET ?command=listSSHKeyPairs&name={keyPair}&projectid={$project}", "*/sshkeypair[name={keyPair}]"),
    Operation("create_key_pair", "FORM ?command=createSSHKeyPair&name={name}&projectid={$project}", "*/keypair"),
    Operation("delete_key_pair", "FORM ?command=deleteSSHKeyPair&name={keyPair}&projectid={$project}", ""),
    // From here on it has CloudStack's alone.
    Operation(
        "import_key_pair",
        "FORM ?command=registerSSHKeyPair&name={name}&publickey={publicKey}&projectid={$project}",
        "*/keypair",
    ),
    Operation("resize_node", job!("FORM ?command=scaleVirtualMachine&id={node}&serviceofferingid={size}"), ""),
    Operation("rebuild_node", job!("FORM ?command=restoreVirtualMachine&virtualmachineid={node}&templateid={image}"), ""),
    Operation(
        "get_image",
        "GET ?command=listTemplates&templatefilter=executable&id={image}&projectid={$project}",
        "*/template[id={image}]",
    ),
    Operation(
        "create_image",
        job!(
            "GET ?command=listVirtualMachines&id={node}&projectid={$project}
KEEP system=*/virtualmachine[id={node}]/guestosid
GET ?command=listVolumes&virtualmachineid={node}&type=ROOT&projectid={$project}
KEEP volume=*/volume[]/id
FORM ?command=createTemplate&volumeid={volume}&name={name}&displaytext={description/name}&ostypeid={system}&projectid={$project}"
        ),
        "*/jobresult/template",
    ),
    Operation("delete_image", job!("FORM ?command=deleteTemplate&id={image}"), ""),
    Operation(
        "create_volume",
        job!(
            "WITH !location GET ?command=listZones&page=1&pagesize=100
WITH !location KEEP location=*/zone[]/id
WITH !snapshot GET ?command=listDiskOfferings&page=1&pagesize=100
WITH !snapshot WITH volumeType KEEP offering=*/diskoffering[id={volumeType}]/id|*/diskoffering[name={volumeType}]/id
WITH !snapshot WITH !volumeType KEEP offering=*/diskoffering[disksize={size}]/id|*/diskoffering[iscustomized=true]/id
WITH !snapshot KEEP any=*/diskoffering[id={offering}]/iscustomized
SET any={any|some}
WITH any FORM ?command=createVolume&name={name}&zoneid={location}&diskofferingid={offering}&size={size}&projectid={$project}
WITH !any FORM ?command=createVolume&name={name}&zoneid={location}&diskofferingid={offering}&snapshotid={snapshot}&projectid={$project}"
        ),
        "*/jobresult/volume",
    ),
    Operation("list_tags", "GET ?command=listVirtualMachines&id={node}&projectid={$project}", "?*/virtualmachine[id={node}]/tags"),
    // A tag that is there must go before it gets another value.
    Operation(
        "set_tags",
        job!(
            "GET ?command=listVirtualMachines&id={node}&projectid={$project}
KEEP node=*/virtualmachine[id={node}]/id
KEEP old?=*/virtualmachine[id={node}]/tags
SET old={old|among:tags}
WITH old FORM ?command=deleteTags&resourcetype=UserVm&resourceids={node}&tags[0]={old|pairs}
WITH old KEEP job=*/jobid
WITH old UNTIL */jobstatus=1,~2 GET ?command=queryAsyncJobResult&jobid={job}
FORM ?command=createTags&resourcetype=UserVm&resourceids={node}&tags[0]={tags|pairs}"
        ),
        "",
    ),
    Operation(
        "delete_tags",
        "GET ?command=listVirtualMachines&id={node}&projectid={$project}
KEEP node=*/virtualmachine[id={node}]/id
KEEP old?=*/virtualmachine[id={node}]/tags
SET old={old|among:names}
WITH old FORM ?command=deleteTags&resourcetype=UserVm&resourceids={node}&tags[0]={old|pairs}
WITH old KEEP job=*/jobid
WITH old UNTIL */jobstatus=1,~2 GET ?command=queryAsyncJobResult&jobid={job}",
        "",
    ),
    Operation("list_networks", "GET ?command=listNetworks&zoneid={$location}&projectid={$project}&page=1&pagesize=100", "?*/network"),
    Operation(
        "create_network",
        "WITH !$location GET ?command=listZones&page=1&pagesize=100
WITH !$location KEEP $location=*/zone[]/id
GET ?command=listNetworkOfferings&zoneid={$location}&guestiptype=Isolated&supportedservices=SourceNat&forvpc=false&specifyvlan=false&state=Enabled&page=1&pagesize=100
KEEP offering=*/networkoffering[]/id
FORM ?command=createNetwork&name={name}&displaytext={name}&networkofferingid={offering}&zoneid={$location}&gateway={$gateway}&netmask={$netmask}&projectid={$project}",
        "*/network",
    ),
    Operation("delete_network", job!("FORM ?command=deleteNetwork&id={network}"), ""),
    Operation("list_security_groups", "GET ?command=listSecurityGroups&projectid={$project}&page=1&pagesize=100", "?*/securitygroup"),
    Operation(
        "create_security_group",
        "FORM ?command=createSecurityGroup&name={name}&description={description}&projectid={$project}",
        "*/securitygroup",
    ),
    Operation("delete_security_group", "FORM ?command=deleteSecurityGroup&id={securityGroup}&projectid={$project}", ""),
    Operation(
        "add_security_group_rule",
        job!(
            "WITH $out FORM ?command=authorizeSecurityGroupEgress&securitygroupid={securityGroup}&protocol={protocol}&startport={fromPort}&endport={toPort}&icmptype={$icmp}&icmpcode={$icmp}&cidrlist={cidr}&projectid={$project}
WITH !$out FORM ?command=authorizeSecurityGroupIngress&securitygroupid={securityGroup}&protocol={protocol}&startport={fromPort}&endport={toPort}&icmptype={$icmp}&icmpcode={$icmp}&cidrlist={cidr}&projectid={$project}"
        ),
        "",
    ),
];

const KT_API: Api = Api { operations: OPERATIONS.split_at(22).0, ..API };

const API: Api = Api {
    operations: OPERATIONS,
    pages: Pages::Total("page", "pagesize", "*/count"),
    maps: &[
        (
            "Node",
            &[
                ("id", "!id"),
                ("name", "name|displayname"),
                ("state", "state"),
                ("publicIps", "publicip,@nic[]/ipaddress,@nic[]/ip6address"),
                ("privateIps", "@nic[]/ipaddress,@nic[]/ip6address"),
                ("size", "serviceofferingid"),
                ("image", "templateid"),
                ("createdAt", "created"),
                (
                    "extra",
                    "haenable,zone_id=zoneid,zone_name=zonename,key_name=keypair,key_name=keypairs,password,image_id=templateid,image_name=templatename,template_display_text=templatedisplaytext,password_enabled=passwordenabled,size_id=serviceofferingid,size_name=serviceofferingname,root_device_id=rootdeviceid,root_device_type=rootdevicetype,hypervisor,project,project_id=projectid,nics=nic,security_groups=securitygroup,affinity_groups=affinitygroup,created,displayname,instancename,cpunumber,memory",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!id|diskofferingid|=0"),
                ("name", "name|diskofferingdesc"),
                ("ram", "memory"),
                ("disk", "rootdisksize"),
                ("vcpus", "cpunumber"),
                (
                    "extra",
                    "cpu=cpunumber,displaytext,cpuspeed,iscustomized,storagetype,offerha,networkrate,productid,productstate,serviceofferingid,serviceofferingdesc,zoneid",
                ),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!id|productid"),
                ("name", "name|serviceofferingdesc"),
                (
                    "extra",
                    "hypervisor,format,os=ostypename,os=templatedesc,displaytext,size,templateid,serviceofferingid,diskofferingid,diskofferingdesc,zoneid,zonename,isready,ispublic,created",
                ),
            ],
        ),
        (
            "NodeLocation",
            &[("id", "!id"), ("name", "name"), ("extra", "networktype,securitygroupsenabled,allocationstate,description,zonetoken")],
        ),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size%1073741824"),
                // What is attached tells its node's state.
                ("state", "vmstate|state"),
                (
                    "extra",
                    "name,created,device_id=deviceid,instance_id=virtualmachineid,serviceoffering_id=serviceofferingid,diskofferingid,state,volume_type=type,zone_id=zoneid,zone_name=zonename",
                ),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "virtualsize%1073741824"),
                ("state", "state"),
                ("volume", "volumeid"),
                ("createdAt", "created"),
                ("extra", "name,volume_id=volumeid,volumename,volumetype,snapshottype,intervaltype,state,created,zoneid"),
            ],
        ),
        ("KeyPair", &[("name", "!name"), ("fingerprint", "fingerprint"), ("privateKey", "privatekey"), ("extra", "id,account,domain")]),
        (
            "Network",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("cidr", "cidr"),
                (
                    "extra",
                    "displaytext,broadcast_domain_type=broadcastdomaintype,traffic_type=traffictype,zone_id=zoneid,zone_name=zonename,network_offering_id=networkofferingid,network_offering_name=networkofferingname,is_system=issystem,state,dns1,dns2,type,acl_type=acltype,network_domain=networkdomain,physical_network_id=physicalnetworkid,can_use_for_deploy=canusefordeploy,gateway,netmask,vpc_id=vpcid,project_id=projectid",
                ),
            ],
        ),
        (
            "SecurityGroup",
            &[("id", "!id"), ("name", "name"), ("description", "description"), ("extra", "ingressrule,egressrule,account,domain,domainid")],
        ),
    ],
    node_states: &[
        ("Running", NodeState::Running),
        ("Starting", NodeState::Starting),
        ("Stopping", NodeState::Stopping),
        ("Stopped", NodeState::Stopped),
        ("Shutdown", NodeState::Stopped),
        ("Destroyed", NodeState::Terminated),
        ("Expunging", NodeState::Terminated),
        ("Migrating", NodeState::Migrating),
        ("Restoring", NodeState::Reconfiguring),
        ("Error", NodeState::Error),
    ],
    volume_states: &[
        ("Allocated", VolumeState::Available),
        ("Creating", VolumeState::Creating),
        ("Ready", VolumeState::Available),
        ("Running", VolumeState::InUse),
        ("Starting", VolumeState::InUse),
        ("Stopping", VolumeState::InUse),
        ("Stopped", VolumeState::InUse),
        ("Attaching", VolumeState::Attaching),
        ("Migrating", VolumeState::Migrating),
        ("Snapshotting", VolumeState::Backup),
        ("RevertSnapshotting", VolumeState::Backup),
        ("Resizing", VolumeState::Updating),
        ("Restoring", VolumeState::Backup),
        ("Copying", VolumeState::Creating),
        ("Uploaded", VolumeState::Available),
        ("UploadInProgress", VolumeState::Creating),
        ("NotUploaded", VolumeState::Creating),
        ("UploadOp", VolumeState::Creating),
        ("UploadError", VolumeState::Error),
        ("UploadAbandoned", VolumeState::Error),
        ("Destroying", VolumeState::Deleting),
        ("Expunging", VolumeState::Deleting),
        ("Destroy", VolumeState::Deleted),
        ("Expunged", VolumeState::Deleted),
    ],
    snapshot_states: &[
        ("Allocated", SnapshotState::Creating),
        ("Creating", SnapshotState::Creating),
        ("CreatedOnPrimary", SnapshotState::Creating),
        ("BackingUp", SnapshotState::Creating),
        ("BackedUp", SnapshotState::Available),
        ("Copying", SnapshotState::Available),
        ("Destroying", SnapshotState::Deleting),
        ("Destroyed", SnapshotState::Deleting),
        ("Error", SnapshotState::Error),
        ("Hidden", SnapshotState::Available),
    ],
    prepare,
};
