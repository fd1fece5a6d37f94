//! HTTP by `fetch`, in every JavaScript runtime.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::future::LocalBoxFuture;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, ReadableStream, ReadableStreamDefaultReader, RequestInit, RequestRedirect};

use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::host::{BODY_LIMIT, Host, pkcs8};
use crate::core::http::{Attempt, Body, Headers, Method, Response, Stream};
use crate::core::task::Cancel;
use crate::core::wire::{number_text, parse_number};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = fetch)]
    fn global_fetch(url: &str, init: &RequestInit) -> std::result::Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    fn import_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> std::result::Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = sign)]
    fn subtle_sign(algorithm: &str, key: &JsValue, data: &Uint8Array) -> std::result::Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Closure<dyn FnMut()>, ms: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Sends by the runtime's `fetch`, or by a function that behaves like it.
///
/// A stream's handle is a [`JsValue`]: a `ReadableStream` in answers; a `ReadableStream`, `Blob` or `Uint8Array` in requests.
#[derive(Debug, Default)]
pub struct Fetch {
    /// Used in place of the global `fetch`.
    pub function: Option<Function>,
}

/// Aborts its exchange when dropped before the answer is there.
struct Exchange {
    controller: Option<AbortController>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

impl Fetch {
    fn start(&self, attempt: &Attempt<'_>, cancel: &Cancel) -> std::result::Result<(JsFuture, Exchange), JsValue> {
        let controller = AbortController::new()?;
        let mut signal = controller.signal();
        // A body that is handed on outlives the call: it ends with the caller's own signal.
        if attempt.streaming
            && let Some(outer) = cancel.signal::<AbortSignal>()
        {
            signal = AbortSignal::any(&Array::of2(outer, &signal));
        }
        let init = RequestInit::new();
        init.set_method(attempt.method.name());
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&signal));
        let headers = web_sys::Headers::new()?;
        for (name, value) in attempt.headers.iter() {
            headers.append(name, value)?;
        }
        init.set_headers(&headers);
        match attempt.body {
            Body::Empty => {}
            Body::Bytes(bytes) => init.set_body(&Uint8Array::from(bytes.as_slice())),
            Body::Stream(stream) => {
                if let Some(value) = stream.handle.downcast_ref::<JsValue>() {
                    init.set_body(value);
                    if value.is_instance_of::<ReadableStream>() {
                        Reflect::set(&init, &"duplex".into(), &"half".into())?;
                    }
                }
            }
        }
        let url = attempt.url();
        let promise = match &self.function {
            Some(function) => function.call2(&JsValue::UNDEFINED, &url.into(), &init)?.unchecked_into(),
            None => global_fetch(&url, &init)?,
        };
        // Listened to at once: a task that ends before it awaits the answer aborts it, which somebody must hear of.
        Ok((JsFuture::from(promise), Exchange { controller: Some(controller) }))
    }
}

impl Host for Fetch {
    fn send(&self, attempt: &Attempt<'_>, cancel: &Cancel) -> LocalBoxFuture<'static, Result<Response>> {
        let started = self.start(attempt, cancel);
        let (streaming, head) = (attempt.streaming, attempt.method == Method::Head);
        Box::pin(async move {
            let (promise, mut exchange) = started.map_err(lost)?;
            let answer = promise.await.map_err(lost)?;
            let response = gloo_net::http::Response::from(answer.clone().unchecked_into::<web_sys::Response>());
            let status = response.status();
            let headers: Headers = response.headers().entries().collect();
            let length = headers.get("content-length").and_then(parse_number);
            let encoded = headers.get("content-encoding").is_some();
            let body = if streaming && (200..300).contains(&status) {
                let handle = response.body().map_or(JsValue::NULL, JsValue::from);
                // Node cancels the body of a `Response` that was collected: who holds the stream holds both.
                let _ = Reflect::set(&handle, &"response".into(), &answer);
                Body::Stream(Stream { handle: Box::new(handle), length: length.filter(|_| !encoded), repeatable: false })
            } else if head || matches!(status, 204 | 205 | 304) {
                Body::Empty
            } else {
                Body::Bytes(read(&response, length.filter(|_| !encoded)).await?)
            };
            exchange.controller = None;
            Ok(Response { status, headers, body })
        })
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        Box::pin(Pause::new(ms))
    }

    fn now(&self) -> u64 {
        js_sys::Date::now() as u64
    }

    fn random(&self, bytes: &mut [u8]) {
        get_random_values(bytes);
    }

    fn collect(&self, body: &Body) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        let value = match body {
            Body::Stream(stream) => stream.handle.downcast_ref::<JsValue>().cloned().unwrap_or(JsValue::NULL),
            body => {
                let bytes = body.bytes().to_vec();
                return Box::pin(std::future::ready(Ok(bytes)));
            }
        };
        Box::pin(async move {
            let constructor = Reflect::get(&js_sys::global(), &"Response".into()).map_err(lost)?;
            let response = Reflect::construct(constructor.unchecked_ref::<Function>(), &Array::of1(&value)).map_err(lost)?;
            let response: web_sys::Response = response.unchecked_into();
            gloo_net::http::Response::from(response).binary().await.map_err(unread)
        })
    }

