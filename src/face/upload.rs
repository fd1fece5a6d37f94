//! Uploads whose bytes stay in JavaScript.

use futures_util::future::LocalBoxFuture;
use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::Shared;
use super::operation::to_body;
use crate::core::error::{Error, Result};
use crate::core::http::Body;
use crate::core::task::{Cancel, Task};
use crate::core::wire::{Doc, Json};
use crate::dispatch::{check_upload, upload_options};
use crate::storage::{Parts, Plan, Purpose, upload};

#[wasm_bindgen]
extern "C" {
    /// The package's `Parts`.
    pub(super) type Source;

    /// The next part, of `size` bytes unless it is the last; nothing after that.
    #[wasm_bindgen(method)]
    fn next(this: &Source, size: f64) -> Promise;

    /// The checksum of the part that came last, where one is wanted.
    #[wasm_bindgen(method, getter)]
    fn checksum(this: &Source) -> Option<String>;

    /// Is told of the id of an upload in parts.
    #[wasm_bindgen(method)]
    fn started(this: &Source, id: &str);

    /// Is told of all bytes sent so far.
    #[wasm_bindgen(method)]
    fn sent(this: &Source, bytes: f64);
}

impl Parts for &Source {
    fn next(&mut self, size: u64) -> LocalBoxFuture<'_, Result<Option<Body>>> {
        let promise = Source::next(self, size as f64);
        Box::pin(async move {
            let part = JsFuture::from(promise).await.map_err(broken)?;
            Ok(if part.is_undefined() { None } else { Some(to_body(part)) })
        })
    }

    fn checksum(&self) -> Option<String> {
        Source::checksum(self)
    }

    fn started(&mut self, id: &str) {
        Source::started(self, id);
    }
}

/// The caller's stream failed: its reason is the caller's own.
fn broken(reason: JsValue) -> Error {
    let said = Reflect::get(&reason, &"message".into()).ok().and_then(|m| m.as_string()).or_else(|| reason.as_string());
    let message = ["the body could not be read: ", said.as_deref().unwrap_or("its stream failed")].concat();
    Error::invalid(message).with_cause(said.unwrap_or_default())
}

/// How long starting or abandoning an upload may take when the caller's task is over, in milliseconds.
const BOOKKEEPING: u64 = 30_000;

/// `[container, name, options, {partSize, concurrency, total, resume, keep}]`.
pub(super) async fn run(shared: &Shared, task: &Task, args: crate::dispatch::Args<'_>, source: &Source) -> Result<JsValue> {
    let (container, name) = (args.id(0, "the container"), args.id(1, "the object's name"));
    let options = upload_options(args, 2);
    check_upload(&*shared.cloud.storage(&shared.account, task.clone())?, args, 2);
    args.check()?;
    let how = args.0.children().nth(3);
    let number = |name: &str| how.and_then(|d: Doc<'_>| d.opt::<u64>(name));
    let usual = Plan::default();
    let plan = Plan {
        part_size: number("partSize").ok_or_else(|| Error::invalid("option \"partSize\" must be a whole number of bytes"))?,
        concurrency: number("concurrency").map_or(usual.concurrency, |n| n.clamp(1, 1000) as usize),
        total: number("total"),
        resume: how.and_then(|d| d.opt("resume")),
        keep: how.and_then(|d| d.opt("keep")).unwrap_or(false),
        cancel: task.cancel.clone(),
    };
    let open = |purpose: Purpose| {
        let mut one = task.clone();
        if purpose == Purpose::Bookkeeping {
            one.cancel = Cancel::default();
            one.deadline = Some(shared.account.host().now() + BOOKKEEPING);
        }
        shared.cloud.storage(&shared.account, one)
    };
    let mut parts = source;
    let object = upload(&open, container, name, &mut parts, &options, &plan, &mut |bytes| source.sent(bytes as f64)).await?;
    Ok(JsValue::from_str(Json::of(&object).as_str()))
}
