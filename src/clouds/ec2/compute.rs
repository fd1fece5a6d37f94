//! Compute by the Query API.

use super::family::{Api, api};
use super::query::{Query, first, list, one};
use super::read;
use crate::compute::{
    Compute, CreateNode, CreateVolume, KeyPair, Network, Node, NodeImage, NodeLocation, NodeSize, Rule, SecurityGroup, Volume,
    VolumeSnapshot,
};
use crate::core::call::{Call, Step};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::token;
use crate::core::http::Request;
use crate::core::link::Link;
use crate::core::wire::{Doc, Pairs, Tree, base64, number_text};

/// A page of most lists. EC2 wants to be asked for pages: it throttles large accounts that do not.
/// <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-pagination.html>
const PAGE: (&str, &str) = ("MaxResults", "1000");
const SIZES_PAGE: (&str, &str) = ("MaxResults", "100");
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
const USER_DATA_LIMIT: usize = 16_384;
/// The letters that EC2 recommends for volumes. <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html>
const DEVICES: &str = "fghijklmnop";

const NODES: &[&str] = &["reservationSet", "item", "instancesSet", "item"];
const IMAGES: &[&str] = &["imagesSet", "item"];
const VOLUMES: &[&str] = &["volumeSet", "item"];
const KEY_PAIRS: &[&str] = &["keySet", "item"];

