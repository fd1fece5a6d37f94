//! The sandbox, through the operations' names, in a time of its own: when everybody waits, it jumps to the first alarm.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use skyfetch::clouds;
use skyfetch::compute::{NodeState, wait_until};
use skyfetch::core::error::{Error, Kind, Result};
use skyfetch::core::host::{Host, SharedHost};
use skyfetch::core::http::{Attempt, Body, Response};
use skyfetch::core::link::Account;
use skyfetch::core::task::{Cancel, Task};
use skyfetch::core::wire::{Json, Pairs, Tree};
use skyfetch::dispatch::{self, Args, Faults};

const NOW: u64 = 1_795_435_200_000;

/// Time that passes when nothing else happens, and chances that are the same in every run.
#[derive(Default)]
struct Clock {
    now: Rc<Cell<u64>>,
    alarms: Rc<RefCell<Vec<u64>>>,
    seed: Cell<u64>,
}

impl Host for Clock {
    fn send(&self, attempt: &Attempt<'_>, _: &Cancel) -> LocalBoxFuture<'static, Result<Response>> {
        panic!("the sandbox sent {}", attempt.url())
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        let (now, alarms, at) = (self.now.clone(), self.alarms.clone(), self.now.get() + ms);
        Box::pin(poll_fn(move |_| match now.get() >= at {
            true => Poll::Ready(()),
            false => {
                alarms.borrow_mut().push(at);
                Poll::Pending
            }
        }))
    }

    fn now(&self) -> u64 {
        self.now.get()
    }

    fn random(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let next = self.seed.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.seed.set(next);
            *byte = (next >> 56) as u8;
        }
    }
}

impl Clock {
    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return value;
            }
            let first = self.alarms.take().into_iter().min().expect("somebody waits for nothing");
            self.now.set(first);
        }
    }
}

/// A listing with its rows as objects.
fn objects_of(mut listing: Value, method: &str) -> Value {
    if method == "listObjects" {
        let container = listing["container"].take();
        for row in listing["objects"].as_array_mut().unwrap() {
            let cell = |i: usize| row.get(i).cloned();
            let extra = match cell(4) {
                Some(Value::String(class)) => json!({"last_modified": cell(3), "storage_class": class}),
                extra => json!(extra),
            };
            *row = json!({
                "name": cell(0), "size": cell(1), "etag": cell(2), "lastModified": cell(3), "extra": extra, "contentType": cell(5),
                "metadata": cell(6).unwrap_or_else(|| json!({})), "container": container,
            });
        }
    }
    listing
}

struct World {
    account: Rc<Account>,
    clock: Rc<Clock>,
    task: Task,
}

impl World {
    fn new(fields: &[(&str, &str)]) -> World {
        let clock = clock();
        World { account: open(fields, clock.clone()).unwrap(), clock, task: Task::default() }
    }

    async fn call(&self, service: &str, method: &str, args: Value, body: &[u8]) -> Result<Vec<Value>> {
        let cloud = clouds::find("sandbox").unwrap();
        let text = args.to_string();
        let tree = Tree::json(&text).unwrap();
        let faults = Faults::default();
        let (args, task) = (Args(tree.root(), &faults), self.task.clone());
        let json: Json = match (service, method) {
            ("compute", _) => dispatch::compute(&mut *cloud.compute(&self.account, task)?, method, args)?.await?,
            ("storage", "download") => {
                let mut driver = cloud.storage(&self.account, task)?;
                let got = dispatch::download(&mut *driver, args)?.await?;
                let bytes = got.body.handle.downcast::<Vec<u8>>().unwrap();
                Json::of(&*String::from_utf8(*bytes).unwrap())
            }
            ("storage", _) => {
                let body = if body.is_empty() { Body::Empty } else { Body::Bytes(body.to_vec()) };
                dispatch::storage(&mut *cloud.storage(&self.account, task)?, method, args, body)?.await?
            }
            ("dns", "plan") => dispatch::plan(&mut *cloud.dns(&self.account, task)?, args).await?,
            ("dns", "apply") => dispatch::apply(&mut *cloud.dns(&self.account, task)?, args).await?,
            ("dns", "exportZone") => dispatch::export(&mut *cloud.dns(&self.account, task)?, args).await?,
            _ => dispatch::dns(&mut *cloud.dns(&self.account, task)?, method, args)?.await?,
        };
        Ok(json.as_str().lines().map(|line| objects_of(serde_json::from_str(line).unwrap(), method)).collect())
    }

    fn ok(&self, service: &str, method: &str, args: Value) -> Value {
        self.send(service, method, args, b"")
    }

    fn send(&self, service: &str, method: &str, args: Value, body: &[u8]) -> Value {
        let mut parts = self.clock.run(self.call(service, method, args.clone(), body)).unwrap_or_else(|e| panic!("{method} {args}: {e:?}"));
        if parts.len() == 1 { parts.remove(0) } else { Value::Array(parts) }
    }

