//! Account: who we are, shared by all tasks. Link: an account used by one task.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use super::auth::{Auth, Token};
use super::error::{Error, Kind, Result};
use super::host::{SharedHost, chance};
use super::http::{Attempt, Method, Request, Response, plain_endpoint, split_endpoint};
use super::task::{Event, Finished, LONGEST_PAUSE, Task, Verdict, What, cancelled, judge, late};
use super::turn::Turn;
use super::wire::{Decimal, Pairs, Time, number_text, parse_number};

/// What a provider said about a failed request, besides the status.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The kind, where the provider's code says more than the status.
    pub kind: Option<Kind>,
    /// The provider's own code.
    pub code: Option<String>,
    /// The provider's message.
    pub message: Option<String>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

/// Reads a provider's error answer.
pub type ReadFault = fn(&Response) -> Fault;

/// An account at a provider: endpoint, credentials, settings. Shared, and immutable but for its log-in.
pub struct Account {
    /// The provider's name as in the registry.
    pub provider: &'static str,
    /// Where requests go, unless the log-in brings a catalogue.
    pub endpoint: String,
    /// Settings that are no secrets, as `region`.
    pub settings: Pairs,
    /// Operations that its driver has and the provider has not, as `list_uploads`: they are not sent.
    pub lacks: &'static [&'static str],
    host: SharedHost,
    auth: Box<dyn Auth>,
    fault: ReadFault,
    session: Session,
}

/// The log-in that all tasks of an account share.
#[derive(Default)]
struct Session {
    token: RefCell<Option<Rc<Token>>>,
    /// Held by the task that logs in.
    turn: Turn,
    /// How many log-ins have ended, and how the last one was refused.
    ended: Cell<u64>,
    refused: RefCell<Option<Error>>,
    /// How far the provider's clock is ahead of ours, in milliseconds.
    skew: Cell<i64>,
    /// What tickets gave and no request uses now, by ticket.
    passes: RefCell<Vec<(String, Token)>>,
    /// What drivers noted: name, value, and until when it holds.
    notes: RefCell<Vec<(String, String, u64)>>,
    /// Until when the provider takes no more requests, as it said itself.
    full_until: Cell<u64>,
}

/// So many passes are kept at most.
const PASSES: usize = 64;
/// A note holds for so long, in milliseconds.
const NOTED: u64 = 60_000;

/// A token is renewed this long before it expires.
const RENEW_BEFORE: u64 = 60_000;
/// Clocks that differ by less are taken to agree.
const SKEW_TOLERATED: i64 = 60_000;

impl Account {
    /// An account; the endpoint is checked.
    pub fn new(provider: &'static str, endpoint: &str, auth: Box<dyn Auth>, fault: ReadFault, host: SharedHost) -> Result<Account> {
        let endpoint = plain_endpoint(endpoint).map_err(|e| e.during(provider, "open"))?;
        Ok(Account { provider, endpoint, settings: Pairs::default(), lacks: &[], host, auth, fault, session: Session::default() })
    }

    /// With a setting that drivers read.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The host.
    pub fn host(&self) -> &SharedHost {
        &self.host
    }

    /// How this account authenticates.
    pub fn auth(&self) -> &dyn Auth {
        &*self.auth
    }

    /// The provider's time, as far as we know it.
    pub fn now(&self) -> u64 {
        self.host.now().saturating_add_signed(self.session.skew.get())
    }

    /// What a driver of this account noted in the last minute, as an id by its name.
    pub fn noted(&self, name: &str) -> Option<String> {
        let now = self.host.now();
        self.session.notes.borrow().iter().find(|(n, _, until)| n == name && *until > now).map(|(_, value, _)| value.clone())
    }

    /// Notes a value for the next minute; an empty one forgets it.
    pub fn note(&self, name: &str, value: &str) {
        let now = self.host.now();
        let mut notes = self.session.notes.borrow_mut();
        notes.retain(|(n, _, until)| n != name && *until > now);
        if !value.is_empty() {
            notes.push((name.to_owned(), value.to_owned(), now + NOTED));
        }
    }