/// EC2, and clouds like it. Networks are subnets, for that is what a node is put in; locations are availability zones.
///
/// `extra` of a node to create holds further parameters of `RunInstances`, as `{"IamInstanceProfile.Name": "web"}`.
pub struct Ec2(Link, &'static Api);

impl Ec2 {
    /// A driver.
    pub fn new(link: Link) -> Self {
        let api = api(link.account().provider);
        Ec2(link, api)
    }
}

impl Compute for Ec2 {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_nodes(&mut self) -> Call<'_, Vec<Node>> {
        let query = self.paged("DescribeInstances", PAGE);
        list(&mut self.0, "list_nodes", query, NODES, read::node)
    }

    fn get_node(&mut self, id: &str) -> Call<'_, Node> {
        one(&mut self.0, "get_node", Query::of("DescribeInstances").with(&[("InstanceId.1", id)]), NODES, read::node)
    }

    /// Where tags cannot go along, they follow: when they are refused, the node stays, without them.
    fn create_node(&mut self, options: &CreateNode) -> Call<'_, Node> {
        let (query, tags) = self.tagged(run_instances(options), "instance", &options.name, &options.tags);
        let request = self.run_instances(query, options);
        let name = options.name.clone();
        let read = move |root: Doc<'_>| {
            let mut node = read::node(first(root, &["instancesSet", "item"])?)?;
            // EC2's imitators leave the tags out of this answer.
            if node.name == node.id {
                node.name.clone_from(&name);
            }
            Ok(node)
        };
        created(&mut self.0, "create_node", request, tags, read, |node| &node.id)
    }

    fn destroy_node(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "destroy_node", Query::of("TerminateInstances").with(&[("InstanceId.1", id)]).repeatable())
    }

    fn reboot_node(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "reboot_node", Query::of("RebootInstances").with(&[("InstanceId.1", id)]).request())
    }

    fn start_node(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "start_node", Query::of("StartInstances").with(&[("InstanceId.1", id)]).repeatable())
    }

    fn stop_node(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "stop_node", Query::of("StopInstances").with(&[("InstanceId.1", id)]).repeatable())
    }

    fn list_sizes(&mut self) -> Call<'_, Vec<NodeSize>> {
        let query = self.paged("DescribeInstanceTypes", SIZES_PAGE);
        let (at, size) = (self.1.sizes, self.1.size);
        list(&mut self.0, "list_sizes", query, at, size)
    }

    /// The account's own images; those of `owner` when it is given: `amazon`, `aws-marketplace`, an account's id. `all` is
    /// every image that the account may use: some hundred thousand.
    fn list_images(&mut self, owner: Option<&str>) -> Call<'_, Vec<NodeImage>> {
        let owner = Some(owner.unwrap_or("self")).filter(|o| *o != "all");
        let query = self.paged("DescribeImages", PAGE).opt("Owner.1", owner);
        list(&mut self.0, "list_images", query, IMAGES, read::image)
    }

    fn get_image(&mut self, id: &str) -> Call<'_, NodeImage> {
        one(&mut self.0, "get_image", Query::of("DescribeImages").with(&[("ImageId.1", id)]), IMAGES, read::image)
    }

    /// The node runs on while its image is made, so files being written may be torn; stop it first where that matters.
    fn create_image(&mut self, node: &str, name: &str, description: Option<&str>) -> Call<'_, NodeImage> {
        let query = Query::of("CreateImage").with(&[("InstanceId", node), ("Name", name), ("NoReboot", "true")]);
        let request = query.opt("Description", description).request();
        new_image(&mut self.0, "create_image", request, name)
    }

    /// Its snapshots stay: see [`Compute::list_volume_snapshots`].
    fn delete_image(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "delete_image", Query::of("DeregisterImage").with(&[("ImageId", id)]).repeatable())
    }

    fn copy_image(&mut self, source_region: &str, id: &str, name: &str, description: Option<&str>) -> Call<'_, NodeImage> {
        let query = Query::of("CopyImage").with(&[("SourceRegion", source_region), ("SourceImageId", id), ("Name", name)]);
        let query = query.opt("Description", description).with(&[("ClientToken", &*self.token())]);
        new_image(&mut self.0, "copy_image", query.repeatable(), name)
    }

    fn list_locations(&mut self) -> Call<'_, Vec<NodeLocation>> {
        let query = Query::of("DescribeAvailabilityZones").filter("state", "available");
        let countries = self.1.countries;
        let placed = move |mut zones: Vec<NodeLocation>| {
            for zone in &mut zones {
                zone.country = country(countries, &zone.id);
            }
            Ok(zones)
        };
        list(&mut self.0, "list_locations", query, &["availabilityZoneInfo", "item"], read::location)
            .map(placed, |zones, mut more| zones.append(&mut more))
    }

    fn list_volumes(&mut self) -> Call<'_, Vec<Volume>> {
        let query = self.paged("DescribeVolumes", PAGE);
        list(&mut self.0, "list_volumes", query, VOLUMES, read::volume)
    }

    fn get_volume(&mut self, id: &str) -> Call<'_, Volume> {
        one(&mut self.0, "get_volume", Query::of("DescribeVolumes").with(&[("VolumeId.1", id)]), VOLUMES, read::volume)
    }

    /// A volume lives in one availability zone, so `location` is needed.
    fn create_volume(&mut self, options: &CreateVolume) -> Call<'_, Volume> {
        let Some(zone) = options.location.as_deref().filter(|zone| !zone.is_empty()) else {
            let error = Error::invalid("option \"location\" is needed: the availability zone of the node that the volume is for");
            return Call::failed(&mut self.0, "create_volume", error);
        };
        let size = Some(options.size).filter(|n| *n > 0).map(number_text);
        let iops = options.iops.map(number_text);
        let query = Query::of("CreateVolume")
            .with(&[("AvailabilityZone", zone)])
            .opt("Size", size.as_deref())
            .opt("SnapshotId", options.snapshot.as_deref())
            .opt("VolumeType", options.volume_type.as_deref())
            .opt("Iops", iops.as_deref());
        let (query, tags) = self.tagged(query, "volume", &options.name, &Pairs::default());
        let request = match self.1.modern {
            true => query.with(&[("ClientToken", &*self.token())]).repeatable(),
            false => query.request(),
        };
        let name = options.name.clone();
        let read = move |root: Doc<'_>| {
            let mut volume = read::volume(root)?;
            if volume.name == volume.id && !name.is_empty() {
                volume.name.clone_from(&name);
            }
            Ok(volume)
        };
        created(&mut self.0, "create_volume", request, tags, read, |volume| &volume.id)
    }

    /// Without a `device`, the first name that the node has free, from `/dev/sdf` to `/dev/sdp`.
    fn attach_volume(&mut self, node: &str, volume: &str, device: Option<&str>) -> Call<'_, ()> {
        let attach = Query::of("AttachVolume").with(&[("VolumeId", volume), ("InstanceId", node)]);
        if let Some(device) = device {
            return Call::done(&mut self.0, "attach_volume", attach.with(&[("Device", device)]).request());
        }
        let look = Query::of("DescribeInstances").with(&[("InstanceId.1", node)]).repeatable();
        let mut attach = Some(attach);
        Call::steps(&mut self.0, "attach_volume", look, move |response| {
            let Some(attach) = attach.take() else { return Ok(Step::Done(())) };
            let device = free_device(first(Tree::xml(response.text()?)?.root(), NODES)?)?;
            Ok(Step::Send(attach.with(&[("Device", &*device)]).request()))
        })
    }

    fn detach_volume(&mut self, volume: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "detach_volume", Query::of("DetachVolume").with(&[("VolumeId", volume)]).request())
    }

    fn destroy_volume(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "destroy_volume", Query::of("DeleteVolume").with(&[("VolumeId", id)]).repeatable())
    }

    /// The account's own.
    fn list_volume_snapshots(&mut self, volume: Option<&str>) -> Call<'_, Vec<VolumeSnapshot>> {
        let query = self.paged("DescribeSnapshots", PAGE).with(&[("Owner.1", "self")]);
        let query = match volume {
            Some(volume) => query.filter("volume-id", volume),
            None => query,
        };
        list(&mut self.0, "list_volume_snapshots", query, &["snapshotSet", "item"], read::snapshot)
    }

    fn create_volume_snapshot(&mut self, volume: &str, name: Option<&str>) -> Call<'_, VolumeSnapshot> {
        let query = Query::of("CreateSnapshot").with(&[("VolumeId", volume)]).opt("Description", name);
        let (query, tags) = self.tagged(query, "snapshot", name.unwrap_or(""), &Pairs::default());
        let name = name.map(str::to_owned);
        let read = move |root: Doc<'_>| {
            let mut snapshot = read::snapshot(root)?;
            if name.is_some() {
                snapshot.name.clone_from(&name);
            }
            Ok(snapshot)
        };
        created(&mut self.0, "create_volume_snapshot", query.request(), tags, read, |snapshot| &snapshot.id)
    }

    fn destroy_volume_snapshot(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "destroy_volume_snapshot", Query::of("DeleteSnapshot").with(&[("SnapshotId", id)]).repeatable())
    }

    fn list_key_pairs(&mut self) -> Call<'_, Vec<KeyPair>> {
        let query = self.key_pairs();
        list(&mut self.0, "list_key_pairs", query, KEY_PAIRS, read::key_pair)
    }

    fn get_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        let query = self.key_pairs().with(&[("KeyName.1", name)]);
        one(&mut self.0, "get_key_pair", query, KEY_PAIRS, read::key_pair)
    }

    fn create_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        Call::xml(&mut self.0, "create_key_pair", Query::of("CreateKeyPair").with(&[("KeyName", name)]).request(), read::key_pair)
    }

    fn import_key_pair(&mut self, name: &str, public_key: &str) -> Call<'_, KeyPair> {
        let material = base64(public_key.as_bytes());
        let query = Query::of("ImportKeyPair").with(&[("KeyName", name), ("PublicKeyMaterial", &material)]);
        Call::xml(&mut self.0, "import_key_pair", query.request(), read::key_pair)
    }

    /// EC2 answers alike for a key pair that does not exist.
    fn delete_key_pair(&mut self, name: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "delete_key_pair", Query::of("DeleteKeyPair").with(&[("KeyName", name)]).repeatable())
    }

    /// Of anything that has tags, by its id.
    fn list_tags(&mut self, node: &str) -> Call<'_, Pairs> {
        let query = Query::of("DescribeTags").filter("resource-id", node);
        let tags = list(&mut self.0, "list_tags", query, &["tagSet", "item"], read::tag);
        tags.map(|tags| Ok(Pairs(tags)), |tags, mut more| tags.0.append(&mut more.0))
    }

    fn set_tags(&mut self, node: &str, tags: &Pairs) -> Call<'_, ()> {
        let query = Query::of("CreateTags").with(&[("ResourceId.1", node)]);
        let mut tags = tags.0.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
        Call::done(&mut self.0, "set_tags", query.tags("Tag", &mut tags).repeatable())
    }

    fn delete_tags(&mut self, node: &str, names: &[String]) -> Call<'_, ()> {
        let query = Query::of("DeleteTags").with(&[("ResourceId.1", node)]);
        let mut names = names.iter().map(|name| (name.as_str(), None));
        Call::done(&mut self.0, "delete_tags", query.tags("Tag", &mut names).repeatable())
    }

    fn list_networks(&mut self) -> Call<'_, Vec<Network>> {
        let query = self.paged("DescribeSubnets", PAGE);
        list(&mut self.0, "list_networks", query, &["subnetSet", "item"], read::network)
    }

    /// A subnet of the region's default VPC, in which `cidr` must be free.
    fn create_network(&mut self, name: &str, cidr: &str) -> Call<'_, Network> {
        let query = Query::of("CreateSubnet").with(&[("CidrBlock", cidr)]);
        let (create, mut tags) = self.tagged(query, "subnet", name, &Pairs::default());
        let look = Query::of("DescribeVpcs").filter(self.1.default_vpc, "true").repeatable();
        let (mut create, mut made, name) = (Some(create), None, name.to_owned());
        Call::steps(&mut self.0, "create_network", look, move |response| {
            if let Some(network) = made.take() {
                return Ok(Step::Done(Network { name: name.clone(), ..network }));
            }
            let tree = Tree::xml(response.text()?)?;
            let root = tree.root();
            let Some(create) = create.take() else {
                let network = read::network(first(root, &["subnet"])?)?;
                return Ok(match tags.take() {
                    None => Step::Done(network),
                    Some(tags) => {
                        let request = tags.with(&[("ResourceId.1", &*network.id)]).repeatable();
                        made = Some(network);
                        Step::Send(request)
                    }
                });
            };
            let vpc = root.at("vpcSet/item/vpcId").ok_or_else(|| {
                Error::new(Kind::NotFound, "the region has no default VPC to put a network in: create one, or a subnet of your own VPC")
            })?;
            Ok(Step::Send(create.with(&[("VpcId", vpc.as_text())]).request()))
        })
    }

    fn delete_network(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "delete_network", Query::of("DeleteSubnet").with(&[("SubnetId", id)]).repeatable())
    }

    fn list_security_groups(&mut self) -> Call<'_, Vec<SecurityGroup>> {
        let query = self.paged("DescribeSecurityGroups", PAGE);
        list(&mut self.0, "list_security_groups", query, &["securityGroupInfo", "item"], read::security_group)
    }

    /// In the region's default VPC. EC2 wants a description: the name, where none is given.
    fn create_security_group(&mut self, name: &str, description: &str) -> Call<'_, SecurityGroup> {
        let description = if description.is_empty() { name } else { description };
        let query = Query::of("CreateSecurityGroup").with(&[("GroupName", name), ("GroupDescription", description)]);
        let group = SecurityGroup { name: name.to_owned(), description: Some(description.to_owned()), ..SecurityGroup::default() };
        Call::xml(&mut self.0, "create_security_group", query.request(), move |root| {
            Ok(SecurityGroup { id: root.need("groupId")?, ..group.clone() })
        })
    }

    fn delete_security_group(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "delete_security_group", Query::of("DeleteSecurityGroup").with(&[group(id)]).repeatable())
    }

    fn add_security_group_rule(&mut self, group: &str, rule: &Rule) -> Call<'_, ()> {
        match authorize(group, rule, self.1.modern) {
            Ok(query) => Call::done(&mut self.0, "add_security_group_rule", query.request()),
            Err(error) => Call::failed(&mut self.0, "add_security_group_rule", error),
        }
    }
}

