//! Azure virtual machines, by Azure Resource Manager. <https://learn.microsoft.com/rest/api/compute/virtual-machines>

mod prepare;

use super::rest::{Api, Operation, Pages, Rest, fault_at, names, with_kinds};
use super::{Cloud, Config, Open, azure, hidden, optional, required};
use crate::compute::{NodeState, SnapshotState, VolumeState};
use crate::core::auth::{Auth, Header};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::http::{Response, plain_endpoint, split_endpoint};
use crate::core::link::{Account, Fault};

/// Azure. Ids are the paths by which Azure knows things: `/subscriptions/s/resourceGroups/g/providers/…/web-1`. `g/web-1` does
/// too, and a name alone, of things of the account's resource group; what is made as `g/web-1` is made in that group. Azure makes
/// by name: what has the name already is changed.
///
/// An image is `Canonical:ubuntu-24_04-lts:server:latest`, or one's own by its path. Those of a publisher are listed by the owner
/// `Canonical`, or narrower `Canonical:ubuntu-24_04-lts:server`; without one, one's own.
///
/// A node is in a virtual network's subnet, named `default` where the network alone is given, or takes a network interface. It
/// has a public address, unless `extra: {"publicIp": false}`, which no traffic reaches before a security group lets it in. Disk,
/// interface and address go when it is destroyed. What else is in `extra` goes into the request, as
/// `{"zones": ["1"], "properties": {"storageProfile": {"osDisk": {"diskSizeGB": 64}}}}`. An image is made of a node that is
/// stopped and generalized. A device is the number that Azure calls a LUN.
pub const CLOUD: Cloud = Cloud {
    name: "azure-arm",
    title: "Azure Virtual Machines",
    docs: "https://learn.microsoft.com/rest/api/compute/virtual-machines",
    fields: &[
        required("subscriptionId", "the subscription's id"),
        optional("tenantId", "an application of Entra ID: its directory"),
        optional("clientId", "the application's id"),
        hidden("clientSecret", "the application's secret"),
        hidden("token", "in place of an application: a token of Entra ID for https://management.azure.com"),
        optional("resourceGroup", "the resource group that things are made in and listed from; without it those of all are listed"),
        optional("location", "the location, as westeurope: of sizes and images, and of what is made without one"),
        optional("username", "the administrator of nodes that are made; azureuser by default"),
        optional("authority", "where Entra ID is; https://login.microsoftonline.com by default"),
        optional("endpoint", "where the API is; https://management.azure.com by default"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), ..Open::NONE },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let endpoint = plain_endpoint(config.or("endpoint", "https://management.azure.com"))?;
    let (origin, _) = split_endpoint(&endpoint)?;
    let application = ["tenantId", "clientId", "clientSecret"].map(|field| !config.get(field).is_empty());
    let auth: Box<dyn Auth> = match (application, config.get("token")) {
        ([true, true, true], "") => Box::new(azure::entra(config, origin)),
        ([false, false, false], token) if !token.is_empty() => Box::new(Header::bearer(token)?),
        _ => return Err(Error::invalid("give tenantId with clientId and clientSecret, or a token")),
    };
    let mut account = Account::new(CLOUD.name, &endpoint, auth, fault, host)?;
    for (name, value) in [
        ("subscription", config.get("subscriptionId")),
        ("group", config.get("resourceGroup")),
        ("location", config.get("location")),
        ("username", config.or("username", "azureuser")),
        // Versions of the API.
        ("vm", "2026-03-01"),
        ("disk", "2025-01-02"),
        ("gallery", "2025-03-03"),
        ("sku", "2021-07-01"),
        ("net", "2025-05-01"),
        ("rm", "2025-04-01"),
    ] {
        account = account.with(name, value);
    }
    Ok(account)
}

/// Reads an error answer, Azure's or Entra ID's.
fn fault(response: &Response) -> Fault {
    let fault = fault_at(response, "error/message|error_description|message", "error/code|error|code", "correlation_id");
    let mut fault = with_kinds(fault, KINDS);
    // What follows the first line is for the provider's support.
    fault.message = fault.message.and_then(|message| message.lines().next().map(str::to_owned));
    // A quota is told by a sentence alone.
    let of_quota = |message: &str| message.split(' ').any(|word| word.starts_with("quota") || word.starts_with("Quota"));
    if fault.code.as_deref() == Some("OperationNotAllowed") && fault.message.as_deref().is_some_and(of_quota) {
        fault.kind = Some(Kind::Quota);
    }
    let id = response.headers.get("x-ms-request-id").map(str::to_owned);
    fault.request_id = fault.request_id.or(id);
    fault
}

