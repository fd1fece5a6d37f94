//! The logical task: how long, how often, and until when.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use slab::Slab;

use super::error::{Error, Kind, Result};

/// What one driver works under: deadline, cancellation, retry budget, events, statistics.
#[derive(Clone, Debug)]
pub struct Task {
    /// When the whole task must be over, in milliseconds since 1970.
    pub deadline: Option<u64>,
    /// How long one attempt may take until its answer is there, in milliseconds.
    pub attempt_timeout: u64,
    /// How many retries the task has left, over all its calls.
    pub retries: u32,
    /// Cancels the task, and with it the request in flight.
    pub cancel: Cancel,
    /// Is told of every request, answer and retry.
    pub listener: Option<Listener>,
    /// What the task did so far.
    pub stats: Stats,
}

impl Default for Task {
    fn default() -> Self {
        Task { deadline: None, attempt_timeout: 60_000, retries: 4, cancel: Cancel::default(), listener: None, stats: Stats::default() }
    }
}

impl Task {
    /// Fails once the task is cancelled or late.
    pub fn check(&self, now: u64) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(cancelled());
        }
        match self.deadline {
            Some(deadline) if now >= deadline => Err(late()),
            _ => Ok(()),
        }
    }

    /// Milliseconds until the deadline.
    pub fn time_left(&self, now: u64) -> Option<u64> {
        self.deadline.map(|deadline| deadline.saturating_sub(now))
    }

    pub(super) fn tell(&self, event: &Event<'_>) {
        if let Some(Listener(listener)) = &self.listener {
            listener(event);
        }
    }
}

pub(crate) fn cancelled() -> Error {
    Error::new(Kind::Cancelled, "the task was cancelled")
}

pub(super) fn late() -> Error {
    Error::new(Kind::Deadline, "the task's deadline passed: give it more time, or fewer steps")
}

/// What a task did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests sent, retries and log-ins among them.
    pub requests: u32,
    /// Requests sent again.
    pub retries: u32,
    /// Milliseconds spent in pauses.
    pub paused: u64,
}

/// What a listener is told.
#[derive(Clone, Debug)]
pub struct Event<'e> {
    /// What happened.
    pub what: What,
    /// The provider's name.
    pub provider: &'static str,
    /// The operation, as `list_nodes`.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// Origin and path; never the query.
    pub url: &'e str,
    /// Which attempt, from 1.
    pub attempt: u32,
}

/// The kinds of [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A request goes out.
    Request,
    /// An answer came.
    Response {
        /// The HTTP status.
        status: u16,
        /// Milliseconds since the request.
        took: u64,
    },
    /// No answer came: the connection was lost, or the request was given up.
    Lost {
        /// Milliseconds since the request.
        took: u64,
    },
    /// The request will be repeated.
    Retry {
        /// The HTTP status, or 0 when there was no answer.
        status: u16,
        /// Milliseconds until then.
        after: u64,
    },
}

/// A function that is told of a task's events.
#[derive(Clone)]
pub struct Listener(pub Rc<dyn Fn(&Event<'_>)>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// Cancels tasks. Clones share one state.
#[derive(Clone, Default)]
pub struct Cancel(Rc<Inner>);

#[derive(Default)]
struct Inner {
    fired: Cell<bool>,
    waiting: RefCell<Slab<Waker>>,
    signal: Option<Box<dyn Any>>,
}

impl Cancel {
    /// A cancellation that carries the host's own signal (an `AbortSignal` in JavaScript), for streams that outlive the call.
    pub fn with_signal(signal: Box<dyn Any>) -> Self {
        Cancel(Rc::new(Inner { signal: Some(signal), ..Inner::default() }))
    }

    /// The host's own signal.
    pub fn signal<T: 'static>(&self) -> Option<&T> {
        self.0.signal.as_ref()?.downcast_ref()
    }

    /// Cancels. A second time does nothing.
    pub fn cancel(&self) {
        self.0.fired.set(true);
        let waiting = std::mem::take(&mut *self.0.waiting.borrow_mut());
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.fired.get()
    }

    /// Resolves when it is cancelled.
    pub async fn cancelled(&self) {
        let mut place = Place { inner: &self.0, key: None };
        poll_fn(|cx| {
            if place.inner.fired.get() {
                return Poll::Ready(());
            }
            let mut waiting = place.inner.waiting.borrow_mut();
            match place.key.and_then(|key| waiting.get_mut(key)) {
                Some(waker) => waker.clone_from(cx.waker()),
                None => place.key = Some(waiting.insert(cx.waker().clone())),
            }
            Poll::Pending
        })
        .await;
    }
}

/// A place among the waiting, given back when dropped.
struct Place<'c> {
    inner: &'c Inner,
    key: Option<usize>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.inner.waiting.borrow_mut().try_remove(key);
        }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_cancelled() { "cancelled" } else { "not cancelled" })
    }
}

/// All that the decision about a finished attempt depends on.
#[derive(Clone, Copy, Debug)]
pub struct Finished {
    /// The HTTP status; nothing when the exchange was lost.
    pub status: Option<u16>,
    /// The pause the provider asked for, in milliseconds.
    pub retry_after: Option<u64>,
    /// Whether the body can be sent again.
    pub resendable: bool,
    /// Whether doing it twice has the effect of once.
    pub idempotent: bool,
    /// Whether the attempt used a log-in token that may have been revoked.
    pub renewable: bool,
    /// Whether the answer shows that our clock is wrong, and the next attempt will have it right.
    pub skewed: bool,
    /// Retries done for this request.
    pub retried: u32,
    /// Retries the task has left.
    pub budget: u32,
    /// Milliseconds until the deadline.
    pub time_left: Option<u64>,
    /// A random fraction in `[0, 1)`.
    pub chance: f64,
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It succeeded.
    Accept,
    /// It failed for good.
    Fail,
    /// Log in again, then repeat.
    Renew,
    /// Repeat after this many milliseconds.
    Retry(u64),
}

