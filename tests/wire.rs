//! Every operation of every cloud has recorded cases in `tests/wire/CLOUD/SERVICE/OPERATION[.VARIANT].txt`:
//!
//! ```text
//! call getNode ["i-1"]                      the arguments, as JSON
//! body hello                                what an upload sends (optional)
//! log-in                                    the account logs in, though nothing else is sent (optional)
//!
//! > POST https://ec2.eu-west-1.amazonaws.com/
//! > x-amz-date: 20261123T120000Z            headers that must be so; others may be there
//! >
//! > Action=DescribeInstances&…              the body: JSON by meaning, a form as a set, anything else to the letter
//!
//! < 200                                     the answer, with headers and body alike
//! <
//! < <DescribeInstancesResponse>…
//!
//! = {"id":"i-1"}                            the result, by meaning; or  ! not-found Some.Code
//! ```
//!
//! `tests/wire/CLOUD/account.txt` (or `CLOUD/SERVICE/account.txt`, where a name has an entry a service) holds the account, a `field: value` a line, and the log-in as exchanges like above
//! when there is one. The clock stands at 2026-11-23T12:00:00Z.
//!
//! A cloud that speaks another's API has in `account.txt` a line `# like CLOUD ORIGIN CONDITIONS`: it plays that cloud's
//! cases, too, with its own origin in place of the hosts. A case that gives an option which it does not take is refused. Under
//! the condition `own` it plays none of an operation that it has cases for itself.
//!
//! One that is a preset of another's has a line `# as CLOUD`, and after it the endpoint where there is but one: it plays those
//! of the other's cases that it has none of the same name for. It logs in as its own `account.txt` says; the answer, unless it
//! is there, is the other cloud's, with its own region in it. Of what EC2's imitators do not know, `imitate` says.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;
use skyfetch::clouds::{self, CLOUDS, Cloud};
use skyfetch::core::error::{Error, Kind};
use skyfetch::core::http::Body;
use skyfetch::core::link::Account;
use skyfetch::core::task::Task;
use skyfetch::core::wire::Doc;
use skyfetch::core::wire::{Json, Pairs, Tree};
use skyfetch::dispatch::{self, Args, Faults};
use skyfetch::hosts::script::{Answer, Script, Seen};

const NOW: u64 = 1_795_435_200_000;

#[derive(Default)]
struct Exchange {
    request: Vec<String>,
    answer: Vec<String>,
}

#[derive(Default)]
struct Case {
    method: String,
    args: String,
    body: Option<String>,
    logs_in: bool,
    exchanges: Vec<Exchange>,
    result: Option<String>,
    error: Option<String>,
}

fn read(path: &Path) -> Case {
    let mut case = Case::default();
    let text = fs::read_to_string(path).unwrap();
    let mut last = ' ';
    for line in text.lines() {
        let first = line.chars().next().unwrap_or(' ');
        let rest = line.get(2..).unwrap_or("").to_owned();
        match first {
            '>' => {
                if last != '>' {
                    case.exchanges.push(Exchange::default());
                }
                case.exchanges.last_mut().unwrap().request.push(rest);
            }
            '<' => case.exchanges.last_mut().unwrap().answer.push(rest),
            '=' => case.result.get_or_insert_default().push_str(&rest),
            '!' => case.error = Some(rest),
            'c' if line.starts_with("call ") => {
                let call = line.strip_prefix("call ").unwrap_or("");
                let (method, args) = call.split_once(' ').unwrap_or((call, "[]"));
                (case.method, case.args) = (method.to_owned(), args.to_owned());
            }
            'b' if line.starts_with("body ") => case.body = line.strip_prefix("body ").map(str::to_owned),
            'l' if line == "log-in" => case.logs_in = true,
            '#' | ' ' => {}
            _ => panic!("{}: what is this line? {line}", path.display()),
        }
        last = first;
    }
    case
}

fn split(lines: &[String]) -> (&str, Vec<(String, String)>, String) {
    let blank = lines.iter().position(|l| l.is_empty()).unwrap_or(lines.len());
    let headers = lines[1..blank].iter().map(|l| l.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())).unwrap()).collect();
    (&lines[0], headers, lines.get(blank + 1..).unwrap_or(&[]).join("\n"))
}

