//! One driver for every cloud whose API is plain JSON over HTTP: what it is like is said by an [`Api`], a table.
//!
//! An operation is a few lines of text, each a request: `METHOD /path?query {body}`. A hole, `{name}`, is filled
//! with an argument of the operation, `{$name}` with a setting of the account, `{.path}` with what the answer before said:
//!
//! - in a path it is percent-encoded (`{+name}`: but for its slashes), and must be there; in a query, a pair whose hole is empty
//!   is left out; a list or object is a pair for each of its parts, `tags[0].key=…` or `Tag.1.Key=…` by `tags[0]={tags|pairs}` and
//!   `Tag.1={tags|pairs:Key:Value}`, and `...={extra}` takes in the members of an object;
//! - in a body, a text that is just a hole becomes the argument as JSON: a text, a list, an object. A member or item whose hole is
//!   empty is left out, and so is a list or object of which nothing is left. `"...": "{extra}"` takes in the members of an object,
//!   and of the objects in it, `"..": "{.}"` those that the template does not name, an item `"{...rules}"` the items of a list.
//!   `{size#}` is written as a number, `{userData|base64}` and `{tags|list}` by the filters of [`ask`]; `{location/$region}` is the
//!   first of them that is there. `{tags|onto:old}` adds to tags those of the hole `old` that they do not name, `{old|without:names}`
//!   takes tags away, `{old|among:names}` the others; `{disks|but:volume:disk/id}` takes items from a list at whose path is what the
//!   hole `volume` says. A body that is a text is sent as such, not as JSON.
//!
//! A star after the method, `POST* /list {}`, says that the request does no more when it is repeated: a read, say.
//!
//! A line `UNTIL path=value,other GET /path` repeats its request, slower and slower, until the answer has one of these values
//! at the path, or fails with one that has `~` before it; `!path` after the values names where a failure is told:
//! `UNTIL status=DONE!error GET /operations/{.name}`. A line `KEEP name=path` keeps what an answer says as a hole for later
//! lines; without it there, or on a later page, the operation fails as `NotFound`, unless the name ends with `?`. `WITH name`
//! before a line has it only where that hole is filled, `WITH !name` where not; `SET name={hole|filter}` fills one. `KEEP
//! name=@header` keeps an answer's header; `GET @name` asks for the URL in a hole. The method `FORM` is POST with the query as a
//! form, `MERGE` is PATCH with a merge patch (RFC 7396). The answer to the last line is the operation's.
//! A list is one request: the first line that remains. An argument that no hole takes is refused.
//!
//! A line `GATHER name=path GET /path` adds the items at the path, of all pages, to the answer before it, as a list of that
//! name; with `name?` there are none where the request is answered as forbidden or not found. `FOR path GATHER …` does so with a
//! request for each place at the path, whose holes are filled from there. A list may be made of such lines.

mod ask;
mod filter;
mod gather;
mod map;
mod paging;
#[cfg(test)]
mod tests;

use crate::compute::{
    COMPUTE, Compute, CreateNode, CreateVolume, KeyPair, Network, Node, NodeImage, NodeLocation, NodeSize, NodeState, Rule, SecurityGroup,
    SnapshotState, Volume, VolumeSnapshot, VolumeState, same,
};
use crate::core::call::{Call, Step};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::Response;
use crate::core::ip;
use crate::core::link::Link;
use crate::core::wire::{Doc, Json, Model, Pairs, Tree, array, number_text, parse_number};

pub use ask::Holes;
pub(super) use ask::{fault_at, with_kinds};
pub use map::Map;
use map::read;

/// What a cloud's API is like.
pub struct Api {
    /// The operations it has.
    pub operations: &'static [Operation],
    /// How lists come in pages.
    pub pages: Pages,
    /// How things are read: a line for each model, by its name (`node`, `size`, `image`, `location`, `volume`, `snapshot`,
    /// `keyPair`, `network`, `securityGroup`).
    pub maps: &'static [(&'static str, Map)],
    /// The provider's words for a node's states.
    pub node_states: &'static [(&'static str, NodeState)],
    /// The provider's words for a volume's states.
    pub volume_states: &'static [(&'static str, VolumeState)],
    /// The provider's words for a snapshot's states.
    pub snapshot_states: &'static [(&'static str, SnapshotState)],
    /// Adds to what fills holes, or refuses what the provider would not take, before the first request.
    pub prepare: fn(&str, &Link, &mut Holes) -> Result<()>,
}

