//! A host that plays a script, for tests: so many answers, in order, and every request kept.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use sha2::{Digest, Sha256};

use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::host::Host;
use crate::core::http::{Attempt, Body, Headers, Response, Stream};
use crate::core::task::Cancel;

/// A request that a driver sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The HTTP method.
    pub method: &'static str,
    /// The URL, query and all.
    pub url: String,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer that the script gives.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An HTTP answer.
    Http(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The connection is lost.
    Lost,
    /// No answer, ever.
    Silence,
}

impl Answer {
    /// An answer with a body and no headers.
    pub fn of(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer::Http(status, Vec::new(), body.into())
    }
}

/// Plays answers in order. Time stands still until nothing else goes on; then the pause or time-out that waits passes at once.
#[derive(Default)]
pub struct Script {
    answers: RefCell<VecDeque<Answer>>,
    seen: RefCell<Vec<Seen>>,
    now: Rc<Cell<u64>>,
    /// Every pause or time-out that passed, in milliseconds.
    pub pauses: Rc<RefCell<Vec<u64>>>,
}

impl Script {
    /// A script that starts at this time, in milliseconds since 1970.
    pub fn new(now: u64, answers: impl IntoIterator<Item = Answer>) -> Rc<Script> {
        Rc::new(Script { answers: RefCell::new(answers.into_iter().collect()), now: Rc::new(Cell::new(now)), ..Script::default() })
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    /// Answers that were not asked for.
    pub fn left(&self) -> usize {
        self.answers.borrow().len()
    }
}

impl Host for Script {
    fn send(&self, attempt: &Attempt<'_>, _: &Cancel) -> LocalBoxFuture<'static, Result<Response>> {
        self.seen.borrow_mut().push(Seen {
            method: attempt.method.name(),
            url: attempt.url(),
            headers: attempt.headers.clone(),
            body: attempt.body.bytes().to_vec(),
        });
        let streaming = attempt.streaming;
        let answer = self.answers.borrow_mut().pop_front();
        Box::pin(async move {
            // As on a network, the answer is never there at once.
            yield_once().await;
            match answer {
                Some(Answer::Http(status, headers, body)) => {
                    let headers = headers.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
                    let mut response = Response::new(status, headers, body);
                    if streaming
                        && status < 300
                        && let Body::Bytes(bytes) = std::mem::take(&mut response.body)
                    {
                        let length = Some(bytes.len() as u64);
                        response.body = Body::Stream(Stream { handle: Box::new(bytes), length, repeatable: false });
                    }
                    Ok(response)
                }
                Some(Answer::Lost) => Err(Error::new(Kind::Transport, "connection reset")),
                Some(Answer::Silence) => std::future::pending().await,
                None => Err(Error::new(Kind::Malformed, "the script has no answer left")),
            }
        })
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        let (now, pauses) = (self.now.clone(), self.pauses.clone());
        let until = now.get().saturating_add(ms);
        Box::pin(async move {
            for _ in 0..PATIENCE {
                yield_once().await;
            }
            now.set(now.get().max(until));
            pauses.borrow_mut().push(ms);
        })
    }

    fn now(&self) -> u64 {
        self.now.get()
    }

    fn random(&self, bytes: &mut [u8]) {
        // Half of everything: tests want to know the jitter.
        bytes.fill(0x80);
    }

    /// No signature, but the SHA-256 of what was to be signed.
    fn sign_rsa(&self, _: &Secret, data: &[u8]) -> LocalBoxFuture<'static, Result<Vec<u8>>> {
        Box::pin(std::future::ready(Ok(Sha256::digest(data).to_vec())))
    }
}

/// An answer is there after one turn, a pause is over after this many.
const PATIENCE: u32 = 500;

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
