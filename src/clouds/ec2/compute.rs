//! Compute by the Query API.

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

/// EC2. Networks are subnets, for that is what a node is put in; locations are availability zones.
///
/// `extra` of a node to create holds further parameters of `RunInstances`, as `{"IamInstanceProfile.Name": "web"}`.
#[derive(Debug)]
pub struct Ec2(Link);

impl Ec2 {
    /// A driver.
    pub fn new(link: Link) -> Self {
        Ec2(link)
    }
}

impl Compute for Ec2 {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_nodes(&mut self) -> Call<'_, Vec<Node>> {
        list(&mut self.0, "list_nodes", Query::of("DescribeInstances").with(&[PAGE]), NODES, read::node)
    }

    fn get_node(&mut self, id: &str) -> Call<'_, Node> {
        one(&mut self.0, "get_node", Query::of("DescribeInstances").with(&[("InstanceId.1", id)]), NODES, read::node)
    }

    fn create_node(&mut self, options: &CreateNode) -> Call<'_, Node> {
        let request = self.run_instances(options);
        let name = options.name.clone();
        Call::xml(&mut self.0, "create_node", request, move |root| {
            let mut node = read::node(first(root, &["instancesSet", "item"])?)?;
            // EC2's imitators leave the tags out of this answer.
            if node.name == node.id {
                node.name.clone_from(&name);
            }
            Ok(node)
        })
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
        let query = Query::of("DescribeInstanceTypes").with(&[SIZES_PAGE]);
        list(&mut self.0, "list_sizes", query, &["instanceTypeSet", "item"], read::size)
    }

    /// The account's own images; those of `owner` when it is given: `amazon`, `aws-marketplace`, an account's id. `all` is
    /// every image that the account may use: some hundred thousand.
    fn list_images(&mut self, owner: Option<&str>) -> Call<'_, Vec<NodeImage>> {
        let owner = Some(owner.unwrap_or("self")).filter(|o| *o != "all");
        let query = Query::of("DescribeImages").with(&[PAGE]).opt("Owner.1", owner);
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
        list(&mut self.0, "list_locations", query, &["availabilityZoneInfo", "item"], read::location)
    }

    fn list_volumes(&mut self) -> Call<'_, Vec<Volume>> {
        list(&mut self.0, "list_volumes", Query::of("DescribeVolumes").with(&[PAGE]), VOLUMES, read::volume)
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
        let query = Query::of("CreateVolume")
            .with(&[("AvailabilityZone", zone)])
            .opt("Size", size.as_deref())
            .opt("SnapshotId", options.snapshot.as_deref())
            .opt("VolumeType", options.volume_type.as_deref())
            .with(&[("ClientToken", &*self.token())])
            .tagged("volume", &options.name, &Pairs::default());
        let name = options.name.clone();
        Call::xml(&mut self.0, "create_volume", query.repeatable(), move |root| {
            let mut volume = read::volume(root)?;
            if volume.name == volume.id && !name.is_empty() {
                volume.name.clone_from(&name);
            }
            Ok(volume)
        })
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
        let query = Query::of("DescribeSnapshots").with(&[PAGE, ("Owner.1", "self")]);
        let query = match volume {
            Some(volume) => query.filter("volume-id", volume),
            None => query,
        };
        list(&mut self.0, "list_volume_snapshots", query, &["snapshotSet", "item"], read::snapshot)
    }

    fn create_volume_snapshot(&mut self, volume: &str, name: Option<&str>) -> Call<'_, VolumeSnapshot> {
        let query = Query::of("CreateSnapshot").with(&[("VolumeId", volume)]).opt("Description", name);
        let request = query.tagged("snapshot", name.unwrap_or(""), &Pairs::default()).request();
        let name = name.map(str::to_owned);
        Call::xml(&mut self.0, "create_volume_snapshot", request, move |root| {
            let mut snapshot = read::snapshot(root)?;
            if name.is_some() {
                snapshot.name.clone_from(&name);
            }
            Ok(snapshot)
        })
    }

    fn destroy_volume_snapshot(&mut self, id: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "destroy_volume_snapshot", Query::of("DeleteSnapshot").with(&[("SnapshotId", id)]).repeatable())
    }

    fn list_key_pairs(&mut self) -> Call<'_, Vec<KeyPair>> {
        let query = Query::of("DescribeKeyPairs").with(&[("IncludePublicKey", "true")]);
        list(&mut self.0, "list_key_pairs", query, KEY_PAIRS, read::key_pair)
    }

    fn get_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        let query = Query::of("DescribeKeyPairs").with(&[("KeyName.1", name), ("IncludePublicKey", "true")]);
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
        list(&mut self.0, "list_networks", Query::of("DescribeSubnets").with(&[PAGE]), &["subnetSet", "item"], read::network)
    }

    /// A subnet of the region's default VPC, in which `cidr` must be free.
    fn create_network(&mut self, name: &str, cidr: &str) -> Call<'_, Network> {
        let mut create = Some(Query::of("CreateSubnet").with(&[("CidrBlock", cidr)]).tagged("subnet", name, &Pairs::default()));
        let look = Query::of("DescribeVpcs").filter("is-default", "true").repeatable();
        Call::steps(&mut self.0, "create_network", look, move |response| {
            let tree = Tree::xml(response.text()?)?;
            let root = tree.root();
            let Some(create) = create.take() else {
                return read::network(first(root, &["subnet"])?).map(Step::Done);
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
        let query = Query::of("DescribeSecurityGroups").with(&[PAGE]);
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
        match authorize(group, rule) {
            Ok(query) => Call::done(&mut self.0, "add_security_group_rule", query.request()),
            Err(error) => Call::failed(&mut self.0, "add_security_group_rule", error),
        }
    }
}

impl Ec2 {
    fn token(&self) -> String {
        token(&**self.0.account().host())
    }

    fn run_instances(&self, o: &CreateNode) -> Request {
        let made_up;
        let token = match o.idempotency_token.as_deref().filter(|token| !token.is_empty()) {
            Some(token) => token,
            None => {
                made_up = self.token();
                &made_up
            }
        };
        let user_data = o.user_data.as_ref().map(|text| base64(text.as_bytes()));
        let mut query = Query::of("RunInstances")
            .with(&[("ImageId", &*o.image), ("InstanceType", &o.size), ("MinCount", "1"), ("MaxCount", "1"), ("ClientToken", token)])
            .opt("KeyName", o.key_pair.as_deref())
            .opt("UserData", user_data.as_deref())
            .opt("SubnetId", o.networks.first().map(String::as_str))
            .opt("Placement.AvailabilityZone", o.location.as_deref())
            .tagged("instance", &o.name, &o.tags);
        let (ids, names): (Vec<_>, Vec<_>) = o.security_groups.iter().partition(|group| is_group_id(group));
        for (list, groups) in [("SecurityGroupId.", ids), ("SecurityGroup.", names)] {
            for (i, group) in groups.into_iter().enumerate() {
                query.push(&[list, &number_text(i as u64 + 1)].concat(), group);
            }
        }
        let checked = check(o).and_then(|()| query.merge(&o.extra));
        query.repeatable().check(checked)
    }
}

/// What EC2 does not take.
fn check(o: &CreateNode) -> Result<()> {
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

fn authorize(id: &str, rule: &Rule) -> Result<Query> {
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
        "" => (Some("0.0.0.0/0").filter(|_| protocol != "icmpv6"), Some("::/0").filter(|_| protocol != "icmp")),
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
