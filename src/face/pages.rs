//! The pages of a list, as they come.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{Queue, Shared, promise};
use crate::core::error::Result;
use crate::core::http::Body;
use crate::core::wire::Json;
use crate::dispatch::{Args, Driver, Faults};

/// Pages of a list: one is fetched ahead, no more.
#[wasm_bindgen]
pub struct Pages(Rc<Slot>);

/// What lies between who fetches and who reads: one page.
#[derive(Default)]
struct Slot {
    page: RefCell<Option<Result<Json>>>,
    /// Whether no page comes any more, or is wanted any more.
    over: Cell<bool>,
    /// Who waits for a page, or for room for one.
    waiting: RefCell<Option<Waker>>,
}

impl Slot {
    /// Puts a page, and waits until it was taken; says whether more are wanted.
    async fn put(&self, page: Result<Json>) -> bool {
        self.page.replace(Some(page));
        self.wake();
        poll_fn(|cx| {
            if self.over.get() || self.page.borrow().is_none() {
                return Poll::Ready(!self.over.get());
            }
            self.waiting.replace(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await
    }

    /// Waits for the next page; nothing after the last.
    async fn take(&self) -> Option<Result<Json>> {
        poll_fn(|cx| {
            let page = self.page.take();
            if page.is_some() || self.over.get() {
                self.wake();
                return Poll::Ready(page);
            }
            self.waiting.replace(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await
    }

    fn end(&self) {
        self.over.set(true);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

impl Pages {
    pub(super) fn new(shared: Rc<Shared>, queue: Rc<Queue>, service: &str, method: &str, args: String) -> Pages {
        let slot = Rc::new(Slot::default());
        let (pages, service, method) = (Pages(slot.clone()), service.to_owned(), method.to_owned());
        spawn_local(async move {
            let _turn = queue.turn.wait().await;
            if let Err(error) = all(&shared, &queue, &service, &method, &args, &slot).await {
                slot.put(Err(error)).await;
            }
            slot.end();
        });
        pages
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[wasm_bindgen]
impl Pages {
    /// The next page as JSON; nothing after the last.
    pub fn next(&self) -> Promise {
        let slot = self.0.clone();
        promise(Box::pin(async move {
            match slot.take().await {
                Some(page) => Ok(JsValue::from_str(page?.as_str())),
                None => Ok(JsValue::UNDEFINED),
            }
        }))
    }
}

async fn all(shared: &Shared, queue: &Queue, service: &str, method: &str, args: &str, slot: &Slot) -> Result<()> {
    let tree = super::input(args)?;
    let task = queue.task.borrow().clone();
    let mut driver = Driver::open(shared.cloud, service, &shared.account, task)?;
    let faults = Faults::default();
    let mut call = driver.call(method, Args(tree.root(), &faults), Body::Empty)?;
    while let Some(page) = call.part().await? {
        if !slot.put(Ok(page)).await {
            break;
        }
    }
    Ok(())
}