impl Api {
    /// An API without anything: what others are made from.
    pub const NOTHING: Api = Api {
        operations: &[],
        pages: Pages::None,
        maps: &[],
        node_states: &[],
        volume_states: &[],
        snapshot_states: &[],
        prepare: |_, _, _| Ok(()),
    };
}

/// One operation: its name as in [`crate::compute::COMPUTE`], its requests, and where in the answer the result is: a path, empty
/// for the answer itself.
pub struct Operation(pub &'static str, pub &'static str, pub &'static str);

/// The operations' JavaScript names, for the registry. One that is none does not compile.
// Evaluated by the compiler: an index that is wrong never runs.
#[allow(clippy::indexing_slicing)]
pub const fn names<const N: usize>(operations: &[Operation]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        let mut of = 0;
        while !same(COMPUTE[of].0, operations[at].0) {
            of += 1;
        }
        names[at] = COMPUTE[of].1;
        at += 1;
    }
    names
}

/// How lists come in pages. Paths lead to a place in the answer.
pub enum Pages {
    /// They do not.
    None,
    /// The next page's URL is at this path.
    Link(&'static str),
    /// The next page's number, or a cursor, is at the path; it goes into the query under the name, or into the hole of that name.
    Next(&'static str, &'static str),
    /// The number of pages is at the path; a page's number goes into the query under the name, from 1.
    Count(&'static str, &'static str),
    /// Pages are as long as the query says under one of the second names, `a|b`, until a shorter one; a page's number goes into
    /// the query under the first, from 1.
    Number(&'static str, &'static str),
    /// The same, but for the number of all items at the path: the last page is known by it where the answer has it.
    Total(&'static str, &'static str, &'static str),
    /// Some lists in one way, some in another.
    Either(&'static Pages, &'static Pages),
}

/// The driver.
pub struct Rest(pub Link, pub &'static Api);

impl Rest {
    /// The operation's requests and where its result is.
    fn plan(&self, operation: &str) -> Option<(&'static str, &'static str)> {
        self.1.operations.iter().find(|o| o.0 == operation).map(|o| (o.1, o.2))
    }

    /// Completes what fills the holes; refuses an argument that the operation has no place for.
    fn prepare(&self, operation: &str, lines: &str, place: &str, holes: &mut Holes) -> Result<()> {
        holes.settings(&self.0);
        (self.1.prepare)(operation, &self.0, holes)?;
        match (holes.unused(lines, place), holes.several(lines)) {
            (Some(option), _) => Err(Error::unsupported(["this provider takes no \"", option, "\" here: leave it out"].concat())),
            (_, Some(option)) => Err(Error::unsupported(["this provider takes one of \"", option, "\" here, not several"].concat())),
            _ => Ok(()),
        }
    }

    /// An operation whose answer is read by `finish`.
    fn run<'d, T: 'd>(
        &'d mut self,
        operation: &'static str,
        mut holes: Holes,
        finish: fn(&Api, Result<&str>, &str, &Holes) -> Result<T>,
    ) -> Call<'d, T> {
        let Some((lines, place)) = self.plan(operation) else { return Call::unsupported(&mut self.0, operation) };
        let api = self.1;
        if let Err(error) = self.prepare(operation, lines, place, &mut holes) {
            return Call::failed(&mut self.0, operation, error);
        }
        if holes.get("token").is_none() && ask::after(lines, "token").is_some() {
            holes.set("token", crate::core::host::token(&**self.0.account().host()).into());
        }
        let mut script = ask::Script::new(lines, holes, &api.pages, &self.0.account().endpoint);
        let first = script.first();
        Call::steps(&mut self.0, operation, first, move |response| {
            Ok(match script.next(response)? {
                Some((0, request)) => Step::Send(request),
                Some((pause, request)) => Step::After(pause, request),
                None => match finish(api, script.text(response), place, &script.holes) {
                    Ok(result) => Step::Done(result),
                    // It may be on the next page.
                    Err(error) if error.kind() == Kind::NotFound => {
                        let tree = Tree::json(response.text()?)?;
                        script.more(tree.root())?.map(Step::Send).ok_or(error)?
                    }
                    Err(error) => return Err(error),
                },
            })
        })
    }

    /// Where something is made: as asked for, or as the account's setting says.
    fn place(&self, location: Option<&str>) -> String {
        location.unwrap_or(self.0.setting("location")).to_owned()
    }

    fn one<T: Model + 'static>(&mut self, operation: &'static str, holes: Holes) -> Call<'_, T> {
        self.run(operation, holes, |api, answer, place, holes| {
            let tree = Tree::json(answer?)?;
            read(api, holes.found(tree.root(), place)?)
        })
    }

