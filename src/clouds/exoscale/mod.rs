//! Exoscale, by its API v2. <https://openapi-v2.exoscale.com/>

use super::rest::{Api, Holes, Operation, Rest, fault_at, names, range};
use super::{Cloud, Config, Open, optional, required, secret};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::Exoscale;
use crate::core::error::{Error, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};
use crate::core::wire::Json;

/// Exoscale. A node's disk has 50 GiB, unless `extra` says `{"disk-size": 10}`. An image's owner is `public` or `private`.
pub const CLOUD: Cloud = Cloud {
    name: "exoscale",
    title: "Exoscale",
    docs: "https://openapi-v2.exoscale.com/",
    fields: &[
        required("apiKey", "an API key, as EXO…"),
        secret("apiSecret", "the API key's secret"),
        required("region", "the zone, as ch-gva-2"),
        optional("endpoint", "another address of the API, as https://api.example/v2"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let region = config.get("region");
    // The zone becomes part of the host that is told the signature.
    if !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Error::invalid("region must be a zone's name, as ch-gva-2"));
    }
    let own = ["https://api-", region, ".exoscale.com/v2"].concat();
    let auth = Box::new(Exoscale::new(config.get("apiKey"), config.get("apiSecret"))?);
    let fault = |response: &_| fault_at(response, "message|error", "reason|code", "request-id");
    Account::new(CLOUD.name, config.or("endpoint", &own), auth, fault, host)
}

/// What rules and networks are in Exoscale's words.
fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    match operation {
        "add_security_group_rule" => {
            let flow = if holes.text("direction") == "in" { "ingress" } else { "egress" };
            holes.set("flow", flow.into());
            for (name, all) in [("protocol", "all"), ("cidr", "0.0.0.0/0")] {
                if holes.get(name).is_none() {
                    holes.set(name, all.into());
                }
            }
        }
        "create_network" => {
            range(holes)?;
            holes.set("cidr", Json::default());
        }
        _ => {}
    }
    Ok(())
}

/// Lines whose last begins an operation of Exoscale's, which is awaited.
macro_rules! done {
    ($lines:literal) => {
        concat!($lines, "\nUNTIL state=success,~failure,~timeout GET /operation/{.id}")
    };
}

