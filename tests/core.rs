//! The core against a scripted host: tasks, log-ins, retries, calls, fan-outs.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{join, join_all};
use skyfetch::core::auth::{Auth, B2, Header, Rackspace, TempUrl};
use skyfetch::core::call::{Call, Found, Step, follow};
use skyfetch::core::error::{Error, Kind, Secret};
use skyfetch::core::fanout::{Fanout, Progress};
use skyfetch::core::http::{Request, Response, path};
use skyfetch::core::link::{Account, Fault, Link};
use skyfetch::core::task::{Cancel, Event, Listener, Task, What};
use skyfetch::core::wire::{Doc, Time};
use skyfetch::hosts::script::{Answer, Script};

const NOW: u64 = 1_795_435_200_000;

fn fault(response: &Response) -> Fault {
    Fault { message: Some(response.text().unwrap_or("").to_owned()), ..Fault::default() }
}

fn account_with(script: &Rc<Script>, auth: Box<dyn Auth>) -> Rc<Account> {
    Rc::new(Account::new("test", "https://api.example/base", auth, fault, script.clone()).unwrap())
}

fn account(script: &Rc<Script>) -> Rc<Account> {
    account_with(script, Box::new(Header::bearer("s3cret").unwrap()))
}

fn link(script: &Rc<Script>, task: Task) -> Link {
    Link::new(&account(script), task)
}

fn identity() -> Box<dyn Auth> {
    Box::new(Rackspace {
        identity_endpoint: "https://identity.example/v2.0".into(),
        username: "u".into(),
        api_key: Secret::new("k3y"),
        region: "ORD".into(),
        temp_url: TempUrl { key: Secret::new(""), sha1: true },
    })
}

fn logged_in(token: &str, expires: u64) -> Answer {
    let body = format!(
        r#"{{"access":{{"token":{{"id":"{token}","expires":"{}"}},"serviceCatalog":[
            {{"name":"cloudServersOpenStack","type":"compute","endpoints":[{{"region":"ORD","publicURL":"https://ord.example/v2/1"}}]}}]}}}}"#,
        Time(expires).iso()
    );
    Answer::of(200, body)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn get(link: &mut Link) -> Result<String, Error> {
    Call::new(link, "get_thing", Request::get("/thing"), |r| Ok(r.text()?.to_owned())).await
}

#[test]
fn a_request_is_addressed_and_authenticated() {
    let script = Script::new(NOW, [Answer::of(200, "yes")]);
    let mut link = link(&script, Task::default());
    let call = Call::new(&mut link, "get_thing", Request::get(path("/t/*/x", &["a/b ü"])).query("q", "1&2"), |r| Ok(r.text()?.to_owned()));
    assert_eq!(call.request().map(|r| r.path.as_str()), Some("/t/a%2Fb%20%C3%BC/x"), "a call can be looked at before it is sent");
    assert_eq!(block_on(call).unwrap(), "yes");
    let seen = &script.seen()[0];
    assert_eq!(seen.url, "https://api.example/base/t/a%2Fb%20%C3%BC/x?q=1%262");
    assert_eq!(seen.headers.get("authorization"), Some("Bearer s3cret"));
}

#[test]
fn bad_input_is_refused_before_anything_is_sent() {
    let script = Script::new(NOW, []);
    let mut link = link(&script, Task::default());
    for request in [
        Request::get(path("/t/*", &[""])),
        Request::get(path("/t/*", &["."])),
        Request::get(path("/t/*", &[".."])),
        Request::get("/t").header("x", "a\r\nb: c"),
        Request::get("/t").header("x", "a\0"),
        Request::get("/t").header("x y", "a"),
    ] {
        let error = block_on(Call::done(&mut link, "get_thing", request)).unwrap_err();
        assert_eq!((error.kind(), error.provider(), error.operation()), (Kind::Invalid, "test", "get_thing"));
    }
    assert!(script.seen().is_empty());
    for endpoint in
        ["", "api.example", "ftp://x", "https://", "https://user@host", "https://h o", "https://h?x", "https://h/#x", "https://h\n"]
    {
        let made = Account::new("test", endpoint, identity(), fault, script.clone());
        assert_eq!(made.unwrap_err().kind(), Kind::Invalid, "{endpoint}");
    }
    for credential in ["", "a\nb", "ключ"] {
        assert_eq!(Header::bearer(credential).unwrap_err().kind(), Kind::Invalid);
    }
    assert_eq!(Header::basic("a:b", "c").unwrap_err().kind(), Kind::Invalid);
}