    fn stream(&self, bytes: Vec<u8>) -> Stream {
        let response = web_sys::Response::new_with_opt_js_u8_array(Some(&Uint8Array::from(bytes.as_slice())));
        let body = response.ok().and_then(|r| r.body()).map_or(JsValue::NULL, JsValue::from);
        Stream { handle: Box::new(body), length: Some(bytes.len() as u64), repeatable: false }
    }

    fn sign_rsa(&self, key: &Secret, data: &[u8]) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        let (key, data) = (pkcs8(key), Uint8Array::from(data));
        Box::pin(async move {
            let key = Uint8Array::from(key?.as_slice());
            // What WebCrypto says of a key may quote it.
            let refused =
                |_| Error::invalid("the private key could not sign: it is no RSA key, or this page has no WebCrypto (serve it over https)");
            let sign = async {
                let algorithm = js_sys::JSON::parse(r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#)?;
                let usages = Array::of1(&"sign".into());
                let key = JsFuture::from(import_key("pkcs8", &key, &algorithm, false, &usages)?).await?;
                JsFuture::from(subtle_sign("RSASSA-PKCS1-v1_5", &key, &data)?).await
            };
            Ok(Uint8Array::new(&sign.await.map_err(refused)?).to_vec())
        })
    }
}

/// A timer that is cleared when it is not waited for any more.
struct Pause {
    timer: JsValue,
    over: Rc<Over>,
    _then: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct Over {
    is: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Pause {
    fn new(ms: u64) -> Pause {
        let over = Rc::new(Over::default());
        let told = over.clone();
        let then = Closure::new(move || {
            told.is.set(true);
            if let Some(waker) = told.waiting.take() {
                waker.wake();
            }
        });
        // Timers take no more than 31 bits.
        Pause { timer: set_timeout(&then, ms.min(0x7fff_ffff) as f64), over, _then: then }
    }
}

impl Future for Pause {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.over.is.get() {
            return Poll::Ready(());
        }
        self.over.waiting.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

/// Reads a body whole, however long it claims or turns out to be.
async fn read(response: &gloo_net::http::Response, length: Option<u64>) -> Result<Vec<u8>> {
    let too_long = || Error::malformed(["the answer is longer than ", &number_text(BODY_LIMIT), " bytes"].concat());
    match length {
        Some(n) if n > BODY_LIMIT => return Err(too_long()),
        Some(_) => return response.binary().await.map_err(unread),
        None => {}
    }
    let mut bytes = Vec::new();
    let Some(body) = response.body() else { return Ok(bytes) };
    let reader = ReadableStreamDefaultReader::new(&body).map_err(lost)?;
    loop {
        let result = JsFuture::from(reader.read()).await.map_err(lost)?;
        let chunk = Reflect::get(&result, &"value".into()).map_err(lost)?;
        if chunk.is_undefined() {
            return Ok(bytes);
        }
        let chunk: Uint8Array = chunk.unchecked_into();
        if bytes.len() as u64 + u64::from(chunk.length()) > BODY_LIMIT {
            return Err(too_long());
        }
        let at = bytes.len();
        bytes.resize(at + chunk.length() as usize, 0);
        if let Some(place) = bytes.get_mut(at..) {
            chunk.copy_to(place);
        }
    }
}

fn unread(error: gloo_net::Error) -> Error {
    match error {
        gloo_net::Error::JsError(error) => lost(JsValue::from_str(&error.message)),
        _ => lost(JsValue::NULL),
    }
}

/// What a rejected `fetch` says: its message, and that of its cause, where runtimes put the reason.
fn lost(value: JsValue) -> Error {
    let text = |value: &JsValue, name: &str| Reflect::get(value, &name.into()).ok().and_then(|v| v.as_string()).filter(|t| !t.is_empty());
    let mut said = text(&value, "message").or_else(|| value.as_string()).unwrap_or_default();
    if let Ok(cause) = Reflect::get(&value, &"cause".into())
        && let Some(more) = text(&cause, "message").or_else(|| text(&cause, "code"))
    {
        said.push_str(": ");
        said.push_str(&more);
    }
    // Runtimes quote the URL in some messages; its query may be a credential.
    if said.contains('?') {
        said.clear();
    }
    let mut message = String::from("the request or its answer was lost");
    if !said.is_empty() {
        message.push_str(": ");
        message.push_str(&said);
    }
    Error::new(Kind::Transport, message).with_cause(said)
}
