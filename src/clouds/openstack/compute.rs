//! Compute. <https://docs.openstack.org/api-ref/compute/>, <https://docs.openstack.org/api-ref/block-storage/v3/>,
//! <https://docs.openstack.org/api-ref/image/v2/>, <https://docs.openstack.org/api-ref/network/v2/>

use super::read;
use crate::compute::{
    Compute, CreateNode, CreateVolume, KeyPair, Network, Node, NodeImage, NodeLocation, NodeSize, Rule, SecurityGroup, Volume,
    VolumeSnapshot,
};
use crate::core::call::{Call, Cycle, Found, Page, Step, decode};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::{Request, Response, path};
use crate::core::link::Link;
use crate::core::wire::{Doc, Json, Pairs, Tree, array, base64, object, parse_number};

/// Where deployments differ.
pub struct Api {
    /// Who lists images, and where: Glance, or Nova for it.
    pub images: (&'static str, &'static str),
    /// Who has networks, and where: Neutron, or Nova for it.
    pub networks: (&'static str, &'static str),
    /// What Cinder calls the name of a volume or snapshot.
    pub volume_name: &'static str,
    /// Whether a region has zones to choose from.
    pub zones: bool,
}

/// The compute driver: Nova, with Glance for images, Cinder for volumes, Neutron for networks.
///
/// Nova is spoken to in its first microversion, 2.1, which every release has.
pub struct OpenStack {
    link: Link,
    api: &'static Api,
}

impl OpenStack {
    /// A driver for a deployment of this kind.
    pub fn new(link: Link, api: &'static Api) -> Self {
        OpenStack { link, api }
    }

    fn act(&mut self, operation: &'static str, node: &str, action: &str, how: Json) -> Call<'_, ()> {
        Call::done(&mut self.link, operation, action_of(node, action, how))
    }

    /// Whether Neutron itself has the networks.
    fn has_neutron(&self) -> bool {
        self.api.networks.0 == "network"
    }
}

impl Compute for OpenStack {
    fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    fn list_nodes(&mut self) -> Call<'_, Vec<Node>> {
        pages(&mut self.link, "list_nodes", Request::get("/servers/detail"), "servers", read::node)
    }

