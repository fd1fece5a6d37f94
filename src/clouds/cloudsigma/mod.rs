//! CloudSigma, by its API 2.0. <https://docs.cloudsigma.com/>

use super::rest::{Api, Holes, Operation, Rest, fault_at, names};
use super::{Cloud, Config, Open, optional, required, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::Header;
use crate::core::error::{Error, Result};
use crate::core::host::{SharedHost, token};
use crate::core::link::{Account, Link};
use crate::core::wire::parse_number;

/// CloudSigma. It has no list of sizes: a size is MHz, MB and GB, as `2000,1024,20`; without the last, a node's disk is as big as its
/// image. Images are the library's preinstalled drives, each node starts from a copy. Networks are VLANs. Tags are what the API calls
/// `meta`. A node is stopped before its size or its volumes change, and a destroyed node's drives stay.
pub const CLOUD: Cloud = Cloud {
    name: "cloudsigma",
    title: "CloudSigma",
    docs: "https://docs.cloudsigma.com/",
    fields: &[
        required("username", "the account's e-mail address"),
        secret("password", "its password"),
        optional("region", "the location, as zrh, which it is by default"),
        optional("endpoint", "another address of the API, as https://api.example/api/2.0"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let region = config.or("region", "zrh");
    // The region becomes part of the host that is told the password.
    if !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Error::invalid("region must be a location's name, as zrh"));
    }
    let own = ["https://", region, ".cloudsigma.com/api/2.0"].concat();
    let auth = Box::new(Header::basic(config.get("username"), config.get("password"))?);
    let fault = |response: &_| fault_at(response, "[]/error_message", "[]/error_type", "");
    Account::new(CLOUD.name, config.or("endpoint", &own), auth, fault, host)
}

/// What a size says, in the API's units.
fn size(holes: &mut Holes) -> Result<()> {
    let size = holes.text("size");
    let mut parts = size.split(',').map(parse_number);
    let (Some(Some(cpu)), Some(Some(ram)), disk, None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Error::invalid("a size is MHz, MB and GB, as \"2000,1024,20\""));
    };
    holes.set("$cpu", cpu.into());
    holes.set("$mem", ram.saturating_mul(1 << 20).into());
    match disk {
        Some(Some(disk)) => holes.set("$disk", disk.saturating_mul(1 << 30).into()),
        Some(None) => return Err(Error::invalid("a size is MHz, MB and GB, as \"2000,1024,20\"")),
        None => {}
    }
    Ok(())
}

fn prepare(operation: &str, link: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        "create_node" => {
            size(holes)?;
            holes.opt("size", Some(""));
            if holes.get("userData").is_some() {
                holes.opt("$encoded", Some("cloudinit-user-data"));
            }
            // It is for the console, and the API wants one.
            if holes.get("password").is_none() {
                let made_up = token(&**link.account().host());
                holes.opt("password", made_up.get(..12));
            }
        }
        "resize_node" => {
            size(holes)?;
            holes.opt("size", Some(""));
            if holes.get("$disk").is_some() {
                return Err(Error::invalid("a node's new size is MHz and MB, as \"2000,1024\": its disks stay as they are"));
            }
        }
        "create_volume" if holes.get("snapshot").is_some() && holes.get("size").is_some() => {
            return Err(Error::invalid("a volume from a snapshot has the snapshot's size: leave \"size\" out"));
        }
        "attach_volume" if holes.get("device").is_none() => holes.opt("device", Some("0:1")),
        _ => {}
    }
    Ok(())
}