    fn done(&mut self, operation: &'static str, holes: Holes) -> Call<'_, ()> {
        self.run(operation, holes, |_, _, _, _| Ok(()))
    }

    fn list<T: Model + 'static>(&mut self, operation: &'static str, mut holes: Holes) -> Call<'_, Vec<T>> {
        let Some((lines, place)) = self.plan(operation) else { return Call::unsupported(&mut self.0, operation) };
        if lines.split([' ', '\n']).any(|word| word == "GATHER") {
            return self.run(operation, holes, |api, answer, place, _| items(api, Tree::json(answer?)?.root(), place));
        }
        let api = self.1;
        if let Err(error) = self.prepare(operation, lines, place, &mut holes) {
            return Call::failed(&mut self.0, operation, error);
        }
        let origin = self.0.account().endpoint.clone();
        let mut pages = paging::Paging::new(lines, holes, &api.pages, origin);
        let first = pages.first();
        let page = move |response: &mut Response| {
            let tree = Tree::json(response.text()?)?;
            let items = items(api, tree.root(), place)?;
            Ok(match pages.next(tree.root(), items.len())? {
                Some(next) => Step::Part(items, next),
                None => Step::Done(items),
            })
        };
        Call::parts(&mut self.0, operation, first, page, |list, mut more| list.append(&mut more))
    }
}

/// The items of a list's answer.
fn items<T: Model>(api: &Api, answer: Doc<'_>, place: &str) -> Result<Vec<T>> {
    let mut items = Vec::new();
    map::each(answer, place, &mut |item| {
        items.push(read(api, item)?);
        Ok(())
    })?;
    Ok(items)
}

/// For an [`Api::prepare`]: of the network `cidr` the `$netmask`, and the `$first` and the `$last` address for nodes, beside a
/// `$gateway`.
pub fn range(holes: &mut Holes) -> Result<()> {
    let cidr = holes.text("cidr");
    let mut sides = cidr.splitn(2, '/');
    let address = sides.next().and_then(ip::v4).map(u32::from_be_bytes);
    let length = sides.next().and_then(parse_number).filter(|length| (8..31).contains(length));
    let (Some(address), Some(length)) = (address, length) else {
        return Err(Error::invalid("a network's range is one of IPv4 here, as 10.0.0.0/24"));
    };
    let mask = u32::MAX << (32 - length);
    for (name, address) in
        [("$netmask", mask), ("$gateway", (address & mask) + 1), ("$first", (address & mask) + 2), ("$last", (address | !mask) - 1)]
    {
        holes.set(name, address.to_be_bytes().map(|part| number_text(part.into())).join(".").into());
    }
    Ok(())
}

fn node(id: &str) -> Holes {
    Holes::of(&[("node", id)])
}

