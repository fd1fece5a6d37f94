//! Every operation of every cloud, answered with anything.
//!
//! An input is a head line, `CLOUD OPERATION ARGUMENTS`, and answers: each starts with a line `<<< STATUS`, goes on with
//! headers, an empty line, and the body. The last answer is given to all further requests. `CLOUD!` gives the answers to
//! the log-in, too; otherwise that one succeeds, as in `tests/wire/CLOUD/account.txt`. Without arguments, or with some
//! that are not JSON, the operation gets some that are right.
//!
//! The sandbox answers itself: there, each `<<< ` starts a further call, `OPERATION ARGUMENTS`.

use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use skyfetch::clouds::{self, CLOUDS, Cloud};
use skyfetch::core::error::{Error, Kind};
use skyfetch::core::http::Body;
use skyfetch::core::link::Account;
use skyfetch::core::task::Task;
use skyfetch::core::wire::{Json, Pairs, Tree, object};
use skyfetch::dispatch::{self, Args};
use skyfetch::hosts::script::{Answer, Script, Seen};

const NOW: u64 = 1_795_435_200_000;
/// How often the last answer is given: a driver that asks more often would go on for ever. (One that waits for the provider to
/// finish looks some 460 times in an hour, and gives up.)
const AGAIN: usize = 500;
/// A call is polled a few hundred times a pause, and has few pauses.
const PATIENCE: u32 = 2_000_000;

/// An operation: its cloud, its service, and its name in JavaScript.
pub type Operation = (&'static Cloud, &'static str, &'static str);

/// Every operation of every cloud that has recorded cases or needs none; what is composed of a service's operations, too.
pub fn operations() -> &'static [Operation] {
    static ALL: OnceLock<Vec<Operation>> = OnceLock::new();
    ALL.get_or_init(|| {
        let of = |cloud: &'static Cloud| {
            let services = [("compute", cloud.compute), ("storage", cloud.storage), ("dns", cloud.dns)];
            let composed = COMPOSED.iter().filter(|_| !cloud.dns.is_empty()).map(move |name| (cloud, "dns", *name));
            services.into_iter().flat_map(move |(service, names)| names.iter().map(move |name| (cloud, service, *name))).chain(composed)
        };
        CLOUDS.iter().copied().filter(|c| wire().join(c.name).exists() || c.fields.iter().all(|f| !f.required)).flat_map(of).collect()
    })
}

/// What is composed of the operations of a DNS driver.
const COMPOSED: &[&str] = &["plan", "apply", "exportZone"];

/// The directory of the recorded cases.
pub fn wire() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let own = here.join("tests/wire");
    if own.exists() { own } else { here.join("../wire") }
}