#[test]
fn a_hundred_tasks_log_in_once() {
    let answers = std::iter::once(logged_in("t1", NOW + 3_600_000)).chain((0..100).map(|_| Answer::of(200, "ok")));
    let script = Script::new(NOW, answers);
    let account = account_with(&script, identity());
    let tasks = (0..100).map(|_| {
        let mut link = Link::new(&account, Task::default());
        async move { get(&mut link).await }
    });
    assert!(block_on(join_all(tasks)).into_iter().all(|r| r.unwrap() == "ok"));
    let seen = script.seen();
    assert_eq!(seen.len(), 101);
    assert_eq!(seen[0].url, "https://identity.example/v2.0/tokens");
    assert!(seen[0].headers.get("x-auth-token").is_none());
    assert!(seen[1..].iter().all(|s| s.url == "https://ord.example/v2/1/thing" && s.headers.get("x-auth-token") == Some("t1")));
}

#[test]
fn a_refused_log_in_is_refused_once_for_all_who_waited() {
    let script = Script::new(NOW, [Answer::of(401, "bad key"), logged_in("t1", NOW + 3_600_000), Answer::of(200, "ok")]);
    let account = account_with(&script, identity());
    let tasks = (0..100).map(|_| {
        let mut link = Link::new(&account, Task::default());
        async move { get(&mut link).await }
    });
    for result in block_on(join_all(tasks)) {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthorized);
        assert!(!format!("{error} {error:?}").contains("k3y"));
    }
    assert_eq!(script.seen().len(), 1, "an account is not locked out by a hundred wrong log-ins");
    assert_eq!(block_on(get(&mut Link::new(&account, Task::default()))).unwrap(), "ok", "the next task tries again");
}

#[test]
fn a_cancelled_log_in_is_taken_over() {
    let script = Script::new(NOW, [Answer::Silence, logged_in("t1", NOW + 3_600_000), Answer::of(200, "ok")]);
    let account = account_with(&script, identity());
    let first = Task::default();
    let cancel = first.cancel.clone();
    let (mut one, mut two) = (Link::new(&account, first), Link::new(&account, Task::default()));
    block_on(async {
        let stop = async {
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            cancel.cancel();
        };
        let (one, (two, ())) = join(get(&mut one), join(get(&mut two), stop)).await;
        assert_eq!(one.unwrap_err().kind(), Kind::Cancelled);
        assert_eq!(two.unwrap(), "ok");
    });
}

#[test]
fn tokens_are_renewed_before_they_expire_and_once_after_a_401() {
    // Expires in 30 s: too soon, so the second call logs in again.
    let soon = [logged_in("t1", NOW + 30_000), Answer::of(200, "a"), logged_in("t2", NOW + 3_600_000), Answer::of(200, "b")];
    let script = Script::new(NOW, soon);
    let account = account_with(&script, identity());
    let mut link = Link::new(&account, Task::default());
    assert_eq!(block_on(get(&mut link)).unwrap(), "a");
    assert_eq!(block_on(get(&mut link)).unwrap(), "b");

    let later = NOW + 3_600_000;
    let revoked = [
        logged_in("t1", later),
        Answer::of(401, "revoked"),
        logged_in("t2", later),
        Answer::of(200, "c"),
        Answer::of(401, "no"),
        logged_in("t3", later),
        Answer::of(401, "no"),
    ];
    let script = Script::new(NOW, revoked);
    let account = account_with(&script, identity());
    let mut link = Link::new(&account, Task::default());
    assert_eq!(block_on(get(&mut link)).unwrap(), "c");
    assert_eq!(block_on(get(&mut link)).unwrap_err().kind(), Kind::Unauthorized, "a second 401 in one call is the answer");
    assert_eq!(script.left(), 0);
}

