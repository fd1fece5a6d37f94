//! Fan-outs whose jobs are JavaScript functions.

use std::rc::Rc;

use futures_util::lock::Mutex;
use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::Cancel;
use crate::core::error::Error;
use crate::core::fanout;
use crate::core::task;

/// Many jobs, so many at once.
#[wasm_bindgen]
pub struct Fanout(Rc<Mutex<fanout::Fanout<'static, std::result::Result<JsValue, JsValue>>>>);

#[wasm_bindgen]
impl Fanout {
    /// `start(i)` gives the promise of job `i`; at most `bound` run at once.
    #[wasm_bindgen(constructor)]
    pub fn new(total: usize, bound: usize, start: Function, cancel: Option<Cancel>) -> Fanout {
        let cancel = cancel.map_or_else(task::Cancel::default, |c| c.0);
        let run = move |at: usize| -> futures_util::future::LocalBoxFuture<'static, crate::core::error::Result<_>> {
            let started = start.call1(&JsValue::UNDEFINED, &JsValue::from_f64(at as f64));
            Box::pin(async move {
                Ok(match started {
                    Ok(value) => JsFuture::from(Promise::resolve(&value)).await,
                    Err(thrown) => Err(thrown),
                })
            })
        };
        Fanout(Rc::new(Mutex::new(fanout::Fanout::new(total, bound, cancel, run))))
    }

    /// The next job to settle, as `[i, ok, value or error]`; nothing after the last.
    pub fn next(&self) -> Promise {
        let fanout = self.0.clone();
        future_to_promise(async move {
            let Some((at, settled)) = fanout.lock().await.next().await else { return Ok(JsValue::UNDEFINED) };
            let (ok, value) = match settled {
                Ok(Ok(value)) => (true, value),
                Ok(Err(thrown)) => (false, thrown),
                Err(error) => (false, super::thrown(Error::during(error, "", "fanout"))),
            };
            Ok(Array::of3(&JsValue::from_f64(at as f64), &JsValue::from_bool(ok), &value).into())
        })
    }
}
