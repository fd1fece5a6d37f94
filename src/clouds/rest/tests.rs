//! The language of the tables.

#![allow(clippy::unwrap_used)]

use super::ask::{Holes, Script};
use super::map::{is_private, many};
use super::*;
use crate::core::http::Headers;

fn holes() -> Holes {
    let mut holes = Holes::of(&[("name", "a/b"), ("size", "7"), ("node", "n 1"), ("userData", "#!")]);
    holes.set("tags", Json::of(&Pairs(vec![("k".into(), "v".into()), ("w".into(), String::new())])));
    holes.set("old", Json::raw(r#"["k:1","x:1"]"#.into()));
    holes.set("names", Json::of(&vec!["k".to_owned()]));
    holes.set("networks", Json::of(&vec!["1".to_owned(), "x".to_owned()]));
    holes.opt("hex", Some("0123456789abcdef0123456789abcdef"));
    holes.set("extra", Json::raw(r#"{"size":9,"more":[null]}"#.into()));
    holes
}

fn sent(line: &'static str) -> String {
    let request = Script::new(line, holes()).first();
    let query: String = request.query.iter().map(|(n, v)| format!(" {n}={v}")).collect();
    let fault = request.fault.as_ref().map_or("", |f| f.message());
    let body = String::from_utf8_lossy(request.body.bytes());
    format!("{} {}{query} {body}{fault}", request.method.name(), request.path).trim().to_owned()
}

#[test]
fn lines_become_requests() {
    for (line, want) in [
        ("GET /nodes/{node}", "GET /nodes/n%201"),
        ("GET /nodes/{name}/x", "GET /nodes/a%2Fb/x"),
        ("GET /a?x={absent}&y={size}&z=1", "GET /a y=7 z=1"),
        (r#"POST /a {"n":"{name}","s":"{size#}","gone":"{absent}"}"#, r#"POST /a {"n":"a/b","s":7}"#),
        (r#"POST /a {"o":{"gone":"{absent}"},"l":["{absent}"],"e":{},"t":true}"#, r#"POST /a {"e":{},"t":true}"#),
        (r#"POST /a {"u":"{userData|base64}","at":"x/{size}/y","no":"x/{absent}"}"#, r##"POST /a {"u":"IyE=","at":"x/7/y"}"##),
        (
            r#"POST /a {"t":"{tags}","l":"{tags|list}","p":"{tags|pairs:a:b}"}"#,
            r#"POST /a {"t":{"k":"v","w":""},"l":["k:v","w"],"p":[{"a":"k","b":"v"},{"a":"w","b":""}]}"#,
        ),
        (
            r#"POST /a {"n":"{networks#}","f":"{networks|first}","e":"{networks|each:id}","c":"{networks|csv}"}"#,
            r#"POST /a {"n":[1,"x"],"f":"1","e":[{"id":"1"},{"id":"x"}],"c":"1,x"}"#,
        ),
        (r#"POST /a {"size":"{size}","in":{"...":"{extra}","size":1}}"#, r#"POST /a {"size":"7","in":{"size":9,"more":[null]}}"#),
        (r#"POST /a {"l":["{...networks}",{"n":"{name}"},"{...absent}"]}"#, r#"POST /a {"l":["1","x",{"n":"a/b"}]}"#),
        (
            r#"POST /a {"t":"{tags|onto:old}","n":"{tags|onto:absent|list}","p":"{old|without:names|pairs}","w":"{absent|without:names}"}"#,
            r#"POST /a {"t":{"x":"1","k":"v","w":""},"n":["k:v","w"],"p":[{"key":"x","value":"1"}]}"#,
        ),
        ("WITH absent GET /a\nWITH size GET /b", "GET /b"),
        ("GET /{+name}/x?q={name|after:/}", "GET /a/b/x q=b"),
        (r#"POST /a {"b":"{name|before:/|upper}","f":"{node|from: }"}"#, r#"POST /a {"b":"A","f":" 1"}"#),
        ("POST /a?id={hex|uuid}&as={name|uuid}", "POST /a id=01234567-89ab-4def-a123-456789abcdef as=a/b"),
        ("GET /a?x={absent/size}&y={name/size}", "GET /a x=7 y=a/b"),
    ] {
        assert_eq!(sent(line), want, "{line}");
    }
    assert!(Script::new("POST /a?id={token|uuid}", Holes::of(&[("token", "t")])).first().idempotent);
    assert!(!Script::new("POST /a?id={tokens}", holes()).first().idempotent);
    assert!(sent("GET /nodes/{absent}").contains("missing"));
    let dots = Script::new("GET /nodes/{node}", Holes::of(&[("node", "..")])).first();
    assert!(dots.fault.is_some());
}

#[test]
fn steps_follow_answers() {
    let lines = "POST /a {}\nKEEP id=thing/id\nUNTIL state=done,~failed!error GET /jobs/{.job}\nGET /things/{id}";
    let mut script = Script::new(lines, Holes::default());
    assert_eq!(script.first().path, "/a");
    let mut next = |body: &str| {
        let next = script.next(&Response::new(200, Headers::default(), body.into()));
        next.map(|step| step.map(|(pause, request)| (pause, request.path.clone())))
    };
    assert_eq!(next(r#"{"job":"j","thing":{"id":5}}"#).unwrap(), Some((500, "/jobs/j".into())));
    assert_eq!(next(r#"{"job":"j","state":"busy"}"#).unwrap(), Some((750, "/jobs/j".into())));
    assert_eq!(next(r#"{"job":"j","state":"done"}"#).unwrap(), Some((0, "/things/5".into())));
    assert_eq!(next("{}").unwrap(), None);

    for (body, message) in [(r#"{"state":"failed"}"#, "failed"), (r#"{"error":{"message":"no room"}}"#, "no room")] {
        let mut script = Script::new("UNTIL state=done,~failed!error GET /j", Holes::default());
        assert_eq!(script.first().path, "/j");
        let error = script.next(&Response::new(200, Headers::default(), body.into())).unwrap_err();
        assert!(error.message().contains(message), "{error}");
    }
    let mut script = Script::new("GET /a\nKEEP no=?nowhere\nKEEP id=list[name=x]/id\nGET /b", Holes::default());
    assert_eq!(script.first().path, "/a");
    let error = script.next(&Response::new(200, Headers::default(), r#"{"list":[]}"#.into())).unwrap_err();
    assert_eq!(error.kind(), crate::core::error::Kind::NotFound);
}

#[test]
fn tags_that_are_texts() {
    let put = |line, holes: Holes| {
        let mut script = Script::new(line, holes);
        script.first();
        let answer = Response::new(200, Headers::default(), r#"{"tags":["k:old","plain","w:1"]}"#.into());
        let (_, request) = script.next(&answer).unwrap().unwrap();
        String::from_utf8_lossy(request.body.bytes()).into_owned()
    };
    let set = put("GET /a\nPUT /a {\"tags\":\"{.tags|plus:tags}\"}", holes());
    assert_eq!(set, r#"{"tags":["plain","k:v","w"]}"#);
    let mut names = Holes::default();
    names.set("names", Json::of(&vec!["k".to_owned(), "plain".to_owned(), "w".to_owned()]));
    assert_eq!(put("GET /a\nPUT /a {\"tags\":\"{.tags|minus:names}\"}", names), r#"{"tags":[]}"#);
}

#[test]
fn arguments_without_a_place_are_found() {
    for (lines, place, unused) in [
        ("GET /a/{name} {\"s\":\"{size#}\"}", "x[n={node}]", Some("userData")),
        ("GET /{name}{size}{node}{userData|base64}{.x|plus:tags}{networks#}{old}{names}{hex}", "", Some("extra")),
        ("GET /{name}{size}{node}{userData}{tags}{networks}{extra}{.x|without:names|onto:old}{+hex}", "", None),
    ] {
        assert_eq!(holes().unused(lines, place), unused, "{lines}");
    }
}

#[test]
fn paths() {
    let tree = Tree::json(r#"{"a":[{"k":"x/y","v":1},{"k":"z","v":[2,3]}],"m":{"p":{"v":4},"q":{"v":5}},"n":null}"#).unwrap();
    for (path, want) in [
        ("a[]/k", "x/y z"),
        ("a[k=x/y]/v", "1"),
        ("a[k=z]/v[]", "2 3"),
        ("m/*/v", "4 5"),
        ("b/c", ""),
        ("a[k=none]/v", ""),
        ("/m/p/v", "4"),
    ] {
        let mut found = Vec::new();
        many(tree.root(), path, &mut |d| found.push(d.word().unwrap_or("?").to_owned()));
        assert_eq!(found.join(" "), want, "{path}");
    }
}

#[test]
fn tags_are_read() {
    let read = |json: &str| ask::tags(Tree::json(json).unwrap().root()).0;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(read(r#"{"a":"b:c"}"#), [pair("a", "b:c")]);
    assert_eq!(read(r#"["a:b:c","d","e:"]"#), [pair("a", "b:c"), pair("d", ""), pair("e:", "")]);
    assert_eq!(read(r#"[{"key":"a","value":"b"}]"#), [pair("a", "b")]);
}

#[test]
fn addresses() {
    for (address, private) in [
        ("10.1.2.3", true),
        ("172.16.0.1", true),
        ("172.32.0.1", false),
        ("192.168.1.1", true),
        ("100.64.0.1", true),
        ("8.8.8.8", false),
        ("fd00::1", true),
        ("fe80::1", true),
        ("2001:db8::1", false),
    ] {
        assert_eq!(is_private(address), private, "{address}");
    }
}

#[test]
fn lists_are_at_one_of_several_places() {
    let of = |json: &str| {
        let (tree, mut found) = (Tree::json(json).unwrap(), Vec::new());
        let outcome = map::each(tree.root(), "items[k=n]|items/*/nodes", &mut |d| {
            found.push(d.text("id").to_owned());
            Ok(())
        });
        outcome.map(|()| found.join(" "))
    };
    assert_eq!(of(r#"{"items":[{"k":"n","id":"1"},{"k":"n","id":"2"}]}"#).unwrap(), "1 2");
    assert_eq!(of(r#"{"items":{"a":{"nodes":[{"id":"1"}]},"b":{"warning":{}},"c":{"nodes":[{"id":"2"}]}}}"#).unwrap(), "1 2");
    assert!(of("{}").is_err());
}