    /// Where a service of the log-in's catalogue lives; nothing before the first log-in.
    pub fn service_url(&self, service: &'static str) -> Result<Option<String>> {
        self.session.token.borrow().as_ref().map_or(Ok(None), |token| self.auth.endpoint(service, token))
    }

    /// A URL for a request that works by itself for so many seconds. Nothing is sent.
    pub fn presign(&self, request: &Request, seconds: u64) -> Result<String> {
        if let Some(fault) = &request.fault {
            return Err(fault.clone());
        }
        let mut attempt = self.attempt(request, None, true)?;
        self.auth.presign(&mut attempt, seconds, self.now())
    }

    /// Sends a request for a task: logs in if needed, signs, retries, reads faults.
    async fn trip(&self, task: &mut Task, operation: &'static str, request: &Request) -> Result<Response> {
        let (mut renewed, mut readmitted, mut retried) = (false, false, 0);
        loop {
            let token = self.token(task).await?;
            if let Some(known) = token.as_deref().and_then(|token| self.auth.answer(request, token)) {
                return Ok(known);
            }
            let pass = request.ticket.as_ref().and_then(|ticket| self.pass(ticket));
            let (asked, operation) = match &request.ticket {
                Some(ticket) if pass.is_none() => (ticket, "ticket"),
                _ => (request, operation),
            };
            let may_renew = if pass.is_some() { !readmitted } else { !renewed };
            let by = pass.as_ref().or(token.as_deref());
            match (self.rounds(task, operation, asked, by, may_renew, &mut retried).await?, &request.ticket) {
                (Round::Answer(response), Some(ticket)) => {
                    let mut passes = self.session.passes.borrow_mut();
                    if passes.len() >= PASSES {
                        passes.remove(0);
                    }
                    let Some(pass) = pass else {
                        passes.push((ticket.mark(), self.auth.admit(&response, self.now())?));
                        continue;
                    };
                    // It is good for further requests, one at a time.
                    passes.push((ticket.mark(), pass));
                    return Ok(response);
                }
                (Round::Answer(response), None) => return Ok(response),
                (Round::Renew, Some(ticket)) if pass.is_some() => {
                    readmitted = true;
                    let mark = ticket.mark();
                    self.session.passes.borrow_mut().retain(|(m, _)| *m != mark);
                }
                (Round::Renew, _) => {
                    renewed = true;
                    let mut held = self.session.token.borrow_mut();
                    if held.as_ref().zip(token.as_ref()).is_some_and(|(a, b)| Rc::ptr_eq(a, b)) {
                        *held = None;
                    }
                }
            }
        }
    }

    /// Takes a pass that a ticket gave and that no request uses now.
    fn pass(&self, ticket: &Request) -> Option<Token> {
        let (mark, now) = (ticket.mark(), self.now());
        let mut passes = self.session.passes.borrow_mut();
        let at = passes.iter().rposition(|(m, pass)| *m == mark && pass.expires.saturating_sub(RENEW_BEFORE) > now)?;
        Some(passes.remove(at).1)
    }

    /// The log-in token, if this account needs one; fetched once however many tasks ask.
    async fn token(&self, task: &mut Task) -> Result<Option<Rc<Token>>> {
        let fresh = |held: &RefCell<Option<Rc<Token>>>| {
            held.borrow().clone().filter(|token| token.expires.saturating_sub(RENEW_BEFORE) > self.now())
        };
        if let Some(token) = fresh(&self.session.token) {
            return Ok(Some(token));
        }
        if !self.auth.logs_in() {
            return Ok(None);
        }
        let seen = self.session.ended.get();
        let _turn = self.within(task, None, self.session.turn.wait()).await?;
        if let Some(token) = fresh(&self.session.token) {
            return Ok(Some(token));
        }
        // Those who waited for a log-in that was refused are refused with it: a hundred tasks must not lock an account out.
        if self.session.ended.get() > seen
            && let Some(error) = self.session.refused.borrow().clone()
        {
            return Err(error);
        }
        let outcome = self.log_in(task).await;
        self.session.ended.set(self.session.ended.get() + 1);
        *self.session.refused.borrow_mut() =
            outcome.as_ref().err().filter(|e| !matches!(e.kind(), Kind::Cancelled | Kind::Deadline)).cloned();
        let token = Rc::new(outcome?);
        *self.session.token.borrow_mut() = Some(token.clone());
        Ok(Some(token))
    }

