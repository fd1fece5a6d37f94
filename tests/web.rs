//! The fetch host, as `wasm-pack test` runs it in Node and in a headless browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::rc::Rc;

use futures_util::future::{join, join_all};
use js_sys::{Array, Function, Promise, Reflect};
use skyfetch::core::auth::Header;
use skyfetch::core::call::Call;
use skyfetch::core::error::Kind;
use skyfetch::core::http::{Body, Request, Stream};
use skyfetch::core::link::{Account, Fault, Link};
use skyfetch::core::task::{Cancel, Task};
use skyfetch::hosts::fetch::Fetch;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

/// An account whose `fetch` is this JavaScript function body, with `url` and `init`; `calls` keeps what it was given.
fn account(body: &str) -> (Rc<Account>, Array) {
    let calls = Array::new();
    let inner = Function::new_with_args("calls, url, init", &format!("calls.push({{ url, init, signal: init.signal }}); {body}"));
    let function: Function = inner.bind1(&JsValue::UNDEFINED, &calls).unchecked_into();
    let auth = Box::new(Header::bearer("token").unwrap());
    let host = Rc::new(Fetch { function: Some(function) });
    (Rc::new(Account::new("test", "https://api.example", auth, |_| Fault::default(), host).unwrap()), calls)
}

fn at(value: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(value.clone(), |v, key| Reflect::get(&v, &key.into()).unwrap())
}

fn link(account: &Rc<Account>) -> Link {
    Link::new(account, Task::default())
}

async fn get(link: &mut Link) -> Result<String, skyfetch::core::error::Error> {
    Call::new(link, "get_thing", Request::get("/thing"), |r| Ok(r.text()?.to_owned())).await
}

/// A moment of the event loop.
async fn moment(ms: i32) {
    let wait = Function::new_with_args("ms", "return new Promise((done) => setTimeout(done, ms))");
    let promise: Promise = wait.call1(&JsValue::UNDEFINED, &ms.into()).unwrap().unchecked_into();
    JsFuture::from(promise).await.unwrap();
}

#[wasm_bindgen_test]
async fn sends_and_reads() {
    let (account, calls) = account("return Promise.resolve(new Response('hello ü', { status: 200, headers: { 'x-thing': '1' } }))");
    let mut link = link(&account);
    let request =
        Request::put(skyfetch::core::http::path("/*", &["a b"])).header("x-mine", "2").query("q", "ü").body(Body::Bytes(b"bytes".to_vec()));
    let response = link.send("put_thing", &request).await.unwrap();
    assert_eq!(response.text().unwrap(), "hello ü");
    assert_eq!(response.header("x-thing"), "1");
    let call = calls.get(0);
    assert_eq!(at(&call, "url").as_string().unwrap(), "https://api.example/a%20b?q=%C3%BC");
    assert_eq!(at(&call, "init.method").as_string().unwrap(), "PUT");
    assert_eq!(at(&call, "init.redirect").as_string().unwrap(), "manual");
    let headers: web_sys::Headers = at(&call, "init.headers").unchecked_into();
    assert_eq!(headers.get("authorization").unwrap().unwrap(), "Bearer token");
    assert_eq!(headers.get("x-mine").unwrap().unwrap(), "2");
}

#[wasm_bindgen_test]
async fn joins_a_thousand_tasks() {
    let (account, calls) = account("return new Promise((done) => setTimeout(() => done(new Response(String(calls.length))), 5))");
    let tasks = (0..1000).map(|_| {
        let mut link = link(&account);
        async move { get(&mut link).await }
    });
    assert_eq!(join_all(tasks).await.into_iter().filter(|r| r.is_ok()).count(), 1000);
    assert_eq!(calls.length(), 1000);
}

#[wasm_bindgen_test]
async fn dropping_a_call_aborts_its_fetch() {
    let (account, calls) = account("return new Promise(() => {})");
    let mut link = link(&account);
    {
        let mut call = Box::pin(get(&mut link));
        assert!(futures_util::poll!(call.as_mut()).is_pending());
    }
    assert_eq!(at(&calls.get(0), "signal.aborted"), JsValue::TRUE);
}