fn answers(exchanges: &[Exchange]) -> Vec<Answer> {
    exchanges
        .iter()
        .map(|x| {
            let (status, headers, body) = split(&x.answer);
            let headers = headers.into_iter().map(|(n, v)| (&*n.leak(), v)).collect();
            Answer::Http(status.parse().unwrap(), headers, body.into_bytes())
        })
        .collect()
}

fn same_body(want: &str, got: &str, form: bool) -> bool {
    if let (Ok(want), Ok(got)) = (serde_json::from_str::<Value>(want), serde_json::from_str::<Value>(got)) {
        return want == got;
    }
    let set = |text: &str| text.split('&').map(str::to_owned).collect::<BTreeSet<_>>();
    if form { set(want) == set(got) } else { want == got }
}

fn compare(name: &str, exchanges: &[Exchange], seen: &[Seen]) {
    for (i, (x, seen)) in exchanges.iter().zip(seen).enumerate() {
        let (line, headers, body) = split(&x.request);
        assert_eq!(format!("{} {}", seen.method, seen.url), line, "{name}: request {i}");
        for (header, value) in headers {
            assert_eq!(seen.headers.get(&header), Some(value.as_str()), "{name}: request {i}, header {header}");
        }
        // A case is a text of lines, however they end.
        let got = String::from_utf8_lossy(&seen.body).replace("\r\n", "\n");
        let form = seen.headers.get("content-type").is_some_and(|t| t.contains("urlencoded"));
        assert!(same_body(&body, &got, form), "{name}: request {i}, body\n want {body}\n got  {got}");
    }
    assert_eq!(seen.len(), exchanges.len(), "{name}: requests sent\n{seen:#?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A listing with its rows as objects.
fn objects_of(mut listing: Value, method: &str) -> Value {
    if method == "listObjects" {
        let container = listing.as_object_mut().unwrap().remove("container").unwrap();
        for row in listing["objects"].as_array_mut().unwrap() {
            let cell = |i: usize| row.get(i).cloned();
            let extra = match cell(4) {
                Some(Value::String(class)) => serde_json::json!({"last_modified": cell(3), "storage_class": class}),
                extra => serde_json::json!(extra),
            };
            *row = serde_json::json!({
                "name": cell(0), "size": cell(1), "etag": cell(2), "lastModified": cell(3), "extra": extra, "contentType": cell(5),
                "metadata": cell(6).unwrap_or_else(|| serde_json::json!({})), "container": container,
            });
        }
    }
    listing
}

fn account_text(cloud: &'static Cloud) -> String {
    let home = root().join(cloud.name);
    let own = services(cloud).into_iter().filter(|(_, has, _)| !has.is_empty()).map(|(service, ..)| home.join(service).join("account.txt"));
    let path = own.into_iter().find(|path| path.exists()).unwrap_or_else(|| home.join("account.txt"));
    fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()))
}

/// An account from `account.txt`, and what its log-in says over the wire.
fn account(cloud: &'static Cloud) -> (Pairs, Vec<Exchange>) {
    let text = account_text(cloud);
    let fields = text.lines().filter(|l| !l.starts_with(['>', '<', '#'])).filter_map(|l| l.split_once(": "));
    let fields = Pairs(fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect());
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut last = ' ';
    for line in text.lines().filter(|l| l.starts_with(['>', '<'])) {
        let first = line.chars().next().unwrap();
        if first == '>' && last != '>' {
            exchanges.push(Exchange::default());
        }
        let x = exchanges.last_mut().unwrap();
        let rest = line.get(2..).unwrap_or("").to_owned();
        if first == '>' {
            x.request.push(rest)
        } else {
            x.answer.push(rest)
        }
        last = first;
    }
    let parent = words_after(&text, "# as ").map(|words| clouds::find(&words[0]).unwrap());
    for x in exchanges.iter_mut().filter(|x| x.answer.is_empty()) {
        let region = |cloud, fields| {
            let account = clouds::account(cloud, fields, Script::new(NOW, [])).unwrap();
            account.settings.get("region").unwrap().to_owned()
        };
        let parent = parent.unwrap();
        let (others, mut log_in) = account(parent);
        let (theirs, ours) = (region(parent, others), region(cloud, fields.clone()));
        x.answer = log_in.remove(0).answer.into_iter().map(|line| line.replace(&theirs, &ours)).collect();
    }
    (fields, exchanges)
}

