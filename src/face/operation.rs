//! One operation, from its name to its promise.

use std::rc::Rc;

use futures_util::lock::Mutex;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

use super::{Shared, promise};
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::http::{Body, Method, Path, Request, Stream};
use crate::core::link::Link;
use crate::core::task::Task;
use crate::core::wire::{Doc, FromDoc, Json, Pairs, Tree, object};
use crate::dispatch::{self, Args};

/// Runs an operation. A body is a `Uint8Array`, `Blob` or `ReadableStream`, or nothing.
pub(super) fn run(shared: Rc<Shared>, task: Rc<Mutex<Task>>, service: &str, method: &str, args: String, body: JsValue) -> Promise {
    let (service, method) = (service.to_owned(), method.to_owned());
    promise(async move {
        let mut held = task.lock().await;
        let tree = Tree::json(&args)?;
        let (outcome, after) = one(&shared, held.clone(), &service, &method, tree.root(), body).await;
        *held = after;
        outcome
    })
}

/// The operation's outcome, and the task after it.
async fn one(shared: &Shared, task: Task, service: &str, method: &str, args: Doc<'_>, body: JsValue) -> (Result<JsValue>, Task) {
    let unopened = task.clone();
    macro_rules! with {
        ($open:expr, |$driver:ident| $work:expr) => {
            match $open {
                Ok(mut opened) => {
                    let outcome = {
                        let $driver = &mut *opened;
                        $work
                    };
                    let task = opened.link().task().clone();
                    (outcome.map_err(|e: Error| e.during(shared.cloud.name, "")), task)
                }
                Err(error) => (Err(error), unopened),
            }
        };
    }
    if method == "request" {
        let mut link = Link::new(&shared.account, task);
        let outcome = request(&mut link, args, body).await;
        return (outcome, link.task().clone());
    }
    match service {
        #[cfg(feature = "compute")]
        "compute" => with!(shared.cloud.compute(&shared.account, task), |driver| match method {
            "waitUntil" => wait_until(driver, args).await,
            _ => text(dispatch::compute(driver, method, Args(args))).await,
        }),
        #[cfg(feature = "storage")]
        "storage" if method == "upload" => {
            let outcome = super::upload::run(shared, &task, Args(args), body.unchecked_ref()).await;
            (outcome.map_err(|e| e.during(shared.cloud.name, "upload")), task)
        }
        #[cfg(feature = "storage")]
        "storage" => with!(shared.cloud.storage(&shared.account, task), |driver| match method {
            "download" => download(driver, args).await,
            _ => text(dispatch::storage(driver, method, Args(args), to_body(body))).await,
        }),
        #[cfg(feature = "dns")]
        "dns" => with!(shared.cloud.dns(&shared.account, task), |driver| match method {
            "plan" => dispatch::plan(driver, Args(args)).await.map(json),
            "apply" => dispatch::apply(driver, Args(args)).await.map(json),
            "exportZone" => dispatch::export(driver, Args(args)).await.map(json),
            _ => text(dispatch::dns(driver, method, Args(args))).await,
        }),
        _ => (Err(Error::unsupported(format!("this build has no {service} service"))), unopened),
    }
}

async fn text(call: Result<Call<'_, Json>>) -> Result<JsValue> {
    call?.await.map(json)
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
    let state = NodeState::parse(state).ok_or_else(|| Error::invalid(format!("\"{state}\" is no state of a node; try \"running\"")))?;
    let interval = items.next().and_then(|d| d.opt("interval")).unwrap_or(2_000);
    Ok(json(Json::of(&wait_until(driver, &node, state, interval).await?)))
}

#[cfg(feature = "storage")]
async fn download(driver: &mut dyn crate::storage::Storage, args: Doc<'_>) -> Result<JsValue> {
    let got = dispatch::download(driver, Args(args))?.await?;
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

/// Any request to the provider, signed and retried: `[method, path, {query, headers, service}]`.
async fn request(link: &mut Link, args: Doc<'_>, body: JsValue) -> Result<JsValue> {
    let mut items = args.children();
    let method = Method::parse(items.next().map_or("", Doc::as_text))?;
    let path = items.next().map_or("", Doc::as_text);
    let mut halves = path.splitn(2, '?');
    let plain = halves.next().unwrap_or("");
    let bad = !plain.starts_with('/') || plain.contains('#') || plain.split('/').any(dots) || plain.bytes().any(|b| b <= b' ' || b >= 127);
    if bad {
        return Err(Error::invalid("a path must start with / and be percent-encoded, without . or .. segments"));
    }
    let mut request = Request::new(method, Path::from(plain)).body(to_body(body));
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
        request.service = SERVICES.iter().find(|s| **s == options.text("service")).copied().unwrap_or("");
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
