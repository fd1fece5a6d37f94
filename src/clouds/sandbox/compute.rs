//! Compute of the sandbox.

use super::{change, extra, pairs};
use crate::compute::{
    Compute, CreateNode, CreateVolume, KeyPair, Network, Node, NodeImage, NodeLocation, NodeSize, NodeState, Rule, SecurityGroup,
    SnapshotState, Volume, VolumeSnapshot, VolumeState,
};
use crate::core::call::Call;
use crate::core::error::Result;
use crate::core::http::{Request, path};
use crate::core::link::Link;
use crate::core::wire::{Doc, Json, Pairs, array, object};

/// What it has: all but a copy from another region (there is one only) and key pairs made by the provider (a private key
/// made up here would open nothing).
pub(super) const OPERATIONS: &[&str] = &[
    "listNodes",
    "getNode",
    "createNode",
    "destroyNode",
    "rebootNode",
    "startNode",
    "stopNode",
    "listSizes",
    "listImages",
    "getImage",
    "createImage",
    "deleteImage",
    "listLocations",
    "listVolumes",
    "getVolume",
    "createVolume",
    "attachVolume",
    "detachVolume",
    "destroyVolume",
    "listVolumeSnapshots",
    "createVolumeSnapshot",
    "destroyVolumeSnapshot",
    "listKeyPairs",
    "getKeyPair",
    "importKeyPair",
    "deleteKeyPair",
    "listTags",
    "setTags",
    "deleteTags",
    "listNetworks",
    "createNetwork",
    "deleteNetwork",
    "listSecurityGroups",
    "createSecurityGroup",
    "deleteSecurityGroup",
    "addSecurityGroupRule",
];

/// Compute. Stopping, starting and restarting take a while, like booting.
pub(super) struct Sandbox(pub Link);

impl Sandbox {
    fn list<'d, T: 'd>(&'d mut self, operation: &'static str, kind: &str, read: fn(Doc<'_>) -> Result<T>) -> Call<'d, Vec<T>> {
        Call::json(&mut self.0, operation, Request::get(path("/*", &[kind])), move |d| d.all(read))
    }

    fn get<'d, T: 'd>(&'d mut self, operation: &'static str, kind: &str, id: &str, read: fn(Doc<'_>) -> Result<T>) -> Call<'d, T> {
        Call::json(&mut self.0, operation, Request::get(path("/*/*", &[kind, id])), read)
    }

    fn create<'d, T: 'd>(
        &'d mut self,
        operation: &'static str,
        kind: &str,
        body: &[(&str, Json)],
        read: fn(Doc<'_>) -> Result<T>,
    ) -> Call<'d, T> {
        let request = change(&self.0, Request::post(path("/*", &[kind])).json(object(body)));
        Call::json(&mut self.0, operation, request, read)
    }

    fn delete(&mut self, operation: &'static str, kind: &str, id: &str) -> Call<'_, ()> {
        let request = change(&self.0, Request::delete(path("/*/*", &[kind, id])));
        Call::done(&mut self.0, operation, request)
    }

    /// An order to a thing, by name.
    fn order(&mut self, operation: &'static str, parts: &[&str; 3], body: &[(&str, Json)]) -> Call<'_, ()> {
        let request = change(&self.0, Request::post(path("/*/*/*", parts)).json(object(body)));
        Call::done(&mut self.0, operation, request)
    }

    fn tag(&mut self, operation: &'static str, node: &str, tags: Json) -> Call<'_, ()> {
        let request = change(&self.0, Request::patch(path("/nodes/*", &[node])).json(tags));
        Call::done(&mut self.0, operation, request)
    }
}

impl Compute for Sandbox {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_nodes(&mut self) -> Call<'_, Vec<Node>> {
        self.list("list_nodes", "nodes", node)
    }

    fn get_node(&mut self, id: &str) -> Call<'_, Node> {
        self.get("get_node", "nodes", id, node)
    }

    /// The password and `extra` are not used: there is nothing to log in to.
    fn create_node(&mut self, options: &CreateNode) -> Call<'_, Node> {
        let texts = |list: &[String]| array(list.iter().map(Json::from));
        let body = object(&[
            ("name", (&options.name).into()),
            ("image", (&options.image).into()),
            ("size", (&options.size).into()),
            ("location", options.location.clone().into()),
            ("keyPair", options.key_pair.clone().into()),
            ("userData", options.user_data.clone().into()),
            ("networks", texts(&options.networks)),
            ("securityGroups", texts(&options.security_groups)),
            ("tags", (&options.tags).into()),
        ]);
        let request = change(&self.0, Request::post("/nodes").json(body));
        let request = request.header_opt(super::host::TOKEN, options.idempotency_token.clone());
        Call::json(&mut self.0, "create_node", request, node)
    }

    fn destroy_node(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("destroy_node", "nodes", id)
    }

    fn reboot_node(&mut self, id: &str) -> Call<'_, ()> {
        self.order("reboot_node", &["nodes", id, "reboot"], &[])
    }

    fn start_node(&mut self, id: &str) -> Call<'_, ()> {
        self.order("start_node", &["nodes", id, "start"], &[])
    }

    fn stop_node(&mut self, id: &str) -> Call<'_, ()> {
        self.order("stop_node", &["nodes", id, "stop"], &[])
    }

    fn list_sizes(&mut self) -> Call<'_, Vec<NodeSize>> {
        self.list("list_sizes", "sizes", size)
    }