impl Ec2 {
    fn token(&self) -> String {
        token(&**self.0.account().host())
    }

    fn paged(&self, action: &str, page: (&str, &str)) -> Query {
        Query::of(action).opt(page.0, Some(page.1).filter(|_| self.1.modern))
    }

    fn key_pairs(&self) -> Query {
        Query::of("DescribeKeyPairs").opt("IncludePublicKey", Some("true").filter(|_| self.1.modern))
    }

    /// With tags for what is made, `Name` first; or without, and a query that tags it, which wants its id.
    fn tagged(&self, query: Query, resource: &str, name: &str, tags: &Pairs) -> (Query, Option<Query>) {
        let own = Some(("Name", Some(name))).filter(|_| !name.is_empty());
        let others = tags.0.iter().filter(|(key, _)| key != "Name" || own.is_none());
        let mut all = own.into_iter().chain(others.map(|(key, value)| (&**key, Some(&**value)))).peekable();
        match (all.peek(), self.1.modern) {
            (None, _) => (query, None),
            (_, true) => (query.with(&[("TagSpecification.1.ResourceType", resource)]).tags("TagSpecification.1.Tag", &mut all), None),
            _ => (query, Some(Query::of("CreateTags").tags("Tag", &mut all))),
        }
    }

    fn run_instances(&self, mut query: Query, o: &CreateNode) -> Request {
        query.push("ClientToken", &o.idempotency_token.clone().filter(|token| !token.is_empty()).unwrap_or_else(|| self.token()));
        let (ids, names): (Vec<_>, Vec<_>) = o.security_groups.iter().partition(|group| is_group_id(group));
        for (list, groups) in [("SecurityGroupId.", ids), ("SecurityGroup.", names)] {
            for (i, group) in groups.into_iter().enumerate() {
                query.push(&[list, &number_text(i as u64 + 1)].concat(), group);
            }
        }
        let checked = check(o).and_then(|()| query.merge(&o.extra)).and_then(|()| match query.starts_from_something() {
            true => Ok(()),
            false => o.need_image(),
        });
        query.repeatable().check(checked)
    }
}