/// The words after the start of a line.
fn words_after(text: &str, start: &str) -> Option<Vec<String>> {
    text.lines().find_map(|l| l.strip_prefix(start)).map(|rest| rest.split(' ').map(str::to_owned).collect())
}

async fn call(cloud: &'static Cloud, service: &str, account: &Rc<Account>, method: &str, args: &str, body: Body) -> Result<Json, Error> {
    let tree = Tree::json(args).unwrap();
    let faults = Faults::default();
    let args = Args(tree.root(), &faults);
    let task = Task::default();
    match service {
        "compute" => dispatch::compute(&mut *cloud.compute(account, task)?, method, args)?.await,
        "dns" => dispatch::dns(&mut *cloud.dns(account, task)?, method, args)?.await,
        "storage" if method == "download" => {
            let mut driver = cloud.storage(account, task)?;
            let got = dispatch::download(&mut *driver, args)?.await?;
            let bytes = got.body.handle.downcast::<Vec<u8>>().unwrap();
            Ok(skyfetch::core::wire::object(&[("object", Json::of(&got.object)), ("body", String::from_utf8(*bytes).unwrap().into())]))
        }
        "storage" => dispatch::storage(&mut *cloud.storage(account, task)?, method, args, body)?.await,
        _ => panic!("no service {service}"),
    }
}

