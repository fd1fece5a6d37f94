//! Compute of the sandbox.

use super::{ask, change, done, get, request};
use crate::compute::{
    COMPUTE, Compute, CreateNode, CreateVolume, KeyPair, Network, Node, NodeImage, NodeLocation, NodeSize, Rule, SecurityGroup, Volume,
    VolumeSnapshot, all_but,
};
use crate::core::call::Call;
use crate::core::error::Error;
use crate::core::http::{Method, Request};
use crate::core::ip;
use crate::core::link::Link;
use crate::core::wire::{Json, Pairs, array, object, parse_number};

/// What it has: all but a copy from another region (there is one only) and key pairs made by the provider (a private key
/// made up here would open nothing); nor other sizes or images for a node that is there.
pub(super) const OPERATIONS: &[&str] = &all_but::<{ COMPUTE.len() - 4 }>(&["copy_image", "create_key_pair", "resize_node", "rebuild_node"]);

/// Compute. Stopping, starting and restarting take as long as booting.
pub(super) struct Sandbox(pub Link);

impl Sandbox {
    fn delete(&mut self, operation: &'static str, kind: &str, id: &str) -> Call<'_, ()> {
        done(&mut self.0, operation, Method::Delete, "/*/*", &[kind, id], Json::default())
    }

    /// An order to a thing, by name.
    fn order(&mut self, operation: &'static str, parts: &[&str; 3], options: Json) -> Call<'_, ()> {
        done(&mut self.0, operation, Method::Post, "/*/*/*", parts, options)
    }
}

impl Compute for Sandbox {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_nodes(&mut self) -> Call<'_, Vec<Node>> {
        get(&mut self.0, "list_nodes", "/nodes", &[])
    }

    fn get_node(&mut self, id: &str) -> Call<'_, Node> {
        get(&mut self.0, "get_node", "/nodes/*", &[id])
    }