    /// `owner` is `self` or `sandbox`.
    fn list_images(&mut self, owner: Option<&str>) -> Call<'_, Vec<NodeImage>> {
        let owner = owner.map(str::to_owned);
        let wanted = move |d: &Doc<'_>| owner.as_deref().is_none_or(|owner| d.text("owner") == owner);
        Call::json(&mut self.0, "list_images", Request::get("/images"), move |d| d.children().filter(&wanted).map(image).collect())
    }

    fn get_image(&mut self, id: &str) -> Call<'_, NodeImage> {
        self.get("get_image", "images", id, image)
    }

    fn create_image(&mut self, node: &str, name: &str, description: Option<&str>) -> Call<'_, NodeImage> {
        let description = description.map_or_else(Json::default, Json::from);
        self.create("create_image", "images", &[("node", node.into()), ("name", name.into()), ("description", description)], image)
    }

    fn delete_image(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("delete_image", "images", id)
    }

    fn list_locations(&mut self) -> Call<'_, Vec<NodeLocation>> {
        self.list("list_locations", "locations", location)
    }

    fn list_volumes(&mut self) -> Call<'_, Vec<Volume>> {
        self.list("list_volumes", "volumes", volume)
    }

    fn get_volume(&mut self, id: &str) -> Call<'_, Volume> {
        self.get("get_volume", "volumes", id, volume)
    }

    fn create_volume(&mut self, options: &CreateVolume) -> Call<'_, Volume> {
        let body = [
            ("name", (&options.name).into()),
            ("size", options.size.into()),
            ("location", options.location.clone().into()),
            ("snapshot", options.snapshot.clone().into()),
            ("volumeType", options.volume_type.clone().into()),
        ];
        self.create("create_volume", "volumes", &body, volume)
    }

    fn attach_volume(&mut self, node: &str, volume: &str, device: Option<&str>) -> Call<'_, ()> {
        let device = device.map_or_else(Json::default, Json::from);
        self.order("attach_volume", &["volumes", volume, "attach"], &[("node", node.into()), ("device", device)])
    }

    fn detach_volume(&mut self, volume: &str) -> Call<'_, ()> {
        self.order("detach_volume", &["volumes", volume, "detach"], &[])
    }

    fn destroy_volume(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("destroy_volume", "volumes", id)
    }

    fn list_volume_snapshots(&mut self, volume: Option<&str>) -> Call<'_, Vec<VolumeSnapshot>> {
        let volume = volume.map(str::to_owned);
        let wanted = move |d: &Doc<'_>| volume.as_deref().is_none_or(|volume| d.text("volume") == volume);
        let request = Request::get("/snapshots");
        Call::json(&mut self.0, "list_volume_snapshots", request, move |d| d.children().filter(&wanted).map(snapshot).collect())
    }

    fn create_volume_snapshot(&mut self, volume: &str, name: Option<&str>) -> Call<'_, VolumeSnapshot> {
        let body = [("volume", volume.into()), ("name", name.map_or_else(Json::default, Json::from))];
        self.create("create_volume_snapshot", "snapshots", &body, snapshot)
    }

    fn destroy_volume_snapshot(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("destroy_volume_snapshot", "snapshots", id)
    }

    fn list_key_pairs(&mut self) -> Call<'_, Vec<KeyPair>> {
        self.list("list_key_pairs", "key-pairs", key_pair)
    }

    fn get_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        self.get("get_key_pair", "key-pairs", name, key_pair)
    }

    fn import_key_pair(&mut self, name: &str, public_key: &str) -> Call<'_, KeyPair> {
        self.create("import_key_pair", "key-pairs", &[("name", name.into()), ("publicKey", public_key.into())], key_pair)
    }

    fn delete_key_pair(&mut self, name: &str) -> Call<'_, ()> {
        self.delete("delete_key_pair", "key-pairs", name)
    }

    fn list_tags(&mut self, node: &str) -> Call<'_, Pairs> {
        self.get("list_tags", "nodes", node, |d| Ok(pairs(d.get("tags"))))
    }

    fn set_tags(&mut self, node: &str, tags: &Pairs) -> Call<'_, ()> {
        self.tag("set_tags", node, tags.into())
    }

    fn delete_tags(&mut self, node: &str, names: &[String]) -> Call<'_, ()> {
        let nothing = || Json::raw("null".to_owned());
        let names: Vec<_> = names.iter().map(|name| (name.as_str(), nothing())).collect();
        self.tag("delete_tags", node, object(&names))
    }

    fn list_networks(&mut self) -> Call<'_, Vec<Network>> {
        self.list("list_networks", "networks", network)
    }

    fn create_network(&mut self, name: &str, cidr: &str) -> Call<'_, Network> {
        self.create("create_network", "networks", &[("name", name.into()), ("cidr", cidr.into())], network)
    }

    fn delete_network(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("delete_network", "networks", id)
    }

    fn list_security_groups(&mut self) -> Call<'_, Vec<SecurityGroup>> {
        self.list("list_security_groups", "security-groups", security_group)
    }

    fn create_security_group(&mut self, name: &str, description: &str) -> Call<'_, SecurityGroup> {
        let body = [("name", name.into()), ("description", description.into())];
        self.create("create_security_group", "security-groups", &body, security_group)
    }

    fn delete_security_group(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("delete_security_group", "security-groups", id)
    }

    fn add_security_group_rule(&mut self, group: &str, rule: &Rule) -> Call<'_, ()> {
        let body = [
            ("egress", rule.egress.into()),
            ("protocol", (&rule.protocol).into()),
            ("fromPort", rule.from_port.into()),
            ("toPort", rule.to_port.into()),
            ("cidr", (&rule.cidr).into()),
        ];
        self.order("add_security_group_rule", &["security-groups", group, "rules"], &body)
    }
}