    fn bad(&self, kind: Kind, service: &str, method: &str, args: Value) -> Error {
        let error = self.clock.run(self.call(service, method, args.clone(), b"")).expect_err(method);
        assert_eq!(error.kind(), kind, "{method} {args}: {error:?}");
        error
    }
}

fn open(fields: &[(&str, &str)], host: SharedHost) -> Result<Rc<Account>> {
    let fields = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    clouds::account(clouds::find("sandbox").unwrap(), Pairs(fields), host)
}

fn clock() -> Rc<Clock> {
    Rc::new(Clock { now: Rc::new(Cell::new(NOW)), ..Clock::default() })
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|v| v["name"].as_str().unwrap()).collect()
}

const SPEC: &str = r#"[{"name":"web","image":"debian-13","size":"size-1"}]"#;

fn spec() -> Value {
    serde_json::from_str(SPEC).unwrap()
}

#[test]
fn fields_are_checked() {
    let host: SharedHost = clock();
    for (name, value) in [("latency", "-1"), ("latency", "soon"), ("failureRate", "1.1"), ("failureRate", "NaN"), ("bootTime", "inf")] {
        let error = open(&[(name, value)], host.clone()).unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid, "{name} {value}");
    }
    open(&[("latency", "0"), ("failureRate", "0.5"), ("bootTime", "10")], host).unwrap();
}

/// What the registry lists is there; what it does not list is unsupported.
#[test]
fn registry_and_drivers_agree() {
    let world = World::new(&[]);
    let cloud = clouds::find("sandbox").unwrap();
    for (service, has, all) in [
        ("compute", cloud.compute, skyfetch::compute::COMPUTE),
        ("storage", cloud.storage, skyfetch::storage::STORAGE),
        ("dns", cloud.dns, skyfetch::dns::DNS),
    ] {
        for (_, js) in all {
            let args = match *js {
                "createNode" => spec(),
                "createVolume" => json!([{"name": "v", "size": 1}]),
                "createRecord" => json!(["z", {"type": "A", "data": "192.0.2.1"}]),
                "replaceRecords" => json!(["z", "", "A", []]),
                "putPart" => json!(["c", "o", {"upload": "u", "number": 1}]),
                "completeUpload" => json!(["c", "o", "u", []]),
                "deleteObjects" | "deleteTags" => json!(["c", ["o"]]),
                "setTags" if service == "storage" => json!(["c", "o", {}]),
                "addSecurityGroupRule" | "setTags" => json!(["g", {}]),
                "setCors" => json!(["c", []]),
                "deleteObject" | "getTags" => json!(["c", "o"]),
                "updateRecord" => json!(["z", "r", {}]),
                "updateZone" | "listObjects" | "listVersions" | "createVolumeSnapshot" | "createSecurityGroup" => json!(["z"]),
                "listImages" => json!([]),
                "copyImage" => json!(["region", "image", "name"]),
                "createImage" => json!(["node", "name"]),
                "download" => continue,
                "getObject" | "presign" => json!(["c", "o"]),
                _ => json!(["a", "b", "c", "d"]),
            };
            let outcome = world.clock.run(world.call(service, js, args, b""));
            let unsupported = matches!(&outcome, Err(e) if e.kind() == Kind::Unsupported);
            assert_eq!(unsupported, !has.contains(js), "{service} {js}: {outcome:?}");
        }
    }
}

#[test]
fn a_node_lives() {
    let w = World::new(&[]);
    let node = w.ok("compute", "createNode", spec());
    assert_eq!(node["id"], "node-1");
    assert_eq!(node["state"], "pending");
    assert_eq!(node["createdAt"], "2026-11-23T12:00:00.030Z", "the answer took 30 ms");
    assert_eq!(node["extra"]["sandbox"], true);
    assert_eq!(node["extra"]["location"], "sandbox-1");
    assert_eq!((&node["publicIps"], &node["privateIps"]), (&json!(["198.18.0.1"]), &json!(["10.0.0.1"])));
    w.bad(Kind::Conflict, "compute", "stopNode", json!([node]));
    let cloud = clouds::find("sandbox").unwrap();
    let mut driver = cloud.compute(&w.account, Task::default()).unwrap();
    let running = w.clock.run(wait_until(&mut *driver, "node-1", NodeState::Running, 500)).unwrap();
    assert_eq!((running.state, running.name.as_str()), (NodeState::Running, "web"));
    assert!((NOW + 2_000..NOW + 3_000).contains(&w.clock.now.get()));
    for (order, then, at_last) in
        [("rebootNode", "rebooting", "running"), ("stopNode", "stopping", "stopped"), ("startNode", "starting", "running")]
    {
        w.ok("compute", order, json!([node]));
        assert_eq!(w.ok("compute", "getNode", json!([node]))["state"], then);
        w.clock.run(w.clock.sleep(2_000));
        assert_eq!(w.ok("compute", "getNode", json!([node]))["state"], at_last);
    }
    w.bad(Kind::Conflict, "compute", "startNode", json!([node]));
    w.ok("compute", "destroyNode", json!([node]));
    w.bad(Kind::NotFound, "compute", "getNode", json!([node]));
    w.bad(Kind::NotFound, "compute", "destroyNode", json!([node]));
    let next = w.ok("compute", "createNode", spec());
    assert_eq!(next["id"], "node-2", "an id is never used twice");
}