/// A call ends, in a result that is JSON or an error that shows no secret, and asks nobody but the provider.
pub fn drivers(data: &[u8]) {
    let mut pieces = pieces(data).into_iter();
    let head = String::from_utf8_lossy(pieces.next().unwrap_or(b"")).into_owned();
    let mut words = head.splitn(3, ' ');
    let (cloud, name, args) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (cloud, service, method) = find(cloud.trim_end_matches('!'), name);
    let Setup { fields, log_in, .. } = setup(cloud);
    let args = right(method, args);
    if cloud.name == "sandbox" {
        return sequence(cloud, (service, method, args), pieces);
    }
    let mut answers: Vec<Answer> = pieces.map(answer).collect();
    let last = answers.last().cloned().unwrap_or(Answer::Lost);
    answers.truncate(16);
    answers.extend(std::iter::repeat_n(last, AGAIN));
    if !head.split(' ').next().is_some_and(|cloud| cloud.ends_with('!')) {
        answers.splice(0..0, log_in.iter().map(|text| answer(text.as_bytes())));
    }
    let script = Script::new(NOW, answers);
    let account = clouds::account(cloud, fields.clone(), script.clone()).expect("the account of the recorded cases");
    let result = block_on(call(cloud, service, &account, method, args));
    let seen = script.seen();
    assert!(script.left() > 0, "{} {method} does not end: {} requests", cloud.name, seen.len());
    for seen in &seen {
        let host = seen.url.split('/').nth(2).unwrap_or("");
        assert!(is_own(cloud, &account, host) || by_ticket(cloud, seen) || head.contains("! "), "{} {method} asks {host}", cloud.name);
        assert!(!seen.url.contains(|c: char| c.is_whitespace() || c.is_control()), "{}", seen.url);
    }
    if let Err(error) = &result {
        let shown = format!("{error} {error:?} {account:?}");
        let secrets = cloud.fields.iter().filter(|f| f.secret).filter_map(|f| fields.get(f.name));
        for secret in secrets.filter(|secret| !String::from_utf8_lossy(data).contains(*secret)) {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    judge(cloud, method, result);
}

/// A result is JSON; an error says what is wrong, and who says so.
fn judge(cloud: &Cloud, method: &str, result: Result<Json, Error>) {
    match result {
        Ok(result) => {
            for part in result.as_str().lines() {
                assert!(Tree::json(part).is_ok(), "{} {method} gives what is no JSON: {part}", cloud.name);
            }
        }
        Err(error) => {
            assert!(!error.message().is_empty());
            assert!(error.provider() == cloud.name || error.kind() == Kind::Invalid, "{error:?}");
        }
    }
}

/// Calls of one account, one after another.
fn sequence<'i>(cloud: &'static Cloud, first: (&str, &str, &str), rest: impl Iterator<Item = &'i [u8]>) {
    let account = clouds::account(cloud, Pairs::default(), Script::new(NOW, [])).expect("an account");
    let play = |service: &str, method: &str, args: &str| {
        judge(cloud, method, block_on(call(cloud, service, &account, method, args)));
    };
    play(first.0, first.1, first.2);
    for piece in rest.take(16) {
        let piece = String::from_utf8_lossy(piece);
        let (name, args) = piece.split_once(' ').unwrap_or((&piece, ""));
        let named = operations().iter().find(|(c, _, n)| c.name == cloud.name && *n == name);
        if let Some((_, service, method)) = named {
            play(service, method, right(method, args));
        }
    }
}

/// The arguments, if they are some.
fn right<'a>(method: &str, args: &'a str) -> &'a str {
    if Tree::json(args).is_ok_and(|t| t.root().is_list()) { args } else { example(method) }
}

fn pieces(data: &[u8]) -> Vec<&[u8]> {
    const SIGN: &[u8] = b"\n<<< ";
    let mut rest = data;
    let mut pieces = Vec::new();
    while let Some(at) = rest.windows(SIGN.len()).position(|w| w == SIGN) {
        pieces.push(&rest[..at]);
        rest = &rest[at + SIGN.len()..];
    }
    pieces.push(rest);
    pieces
}

/// The operation of this name; for any other, one that the name stands for as well as for anything.
fn find(cloud: &str, name: &str) -> Operation {
    let all = operations();
    let sum = cloud.bytes().chain(name.bytes()).fold(0_usize, |sum, b| sum.wrapping_mul(31).wrapping_add(usize::from(b)));
    let named = all.iter().find(|(c, _, n)| c.name == cloud && *n == name);
    *named.or_else(|| all.get(sum % all.len())).expect("an operation")
}

fn answer(text: &[u8]) -> Answer {
    let blank = text.windows(2).position(|w| w == b"\n\n");
    let (head, body) = blank.map_or((text, &b""[..]), |at| (&text[..at], &text[at + 2..]));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = match lines.next().unwrap_or("") {
        "lost" => return Answer::Lost,
        "silence" => return Answer::Silence,
        status => status.trim().parse().unwrap_or(200),
    };
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((*HEADERS.iter().find(|known| known.eq_ignore_ascii_case(name))?, value.to_owned()))
    };
    Answer::Http(status, lines.filter_map(header).collect(), body.to_vec())
}