fn node(d: Doc<'_>) -> Result<Node> {
    Ok(Node {
        id: d.need("id")?,
        name: d.need("name")?,
        state: NodeState::parse(d.text("state")).unwrap_or_default(),
        public_ips: d.need("publicIps")?,
        private_ips: d.need("privateIps")?,
        size: d.opt("size"),
        image: d.opt("image"),
        created_at: d.opt("createdAt"),
        extra: extra(
            d,
            &[
                ("location", "location"),
                ("key_name", "keyPair"),
                ("user_data", "userData"),
                ("networks", "networks"),
                ("security_groups", "securityGroups"),
                ("tags", "tags"),
            ],
        ),
    })
}

fn size(d: Doc<'_>) -> Result<NodeSize> {
    Ok(NodeSize {
        id: d.need("id")?,
        name: d.need("name")?,
        ram: d.need("ram")?,
        disk: d.need("disk")?,
        vcpus: d.opt("vcpus"),
        bandwidth: d.opt("bandwidth"),
        price: d.opt("price"),
        extra: extra(d, &[]),
    })
}

fn image(d: Doc<'_>) -> Result<NodeImage> {
    let extra = extra(d, &[("owner", "owner"), ("node", "node"), ("description", "description")]);
    Ok(NodeImage { id: d.need("id")?, name: d.need("name")?, extra })
}

fn location(d: Doc<'_>) -> Result<NodeLocation> {
    Ok(NodeLocation { id: d.need("id")?, name: d.need("name")?, country: None, extra: extra(d, &[]) })
}

fn volume(d: Doc<'_>) -> Result<Volume> {
    let state = VolumeState::parse(d.text("state")).unwrap_or_default();
    let extra = extra(
        d,
        &[
            ("node", "node"),
            ("device", "device"),
            ("location", "location"),
            ("snapshot", "snapshot"),
            ("volume_type", "volumeType"),
            ("created_at", "createdAt"),
        ],
    );
    Ok(Volume { id: d.need("id")?, name: d.need("name")?, size: d.need("size")?, state, extra })
}

fn snapshot(d: Doc<'_>) -> Result<VolumeSnapshot> {
    Ok(VolumeSnapshot {
        id: d.need("id")?,
        name: d.opt("name"),
        size: d.opt("size"),
        state: SnapshotState::parse(d.text("state")).unwrap_or_default(),
        volume: d.opt("volume"),
        created_at: d.opt("createdAt"),
        extra: extra(d, &[]),
    })
}

fn key_pair(d: Doc<'_>) -> Result<KeyPair> {
    Ok(KeyPair { name: d.need("name")?, public_key: d.opt("publicKey"), extra: extra(d, &[]), ..KeyPair::default() })
}

fn network(d: Doc<'_>) -> Result<Network> {
    Ok(Network { id: d.need("id")?, name: d.need("name")?, cidr: d.opt("cidr"), extra: extra(d, &[]) })
}

fn security_group(d: Doc<'_>) -> Result<SecurityGroup> {
    Ok(SecurityGroup {
        id: d.need("id")?,
        name: d.need("name")?,
        description: d.opt("description"),
        extra: extra(d, &[("rules", "rules")]),
    })
}