#[test]
fn nodes_are_listed_by_age() {
    let w = World::new(&[("latency", "0")]);
    for _ in 0..11 {
        w.ok("compute", "createNode", spec());
    }
    let ids: Vec<_> = w.ok("compute", "listNodes", json!([])).as_array().unwrap().iter().map(|n| n["id"].clone()).collect();
    assert_eq!(ids[..3], ["node-1", "node-2", "node-3"]);
    assert_eq!(ids[10], "node-11");
    let other = World::new(&[]);
    assert_eq!(other.ok("compute", "listNodes", json!([])), json!([]), "another account is another world");
}

#[test]
fn a_node_is_made_of_what_there_is() {
    let w = World::new(&[]);
    for (option, value) in [
        ("image", json!("windows")),
        ("size", json!("huge")),
        ("location", json!("moon")),
        ("keyPair", json!("nobody")),
        ("networks", json!(["network-9"])),
        ("securityGroups", json!(["group-9"])),
    ] {
        let mut args = spec();
        args[0][option] = value;
        w.bad(Kind::Invalid, "compute", "createNode", args);
    }
    let sizes = w.ok("compute", "listSizes", json!([]));
    assert_eq!(names(&sizes), ["Nano", "Small", "Medium", "Large"]);
    assert_eq!(sizes[0]["price"], 0.005);
    assert_eq!(w.ok("compute", "listLocations", json!([]))[0]["id"], "sandbox-1");
    assert_eq!(w.ok("compute", "listImages", json!([{"owner": "self"}])), json!([]));
    assert_eq!(w.ok("compute", "listImages", json!([])).as_array().unwrap().len(), 3);
    assert_eq!(w.ok("compute", "getImage", json!(["debian-13"]))["name"], "Debian 13");
}

#[test]
fn a_token_makes_one_node() {
    let w = World::new(&[]);
    let mut args = spec();
    args[0]["idempotencyToken"] = json!("once");
    let one = w.ok("compute", "createNode", args.clone());
    assert_eq!(w.ok("compute", "createNode", args.clone()), one);
    args[0]["name"] = json!("other");
    w.bad(Kind::Conflict, "compute", "createNode", args);
    assert_eq!(w.ok("compute", "listNodes", json!([])).as_array().unwrap().len(), 1);
}

#[test]
fn volumes_and_snapshots() {
    let w = World::new(&[]);
    let node = w.ok("compute", "createNode", spec());
    let volume = w.ok("compute", "createVolume", json!([{"name": "data", "size": 20}]));
    assert_eq!((&volume["id"], &volume["size"], &volume["state"]), (&json!("volume-1"), &json!(20), &json!("available")));
    w.bad(Kind::Conflict, "compute", "detachVolume", json!([volume]));
    w.bad(Kind::NotFound, "compute", "attachVolume", json!(["node-9", volume]));
    w.ok("compute", "attachVolume", json!([node, volume]));
    let attached = w.ok("compute", "getVolume", json!([volume]));
    assert_eq!((&attached["state"], &attached["extra"]["device"]), (&json!("inuse"), &json!("/dev/vdb")));
    w.bad(Kind::Conflict, "compute", "attachVolume", json!([node, volume]));
    w.bad(Kind::Conflict, "compute", "destroyVolume", json!([volume]));
    let other = w.ok("compute", "createVolume", json!([{"name": "more", "size": 1}]));
    w.bad(Kind::Conflict, "compute", "attachVolume", json!([node, other, {"device": "/dev/vdb"}]));
    w.ok("compute", "attachVolume", json!([node, other]));
    assert_eq!(w.ok("compute", "getVolume", json!([other]))["extra"]["device"], "/dev/vdc");
    w.ok("compute", "detachVolume", json!([other]));
    let snapshot = w.ok("compute", "createVolumeSnapshot", json!([volume, {"name": "before"}]));
    assert_eq!((&snapshot["state"], &snapshot["size"], &snapshot["volume"]), (&json!("available"), &json!(20), &json!("volume-1")));
    assert_eq!(w.ok("compute", "listVolumeSnapshots", json!(["volume-1"])), json!([snapshot]));
    assert_eq!(w.ok("compute", "listVolumeSnapshots", json!(["volume-2"])), json!([]));
    let copy = w.ok("compute", "createVolume", json!([{"name": "copy", "snapshot": snapshot}]));
    assert_eq!(copy["size"], 20);
    w.bad(Kind::Invalid, "compute", "createVolume", json!([{"name": "small", "size": 5, "snapshot": snapshot}]));
    w.ok("compute", "destroyVolumeSnapshot", json!([snapshot]));
    w.ok("compute", "destroyNode", json!([node]));
    let free = w.ok("compute", "getVolume", json!([volume]));
    assert_eq!((&free["state"], &free["extra"]["node"]), (&json!("available"), &Value::Null));
    w.ok("compute", "destroyVolume", json!([volume]));
}