fn run_instances(o: &CreateNode) -> Query {
    let user_data = o.user_data.as_ref().map(|text| base64(text.as_bytes()));
    Query::of("RunInstances")
        .opt("ImageId", Some(&*o.image).filter(|image| !image.is_empty()))
        .with(&[("InstanceType", &*o.size), ("MinCount", "1"), ("MaxCount", "1")])
        .opt("KeyName", o.key_pair.as_deref())
        .opt("UserData", user_data.as_deref())
        .opt("SubnetId", o.networks.first().map(String::as_str))
        .opt("Placement.AvailabilityZone", o.location.as_deref())
}

/// Makes a thing, and tags it where that is left to do.
fn created<'d, T: 'd>(
    link: &'d mut Link,
    operation: &'static str,
    request: Request,
    mut tags: Option<Query>,
    read: impl Fn(Doc<'_>) -> Result<T> + 'd,
    id: fn(&T) -> &str,
) -> Call<'d, T> {
    let mut made = None;
    Call::steps(link, operation, request, move |response| {
        if let Some(made) = made.take() {
            return Ok(Step::Done(made));
        }
        let thing = read(Tree::xml(response.text()?)?.root())?;
        Ok(match tags.take() {
            None => Step::Done(thing),
            Some(tags) => {
                let request = tags.with(&[("ResourceId.1", id(&thing))]).repeatable();
                made = Some(thing);
                Step::Send(request)
            }
        })
    })
}

