//! Fan-outs whose jobs are JavaScript functions.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{Cancel, promise, thrown};
use crate::core::error::{Error, Result};
use crate::core::fanout;
use crate::core::task;

type Jobs = fanout::Fanout<'static, std::result::Result<JsValue, JsValue>>;

/// Many jobs, so many at once.
#[wasm_bindgen]
pub struct Fanout(Rc<RefCell<Option<Jobs>>>);

#[wasm_bindgen]
impl Fanout {
    /// `start(i)` gives the promise of job `i`; at most `bound` run at once. `breathe()` gives a promise that is waited for
    /// whenever many were started in a row.
    #[wasm_bindgen(constructor)]
    pub fn new(total: usize, bound: usize, start: Function, breathe: Function, cancel: Option<Cancel>) -> Fanout {
        let cancel = cancel.map_or_else(task::Cancel::default, |c| c.0);
        let run = move |at: usize| -> LocalBoxFuture<'static, Result<_>> {
            let started = start.call1(&JsValue::UNDEFINED, &JsValue::from_f64(at as f64));
            // Listened to at once: a job that fails before anybody asks for it would be an unhandled rejection.
            let job = started.map(|value| JsFuture::from(Promise::resolve(&value)));
            Box::pin(async move {
                Ok(match job {
                    Ok(job) => job.await,
                    Err(thrown) => Err(thrown),
                })
            })
        };
        let breathe = move || -> LocalBoxFuture<'static, ()> {
            let turn = breathe.call0(&JsValue::UNDEFINED).map(|turn| JsFuture::from(Promise::resolve(&turn)));
            Box::pin(async move {
                if let Ok(turn) = turn {
                    let _ = turn.await;
                }
            })
        };
        Fanout(Rc::new(RefCell::new(Some(fanout::Fanout::new(total, bound, cancel, run).breathing(breathe)))))
    }

    /// The next job to settle, as `[i, ok, value or error]`; nothing after the last. Wait for it before asking again.
    pub fn next(&self) -> Promise {
        let place = self.0.clone();
        promise(Box::pin(async move {
            let mut jobs = place.take().ok_or_else(|| Error::invalid("the job before is awaited yet"))?;
            let next = jobs.next().await;
            place.replace(Some(jobs));
            let Some((at, settled)) = next else { return Ok(JsValue::UNDEFINED) };
            let (ok, value) = match settled {
                Ok(Ok(value)) => (true, value),
                Ok(Err(thrown)) => (false, thrown),
                Err(error) => (false, thrown(error.during("", "fanout"))),
            };
            Ok(Array::of3(&JsValue::from_f64(at as f64), &JsValue::from_bool(ok), &value).into())
        }))
    }
}
