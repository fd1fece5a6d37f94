//! KubeVirt: virtual machines in a Kubernetes cluster. <https://kubevirt.io/api-reference/>

use super::rest::{Api, Holes, Operation, Pages, Rest, fault_at, names};
use super::{Cloud, Config, Open, hidden, optional, required};
use crate::compute::{NodeState, VolumeState};
use crate::core::auth::Header;
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
    let auth = match (config.get("token"), config.get("username")) {
        ("", "") => return Err(Error::invalid("give a token, or username and password")),
        ("", user) => Header::basic(user, config.get("password")),
        (token, _) => Header::bearer(token),
    };
    let account = Account::new(CLOUD.name, config.get("endpoint"), Box::new(auth?), fault, host)?;
    // Lists are of the namespace, or of all.
    let namespace = config.get("namespace");
    let version = if namespace.is_empty() { "v1" } else { "v1/namespaces/" };
    Ok(account.with("v1", &[version, namespace].concat()).with("location", config.or("namespace", "default")))
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
    let Some((cores, memory)) = size.split_once(',') else {
        // What the name stood for when the node was made no longer counts.
        let (name, none) = (("name", Json::of(&*size)), ("revisionName", Json::raw("null".to_owned())));
        holes.set("$type", if resized { object(&[name, none]) } else { object(&[name]) });
        return Ok(());
    };
    match parse_number(cores) {
        Some(cores) if memory.ends_with(['i', 'M', 'G', 'T']) => holes.set("$cores", cores.into()),
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
        let (namespace, rest) = id.split_once('/').unwrap_or((link.setting("location"), &*id));
        if rest.contains('/') {
            return Err(Error::invalid("an id is a name, or namespace/name"));
        }
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

const API: Api = Api {
    pages: Pages::Next("continue", "metadata/continue"),
    operations: &[
        Operation(
            "list_nodes",
            "GATHER items=items GET /apis/kubevirt.io/{+$v1}/virtualmachines?limit=500
GATHER instances?=items GET /apis/kubevirt.io/{+$v1}/virtualmachineinstances?limit=500",
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
            "GATHER items=items GET /apis/kubevirt.io/{+$v1}/virtualmachines?limit=500",
            "??items[]/spec/template/spec/volumes[]/containerDisk/image",
        ),
        Operation("list_locations", "GET /api/v1/namespaces?limit=500", "items"),
        Operation("list_volumes", "GET /api/{+$v1}/persistentvolumeclaims?limit=500", "items"),
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
                    "namespace=metadata/namespace,uid=metadata/uid,labels=metadata/labels,cpu=spec/template/spec/domain/cpu/cores,memory=spec/template/spec/domain/memory/guest,instancetype=spec/instancetype,runStrategy=spec/runStrategy,volumes=spec/template/spec/volumes,status=status/printableStatus,conditions=status/conditions",
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
                ("extra", "labels=metadata/labels,gpus=spec/gpus"),
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
                    "namespace=metadata/namespace,uid=metadata/uid,labels=metadata/labels,storage_class_name=spec/storageClassName,access_modes=spec/accessModes,volume_mode=spec/volumeMode,volume_name=spec/volumeName,phase=status/phase",
                ),
            ],
        ),
    ],
    node_states: &[
        ("Stopped", NodeState::Stopped),
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
        // Of a new one nothing else is said, or what it waits for.
        ("Always", NodeState::Pending),
    ],
    volume_states: &[("Pending", VolumeState::Creating), ("Bound", VolumeState::Available), ("Lost", VolumeState::Error)],
    prepare,
    ..Api::NOTHING
};
