//! The language of the tables.

#![allow(clippy::unwrap_used)]

use super::ask::{Holes, Script};
use super::map::{each, is_private, many};
use super::*;
use crate::core::http::Headers;

fn holes() -> Holes {
    let mut holes = Holes::of(&[("name", "a/b"), ("size", "7"), ("node", "n 1"), ("userData", "#!")]);
    holes.set("tags", Json::of(&Pairs(vec![("k".into(), "v".into()), ("w".into(), String::new())])));
    holes.set("old", Json::raw(r#"["k:1","x:1"]"#.into()));
    holes.set("names", Json::of(&vec!["k".to_owned()]));
    holes.set("networks", Json::of(&vec!["1".to_owned(), "x".to_owned()]));
    holes.set("log", Json::of("Named: x\nName: n 1\nDone"));
    holes.opt("hex", Some("0123456789abcdef0123456789abcdef"));
    holes.set("extra", Json::raw(r#"{"size":9,"more":[null]}"#.into()));
    holes.set("$deep", Json::raw(r#"{"in":{"size":2,"more":3},"on":true}"#.into()));
    holes.set("$rules", Json::raw(r#"[{"in":{"at":1}},{"in":{"at":"3"}}]"#.into()));
    holes.set("$words", Json::of("East US 2"));
    holes
}

fn planned(lines: &'static str, holes: Holes) -> Script {
    Script::new(lines, holes, &Pages::Link("next"), "https://api.example")
}

fn sent(line: &'static str) -> String {
    let request = planned(line, holes()).first();
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
        (r#"POST /a {"in":{"size":1,"at":[1]},"...":"{$deep}"}"#, r#"POST /a {"in":{"at":[1],"size":2,"more":3},"on":true}"#),
        (r#"POST /a {"s":"{name|step:1}","p":"{$words|packed}","n":"{$rules|free:1:in/at}"}"#, r#"POST /a {"s":"b","p":"EastUS2","n":2}"#),
        (r#"POST /a {"l":["{...networks}",{"n":"{name}"},"{...absent}"]}"#, r#"POST /a {"l":["1","x",{"n":"a/b"}]}"#),
        (
            r#"POST /a {"t":"{tags|onto:old}","n":"{tags|onto:absent|list}","p":"{old|without:names|pairs}","o":"{old|among:names}","w":"{absent|without:names}"}"#,
            r#"POST /a {"t":{"x":"1","k":"v","w":""},"n":["k:v","w"],"p":[{"key":"x","value":"1"}],"o":{"k":"1"}}"#,
        ),
        (r##"PUT /a "{userData}""##, "PUT /a #!"),
        (r#"POST /a {"b":"{size|times:1000000000}","t":"{name|tail}","h":"{name|host}"}"#, r#"POST /a {"b":7000000000,"t":"b","h":"a-b"}"#),
        ("WITH !size GET /a\nWITH !absent GET /b", "GET /b"),
        ("WITH absent GET /a\nWITH size GET /b", "GET /b"),
        ("GET /a?x={log|line:Name}&y={log|line:Nam}", "GET /a x=n 1"),
        ("GET /{+name}/x?q={name|after:/}", "GET /a/b/x q=b"),
        (r#"POST /a {"b":"{name|before:/|upper}","f":"{node|from: }"}"#, r#"POST /a {"b":"A","f":" 1"}"#),
        ("POST /a?id={hex|uuid}&as={name|uuid}", "POST /a id=01234567-89ab-4def-a123-456789abcdef as=a/b"),
        ("GET /a?x={absent/size}&y={name/size}", "GET /a x=7 y=a/b"),
        ("GET /a?Tag.1={tags|pairs:Key:Value}&n={networks}", "GET /a Tag.1.Key=k Tag.1.Value=v Tag.2.Key=w Tag.2.Value= n.1=1 n.2=x"),
        ("GET ?tags[0].key={networks}&o={tags}&size=1&...={extra}", "GET  tags[0].key=1 tags[1].key=x o.k=v o.w= size=9"),
        (
            "FORM /a?size={size}&x={absent}&tags[0]={tags|pairs}",
            "POST /a size=7&tags%5B0%5D.key=k&tags%5B0%5D.value=v&tags%5B1%5D.key=w&tags%5B1%5D.value=",
        ),
        ("WITH size WITH !absent GET /a\nGET /b", "GET /a"),
        ("WITH size WITH absent GET /a\nGET /b", "GET /b"),
        ("SET both={old|among:names}\nSET none={old|among:absent}\nGET /a?b={both}&n={none}", "GET /a b.k=1"),
        (r#"MERGE /a {"l":"{networks|nulls}","s":"{size#}"}"#, r#"PATCH /a {"l":{"1":null,"x":null},"s":7}"#),
        (r#"GET /a?l=[{name|quoted}]"#, r#"GET /a l=["a/b"]"#),
        ("SET yes={size|some}\nSET size={no|some}\nGET /a?y={yes}&s={size}", "GET /a y=7"),
    ] {
        assert_eq!(sent(line), want, "{line}");
    }
    assert!(planned("POST /a?id={token|uuid}", Holes::of(&[("token", "t")])).first().idempotent);
    assert!(!planned("POST /a?id={tokens}", holes()).first().idempotent);
    assert!(sent("GET /nodes/{absent}").contains("missing"));
    let dots = planned("GET /nodes/{node}", Holes::of(&[("node", "..")])).first();
    assert!(dots.fault.is_some());
}

#[test]
fn steps_follow_answers() {
    let lines = "POST /a {}\nKEEP id=absent|thing/id\nUNTIL state=done,~failed!error GET /jobs/{.job}\nGET /things/{id}";
    let mut script = planned(lines, Holes::default());
    assert_eq!(script.first().path, "/a");
    let mut next = |body: &str| {
        let next = script.next(&Response::new(200, Headers::default(), body.into()));
        next.map(|step| step.map(|(pause, request)| (pause, request.path.clone())))
    };
    assert_eq!(next(r#"{"job":"j","thing":{"id":5}}"#).unwrap(), Some((500, "/jobs/j".into())));
    assert_eq!(next(r#"{"job":"j","state":"busy"}"#).unwrap(), Some((750, "/jobs/j".into())));
    assert_eq!(next(r#"{"job":"j","state":"done"}"#).unwrap(), Some((0, "/things/5".into())));
    assert_eq!(next("{}").unwrap(), None);

    let mut script = planned("GET /a\nKEEP on?=[state=on]/id\nWITH on POST /stop\nWITH !on DELETE /a", Holes::default());
    assert_eq!(script.first().path, "/a");
    let off = Response::new(200, Headers::default(), r#"{"node":{"id":1,"state":"off"}}"#.into());
    assert_eq!(script.next(&off).unwrap().map(|(_, request)| request.method), Some(crate::core::http::Method::Delete));

    for (body, message) in [(r#"{"state":"failed"}"#, "failed"), (r#"{"error":{"message":"no room"}}"#, "no room")] {
        let mut script = planned("UNTIL state=done,~failed!error GET /j", Holes::default());
        assert_eq!(script.first().path, "/j");
        let error = script.next(&Response::new(200, Headers::default(), body.into())).unwrap_err();
        assert!(error.message().contains(message), "{error}");
    }
    let mut script = planned("UNTIL list[name=x]/state=done GET /j", Holes::default());
    assert_eq!(script.first().path, "/j");
    let done = Response::new(200, Headers::default(), r#"{"list":[{"name":"x","state":"done"}]}"#.into());
    assert!(script.next(&done).unwrap().is_none());
    let mut script = planned("GET /a\nKEEP id=list[name=x]/id\nGET /b", Holes::default());
    assert_eq!(script.first().path, "/a");
    let next = script.next(&Response::new(200, Headers::default(), r#"{"list":[],"next":"/a?page=2"}"#.into())).unwrap();
    assert_eq!(next.map(|(pause, request)| (pause, request.path.clone())), Some((0, "/a".into())));
    let error = script.next(&Response::new(200, Headers::default(), r#"{"list":[]}"#.into())).unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
}

#[test]
fn reads_by_post_have_pages() {
    static PAGES: Pages = Pages::Next("page", "next");
    let line = r#"POST* /list {"page":"{page}"}"#;
    let mut list = paging::Paging::new(line, Holes::default(), &PAGES, String::new());
    let first = list.first();
    assert_eq!((first.method.name(), first.idempotent, first.body.bytes()), ("POST", true, &b"{}"[..]));
    let next = list.next(Tree::json(r#"{"next":"p2"}"#).unwrap().root(), 1).unwrap().unwrap();
    assert_eq!((next.query.len(), next.body.bytes()), (0, &br#"{"page":"p2"}"#[..]));
    assert!(list.next(Tree::json(r#"{"next":"p2"}"#).unwrap().root(), 1).unwrap().is_none());
}

#[test]
fn what_is_there_is_sent_again() {
    let lines = r#"GET /a
PUT /a {"..":"{.}","name":"{node}","disks":"{.disks|but:size:disk/id}"}"#;
    let mut script = planned(lines, holes());
    script.first();
    let answer = r#"{"name":"old","kept":{"k":1},"disks":[{"disk":{"id":"6"}},{"disk":{"id":"7"}}]}"#;
    let (_, request) = script.next(&Response::new(200, Headers::default(), answer.into())).unwrap().unwrap();
    let want = r#"{"name":"n 1","disks":[{"disk":{"id":"6"}}],"kept":{"k":1}}"#;
    assert_eq!(String::from_utf8_lossy(request.body.bytes()), want);
}

#[test]
fn tags_are_known_by_names() {
    let tree = Tree::json(r#"[{"TagValue":"web","TagKey":"role"},{"k":"a","v":"b"}]"#).unwrap();
    assert_eq!(super::filter::tags(tree.root()).0, [("role".into(), "web".into()), ("a".into(), "b".into())]);
}

#[test]
fn pages_end_with_the_total() {
    let mut paging =
        super::paging::Paging::new("GET /a?page=1&size=2", Holes::default(), &Pages::Total("page", "size", "*/all"), String::new());
    let mut next = |body: &str, items| {
        let tree = Tree::json(body).unwrap();
        let next = paging.next(tree.root(), items).unwrap();
        next.map(|request| request.query.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&"))
    };
    assert_eq!(next(r#"{"r":{"all":5}}"#, 2).as_deref(), Some("size=2&page=2"));
    assert_eq!(next(r#"{"r":{"all":5}}"#, 1).as_deref(), Some("size=2&page=3"));
    assert_eq!(next(r#"{"r":{"all":5}}"#, 2), None);
    let mut paging =
        super::paging::Paging::new("GET /a?page=1&size=2", Holes::default(), &Pages::Total("page", "size", "*/all"), String::new());
    let mut next = |body: &str, items| paging.next(Tree::json(body).unwrap().root(), items).unwrap().is_some();
    assert!(next(r#"{"r":{}}"#, 2));
    assert!(!next(r#"{"r":{}}"#, 1));
    assert!(!next(r#"{"r":{"all":99}}"#, 0));
    // Where something is looked for, items are not counted.
    let mut script =
        Script::new("GET /a?page=1&size=2\nKEEP id=list[name=x]/id\nGET /b", Holes::default(), &Pages::Total("page", "size", "all"), "");
    assert_eq!(script.first().path, "/a");
    let none = Response::new(200, Headers::default(), r#"{"all":3,"list":[]}"#.into());
    assert!(script.next(&none).unwrap().is_some());
    assert_eq!(script.next(&none).unwrap_err().kind(), Kind::NotFound);
    const EITHER: &Pages = &Pages::Either(&Pages::Next("token", "next"), &Pages::Total("page", "size", "all"));
    for (line, body, want) in [
        ("GET /a?page=1&size=2", r#"{"all":5}"#, Some("size=2&page=2")),
        ("GET /a?most=2", r#"{"all":5,"next":"t"}"#, Some("most=2&token=t")),
        ("GET /a?most=2", r#"{"all":5,"next":""}"#, None),
    ] {
        let mut paging = super::paging::Paging::new(line, Holes::default(), EITHER, String::new());
        let next = paging.next(Tree::json(body).unwrap().root(), 2).unwrap();
        let query = next.map(|request| request.query.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&"));
        assert_eq!(query.as_deref(), want);
    }
}

#[test]
fn what_takes_long_tells_where_to_look() {
    let answer = |status, headers: &[(&str, &str)], body: &str| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response::new(status, headers, body.into())
    };
    let lines = "POST /a\nKEEP url?=@absent|@location\nWITH url UNTIL status=done,~failed,!error GET @url\nGET /b";
    let url = "https://api.example:443/jobs/1?t=x";
    let mut script = planned(lines, Holes::default());
    assert_eq!(script.first().path, "/a");
    let mut next = |response: Response| {
        let next = script.next(&response);
        next.map(|step| step.map(|(pause, request)| (pause, request.path.clone(), request.query.clone())))
    };
    let job = |pause| Some((pause, "/jobs/1".to_owned(), vec![("t".to_owned(), "x".to_owned())]));
    assert_eq!(next(answer(202, &[("location", url), ("retry-after", "2")], "")).unwrap(), job(2000));
    // Accepted, busy, done without a word of it.
    assert_eq!(next(answer(202, &[("retry-after", "999")], "")).unwrap(), job(60_000));
    assert_eq!(next(answer(200, &[], r#"{"status":"busy"}"#)).unwrap(), job(8_000));
    assert_eq!(next(answer(200, &[], "")).unwrap(), Some((0, "/b".to_owned(), Vec::new())));
    let mut script = planned(lines, Holes::default());
    script.first();
    assert_eq!(script.next(&answer(200, &[], "")).unwrap().map(|(_, request)| request.path.clone()), Some("/b".to_owned()));
    let mut script = planned(lines, Holes::default());
    script.first();
    assert_eq!(script.next(&answer(202, &[("location", "https://other.example/1")], "")).unwrap_err().kind(), Kind::Malformed);
}

#[test]
fn answers_are_gathered() {
    let lines = "GET /a\nGATHER all=list GET /all\nFOR ids[] GATHER each= GET /each/{.id}\nFOR none[] GATHER none= GET /none\nFOR each[] GATHER more?=x GET /more/{.of}";
    let mut script = planned(lines, Holes::default());
    assert_eq!(script.first().path, "/a");
    let (mut asked, mut last) = (Vec::new(), None);
    for (status, body) in [
        (200, r#"{"ids":[{"id":1},{"id":2}],"id":"a"}"#),
        (200, r#"{"list":["x"],"next":"/all?page=2"}"#),
        (200, r#"{"list":["y"]}"#),
        (200, r#"{"of":7}"#),
        (200, r#"{"of":8}"#),
        (404, "{}"),
        (200, r#"{"x":[0]}"#),
    ] {
        let response = Response::new(status, Headers::default(), body.into());
        match script.next(&response).unwrap() {
            Some((_, request)) => asked.push((request.path.clone(), request.takes.len())),
            None => last = Some(script.text(&response).unwrap().to_owned()),
        }
    }
    let asked: Vec<_> = asked.iter().map(|(path, takes)| (path.as_str(), *takes)).collect();
    assert_eq!(asked, [("/all", 0), ("/all", 0), ("/each/1", 0), ("/each/2", 0), ("/more/7", 2), ("/more/8", 2)]);
    let whole = r#"{"ids":[{"id":1},{"id":2}],"id":"a","all":["x","y"],"each":[{"of":7},{"of":8}],"more":[0]}"#;
    assert_eq!(last.as_deref(), Some(whole));
}

#[test]
fn tags_that_are_texts() {
    let put = |line, holes: Holes| {
        let mut script = planned(line, holes);
        script.first();
        let answer = Response::new(200, Headers::default(), r#"{"tags":["k:old","plain","w:1"]}"#.into());
        let (_, request) = script.next(&answer).unwrap().unwrap();
        String::from_utf8_lossy(request.body.bytes()).into_owned()
    };
    let set = put("GET /a\nKEEP old?=tags\nPUT /a {\"tags\":\"{tags|onto:old|list}\"}", holes());
    assert_eq!(set, r#"{"tags":["plain","k:v","w"]}"#);
    let mut names = Holes::default();
    names.set("names", Json::of(&vec!["k".to_owned(), "plain".to_owned(), "w".to_owned()]));
    assert_eq!(put("GET /a\nKEEP old?=tags\nPUT /a {\"tags\":\"{old|without:names|list}\"}", names), r#"{"tags":[]}"#);
}

#[test]
fn arguments_without_a_place_are_found() {
    for (lines, place, unused) in [
        ("GET /a/{name} {\"s\":\"{size#}\"}{old}{hex}", "x[n={node}]", Some("userData")),
        ("GET /{name}{size}{node}{userData|base64}{x|onto:tags}{networks#}{log}{old}{hex}", "", Some("extra")),
        ("GET /{name}{size}{node}{userData}{tags}{networks}{log/extra}{x|onto:old}{+hex}", "", None),
    ] {
        assert_eq!(holes().unused(lines, place), unused, "{lines}");
    }
    for (line, several) in
        [("{networks|first}", Some("networks")), ("{networks#|first}", Some("networks")), ("{networks}{size|first}", None)]
    {
        assert_eq!(holes().several(line), several, "{line}");
    }
}

#[test]
fn paths() {
    let tree = Tree::json(r#"{"a":[{"k":"x/y","v":1},{"k":"z","v":[2,3]}],"m":{"p":{"v":4},"q":{"v":5}},"n":null,"at":"/S/x","of":[{"id":"/s/X","v":6},{"id":"/s/y","v":0},{"id":"/s/x","v":7}],"n4":4,"deep":[{"is":[{"of":3}],"v":9},{"is":[{"of":5},{"of":4}],"v":8}]}"#).unwrap();
    for (path, want) in [
        ("a[]/k", "x/y z"),
        ("a[k=x/y]/v", "1"),
        ("a[k=z]/v[]", "2 3"),
        ("m/*/v", "4 5"),
        ("b/c", ""),
        ("a[k=none]/v", ""),
        ("at@of/v", "6 7"),
        ("n4@deep:is.*.of/v", "8"),
        ("deep[is/*/of=4]/v", "8"),
        ("none@of/v", ""),
        ("/m/p/v", "4"),
    ] {
        let mut found = Vec::new();
        many(tree.root(), path, &mut |d| found.push(d.word().unwrap_or("?").to_owned()));
        assert_eq!(found.join(" "), want, "{path}");
    }
}

#[test]
fn models() {
    const API: Api = Api {
        maps: &[
            ("Node", &[("id", "!id"), ("state", "status|power"), ("publicIps", "ip")]),
            ("NodeSize", &[("id", "id"), ("bandwidth", "tb*1000"), ("disk", "mb%1024")]),
            ("NodeLocation", &[("id", "id"), ("name", "name|id"), ("country", "country")]),
            ("Network", &[("id", "id"), ("name", "={.a}:{.b};c"), ("cidr", "net,bits")]),
        ],
        node_states: &[("on", NodeState::Running), ("new", NodeState::Pending)],
        ..Api::NOTHING
    };
    fn doc(text: &str) -> Tree<'_> {
        Tree::json(text).unwrap()
    }
    for (text, state) in [
        (r#"{"id":"n","status":"new","power":"on","ip":"0.0.0.0"}"#, NodeState::Pending),
        (r#"{"id":"n","status":"active","power":"on"}"#, NodeState::Running),
        (r#"{"id":"n","status":["active","on"]}"#, NodeState::Unknown),
        (r#"{"id":"n","status":"active"}"#, NodeState::Unknown),
    ] {
        let node: Node = read(&API, doc(text).root()).unwrap();
        assert_eq!((node.state, node.public_ips.len()), (state, 0), "{text}");
    }
    assert!(read::<Node>(&API, doc("{}").root()).is_err());
    let size: NodeSize = read(&API, doc(r#"{"tb":0.5,"mb":51200}"#).root()).unwrap();
    assert_eq!((size.bandwidth, size.disk), (Some(500), 50));
    for (text, disk) in [("4Gi", 4_194_304), ("1.5Ki", 1), ("2M", 1953), ("4x", 0), ("Gi", 0)] {
        let size: NodeSize = read(&API, doc(&format!(r#"{{"mb":"{text}"}}"#)).root()).unwrap();
        assert_eq!(size.disk, disk, "{text}");
    }
    let place: NodeLocation = read(&API, doc(r#"{"id":"a","country":"nl"}"#).root()).unwrap();
    assert_eq!((&*place.name, place.country.as_deref()), ("a", Some("NL")));
    let network: Network = read(&API, doc(r#"{"net":"10.0.0.0","bits":8}"#).root()).unwrap();
    assert_eq!(network.cidr.as_deref(), Some("10.0.0.0/8"));
    for (text, name) in [(r#"{"a":1,"b":2,"c":3}"#, "1:2"), (r#"{"b":2,"c":3}"#, "3"), ("{}", "")] {
        assert_eq!(read::<Network>(&API, doc(text).root()).unwrap().name, name, "{text}");
    }
    let mut found = Vec::new();
    let both = doc(r#"{"b":[1,2],"c":[3]}"#);
    each(both.root(), "a|b|c", &mut |d| {
        found.push(d.word().unwrap_or("").to_owned());
        Ok(())
    })
    .unwrap();
    assert_eq!(found.concat(), "123");
}

#[test]
fn lists_may_be_empty_but_not_absent() {
    let tree = Tree::json(r#"{"map":{},"list":[],"none":null,"items":[{"k":"x"}]}"#).unwrap();
    for (place, count) in [("map/*", 0), ("list", 0), ("list[k=x]", 0), ("none", 0), ("items[k=y]", 0), ("items[k=x]", 1), ("?gone", 0)] {
        let mut seen = 0;
        each(tree.root(), place, &mut |_| {
            seen += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, count, "{place}");
    }
    let tree = Tree::json(r#"{"a":[{"k":"x"},{"k":"y"},{"k":"x"}]}"#).unwrap();
    for (place, keys) in [("?a[]/k", "x y x"), ("??a[]/k", "x y"), ("??gone", "")] {
        let mut found = Vec::new();
        each(tree.root(), place, &mut |d| {
            found.push(d.as_text().to_owned());
            Ok(())
        })
        .unwrap();
        assert_eq!(found.join(" "), keys, "{place}");
    }
    for place in ["gone", "gone/*", "gone[k=x]", "map/gone"] {
        assert!(each(tree.root(), place, &mut |_| Ok(())).is_err(), "{place}");
    }
}

#[test]
fn tags_are_read() {
    let read = |json: &str| filter::tags(Tree::json(json).unwrap().root()).0;
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
