//! KubeVirt: virtual machines in a Kubernetes cluster. <https://kubevirt.io/api-reference/>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names};
use super::{Cloud, Config, Open, hidden, optional, required};
use crate::compute::{NodeState, VolumeState};
use crate::core::auth::{Auth, Header};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::Response;
use crate::core::link::{Account, Fault, Link};
use crate::core::wire::{Json, object, parse_number};

/// KubeVirt. Locations are namespaces. Nodes and volumes are known as `namespace/name`; a name alone is of the account's namespace.
///
/// A size is a cluster's instance type, by its name, or cores and memory, as `2,4Gi`. An image is a container disk, as
/// `quay.io/containerdisks/ubuntu:24.04`; those in use are listed. Tags are labels. A node is in the pods' network; what else is
/// in `extra` goes into the request, as `{"spec": {"preference": {"name": "ubuntu"}}}`. A new size counts from the node's next
/// start on.
///
/// Volumes are claims, of a storage class by their type. They are attached while the node runs, and only those can be detached.
pub const CLOUD: Cloud = Cloud {
    name: "kubevirt",
    title: "KubeVirt",
    docs: "https://kubevirt.io/api-reference/",
    fields: &[
        required("endpoint", "the Kubernetes API server, as https://cluster.example:6443"),
        hidden("token", "a bearer token, as of a service account"),
        optional("username", "or, for a server that takes it, a user name"),
        hidden("password", "and the password"),
        optional(
            "namespace",
            "the namespace that things are made in and listed from; without it those of all are listed, and made in default",
        ),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), ..Open::NONE },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let auth: Box<dyn Auth> = match (config.get("token"), config.get("username")) {
        ("", "") => return Err(Error::invalid("give a token, or username and password")),
        ("", user) => Box::new(Header::basic(user, config.get("password"))?),
        (token, "") => Box::new(Header::bearer(token)?),
        _ => return Err(Error::invalid("give a token, or username and password: not both")),
    };
    let account = Account::new(CLOUD.name, config.get("endpoint"), auth, fault, host)?;
    Ok(account.with("namespace", config.get("namespace")).with("location", config.or("namespace", "default")))
}

/// Reads a `Status`.
fn fault(response: &Response) -> Fault {
    let mut fault = fault_at(response, "message", "reason", "");
    // A quota is told by a sentence alone.
    if fault.message.as_deref().is_some_and(|message| message.split(' ').any(|word| word == "quota:")) {
        fault.kind = Some(Kind::Quota);
    }
    fault
}

/// An instance type's name, or cores and memory.
fn size(holes: &mut Holes, resized: bool) -> Result<()> {
    let size = holes.text("size");
    holes.opt("size", Some(""));
    let mut parts = size.splitn(2, ',');
    let (first, memory) = (parts.next().unwrap_or(""), parts.next());
    let Some(memory) = memory else {
        // What the name stood for when the node was made no longer counts.
        let mut kind = vec![("name", Json::of(first))];
        if resized {
            kind.push(("revisionName", Json::raw("null".to_owned())));
        }
        holes.set("$type", object(&kind));
        return Ok(());
    };
    match parse_number(first) {
        Some(cores) if memory.ends_with(|c: char| c.is_ascii_alphabetic()) => holes.set("$cores", cores.into()),
        _ => return Err(Error::invalid("a size is an instance type's name, or cores and memory, as \"2,4Gi\"")),
    }
    holes.opt("$memory", Some(memory));
    Ok(())
}

