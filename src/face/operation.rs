//! One operation, from its name to its promise.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
#[cfg(feature = "storage")]
use js_sys::Object;
use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;

use super::{Queue, Shared, promise};
use crate::core::error::{Error, Result};
use crate::core::http::{Body, Method, Path, Request, Stream};
use crate::core::link::Link;
use crate::core::task::Task;
use crate::core::wire::{Doc, FromDoc, Json, Pairs, object};
#[cfg(any(feature = "storage", feature = "dns"))]
use crate::dispatch;
use crate::dispatch::{Args, Driver, Faults};

/// Runs an operation. A body is a `Uint8Array`, `Blob` or `ReadableStream`, or nothing.
pub(super) fn run(shared: Rc<Shared>, queue: Rc<Queue>, service: &str, method: &str, args: String, body: JsValue) -> Promise {
    let (service, method) = (service.to_owned(), method.to_owned());
    promise(Box::pin(async move {
        let _turn = queue.turn.wait().await;
        let tree = super::input(&args).map_err(|e| e.during(shared.cloud.name, ""))?;
        let mut task = queue.task.borrow().clone();
        let faults = Faults::default();
        let outcome = one(&shared, &mut task, &service, &method, Args(tree.root(), &faults), body).await;
        queue.task.replace(task);
        outcome.map_err(|e| e.during(shared.cloud.name, ""))
    }))
}

/// The operation's outcome; the task is left as it is after it.
async fn one(shared: &Shared, task: &mut Task, service: &str, method: &str, args: Args<'_>, body: JsValue) -> Result<JsValue> {
    if method == "request" {
        let mut link = Link::new(&shared.account, task.clone());
        // The one catalogue service that has an interface of its own here.
        let home = if service == "storage" { "object-store" } else { "" };
        let outcome = boxed(request(&mut link, home, args.0, body)).await;
        *task = link.task().clone();
        return outcome;
    }
    #[cfg(feature = "storage")]
    if (service, method) == ("storage", "upload") {
        return boxed(super::upload::run(shared, task, args, body.unchecked_ref())).await;
    }
    let mut driver = Driver::open(shared.cloud, service, &shared.account, task.clone())?;
    let outcome = work(&mut driver, method, args, body).await;
    *task = driver.link().task().clone();
    outcome
}

/// What one driver does.
fn work<'d>(driver: &'d mut Driver, method: &'d str, args: Args<'d>, body: JsValue) -> LocalBoxFuture<'d, Result<JsValue>> {
    match (&mut *driver, method) {
        #[cfg(feature = "compute")]
        (Driver::Compute(driver), "waitUntil") => boxed(wait_until(&mut **driver, args.0)),
        #[cfg(feature = "storage")]
        (Driver::Storage(driver), "download") => boxed(download(&mut **driver, args)),
        #[cfg(feature = "dns")]
        (Driver::Dns(driver), "plan") => boxed(async move { dispatch::plan(&mut **driver, args).await.map(json) }),
        #[cfg(feature = "dns")]
        (Driver::Dns(driver), "apply") => boxed(async move { dispatch::apply(&mut **driver, args).await.map(json) }),
        #[cfg(feature = "dns")]
        (Driver::Dns(driver), "exportZone") => boxed(async move { dispatch::export(&mut **driver, args).await.map(json) }),
        (driver, _) => boxed(async move { driver.call(method, args, to_body(body))?.await.map(json) }),
    }
}

fn boxed<'f>(future: impl Future<Output = Result<JsValue>> + 'f) -> LocalBoxFuture<'f, Result<JsValue>> {
    Box::pin(future)
}

fn json(json: Json) -> JsValue {
    JsValue::from_str(json.as_str())
}