#[test]
fn retries_honour_what_the_provider_asks() {
    let after = |value: &str| Answer::Http(429, vec![("retry-after", value.to_owned())], b"slow".to_vec());
    let script =
        Script::new(NOW, [after("2"), after("Mon, 23 Nov 2026 12:00:09 GMT"), Answer::Lost, Answer::of(503, ""), Answer::of(200, "ok")]);
    let events = Rc::new(RefCell::new(Vec::new()));
    let heard = events.clone();
    let listener = Listener(Rc::new(move |event: &Event<'_>| {
        assert!(!event.url.contains('?'));
        heard.borrow_mut().push((event.what, event.attempt));
    }));
    let mut link = link(&script, Task { listener: Some(listener), ..Task::default() });
    assert_eq!(block_on(get(&mut link)).unwrap(), "ok");
    // Half of everything is the script's chance: jitter of at most a quarter of what was asked; then full jitter.
    let pauses = script.pauses.borrow().clone();
    assert_eq!(pauses[0], 2_000 + 125);
    assert!((6_000..9_000).contains(&pauses[1]), "{pauses:?}");
    assert_eq!(link.task().stats.requests, 5);
    assert_eq!(link.task().stats.retries, 4);
    let retries = events.borrow().iter().filter(|(what, _)| matches!(what, What::Retry { .. })).count();
    let lost = events.borrow().iter().filter(|(what, _)| matches!(what, What::Lost { .. })).count();
    assert_eq!((retries, lost, events.borrow().len()), (4, 1, 5 + 4 + 1 + 4), "5 requests, 4 answers, one lost, 4 retries");
}

#[test]
fn creations_are_not_repeated_blindly() {
    for (answer, kind) in [(Answer::Lost, Kind::Transport), (Answer::of(500, "oops"), Kind::Unavailable)] {
        let script = Script::new(NOW, [answer, Answer::of(200, "ok")]);
        let mut link = link(&script, Task::default());
        let error = block_on(Call::done(&mut link, "create_node", Request::post("/nodes"))).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.message().contains("not known whether") && error.message().contains("by its name"), "{error}");
        assert_eq!(script.seen().len(), 1);
    }
    let script = Script::new(NOW, [Answer::Lost, Answer::Lost]);
    let mut tired = link(&script, Task { retries: 1, ..Task::default() });
    let error = block_on(Call::done(&mut tired, "create_node", Request::post("/nodes").repeatable())).unwrap_err();
    assert!(error.message().contains("not known whether"), "a token that was made up is forgotten: {error}");
    let cases = [
        ("create_node", Request::post("/nodes"), Answer::of(400, "no")),
        ("destroy_node", Request::delete("/nodes/1"), Answer::Lost),
        ("list_nodes", Request::post("/nodes/search"), Answer::Lost),
    ];
    for (operation, request, answer) in cases {
        let script = Script::new(NOW, [answer]);
        let mut link = link(&script, Task { retries: 0, ..Task::default() });
        let error = block_on(Call::done(&mut link, operation, request)).unwrap_err();
        assert!(!error.message().contains("not known"), "what was refused, has one effect however often, or none: {error}");
    }
    let script = Script::new(NOW, [Answer::Lost, Answer::of(200, "ok")]);
    let mut link = link(&script, Task::default());
    block_on(Call::done(&mut link, "create_node", Request::post("/nodes").repeatable())).unwrap();
    assert_eq!(script.seen().len(), 2, "with an idempotency token it is safe");
}