/// The country of a zone's region.
fn country(countries: &str, zone: &str) -> Option<String> {
    let mut pairs = countries.split(' ').map(|pair| pair.split_at_checked(pair.len().saturating_sub(3)));
    let found = pairs.find_map(|pair| pair.filter(|(region, _)| !region.is_empty() && zone.starts_with(region)));
    found.map(|(_, country)| country.trim_start_matches(':').to_owned())
}

/// What EC2 does not take.
fn check(o: &CreateNode) -> Result<()> {
    if o.boot_volume.is_some() {
        return Err(Error::unsupported("EC2 starts no node from a volume: make an image of a snapshot of it, and give that"));
    }
    if o.password.is_some() {
        return Err(Error::invalid("EC2 sets no password: give \"keyPair\", or set one by \"userData\""));
    }
    if o.networks.len() > 1 {
        return Err(Error::invalid(
            "EC2 puts a node into one network: give one subnet, and further interfaces as NetworkInterface.… in \"extra\"",
        ));
    }
    if o.user_data.as_ref().is_some_and(|text| text.len() > USER_DATA_LIMIT) {
        return Err(Error::invalid("\"userData\" is over 16 KiB, which EC2 refuses: have it fetch the rest"));
    }
    Ok(())
}

fn is_group_id(group: &str) -> bool {
    group.starts_with("sg-")
}