#[wasm_bindgen_test]
async fn cancelling_aborts_the_fetch_in_flight() {
    let body = "return new Promise((_, fail) => init.signal.addEventListener('abort', () => fail(init.signal.reason)))";
    let (account, calls) = account(body);
    let task = Task::default();
    let cancel = task.cancel.clone();
    let mut link = Link::new(&account, task);
    let stop = async {
        moment(5).await;
        cancel.cancel();
    };
    let (result, ()) = join(get(&mut link), stop).await;
    assert_eq!(result.unwrap_err().kind(), Kind::Cancelled);
    assert_eq!(at(&calls.get(0), "signal.aborted"), JsValue::TRUE);
    assert_eq!(calls.length(), 1);
}

#[wasm_bindgen_test]
async fn a_deadline_aborts_the_fetch_in_flight() {
    let (account, calls) = account("return new Promise(() => {})");
    let mut link = Link::new(&account, Task { deadline: Some(js_sys::Date::now() as u64 + 20), ..Task::default() });
    assert_eq!(get(&mut link).await.unwrap_err().kind(), Kind::Deadline);
    assert_eq!(at(&calls.get(0), "signal.aborted"), JsValue::TRUE);
}

#[wasm_bindgen_test]
async fn a_stream_is_handed_through_unread_and_outlives_the_call() {
    let (account, calls) = account("return Promise.resolve(new Response('bytes', { headers: { 'content-length': '5' } }))");
    let mut link = link(&account);
    let response = link.send("download", &Request::get("/o").stream()).await.unwrap();
    let Body::Stream(Stream { handle, length, .. }) = response.body else { panic!("no stream") };
    assert_eq!(length, Some(5));
    let stream: web_sys::ReadableStream = handle.downcast::<JsValue>().unwrap().unchecked_into();
    assert!(!stream.locked());
    assert_eq!(at(&calls.get(0), "signal.aborted"), JsValue::FALSE);
    let text = web_sys::Response::new_with_opt_readable_stream(Some(&stream)).unwrap().text().unwrap();
    assert_eq!(JsFuture::from(text).await.unwrap().as_string().unwrap(), "bytes");
}

#[wasm_bindgen_test]
async fn a_stream_ends_with_the_callers_signal() {
    let (account, calls) = account("return Promise.resolve(new Response('bytes'))");
    let controller = web_sys::AbortController::new().unwrap();
    let cancel = Cancel::with_signal(Box::new(controller.signal()));
    let mut link = Link::new(&account, Task { cancel, ..Task::default() });
    link.send("download", &Request::get("/o").stream()).await.unwrap();
    controller.abort();
    assert_eq!(at(&calls.get(0), "signal.aborted"), JsValue::TRUE);
}

#[wasm_bindgen_test]
async fn a_gigabyte_is_refused_by_its_claim() {
    let (account, calls) = account(
        "return Promise.resolve({ status: 200, headers: new Headers({ 'content-length': '1000000000' }), arrayBuffer() { throw new Error('read') }, get body() { throw new Error('read') } })",
    );
    assert_eq!(get(&mut link(&account)).await.unwrap_err().kind(), Kind::Malformed);
    assert_eq!(calls.length(), 1);
}

#[wasm_bindgen_test]
async fn a_lost_request_says_why_and_is_repeated() {
    let (account, calls) = account(
        "if (calls.length < 2) return Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })); return Promise.resolve(new Response('ok'))",
    );
    assert_eq!(get(&mut link(&account)).await.unwrap(), "ok");
    assert_eq!(calls.length(), 2);
    let request = Request::post("/create");
    calls.set_length(0);
    let error = link(&account).send("create", &request).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Transport);
    assert!(error.message().contains("ECONNREFUSED"), "{error}");
}

#[wasm_bindgen_test]
async fn a_header_that_fetch_refuses_is_an_error() {
    let (account, calls) = account("return Promise.resolve(new Response('ok'))");
    let error = link(&account).send("get", &Request::get("/").header("x-name", "日本")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    assert_eq!(calls.length(), 0);
}
