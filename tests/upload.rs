//! Uploads in parts, against a store that answers by what it is asked: in any order, late, never, or with an error.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures_util::future::LocalBoxFuture;
use skyfetch::clouds;
use skyfetch::core::error::{Error, Kind, Result};
use skyfetch::core::host::Host;
use skyfetch::core::http::{Attempt, Body, Headers, Response, Stream};
use skyfetch::core::task::{Cancel, Task};
use skyfetch::core::wire::Pairs;
use skyfetch::storage::{Object, Parts, Plan, Purpose, UploadOptions, upload};

const MIB: u64 = 1 << 20;

/// A store. What it is asked is known as `PUT`, `create`, `part 1`, `complete` and `abort`.
#[derive(Default)]
struct Store {
    seen: RefCell<Vec<String>>,
    bodies: RefCell<Vec<String>>,
    /// What to answer in place of success.
    faults: BTreeMap<&'static str, (u16, &'static str)>,
    /// How many turns an answer takes; by default one, and `u32::MAX` is never.
    turns: BTreeMap<&'static str, u32>,
    flying: Rc<Cell<i32>>,
    most: Cell<i32>,
}

impl Host for Store {
    fn send(&self, attempt: &Attempt<'_>, _: &Cancel) -> LocalBoxFuture<'static, Result<Response>> {
        let query = |name: &str| attempt.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let what = match (attempt.method.name(), query("partNumber"), query("uploadId")) {
            ("POST", None, None) => "create".to_owned(),
            ("POST", None, Some(_)) => "complete".to_owned(),
            ("DELETE", None, Some(_)) => "abort".to_owned(),
            ("PUT", Some(number), Some(_)) => format!("part {number}"),
            (method, ..) => method.to_owned(),
        };
        let (status, body) = match (self.faults.get(&*what), &*what) {
            (Some((status, code)), _) => (*status, format!("<Error><Code>{code}</Code><Message>no</Message></Error>")),
            (None, "create") => (200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>".to_owned()),
            (None, "complete") => {
                self.bodies.borrow_mut().push(String::from_utf8(attempt.body.bytes().to_vec()).unwrap());
                (200, "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>".to_owned())
            }
            (None, "abort") => (204, String::new()),
            (None, _) => (200, String::new()),
        };
        let mut turns = self.turns.get(&*what).copied().unwrap_or(1);
        let etag = ("etag".to_owned(), format!("\"{what}\""));
        self.seen.borrow_mut().push(what);
        self.flying.set(self.flying.get() + 1);
        self.most.set(self.most.get().max(self.flying.get()));
        let flight = Flight(self.flying.clone());
        Box::pin(async move {
            let _flight = flight;
            std::future::poll_fn(|cx| {
                if turns == 0 {
                    return Poll::Ready(());
                }
                if turns != u32::MAX {
                    turns -= 1;
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            })
            .await;
            Ok(Response::new(status, Headers::from_iter([etag]), body.into_bytes()))
        })
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        // Only backoff passes; deadlines and timeouts never do.
        if ms < 30_000 { Box::pin(std::future::ready(())) } else { Box::pin(std::future::pending()) }
    }

    fn now(&self) -> u64 {
        1_795_435_200_000
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0x80);
    }
}

/// A request under way, answered or dropped.
struct Flight(Rc<Cell<i32>>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// So many bytes; what comes after them.
struct Bytes {
    left: u64,
    then: Then,
    asked: Vec<u64>,
}

#[derive(Clone, Copy)]
enum Then {
    End,
    Break,
    Silence,
}

fn bytes(left: u64, then: Then) -> Bytes {
    Bytes { left, then, asked: Vec::new() }
}

impl Parts for Bytes {
    fn next(&mut self, size: u64) -> LocalBoxFuture<'_, Result<Option<Body>>> {
        self.asked.push(size);
        let length = size.min(self.left);
        self.left -= length;
        let then = self.then;
        Box::pin(async move {
            match (length, then) {
                (0, Then::End) => Ok(None),
                (0, Then::Break) => Err(Error::new(Kind::Transport, "the caller's stream broke")),
                (0, Then::Silence) => std::future::pending().await,
                _ => Ok(Some(Body::Stream(Stream { handle: Box::new(()), length: Some(length), repeatable: true }))),
            }
        })
    }
}

struct Run {
    result: Result<Object>,
    seen: Vec<String>,
    progress: Vec<u64>,
    store: Rc<Store>,
}

/// Uploads; cancels after so many polls, if asked to.
fn run(store: Store, parts: &mut Bytes, plan: Plan, options: &UploadOptions, cancel_after: Option<u32>) -> Run {
    let cloud = clouds::find("s3").unwrap();
    let store = Rc::new(store);
    let config = [("accessKeyId", "id"), ("secretAccessKey", "key"), ("endpoint", "http://localhost:9000")];
    let config = Pairs(config.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect());
    let account = clouds::account(cloud, config, store.clone()).unwrap();
    let cancel = plan.cancel.clone();
    let open = |purpose| {
        let cancel = if purpose == Purpose::Transfer { cancel.clone() } else { Cancel::default() };
        cloud.storage(&account, Task { cancel, ..Task::default() })
    };
    let mut progress = Vec::new();
    let mut tell = |bytes| progress.push(bytes);
    let result = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let mut uploading = pin!(upload(&open, "photos", "a", parts, options, &plan, &mut tell));
        for turn in 0..1_000_000 {
            if cancel_after == Some(turn) {
                plan.cancel.cancel();
            }
            let polled = std::future::poll_fn(|cx| Poll::Ready(uploading.as_mut().poll(cx))).await;
            if let Poll::Ready(result) = polled {
                return result;
            }
        }
        panic!("the upload hangs; it sent {:?}", store.seen.borrow())
    });
    assert_eq!(store.flying.get(), 0, "a request is left behind");
    let seen = store.seen.borrow().clone();
    Run { result, seen, progress, store }
}