/// The headers that drivers look at.
const HEADERS: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "link",
    "location",
    "retry-after",
    "x-amz-bucket-region",
    "x-amz-copy-source-version-id",
    "x-amz-delete-marker",
    "x-amz-expiration",
    "x-amz-meta-a",
    "x-amz-request-id",
    "x-amz-restore",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "x-amz-version-id",
    "x-compute-request-id",
    "x-goog-generation",
    "x-goog-hash",
    "x-goog-meta-a",
    "x-goog-stored-content-length",
    "x-guploader-uploadid",
    "x-http-status-code-override",
    "x-ms-blob-content-md5",
    "x-ms-copy-status",
    "x-ms-error-code",
    "x-ms-lease-state",
    "x-ms-meta-a",
    "x-ms-request-id",
    "x-ms-version-id",
    "x-openstack-request-id",
    "x-subject-token",
];

/// An account as the recorded cases have it.
struct Setup {
    cloud: &'static Cloud,
    fields: Pairs,
    /// The hosts that its log-in asks.
    hosts: Vec<String>,
    /// What its log-in is answered.
    log_in: Vec<String>,
}

fn setup(cloud: &'static Cloud) -> &'static Setup {
    static ALL: OnceLock<Vec<Setup>> = OnceLock::new();
    let all = ALL.get_or_init(|| CLOUDS.iter().map(|cloud| read(cloud)).collect());
    all.iter().find(|setup| std::ptr::eq(setup.cloud, cloud)).expect("a cloud")
}

fn read(cloud: &'static Cloud) -> Setup {
    let home = wire().join(cloud.name);
    let service = [("compute", cloud.compute), ("storage", cloud.storage), ("dns", cloud.dns)].into_iter().find(|(_, has)| !has.is_empty());
    let own = home.join(service.map_or("", |(service, _)| service)).join("account.txt");
    let text = std::fs::read_to_string(own).or_else(|_| std::fs::read_to_string(home.join("account.txt"))).unwrap_or_default();
    let fields = text.lines().filter(|l| !l.starts_with(['>', '<', '#'])).filter_map(|l| l.split_once(": "));
    let fields = Pairs(fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect());
    // Where the log-in of the cases goes, the account goes too.
    let asked = text.lines().filter_map(|l| l.strip_prefix("> ")?.split_once("://")?.1.split('/').next());
    let hosts = asked.map(str::to_owned).collect();
    let mut log_in: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let said = line.strip_prefix('<').map(|rest| rest.strip_prefix(' ').unwrap_or(rest));
        match (said, log_in.last_mut().filter(|_| goes_on)) {
            (Some(said), Some(answer)) => answer.extend(["\n", said]),
            (Some(said), None) => log_in.push(said.to_owned()),
            (None, _) => {}
        }
        goes_on = said.is_some();
    }
    Setup { cloud, fields, hosts, log_in }
}

/// Whether a host is one that the account of the recorded cases has to do with.
fn is_own(cloud: &'static Cloud, account: &Account, host: &str) -> bool {
    let Setup { fields, hosts, log_in, .. } = setup(cloud);
    let named = ["//", host].concat();
    let told = |text: &str| text.split(&named).skip(1).any(|rest| rest.is_empty() || rest.starts_with(['/', '"', '?', '\n']));
    let endpoint = account.endpoint.split('/').nth(2).unwrap_or("");
    match cloud.name {
        "gcs" => host == "storage.googleapis.com" || host == "oauth2.googleapis.com",
        _ if host == endpoint || hosts.iter().any(|asked| asked == host) => true,
        // A bucket's own host.
        _ if cloud.dns.is_empty() && cloud.compute.is_empty() && host.ends_with(&[".", endpoint].concat()) => !host.contains(['@', ':']),
        _ => fields.0.iter().any(|(_, value)| told(value)) || log_in.iter().any(|text| told(text)),
    }
}

/// Whether a request went where another's answer said, with that answer's credentials and not the account's.
fn by_ticket(cloud: &'static Cloud, seen: &Seen) -> bool {
    let given = seen.headers.get("authorization").unwrap_or("");
    cloud.name == "backblaze-b2" && !setup(cloud).log_in.iter().any(|text| text.contains(given))
}