const API: Api = Api {
    operations: &[
        Operation("list_nodes", "GET /instance", "instances"),
        Operation("get_node", "GET /instance/{node}", ""),
        Operation(
            "create_node",
            concat!(
                done!(
                    r#"POST /instance {"name":"{name}","instance-type":{"id":"{size}"},"template":{"id":"{image}"},"disk-size":50,"ssh-keys":[{"name":"{keyPair}"}],"user-data":"{userData|base64}","security-groups":"{securityGroups|each:id}","labels":"{tags}","...":"{extra}"}"#
                ),
                "\nGET /instance/{.reference/id}"
            ),
            "",
        ),
        Operation("destroy_node", done!("DELETE /instance/{node}"), ""),
        Operation("reboot_node", done!("PUT /instance/{node}:reboot"), ""),
        Operation("start_node", done!("PUT /instance/{node}:start {}"), ""),
        Operation("stop_node", done!("PUT /instance/{node}:stop"), ""),
        Operation("resize_node", done!(r#"PUT /instance/{node}:scale {"instance-type":{"id":"{size}"}}"#), ""),
        Operation("rebuild_node", done!(r#"PUT /instance/{node}:reset {"template":{"id":"{image}"}}"#), ""),
        Operation("list_sizes", "GET /instance-type", "instance-types"),
        Operation("list_images", "GET /template?visibility={owner}", "templates"),
        Operation("get_image", "GET /template/{image}", ""),
        // The snapshot was only the way to the image.
        Operation(
            "create_image",
            concat!(
                done!("POST /instance/{node}:create-snapshot"),
                "\nKEEP snapshot=reference/id\n",
                done!(r#"POST /snapshot/{snapshot}:promote {"name":"{name}","description":"{description}"}"#),
                "\nKEEP image=reference/id\nDELETE /snapshot/{snapshot}\nGET /template/{image}"
            ),
            "",
        ),
        Operation("delete_image", done!("DELETE /template/{image}"), ""),
        Operation("list_locations", "GET /zone", "zones"),
        Operation("list_volumes", "GET /block-storage", "block-storage-volumes"),
        Operation("get_volume", "GET /block-storage/{volume}", ""),
        Operation(
            "create_volume",
            concat!(
                done!(r#"POST /block-storage {"name":"{name}","size":"{size}","block-storage-snapshot":{"id":"{snapshot}"}}"#),
                "\nGET /block-storage/{.reference/id}"
            ),
            "",
        ),
        Operation("attach_volume", done!(r#"PUT /block-storage/{volume}:attach {"instance":{"id":"{node}"}}"#), ""),
        Operation("detach_volume", done!("PUT /block-storage/{volume}:detach"), ""),
        Operation("destroy_volume", done!("DELETE /block-storage/{volume}"), ""),
        Operation("list_volume_snapshots", "GET /block-storage-snapshot", "block-storage-snapshots"),
        Operation(
            "create_volume_snapshot",
            concat!(
                done!(r#"POST /block-storage/{volume}:create-snapshot {"name":"{name}"}"#),
                "\nGET /block-storage-snapshot/{.reference/id}"
            ),
            "",
        ),
        Operation("destroy_volume_snapshot", done!("DELETE /block-storage-snapshot/{snapshot}"), ""),
        Operation("list_key_pairs", "GET /ssh-key", "ssh-keys"),
        Operation("get_key_pair", "GET /ssh-key/{keyPair}", ""),
        Operation(
            "import_key_pair",
            concat!(done!(r#"POST /ssh-key {"name":"{name}","public-key":"{publicKey}"}"#), "\nGET /ssh-key/{name}"),
            "",
        ),
        Operation("delete_key_pair", done!("DELETE /ssh-key/{keyPair}"), ""),
        Operation("list_tags", "GET /instance/{node}", "?labels"),
        Operation(
            "set_tags",
            concat!("GET /instance/{node}\nKEEP old?=labels\n", done!(r#"PUT /instance/{node} {"labels":"{tags|onto:old}"}"#)),
            "",
        ),
        Operation(
            "delete_tags",
            r#"GET /instance/{node}
KEEP old?=labels
WITH old PUT /instance/{node} {"labels":"{old|without:names}"}
WITH old UNTIL state=success,~failure,~timeout GET /operation/{.id}"#,
            "",
        ),
        Operation("list_networks", "GET /private-network", "private-networks"),
        Operation(
            "create_network",
            concat!(
                done!(r#"POST /private-network {"name":"{name}","netmask":"{$netmask}","start-ip":"{$first}","end-ip":"{$last}"}"#),
                "\nGET /private-network/{.reference/id}"
            ),
            "",
        ),
        Operation("delete_network", done!("DELETE /private-network/{network}"), ""),
        Operation("list_security_groups", "GET /security-group", "security-groups"),
        Operation(
            "create_security_group",
            concat!(
                done!(r#"POST /security-group {"name":"{name}","description":"{description}"}"#),
                "\nGET /security-group/{.reference/id}"
            ),
            "",
        ),
        Operation("delete_security_group", done!("DELETE /security-group/{securityGroup}"), ""),
        Operation(
            "add_security_group_rule",
            done!(
                r#"POST /security-group/{securityGroup}/rules {"flow-direction":"{flow}","protocol":"{protocol}","network":"{cidr}","start-port":"{fromPort}","end-port":"{toPort}"}"#
            ),
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
                ("publicIps", "public-ip,ipv6-address"),
                ("privateIps", "vpc/subnets[]/ipv4"),
                ("size", "instance-type/id"),
                ("image", "template/id"),
                ("createdAt", "created-at"),
                (
                    "extra",
                    "created_at=created-at,disk_size=disk-size,key_names=ssh-keys,security_groups=security-groups,private_networks=private-networks,tags=labels,mac_address=mac-address,public_ip_assignment=public-ip-assignment,manager",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!id"),
                ("name", "={.family}.{.size}"),
                ("ram", "memory%1048576"),
                ("vcpus", "cpus"),
                ("extra", "cpu=cpus,gpus,family,size,zones,authorized"),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("extra", "family,visibility,size,version,build,zones,description,created_at=created-at,default_user=default-user"),
            ],
        ),
        (
            "NodeLocation",
            &[("id", "!name"), ("name", "name"), ("country", "={.name|before:-|upper}"), ("extra", "api_endpoint=api-endpoint")],
        ),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "size"),
                ("state", "state"),
                ("extra", "instance_id=instance/id,created=created-at,state,blocksize,encrypted,tags=labels"),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "volume-size|size"),
                ("state", "state"),
                ("volume", "block-storage-volume/id"),
                ("createdAt", "created-at"),
                ("extra", "state,size,tags=labels"),
            ],
        ),
        ("KeyPair", &[("name", "!name"), ("fingerprint", "fingerprint")]),
        ("Network", &[("id", "!id"), ("name", "name"), ("extra", "description,netmask,start_ip=start-ip,end_ip=end-ip,vni,tags=labels")]),
        (
            "SecurityGroup",
            &[("id", "!id"), ("name", "name"), ("description", "description"), ("extra", "rules,external_sources=external-sources")],
        ),
    ],
    node_states: &[
        ("running", NodeState::Running),
        ("starting", NodeState::Starting),
        ("stopping", NodeState::Stopping),
        ("stopped", NodeState::Stopped),
        ("destroying", NodeState::Terminated),
        ("destroyed", NodeState::Terminated),
        ("expunging", NodeState::Terminated),
        ("migrating", NodeState::Migrating),
        ("error", NodeState::Error),
    ],
    volume_states: &[
        ("attached", VolumeState::InUse),
        ("attaching", VolumeState::Attaching),
        ("creating", VolumeState::Creating),
        ("deleted", VolumeState::Deleted),
        ("deleting", VolumeState::Deleting),
        ("detached", VolumeState::Available),
        ("detaching", VolumeState::Attaching),
        ("error", VolumeState::Error),
        ("snapshotting", VolumeState::Backup),
    ],
    snapshot_states: &[
        ("allocated", SnapshotState::Creating),
        ("creating", SnapshotState::Creating),
        ("created", SnapshotState::Available),
        ("promoting", SnapshotState::Available),
        ("destroying", SnapshotState::Deleting),
        ("destroyed", SnapshotState::Deleting),
        ("error", SnapshotState::Error),
        ("partially-destroyed", SnapshotState::Error),
    ],
    prepare,
    ..Api::NOTHING
};