#[cfg(feature = "compute")]
async fn wait_until(driver: &mut dyn crate::compute::Compute, args: Doc<'_>) -> Result<JsValue> {
    use crate::compute::{NodeState, wait_until};
    let mut items = args.children();
    let node = items.next().and_then(|d| d.opt::<String>("id").or_else(|| Some(d.as_text().to_owned())));
    let node = node.filter(|id| !id.is_empty()).ok_or_else(|| Error::invalid("the node is missing: give its id, or the object itself"))?;
    let state = items.next().map_or("", Doc::as_text);
    let state =
        NodeState::parse(state).ok_or_else(|| Error::invalid(["\"", state, "\" is no state of a node; try \"running\""].concat()))?;
    let interval = items.next().and_then(|d| d.opt("interval")).unwrap_or(2_000);
    Ok(json(Json::of(&wait_until(driver, &node, state, interval).await?)))
}

#[cfg(feature = "storage")]
async fn download(driver: &mut dyn crate::storage::Storage, args: Args<'_>) -> Result<JsValue> {
    let got = dispatch::download(driver, args)?.await?;
    let body = got.body.handle.downcast::<JsValue>().map_or(JsValue::NULL, |b| *b);
    let out = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&out, &name.into(), &value).map(|_| ());
    let done = set("object", json(Json::of(&got.object)))
        .and_then(|()| set("body", body))
        .and_then(|()| set("length", got.length.map_or(JsValue::NULL, |n| JsValue::from_f64(n as f64))));
    done.map_err(|_| Error::malformed("the answer could not be handed over"))?;
    Ok(out.into())
}

/// What JavaScript sends as a body.
pub(super) fn to_body(value: JsValue) -> Body {
    if value.is_undefined() || value.is_null() {
        return Body::Empty;
    }
    let number = |name: &str| Reflect::get(&value, &name.into()).ok().and_then(|n| n.as_f64()).map(|n| n as u64);
    let length = number("byteLength").or_else(|| number("size"));
    Body::Stream(Stream { length, repeatable: length.is_some(), handle: Box::new(value) })
}

/// The same, with bytes taken over: a signature may have to cover them.
fn to_bytes(value: JsValue) -> Body {
    match value.dyn_into::<js_sys::Uint8Array>() {
        Ok(bytes) => Body::Bytes(bytes.to_vec()),
        Err(value) => to_body(value),
    }
}

/// Any request to the provider, signed and retried: `[method, path, {query, headers, service}]`.
async fn request(link: &mut Link, home: &'static str, args: Doc<'_>, body: JsValue) -> Result<JsValue> {
    let mut items = args.children();
    let method = Method::parse(items.next().map_or("", Doc::as_text))?;
    let path = items.next().map_or("", Doc::as_text);
    let mut halves = path.splitn(2, '?');
    let plain = halves.next().unwrap_or("");
    let bad = !plain.starts_with('/') || plain.contains('#') || plain.split('/').any(dots) || plain.bytes().any(|b| b <= b' ' || b >= 127);
    if bad {
        return Err(Error::invalid("a path must start with / and be percent-encoded, without . or .. segments"));
    }
    let mut request = Request::new(method, Path::from(plain)).to(home).body(to_bytes(body));
    for pair in halves.next().unwrap_or("").split('&').filter(|p| !p.is_empty()) {
        let mut sides = pair.splitn(2, '=').map(crate::core::call::decode);
        request = request.query(sides.next().unwrap_or_default(), sides.next().unwrap_or_default());
    }
    if let Some(options) = items.next() {
        let strings = |name: &str| options.get(name).into_iter().flat_map(Doc::children).collect::<Vec<_>>();
        for d in strings("query") {
            request = request.query(d.key(), String::from_doc(d).unwrap_or_default());
        }
        for d in strings("headers") {
            request = request.header(d.key(), d.as_text());
        }
        request.service = SERVICES.iter().find(|s| **s == options.text("service")).copied().unwrap_or(home);
    }
    let response = link.send("request", &request).await?;
    let headers = Pairs(response.headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect());
    let json = object(&[("status", u64::from(response.status).into()), ("headers", (&headers).into()), ("body", response.text()?.into())]);
    Ok(JsValue::from_str(json.as_str()))
}

/// The endpoints of a service catalogue.
const SERVICES: &[&str] = &["compute", "volume", "image", "network", "object-store", "dns", "load-balancer", "identity"];

fn dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().as_str(), "." | ".." | "%2e" | "%2e." | ".%2e" | "%2e%2e")
}
