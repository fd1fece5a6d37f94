//! The host that answers itself: it takes its time, fails as often as it was told to, and keeps the account's world.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::server::{Ask, Refusal, World};
use crate::core::call::decode;
use crate::core::error::{Error, Kind, Result};
use crate::core::host::{Host, SharedHost, chance};
use crate::core::http::{Attempt, Body, Headers, Method, Response, Stream};
use crate::core::task::Cancel;
use crate::core::wire::{Tree, object};

/// The header of a token that makes a request repeatable.
pub(super) const TOKEN: &str = "idempotency-key";

/// The query parameter of options where the body is an object's.
pub(super) const OPTIONS: &str = "options";

/// So many answers are remembered for requests that come again.
const REMEMBERED: usize = 1_000;

/// A host with a world of its own; time and chance are another host's.
pub(super) struct Sandbox {
    inner: SharedHost,
    state: Rc<RefCell<State>>,
    latency: u64,
    failures: f64,
    boot: u64,
}

#[derive(Default)]
struct State {
    world: World,
    /// Answers to requests that had a token: the token with method and path, what was asked, what was answered.
    answers: Vec<(String, String, Answer)>,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    json: String,
    bytes: Option<Vec<u8>>,
}

/// How a request fares.
#[derive(Clone, Copy, PartialEq)]
enum Luck {
    Good,
    Refused(u16),
    LostBefore,
    LostAfter,
}

/// A request, taken out of its attempt.
struct Taken {
    method: Method,
    path: String,
    options: Option<String>,
    token: Option<String>,
    streaming: bool,
}

impl Sandbox {
    pub(super) fn new(inner: SharedHost, latency: u64, failures: f64, boot: u64) -> Self {
        Sandbox { inner, state: Rc::default(), latency, failures, boot }
    }
}

impl Host for Sandbox {
    fn send(&self, attempt: &Attempt<'_>, _: &Cancel) -> LocalBoxFuture<'static, Result<Response>> {
        let body = self.inner.collect(attempt.body);
        let taken = Taken {
            method: attempt.method,
            path: attempt.path.clone(),
            options: attempt.query.iter().find(|(name, _)| name == OPTIONS).map(|(_, value)| value.clone()),
            token: attempt.headers.get(TOKEN).map(str::to_owned),
            streaming: attempt.streaming,
        };
        let (inner, state, latency, failures, boot) = (self.inner.clone(), self.state.clone(), self.latency, self.failures, self.boot);
        Box::pin(async move {
            let body = body.await?;
            if latency > 0 {
                inner.sleep(latency).await;
            }
            let luck = luck(&*inner, failures, taken.token.is_some() || taken.method.is_idempotent());
            let headers = |name: &str, value: String| [(name.to_owned(), value)].into_iter().collect::<Headers>();
            match luck {
                Luck::LostBefore => return Err(lost()),
                Luck::Refused(status) => {
                    let json = object(&[("message", "the sandbox fails as its failureRate says: try again".into())]);
                    return Ok(Response::new(status, headers("retry-after", "0".to_owned()), json.into_string().into_bytes()));
                }
                Luck::Good | Luck::LostAfter => {}
            }
            let answer = state.borrow_mut().answer(taken, body, inner.now(), boot);
            if luck == Luck::LostAfter {
                return Err(lost());
            }
            Ok(match answer.bytes {
                Some(bytes) => {
                    Response { status: answer.status, headers: headers("object", answer.json), body: Body::Stream(inner.stream(bytes)) }
                }
                None => Response::new(answer.status, Headers::default(), answer.json.into_bytes()),
            })
        })
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        self.inner.sleep(ms)
    }

    fn now(&self) -> u64 {
        self.inner.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.inner.random(bytes);
    }

    fn collect(&self, body: &Body) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        self.inner.collect(body)
    }

    fn stream(&self, bytes: Vec<u8>) -> Stream {
        self.inner.stream(bytes)
    }
}

fn lost() -> Error {
    Error::new(Kind::Transport, "the sandbox lost the connection, as its failureRate says")
}

fn luck(host: &dyn Host, failures: f64, repeatable: bool) -> Luck {
    // No dice where none are wanted: another host's chances stay as they are.
    if failures == 0.0 || chance(host) >= failures {
        return Luck::Good;
    }
    match (chance(host) * 4.0) as u8 {
        0 => Luck::Refused(503),
        1 => Luck::Refused(429),
        2 if repeatable => Luck::LostAfter,
        _ => Luck::LostBefore,
    }
}

impl State {
    /// Answers a request, or remembers what it answered.
    fn answer(&mut self, taken: Taken, body: Vec<u8>, now: u64, boot: u64) -> Answer {
        let (text, body) = match taken.options {
            Some(options) => (options, body),
            None => (String::from_utf8(body).unwrap_or_default(), Vec::new()),
        };
        let key = taken.token.map(|token| [&token, taken.method.name(), &taken.path].concat());
        if let Some((_, asked, answer)) = self.answers.iter().rev().find(|(k, ..)| Some(k) == key.as_ref()) {
            return match *asked == text {
                true => answer.clone(),
                false => refused(Refusal(409, "this idempotency token was used for something else".to_owned())),
            };
        }
        let path: Vec<String> = taken.path.split('/').skip(1).map(decode).collect();
        let answer = match Tree::json(&text) {
            Ok(tree) => {
                let ask = Ask { method: taken.method, doc: tree.root(), bytes: body.into(), streaming: taken.streaming, now, boot };
                match self.world.answer(&path, &ask) {
                    Ok((json, bytes)) => Answer { status: 200, json, bytes },
                    Err(refusal) => refused(refusal),
                }
            }
            Err(_) => refused(Refusal(400, "this is no JSON".to_owned())),
        };
        if let Some(key) = key {
            if self.answers.len() == REMEMBERED {
                self.answers.remove(0);
            }
            self.answers.push((key, text, answer.clone()));
        }
        answer
    }
}

fn refused(Refusal(status, message): Refusal) -> Answer {
    Answer { status, json: object(&[("message", message.into())]).into_string(), bytes: None }
}