impl Compute for Rest {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_nodes(&mut self) -> Call<'_, Vec<Node>> {
        self.list("list_nodes", Holes::default())
    }

    fn get_node(&mut self, id: &str) -> Call<'_, Node> {
        self.one("get_node", node(id))
    }

    fn create_node(&mut self, options: &CreateNode) -> Call<'_, Node> {
        if self.plan("create_node").is_some_and(|(lines, _)| ask::after(lines, "token").is_none())
            && let Err(error) = options.no_token()
        {
            return Call::failed(&mut self.0, "create_node", error);
        }
        let mut holes = Holes::of(&[("name", &options.name), ("image", &options.image), ("size", &options.size)]);
        holes.opt("token", options.idempotency_token.as_deref());
        holes.opt("location", Some(&self.place(options.location.as_deref())));
        holes.opt("keyPair", options.key_pair.as_deref());
        holes.opt("userData", options.user_data.as_deref());
        holes.opt("password", options.password.as_deref());
        holes.set("networks", Json::of(&options.networks));
        holes.set("securityGroups", Json::of(&options.security_groups));
        holes.set("tags", Json::of(&options.tags));
        holes.opt("bootVolume", options.boot_volume.as_deref());
        holes.set("extra", options.extra.clone());
        match options.need_image() {
            Err(error) if options.boot_volume.is_none() => Call::failed(&mut self.0, "create_node", error),
            _ => self.one("create_node", holes),
        }
    }

    fn destroy_node(&mut self, id: &str) -> Call<'_, ()> {
        self.done("destroy_node", node(id))
    }

    fn reboot_node(&mut self, id: &str) -> Call<'_, ()> {
        self.done("reboot_node", node(id))
    }

    fn start_node(&mut self, id: &str) -> Call<'_, ()> {
        self.done("start_node", node(id))
    }

    fn stop_node(&mut self, id: &str) -> Call<'_, ()> {
        self.done("stop_node", node(id))
    }

    fn resize_node(&mut self, id: &str, size: &str) -> Call<'_, ()> {
        self.done("resize_node", Holes::of(&[("node", id), ("size", size)]))
    }

    fn rebuild_node(&mut self, id: &str, image: &str) -> Call<'_, ()> {
        self.done("rebuild_node", Holes::of(&[("node", id), ("image", image)]))
    }

    fn list_sizes(&mut self) -> Call<'_, Vec<NodeSize>> {
        self.list("list_sizes", Holes::default())
    }

    fn list_images(&mut self, owner: Option<&str>) -> Call<'_, Vec<NodeImage>> {
        let mut holes = Holes::default();
        holes.opt("owner", owner);
        self.list("list_images", holes)
    }

    fn get_image(&mut self, id: &str) -> Call<'_, NodeImage> {
        self.one("get_image", Holes::of(&[("image", id)]))
    }

    fn create_image(&mut self, node: &str, name: &str, description: Option<&str>) -> Call<'_, NodeImage> {
        let mut holes = Holes::of(&[("node", node), ("name", name)]);
        holes.opt("description", description);
        self.one("create_image", holes)
    }

    fn delete_image(&mut self, id: &str) -> Call<'_, ()> {
        self.done("delete_image", Holes::of(&[("image", id)]))
    }

    fn copy_image(&mut self, source_region: &str, id: &str, name: &str, description: Option<&str>) -> Call<'_, NodeImage> {
        let mut holes = Holes::of(&[("region", source_region), ("image", id), ("name", name)]);
        holes.opt("description", description);
        self.one("copy_image", holes)
    }

    fn list_locations(&mut self) -> Call<'_, Vec<NodeLocation>> {
        self.list("list_locations", Holes::default())
    }

    fn list_volumes(&mut self) -> Call<'_, Vec<Volume>> {
        self.list("list_volumes", Holes::default())
    }

    fn get_volume(&mut self, id: &str) -> Call<'_, Volume> {
        self.one("get_volume", Holes::of(&[("volume", id)]))
    }

    fn create_volume(&mut self, options: &CreateVolume) -> Call<'_, Volume> {
        let mut holes = Holes::of(&[("name", &options.name)]);
        if options.size > 0 {
            holes.set("size", options.size.into());
        }
        holes.opt("location", Some(&self.place(options.location.as_deref())));
        holes.opt("snapshot", options.snapshot.as_deref());
        holes.opt("volumeType", options.volume_type.as_deref());
        if let Some(iops) = options.iops {
            holes.set("iops", iops.into());
        }
        self.one("create_volume", holes)
    }

    fn attach_volume(&mut self, node: &str, volume: &str, device: Option<&str>) -> Call<'_, ()> {
        let mut holes = Holes::of(&[("node", node), ("volume", volume)]);
        holes.opt("device", device);
        self.done("attach_volume", holes)
    }

    fn detach_volume(&mut self, volume: &str) -> Call<'_, ()> {
        self.done("detach_volume", Holes::of(&[("volume", volume)]))
    }

    fn destroy_volume(&mut self, id: &str) -> Call<'_, ()> {
        self.done("destroy_volume", Holes::of(&[("volume", id)]))
    }

    fn list_volume_snapshots(&mut self, volume: Option<&str>) -> Call<'_, Vec<VolumeSnapshot>> {
        let mut holes = Holes::default();
        holes.opt("volume", volume);
        let operation = "list_volume_snapshots";
        let wanted = volume.map(str::to_owned).filter(|_| self.plan(operation).is_some_and(|(l, place)| holes.unused(l, place).is_some()));
        if wanted.is_some() {
            holes = Holes::default();
        }
        let list = self.list(operation, holes);
        match wanted {
            // Those of all volumes are all that the API gives.
            Some(volume) => {
                list.keep(move |snapshot: &VolumeSnapshot| snapshot.volume.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&volume)))
            }
            None => list,
        }
    }

    fn create_volume_snapshot(&mut self, volume: &str, name: Option<&str>) -> Call<'_, VolumeSnapshot> {
        let mut holes = Holes::of(&[("volume", volume)]);
        holes.opt("name", name);
        self.one("create_volume_snapshot", holes)
    }

    fn destroy_volume_snapshot(&mut self, id: &str) -> Call<'_, ()> {
        self.done("destroy_volume_snapshot", Holes::of(&[("snapshot", id)]))
    }

    fn list_key_pairs(&mut self) -> Call<'_, Vec<KeyPair>> {
        self.list("list_key_pairs", Holes::default())
    }

    fn get_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        self.one("get_key_pair", Holes::of(&[("keyPair", name)]))
    }

    fn create_key_pair(&mut self, name: &str) -> Call<'_, KeyPair> {
        self.one("create_key_pair", Holes::of(&[("name", name)]))
    }

    fn import_key_pair(&mut self, name: &str, public_key: &str) -> Call<'_, KeyPair> {
        self.one("import_key_pair", Holes::of(&[("name", name), ("publicKey", public_key)]))
    }

    fn delete_key_pair(&mut self, name: &str) -> Call<'_, ()> {
        self.done("delete_key_pair", Holes::of(&[("keyPair", name)]))
    }

    fn list_tags(&mut self, id: &str) -> Call<'_, Pairs> {
        self.run("list_tags", node(id), |_, answer, place, holes| {
            let tree = Tree::json(answer?)?;
            // Some leave out tags that are none: `?` before the place.
            let path = place.trim_start_matches('?');
            match holes.found(tree.root(), path) {
                Err(_) if path.len() < place.len() => Ok(Pairs::default()),
                found => Ok(filter::tags(found?)),
            }
        })
    }

    fn set_tags(&mut self, id: &str, tags: &Pairs) -> Call<'_, ()> {
        let mut holes = node(id);
        holes.set("tags", Json::of(tags));
        self.done("set_tags", holes)
    }

    fn delete_tags(&mut self, id: &str, names: &[String]) -> Call<'_, ()> {
        let mut holes = node(id);
        holes.set("names", array(names.iter().map(|name| Json::of(&**name))));
        self.done("delete_tags", holes)
    }

    fn list_networks(&mut self) -> Call<'_, Vec<Network>> {
        self.list("list_networks", Holes::default())
    }

    fn create_network(&mut self, name: &str, cidr: &str) -> Call<'_, Network> {
        self.one("create_network", Holes::of(&[("name", name), ("cidr", cidr)]))
    }

    fn delete_network(&mut self, id: &str) -> Call<'_, ()> {
        self.done("delete_network", Holes::of(&[("network", id)]))
    }

    fn list_security_groups(&mut self) -> Call<'_, Vec<SecurityGroup>> {
        self.list("list_security_groups", Holes::default())
    }

    fn create_security_group(&mut self, name: &str, description: &str) -> Call<'_, SecurityGroup> {
        let mut holes = Holes::of(&[("name", name)]);
        holes.opt("description", Some(description).filter(|d| !d.is_empty()));
        self.one("create_security_group", holes)
    }

    fn delete_security_group(&mut self, id: &str) -> Call<'_, ()> {
        self.done("delete_security_group", Holes::of(&[("securityGroup", id)]))
    }

    fn add_security_group_rule(&mut self, id: &str, rule: &Rule) -> Call<'_, ()> {
        let mut holes = Holes::of(&[("securityGroup", id), ("direction", if rule.egress { "out" } else { "in" })]);
        holes.opt("protocol", Some(&*rule.protocol).filter(|p| !p.is_empty()));
        holes.opt("cidr", Some(&*rule.cidr).filter(|c| !c.is_empty()));
        for (name, port) in [("fromPort", rule.from_port), ("toPort", rule.to_port.or(rule.from_port))] {
            holes.set(name, port.into());
        }
        self.done("add_security_group_rule", holes)
    }
}