#[test]
fn what_nodes_use() {
    let w = World::new(&[]);
    let key = w.ok("compute", "importKeyPair", json!(["me", "ssh-ed25519 AAAA me@here"]));
    assert_eq!((&key["name"], &key["publicKey"]), (&json!("me"), &json!("ssh-ed25519 AAAA me@here")));
    w.bad(Kind::Conflict, "compute", "importKeyPair", json!(["me", "ssh-ed25519 AAAA me@here"]));
    w.bad(Kind::Invalid, "compute", "importKeyPair", json!(["you", "AAAA"]));
    let network = w.ok("compute", "createNetwork", json!(["inner", "10.1.0.0/16"]));
    w.bad(Kind::Invalid, "compute", "createNetwork", json!(["inner", "10.1.0.0/33"]));
    let group = w.ok("compute", "createSecurityGroup", json!(["web", {"description": "HTTP"}]));
    w.bad(Kind::Conflict, "compute", "createSecurityGroup", json!(["web"]));
    w.ok("compute", "addSecurityGroupRule", json!([group, {"protocol": "tcp", "fromPort": 80, "toPort": 443, "cidr": "0.0.0.0/0"}]));
    w.bad(Kind::Invalid, "compute", "addSecurityGroupRule", json!([group, {"fromPort": 2, "toPort": 1}]));
    let groups = w.ok("compute", "listSecurityGroups", json!([]));
    assert_eq!(
        groups[0]["extra"]["rules"],
        json!([{"egress": false, "protocol": "tcp", "fromPort": 80, "toPort": 443, "cidr": "0.0.0.0/0"}])
    );
    let mut args = spec();
    args[0]["networks"] = json!([network]);
    args[0]["securityGroups"] = json!([group]);
    args[0]["keyPair"] = json!(key);
    args[0]["tags"] = json!({"env": "test", "ä": "ö\n"});
    args[0]["password"] = json!("never kept");
    let node = w.ok("compute", "createNode", args);
    assert_eq!(w.ok("compute", "listTags", json!([node])), json!({"env": "test", "ä": "ö\n"}));
    assert_eq!(node["extra"]["key_name"], "me");
    assert!(!node.to_string().contains("never kept"));
    w.bad(Kind::Conflict, "compute", "deleteNetwork", json!([network]));
    w.bad(Kind::Conflict, "compute", "deleteSecurityGroup", json!([group]));
    w.ok("compute", "setTags", json!([node, {"env": "live", "owner": "me"}]));
    w.ok("compute", "deleteTags", json!([node, ["ä", "none"]]));
    assert_eq!(w.ok("compute", "listTags", json!([node])), json!({"env": "live", "owner": "me"}));
    let image = w.ok("compute", "createImage", json!([node, "mine", {"description": "of web"}]));
    assert_eq!(w.ok("compute", "listImages", json!([{"owner": "self"}]))[0]["id"], image["id"]);
    w.bad(Kind::Denied, "compute", "deleteImage", json!(["debian-13"]));
    w.ok("compute", "deleteImage", json!([image]));
    w.ok("compute", "destroyNode", json!([node]));
    w.ok("compute", "deleteNetwork", json!([network]));
    w.ok("compute", "deleteSecurityGroup", json!([group]));
    w.ok("compute", "deleteKeyPair", json!([key]));
    w.bad(Kind::NotFound, "compute", "getKeyPair", json!([key]));
}