fn play(cloud: &'static Cloud, service: &str, path: &Path, like: Option<&Like>) {
    let name = format!("{} as {}", path.strip_prefix(root()).unwrap().display(), cloud.name);
    let mut case = read(path);
    if like.is_some_and(|like| !like.adapt(cloud, &mut case)) {
        return;
    }
    let (fields, log_in) = account(cloud);
    let log_in = if case.logs_in || !case.exchanges.is_empty() { log_in } else { Vec::new() };
    let exchanges: Vec<Exchange> = log_in.into_iter().chain(case.exchanges).collect();
    let script = Script::new(NOW, answers(&exchanges));
    let account = clouds::account(cloud, fields, script.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let signed_away = like.is_some_and(|like| !like.preset) && case.method == "presign";
    let body = case.body.map_or(Body::Empty, |b| Body::Bytes(b.into_bytes()));
    let result = block_on(call(cloud, service, &account, &case.method, &case.args, body));
    compare(&name, &exchanges, &script.seen());
    match (result, case.result, case.error) {
        (Ok(got), Some(want), None) => {
            // A listing in parts is a line a part.
            let got: Vec<Value> = got.as_str().lines().map(|l| objects_of(serde_json::from_str(l).unwrap(), &case.method)).collect();
            let got = if got.len() == 1 { got[0].clone() } else { Value::Array(got) };
            let mut want: Value = serde_json::from_str(&want).unwrap_or_else(|e| panic!("{name}: the expected result is no JSON: {e}"));
            if signed_away {
                want = got.as_str().filter(|url| url.starts_with(want.as_str().unwrap())).unwrap().into();
            }
            assert_eq!(got, want, "{name}: result\n got {got}");
        }
        (Err(got), None, Some(want)) => {
            let said = format!("{} {}", got.kind().name(), got.code().unwrap_or(""));
            assert_eq!(said.trim(), want.trim(), "{name}: error {got}");
            // Options are refused before there is an operation.
            assert!(got.provider() == cloud.name || (like.is_some_and(|like| !like.preset) && want == "unsupported"), "{name}: {got:?}");
        }
        (got, ..) => panic!("{name}: expected otherwise, got {got:?}"),
    }
}

fn cases(cloud: &Cloud, service: &str) -> Vec<PathBuf> {
    let Ok(dir) = fs::read_dir(root().join(cloud.name).join(service)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = dir.map(|e| e.unwrap().path()).filter(|path| !path.ends_with("account.txt")).collect();
    paths.sort();
    paths
}

/// A service's name, the operations that a cloud has of it, and all of them by Rust and JavaScript name.
type Service = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

fn services(cloud: &'static Cloud) -> [Service; 3] {
    [
        ("compute", cloud.compute, skyfetch::compute::COMPUTE),
        ("storage", cloud.storage, skyfetch::storage::STORAGE),
        ("dns", cloud.dns, skyfetch::dns::DNS),
    ]
}

/// Whose cases a cloud plays, too, and where.
struct Like {
    cloud: &'static Cloud,
    origin: String,
    conditions: String,
    /// Whether it is a preset: the line begins with `as`.
    preset: bool,
}

impl Like {
    fn of(cloud: &'static Cloud) -> Option<Like> {
        let text = account_text(cloud);
        let preset = words_after(&text, "# as ");
        let words = preset.clone().or_else(|| words_after(&text, "# like "))?;
        let word = |at: usize| words.get(at).cloned().unwrap_or_default();
        Some(Like { cloud: clouds::find(&word(0)).unwrap(), origin: word(1), conditions: word(2), preset: preset.is_some() })
    }

    /// Has a case say what a preset does.
    fn as_preset(&self, cloud: &'static Cloud, case: &mut Case) {
        for mut x in std::mem::take(&mut case.exchanges) {
            if x.request[0].ends_with("/auth/tokens") {
                x = account(cloud).1.remove(0);
            }
            let more = if self.cloud.name == "ec2" { self.imitate(&mut x, cloud.name) } else { None };
            case.exchanges.push(x);
            case.exchanges.extend(more);
        }
    }

    /// EC2's imitators take no tags with what is made, but after it; no length of pages, no public keys, no token for a volume, no
    /// IPv6. Eucalyptus has an older name for a filter.
    fn imitate(&self, x: &mut Exchange, name: &str) -> Option<Exchange> {
        x.request[0] = x.request[0].replace("https://ec2.eu-west-1.amazonaws.com", &self.origin);
        let form = x.request.pop().unwrap();
        let form = if name == "eucalyptus" { form.replace("=is-default", "=isDefault") } else { form };
        let tags: Vec<_> = form.split('&').filter_map(|p| p.strip_prefix("TagSpecification.1.Tag.")).map(|p| format!("&Tag.{p}")).collect();
        let volume = form.contains("Action=CreateVolume&");
        let unknown = |p: &&str| {
            let more = p.starts_with("TagSpecification.") || p.starts_with("MaxResults=") || *p == "IncludePublicKey=true";
            more || p.ends_with("CidrIpv6=%3A%3A%2F0") || (volume && p.starts_with("ClientToken="))
        };
        x.request.push(form.split('&').filter(|p| !unknown(p)).collect::<Vec<_>>().join("&"));
        if tags.is_empty() || !x.answer[0].starts_with('2') {
            return None;
        }
        let ids: &[&str] = if form.contains("Action=CreateSnapshot&") { &["snapshotId"] } else { &["instanceId", "volumeId", "subnetId"] };
        let answer = x.answer.join("");
        let id = ids.iter().find_map(|id| answer.split_once(&format!("<{id}>")));
        let id = id.unwrap().1.split('<').next().unwrap();
        let order = format!("Action=CreateTags&Version=2016-11-15&ResourceId.1={id}{}", tags.concat());
        let answer = vec!["200".to_owned(), String::new(), "<CreateTagsResponse><return>true</return></CreateTagsResponse>".to_owned()];
        Some(Exchange { request: vec![x.request[0].clone(), String::new(), order], answer })
    }

    /// A URL of the other cloud as one of this, whose containers are in the path.
    fn url(&self, url: &str) -> String {
        let host = "s3.eu-west-1.amazonaws.com";
        let rest = url.strip_prefix("https://").unwrap_or_else(|| panic!("{url}"));
        let (bucket, rest) = rest.split_once(host).unwrap_or_else(|| panic!("{url}"));
        let bucket = bucket.strip_suffix('.').map(|b| format!("/{b}")).unwrap_or_default();
        // A container's own path has no slash at its end.
        let rest = if !bucket.is_empty() && (rest == "/" || rest.starts_with("/?")) { rest.strip_prefix('/').unwrap() } else { rest };
        // Only Amazon has pages of containers from the first.
        let rest = rest.replace("?max-buckets=1000&", "?").replace("?max-buckets=1000", "");
        format!("{}{bucket}{rest}", self.origin)
    }

    /// Has a case say what this cloud does; not one that it has to have a case of its own for.
    fn adapt(&self, cloud: &'static Cloud, case: &mut Case) -> bool {
        if self.preset {
            self.as_preset(cloud, case);
            return true;
        }
        if self.cloud.name == "cloudstack" {
            for x in &mut case.exchanges {
                x.request[0] = x.request[0].replace("https://cloud.example", &self.origin);
            }
            return true;
        }
        let (fields, _) = account(cloud);
        let account = clouds::account(cloud, fields, Script::new(NOW, [])).unwrap();
        let driver = cloud.storage(&account, Task::default()).unwrap();
        let tree = Tree::json(&case.args).unwrap();
        let last = tree.root().children().last();
        let given: Vec<&str> = last.filter(|d| d.is_map()).into_iter().flat_map(Doc::children).map(Doc::key).collect();
        if self.conditions == "bare" && given.contains(&"tags") && matches!(case.method.as_str(), "copyObject" | "completeUpload") {
            return false;
        }
        let writes = match case.method.as_str() {
            "putObject" | "copyObject" => self.conditions == "no",
            "createUpload" | "completeUpload" => self.conditions != "parts",
            _ => false,
        };
        let refused = given.iter().any(|name| match *name {
            "ifMatch" | "ifNoneMatch" if writes => true,
            "acl" | "storageClass" | "ifMatch" | "ifNoneMatch" | "tags" | "checksum" | "encryption" | "encryptionKey" | "customerKey"
            | "version" => !driver.options().contains(name),
            _ => false,
        });
        if refused {
            case.exchanges.clear();
            (case.result, case.error) = (None, Some("unsupported".to_owned()));
        }
        let checked = driver.options().contains(&"checksum");
        let signs = cloud.fields.iter().any(|f| f.secret);
        for x in &mut case.exchanges {
            let (method, url) = x.request[0].split_once(' ').unwrap();
            x.request[0] = format!("{method} {}", self.url(url));
            x.request.retain(|l| signs || !(l.starts_with("x-amz-date: ") || l.starts_with("x-amz-content-sha256: ")));
            x.request.retain(|l| !l.starts_with("authorization: ") && (checked || !l.starts_with("x-amz-checksum-mode: ")));
            if self.conditions == "bare" && (case.method == "putObject" || case.method == "copyObject") {
                for line in x.request.iter_mut().filter(|l| l.starts_with("if-")) {
                    line.retain(|c| c != '"');
                }
            }
            if case.method == "createContainer" {
                x.request.truncate(1);
            }
        }
        if let Some(result) = case.result.as_mut().filter(|r| r.starts_with("\"https://")) {
            let url: String = serde_json::from_str(result).unwrap();
            let url = self.url(&url);
            // What follows is signed for another place.
            *result = Value::from(url.split("?X-Amz").next().unwrap()).to_string();
        }
        true
    }
}

fn check(name: &str) {
    let entries: Vec<_> = CLOUDS.iter().filter(|cloud| cloud.name == name).collect();
    assert!(!entries.is_empty(), "{name} is not in the registry");
    entries.into_iter().for_each(|cloud| check_entry(cloud));
}

fn check_entry(cloud: &'static Cloud) {
    let name = cloud.name;
    let like = Like::of(cloud);
    for (service, has, all) in services(cloud) {
        // Another entry of this name may have it.
        if has.is_empty() {
            continue;
        }
        let mut played = BTreeSet::new();
        let own = cases(cloud, service);
        let replaced = |path: &PathBuf| own.iter().any(|own| own.file_name() == path.file_name());
        let others = like.iter().flat_map(|like| {
            let others = cases(like.cloud, service).into_iter().filter(|path| !(like.preset && replaced(path)));
            others.map(move |path| (path, Some(like)))
        });
        for (path, like) in own.iter().cloned().map(|path| (path, None)).chain(others) {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let operation = stem.split('.').next().unwrap();
            let js = all.iter().find(|(rust, _)| *rust == operation).unwrap_or_else(|| panic!("{}: no such operation", path.display())).1;
            // Some operations are its own.
            let own = like.is_some_and(|like| like.conditions == "own")
                && root().join(name).join(service).join(format!("{operation}.txt")).exists();
            if own || (like.is_some() && !has.contains(&js)) {
                continue;
            }
            play(cloud, service, &path, like);
            played.insert(js);
        }
        let listed: BTreeSet<&str> = has.iter().copied().collect();
        assert_eq!(played, listed, "{name} {service}: operations with cases (left) and in the registry (right) differ");
    }
}

/// A test for each cloud that has cases of its own.
macro_rules! clouds {
    ($($test:ident $name:literal)*) => {
        $(
            #[test]
            fn $test() {
                check($name);
            }
        )*
    };
}

clouds! {
    aliyun_ecs "aliyun-ecs"
    azure_arm "azure-arm"
    azure_blobs "azure-blobs"
    backblaze_b2 "backblaze-b2"
    brightbox "brightbox"
    cloudscale "cloudscale"
    cloudsigma "cloudsigma"
    cloudstack "cloudstack"
    digitalocean "digitalocean"
    ec2 "ec2"
    exoscale "exoscale"
    gce "gce"
    gcs "gcs"
    gridscale "gridscale"
    hetzner "hetzner"
    ikoula "ikoula"
    kamatera "kamatera"
    ktucloud "ktucloud"
    kubevirt "kubevirt"
    linode "linode"
    openstack "openstack"
    oss "oss"
    outscale "outscale"
    ovh "ovh"
    powerdns "powerdns"
    rackspace "rackspace"
    s3 "s3"
    scaleway "scaleway"
    upcloud "upcloud"
    vultr "vultr"
}

#[test]
fn families() {
    for (parent, count) in [("s3", 16), ("openstack", 8), ("ec2", 2)] {
        let family: Vec<_> =
            CLOUDS.iter().filter(|c| c.name != "sandbox" && Like::of(c).is_some_and(|like| like.cloud.name == parent)).collect();
        assert_eq!(family.len(), count, "{parent}");
        for cloud in family {
            check_entry(cloud);
        }
    }
}

/// What the registry does not list, a driver refuses as unsupported, without sending anything.
#[test]
fn registry_and_drivers_agree() {
    for cloud in CLOUDS.iter().filter(|c| c.name != "sandbox") {
        for (service, has, all) in services(cloud) {
            if has.is_empty() {
                continue;
            }
            for (_, js) in all.iter().filter(|(_, js)| !has.contains(js)) {
                let (fields, _) = account(cloud);
                let script = Script::new(NOW, []);
                let account = clouds::account(cloud, fields, script.clone()).unwrap();
                let error = block_on(call(cloud, service, &account, js, example(js), Body::Empty)).expect_err(js);
                assert_eq!(error.kind(), Kind::Unsupported, "{} {js}: {error}", cloud.name);
                assert!(script.seen().is_empty(), "{} {js}", cloud.name);
            }
        }
    }
}

/// Arguments that are right for an operation.
fn example(js: &str) -> &'static str {
    match js {
        "createNode" => r#"[{"name":"n","image":"i","size":"s"}]"#,
        "createVolume" => r#"[{"name":"v","size":1}]"#,
        "copyImage" => r#"["region","image","name"]"#,
        "attachVolume" => r#"["n","v"]"#,
        // Of a node, and of an object.
        "setTags" => r#"["a",{"id":"v"},{}]"#,
        "setCors" => r#"["c",[]]"#,
        "getObject" | "deleteObject" | "presign" => r#"["c","o"]"#,
        "deleteTags" | "deleteObjects" => r#"["a",["k"]]"#,
        "createNetwork" => r#"["n","10.0.0.0/8"]"#,
        "createRecord" => r#"["z",{"type":"A","data":"192.0.2.1"}]"#,
        "addSecurityGroupRule" => r#"["g",{}]"#,
        "listImages" | "listNodes" | "listVolumeSnapshots" => "[]",
        "updateZone" => r#"["z",{}]"#,
        "updateRecord" => r#"["z","r",{}]"#,
        "replaceRecords" => r#"["z","www","A",[]]"#,
        "putPart" => r#"["c","o",{"upload":"u","number":1}]"#,
        "completeUpload" => r#"["c","o","u",[]]"#,
        "createSecurityGroup" | "createVolumeSnapshot" => r#"["n"]"#,
        "createImage" => r#"["n","name"]"#,
        "listObjects" | "listVersions" => r#"["c"]"#,
        _ => r#"["a","b","c","d"]"#,
    }
}