    fn get_node(&mut self, id: &str) -> Call<'_, Node> {
        Call::json(&mut self.link, "get_node", get_server(id), |doc| read::node(part(doc, "server")?))
    }

    /// Where the cloud's sizes have no disk of their own, `extra.block_device_mapping_v2` makes a volume of the image.
    ///
    /// The members of `extra` go into the request's `server`; `os:scheduler_hints` stands beside it.
    ///
    /// The node's `extra.password` is the administrator's password, which OpenStack says this once.
    fn create_node(&mut self, options: &CreateNode) -> Call<'_, Node> {
        let request = match server(options) {
            Ok(body) => Request::post("/servers").json(body),
            Err(error) => return Call::failed(&mut self.link, "create_node", error),
        };
        let mut password = None;
        Call::steps(&mut self.link, "create_node", request, move |response| {
            let tree = Tree::json(response.text()?)?;
            let server = part(tree.root(), "server")?;
            match password.take() {
                None => {
                    password = Some(server.at("adminPass").map(Doc::json));
                    Ok(Step::Send(get_server(&server.need::<String>("id")?)))
                }
                Some(password) => {
                    let mut node = read::node(server)?;
                    if let Some(password) = password {
                        node.extra = read::with(node.extra, "password", &password);
                    }
                    Ok(Step::Done(node))
                }
            }
        })
    }

    fn destroy_node(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.link, "destroy_node", Request::delete(path("/servers/*", &[id])))
    }

    /// As if the power had been cut.
    fn reboot_node(&mut self, id: &str) -> Call<'_, ()> {
        self.act("reboot_node", id, "reboot", object(&[("type", "HARD".into())]))
    }

    /// Asks the system to restart, as its own command would.
    fn soft_reboot_node(&mut self, id: &str) -> Call<'_, ()> {
        self.act("reboot_node", id, "reboot", object(&[("type", "SOFT".into())]))
    }

    fn start_node(&mut self, id: &str) -> Call<'_, ()> {
        self.act("start_node", id, "os-start", Json::of(&()))
    }

    fn stop_node(&mut self, id: &str) -> Call<'_, ()> {
        self.act("stop_node", id, "os-stop", Json::of(&()))
    }

    fn list_sizes(&mut self) -> Call<'_, Vec<NodeSize>> {
        pages(&mut self.link, "list_sizes", Request::get("/flavors/detail"), "flavors", read::size)
    }

    /// `owner` is a project's id, or a visibility: `public`, `private`, `shared`, `community`, `all`. Where Nova lists the
    /// images, it is `public` for the provider's or `private` for one's own.
    fn list_images(&mut self, owner: Option<&str>) -> Call<'_, Vec<NodeImage>> {
        let (service, list) = self.api.images;
        let filter = match (owner, service) {
            (None, _) => Ok(None),
            (Some(v @ ("public" | "private" | "shared" | "community" | "all")), "image") => Ok(Some(("visibility", v))),
            (Some(id), "image") => Ok(Some(("owner", id))),
            (Some("public"), _) => Ok(Some(("type", "BASE"))),
            (Some("private"), _) => Ok(Some(("type", "SNAPSHOT"))),
            _ => Err(Error::invalid("owner must be public or private here")),
        };
        match filter {
            Err(error) => Call::failed(&mut self.link, "list_images", error),
            Ok(filter) => {
                let (name, value) = filter.unzip();
                // Glance gives 25 a page unless asked for more.
                let most = Some("1000").filter(|_| service == "image");
                let request = Request::get(list).to(service).query_opt("limit", most).query_opt(name.unwrap_or(""), value);
                pages(&mut self.link, "list_images", request, "images", read::image)
            }
        }
    }

    fn get_image(&mut self, id: &str) -> Call<'_, NodeImage> {
        Call::json(&mut self.link, "get_image", get_image(self.api, id), image_itself)
    }

    /// `description` becomes a property of the image.
    fn create_image(&mut self, node: &str, name: &str, description: Option<&str>) -> Call<'_, NodeImage> {
        let metadata = description.map(|text| object(&[("description", text.into())]));
        let how = object(&[("name", name.into()), ("metadata", metadata.unwrap_or_default())]);
        let api = self.api;
        let mut ordered = false;
        Call::steps(&mut self.link, "create_image", action_of(node, "createImage", how), move |response| {
            if ordered {
                return Ok(Step::Done(image_itself(Tree::json(response.text()?)?.root())?));
            }
            ordered = true;
            Ok(Step::Send(get_image(api, &new_image(response)?)))
        })
    }

    fn delete_image(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.link, "delete_image", Request::delete(path("/images/*", &[id])).to(self.api.images.0))
    }

    fn list_locations(&mut self) -> Call<'_, Vec<NodeLocation>> {
        if !self.api.zones {
            return Call::unsupported(&mut self.link, "list_locations");
        }
        Call::json(&mut self.link, "list_locations", Request::get("/os-availability-zone"), |doc| {
            part(doc, "availabilityZoneInfo")?.all(read::location)
        })
    }

    fn list_volumes(&mut self) -> Call<'_, Vec<Volume>> {
        pages(&mut self.link, "list_volumes", Request::get("/volumes/detail").to("volume"), "volumes", read::volume)
    }

    fn get_volume(&mut self, id: &str) -> Call<'_, Volume> {
        Call::json(&mut self.link, "get_volume", get_volume(id), |doc| read::volume(part(doc, "volume")?))
    }

    fn create_volume(&mut self, options: &CreateVolume) -> Call<'_, Volume> {
        let volume = object(&[
            (self.api.volume_name, options.name.as_str().into()),
            ("size", Some(options.size).filter(|size| *size > 0).into()),
            ("availability_zone", maybe(options.location.as_deref())),
            ("snapshot_id", maybe(options.snapshot.as_deref())),
            ("volume_type", maybe(options.volume_type.as_deref())),
        ]);
        let fixed = match options.iops {
            Some(_) => Err(Error::unsupported("Cinder has \"iops\" in types of volumes: give a \"volumeType\" that has them")),
            None => Ok(()),
        };
        let request = Request::post("/volumes").to("volume").json(object(&[("volume", volume)])).check(fixed);
        Call::json(&mut self.link, "create_volume", request, |doc| read::volume(part(doc, "volume")?))
    }

    fn attach_volume(&mut self, node: &str, volume: &str, device: Option<&str>) -> Call<'_, ()> {
        let attachment = object(&[("volumeId", volume.into()), ("device", maybe(device))]);
        let request = Request::post(path("/servers/*/os-volume_attachments", &[node]));
        Call::done(&mut self.link, "attach_volume", request.json(object(&[("volumeAttachment", attachment)])))
    }

    /// From every node that it is attached to.
    fn detach_volume(&mut self, volume: &str) -> Call<'_, ()> {
        let mut attached: Option<Vec<(String, String)>> = None;
        Call::steps(&mut self.link, "detach_volume", get_volume(volume), move |response| {
            let left = match &mut attached {
                Some(left) => left,
                none => {
                    let tree = Tree::json(response.text()?)?;
                    let all: Vec<_> = tree.root().each("volume/attachments").filter_map(read::attachment).collect();
                    if all.is_empty() {
                        return Err(Error::new(Kind::Conflict, "the volume is attached to no node"));
                    }
                    none.insert(all)
                }
            };
            Ok(match left.pop() {
                Some((node, id)) => Step::Send(Request::delete(path("/servers/*/os-volume_attachments/*", &[&node, &id]))),
                None => Step::Done(()),
            })
        })
    }

    fn destroy_volume(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.link, "destroy_volume", Request::delete(path("/volumes/*", &[id])).to("volume"))
    }

    fn list_volume_snapshots(&mut self, volume: Option<&str>) -> Call<'_, Vec<VolumeSnapshot>> {
        let request = Request::get("/snapshots/detail").to("volume").query_opt("volume_id", volume);
        let wanted = volume.map(str::to_owned);
        // Cinder's older versions take no notice of the filter.
        let of_volume = move |mut list: Vec<VolumeSnapshot>| {
            list.retain(|s| wanted.is_none() || s.volume == wanted);
            Ok(list)
        };
        pages(&mut self.link, "list_volume_snapshots", request, "snapshots", read::snapshot)
            .map(of_volume, |list, mut more| list.append(&mut more))
    }

    /// Of a volume in use, too.
    fn create_volume_snapshot(&mut self, volume: &str, name: Option<&str>) -> Call<'_, VolumeSnapshot> {
        let snapshot = object(&[("volume_id", volume.into()), ("force", true.into()), (self.api.volume_name, maybe(name))]);
        let request = Request::post("/snapshots").to("volume").json(object(&[("snapshot", snapshot)]));
        Call::json(&mut self.link, "create_volume_snapshot", request, |doc| read::snapshot(part(doc, "snapshot")?))
    }

    fn destroy_volume_snapshot(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.link, "destroy_volume_snapshot", Request::delete(path("/snapshots/*", &[id])).to("volume"))
    }

    fn list_key_pairs(&mut self) -> Call<'_, Vec<KeyPair>> {
        pages(&mut self.link, "list_key_pairs", Request::get("/os-keypairs"), "keypairs", wrapped_key_pair)
    }

    fn get_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        let request = Request::get(path("/os-keypairs/*", &[name]));
        Call::json(&mut self.link, "get_key_pair", request, wrapped_key_pair)
    }

    fn create_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        Call::json(&mut self.link, "create_key_pair", new_key_pair(name, None), wrapped_key_pair)
    }

    fn import_key_pair(&mut self, name: &str, public_key: &str) -> Call<'_, KeyPair> {
        Call::json(&mut self.link, "import_key_pair", new_key_pair(name, Some(public_key)), wrapped_key_pair)
    }

    fn delete_key_pair(&mut self, name: &str) -> Call<'_, ()> {
        Call::done(&mut self.link, "delete_key_pair", Request::delete(path("/os-keypairs/*", &[name])))
    }

    fn list_tags(&mut self, node: &str) -> Call<'_, Pairs> {
        let request = Request::get(path("/servers/*/metadata", &[node]));
        Call::json(&mut self.link, "list_tags", request, |doc| {
            Ok(Pairs(part(doc, "metadata")?.children().map(|d| (d.key().to_owned(), d.as_text().to_owned())).collect()))
        })
    }

    fn set_tags(&mut self, node: &str, tags: &Pairs) -> Call<'_, ()> {
        let request = Request::post(path("/servers/*/metadata", &[node])).json(object(&[("metadata", Json::of(tags))]));
        Call::done(&mut self.link, "set_tags", request.repeatable())
    }

    fn delete_tags(&mut self, node: &str, names: &[String]) -> Call<'_, ()> {
        let request = |name: &String| Request::delete(path("/servers/*/metadata/*", &[node, name]));
        let mut left: Vec<Request> = names.iter().rev().map(request).collect();
        match left.pop() {
            None => Call::failed(&mut self.link, "delete_tags", Error::invalid("which tags? Give at least one name")),
            Some(first) => Call::steps(&mut self.link, "delete_tags", first, move |_| Ok(left.pop().map_or(Step::Done(()), Step::Send))),
        }
    }

    fn list_networks(&mut self) -> Call<'_, Vec<Network>> {
        let (service, list) = self.api.networks;
        pages(&mut self.link, "list_networks", Request::get(list).to(service), "networks", read::network)
    }

    /// In Neutron, a network and its subnet. When the subnet is refused, the network stays, without one.
    fn create_network(&mut self, name: &str, cidr: &str) -> Call<'_, Network> {
        let (service, list) = self.api.networks;
        let neutron = self.has_neutron();
        let network = match neutron {
            true => object(&[("name", name.into())]),
            false => object(&[("label", name.into()), ("cidr", cidr.into())]),
        };
        let request = Request::post(list).to(service).json(object(&[("network", network)])).check(check_cidr(cidr));
        let (name, cidr) = (name.to_owned(), cidr.to_owned());
        let mut made: Option<Network> = None;
        Call::steps(&mut self.link, "create_network", request, move |response| {
            if let Some(network) = made.take() {
                return Ok(Step::Done(Network { cidr: Some(cidr.clone()), ..network }));
            }
            let tree = Tree::json(response.text()?)?;
            let network = read::network(part(tree.root(), "network")?)?;
            if !neutron {
                return Ok(Step::Done(network));
            }
            let subnet = object(&[
                ("network_id", network.id.as_str().into()),
                ("name", name.as_str().into()),
                ("cidr", cidr.as_str().into()),
                ("ip_version", ip_version(&cidr).into()),
            ]);
            made = Some(network);
            Ok(Step::Send(Request::post("/subnets").to("network").json(object(&[("subnet", subnet)]))))
        })
    }

    fn delete_network(&mut self, id: &str) -> Call<'_, ()> {
        let (service, list) = self.api.networks;
        let template = [list, "/*"].concat();
        Call::done(&mut self.link, "delete_network", Request::delete(path(&template, &[id])).to(service))
    }

    fn list_security_groups(&mut self) -> Call<'_, Vec<SecurityGroup>> {
        let request = Request::get("/security-groups").to("network");
        pages(&mut self.link, "list_security_groups", request, "security_groups", read::security_group)
    }

    fn create_security_group(&mut self, name: &str, description: &str) -> Call<'_, SecurityGroup> {
        let group = object(&[("name", name.into()), ("description", description.into())]);
        let request = Request::post("/security-groups").to("network").json(object(&[("security_group", group)]));
        Call::json(&mut self.link, "create_security_group", request, |doc| read::security_group(part(doc, "security_group")?))
    }

    fn delete_security_group(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.link, "delete_security_group", Request::delete(path("/security-groups/*", &[id])).to("network"))
    }

    /// A rule without addresses is for all of IPv4.
    fn add_security_group_rule(&mut self, group: &str, rule: &Rule) -> Call<'_, ()> {
        let rule = object(&[
            ("security_group_id", group.into()),
            ("direction", if rule.egress { "egress" } else { "ingress" }.into()),
            ("ethertype", if ip_version(&rule.cidr) == 6 { "IPv6" } else { "IPv4" }.into()),
            ("protocol", maybe(Some(&rule.protocol))),
            ("port_range_min", rule.from_port.into()),
            ("port_range_max", rule.to_port.into()),
            ("remote_ip_prefix", maybe(Some(&rule.cidr))),
        ]);
        let request = Request::post("/security-group-rules").to("network").json(object(&[("security_group_rule", rule)]));
        Call::done(&mut self.link, "add_security_group_rule", request)
    }
}