async fn call(cloud: &'static Cloud, service: &str, account: &Rc<Account>, method: &str, args: &str) -> Result<Json, Error> {
    let tree = Tree::json(args).expect("arguments");
    let faults = skyfetch::dispatch::Faults::default();
    let args = Args(tree.root(), &faults);
    let task = Task::default();
    let body = Body::Bytes(b"body".to_vec());
    match service {
        "dns" if COMPOSED.contains(&method) => {
            let mut driver = cloud.dns(account, task)?;
            match method {
                "plan" => dispatch::plan(&mut *driver, args).await,
                "apply" => dispatch::apply(&mut *driver, args).await,
                _ => dispatch::export(&mut *driver, args).await,
            }
        }
        "compute" => dispatch::compute(&mut *cloud.compute(account, task)?, method, args)?.await,
        "dns" => dispatch::dns(&mut *cloud.dns(account, task)?, method, args)?.await,
        _ if method == "download" => {
            let mut driver = cloud.storage(account, task)?;
            let got = dispatch::download(&mut *driver, args)?.await?;
            Ok(object(&[("object", Json::of(&got.object))]))
        }
        _ => dispatch::storage(&mut *cloud.storage(account, task)?, method, args, body)?.await,
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..PATIENCE {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
    panic!("the call waits for ever");
}

/// Arguments that are right for an operation.
fn example(js: &str) -> &'static str {
    match js {
        "createNode" => {
            r#"[{"name":"n","image":"i","size":"s","location":"l","keyPair":"k","userData":"u","networks":["w"],"securityGroups":["sg-1","g"],"tags":{"a":"b"}}]"#
        }
        "createVolume" => r#"[{"name":"v","size":1,"location":"l","volumeType":"t"}]"#,
        "copyImage" => r#"["region","image","name",{"description":"d"}]"#,
        "setTags" => r#"["a",{"k":"v"}]"#,
        "deleteTags" | "deleteObjects" => r#"["aaa",["k","l"]]"#,
        "createNetwork" => r#"["n","10.0.0.0/8"]"#,
        "createZone" => r#"["example.org"]"#,
        "createRecord" => r#"["example.org",{"name":"www","type":"A","data":"192.0.2.1"}]"#,
        "updateRecord" => r#"["example.org","www/A/192.0.2.1",{"data":"192.0.2.2"}]"#,
        "replaceRecords" => r#"["example.org","www","A",[{"data":"192.0.2.2"}]]"#,
        "getRecord" | "deleteRecord" => r#"["example.org","www/A/192.0.2.1"]"#,
        "plan" => r#"["example.org",[{"name":"www","type":"A","data":"192.0.2.2"}],{"prune":true}]"#,
        "apply" => {
            r#"[{"zone":"example.org","changes":[{"action":"update","name":"www","type":"A","before":["192.0.2.1"],"after":["192.0.2.2"]}]}]"#
        }
        "exportZone" | "getZone" | "deleteZone" | "listRecords" => r#"["example.org"]"#,
        "addSecurityGroupRule" => r#"["g",{"protocol":"tcp","fromPort":1,"cidr":"10.0.0.0/8"}]"#,
        "listImages" | "listNodes" | "listVolumeSnapshots" | "listZones" => "[]",
        "updateZone" => r#"["example.org",{"type":"native"}]"#,
        "putPart" => r#"["ccc","o",{"upload":"u","number":1}]"#,
        "completeUpload" => r#"["ccc","o","u",[{"number":1,"etag":"e","size":4}]]"#,
        "createSecurityGroup" | "createVolumeSnapshot" => r#"["n"]"#,
        "createImage" => r#"["n","name",{"description":"d"}]"#,
        "listObjects" | "listVersions" => r#"["ccc",{"prefix":"p"}]"#,
        "copyObject" => r#"["ccc","o","ddd","p"]"#,
        "putObject" | "createUpload" => r#"["ccc","o",{"contentType":"text/plain","metadata":{"a":"b"}}]"#,
        "getObject" | "download" | "deleteObject" | "presign" => r#"["ccc","o"]"#,
        "setCors" => r#"["ccc",[{"origins":["*"],"methods":["GET"],"headers":["*"],"expose":["ETag"],"maxAge":60}]]"#,
        "abortUpload" | "listParts" => r#"["ccc","o","u"]"#,
        _ => r#"["aaa","b","c","d"]"#,
    }
}