/// Codes whose status says less.
/// <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>
const KINDS: &[(&str, Kind)] = &[
    ("AuthenticationFailed", Kind::Unauthorized),
    ("invalid_client", Kind::Unauthorized),
    ("unauthorized_client", Kind::Unauthorized),
    ("QuotaExceeded", Kind::Quota),
    ("SkuNotAvailable", Kind::Quota),
    ("AllocationFailed", Kind::Quota),
    ("AllocationRequest", Kind::Quota),
    ("InUse", Kind::Conflict),
    ("CannotBeDeleted", Kind::Conflict),
];

/// Lines whose last begins what may take long, which is awaited.
macro_rules! done {
    ($lines:literal) => {
        concat!($lines, "\nKEEP url?=@azure-asyncoperation|@location\nWITH url UNTIL status=Succeeded,~Failed,~Canceled,!error GET @url")
    };
}

/// Lines whose last begins the making of what is then at the path.
macro_rules! made {
    ($lines:literal, $path:literal) => {
        concat!(done!($lines), "\nWITH url GET ", $path)
    };
}

/// A node with its state and addresses.
macro_rules! node {
    ($path:literal) => {
        concat!(
            "GET ",
            $path,
            "?$expand=instanceView&api-version={$vm}
FOR properties/networkProfile/networkInterfaces[] GATHER nics?= GET {+.id}?api-version={$net}
FOR nics[]/properties/ipConfigurations[]/properties/publicIPAddress GATHER ips?= GET {+.id}?api-version={$net}"
        )
    };
}

