//! Compute: nodes, and what a node is made from.

use crate::core::call::Call;
use crate::core::error::{Error, Kind, Result};
use crate::core::link::Link;
use crate::core::wire::{Decimal, Doc, Encode, FromDoc, Json, Pairs, Time, model};

model! {
    /// A server.
    pub struct Node {
        /// The provider's id.
        id "id": String,
        /// The name.
        name "name": String,
        /// What it is doing.
        state "state": NodeState,
        /// Addresses reachable from everywhere.
        public_ips "publicIps": Vec<String>,
        /// Addresses reachable inside the provider's network.
        private_ips "privateIps": Vec<String>,
        /// The id of its size.
        size "size": Option<String>,
        /// The id of the image it was made from.
        image "image": Option<String>,
        /// When it was created.
        created_at "createdAt": Option<Time>,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// A size of node, also called flavor, plan or instance type.
    pub struct NodeSize {
        /// The provider's id.
        id "id": String,
        /// The name.
        name "name": String,
        /// Memory in MiB.
        ram "ram": u64,
        /// Local disk in GB; 0 when it has none.
        disk "disk": u64,
        /// Virtual processors.
        vcpus "vcpus": Option<u64>,
        /// Traffic included, in GB a month.
        bandwidth "bandwidth": Option<u64>,
        /// US dollars an hour, where the provider's API says.
        price "price": Option<Decimal>,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// What a node's disk starts from.
    pub struct NodeImage {
        /// The provider's id.
        id "id": String,
        /// The name.
        name "name": String,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// A place where nodes run: a region or zone.
    pub struct NodeLocation {
        /// The provider's id.
        id "id": String,
        /// The name.
        name "name": String,
        /// The country's code, where it is known.
        country "country": Option<String>,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// A block volume.
    pub struct Volume {
        /// The provider's id.
        id "id": String,
        /// The name.
        name "name": String,
        /// Size in GB (GiB at most providers).
        size "size": u64,
        /// What it is doing.
        state "state": VolumeState,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// A snapshot of a volume.
    pub struct VolumeSnapshot {
        /// The provider's id.
        id "id": String,
        /// The name.
        name "name": Option<String>,
        /// Size in GB.
        size "size": Option<u64>,
        /// What it is doing.
        state "state": SnapshotState,
        /// The id of the volume it was taken from.
        volume "volume": Option<String>,
        /// When it was created.
        created_at "createdAt": Option<Time>,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// An SSH key pair.
    pub struct KeyPair {
        /// The name; the provider knows the pair by it.
        name "name": String,
        /// The fingerprint.
        fingerprint "fingerprint": Option<String>,
        /// The public key in OpenSSH format, where the provider shows it.
        public_key "publicKey": Option<String>,
        /// The private key in PEM; only in the answer to the creation.
        private_key "privateKey": Option<String>,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// A network that nodes can be put in.
    pub struct Network {
        /// The provider's id.
        id "id": String,
        /// The name.
        name "name": String,
        /// Its address range in CIDR notation, where it has one.
        cidr "cidr": Option<String>,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// A set of firewall rules that nodes can be put in.
    pub struct SecurityGroup {
        /// The provider's id.
        id "id": String,
        /// The name.
        name "name": String,
        /// What it is for.
        description "description": Option<String>,
        /// What only this provider has: a JSON object; `rules` has the rules where the provider gives them.
        extra "extra": Extra,
    }
}

/// What only one provider has: a JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra(pub Json);

impl Default for Extra {
    fn default() -> Self {
        Extra(Json::raw("{}".to_owned()))
    }
}

impl Encode for Extra {
    fn encode(&self, out: &mut String) {
        self.0.encode(out);
    }
}

impl FromDoc for Extra {
    fn from_doc(doc: Doc<'_>) -> Option<Self> {
        doc.is_map().then(|| Extra(doc.json()))
    }

    fn from_json(json: Json) -> Option<Self> {
        Some(Extra(json))
    }
}

/// Declares an enum of states with the names that JavaScript knows.
macro_rules! states {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident $js:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $($(#[$vmeta])* $variant,)*
            /// None of these, or not said.
            #[default]
            Unknown,
        }

        impl $name {
            /// The name, as JavaScript knows it.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $js,)* $name::Unknown => "unknown" }
            }

            /// The state of this name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($js => Some($name::$variant),)* "unknown" => Some($name::Unknown), _ => None }
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut String) {
                self.name().encode(out);
            }
        }

        impl FromDoc for $name {
            fn from_doc(doc: Doc<'_>) -> Option<Self> {
                Self::parse(doc.as_text())
            }
        }
    };
}

states! {
    /// What a node is doing.
    NodeState {
        /// It runs.
        Running "running",
        /// It is starting.
        Starting "starting",
        /// It is restarting.
        Rebooting "rebooting",
        /// It is gone, or about to be.
        Terminated "terminated",
        /// It is being made.
        Pending "pending",
        /// It is stopping.
        Stopping "stopping",
        /// It is stopped.
        Stopped "stopped",
        /// It is suspended.
        Suspended "suspended",
        /// It failed.
        Error "error",
        /// It is paused.
        Paused "paused",
        /// Its size or set-up is being changed.
        Reconfiguring "reconfiguring",
        /// It moves to another machine.
        Migrating "migrating",
        /// It is as it should be.
        Normal "normal",
        /// It is being updated.
        Updating "updating",
    }
}

states! {
    /// What a volume is doing.
    VolumeState {
        /// It can be attached.
        Available "available",
        /// It failed.
        Error "error",
        /// It is attached.
        InUse "inuse",
        /// It is being made.
        Creating "creating",
        /// It is being deleted.
        Deleting "deleting",
        /// It is deleted.
        Deleted "deleted",
        /// It is being backed up or restored.
        Backup "backup",
        /// It is being attached or detached.
        Attaching "attaching",
        /// It moves to another machine.
        Migrating "migrating",
        /// It is being updated.
        Updating "updating",
    }
}

states! {
    /// What a volume snapshot is doing.
    SnapshotState {
        /// It can be used.
        Available "available",
        /// It failed.
        Error "error",
        /// It is being made.
        Creating "creating",
        /// It is being deleted.
        Deleting "deleting",
        /// A volume is being made from it.
        Restoring "restoring",
        /// It is being updated.
        Updating "updating",
    }
}

/// The JavaScript names of all operations but these of [`COMPUTE`]: what a driver has that lacks few. One that is none does not
/// compile, nor another number than `N`.
// Evaluated by the compiler: an index that is wrong never runs.
#[allow(clippy::indexing_slicing)]
pub const fn all_but<const N: usize>(lacks: &[&str]) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut at, mut of) = (0, 0);
    while of < COMPUTE.len() {
        let mut lack = 0;
        while lack < lacks.len() && !same(COMPUTE[of].0, lacks[lack]) {
            lack += 1;
        }
        if lack == lacks.len() {
            names[at] = COMPUTE[of].1;
            at += 1;
        }
        of += 1;
    }
    assert!(at == N, "there are other numbers of operations");
    names
}

#[allow(clippy::indexing_slicing)]
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// What to create a node from. `name` and `size` are needed, and `image`, unless `boot_volume` or `extra` stands in for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateNode {
    /// The name.
    pub name: String,
    /// The id of the image.
    pub image: String,
    /// The id of the size.
    pub size: String,
    /// The id of the location, where the account's region leaves a choice.
    pub location: Option<String>,
    /// The name of a key pair whose public key is put on the node.
    pub key_pair: Option<String>,
    /// What cloud-init does at first boot: a script or cloud-config, as text (encoded as the provider wants it).
    pub user_data: Option<String>,
    /// Ids of networks; empty for the provider's default.
    pub networks: Vec<String>,
    /// Security groups, by id (by name where the provider has no ids).
    pub security_groups: Vec<String>,
    /// Tags or metadata.
    pub tags: Pairs,
    /// The administrator's password, where the provider lets one choose.
    pub password: Option<String>,
    /// A token under which a repeated creation makes no second node; made up where it is missing and the provider takes one,
    /// refused where it takes none: there, a creation is never repeated.
    pub idempotency_token: Option<String>,
    /// The id of a volume to start from, in place of an image.
    pub boot_volume: Option<String>,
    /// What only this provider takes: a JSON object, merged into the request as the driver documents.
    pub extra: Json,
}

impl CreateNode {
    /// Fails unless there is an image: one that need not be given, for `extra` may stand in for it.
    pub fn need_image(&self) -> Result<()> {
        if self.image.is_empty() { Err(Error::invalid("option \"image\" is needed")) } else { Ok(()) }
    }

    /// For a provider that has no idempotency tokens: refuses one.
    pub fn no_token(&self) -> Result<()> {
        match self.idempotency_token {
            None => Ok(()),
            Some(_) => Err(Error::unsupported("this provider has no idempotency tokens: leave \"idempotencyToken\" out")),
        }
    }
}

/// What to create a volume from. `name` and `size` (or a snapshot) are needed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateVolume {
    /// The name.
    pub name: String,
    /// Size in GB.
    pub size: u64,
    /// The id of the location.
    pub location: Option<String>,
    /// The id of a snapshot to start from.
    pub snapshot: Option<String>,
    /// The provider's type of volume.
    pub volume_type: Option<String>,
    /// How many operations a second it is to serve, where its type lets one choose.
    pub iops: Option<u64>,
}

/// One rule of a security group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Whether it lets traffic out; otherwise in.
    pub egress: bool,
    /// `tcp`, `udp` or `icmp`; empty for all.
    pub protocol: String,
    /// The first port.
    pub from_port: Option<u64>,
    /// The last port.
    pub to_port: Option<u64>,
    /// The addresses it is for, in CIDR notation; empty for all.
    pub cidr: String,
}

/// Generates a service trait: each operation has a default that fails as unsupported.
macro_rules! service {
    ($(#[$meta:meta])* pub trait $name:ident, $list:ident { $($(#[$fmeta:meta])* fn $method:ident $js:literal ($($arg:ident: $type:ty),*) -> $out:ty;)* } $(also { $($also:tt)* })?) => {
        $(#[$meta])*
        pub trait $name {
            /// The account and task that this driver works with.
            fn link(&mut self) -> &mut Link;

            $($(#[$fmeta])*
            fn $method(&mut self $(, $arg: $type)*) -> Call<'_, $out> {
                $(let _ = $arg;)*
                Call::unsupported(self.link(), stringify!($method))
            })*

            $($($also)*)?
        }

        /// The service's operations: Rust name, JavaScript name.
        pub const $list: &[(&str, &str)] = &[$((stringify!($method), $js)),*];
    };
}
pub(crate) use service;

service! {
    /// Compute. Ids are the provider's. An operation that the provider lacks fails as `Unsupported`; one on a thing that
    /// does not exist fails as `NotFound`. Lists are complete: every page is read.
    ///
    /// `destroy`, `detach`, `reboot`, `start` and `stop` end when the provider has accepted the order: watch the node's
    /// state to see it done.
    pub trait Compute, COMPUTE {
        /// All nodes of the account's region.
        fn list_nodes "listNodes" () -> Vec<Node>;
        /// One node.
        fn get_node "getNode" (id: &str) -> Node;
        /// Creates a node. It usually boots for a while yet: see [`wait_until`].
        fn create_node "createNode" (options: &CreateNode) -> Node;
        /// Destroys a node for good.
        fn destroy_node "destroyNode" (id: &str) -> ();
        /// Restarts a node.
        fn reboot_node "rebootNode" (id: &str) -> ();
        /// Starts a stopped node.
        fn start_node "startNode" (id: &str) -> ();
        /// Stops a node, keeping it.
        fn stop_node "stopNode" (id: &str) -> ();
        /// Gives a node another size; it may have to be stopped for it.
        fn resize_node "resizeNode" (id: &str, size: &str) -> ();
        /// Puts an image on a node again; what was on its disk is lost.
        fn rebuild_node "rebuildNode" (id: &str, image: &str) -> ();
        /// All sizes.
        fn list_sizes "listSizes" () -> Vec<NodeSize>;
        /// Images: the account's own or those it may use, as the driver says; `owner` narrows or widens the list.
        fn list_images "listImages" (owner: Option<&str>) -> Vec<NodeImage>;
        /// One image.
        fn get_image "getImage" (id: &str) -> NodeImage;
        /// Makes an image of a node.
        fn create_image "createImage" (node: &str, name: &str, description: Option<&str>) -> NodeImage;
        /// Deletes an image.
        fn delete_image "deleteImage" (id: &str) -> ();
        /// Copies an image from another region to the account's.
        fn copy_image "copyImage" (source_region: &str, id: &str, name: &str, description: Option<&str>) -> NodeImage;
        /// All locations.
        fn list_locations "listLocations" () -> Vec<NodeLocation>;
        /// All volumes.
        fn list_volumes "listVolumes" () -> Vec<Volume>;
        /// One volume.
        fn get_volume "getVolume" (id: &str) -> Volume;
        /// Creates a volume.
        fn create_volume "createVolume" (options: &CreateVolume) -> Volume;
        /// Attaches a volume to a node, as `device` where the provider lets one choose.
        fn attach_volume "attachVolume" (node: &str, volume: &str, device: Option<&str>) -> ();
        /// Detaches a volume from its node.
        fn detach_volume "detachVolume" (volume: &str) -> ();
        /// Destroys a volume for good.
        fn destroy_volume "destroyVolume" (id: &str) -> ();
        /// All snapshots of a volume, or of all volumes.
        fn list_volume_snapshots "listVolumeSnapshots" (volume: Option<&str>) -> Vec<VolumeSnapshot>;
        /// Takes a snapshot of a volume.
        fn create_volume_snapshot "createVolumeSnapshot" (volume: &str, name: Option<&str>) -> VolumeSnapshot;
        /// Destroys a snapshot for good.
        fn destroy_volume_snapshot "destroyVolumeSnapshot" (id: &str) -> ();
        /// All key pairs.
        fn list_key_pairs "listKeyPairs" () -> Vec<KeyPair>;
        /// One key pair.
        fn get_key_pair "getKeyPair" (name: &str) -> KeyPair;
        /// Has the provider make a key pair; the answer alone holds the private key.
        fn create_key_pair "createKeyPair" (name: &str) -> KeyPair;
        /// Registers a public key in OpenSSH format.
        fn import_key_pair "importKeyPair" (name: &str, public_key: &str) -> KeyPair;
        /// Deletes a key pair.
        fn delete_key_pair "deleteKeyPair" (name: &str) -> ();
        /// A node's tags or metadata.
        fn list_tags "listTags" (node: &str) -> Pairs;
        /// Sets tags or metadata of a node; those not named stay.
        fn set_tags "setTags" (node: &str, tags: &Pairs) -> ();
        /// Removes tags or metadata of a node, by name.
        fn delete_tags "deleteTags" (node: &str, names: &[String]) -> ();
        /// All networks that nodes can be put in.
        fn list_networks "listNetworks" () -> Vec<Network>;
        /// Creates a network.
        fn create_network "createNetwork" (name: &str, cidr: &str) -> Network;
        /// Deletes a network.
        fn delete_network "deleteNetwork" (id: &str) -> ();
        /// All security groups.
        fn list_security_groups "listSecurityGroups" () -> Vec<SecurityGroup>;
        /// Creates a security group; it starts with the provider's default rules.
        fn create_security_group "createSecurityGroup" (name: &str, description: &str) -> SecurityGroup;
        /// Deletes a security group.
        fn delete_security_group "deleteSecurityGroup" (id: &str) -> ();
        /// Adds a rule to a security group.
        fn add_security_group_rule "addSecurityGroupRule" (group: &str, rule: &Rule) -> ();
    } also {
        /// Has a node's system restart itself, where the provider has this beside the reboot of the machine.
        fn soft_reboot_node(&mut self, id: &str) -> Call<'_, ()> {
            let _ = id;
            let error = Error::unsupported("this provider reboots nodes in one way only: leave \"soft\" out");
            Call::failed(self.link(), "reboot_node", error)
        }
    }
}

/// Polls a node until it is in a state, and gives it. Fails if the node fails on the way, or is gone while another
/// state is wanted; waiting for [`NodeState::Terminated`] ends when the node cannot be found.
///
/// `interval` is in milliseconds. There is no limit but the task's deadline.
pub async fn wait_until(driver: &mut dyn Compute, id: &str, state: NodeState, interval: u64) -> Result<Node> {
    loop {
        let node = match driver.get_node(id).await {
            Err(error) if error.kind() == Kind::NotFound && state == NodeState::Terminated => {
                return Ok(Node { id: id.to_owned(), state, ..Node::default() });
            }
            node => node?,
        };
        match node.state {
            now if now == state => return Ok(node),
            NodeState::Error | NodeState::Terminated => {
                let message = format!("node {id} went to state \"{}\" while \"{}\" was awaited", node.state.name(), state.name());
                return Err(Error::new(Kind::Conflict, message).during(driver.link().account().provider, "wait_until"));
            }
            _ => driver.link().sleep(interval.max(1)).await?,
        }
    }
}