    async fn log_in(&self, task: &mut Task) -> Result<Token> {
        let mut again = true;
        loop {
            let skew = self.session.skew.get();
            let request = self.within(task, None, self.auth.log_in_at(&*self.host, self.now())).await??;
            match self.rounds(task, "log_in", &request, None, false, &mut 0).await {
                Ok(Round::Answer(response)) => return self.auth.learn(&response, self.now()),
                Ok(Round::Renew) => return Err(cancelled()),
                // What was signed with the wrong time is signed again with the right one.
                Err(_) if again && self.session.skew.get() != skew => again = false,
                Err(error) => return Err(error),
            }
        }
    }

    /// Attempts until the request is answered, fails for good, or wants a new token.
    async fn rounds(
        &self,
        task: &mut Task,
        operation: &'static str,
        request: &Request,
        token: Option<&Token>,
        may_renew: bool,
        retried: &mut u32,
    ) -> Result<Round> {
        // A token that was made up ends with the call: another try of the caller's has another.
        let made = request.method == Method::Post && operation.starts_with("create_");
        let reads = operation == "log_in" || operation.starts_with("list_") || operation.starts_with("get_");
        let once = (made || !request.idempotent) && !reads;
        let doubt = |error: Error| if once { error.remark(DOUBT) } else { error };
        loop {
            task.check(self.host.now())?;
            let held = self.session.full_until.get().saturating_sub(self.host.now());
            self.pause(task, held).await?;
            // Thousands may wait for their answers: what was sent is not kept until then.
            let attempt = Box::new(self.attempt(request, token, operation == "log_in")?);
            let url = task.listener.as_ref().map(|_| [attempt.origin.as_str(), &attempt.path].concat()).unwrap_or_default();
            let event =
                |what| Event { what, provider: self.provider, operation, method: request.method.name(), url: &url, attempt: *retried + 1 };
            task.tell(&event(What::Request));
            task.stats.requests += 1;
            let started = self.host.now();
            let sent = self.host.send(&attempt, &task.cancel);
            drop(attempt);
            let outcome = self.within(task, Some(task.attempt_timeout), sent).await;
            if !matches!(outcome, Ok(Ok(_))) {
                task.tell(&event(What::Lost { took: self.host.now().saturating_sub(started) }));
            }
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(stop) if stop.kind() == Kind::Transport => Err(stop),
                Err(stop) => return Err(doubt(stop)),
            };
            let response = match outcome {
                Ok(response) => Some(response),
                Err(error) if error.kind() == Kind::Transport => {
                    // A host that was told to abort says so as a loss.
                    task.check(self.host.now()).map_err(doubt)?;
                    let verdict = judge(&self.finished(task, request, None, *retried, false, false));
                    let Verdict::Retry(after) = verdict else { return Err(doubt(error)) };
                    task.tell(&event(What::Retry { status: 0, after }));
                    self.pause(task, after).await?;
                    None
                }
                Err(error) => return Err(error),
            };
            if let Some(mut response) = response {
                self.auth.hear(&mut response);
                let status = response.status;
                let now = self.host.now();
                task.tell(&event(What::Response { status, took: now.saturating_sub(started) }));
                self.learn_rate(&response, now);
                let skewed = status >= 400 && self.learn_skew(&response, now);
                let renewable = may_renew && token.is_some();
                match judge(&self.finished(task, request, Some(&response), *retried, renewable, skewed)) {
                    Verdict::Accept => return Ok(Round::Answer(response)),
                    Verdict::Renew => return Ok(Round::Renew),
                    Verdict::Fail if request.takes.contains(&status) => return Ok(Round::Answer(response)),
                    Verdict::Fail if matches!(status, 408 | 500 | 502 | 504 | 520..=599) => return Err(doubt(self.error(&response, now))),
                    Verdict::Fail => return Err(self.error(&response, now)),
                    Verdict::Retry(after) => {
                        task.tell(&event(What::Retry { status, after }));
                        self.pause(task, after).await?;
                    }
                }
            }
            *retried += 1;
            task.retries -= 1;
            task.stats.retries += 1;
            if request.ticket.is_some() {
                return Ok(Round::Renew);
            }
        }
    }

    fn finished(
        &self,
        task: &Task,
        request: &Request,
        response: Option<&Response>,
        retried: u32,
        renewable: bool,
        skewed: bool,
    ) -> Finished {
        let now = self.host.now();
        Finished {
            status: response.map(|r| r.status),
            retry_after: response.and_then(|r| retry_after(r, now)),
            resendable: request.body.is_repeatable(),
            idempotent: request.idempotent,
            renewable,
            skewed,
            retried,
            budget: task.retries,
            time_left: task.time_left(now),
            // Asked of the system, and for pauses only.
            chance: if response.is_some_and(|r| r.status < 400) { 0.0 } else { chance(&*self.host) },
        }
    }

    async fn pause(&self, task: &mut Task, ms: u64) -> Result<()> {
        task.stats.paused += ms;
        if ms > 0 { self.within(task, None, self.host.sleep(ms)).await } else { Ok(()) }
    }

    /// One attempt, addressed and signed.
    fn attempt<'r>(&self, request: &'r Request, token: Option<&Token>, log_in: bool) -> Result<Attempt<'r>> {
        let found;
        let base = match (&request.base, token) {
            (Some(base), _) => base,
            (None, Some(token)) => {
                found = self.auth.endpoint(request.service, token)?;
                found.as_deref().unwrap_or(&self.endpoint)
            }
            (None, None) => &self.endpoint,
        };
        let (origin, prefix) = split_endpoint(base)?;
        let mut path = String::with_capacity(prefix.len() + request.path.len());
        path.push_str(prefix);
        path.push_str(&request.path);
        if !path.starts_with('/') {
            path.insert(0, '/');
        }
        let mut attempt = Attempt {
            method: request.method,
            origin: origin.to_owned(),
            path,
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: &request.body,
            streaming: request.streaming,
        };
        if !log_in {
            self.auth.sign(&mut attempt, token, self.now())?;
        }
        Ok(attempt)
    }

    /// Learns that the last request was the last for now, so that the account's tasks wait instead of being refused.
    fn learn_rate(&self, response: &Response, now: u64) {
        let number = |names: [&str; 3]| names.iter().find_map(|name| response.headers.get(name)).and_then(parse_number);
        if number(["ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining"]) != Some(0) {
            return;
        }
        let Some(reset) = number(["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"]) else { return };
        // Some tell the time, some how long; those who wait do not come back at one moment.
        let at = if reset > 1_000_000_000 { reset.saturating_mul(1000) } else { now.saturating_add(reset.saturating_mul(1000)) };
        if at.saturating_sub(now) <= LONGEST_PAUSE {
            self.session.full_until.set(at + (chance(&*self.host) * 500.0) as u64);
        }
    }

    /// Learns from a failed answer's `Date` how far our clock is off; says whether that may be why it failed.
    fn learn_skew(&self, response: &Response, now: u64) -> bool {
        if !self.auth.is_timed() || !matches!(response.status, 400 | 401 | 403) {
            return false;
        }
        let Some(theirs) = response.headers.get("date").and_then(Time::parse) else { return false };
        let skew = theirs.0 as i64 - now as i64;
        if (skew - self.session.skew.get()).abs() < SKEW_TOLERATED {
            return false;
        }
        self.session.skew.set(skew);
        true
    }

    fn error(&self, response: &Response, now: u64) -> Error {
        let fault = (self.fault)(response);
        let status = response.status;
        let kind = fault.kind.unwrap_or_else(|| Kind::of_status(status));
        let mut message = fault
            .message
            .filter(|m| !m.trim_ascii().is_empty())
            .unwrap_or_else(|| ["the provider answered with status ", &number_text(status.into())].concat());
        truncate(&mut message, 1000);
        if ((300..400).contains(&status) && status != 304) || status == 0 {
            message.push_str(" (a redirect, which is not followed: check the endpoint and region)");
        } else if kind == Kind::Unauthorized {
            message.push_str(" (check the account's credentials)");
        }
        Error::new(kind, message)
            .with_status(status)
            .with_code(fault.code)
            .with_request_id(fault.request_id)
            .with_retry_after(retry_after(response, now))
    }

    /// Waits for a future, but no longer than the task (and `limit`) allows.
    async fn within<T>(&self, task: &Task, limit: Option<u64>, future: impl Future<Output = T>) -> Result<T> {
        let now = self.host.now();
        task.check(now)?;
        let left = task.time_left(now);
        let deadline_first = left.is_some_and(|left| limit.is_none_or(|limit| left <= limit));
        let mut future = pin!(future);
        let mut stop = pin!(task.cancel.cancelled());
        let mut timer = None;
        let wait = if deadline_first { left } else { limit };
        poll_fn(|cx| {
            if let Poll::Ready(value) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(value));
            }
            if stop.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(cancelled()));
            }
            let Some(wait) = wait else { return Poll::Pending };
            let timer = timer.get_or_insert_with(|| self.host.sleep(wait));
            timer.as_mut().poll(cx).map(|()| {
                Err(if deadline_first {
                    late()
                } else {
                    Error::new(Kind::Transport, ["no answer within ", &number_text(wait), " ms"].concat())
                })
            })
        })
        .await
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({} at {})", self.provider, self.endpoint)
    }
}