#[test]
fn the_retry_budget_is_the_tasks() {
    let script = Script::new(NOW, (0..10).map(|_| Answer::of(503, "busy")));
    let mut link = link(&script, Task { retries: 3, ..Task::default() });
    assert_eq!(block_on(get(&mut link)).unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(script.seen().len(), 4);
    assert_eq!(block_on(get(&mut link)).unwrap_err().status(), Some(503));
    assert_eq!(script.seen().len(), 5, "nothing is left of it");
}

#[test]
fn deadlines_guard_requests_and_pauses() {
    let script = Script::new(NOW, [Answer::Silence]);
    let mut late = link(&script, Task { deadline: Some(NOW + 500), ..Task::default() });
    assert_eq!(block_on(get(&mut late)).unwrap_err().kind(), Kind::Deadline);
    assert_eq!(block_on(get(&mut late)).unwrap_err().kind(), Kind::Deadline, "and stays over");

    // The pause would outlast the deadline: the provider's own error comes at once.
    let script = Script::new(NOW, [Answer::Http(503, vec![("retry-after", "5".into())], b"busy".to_vec())]);
    let mut link = link(&script, Task { deadline: Some(NOW + 3_000), ..Task::default() });
    let error = block_on(get(&mut link)).unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (Kind::Unavailable, Some(5_000)));
}

#[test]
fn an_attempt_that_hangs_is_given_up_and_repeated() {
    let script = Script::new(NOW, [Answer::Silence, Answer::of(200, "ok")]);
    let mut link = link(&script, Task { attempt_timeout: 1_000, ..Task::default() });
    assert_eq!(block_on(get(&mut link)).unwrap(), "ok");
}

#[test]
fn cancelling_ends_requests_and_pauses() {
    let script = Script::new(NOW, [Answer::Silence]);
    let task = Task { attempt_timeout: u64::MAX, ..Task::default() };
    let cancel = task.cancel.clone();
    let mut link = link(&script, task);
    block_on(async {
        let stop = async {
            tokio::task::yield_now().await;
            cancel.cancel();
        };
        // The script's clock runs only in pauses, so nothing but the cancellation can end this.
        let (result, ()) = join(tokio::time::timeout(std::time::Duration::from_secs(5), get(&mut link)), stop).await;
        let error = result.unwrap().unwrap_err();
        assert!(matches!(error.kind(), Kind::Cancelled | Kind::Transport), "{error:?}");
    });
    assert_eq!(block_on(get(&mut link)).unwrap_err().kind(), Kind::Cancelled, "a cancelled task starts nothing");
}