fn plan() -> Plan {
    Plan { part_size: 5 * MIB, concurrency: 3, ..Plan::default() }
}

#[test]
fn what_fits_in_a_part_goes_in_one_request() {
    for (length, total) in [(0, None), (3, None), (3, Some(3)), (5 * MIB, Some(5 * MIB))] {
        let run = run(Store::default(), &mut bytes(length, Then::End), Plan { total, ..plan() }, &UploadOptions::default(), None);
        assert_eq!(run.seen, ["PUT"], "{length}");
        assert_eq!(run.result.unwrap().size, length);
        assert_eq!(run.progress, [length]);
    }
}

#[test]
fn parts_are_put_together_in_order() {
    let store = Store { turns: [("part 1", 30), ("part 2", 20), ("part 3", 10)].into(), ..Store::default() };
    let options = UploadOptions { content_type: Some("text/plain".into()), ..UploadOptions::default() };
    let run = run(store, &mut bytes(11 * MIB, Then::End), plan(), &options, None);
    assert_eq!(run.seen, ["create", "part 1", "part 2", "part 3", "complete"]);
    assert_eq!(run.progress, [MIB, 6 * MIB, 11 * MIB]);
    let part = |n| format!("<Part><PartNumber>{n}</PartNumber><ETag>\"part {n}\"</ETag></Part>");
    let want = format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}{}{}</CompleteMultipartUpload>",
        part(1),
        part(2),
        part(3)
    );
    assert_eq!(*run.store.bodies.borrow(), [want]);
    let object = run.result.unwrap();
    assert_eq!((object.size, object.etag.as_deref(), object.content_type.as_deref()), (11 * MIB, Some("whole"), Some("text/plain")));
}

#[test]
fn a_full_part_may_be_the_last() {
    let run = run(Store::default(), &mut bytes(5 * MIB, Then::End), plan(), &UploadOptions::default(), None);
    assert_eq!(run.seen, ["create", "part 1", "complete"]);
}

#[test]
fn so_many_are_under_way_and_no_more() {
    for concurrency in [0, 1, 2, 5] {
        let mut parts = bytes(60 * MIB, Then::End);
        let run = run(Store::default(), &mut parts, Plan { concurrency, ..plan() }, &UploadOptions::default(), None);
        assert_eq!(run.store.most.get(), concurrency.max(1) as i32);
        assert_eq!(run.result.unwrap().size, 60 * MIB);
    }
}

#[test]
fn parts_are_read_only_when_there_is_room() {
    let store = Store { turns: [("part 1", u32::MAX), ("part 2", u32::MAX)].into(), ..Store::default() };
    let mut parts = bytes(60 * MIB, Then::End);
    let run = run(store, &mut parts, Plan { concurrency: 2, ..plan() }, &UploadOptions::default(), Some(100));
    assert_eq!(run.seen, ["create", "part 1", "part 2", "abort"]);
    assert_eq!(parts.asked.len(), 2);
}

#[test]
fn a_busy_store_is_asked_again() {
    let store = Store { faults: [("part 2", (503, "SlowDown"))].into(), ..Store::default() };
    let run = run(store, &mut bytes(11 * MIB, Then::End), plan(), &UploadOptions::default(), None);
    assert_eq!(run.seen.iter().filter(|what| *what == "part 2").count(), 5);
    assert_eq!(run.seen.last().unwrap(), "abort");
    assert_eq!(run.result.unwrap_err().kind(), Kind::RateLimited);
}

#[test]
fn a_part_that_fails_abandons_all() {
    let store = Store { faults: [("part 2", (403, "AccessDenied"))].into(), turns: [("part 1", u32::MAX)].into(), ..Store::default() };
    let run = run(store, &mut bytes(11 * MIB, Then::End), plan(), &UploadOptions::default(), None);
    assert_eq!(run.seen, ["create", "part 1", "part 2", "part 3", "abort"]);
    let error = run.result.unwrap_err();
    assert_eq!((error.kind(), error.operation(), error.code()), (Kind::Denied, "put_part", Some("AccessDenied")));
    assert_eq!(error.cause(), None);
}