/// What is added to the error of an order that may have been carried out all the same.
const DOUBT: &str = "; it is not known whether this was carried out: look for it in a list, by its name, before you try again";

enum Round {
    Answer(Response),
    Renew,
}

/// The pause that an answer asks for, in milliseconds.
fn retry_after(response: &Response, now: u64) -> Option<u64> {
    let asked = response.headers.get("retry-after")?.trim_ascii();
    match Decimal::parse(asked) {
        Some(seconds) => seconds.scaled(3),
        None => Some(Time::parse(asked)?.0.saturating_sub(now)),
    }
}

fn truncate(text: &mut String, limit: usize) {
    if text.len() > limit {
        let mut end = limit;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
}

/// An account used by one task: what a driver is made of.
#[derive(Debug)]
pub struct Link {
    account: Rc<Account>,
    task: Task,
}

impl Link {
    /// Joins an account and a task. Costs next to nothing.
    pub fn new(account: &Rc<Account>, task: Task) -> Self {
        Link { account: account.clone(), task }
    }

    /// The account.
    pub fn account(&self) -> &Rc<Account> {
        &self.account
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// A setting of the account; empty when it has none of this name.
    pub fn setting(&self, name: &str) -> &str {
        self.account.settings.get(name).unwrap_or("")
    }

    /// Sends a request and gives its answer, which succeeded.
    pub async fn send(&mut self, operation: &'static str, request: &Request) -> Result<Response> {
        let account = &self.account;
        match &request.fault {
            Some(fault) => Err(fault.clone()),
            None => account.trip(&mut self.task, operation, request).await,
        }
        .map_err(|e| e.during(account.provider, operation))
    }

    /// A URL for a request that works by itself for so many seconds. Nothing is sent.
    pub fn presign(&self, request: &Request, seconds: u64) -> Result<String> {
        self.account.presign(request, seconds)
    }

    /// Waits, unless the task is cancelled or late first.
    pub async fn sleep(&mut self, ms: u64) -> Result<()> {
        self.account.pause(&mut self.task, ms).await.map_err(|e| e.during(self.account.provider, "sleep"))
    }

    /// Fails once the task is cancelled or late.
    pub fn check(&self) -> Result<()> {
        self.task.check(self.account.host.now())
    }
}
