//! The host that answers itself: it takes its time, fails as often as it was told to, and keeps the account's world.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::server::{Outcome, Refusal, World};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::{Host, SharedHost};
use crate::core::http::{Attempt, Body, Headers, Method, Response, Stream};
use crate::core::task::Cancel;

/// The header of a token that makes a request repeatable.
pub(super) const TOKEN: &str = "idempotency-key";

/// The header of a download that has the object.
pub(super) const OBJECT: &str = "object";

/// The query parameter of what is wanted.
pub(super) const OPTIONS: &str = "options";

/// A failure rate is counted in so many decimal places, up to all.
pub(super) const PLACES: usize = 4;
pub(super) const ALWAYS: u64 = 10_000;

/// So many outcomes are remembered for requests that come again.
const REMEMBERED: usize = 1_000;

/// A host with a world of its own; time and chance are another host's.
pub(super) struct Sandbox {
    inner: SharedHost,
    state: Rc<RefCell<State>>,
    latency: u64,
    failures: u64,
}

struct State {
    world: World,
    /// Outcomes of requests that had a token, by token and path; and what was wanted.
    outcomes: Vec<(String, String, Outcome)>,
}

/// How a request fares.
#[derive(Clone, Copy, PartialEq)]
enum Luck {
    Good,
    Refused(u16),
    LostBefore,
    LostAfter,
}

impl Sandbox {
    pub(super) fn new(inner: SharedHost, latency: u64, failures: u64, boot: u64) -> Self {
        let state = State { world: World::new(boot), outcomes: Vec::new() };
        Sandbox { inner, state: Rc::new(RefCell::new(state)), latency, failures }
    }
}

impl Host for Sandbox {
    fn send(&self, attempt: &Attempt<'_>, _: &Cancel) -> LocalBoxFuture<'static, Result<Response>> {
        let body = self.inner.collect(attempt.body);
        let (method, path, streaming) = (attempt.method, attempt.path.clone(), attempt.streaming);
        let options = attempt.query.iter().find(|(name, _)| name == OPTIONS).map_or_else(String::new, |(_, value)| value.clone());
        let token = attempt.headers.get(TOKEN).map(|token| [token, &path].concat());
        let (inner, state, latency, failures) = (self.inner.clone(), self.state.clone(), self.latency, self.failures);
        Box::pin(async move {
            let bytes = body.await?;
            if latency > 0 {
                inner.sleep(latency).await;
            }
            let luck = luck(&*inner, failures);
            let outcome = match luck {
                Luck::LostBefore => return Err(lost()),
                Luck::Refused(status) => Err(Refusal(status, "the sandbox fails as its failureRate says: try again".to_owned())),
                _ => state.borrow_mut().outcome(token, method, &path, options, bytes, inner.now()),
            };
            if luck == Luck::LostAfter {
                return Err(lost());
            }
            let mut headers = Headers::default();
            Ok(match outcome {
                Ok((json, bytes)) if streaming => {
                    headers.set(OBJECT, json);
                    Response { status: 200, headers, body: Body::Stream(inner.stream(bytes)) }
                }
                Ok((json, _)) => Response::new(200, headers, json.into_bytes()),
                Err(Refusal(status, message)) => {
                    headers.set("retry-after", "0");
                    Response::new(status, headers, message.into_bytes())
                }
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

fn luck(host: &dyn Host, failures: u64) -> Luck {
    let mut dice = [0; 3];
    // No dice where none are wanted: another host's chances stay as they are.
    if failures > 0 {
        host.random(&mut dice);
    }
    let [low, high, how] = dice;
    if u64::from(u16::from_le_bytes([low, high])) * ALWAYS >= failures << 16 {
        return Luck::Good;
    }
    match how & 3 {
        0 => Luck::Refused(503),
        1 => Luck::Refused(429),
        2 => Luck::LostAfter,
        _ => Luck::LostBefore,
    }
}

impl State {
    /// Carries a request out, unless it was already.
    fn outcome(&mut self, token: Option<String>, method: Method, path: &str, options: String, bytes: Vec<u8>, now: u64) -> Outcome {
        let Some(token) = token else { return self.world.answer(method, path, &options, bytes, now) };
        if let Some((_, asked, outcome)) = self.outcomes.iter().rev().find(|(t, ..)| *t == token) {
            return if *asked == options {
                outcome.clone()
            } else {
                Err(Refusal(409, "this idempotency token was for something else".to_owned()))
            };
        }
        let outcome = self.world.answer(method, path, &options, bytes, now);
        self.outcomes.push((token, options, outcome.clone()));
        if self.outcomes.len() > REMEMBERED {
            drop(self.outcomes.remove(0));
        }
        outcome
    }
}