#[test]
fn objects() {
    let w = World::new(&[]);
    let put = |name: &str, text: &str, options: Value| w.send("storage", "putObject", json!(["c", name, options]), text.as_bytes());
    w.bad(Kind::NotFound, "storage", "putObject", json!(["c", "a"]));
    w.ok("storage", "createContainer", json!(["c"]));
    w.bad(Kind::Conflict, "storage", "createContainer", json!(["c"]));
    let object = put("a/ü b", "hello world", json!({"contentType": "text/plain", "cacheControl": "no-store", "metadata": {"k": "ä"}}));
    assert_eq!((&object["name"], &object["size"], &object["container"]), (&json!("a/ü b"), &json!(11), &json!("c")));
    assert_eq!(w.ok("storage", "getObject", json!(["c", object])), object);
    assert_eq!(object["metadata"], json!({"k": "ä"}));
    assert_eq!(object["extra"], json!({"sandbox": true, "cache_control": "no-store"}));
    let get = |options: Value| w.ok("storage", "download", json!(["c", "a/ü b", options]));
    assert_eq!(get(json!({})), "hello world");
    assert_eq!(get(json!({"start": 6})), "world");
    assert_eq!(get(json!({"start": 0, "end": 4})), "hello");
    assert_eq!(get(json!({"start": 6, "end": 999})), "world");
    assert_eq!(get(json!({"suffix": 5})), "world");
    assert_eq!(get(json!({"suffix": 500})), "hello world");
    assert_eq!(get(json!({"ifMatch": object["etag"]})), "hello world");
    w.bad(Kind::Invalid, "storage", "download", json!(["c", "a/ü b", {"start": 11}]));
    w.bad(Kind::Conflict, "storage", "download", json!(["c", "a/ü b", {"ifMatch": "v0"}]));
    w.bad(Kind::Conflict, "storage", "download", json!(["c", "a/ü b", {"ifNoneMatch": object["etag"]}]));
    w.bad(Kind::NotFound, "storage", "download", json!(["c", "none"]));
    w.bad(Kind::Conflict, "storage", "putObject", json!(["c", "a/ü b", {"ifNoneMatch": "*"}]));
    let newer = put("a/ü b", "", json!({"ifMatch": object["etag"]}));
    assert_ne!(newer["etag"], object["etag"]);
    assert_eq!((&newer["size"], &newer["metadata"]), (&json!(0), &json!({})));
    w.bad(Kind::Conflict, "storage", "putObject", json!(["c", "a/ü b", {"ifMatch": object["etag"]}]));
    put("b", "bee", json!({"contentType": "text/bee", "metadata": {"k": "v"}}));
    w.ok("storage", "createContainer", json!(["d"]));
    let copy = w.ok("storage", "copyObject", json!(["c", "b", "d", "copy"]));
    assert_eq!((&copy["contentType"], &copy["metadata"], &copy["container"]), (&json!("text/bee"), &json!({"k": "v"}), &json!("d")));
    let other = w.ok("storage", "copyObject", json!(["c", "b", "d", "other", {"contentType": "x/y"}]));
    assert_eq!((&other["contentType"], &other["metadata"]), (&json!("x/y"), &json!({})));
    assert_eq!(w.ok("storage", "download", json!(["d", "other"])), "bee");
    w.bad(Kind::NotFound, "storage", "copyObject", json!(["c", "none", "d", "x"]));
    w.bad(Kind::Conflict, "storage", "deleteContainer", json!(["d"]));
    assert_eq!(w.ok("storage", "deleteObjects", json!(["d", ["copy", "other", "none"]])), json!([]));
    w.ok("storage", "deleteContainer", json!(["d"]));
    w.ok("storage", "deleteObject", json!(["c", "b"]));
    w.ok("storage", "deleteObject", json!(["c", "b"]));
    assert_eq!(names(&w.ok("storage", "listContainers", json!([]))), ["c"]);
    w.bad(Kind::Unsupported, "storage", "presign", json!(["c", "b"]));
}