fn prepare(operation: &str, link: &Link, holes: &mut Holes) -> Result<()> {
    let mut own = String::new();
    for name in ["node", "volume"] {
        let id = holes.text(name);
        if id.is_empty() {
            continue;
        }
        let mut parts = id.splitn(2, '/');
        let (namespace, rest) = match (parts.next().unwrap_or(""), parts.next()) {
            (_, Some(rest)) if rest.contains('/') => return Err(Error::invalid("an id is a name, or namespace/name")),
            (namespace, Some(rest)) => (namespace, rest),
            (rest, None) => (link.setting("location"), rest),
        };
        if !own.is_empty() && own != namespace {
            return Err(Error::invalid("a volume can be attached to a node of its own namespace only"));
        }
        own = namespace.to_owned();
        holes.opt(name, Some(rest));
        holes.opt("$own", Some(namespace));
    }
    match operation {
        "create_node" => {
            if holes.get("userData").is_some() {
                holes.set("$seeds", Json::raw(r#"[{"name":"seed","disk":{"bus":"virtio"}}]"#.to_owned()));
                holes.opt("$seed", Some("seed"));
            }
            size(holes, false)
        }
        "resize_node" => size(holes, true),
        _ => Ok(()),
    }
}

/// Where the virtual machines are.
macro_rules! vm {
    ($before:literal, $after:literal) => {
        concat!($before, " /apis/kubevirt.io/v1/namespaces/{$own}/virtualmachines/{node}", $after)
    };
}

/// An order to a virtual machine.
macro_rules! order {
    ($what:literal) => {
        concat!("PUT /apis/subresources.kubevirt.io/v1/namespaces/{$own}/virtualmachines/{node}/", $what)
    };
}

/// A list, of all pages: of the account's namespace, or of all.
macro_rules! list {
    ($name:literal, $group:literal, $kind:literal) => {
        concat!(
            "WITH $namespace GATHER ",
            $name,
            "=items GET ",
            $group,
            "/namespaces/{$namespace}/",
            $kind,
            "?limit=500\nWITH !$namespace GATHER ",
            $name,
            "=items GET ",
            $group,
            "/",
            $kind,
            "?limit=500"
        )
    };
}

const API: Api = Api {
    pages: Pages::Next("continue", "metadata/continue"),
    operations: &[
        Operation(
            "list_nodes",
            concat!(
                list!("items", "/apis/kubevirt.io/v1", "virtualmachines"),
                "\n",
                list!("instances?", "/apis/kubevirt.io/v1", "virtualmachineinstances")
            ),
            "items",
        ),
        Operation(
            "get_node",
            vm!(
                "GET",
                "\nGATHER instances?=items GET /apis/kubevirt.io/v1/namespaces/{$own}/virtualmachineinstances?fieldSelector=metadata.name={node}"
            ),
            "",
        ),
        Operation(
            "create_node",
            r#"POST /apis/kubevirt.io/v1/namespaces/{location}/virtualmachines {"...":"{extra}","apiVersion":"kubevirt.io/v1","kind":"VirtualMachine","metadata":{"name":"{name}","labels":"{tags}"},"spec":{"runStrategy":"Always","instancetype":"{$type}","template":{"metadata":{"labels":{"kubevirt.io/vm":"{name}"}},"spec":{"domain":{"cpu":{"cores":"{$cores}"},"memory":{"guest":"{$memory}"},"devices":{"disks":[{"name":"boot","disk":{"bus":"virtio"}},"{...$seeds}"],"interfaces":[{"name":"default","masquerade":{}}]}},"networks":[{"name":"default","pod":{}}],"volumes":[{"name":"boot","containerDisk":{"image":"{image}"}},{"name":"{$seed}","cloudInitNoCloud":{"userDataBase64":"{userData|base64}"}}]}}}}"#,
            "",
        ),
        Operation("destroy_node", vm!("DELETE", ""), ""),
        Operation("reboot_node", order!("restart"), ""),
        Operation("start_node", order!("start"), ""),
        Operation("stop_node", order!("stop"), ""),
        Operation(
            "resize_node",
            vm!(
                "MERGE",
                r#" {"spec":{"instancetype":"{$type}","template":{"spec":{"domain":{"cpu":{"cores":"{$cores}"},"memory":{"guest":"{$memory}"}}}}}}"#
            ),
            "",
        ),
        // A cluster need not have any.
        Operation(
            "list_sizes",
            "GATHER items?=items GET /apis/instancetype.kubevirt.io/v1beta1/virtualmachineclusterinstancetypes?limit=500",
            "items",
        ),
        Operation(
            "list_images",
            list!("items", "/apis/kubevirt.io/v1", "virtualmachines"),
            "??items[]/spec/template/spec/volumes[]/containerDisk/image",
        ),
        Operation("list_locations", "GET /api/v1/namespaces?limit=500", "items"),
        Operation("list_volumes", list!("items", "/api/v1", "persistentvolumeclaims"), "items"),
        Operation("get_volume", "GET /api/v1/namespaces/{$own}/persistentvolumeclaims/{volume}", ""),
        Operation(
            "create_volume",
            r#"POST /api/v1/namespaces/{location}/persistentvolumeclaims {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"{name}"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"{size}Gi"}},"storageClassName":"{volumeType}"}}"#,
            "",
        ),
        Operation(
            "attach_volume",
            order!(
                r#"addvolume {"name":"{volume}","disk":{"name":"{volume}","disk":{"bus":"scsi"}},"volumeSource":{"persistentVolumeClaim":{"claimName":"{volume}","hotpluggable":true}}}"#
            ),
            "",
        ),
        Operation(
            "detach_volume",
            concat!(
                "GET /apis/kubevirt.io/v1/namespaces/{$own}/virtualmachines?limit=500
KEEP node=items[spec/template/spec/volumes/*/persistentVolumeClaim/claimName={volume}]/metadata/name
KEEP disk=items[metadata/name={node}]/spec/template/spec/volumes[persistentVolumeClaim/claimName={volume}]/name\n",
                order!(r#"removevolume {"name":"{disk}"}"#)
            ),
            "",
        ),
        Operation("destroy_volume", "DELETE /api/v1/namespaces/{$own}/persistentvolumeclaims/{volume}", ""),
        Operation("list_tags", vm!("GET", ""), "?metadata/labels"),
        Operation("set_tags", vm!("MERGE", r#" {"metadata":{"labels":"{tags}"}}"#), ""),
        Operation("delete_tags", vm!("MERGE", r#" {"metadata":{"labels":"{names|nulls}"}}"#), ""),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "={.metadata/namespace}/{.metadata/name}"),
                ("name", "!metadata/name"),
                ("state", "status/printableStatus|spec/runStrategy"),
                ("publicIps", "@metadata/uid@instances:metadata.ownerReferences.*.uid/status/interfaces[]/ipAddresses[]"),
                ("privateIps", "@metadata/uid@instances:metadata.ownerReferences.*.uid/status/interfaces[]/ipAddresses[]"),
                (
                    "size",
                    "={.spec/instancetype/name};={.spec/template/spec/domain/cpu/cores},{.spec/template/spec/domain/memory/guest};={.spec/template/spec/domain/cpu/cores},{.spec/template/spec/domain/resources/requests/memory}",
                ),
                ("image", "spec/template/spec/volumes[]/containerDisk/image"),
                ("createdAt", "metadata/creationTimestamp"),
                (
                    "extra",
                    "namespace=metadata/namespace,uid=metadata/uid,labels=metadata/labels,annotations=metadata/annotations,cpu=spec/template/spec/domain/cpu/cores,memory=spec/template/spec/domain/memory/guest,instancetype=spec/instancetype,runStrategy=spec/runStrategy,volumes=spec/template/spec/volumes,networks=spec/template/spec/networks,status=status/printableStatus,conditions=status/conditions",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!metadata/name"),
                ("name", "metadata/name"),
                ("ram", "spec/memory/guest%1048576"),
                ("vcpus", "spec/cpu/guest"),
                ("extra", "labels=metadata/labels,annotations=metadata/annotations,gpus=spec/gpus"),
            ],
        ),
        ("NodeImage", &[("id", "!"), ("name", "")]),
        (
            "NodeLocation",
            &[("id", "!metadata/name"), ("name", "metadata/name"), ("extra", "uid=metadata/uid,labels=metadata/labels,phase=status/phase")],
        ),
        (
            "Volume",
            &[
                ("id", "={.metadata/namespace}/{.metadata/name}"),
                ("name", "!metadata/name"),
                ("size", "status/capacity/storage%1073741824|spec/resources/requests/storage%1073741824"),
                ("state", "status/phase"),
                (
                    "extra",
                    "namespace=metadata/namespace,uid=metadata/uid,labels=metadata/labels,annotations=metadata/annotations,storage_class_name=spec/storageClassName,access_modes=spec/accessModes,volume_mode=spec/volumeMode,volume_name=spec/volumeName,phase=status/phase",
                ),
            ],
        ),
    ],
    node_states: &[
        ("Stopped", NodeState::Stopped),
        ("Provisioning", NodeState::Pending),
        ("WaitingForVolumeBinding", NodeState::Pending),
        ("WaitingForReceiver", NodeState::Pending),
        ("Starting", NodeState::Starting),
        ("Running", NodeState::Running),
        ("Paused", NodeState::Paused),
        ("Stopping", NodeState::Stopping),
        ("Terminating", NodeState::Terminated),
        ("Migrating", NodeState::Migrating),
        ("CrashLoopBackOff", NodeState::Error),
        ("ErrorUnschedulable", NodeState::Error),
        ("ErrImagePull", NodeState::Error),
        ("ImagePullBackOff", NodeState::Error),
        ("ErrorPvcNotFound", NodeState::Error),
        ("DataVolumeError", NodeState::Error),
        ("ErrorDataVolumeNotFound", NodeState::Error),
        ("Unknown", NodeState::Unknown),
        // Of a new one, nothing else is said.
        ("Always", NodeState::Pending),
    ],
    volume_states: &[("Pending", VolumeState::Creating), ("Bound", VolumeState::Available), ("Lost", VolumeState::Error)],
    prepare,
    ..Api::NOTHING
};