/// A security group by its id, or by its name, which EC2 looks up in the default VPC.
fn group(group: &str) -> (&'static str, &str) {
    (if is_group_id(group) { "GroupId" } else { "GroupName" }, group)
}

fn authorize(id: &str, rule: &Rule, ipv6: bool) -> Result<Query> {
    if rule.egress && !is_group_id(id) {
        return Err(Error::invalid("a rule for traffic out needs the security group's id, as sg-…"));
    }
    let (from, to) = (rule.from_port, rule.to_port);
    let or = |port: Option<u64>, other: &str| port.map_or_else(|| other.to_owned(), number_text);
    let (protocol, ports) = match &*rule.protocol {
        "" | "-1" | "all" if from.or(to).is_some() => return Err(Error::invalid("ports need a protocol: tcp or udp")),
        "" | "all" => ("-1", None),
        protocol @ ("tcp" | "udp") => {
            // One port alone is a range of one, not all below or above it.
            let (low, high) = (from.or(to).unwrap_or(0), to.or(from).unwrap_or(65_535));
            if low > high {
                return Err(Error::invalid("fromPort is above toPort"));
            }
            (protocol, Some((number_text(low), number_text(high))))
        }
        protocol @ ("icmp" | "icmpv6") => (protocol, Some((or(from, "-1"), or(to, "-1")))),
        protocol => (protocol, from.map(|_| (or(from, "-1"), or(to.or(from), "-1")))),
    };
    let action = if rule.egress { "AuthorizeSecurityGroupEgress" } else { "AuthorizeSecurityGroupIngress" };
    let mut query = Query::of(action).with(&[group(id), ("IpPermissions.1.IpProtocol", protocol)]);
    if let Some((from, to)) = ports {
        query = query.with(&[("IpPermissions.1.FromPort", &from), ("IpPermissions.1.ToPort", &to)]);
    }
    let (v4, v6) = match &*rule.cidr {
        "" => (Some("0.0.0.0/0").filter(|_| protocol != "icmpv6"), Some("::/0").filter(|_| ipv6 && protocol != "icmp")),
        cidr if cidr.contains(':') => (None, Some(cidr)),
        cidr => (Some(cidr), None),
    };
    Ok(query.opt("IpPermissions.1.IpRanges.1.CidrIp", v4).opt("IpPermissions.1.Ipv6Ranges.1.CidrIpv6", v6))
}

/// The first device name that no volume of a node has.
fn free_device(node: Doc<'_>) -> Result<String> {
    // /dev/sdf, /dev/xvdf and /dev/sdf1 are one device to most systems.
    let letter = |device: &str| device.trim_end_matches(|c: char| c.is_ascii_digit()).chars().next_back();
    let taken: Vec<_> = node.each("blockDeviceMapping/item").filter_map(|d| letter(d.text("deviceName"))).collect();
    let free = DEVICES.chars().find(|c| !taken.contains(c));
    let free = free.ok_or_else(|| Error::new(Kind::Conflict, "the node has no device from /dev/sdf to /dev/sdp free: give \"device\""))?;
    let mut device = String::from("/dev/sd");
    device.push(free);
    Ok(device)
}

/// An image that EC2 told only the id of.
fn new_image<'d>(link: &'d mut Link, operation: &'static str, request: Request, name: &str) -> Call<'d, NodeImage> {
    let name = name.to_owned();
    Call::xml(link, operation, request, move |root| Ok(NodeImage { id: root.need("imageId")?, name: name.clone(), ..NodeImage::default() }))
}