#[test]
fn listings_have_pages() {
    let w = World::new(&[("latency", "0")]);
    w.ok("storage", "createContainer", json!(["c"]));
    for name in ["b", "a/1", "a/2", "a", "é", "z/x/1", "z/y", "Z", "a-1"] {
        w.send("storage", "putObject", json!(["c", name, {"contentType": "text/plain"}]), b"x");
    }
    let list = |options: Value| {
        let listing = w.ok("storage", "listObjects", json!(["c", options]));
        let parts = if listing.is_array() { listing.as_array().unwrap().clone() } else { vec![listing] };
        let text = |l: &Value| {
            let prefixes = l["prefixes"].as_array().unwrap().iter().map(|p| p.as_str().unwrap());
            names(&l["objects"]).into_iter().chain(prefixes).collect::<Vec<_>>().join(" ")
        };
        parts.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(list(json!({})), ["Z a a-1 a/1 a/2 b z/x/1 z/y é"], "in the order of bytes");
    assert_eq!(list(json!({"pageSize": 4})), ["Z a a-1 a/1", "a/2 b z/x/1 z/y", "é"]);
    assert_eq!(list(json!({"prefix": "a/"})), ["a/1 a/2"]);
    assert_eq!(list(json!({"delimiter": "/"})), ["Z a a-1 b é a/ z/"]);
    assert_eq!(list(json!({"delimiter": "/", "pageSize": 1})), ["Z", "a", "a-1", "a/", "b", "z/", "é"]);
    assert_eq!(list(json!({"delimiter": "/", "prefix": "z/"})), ["z/y z/x/"]);
    assert_eq!(list(json!({"startAfter": "a/1"})), ["a/2 b z/x/1 z/y é"]);
    assert_eq!(list(json!({"prefix": "none"})), [""]);
    let one = w.ok("storage", "listObjects", json!(["c", {"prefix": "b"}]))["objects"][0].clone();
    assert_eq!((&one["size"], &one["contentType"]), (&json!(1), &Value::Null), "a list says less than the object itself");
    w.bad(Kind::NotFound, "storage", "listObjects", json!(["none"]));
}

#[test]
fn a_thousand_names_are_a_page() {
    let w = World::new(&[("latency", "0")]);
    w.ok("storage", "createContainer", json!(["c"]));
    for n in 0..1_001 {
        w.send("storage", "putObject", json!(["c", format!("{n:04}")]), b"x");
    }
    let parts = w.ok("storage", "listObjects", json!(["c"]));
    assert_eq!(names(&parts[0]["objects"]).len(), 1_000);
    assert_eq!(names(&parts[1]["objects"]), ["1000"]);
}

#[test]
fn uploads_in_parts() {
    let w = World::new(&[]);
    w.ok("storage", "createContainer", json!(["c"]));
    let upload = w.ok("storage", "createUpload", json!(["c", "big", {"contentType": "a/b"}]));
    let part =
        |number: u64, text: &str| w.send("storage", "putPart", json!(["c", "big", {"upload": upload, "number": number}]), text.as_bytes());
    let (two, ten) = (part(2, "two"), part(10, "ten"));
    let one = part(1, "wrong");
    let again = part(1, "one ");
    assert_ne!(one["etag"], again["etag"]);
    assert_eq!((&again["number"], &again["size"]), (&json!(1), &json!(4)));
    assert_eq!(names(&w.ok("storage", "listUploads", json!(["c"]))), ["big"]);
    w.bad(Kind::NotFound, "storage", "completeUpload", json!(["c", "other", upload, [again]]));
    for parts in [json!([one]), json!([two, again]), json!([again, again]), json!([]), json!([{"number": 3, "etag": "v1"}])] {
        w.bad(Kind::Invalid, "storage", "completeUpload", json!(["c", "big", upload, parts]));
    }
    let object = w.ok("storage", "completeUpload", json!(["c", "big", upload, [again, two, ten]]));
    assert_eq!((&object["size"], &object["contentType"]), (&json!(10), &json!("a/b")));
    assert_eq!(w.ok("storage", "download", json!(["c", "big"])), "one twoten");
    w.bad(Kind::NotFound, "storage", "abortUpload", json!(["c", "big", upload]));
    let next = w.ok("storage", "createUpload", json!(["c", "never"]));
    w.ok("storage", "abortUpload", json!(["c", "never", next]));
    assert_eq!(w.ok("storage", "listUploads", json!(["c"])), json!([]));
}

#[test]
fn zones_and_records() {
    let w = World::new(&[]);
    let zone = w.ok("dns", "createZone", json!(["Example.org.", {"ttl": 600}]));
    assert_eq!((&zone["id"], &zone["domain"], &zone["type"]), (&json!("zone-1"), &json!("example.org"), &json!("master")));
    w.bad(Kind::Conflict, "dns", "createZone", json!(["example.org"]));
    w.bad(Kind::Invalid, "dns", "createZone", json!(["example..org"]));
    let changed = w.ok("dns", "updateZone", json!([zone, {"type": "slave", "masters": ["192.0.2.1"]}]));
    assert_eq!((&changed["type"], &changed["ttl"], &changed["extra"]["masters"]), (&json!("slave"), &json!(600), &json!(["192.0.2.1"])));
    let again = w.ok("dns", "updateZone", json!([zone, {"nameservers": ["ns1.example.org"]}]));
    assert_eq!(again["extra"], json!({"sandbox": true, "masters": ["192.0.2.1"], "nameservers": ["ns1.example.org"]}));
    let record = w.ok("dns", "createRecord", json!([zone, {"name": "WWW", "type": "a", "data": "192.0.2.1", "ttl": 60}]));
    assert_eq!((&record["name"], &record["type"], &record["ttl"]), (&json!("www"), &json!("A"), &json!(60)));
    for (kind, options) in [
        (Kind::Conflict, json!({"name": "www", "type": "A", "data": "192.0.2.1"})),
        (Kind::Conflict, json!({"name": "www", "type": "CNAME", "data": "x.example"})),
        (Kind::Invalid, json!({"name": "", "type": "CNAME", "data": "x.example"})),
        (Kind::Invalid, json!({"name": "www", "type": "A", "data": "192.0.2"})),
        (Kind::Invalid, json!({"name": "www.example.org.", "type": "A", "data": "192.0.2.1"})),
        (Kind::Invalid, json!({"type": "MX", "data": "mx.example"})),
    ] {
        w.bad(kind, "dns", "createRecord", json!([zone, options]));
    }
    let mx = w.ok("dns", "createRecord", json!([zone, {"type": "MX", "data": "mx.example.", "priority": 10}]));
    assert_eq!((&mx["name"], &mx["data"], &mx["extra"]["priority"]), (&json!(""), &json!("mx.example"), &json!(10)));
    let mx = w.ok("dns", "updateRecord", json!([zone, mx, {"data": "mx2.example"}]));
    assert_eq!((&mx["data"], &mx["extra"]["priority"]), (&json!("mx2.example"), &json!(10)));
    let mx = w.ok("dns", "updateRecord", json!([zone, mx, {"data": "20 mx2.example"}]));
    assert_eq!((&mx["data"], &mx["extra"]["priority"]), (&json!("mx2.example"), &json!(20)));
    let text = w.ok("dns", "updateRecord", json!([zone, mx, {"type": "TXT", "data": "hi \"you\""}]));
    assert_eq!((&text["data"], &text["id"], &text["extra"]["priority"]), (&json!("hi \"you\""), &mx["id"], &Value::Null));
    w.ok("dns", "replaceRecords", json!([zone, "www", "A", [{"data": "192.0.2.7"}, {"data": "192.0.2.8"}]]));
    w.bad(Kind::NotFound, "dns", "getRecord", json!([zone, record]));
    w.bad(Kind::Invalid, "dns", "replaceRecords", json!([zone, "www", "A", [{"data": "192.0.2.9"}, {"data": "nowhere"}]]));
    let all = w.ok("dns", "listRecords", json!([zone]));
    let data: Vec<_> = all.as_array().unwrap().iter().map(|r| r["data"].as_str().unwrap()).collect();
    assert_eq!(data, ["hi \"you\"", "192.0.2.7", "192.0.2.8"], "all or nothing");
    w.ok("dns", "replaceRecords", json!([zone, "www", "A", []]));
    w.ok("dns", "deleteRecord", json!([zone, text]));
    assert_eq!(w.ok("dns", "listRecords", json!([zone])), json!([]));
    w.ok("dns", "deleteZone", json!([zone]));
    w.bad(Kind::NotFound, "dns", "listRecords", json!([zone]));
}

fn filled() -> (World, Value) {
    let w = World::new(&[]);
    let zone = w.ok("dns", "createZone", json!(["example.org"]));
    for record in [
        json!({"name": "www", "type": "A", "data": "192.0.2.1", "ttl": 300}),
        json!({"name": "www", "type": "A", "data": "192.0.2.2", "ttl": 300}),
        json!({"name": "old", "type": "A", "data": "192.0.2.3", "ttl": 300}),
        json!({"type": "NS", "data": "ns1.example.org"}),
        json!({"type": "MX", "data": "mx.example.org", "priority": 10}),
        json!({"name": "gone", "type": "TXT", "data": "bye"}),
    ] {
        w.ok("dns", "createRecord", json!([zone, record]));
    }
    (w, zone)
}

fn desired() -> Value {
    json!([
        {"name": "www", "type": "A", "data": "192.0.2.2", "ttl": 60},
        {"name": "www", "type": "A", "data": "192.0.2.4", "ttl": 60},
        {"name": "www", "type": "A", "data": "192.0.2.5", "ttl": 60},
        {"name": "old", "type": "CNAME", "data": "www.example.org"},
        {"type": "MX", "data": "mx.example.org", "priority": 10},
    ])
}

#[test]
fn plans() {
    let (w, zone) = filled();
    let records = w.ok("dns", "listRecords", json!([zone]));
    let same = w.ok("dns", "plan", json!([zone, records, {"prune": true}]));
    assert_eq!(same, json!({"zone": "zone-1", "changes": [], "keep": 5}));
    let plan = w.ok("dns", "plan", json!([zone, desired(), {"prune": true}]));
    let change = |c: &Value| format!("{} {} {}", c["action"], c["name"], c["type"]).replace('"', "");
    let changes: Vec<_> = plan["changes"].as_array().unwrap().iter().map(change).collect();
    assert_eq!(changes, ["delete old A", "create old CNAME", "update www A", "delete gone TXT"]);
    assert_eq!(w.ok("dns", "apply", json!([plan])), json!({"applied": 4, "skipped": 0}));
    assert_eq!(w.ok("dns", "apply", json!([plan])), json!({"applied": 0, "skipped": 4}), "nothing is left to do");
    let file = w.ok("dns", "exportZone", json!([zone]));
    let want = "$ORIGIN example.org.\n$TTL 3600\n; The provider lists no SOA record: a name server needs one.\n@ IN NS ns1.example.org.\n\
        @ IN MX 10 mx.example.org.\nold IN CNAME www.example.org.\nwww 60 IN A 192.0.2.2\nwww 60 IN A 192.0.2.4\nwww 60 IN A 192.0.2.5\n";
    assert_eq!(file, want);
}

#[test]
fn a_stale_plan_is_refused() {
    let (w, zone) = filled();
    let plan = w.ok("dns", "plan", json!([zone, desired(), {"prune": true}]));
    w.ok("dns", "createRecord", json!([zone, {"name": "www", "type": "A", "data": "192.0.2.9"}]));
    let before = w.ok("dns", "listRecords", json!([zone]));
    w.bad(Kind::Conflict, "dns", "apply", json!([plan]));
    assert_eq!(w.ok("dns", "listRecords", json!([zone])), before);
    w.bad(Kind::Invalid, "dns", "apply", json!([{"zone": "zone-1"}]));
}

#[test]
fn a_plan_that_fails_says_what_was_done_and_can_go_on() {
    let (w, zone) = filled();
    let mut plan = w.ok(
        "dns",
        "plan",
        json!([zone, [{"name": "a", "type": "A", "data": "192.0.2.1"}, {"name": "b", "type": "A", "data": "192.0.2.1"}]]),
    );
    plan["changes"][1]["after"] = json!(["nowhere"]);
    let error = w.bad(Kind::Invalid, "dns", "apply", json!([plan]));
    assert!(error.message().ends_with("(failed: create b A; done before: create a A)"), "{error}");
    plan["changes"][1]["after"] = json!(["192.0.2.1"]);
    assert_eq!(w.ok("dns", "apply", json!([plan])), json!({"applied": 1, "skipped": 1}));
}

/// A driver that replaces no records whole: changes are made record by record.
mod one_by_one {
    use skyfetch::core::call::Call;
    use skyfetch::core::link::Link;
    use skyfetch::dns::{Dns, Record, RecordOptions};

    pub struct OneByOne(pub Box<dyn Dns>, pub Vec<String>);

    impl Dns for OneByOne {
        fn link(&mut self) -> &mut Link {
            self.0.link()
        }
        fn list_records(&mut self, zone: &str) -> Call<'_, Vec<Record>> {
            self.0.list_records(zone)
        }
        fn create_record(&mut self, zone: &str, options: &RecordOptions) -> Call<'_, Record> {
            self.1.push(format!("create {}", options.data.as_deref().unwrap()));
            self.0.create_record(zone, options)
        }
        fn update_record(&mut self, zone: &str, id: &str, options: &RecordOptions) -> Call<'_, Record> {
            self.1.push(format!("update {id} {:?} {:?}", options.data, options.ttl));
            self.0.update_record(zone, id, options)
        }
        fn delete_record(&mut self, zone: &str, id: &str) -> Call<'_, ()> {
            self.1.push(format!("delete {id}"));
            self.0.delete_record(zone, id)
        }
    }
}