/// A list in pages.
fn pages<'d, T: 'd>(
    link: &'d mut Link,
    operation: &'static str,
    first: Request,
    list: &'static str,
    read: fn(Doc<'_>) -> Result<T>,
) -> Call<'d, Vec<T>> {
    let pages = Pages { service: first.service, at: first.path.clone(), list, markers: Cycle::default() };
    Call::pages(link, operation, first, pages, read)
}

/// How far a list is.
struct Pages {
    service: &'static str,
    at: String,
    list: &'static str,
    markers: Cycle,
}

impl Page for Pages {
    fn page(&mut self, response: &Response, found: &mut dyn Found) -> Result<Option<Request>> {
        let tree = Tree::json(response.text()?)?;
        let items = part(tree.root(), self.list)?;
        items.children().try_for_each(|d| found.item(d))?;
        let query = next_page(tree.root(), self.list, &mut self.markers).filter(|_| items.children().next().is_some());
        Ok(query.map(|query| {
            let mut next = Request::get(self.at.as_str()).to(self.service);
            next.query = query;
            next
        }))
    }
}

/// The query of the next page, if there is one that starts where none did.
///
/// A page links to the next: by `servers_links` in Nova, Cinder and Neutron, by `next` in Glance. The link's host may be
/// one that only the provider's own machines know, so nothing but its query is taken.
fn next_page(root: Doc<'_>, list: &str, markers: &mut Cycle) -> Option<Vec<(String, String)>> {
    let links = [list, "_links"].concat();
    let link = root.each(&links).find(|l| l.text("rel") == "next").map_or(root.text("next"), |l| l.text("href"));
    let mut query = Vec::new();
    for pair in link.split('?').nth(1)?.split('&') {
        let mut sides = pair.splitn(2, '=');
        query.push((decode(sides.next().unwrap_or("")), decode(sides.next().unwrap_or(""))));
    }
    let (_, start) = query.iter().find(|(name, _)| name == "marker")?;
    if markers.closes(start) { None } else { Some(query) }
}