const API: Api = Api {
    operations: &[
        Operation("list_nodes", "GET /servers/detail/?limit=0", "objects"),
        Operation("get_node", "GET /servers/{node}/", ""),
        Operation(
            "create_node",
            r#"WITH keyPair GET /keypairs/?limit=0
WITH keyPair KEEP key=objects[name={keyPair}]/uuid
POST /libdrives/{image}/action/?do=clone {"name":"{name}-drive"}
KEEP drive=objects[]/uuid
UNTIL status=unmounted,~unavailable GET /drives/{drive}/
WITH $disk POST /drives/{drive}/action/?do=resize {"name":"{.name}","size":"{$disk}","media":"disk"}
WITH $disk UNTIL status=unmounted,~unavailable GET /drives/{drive}/
POST /servers/ {"name":"{name}","cpu":"{$cpu}","mem":"{$mem}","vnc_password":"{password}","pubkeys":["{key}"],"meta":{"...":"{tags}","base64_fields":"{$encoded}","cloudinit-user-data":"{userData|base64}"},"nics":[{"boot_order":null,"ip_v4_conf":{"conf":"dhcp"},"ip_v6_conf":null},"{...networks|each:vlan}"],"drives":[{"boot_order":1,"dev_channel":"0:0","device":"virtio","drive":"{drive}"}],"...":"{extra}"}
KEEP node=objects[]/uuid
POST /servers/{node}/action/?do=start
GET /servers/{node}/"#,
            "",
        ),
        Operation(
            "destroy_node",
            "GET /servers/{node}/
KEEP started?=runtime/active_since
WITH started POST /servers/{node}/action/?do=stop
WITH started UNTIL status=stopped GET /servers/{node}/
DELETE /servers/{node}/",
            "",
        ),
        Operation(
            "reboot_node",
            "POST /servers/{node}/action/?do=stop
UNTIL status=stopped,~unavailable GET /servers/{node}/
POST /servers/{node}/action/?do=start",
            "",
        ),
        Operation("start_node", "POST /servers/{node}/action/?do=start", ""),
        Operation("stop_node", "POST /servers/{node}/action/?do=stop", ""),
        Operation("resize_node", "GET /servers/{node}/\nPUT /servers/{node}/ {\"..\":\"{.}\",\"cpu\":\"{$cpu}\",\"mem\":\"{$mem}\"}", ""),
        Operation("list_images", "GET /libdrives/?limit=0", "objects[image_type=preinst]"),
        Operation("get_image", "GET /libdrives/{image}/", ""),
        Operation("list_locations", "GET /locations/?limit=0", "objects"),
        Operation("list_volumes", "GET /drives/detail/?limit=0", "objects"),
        Operation("get_volume", "GET /drives/{volume}/", ""),
        Operation(
            "create_volume",
            r#"WITH snapshot POST /snapshots/{snapshot}/action/?do=clone {"name":"{name}","storage_type":"{volumeType}"}
WITH !snapshot POST /drives/ {"name":"{name}","size":"{size|times:1073741824}","media":"disk","storage_type":"{volumeType}"}"#,
            "objects[]",
        ),
        Operation(
            "attach_volume",
            r#"GET /servers/{node}/
KEEP old?=drives
PUT /servers/{node}/ {"..":"{.}","drives":["{...old}",{"boot_order":null,"dev_channel":"{device}","device":"virtio","drive":"{volume}"}]}"#,
            "",
        ),
        Operation(
            "detach_volume",
            r#"GET /drives/{volume}/
KEEP node=mounted_on[]/uuid
GET /servers/{node}/
PUT /servers/{node}/ {"..":"{.}","drives":"{.drives|but:volume:drive/uuid}"}"#,
            "",
        ),
        Operation("destroy_volume", "DELETE /drives/{volume}/", ""),
        Operation("list_volume_snapshots", "GET /snapshots/detail/?limit=0", "objects"),
        Operation("create_volume_snapshot", r#"POST /snapshots/ {"objects":[{"drive":"{volume}","name":"{name}"}]}"#, "objects[]"),
        Operation("destroy_volume_snapshot", "DELETE /snapshots/{snapshot}/", ""),
        Operation("list_key_pairs", "GET /keypairs/?limit=0", "objects"),
        Operation("get_key_pair", "GET /keypairs/?limit=0", "objects[name={keyPair}]"),
        Operation("create_key_pair", r#"POST /keypairs/ {"objects":[{"name":"{name}"}]}"#, "objects[]"),
        Operation("import_key_pair", r#"POST /keypairs/ {"objects":[{"name":"{name}","public_key":"{publicKey}"}]}"#, "objects[]"),
        Operation("delete_key_pair", "GET /keypairs/?limit=0\nKEEP key=objects[name={keyPair}]/uuid\nDELETE /keypairs/{key}/", ""),
        Operation("list_tags", "GET /servers/{node}/", "?meta"),
        Operation(
            "set_tags",
            "GET /servers/{node}/\nKEEP old?=meta\nPUT /servers/{node}/ {\"..\":\"{.}\",\"meta\":\"{tags|onto:old}\"}",
            "",
        ),
        Operation(
            "delete_tags",
            "GET /servers/{node}/\nKEEP old?=meta\nWITH old PUT /servers/{node}/ {\"..\":\"{.}\",\"meta\":\"{old|without:names}\"}",
            "",
        ),
        Operation("list_networks", "GET /vlans/detail/?limit=0", "objects"),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!uuid"),
                ("name", "name"),
                ("state", "status"),
                (
                    "publicIps",
                    "@nics[]/ip_v4_conf/ip/uuid,@nics[]/ip_v6_conf/ip/uuid,@nics[]/runtime/ip_v4/uuid,@nics[]/runtime/ip_v6/uuid",
                ),
                (
                    "privateIps",
                    "@nics[]/ip_v4_conf/ip/uuid,@nics[]/ip_v6_conf/ip/uuid,@nics[]/runtime/ip_v4/uuid,@nics[]/runtime/ip_v6/uuid",
                ),
                ("extra", "cpu,mem,smp,nics,vnc_password,meta,runtime,drives,pubkeys,tags"),
            ],
        ),
        (
            "NodeImage",
            &[("id", "!uuid"), ("name", "name"), ("extra", "description,arch,image_type,os,licenses,media,meta,size,version,distribution")],
        ),
        ("NodeLocation", &[("id", "!id"), ("name", "display_name"), ("country", "country_code"), ("extra", "api_endpoint")]),
        (
            "Volume",
            &[
                ("id", "!uuid"),
                ("name", "name"),
                ("size", "size%1073741824"),
                ("state", "status"),
                (
                    "extra",
                    "mounted_on,storage_type,media,distribution=meta/distribution,version=meta/version,os=meta/os,paid=meta/paid,architecture=meta/arch,created_at=meta/created_at",
                ),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!uuid"),
                ("name", "name"),
                ("state", "status"),
                ("volume", "drive/uuid"),
                ("createdAt", "timestamp"),
                ("extra", "meta,tags,allocated_size"),
            ],
        ),
        (
            "KeyPair",
            &[
                ("name", "!name"),
                ("fingerprint", "fingerprint"),
                ("publicKey", "public_key"),
                ("privateKey", "private_key"),
                ("extra", "uuid,tags,resource_uri,permissions,meta"),
            ],
        ),
        ("Network", &[("id", "!uuid"), ("name", "meta/name"), ("extra", "servers,tags,subscription")]),
    ],
    node_states: &[
        ("starting", NodeState::Pending),
        ("stopping", NodeState::Stopping),
        ("unavailable", NodeState::Error),
        ("running", NodeState::Running),
        ("stopped", NodeState::Stopped),
        ("paused", NodeState::Paused),
    ],
    volume_states: &[
        ("unmounted", VolumeState::Available),
        ("mounted", VolumeState::InUse),
        ("creating", VolumeState::Creating),
        ("copying", VolumeState::Creating),
        ("cloning_dst", VolumeState::Creating),
        ("cloning_src", VolumeState::Updating),
        ("resizing", VolumeState::Updating),
        ("deleting", VolumeState::Deleting),
        ("unavailable", VolumeState::Error),
    ],
    snapshot_states: &[
        ("available", SnapshotState::Available),
        ("creating", SnapshotState::Creating),
        ("deleting", SnapshotState::Deleting),
        ("unavailable", SnapshotState::Error),
    ],
    prepare,
    ..Api::NOTHING
};