#[test]
fn a_completion_that_fails_abandons_all() {
    let store = Store { faults: [("complete", (200, "InvalidPart"))].into(), ..Store::default() };
    let run = run(store, &mut bytes(6 * MIB, Then::End), plan(), &UploadOptions::default(), None);
    assert_eq!(run.seen, ["create", "part 1", "part 2", "complete", "abort"]);
    assert_eq!(run.result.unwrap_err().code(), Some("InvalidPart"));
}

#[test]
fn a_stream_that_breaks_abandons_all() {
    let run = run(Store::default(), &mut bytes(10 * MIB, Then::Break), plan(), &UploadOptions::default(), None);
    assert_eq!((run.seen[0].as_str(), run.seen.last().unwrap().as_str()), ("create", "abort"));
    assert_eq!(run.result.unwrap_err().message(), "the caller's stream broke");
}

#[test]
fn a_wrong_length_abandons_all() {
    let plan = Plan { total: Some(12 * MIB), ..plan() };
    let run = run(Store::default(), &mut bytes(11 * MIB, Then::End), plan, &UploadOptions::default(), None);
    assert_eq!(run.seen, ["create", "part 1", "part 2", "part 3", "abort"]);
    assert_eq!(run.result.unwrap_err().kind(), Kind::Invalid);
}

#[test]
fn cancelled_at_any_moment_it_leaves_nothing() {
    let slow = || Store { turns: [("create", 5), ("part 1", 5), ("part 2", 7), ("complete", 5), ("abort", 5)].into(), ..Store::default() };
    for then in [Then::End, Then::Silence] {
        for moment in 0..60 {
            let run = run(slow(), &mut bytes(10 * MIB, then), plan(), &UploadOptions::default(), Some(moment));
            let Err(error) = run.result else {
                assert_eq!(run.seen.last().unwrap(), "complete");
                continue;
            };
            assert_eq!(error.kind(), Kind::Cancelled, "{moment}");
            let started = run.seen.iter().any(|what| what == "create");
            assert_eq!(started, run.seen.last().is_some_and(|what| what == "abort"), "{moment}: {:?}", run.seen);
        }
    }
}

#[test]
fn what_cannot_be_abandoned_is_told() {
    let faults = [("part 1", (403, "AccessDenied")), ("abort", (403, "AccessDenied"))].into();
    let run = run(Store { faults, ..Store::default() }, &mut bytes(6 * MIB, Then::End), plan(), &UploadOptions::default(), None);
    let error = run.result.unwrap_err();
    assert_eq!(error.operation(), "put_part");
    assert!(error.cause().unwrap().contains("u1"));
}

#[test]
fn what_is_gone_already_needs_no_abandoning() {
    let faults = [("part 1", (404, "NoSuchUpload")), ("abort", (404, "NoSuchUpload"))].into();
    let run = run(Store { faults, ..Store::default() }, &mut bytes(6 * MIB, Then::End), plan(), &UploadOptions::default(), None);
    let error = run.result.unwrap_err();
    assert_eq!((error.kind(), error.cause()), (Kind::NotFound, None));
}

#[test]
fn bad_plans_send_nothing() {
    for (part_size, total) in [(5 * MIB - 1, None), (0, None), (5 << 31, None), (5 * MIB, Some(u64::MAX))] {
        let plan = Plan { part_size, total, ..plan() };
        let run = run(Store::default(), &mut bytes(3, Then::End), plan, &UploadOptions::default(), None);
        assert_eq!(run.result.unwrap_err().kind(), Kind::Invalid, "{part_size} {total:?}");
        assert!(run.seen.is_empty());
    }
}

#[test]
fn parts_grow_with_a_length_that_is_known() {
    let total = 10_000 * 8 * MIB + 1;
    let mut parts = bytes(total, Then::End);
    let run = run(Store::default(), &mut parts, Plan { total: Some(total), ..plan() }, &UploadOptions::default(), None);
    assert_eq!(parts.asked[0], 8 * MIB + 1);
    assert!(run.seen.len() <= 10_002);
    assert_eq!(run.result.unwrap().size, total);
}

#[test]
fn too_many_parts_abandon_all() {
    let run = run(Store::default(), &mut bytes(10_001 * 5 * MIB, Then::End), plan(), &UploadOptions::default(), None);
    assert!(!run.seen.contains(&"part 10001".to_owned()));
    assert_eq!(run.seen.last().unwrap(), "abort");
    assert_eq!(run.result.unwrap_err().kind(), Kind::Invalid);
}

#[test]
fn keys_of_the_caller_are_not_shown() {
    let key = || Some(skyfetch::core::error::Secret::new("s3cret-key"));
    let shown = format!(
        "{:?} {:?} {:?}",
        UploadOptions { customer_key: key(), ..UploadOptions::default() },
        skyfetch::storage::DownloadOptions { customer_key: key(), ..Default::default() },
        skyfetch::storage::PartPlace { customer_key: key(), ..Default::default() },
    );
    assert!(shown.contains("customer_key") && !shown.contains("s3cret"), "{shown}");
}
