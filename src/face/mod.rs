//! The wasm-bindgen surface: few exports, one path for every operation. The npm package's TypeScript gives it its habits.
//!
//! Handles are accounts, tasks and fan-outs. They hold what is shared behind an `Rc` and borrow nothing over an await, so
//! overlapping calls and an early `free()` are fine. Arguments and answers cross as JSON text, which `JSON.parse` reads
//! faster than objects can be built one by one; errors and events, which are small, cross by serde-wasm-bindgen.

mod fanout;
#[cfg(feature = "storage")]
mod hash;
mod operation;
mod pages;
#[cfg(feature = "storage")]
mod upload;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use crate::clouds::{self, Cloud};
use crate::core::error::{Error, Result};
use crate::core::link;
use crate::core::task::{self, Event, Listener, What};
use crate::core::turn::Turn;
use crate::core::wire::{Doc, FromDoc, Pairs, Tree, object};
use crate::hosts::fetch::Fetch;

/// A third of the standard library's allocator in size, and faster.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Every provider, as JSON.
#[wasm_bindgen]
pub fn providers() -> String {
    clouds::providers().into_string()
}

/// An account at a provider.
#[wasm_bindgen]
pub struct Account(Rc<Shared>);

pub(crate) struct Shared {
    cloud: &'static Cloud,
    account: Rc<link::Account>,
}

#[wasm_bindgen]
impl Account {
    /// Makes an account; throws what is wrong with the configuration.
    #[wasm_bindgen(constructor)]
    pub fn new(provider: &str, config: &str, fetch: Option<Function>, service: &str) -> std::result::Result<Account, JsValue> {
        let make = || {
            let cloud = clouds::serving(provider, service)?;
            let tree = input(config)?;
            let pairs = pairs(tree.root()).map_err(|e| e.during(cloud.name, "open"))?;
            let account = clouds::account(cloud, pairs, Rc::new(Fetch { function: fetch }))?;
            Ok(Account(Rc::new(Shared { cloud, account })))
        };
        make().map_err(thrown)
    }

    /// Runs one operation, with a task and driver of its own.
    // An object of arguments would have to be made for every call.
    #[allow(clippy::too_many_arguments)]
    pub fn call(
        &self,
        service: &str,
        method: &str,
        args: String,
        body: JsValue,
        options: &str,
        cancel: Option<Cancel>,
        listener: Option<Function>,
    ) -> Promise {
        match new_task(options, cancel, listener) {
            Ok(task) => operation::run(self.0.clone(), Queue::of(task), service, method, args, body),
            Err(error) => Promise::reject(&thrown(error)),
        }
    }

    /// A task of several operations, one after another.
    pub fn task(&self, options: &str, cancel: Option<Cancel>, listener: Option<Function>) -> std::result::Result<Task, JsValue> {
        let task = new_task(options, cancel, listener).map_err(thrown)?;
        Ok(Task { shared: self.0.clone(), queue: Queue::of(task) })
    }
}

/// What JavaScript gives, as a tree: it is JSON, for `JSON.stringify` wrote it, but may hold half a letter.
fn input(json: &str) -> Result<Tree<'_>> {
    Tree::json(json).map_err(|_| Error::invalid("a text has half of a surrogate pair, which is no letter"))
}

fn pairs(doc: Doc<'_>) -> Result<Pairs> {
    let mut pairs = Vec::new();
    for field in doc.children().filter(|d| !d.is_null()) {
        // A key file may come as the object that it is.
        let object = if field.key() == "credentials" && field.is_map() { Some(field.json().into_string()) } else { None };
        let text = object.or_else(|| field.word().map(str::to_owned));
        let text = text.ok_or_else(|| Error::invalid(["field \"", field.key(), "\" must be a text"].concat()))?;
        pairs.push((field.key().to_owned(), text));
    }
    Ok(Pairs(pairs))
}

/// A task whose operations queue up.
pub(crate) struct Queue {
    /// Had by the operation that runs.
    turn: Turn,
    /// The task as it was before that.
    task: RefCell<task::Task>,
}

impl Queue {
    fn of(task: task::Task) -> Rc<Queue> {
        Rc::new(Queue { turn: Turn::default(), task: RefCell::new(task) })
    }
}

/// A task: its operations share deadline, retries and statistics, and queue up.
#[wasm_bindgen]
pub struct Task {
    shared: Rc<Shared>,
    queue: Rc<Queue>,
}

#[wasm_bindgen]
impl Task {
    /// Runs one operation when those before it are done.
    pub fn call(&self, service: &str, method: &str, args: String, body: JsValue) -> Promise {
        operation::run(self.shared.clone(), self.queue.clone(), service, method, args, body)
    }

    /// The pages of a list, as they come.
    pub fn pages(&self, service: &str, method: &str, args: String) -> pages::Pages {
        pages::Pages::new(self.shared.clone(), self.queue.clone(), service, method, args)
    }

