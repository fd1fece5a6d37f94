//! The pages of a list, as they come.

use std::rc::Rc;

use futures_channel::mpsc;
use futures_util::lock::Mutex;
use futures_util::{SinkExt, StreamExt};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{Shared, promise};
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::task::Task;
use crate::core::wire::{Json, Tree};
use crate::dispatch::{self, Args};

/// Pages of a list: one is fetched ahead, no more.
#[wasm_bindgen]
pub struct Pages(Rc<Mutex<mpsc::Receiver<Result<Json>>>>);

impl Pages {
    pub(super) fn new(shared: Rc<Shared>, task: Rc<Mutex<Task>>, service: &str, method: &str, args: String) -> Pages {
        let (mut sender, receiver) = mpsc::channel(0);
        let (service, method) = (service.to_owned(), method.to_owned());
        spawn_local(async move {
            let held = task.lock().await;
            let outcome = match Tree::json(&args) {
                Ok(tree) => all(&shared, held.clone(), &service, &method, &tree, &mut sender).await,
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                let _ = sender.send(Err(error)).await;
            }
        });
        Pages(Rc::new(Mutex::new(receiver)))
    }
}

#[wasm_bindgen]
impl Pages {
    /// The next page as JSON; nothing after the last.
    pub fn next(&self) -> Promise {
        let receiver = self.0.clone();
        promise(async move {
            match receiver.lock().await.next().await {
                Some(page) => Ok(JsValue::from_str(page?.as_str())),
                None => Ok(JsValue::UNDEFINED),
            }
        })
    }
}

async fn all(
    shared: &Shared,
    task: Task,
    service: &str,
    method: &str,
    tree: &Tree<'_>,
    sender: &mut mpsc::Sender<Result<Json>>,
) -> Result<()> {
    let args = Args(tree.root());
    match service {
        #[cfg(feature = "compute")]
        "compute" => each(dispatch::compute(&mut *shared.cloud.compute(&shared.account, task)?, method, args)?, sender).await,
        #[cfg(feature = "storage")]
        "storage" => {
            let body = crate::core::http::Body::Empty;
            each(dispatch::storage(&mut *shared.cloud.storage(&shared.account, task)?, method, args, body)?, sender).await
        }
        #[cfg(feature = "dns")]
        "dns" => each(dispatch::dns(&mut *shared.cloud.dns(&shared.account, task)?, method, args)?, sender).await,
        _ => Err(Error::unsupported(format!("this build has no {service} service"))),
    }
}

async fn each(mut call: Call<'_, Json>, sender: &mut mpsc::Sender<Result<Json>>) -> Result<()> {
    while let Some(part) = call.part().await? {
        if sender.send(Ok(part)).await.is_err() {
            break;
        }
    }
    Ok(())
}