/// A text, or an absent member where there is none.
fn maybe(text: Option<&str>) -> Json {
    text.filter(|text| !text.is_empty()).map(Json::of).unwrap_or_default()
}

fn part<'t>(doc: Doc<'t>, name: &str) -> Result<Doc<'t>> {
    doc.get(name).ok_or_else(|| Error::malformed(["the answer lacks \"", name, "\""].concat()))
}

fn get_server(id: &str) -> Request {
    Request::get(path("/servers/*", &[id]))
}

fn get_volume(id: &str) -> Request {
    Request::get(path("/volumes/*", &[id])).to("volume")
}

fn get_image(api: &Api, id: &str) -> Request {
    Request::get(path("/images/*", &[id])).to(api.images.0)
}

/// An image as Glance gives it, or as Nova wraps it.
fn image_itself(doc: Doc<'_>) -> Result<NodeImage> {
    read::image(doc.get("image").unwrap_or(doc))
}

/// The id of an image that was ordered: newer microversions say it, others link to it.
fn new_image(response: &Response) -> Result<String> {
    let said = response.text().ok().and_then(|text| Tree::json(text).ok()).and_then(|tree| tree.root().opt("image_id"));
    let linked = response.header("location").trim_end_matches('/').split('/').next_back().filter(|id| !id.is_empty());
    said.or_else(|| linked.map(str::to_owned)).ok_or_else(|| {
        Error::malformed(
            "the image is being made, but its id is in a Location header that cannot be seen: list the images to find it; \
             in a browser, Nova's [cors] expose_headers must name Location",
        )
    })
}