/// The longest pause that a provider can ask for; a longer one fails the call with `retry_after` set.
pub const LONGEST_PAUSE: u64 = 120_000;

const FIRST_PAUSE: u64 = 250;
const LONGEST_BACKOFF: u64 = 20_000;

/// Decides what follows an attempt. Pure: time and chance are inputs.
pub fn judge(f: &Finished) -> Verdict {
    let again = match f.status {
        Some(200..=299) => return Verdict::Accept,
        Some(401) if f.renewable && f.resendable => return Verdict::Renew,
        _ if f.skewed => f.retried == 0,
        // The provider refused before doing anything.
        Some(429 | 503) => true,
        // Older OpenStack says so for a rate limit; without a time to come back, 413 is about this request's size or a quota.
        Some(413) => f.retry_after.is_some_and(|ms| ms > 0),
        // The request may have been carried out.
        None | Some(408 | 500 | 502 | 504 | 520..=599) => f.idempotent,
        _ => false,
    };
    if !again || !f.resendable || f.budget == 0 {
        return Verdict::Fail;
    }
    if f.skewed {
        return Verdict::Retry(0);
    }
    let cap = FIRST_PAUSE.saturating_mul(1 << f.retried.min(16)).min(LONGEST_BACKOFF);
    let jittered = (f.chance * cap as f64) as u64;
    // Jitter on top, so that those told to wait alike do not come back at one moment.
    let pause = match f.retry_after {
        Some(asked) if asked > LONGEST_PAUSE => return Verdict::Fail,
        Some(asked) => asked + jittered.min(asked / 4),
        None => jittered,
    };
    match f.time_left {
        Some(left) if pause >= left => Verdict::Fail,
        _ => Verdict::Retry(pause),
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Accept, Fail, Renew, Retry};
    use super::*;

    #[test]
    fn judge_table() {
        let base = Finished {
            status: Some(200),
            retry_after: None,
            resendable: true,
            idempotent: true,
            renewable: false,
            skewed: false,
            retried: 0,
            budget: 3,
            time_left: None,
            chance: 0.5,
        };
        let safe = |status| Finished { status: Some(status), ..base };
        let unsafe_ = |status| Finished { idempotent: false, ..safe(status) };
        let lost = Finished { status: None, ..base };
        let cases: &[(&str, Finished, Verdict)] = &[
            ("ok", safe(200), Accept),
            ("created", unsafe_(201), Accept),
            ("no content", safe(204), Accept),
            ("redirect", safe(301), Fail),
            ("not modified", safe(304), Fail),
            ("bad request", safe(400), Fail),
            ("bad credentials", safe(401), Fail),
            ("token revoked", Finished { renewable: true, ..unsafe_(401) }, Renew),
            ("token revoked, body gone", Finished { renewable: true, resendable: false, ..safe(401) }, Fail),
            ("not found", safe(404), Fail),
            ("rate limit", safe(429), Retry(125)),
            ("rate limit on a create", unsafe_(429), Retry(125)),
            ("slow down on a create", unsafe_(503), Retry(125)),
            ("rate limit, body gone", Finished { resendable: false, ..safe(429) }, Fail),
            ("too large", safe(413), Fail),
            ("too large, and no pause would help", Finished { retry_after: Some(0), ..safe(413) }, Fail),
            ("too many, in older words", Finished { retry_after: Some(2_000), ..unsafe_(413) }, Retry(2_125)),
            ("trouble", safe(500), Retry(125)),
            ("trouble on a create", unsafe_(500), Fail),
            ("bad gateway on a create", unsafe_(502), Fail),
            ("not implemented", safe(501), Fail),
            ("lost", lost, Retry(125)),
            ("lost create", Finished { idempotent: false, ..lost }, Fail),
            ("second retry", Finished { retried: 1, ..safe(503) }, Retry(250)),
            ("backoff is capped", Finished { retried: 40, ..safe(503) }, Retry(10_000)),
            ("no jitter", Finished { chance: 0.0, ..safe(503) }, Retry(0)),
            ("budget spent", Finished { budget: 0, ..safe(503) }, Fail),
            ("asked to wait", Finished { retry_after: Some(2_000), ..safe(429) }, Retry(2_125)),
            ("asked for nothing", Finished { retry_after: Some(0), ..safe(429) }, Retry(0)),
            ("asked for too long", Finished { retry_after: Some(600_000), ..safe(429) }, Fail),
            ("pause fits", Finished { time_left: Some(126), ..safe(503) }, Retry(125)),
            ("pause outlasts the deadline", Finished { time_left: Some(125), ..safe(503) }, Fail),
            ("wrong clock", Finished { skewed: true, ..unsafe_(403) }, Retry(0)),
            ("wrong clock again", Finished { skewed: true, retried: 1, ..safe(403) }, Fail),
        ];
        for (name, finished, verdict) in cases {
            assert_eq!(judge(finished), *verdict, "{name}");
        }
    }
}