    /// What the task did so far, as JSON; while an operation runs, what was done before it.
    pub fn stats(&self) -> String {
        let stats = self.queue.task.borrow().stats;
        object(&[("requests", stats.requests.into()), ("retries", stats.retries.into()), ("paused", stats.paused.into())]).into_string()
    }
}

/// Cancels the tasks it was given to. One for each `AbortSignal`, so that a signal that many calls share has one listener.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Cancel(task::Cancel);

#[wasm_bindgen]
impl Cancel {
    /// A cancellation that follows a signal; the caller tells it when the signal fires.
    #[wasm_bindgen(constructor)]
    pub fn new(signal: AbortSignal) -> Cancel {
        Cancel(task::Cancel::with_signal(Box::new(signal)))
    }

    /// Cancels.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Another handle to the same cancellation: one that is given away stays usable.
    pub fn share(&self) -> Cancel {
        self.clone()
    }
}

/// A task as its options say: `timeout` and `attemptTimeout` in milliseconds, `deadline` in milliseconds since 1970, `retries`.
fn new_task(options: &str, cancel: Option<Cancel>, listener: Option<Function>) -> Result<task::Task> {
    let tree = Tree::json(options)?;
    let doc = tree.root();
    let number = |name: &str| match doc.get(name).filter(|d| !d.is_null()) {
        None => Ok(None),
        Some(value) => u64::from_doc(value)
            .filter(|_| value.as_text().is_empty())
            .map(Some)
            .ok_or_else(|| Error::invalid(["option \"", name, "\" must be a whole number that is not negative"].concat())),
    };
    let mut task = task::Task::default();
    let now = js_sys::Date::now() as u64;
    task.deadline = [number("deadline")?, number("timeout")?.map(|ms| now.saturating_add(ms))].into_iter().flatten().min();
    if let Some(ms) = number("attemptTimeout")? {
        task.attempt_timeout = ms.max(1);
    }
    if let Some(n) = number("retries")? {
        task.retries = u32::try_from(n).unwrap_or(u32::MAX);
    }
    if let Some(cancel) = cancel {
        task.cancel = cancel.0;
    }
    task.listener = listener.map(|function| {
        Listener(Rc::new(move |event: &Event<'_>| {
            // A listener that throws must not harm the task.
            let _ = function.call1(&JsValue::UNDEFINED, &plain(&told(event)));
        }))
    });
    Ok(task)
}

/// An event as JavaScript hears it.
#[derive(Serialize)]
struct Told<'e> {
    r#type: &'static str,
    provider: &'static str,
    operation: String,
    method: &'static str,
    url: &'e str,
    attempt: u32,
    status: Option<u16>,
    took: Option<f64>,
    after: Option<f64>,
}

fn told<'e>(event: &Event<'e>) -> Told<'e> {
    let (what, status, took, after) = match event.what {
        What::Request => ("request", None, None, None),
        What::Response { status, took } => ("response", Some(status), Some(took), None),
        What::Lost { took } => ("lost", None, Some(took), None),
        What::Retry { status, after } => ("retry", Some(status), None, Some(after)),
    };
    Told {
        r#type: what,
        provider: event.provider,
        operation: camel(event.operation),
        method: event.method,
        url: event.url,
        attempt: event.attempt,
        status,
        took: took.map(|ms| ms as f64),
        after: after.map(|ms| ms as f64),
    }
}

/// A small value as a plain object.
fn plain(value: &impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::NULL)
}

/// An operation's name as JavaScript has it.
fn camel(operation: &str) -> String {
    let mut out = String::with_capacity(operation.len());
    let mut upper = false;
    for c in operation.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                out.push(c.to_ascii_uppercase());
                upper = false;
            }
            c => out.push(c),
        }
    }
    out
}

/// The parts that the package makes a `SkyfetchError` of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thrown<'e> {
    kind: &'static str,
    message: String,
    provider: &'static str,
    operation: String,
    status: Option<u16>,
    code: Option<&'e str>,
    request_id: Option<&'e str>,
    retry_after: Option<f64>,
    cause: Option<&'e str>,
}

fn thrown(error: Error) -> JsValue {
    let operation = camel(error.operation());
    plain(&Thrown {
        kind: error.kind().name(),
        message: error.sentence_about(&operation),
        provider: error.provider(),
        operation,
        status: error.status(),
        code: error.code(),
        request_id: error.request_id(),
        retry_after: error.retry_after().map(|ms| ms as f64),
        cause: error.cause(),
    })
}

/// A promise of what a future gives. Boxed: what carries a future to JavaScript is made once, not for each.
fn promise(future: LocalBoxFuture<'static, Result<JsValue>>) -> Promise {
    future_to_promise(async move { future.await.map_err(thrown) })
}