#[test]
fn pages_join_and_come_in_parts() {
    let page = |body: &'static str| Answer::of(200, body);
    let page_of = |r: &Response, found: &mut dyn Found| {
        let tree = skyfetch::core::wire::Tree::json(r.text()?)?;
        tree.root().each("items").try_for_each(|d| found.item(d))?;
        Ok(tree.root().opt::<String>("next").map(|next| Request::get("/list").query("after", next)))
    };
    let read = |d: Doc<'_>| d.need::<u64>("n");
    let answers =
        || [page(r#"{"items":[{"n":1},{"n":2}],"next":"2"}"#), page(r#"{"items":[],"next":"3"}"#), page(r#"{"items":[{"n":3}]}"#)];
    let script = Script::new(NOW, answers());
    let mut one = link(&script, Task::default());
    assert_eq!(block_on(Call::pages(&mut one, "list", Request::get("/list"), page_of, read)).unwrap(), [1, 2, 3]);
    assert_eq!(script.seen()[2].url, "https://api.example/base/list?after=3");

    let script = Script::new(NOW, answers());
    let mut two = link(&script, Task::default());
    let mut call = Call::pages(&mut two, "list", Request::get("/list"), page_of, read);
    block_on(async {
        assert_eq!(call.part().await.unwrap(), Some(vec![1, 2]));
        assert_eq!(script.seen().len(), 1, "the next page is not fetched before it is wanted");
        assert_eq!(call.part().await.unwrap(), Some(vec![]));
        assert_eq!(call.part().await.unwrap(), Some(vec![3]));
        assert_eq!(call.part().await.unwrap(), None);
    });
}

#[test]
fn steps_poll_until_done() {
    let script = Script::new(NOW, [Answer::of(200, "wait"), Answer::of(200, "wait"), Answer::of(200, "done")]);
    let mut link = link(&script, Task::default());
    let call = Call::steps(&mut link, "wait", Request::get("/job"), |r| {
        Ok(if r.text()? == "done" { Step::Done(()) } else { Step::After(700, Request::get("/job")) })
    });
    block_on(call).unwrap();
    assert_eq!(script.pauses.borrow().iter().filter(|ms| **ms == 700).count(), 2);
}

#[test]
fn links_are_followed_on_the_accounts_own_origin_only() {
    let request = follow("https://api.example/v2/x%2Fy?page=2&q=a%20b+c", "https://api.example").unwrap();
    assert_eq!((request.path.as_str(), request.query.len()), ("/v2/x%2Fy", 2));
    assert_eq!(request.query[1], ("q".to_owned(), "a b c".to_owned()));
    assert_eq!(follow("https://API.example:443/v2?page=2", "https://api.example").unwrap().path, "/v2");
    let request = follow("https://api.example/v2#top?page=2", "https://api.example").unwrap();
    assert_eq!((request.path.as_str(), request.query.len()), ("/v2", 0));
    for url in [
        "https://evil.example/v2",
        "http://api.example/v2",
        "https://api.example.evil/v2",
        "https://api.example:444/",
        "//api.example/",
        "",
    ] {
        assert!(follow(url, "https://api.example").is_err(), "{url}");
    }
}

#[test]
fn hostile_answers_are_errors() {
    for body in ["{", "\u{0}", &"[".repeat(100_000), "<a>"] {
        let script = Script::new(NOW, [Answer::of(200, body)]);
        let mut link = link(&script, Task::default());
        let error = block_on(Call::json(&mut link, "get_thing", Request::get("/t"), |d| d.need::<String>("id"))).unwrap_err();
        assert_eq!((error.kind(), error.provider()), (Kind::Malformed, "test"));
    }
    let script = Script::new(NOW, [Answer::Http(200, vec![], vec![0xff, 0xfe])]);
    assert_eq!(block_on(get(&mut link(&script, Task::default()))).unwrap_err().kind(), Kind::Malformed);
    let script = Script::new(NOW, [Answer::of(400, "x".repeat(100_000))]);
    assert!(block_on(get(&mut link(&script, Task::default()))).unwrap_err().message().len() < 1_100, "a message is not a book");
    let script = Script::new(NOW, [Answer::of(302, "")]);
    assert!(block_on(get(&mut link(&script, Task::default()))).unwrap_err().message().contains("redirect"));
}

#[test]
fn fan_outs_are_bounded_ordered_and_settle_all() {
    let (running, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (running_in, most_in) = (running.clone(), most.clone());
    let jobs = Fanout::new(50, 7, Cancel::default(), move |i| {
        let (running, most) = (running_in.clone(), most_in.clone());
        Box::pin(async move {
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            for _ in 0..(i * 7 % 5) {
                tokio::task::yield_now().await;
            }
            running.set(running.get() - 1);
            if i % 10 == 3 { Err(Error::invalid(format!("job {i}"))) } else { Ok(i) }
        })
    });
    let mut heard = Vec::new();
    let results = block_on(jobs.settle(|p| heard.push(p)));
    assert_eq!(most.get(), 7);
    for (i, result) in results.iter().enumerate() {
        match result {
            Ok(n) => assert_eq!(*n, i),
            Err(error) => assert_eq!(error.message(), format!("job {i}")),
        }
    }
    assert_eq!(heard.len(), 50);
    assert_eq!(heard.last(), Some(&Progress { done: 50, failed: 5, total: 50 }));
}

#[test]
fn a_cancelled_fan_out_starts_no_more() {
    let cancel = Cancel::default();
    let stop = cancel.clone();
    let started = Rc::new(Cell::new(0));
    let counter = started.clone();
    let jobs = Fanout::new(20, 2, cancel, move |i| {
        counter.set(counter.get() + 1);
        let stop = stop.clone();
        Box::pin(async move {
            if i == 3 {
                stop.cancel();
            }
            Ok(i)
        })
    });
    let results = block_on(jobs.settle(|_| {}));
    assert!(started.get() < 7, "{}", started.get());
    assert!(results[..4].iter().all(Result::is_ok));
    assert!(results[10..].iter().all(|r| r.as_ref().is_err_and(|e| e.kind() == Kind::Cancelled)));
    assert_eq!(results.len(), 20);
}

#[test]
fn an_empty_fan_out_ends() {
    let jobs = Fanout::<()>::new(0, 0, Cancel::default(), |_| Box::pin(async { Ok(()) }));
    assert!(block_on(jobs.settle(|_| {})).is_empty());
}

/// A request that goes by a ticket: the pass that the ticket gave is used again, one request at a time, until it is refused.
#[test]
fn tickets() {
    let login = r#"{"accountId":"a","authorizationToken":"t","apiInfo":{"storageApi":{"apiUrl":"https://api.example","downloadUrl":"https://f.example"}}}"#;
    let pod = |n: u64| Answer::of(200, format!(r#"{{"uploadUrl":"https://pod.example/{n}?a=%20","authorizationToken":"p{n}"}}"#));
    let ok = || Answer::of(200, "ok");
    let busy = Answer::of(503, "");
    let script =
        Script::new(NOW, [Answer::of(200, login), pod(1), ok(), ok(), Answer::of(403, ""), pod(2), busy, pod(3), ok(), ok(), pod(4), ok()]);
    let account = account_with(&script, Box::new(B2 { key_id: "id".into(), key: Secret::new("k3y") }));
    let put = || async {
        let request = Request::post("").to("upload").ticket(Request::get("/ticket"));
        Call::done(&mut Link::new(&account, Task::default()), "put", request).await.map_err(|e| e.kind())
    };
    assert_eq!(block_on(put()), Ok(()));
    assert_eq!(block_on(put()), Ok(()), "by the same pass");
    assert_eq!(block_on(put()), Err(Kind::Denied), "which is then lost");
    assert_eq!(block_on(put()), Ok(()), "and another is asked for, twice as the first is busy");
    let both = block_on(join(put(), put()));
    assert_eq!(both, (Ok(()), Ok(())), "two at once need two");
    let asked: Vec<_> = script.seen().iter().skip(1).map(|s| (s.url.clone(), s.headers.get("authorization").unwrap().to_owned())).collect();
    let by = |n: u64| (format!("https://pod.example/{n}?a=%20"), format!("p{n}"));
    let ticket = ("https://api.example/ticket".to_owned(), "t".to_owned());
    let want = [ticket.clone(), by(1), by(1), by(1), ticket.clone(), by(2), ticket.clone(), by(3)];
    assert_eq!(asked[..8], want);
    assert_eq!((asked.len(), script.left()), (11, 0));
}

#[test]
fn notes_hold_for_a_minute() {
    let script = Script::new(NOW, []);
    let account = account(&script);
    account.note("photos", "b1");
    account.note("photos", "b2");
    assert_eq!(account.noted("photos").as_deref(), Some("b2"));
    account.note("other", "b3");
    account.note("photos", "");
    assert_eq!((account.noted("photos"), account.noted("other").as_deref()), (None, Some("b3")));
    block_on(Link::new(&account, Task::default()).sleep(60_000)).unwrap();
    assert_eq!(account.noted("other"), None);
}

#[test]
fn secrets_do_not_show() {
    let script = Script::new(NOW, [Answer::of(403, "denied")]);
    let account = account(&script);
    let mut link = Link::new(&account, Task::default());
    let error = block_on(get(&mut link)).unwrap_err();
    let shown = format!("{error} {error:?} {account:?} {link:?} {:?} {:?}", Secret::new("s3cret"), script.seen()[0].headers);
    assert!(!shown.contains("s3cret"), "{shown}");
}