#[test]
fn a_plan_is_applied_record_by_record() {
    let (w, zone) = filled();
    let plan = w.ok("dns", "plan", json!([zone, desired(), {"prune": true}]));
    let dns = clouds::find("sandbox").unwrap().dns(&w.account, Task::default()).unwrap();
    let mut driver = one_by_one::OneByOne(dns, Vec::new());
    let text = json!([plan]).to_string();
    w.clock.run(dispatch::apply(&mut driver, Args(Tree::json(&text).unwrap().root(), &Faults::default()))).unwrap();
    let want = [
        "delete record-3",
        "create www.example.org",
        "update record-2 None Some(60)",
        "update record-1 Some(\"192.0.2.4\") Some(60)",
        "create 192.0.2.5",
        "delete record-6",
    ];
    assert_eq!(driver.1, want);
    let again = w.ok("dns", "plan", json!([zone, desired(), {"prune": true}]));
    assert_eq!(again["changes"], json!([]));
}

/// However many requests are refused or lost, before or after they were carried out: each is carried out once.
#[test]
fn failures_lose_and_double_nothing() {
    let mut w = World::new(&[("failureRate", "0.5"), ("latency", "1")]);
    w.task.retries = 1_000;
    w.ok("storage", "createContainer", json!(["c"]));
    let zone = w.ok("dns", "createZone", json!(["example.org"]));
    for n in 0..50 {
        let node = w.ok("compute", "createNode", spec());
        assert_eq!(node["id"], format!("node-{}", n + 1), "none was made twice");
        let volume = w.ok("compute", "createVolume", json!([{"name": "v", "size": 1}]));
        w.ok("compute", "attachVolume", json!([node, volume]));
        w.ok("compute", "detachVolume", json!([volume]));
        w.ok("compute", "destroyVolume", json!([volume]));
        w.send("storage", "putObject", json!(["c", format!("o{n}"), {"ifNoneMatch": "*"}]), b"bytes");
        assert_eq!(w.ok("storage", "download", json!(["c", format!("o{n}")])), "bytes");
        w.ok("dns", "createRecord", json!([zone, {"name": format!("n{n}"), "type": "A", "data": "192.0.2.1"}]));
    }
    assert_eq!(w.ok("compute", "listNodes", json!([])).as_array().unwrap().len(), 50);
    assert_eq!(w.ok("compute", "listVolumes", json!([])), json!([]));
    assert_eq!(w.ok("storage", "listObjects", json!(["c"]))["objects"].as_array().unwrap().len(), 50);
    assert_eq!(w.ok("dns", "listRecords", json!([zone])).as_array().unwrap().len(), 50);
    let upload = w.ok("storage", "createUpload", json!(["c", "big"]));
    let part = w.send("storage", "putPart", json!(["c", "big", {"upload": upload, "number": 1}]), b"part");
    w.ok("storage", "completeUpload", json!(["c", "big", upload, [part]]));
    assert_eq!(w.ok("storage", "listUploads", json!(["c"])), json!([]));
}

#[test]
fn failures_end_a_task_in_the_end() {
    let mut w = World::new(&[("failureRate", "1")]);
    let mut kinds = Vec::new();
    for _ in 0..40 {
        let error = w.clock.run(w.call("compute", "listNodes", json!([]), b"")).unwrap_err();
        kinds.push(error.kind());
    }
    for kind in [Kind::Transport, Kind::Unavailable, Kind::RateLimited] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    w.task.deadline = Some(w.clock.now.get() + 10);
    w.bad(Kind::Deadline, "compute", "listNodes", json!([]));
    w.task.deadline = None;
    w.task.cancel.cancel();
    w.bad(Kind::Cancelled, "compute", "listNodes", json!([]));
}