const API: Api = Api {
    pages: Pages::Link("nextLink"),
    operations: &[
        // The state of all nodes is told of a whole subscription at once, of a group's one by one.
        Operation(
            "list_nodes",
            "GATHER value=value GET {+$all}Microsoft.Compute/virtualMachines?api-version={$vm}
WITH !$group GATHER states=value GET {+$all}Microsoft.Compute/virtualMachines?statusOnly=true&api-version={$vm}
WITH $group FOR value[] GATHER states?= GET {+.id}?$expand=instanceView&api-version={$vm}
GATHER nics?=value GET {+$all}Microsoft.Network/networkInterfaces?api-version={$net}
GATHER ips?=value GET {+$all}Microsoft.Network/publicIPAddresses?api-version={$net}",
            "value",
        ),
        Operation("get_node", node!("{+node}"), ""),
        Operation(
            "create_node",
            concat!(
                done!(
                    r#"WITH keyPair GET {+keyPair}?api-version={$vm}
WITH keyPair KEEP key=properties/publicKey
PUT {+$home}Microsoft.Compute/virtualMachines/{name}?api-version={$vm} {"location":"{location}","tags":"{tags}","properties":{"hardwareProfile":{"vmSize":"{size}"},"storageProfile":{"imageReference":"{image}","osDisk":{"createOption":"FromImage","deleteOption":"Delete"}},"osProfile":{"computerName":"{name}","adminUsername":"{$username}","adminPassword":"{password}","customData":"{userData|base64}","linuxConfiguration":{"disablePasswordAuthentication":"{$only}","ssh":{"publicKeys":[{"path":"{$path}","keyData":"{key}"}]}}},"networkProfile":"{networks}"},"...":"{extra}"}"#
                ),
                "\n",
                node!("{+$home}Microsoft.Compute/virtualMachines/{name}")
            ),
            "",
        ),
        Operation("destroy_node", done!("DELETE {+node}?api-version={$vm}"), ""),
        Operation("reboot_node", done!("POST {+node}/restart?api-version={$vm}"), ""),
        Operation("start_node", done!("POST {+node}/start?api-version={$vm}"), ""),
        // A node that is off and has its machine costs on.
        Operation("stop_node", done!("POST {+node}/deallocate?api-version={$vm}"), ""),
        Operation("resize_node", done!(r#"PATCH {+node}?api-version={$vm} {"properties":{"hardwareProfile":{"vmSize":"{size}"}}}"#), ""),
        Operation(
            "list_sizes",
            "GET {+$any}Microsoft.Compute/skus?$filter={$where}&api-version={$sku}",
            "value[resourceType=virtualMachines]",
        ),
        Operation(
            "list_images",
            "WITH $offers GATHER offers= GET {+$offers}?api-version={$vm}
FOR offers[] GATHER skus= GET {+.id}/skus?api-version={$vm}
WITH $skus GATHER skus= GET {+$skus}?api-version={$vm}
FOR skus[] GATHER versions= GET {+.id}/versions?api-version={$vm}
WITH $versions GATHER versions= GET {+$versions}?api-version={$vm}
WITH !$publisher GATHER images=value GET {+$all}Microsoft.Compute/images?api-version={$vm}
WITH !$publisher GATHER galleries=value GET {+$all}Microsoft.Compute/galleries?api-version={$gallery}
FOR galleries[] GATHER shared?=value GET {+.id}/images?api-version={$gallery}",
            "?images|shared|versions",
        ),
        Operation("get_image", "GET {+image}?api-version={$version}", ""),
        Operation(
            "create_image",
            made!(
                r#"GET {+node}?$expand=instanceView&api-version={$vm}
PUT {+$home}Microsoft.Compute/images/{name}?api-version={$vm} {"location":"{.location}","properties":{"sourceVirtualMachine":{"id":"{node}"},"hyperVGeneration":"{.properties/instanceView/hyperVGeneration}"}}"#,
                "{+$home}Microsoft.Compute/images/{name}?api-version={$vm}"
            ),
            "",
        ),
        Operation("delete_image", done!("DELETE {+image}?api-version={$version}"), ""),
        Operation(
            "list_locations",
            "GET {+$any}Microsoft.Compute?api-version={$rm}",
            "resourceTypes[resourceType=virtualMachines]/locations",
        ),
        Operation("list_volumes", "GET {+$all}Microsoft.Compute/disks?api-version={$disk}", "value"),
        Operation("get_volume", "GET {+volume}?api-version={$disk}", ""),
        Operation(
            "create_volume",
            made!(
                r#"PUT {+$home}Microsoft.Compute/disks/{name}?api-version={$disk} {"location":"{location}","sku":{"name":"{volumeType}"},"properties":{"creationData":{"createOption":"{$how}","sourceResourceId":"{snapshot}"},"diskSizeGB":"{size}","diskIOPSReadWrite":"{iops}"}}"#,
                "{+$home}Microsoft.Compute/disks/{name}?api-version={$disk}"
            ),
            "",
        ),
        Operation(
            "attach_volume",
            done!(
                r#"POST {+node}/attachDetachDataDisks?api-version={$vm} {"dataDisksToAttach":[{"diskId":"{volume}","lun":"{device#}"}]}"#
            ),
            "",
        ),
        Operation(
            "detach_volume",
            done!(
                r#"GET {+volume}?api-version={$disk}
KEEP node=managedBy
POST {+node}/attachDetachDataDisks?api-version={$vm} {"dataDisksToDetach":[{"diskId":"{volume}"}]}"#
            ),
            "",
        ),
        Operation("destroy_volume", done!("DELETE {+volume}?api-version={$disk}"), ""),
        Operation("list_volume_snapshots", "GET {+$all}Microsoft.Compute/snapshots?api-version={$disk}", "value"),
        Operation(
            "create_volume_snapshot",
            made!(
                r#"GET {+volume}?api-version={$disk}
PUT {+$home}Microsoft.Compute/snapshots/{name}?api-version={$disk} {"location":"{.location}","properties":{"creationData":{"createOption":"Copy","sourceResourceId":"{volume}"}}}"#,
                "{+$home}Microsoft.Compute/snapshots/{name}?api-version={$disk}"
            ),
            "",
        ),
        Operation("destroy_volume_snapshot", done!("DELETE {+snapshot}?api-version={$disk}"), ""),
        Operation("list_key_pairs", "GET {+$all}Microsoft.Compute/sshPublicKeys?api-version={$vm}", "value"),
        Operation("get_key_pair", "GET {+keyPair}?api-version={$vm}", ""),
        Operation(
            "create_key_pair",
            r#"PUT {+$home}Microsoft.Compute/sshPublicKeys/{name}?api-version={$vm} {"location":"{$location}"}
POST {+$home}Microsoft.Compute/sshPublicKeys/{name}/generateKeyPair?api-version={$vm}"#,
            "",
        ),
        Operation(
            "import_key_pair",
            r#"PUT {+$home}Microsoft.Compute/sshPublicKeys/{name}?api-version={$vm} {"location":"{$location}","properties":{"publicKey":"{publicKey}"}}"#,
            "",
        ),
        Operation("delete_key_pair", "DELETE {+keyPair}?api-version={$vm}", ""),
        Operation("list_tags", "GET {+node}?api-version={$vm}", "?tags"),
        Operation(
            "set_tags",
            done!(
                r#"PATCH {+node}/providers/Microsoft.Resources/tags/default?api-version={$rm} {"operation":"Merge","properties":{"tags":"{tags}"}}"#
            ),
            "",
        ),
        Operation(
            "delete_tags",
            done!(
                r#"GET {+node}/providers/Microsoft.Resources/tags/default?api-version={$rm}
KEEP old?=properties/tags
WITH old PATCH {+node}/providers/Microsoft.Resources/tags/default?api-version={$rm} {"operation":"Replace","properties":{"tags":"{old|without:names}"}}"#
            ),
            "",
        ),
        Operation("list_networks", "GET {+$all}Microsoft.Network/virtualNetworks?api-version={$net}", "value"),
        Operation(
            "create_network",
            made!(
                r#"PUT {+$home}Microsoft.Network/virtualNetworks/{name}?api-version={$net} {"location":"{$location}","properties":{"addressSpace":{"addressPrefixes":["{cidr}"]},"subnets":[{"name":"default","properties":{"addressPrefix":"{cidr}"}}]}}"#,
                "{+$home}Microsoft.Network/virtualNetworks/{name}?api-version={$net}"
            ),
            "",
        ),
        Operation("delete_network", done!("DELETE {+network}?api-version={$net}"), ""),
        Operation("list_security_groups", "GET {+$all}Microsoft.Network/networkSecurityGroups?api-version={$net}", "value"),
        Operation(
            "create_security_group",
            made!(
                r#"PUT {+$home}Microsoft.Network/networkSecurityGroups/{name}?api-version={$net} {"location":"{$location}"}"#,
                "{+$home}Microsoft.Network/networkSecurityGroups/{name}?api-version={$net}"
            ),
            "",
        ),
        Operation("delete_security_group", done!("DELETE {+securityGroup}?api-version={$net}"), ""),
        Operation(
            "add_security_group_rule",
            done!(
                r#"GET {+securityGroup}?api-version={$net}
PUT {+securityGroup}/securityRules/{$rule|host}?api-version={$net} {"properties":{"access":"Allow","direction":"{$direction}","priority":"{.properties/securityRules|free:100:properties/priority}","protocol":"{$protocol}","sourceAddressPrefix":"{$source}","sourcePortRange":"*","destinationAddressPrefix":"{$destination}","destinationPortRange":"{$ports}"}}"#
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
                (
                    "state",
                    "properties/provisioningState|properties/instanceView/statuses[]/code|id@states/properties/instanceView/statuses[]/code",
                ),
                (
                    "publicIps",
                    "properties/networkProfile/networkInterfaces[]/id@nics/properties/ipConfigurations[]/properties/publicIPAddress/id@ips/properties/ipAddress",
                ),
                (
                    "privateIps",
                    "properties/networkProfile/networkInterfaces[]/id@nics/properties/ipConfigurations[]/properties/privateIPAddress",
                ),
                ("size", "properties/hardwareProfile/vmSize"),
                (
                    "image",
                    "={.properties/storageProfile/imageReference/publisher}:{.properties/storageProfile/imageReference/offer}:{.properties/storageProfile/imageReference/sku}:{.properties/storageProfile/imageReference/version};properties/storageProfile/imageReference/id",
                ),
                ("createdAt", "properties/timeCreated"),
                ("extra", "id,name,type,location,zones,tags,plan,identity,properties,resources"),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!name"),
                ("name", "name"),
                ("ram", "capabilities[name=MemoryGB]/value*1024"),
                ("disk", "capabilities[name=MaxResourceVolumeMB]/value%1024"),
                ("vcpus", "capabilities[name=vCPUs]/value"),
                (
                    "extra",
                    "numberOfCores=capabilities[name=vCPUs]/value,osDiskSizeInMB=capabilities[name=OSVhdSizeMB]/value,maxDataDiskCount=capabilities[name=MaxDataDiskCount]/value,tier,family,locationInfo,restrictions,capabilities",
                ),
            ],
        ),
        (
            "NodeImage",
            &[
                ("id", "!={.id|step:8}:{.id|step:12}:{.id|step:14}:{.id|step:16};id"),
                ("name", "={.id|step:8} {.id|step:12} {.id|step:14} {.id|step:16};name"),
                ("extra", "id,location,tags,properties"),
            ],
        ),
        ("NodeLocation", &[("id", "!={.|lower|packed}"), ("name", "")]),
        (
            "Volume",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "properties/diskSizeGB"),
                ("state", "properties/provisioningState|properties/diskState"),
                ("extra", "id,name,type,location,zones,tags,sku,managedBy,managedByExtended,properties"),
            ],
        ),
        (
            "VolumeSnapshot",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("size", "properties/diskSizeGB"),
                ("state", "properties/provisioningState"),
                ("volume", "properties/creationData/sourceResourceId|properties/creationData/sourceUri"),
                ("createdAt", "properties/timeCreated"),
                ("extra", "id,name,type,location,tags,sku,properties,source_id=properties/creationData/sourceResourceId"),
            ],
        ),
        (
            "KeyPair",
            &[
                // A new pair has no more than its id and keys.
                ("name", "!={.name};={.id|tail}"),
                ("publicKey", "publicKey|properties/publicKey"),
                ("privateKey", "privateKey"),
                ("extra", "id,location,tags"),
            ],
        ),
        (
            "Network",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("cidr", "properties/addressSpace/addressPrefixes[]"),
                ("extra", "id,location,tags,properties"),
            ],
        ),
        ("SecurityGroup", &[("id", "!id"), ("name", "name"), ("extra", "rules=properties/securityRules,id,location,tags,properties")]),
    ],
    node_states: &[
        ("Creating", NodeState::Pending),
        ("Updating", NodeState::Updating),
        ("Deleting", NodeState::Terminated),
        ("Failed", NodeState::Error),
        ("ProvisioningState/creating", NodeState::Pending),
        ("ProvisioningState/updating", NodeState::Updating),
        ("ProvisioningState/deleting", NodeState::Terminated),
        ("PowerState/starting", NodeState::Starting),
        ("PowerState/running", NodeState::Running),
        ("PowerState/stopping", NodeState::Stopping),
        // Off, but it has its machine still.
        ("PowerState/stopped", NodeState::Paused),
        ("PowerState/deallocating", NodeState::Stopping),
        ("PowerState/deallocated", NodeState::Stopped),
    ],
    volume_states: &[
        ("Creating", VolumeState::Creating),
        ("Updating", VolumeState::Updating),
        ("Deleting", VolumeState::Deleting),
        ("Failed", VolumeState::Error),
        ("Unattached", VolumeState::Available),
        ("Attached", VolumeState::InUse),
        ("Reserved", VolumeState::InUse),
        ("ActiveSAS", VolumeState::InUse),
    ],
    snapshot_states: &[
        ("Creating", SnapshotState::Creating),
        ("Updating", SnapshotState::Updating),
        ("Succeeded", SnapshotState::Available),
        ("Deleting", SnapshotState::Deleting),
        ("Failed", SnapshotState::Error),
    ],
    prepare: prepare::prepare,
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use std::future::Future;
    use std::rc::Rc;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::compute::Compute;
    use crate::core::http::Headers;
    use crate::core::link::Link;
    use crate::core::task::Task;
    use crate::core::wire::Pairs;
    use crate::hosts::script::{Answer, Script};

    #[test]
    fn accounts() {
        let open = |fields: &[(&str, &str)]| {
            let pairs = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            account(&Config::new(&CLOUD, Pairs(pairs.collect()))?, Script::new(0, []))
        };
        let application = [("subscriptionId", "s"), ("tenantId", "t"), ("clientId", "c"), ("clientSecret", "x")];
        assert!(open(&application).unwrap().auth().logs_in());
        assert!(!open(&[("subscriptionId", "s"), ("token", "eyJ")]).unwrap().auth().logs_in());
        for fields in [
            &[("subscriptionId", "s")][..],
            &[("token", "eyJ")],
            &application[..3],
            &[&application[..], &[("token", "eyJ")]].concat(),
            &[("subscriptionId", "s"), ("token", "eyJ"), ("endpoint", "management.azure.com")],
        ] {
            assert_eq!(open(fields).unwrap_err().kind(), Kind::Invalid, "{fields:?}");
        }
    }

    #[test]
    fn without_a_group_the_states_of_all_nodes_come_at_once() {
        let vm = |more: &str| [r#"{"value":[{"id":"/subscriptions/s/x/n","name":"n","properties":{"#, more, "}}]}"].concat();
        let answers = [
            vm(r#""networkProfile":{"networkInterfaces":[{"id":"/subscriptions/s/NIC"}]}"#),
            vm(r#""instanceView":{"statuses":[{"code":"ProvisioningState/succeeded"},{"code":"PowerState/running"}]}"#),
            r#"{"value":[{"id":"/subscriptions/s/nic","properties":{"ipConfigurations":[{"properties":{"privateIPAddress":"10.0.0.4"}}]}}]}"#.into(),
            r#"{"value":[]}"#.into(),
        ];
        let host = Script::new(0, answers.map(|answer| Answer::of(200, answer)));
        let pairs = Pairs([("subscriptionId", "s"), ("token", "t")].map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let account = Rc::new(account(&Config::new(&CLOUD, pairs).unwrap(), host.clone()).unwrap());
        let mut rest = Rest(Link::new(&account, Task::default()), &API);
        let mut call = std::pin::pin!(rest.list_nodes());
        let nodes = loop {
            if let Poll::Ready(nodes) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                break nodes.unwrap();
            }
        };
        assert_eq!((nodes.len(), nodes[0].state, nodes[0].private_ips.join(" ")), (1, NodeState::Running, "10.0.0.4".to_owned()));
        let seen: Vec<_> =
            host.seen().into_iter().map(|seen| seen.url.replace("https://management.azure.com/subscriptions/s/providers/", "")).collect();
        let want = [
            "Microsoft.Compute/virtualMachines?api-version=2026-03-01",
            "Microsoft.Compute/virtualMachines?statusOnly=true&api-version=2026-03-01",
            "Microsoft.Network/networkInterfaces?api-version=2025-05-01",
            "Microsoft.Network/publicIPAddresses?api-version=2025-05-01",
        ];
        assert_eq!(seen, want);
    }

    #[test]
    fn errors_have_kinds() {
        for (status, body, kind, code, message) in [
            (
                401,
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: no.\r\nTrace ID: x","correlation_id":"r"}"#,
                Some(Kind::Unauthorized),
                "invalid_client",
                "AADSTS7000215: no.",
            ),
            (
                409,
                r#"{"error":{"code":"OperationNotAllowed","message":"Over the quota."}}"#,
                Some(Kind::Quota),
                "OperationNotAllowed",
                "Over the quota.",
            ),
            (409, r#"{"error":{"code":"OperationNotAllowed","message":"It runs."}}"#, None, "OperationNotAllowed", "It runs."),
            (400, r#"{"error":{"code":"QuotaExceeded","message":"m"}}"#, Some(Kind::Quota), "QuotaExceeded", "m"),
            (400, r#"{"error":{"code":"NicInUse","message":"m"}}"#, Some(Kind::Conflict), "NicInUse", "m"),
        ] {
            let said = fault(&Response::new(status, Headers::default(), body.into()));
            assert_eq!((said.kind, said.code.as_deref(), said.message.as_deref()), (kind, Some(code), Some(message)), "{body}");
        }
    }
}