    /// User data, password, the volume to start from and `extra` are not used: nothing runs that could.
    fn create_node(&mut self, options: &CreateNode) -> Call<'_, Node> {
        let texts = |list: &[String]| array(list.iter().map(Json::from));
        let extra = object(&[
            ("location", options.location.as_deref().unwrap_or("sandbox-1").into()),
            ("key_name", options.key_pair.clone().into()),
            ("networks", texts(&options.networks)),
            ("security_groups", texts(&options.security_groups)),
            ("tags", (&options.tags).into()),
        ]);
        let body = object(&[
            ("name", (&options.name).into()),
            ("image", (&options.image).into()),
            ("size", (&options.size).into()),
            ("extra", extra),
        ]);
        let request = request(&self.0, Method::Post, "/nodes", &[], body);
        let request = request.header_opt(super::host::TOKEN, options.idempotency_token.clone());
        let request = request.check(options.need_image());
        ask(&mut self.0, "create_node", request)
    }

    fn destroy_node(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("destroy_node", "nodes", id)
    }

    fn reboot_node(&mut self, id: &str) -> Call<'_, ()> {
        self.order("reboot_node", &["nodes", id, "reboot"], Json::default())
    }

    fn start_node(&mut self, id: &str) -> Call<'_, ()> {
        self.order("start_node", &["nodes", id, "start"], Json::default())
    }

    fn stop_node(&mut self, id: &str) -> Call<'_, ()> {
        self.order("stop_node", &["nodes", id, "stop"], Json::default())
    }

    fn list_sizes(&mut self) -> Call<'_, Vec<NodeSize>> {
        get(&mut self.0, "list_sizes", "/sizes", &[])
    }

    /// `owner` is `self` or `sandbox`.
    fn list_images(&mut self, owner: Option<&str>) -> Call<'_, Vec<NodeImage>> {
        change(&mut self.0, "list_images", Method::Get, "/images", &[], object(&[("extra/owner", opt(owner))]))
    }

    fn get_image(&mut self, id: &str) -> Call<'_, NodeImage> {
        get(&mut self.0, "get_image", "/images/*", &[id])
    }

    fn create_image(&mut self, node: &str, name: &str, description: Option<&str>) -> Call<'_, NodeImage> {
        let extra = object(&[("owner", "self".into()), ("node", node.into()), ("description", opt(description))]);
        change(&mut self.0, "create_image", Method::Post, "/images", &[], object(&[("name", name.into()), ("extra", extra)]))
    }

    fn delete_image(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("delete_image", "images", id)
    }

    fn list_locations(&mut self) -> Call<'_, Vec<NodeLocation>> {
        get(&mut self.0, "list_locations", "/locations", &[])
    }

    fn list_volumes(&mut self) -> Call<'_, Vec<Volume>> {
        get(&mut self.0, "list_volumes", "/volumes", &[])
    }

    fn get_volume(&mut self, id: &str) -> Call<'_, Volume> {
        get(&mut self.0, "get_volume", "/volumes/*", &[id])
    }

    fn create_volume(&mut self, options: &CreateVolume) -> Call<'_, Volume> {
        let body = object(&[
            ("name", (&options.name).into()),
            ("size", options.size.into()),
            ("location", options.location.clone().into()),
            ("snapshot", options.snapshot.clone().into()),
        ]);
        change(&mut self.0, "create_volume", Method::Post, "/volumes", &[], body)
    }

    /// Without a `device`, the first name that the node has free.
    fn attach_volume(&mut self, node: &str, volume: &str, device: Option<&str>) -> Call<'_, ()> {
        self.order("attach_volume", &["volumes", volume, "attach"], object(&[("node", node.into()), ("device", opt(device))]))
    }

    fn detach_volume(&mut self, volume: &str) -> Call<'_, ()> {
        self.order("detach_volume", &["volumes", volume, "detach"], Json::default())
    }

    fn destroy_volume(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("destroy_volume", "volumes", id)
    }

    fn list_volume_snapshots(&mut self, volume: Option<&str>) -> Call<'_, Vec<VolumeSnapshot>> {
        change(&mut self.0, "list_volume_snapshots", Method::Get, "/snapshots", &[], object(&[("volume", opt(volume))]))
    }

    fn create_volume_snapshot(&mut self, volume: &str, name: Option<&str>) -> Call<'_, VolumeSnapshot> {
        let body = object(&[("volume", volume.into()), ("name", opt(name))]);
        change(&mut self.0, "create_volume_snapshot", Method::Post, "/snapshots", &[], body)
    }

    fn destroy_volume_snapshot(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("destroy_volume_snapshot", "snapshots", id)
    }

    fn list_key_pairs(&mut self) -> Call<'_, Vec<KeyPair>> {
        get(&mut self.0, "list_key_pairs", "/key-pairs", &[])
    }

    fn get_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        get(&mut self.0, "get_key_pair", "/key-pairs/*", &[name])
    }

    fn import_key_pair(&mut self, name: &str, public_key: &str) -> Call<'_, KeyPair> {
        let body = object(&[("name", name.into()), ("publicKey", public_key.into())]);
        let two = public_key.trim().contains(' ');
        let request = request(&self.0, Method::Post, "/key-pairs", &[], body);
        ask(&mut self.0, "import_key_pair", checked(request, two, "a public key looks like \"ssh-ed25519 AAAA… comment\""))
    }

    fn delete_key_pair(&mut self, name: &str) -> Call<'_, ()> {
        self.delete("delete_key_pair", "key-pairs", name)
    }

    fn list_tags(&mut self, node: &str) -> Call<'_, Pairs> {
        let request = request(&self.0, Method::Get, "/nodes/*", &[node], Json::default());
        Call::json(&mut self.0, "list_tags", request, |d| d.need("extra/tags"))
    }

    fn set_tags(&mut self, node: &str, tags: &Pairs) -> Call<'_, ()> {
        done(&mut self.0, "set_tags", Method::Patch, "/nodes/*", &[node], tags.into())
    }

    fn delete_tags(&mut self, node: &str, names: &[String]) -> Call<'_, ()> {
        let names: Vec<_> = names.iter().map(|name| (&**name, Json::raw("null".to_owned()))).collect();
        done(&mut self.0, "delete_tags", Method::Patch, "/nodes/*", &[node], object(&names))
    }

    fn list_networks(&mut self) -> Call<'_, Vec<Network>> {
        get(&mut self.0, "list_networks", "/networks", &[])
    }

    fn create_network(&mut self, name: &str, cidr: &str) -> Call<'_, Network> {
        let body = object(&[("name", name.into()), ("cidr", cidr.into())]);
        let request = request(&self.0, Method::Post, "/networks", &[], body);
        ask(&mut self.0, "create_network", checked(request, is_range(cidr), "an address range looks like 10.1.0.0/16"))
    }

    fn delete_network(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("delete_network", "networks", id)
    }

    fn list_security_groups(&mut self) -> Call<'_, Vec<SecurityGroup>> {
        get(&mut self.0, "list_security_groups", "/groups", &[])
    }

    fn create_security_group(&mut self, name: &str, description: &str) -> Call<'_, SecurityGroup> {
        let extra = object(&[("rules", array([]))]);
        let body = object(&[("name", name.into()), ("description", description.into()), ("extra", extra)]);
        change(&mut self.0, "create_security_group", Method::Post, "/groups", &[], body)
    }

    fn delete_security_group(&mut self, id: &str) -> Call<'_, ()> {
        self.delete("delete_security_group", "groups", id)
    }

    fn add_security_group_rule(&mut self, group: &str, rule: &Rule) -> Call<'_, ()> {
        let body = object(&[
            ("egress", rule.egress.into()),
            ("protocol", (&rule.protocol).into()),
            ("fromPort", rule.from_port.into()),
            ("toPort", rule.to_port.into()),
            ("cidr", (&rule.cidr).into()),
        ]);
        let falls = rule.from_port.zip(rule.to_port).is_some_and(|(from, to)| from > to);
        let good = !falls && (matches!(&*rule.cidr, "" | "::/0") || is_range(&rule.cidr));
        let request = request(&self.0, Method::Post, "/*/*/*", &["groups", group, "rules"], body);
        Call::done(&mut self.0, "add_security_group_rule", checked(request, good, "a rule's ports or addresses make no range"))
    }
}

/// A request that is sent only if its input is good.
fn checked(request: Request, good: bool, say: &str) -> Request {
    request.check(if good { Ok(()) } else { Err(Error::invalid(say)) })
}

fn opt(text: Option<&str>) -> Json {
    text.map_or_else(Json::default, Json::from)
}

/// An IPv4 address, and how many bits of it count.
fn is_range(cidr: &str) -> bool {
    let mut sides = cidr.splitn(2, '/');
    sides.next().and_then(ip::v4).is_some() && sides.next().and_then(parse_number).is_some_and(|bits| bits <= 32)
}