fn new_key_pair(name: &str, public_key: Option<&str>) -> Request {
    let pair = object(&[("name", name.into()), ("public_key", maybe(public_key))]);
    Request::post("/os-keypairs").json(object(&[("keypair", pair)]))
}

fn wrapped_key_pair(doc: Doc<'_>) -> Result<KeyPair> {
    read::key_pair(part(doc, "keypair")?)
}

fn action_of(node: &str, action: &str, how: Json) -> Request {
    Request::post(path("/servers/*/action", &[node])).json(object(&[(action, how)]))
}

/// The body that makes a server.
fn server(options: &CreateNode) -> Result<Json> {
    options.no_token()?;
    let each = |items: &[String], key: &str| match items.is_empty() {
        true => Json::default(),
        false => array(items.iter().map(|item| object(&[(key, item.into())]))),
    };
    let mut server = vec![
        ("name", options.name.as_str().into()),
        ("imageRef", maybe(Some(&options.image))),
        ("flavorRef", options.size.as_str().into()),
        ("key_name", maybe(options.key_pair.as_deref())),
        ("user_data", options.user_data.as_ref().map(|data| base64(data.as_bytes())).into()),
        ("networks", each(&options.networks, "uuid")),
        ("security_groups", each(&options.security_groups, "name")),
        ("metadata", if options.tags.0.is_empty() { Json::default() } else { Json::of(&options.tags) }),
        ("availability_zone", maybe(options.location.as_deref())),
        ("adminPass", maybe(options.password.as_deref())),
    ];
    if let Some(volume) = &options.boot_volume {
        let device = object(&[
            ("boot_index", 0_u64.into()),
            ("source_type", "volume".into()),
            ("destination_type", "volume".into()),
            ("uuid", volume.into()),
        ]);
        server.push(("block_device_mapping_v2", array([device])));
    }
    let own = match options.extra.as_str() {
        "" => Tree::default(),
        extra => Tree::json(extra)?,
    };
    let mut body = vec![("server", Json::default())];
    for member in own.root().children() {
        let to = if member.key() == "os:scheduler_hints" { &mut body } else { &mut server };
        to.retain(|(name, _)| *name != member.key());
        to.push((member.key(), member.json()));
    }
    let starts = |(name, value): &(&str, Json)| {
        matches!(*name, "imageRef" | "block_device_mapping" | "block_device_mapping_v2") && !value.as_str().is_empty()
    };
    if !server.iter().any(starts) {
        options.need_image()?;
    }
    if let Some(place) = body.first_mut() {
        place.1 = object(&server);
    }
    Ok(object(&body))
}

fn ip_version(cidr: &str) -> u64 {
    if cidr.contains(':') { 6 } else { 4 }
}

/// Refuses what is no CIDR at all, so that no network is made whose subnet cannot be.
fn check_cidr(cidr: &str) -> Result<()> {
    let mut sides = cidr.splitn(2, '/');
    let (address, bits) = (sides.next().unwrap_or(""), sides.next().and_then(parse_number));
    let good = match ip_version(cidr) {
        6 => bits.is_some_and(|n| n <= 128) && address.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.')),
        _ => bits.is_some_and(|n| n <= 32) && address.split('.').filter(|part| parse_number(part).is_some_and(|n| n <= 255)).count() == 4,
    };
    if good { Ok(()) } else { Err(Error::invalid("the address range must look like 10.0.0.0/24 or fd00::/64")) }
}
