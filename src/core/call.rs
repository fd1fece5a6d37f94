//! An operation as a value.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::LocalBoxFuture;

use super::error::{Error, Result};
use super::http::{Headers, Request, Response, plain_endpoint, split_endpoint};
use super::link::Link;
use super::wire::{Doc, Encode, Json, Tree};

/// What a reader makes of an answer.
pub enum Step<T> {
    /// The answer is complete.
    Done(T),
    /// A part of the answer; the rest comes with this request.
    Part(T, Request),
    /// Nothing yet: this request goes next.
    Send(Request),
    /// Nothing yet: this request goes after so many milliseconds.
    After(u64, Request),
}

/// An operation of a driver, not yet sent. It borrows the driver whole, so two calls of one driver cannot run at once:
///
/// ```compile_fail,E0499
/// # use skyfetch::compute::Compute;
/// async fn both(driver: &mut dyn Compute) {
///     let nodes = driver.list_nodes();
///     let sizes = driver.list_sizes(); // the driver is still borrowed by `nodes`
///     let _ = futures_util::future::join(nodes, sizes).await;
/// }
/// ```
///
/// With a driver for each, they are joined:
///
/// ```
/// # use skyfetch::compute::Compute;
/// async fn both(one: &mut dyn Compute, other: &mut dyn Compute) {
///     let _ = futures_util::future::join(one.list_nodes(), other.list_sizes()).await;
/// }
/// ```
///
/// A call is a future of the whole answer. [`Call::part`] gives it in parts, as pages come; [`Call::request`] shows
/// what would be sent.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<'d, T> {
    trip: Box<Trip<'d>>,
    read: Box<dyn Read<T> + 'd>,
    join: fn(&mut T, T),
    held: Option<Box<T>>,
}

/// Reads an answer: gives what is in it, and says what goes next.
///
/// A trait, for each closure behind `dyn FnMut` would bring a function more that is never called; so with the other
/// traits here that closures have.
trait Read<T> {
    fn read(&mut self, response: &mut Response, next: &mut Option<Next>) -> Result<Option<T>>;
}

impl<T, F: FnMut(&mut Response, &mut Option<Next>) -> Result<Option<T>>> Read<T> for F {
    fn read(&mut self, response: &mut Response, next: &mut Option<Next>) -> Result<Option<T>> {
        self(response, next)
    }
}

/// Reads a document.
trait ReadDoc<T> {
    fn read(&self, doc: Doc<'_>) -> Result<T>;
}

impl<T, F: Fn(Doc<'_>) -> Result<T>> ReadDoc<T> for F {
    fn read(&self, doc: Doc<'_>) -> Result<T> {
        self(doc)
    }
}

/// Reads a page of a list: calls back for each of its items, in order, and gives the request for the next page, if there
/// is one.
pub trait Page {
    /// Reads an answer.
    fn page(&mut self, response: &Response, found: &mut dyn Found) -> Result<Option<Request>>;
}

impl<F: FnMut(&Response, &mut dyn Found) -> Result<Option<Request>>> Page for F {
    fn page(&mut self, response: &Response, found: &mut dyn Found) -> Result<Option<Request>> {
        self(response, found)
    }
}

/// Is told of each item of a list.
pub trait Found {
    /// Here is the next one.
    fn item(&mut self, doc: Doc<'_>) -> Result<()>;
}

/// Sees when the cursors of a list's pages come round again: a provider may give two by turns for ever. It remembers one
/// cursor, and takes another to remember after twice as many as before (Brent's way), so whatever comes round meets it.
#[derive(Default)]
pub struct Cycle {
    mark: String,
    seen: u64,
    limit: u64,
}

impl Cycle {
    /// Whether this cursor, the next of a list, was there before.
    pub fn closes(&mut self, cursor: &str) -> bool {
        if self.limit > 0 && self.mark == cursor {
            return true;
        }
        if self.seen == self.limit {
            cursor.clone_into(&mut self.mark);
            (self.seen, self.limit) = (0, (self.limit * 2).max(1));
        }
        self.seen += 1;
        false
    }
}

/// The items found so far.
struct Items<T> {
    list: Vec<T>,
    read: fn(Doc<'_>) -> Result<T>,
}

impl<T> Found for Items<T> {
    fn item(&mut self, doc: Doc<'_>) -> Result<()> {
        self.list.push((self.read)(doc)?);
        Ok(())
    }
}

/// The request that goes next, and after how many milliseconds.
struct Next(u64, Request);

/// The part of a call that is the same for every result.
struct Trip<'d> {
    operation: &'static str,
    provider: &'static str,
    state: State<'d>,
}

enum State<'d> {
    Ready(&'d mut Link, Next),
    Sent(LocalBoxFuture<'d, (&'d mut Link, Result<Response>)>),
    Over(Option<&'d mut Link>, Option<Error>),
}

impl<T> Step<T> {
    fn part(self, next: &mut Option<Next>) -> Option<T> {
        let (value, after) = match self {
            Step::Done(value) => (Some(value), None),
            Step::Part(value, request) => (Some(value), Some(Next(0, request))),
            Step::Send(request) => (None, Some(Next(0, request))),
            Step::After(ms, request) => (None, Some(Next(ms, request))),
        };
        *next = after;
        value
    }
}

// The constructors are thin: what is made for every closure boxes it, and the rest is made once for a result, or once.
impl<'d, T: 'd> Call<'d, T> {
    fn reading(link: &'d mut Link, operation: &'static str, request: Request, read: Box<dyn Read<T> + 'd>) -> Self {
        Call { trip: Trip::new(link, operation, request), read, join: |_, _| {}, held: None }
    }

    /// An operation whose reader may ask for further requests.
    pub fn steps(
        link: &'d mut Link,
        operation: &'static str,
        request: Request,
        mut read: impl FnMut(&mut Response) -> Result<Step<T>> + 'd,
    ) -> Self {
        let read = move |response: &mut Response, next: &mut Option<Next>| Ok(read(response)?.part(next));
        Call::reading(link, operation, request, Box::new(read))
    }

    /// An operation whose answer comes in parts; `join` adds a part to what came before it.
    pub fn parts(
        link: &'d mut Link,
        operation: &'static str,
        request: Request,
        read: impl FnMut(&mut Response) -> Result<Step<T>> + 'd,
        join: fn(&mut T, T),
    ) -> Self {
        Call { join, ..Call::steps(link, operation, request, read) }
    }

    /// An operation of one request.
    pub fn new(link: &'d mut Link, operation: &'static str, request: Request, read: impl Fn(&mut Response) -> Result<T> + 'd) -> Self {
        let read = move |response: &mut Response, _: &mut Option<Next>| read(response).map(Some);
        Call::reading(link, operation, request, Box::new(read))
    }

    /// An operation whose answer is JSON.
    pub fn json(link: &'d mut Link, operation: &'static str, request: Request, read: impl Fn(Doc<'_>) -> Result<T> + 'd) -> Self {
        Call::tree(link, operation, request, |text| Tree::json(text), Box::new(read))
    }

    /// An operation whose answer is XML.
    pub fn xml(link: &'d mut Link, operation: &'static str, request: Request, read: impl Fn(Doc<'_>) -> Result<T> + 'd) -> Self {
        Call::tree(link, operation, request, |text| Tree::xml(text), Box::new(read))
    }

    fn tree(
        link: &'d mut Link,
        operation: &'static str,
        request: Request,
        parse: for<'t> fn(&'t str) -> Result<Tree<'t>>,
        read: Box<dyn ReadDoc<T> + 'd>,
    ) -> Self {
        let read = move |response: &mut Response, _: &mut Option<Next>| read.read(parse(response.text()?)?.root()).map(Some);
        Call::reading(link, operation, request, Box::new(read))
    }

    /// An operation that fails before anything is sent.
    pub fn failed(link: &'d mut Link, operation: &'static str, error: Error) -> Self {
        Call::reading(
            link,
            operation,
            Request::get("/").check::<()>(Err(error)),
            Box::new(|_: &mut Response, _: &mut Option<Next>| Ok(None)),
        )
    }

    /// An operation whose answer is known without anything being sent.
    pub fn ready(link: &'d mut Link, operation: &'static str, value: T) -> Self {
        let mut value = Some(value);
        let read = move |_: &mut Response, _: &mut Option<Next>| Ok(value.take());
        let mut call = Call::reading(link, operation, Request::get("/"), Box::new(read));
        call.trip.answer(Box::pin(std::future::ready(Ok(Vec::new()))));
        call
    }

    /// An operation that the host answers, with bytes, and not the provider: one that signs, say.
    pub fn hosted(
        link: &'d mut Link,
        operation: &'static str,
        answer: LocalBoxFuture<'d, Result<Vec<u8>>>,
        read: impl Fn(&[u8]) -> Result<T> + 'd,
    ) -> Self {
        let mut call = Call::new(link, operation, Request::get("/"), move |response| read(response.body.bytes()));
        call.trip.answer(answer);
        call
    }

    /// An operation that this provider does not have.
    pub fn unsupported(link: &'d mut Link, operation: &'static str) -> Self {
        let error = lacks(link, operation);
        Call::failed(link, operation, error)
    }

    /// The request that goes next, for a look before anything is sent.
    pub fn request(&self) -> Option<&Request> {
        match &self.trip.state {
            State::Ready(_, Next(_, request)) => Some(request),
            _ => None,
        }
    }

    /// The operation, as `list_nodes`.
    pub fn operation(&self) -> &'static str {
        self.trip.operation
    }

    /// The next part of the answer, as it comes; nothing after the last.
    pub async fn part(&mut self) -> Result<Option<T>> {
        std::future::poll_fn(|cx| self.poll_part(cx)).await
    }

    /// With the answer mapped.
    pub fn map<U: 'd>(self, map: impl Fn(T) -> Result<U> + 'd, join: fn(&mut U, U)) -> Call<'d, U> {
        let mut read = self.read;
        let read = move |response: &mut Response, next: &mut Option<Next>| read.read(response, next)?.map(&map).transpose();
        Call { trip: self.trip, read: Box::new(read), join, held: None }
    }

    /// With the answer as JSON.
    pub fn encode(self) -> Call<'d, Json>
    where
        T: Encode,
    {
        let mut read = self.read;
        let read = move |response: &mut Response, next: &mut Option<Next>| Ok(read.read(response, next)?.map(|value| Json::of_any(&value)));
        Call { trip: self.trip, read: Box::new(read), join: join_lists, held: None }
    }

    fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<T>>> {
        loop {
            let mut response = match self.trip.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(response))) => response,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => return Poll::Ready(Ok(None)),
            };
            let mut next = None;
            let part = self.read.read(&mut response, &mut next).map_err(|e| self.trip.named(e))?;
            if let Some(next) = next {
                self.trip.next(next)?;
            }
            if part.is_some() {
                return Poll::Ready(Ok(part));
            }
        }
    }
}

fn join_lists(list: &mut Json, more: Json) {
    list.append_items(&more);
}

fn lacks(link: &Link, operation: &str) -> Error {
    Error::unsupported([link.account().provider, " has no ", operation, "; providers() lists what it has"].concat())
}

impl<'d, T: 'd> Call<'d, Vec<T>> {
    /// Only those items of the list.
    pub fn keep(self, wanted: impl Fn(&T) -> bool + 'd) -> Self {
        let only = move |mut list: Vec<T>| {
            list.retain(&wanted);
            Ok(list)
        };
        self.map(only, |list, mut more| list.append(&mut more))
    }

    /// A list that comes in pages.
    pub fn pages(
        link: &'d mut Link,
        operation: &'static str,
        request: Request,
        page: impl Page + 'd,
        read: fn(Doc<'_>) -> Result<T>,
    ) -> Self {
        Call::listing(link, operation, request, Box::new(page), read)
    }

    fn listing(
        link: &'d mut Link,
        operation: &'static str,
        request: Request,
        mut page: Box<dyn Page + 'd>,
        read: fn(Doc<'_>) -> Result<T>,
    ) -> Self {
        let read = move |response: &mut Response, next: &mut Option<Next>| {
            let mut items = Items { list: Vec::new(), read };
            *next = page.page(response, &mut items)?.map(|request| Next(0, request));
            Ok(Some(items.list))
        };
        Call { join: |list, mut more| list.append(&mut more), ..Call::reading(link, operation, request, Box::new(read)) }
    }
}

impl<'d> Call<'d, ()> {
    /// An operation whose answer says nothing but that it is done.
    pub fn done(link: &'d mut Link, operation: &'static str, request: Request) -> Self {
        Call::new(link, operation, request, |_| Ok(()))
    }
}

impl<'d, T: 'd> Future for Call<'d, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        loop {
            let part = match self.poll_part(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(part) => part?,
            };
            let Some(part) = part else { return Poll::Ready(Err(Error::invalid("this call was awaited to its end already"))) };
            // Without a further request, this was the last part.
            let last = matches!(self.trip.state, State::Over(..));
            let join = self.join;
            let whole = match self.held.take() {
                Some(mut held) => {
                    join(&mut held, part);
                    held
                }
                None if last => return Poll::Ready(Ok(part)),
                None => Box::new(part),
            };
            if last {
                return Poll::Ready(Ok(*whole));
            }
            self.held = Some(whole);
        }
    }
}

impl<'d> Trip<'d> {
    fn new(link: &'d mut Link, operation: &'static str, mut request: Request) -> Box<Self> {
        let provider = link.account().provider;
        let lacking = || link.account().lacks.contains(&operation).then(|| lacks(link, operation));
        let state = match lacking().or_else(|| request.fault.take()) {
            Some(fault) => State::Over(Some(link), Some(fault.during(provider, operation))),
            None => State::Ready(link, Next(0, request)),
        };
        Box::new(Trip { operation, provider, state })
    }

    /// Takes the request that is due as answered, by these bytes.
    fn answer(&mut self, bytes: LocalBoxFuture<'d, Result<Vec<u8>>>) {
        if let State::Ready(link, ..) = std::mem::replace(&mut self.state, State::Over(None, None)) {
            self.state = State::Sent(Box::pin(async move { (link, bytes.await.map(|b| Response::new(200, Headers::default(), b))) }));
        }
    }

    /// The answer to the request that is due; nothing when none is.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Response>>> {
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Over(None, None)) {
                State::Ready(link, Next(pause, request)) => {
                    let operation = self.operation;
                    State::Sent(Box::pin(async move {
                        let outcome = match link.sleep(pause).await {
                            Ok(()) => link.send(operation, &request).await,
                            Err(error) => Err(error),
                        };
                        (link, outcome)
                    }))
                }
                State::Sent(mut sent) => match sent.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.state = State::Sent(sent);
                        return Poll::Pending;
                    }
                    Poll::Ready((link, outcome)) => {
                        self.state = State::Over(Some(link), None);
                        return Poll::Ready(Some(outcome.map_err(|e| self.named(e))));
                    }
                },
                State::Over(link, error) => {
                    self.state = State::Over(link, None);
                    return Poll::Ready(error.map(Err));
                }
            }
        }
    }

    /// Makes a further request due.
    fn next(&mut self, Next(pause, mut request): Next) -> Result<()> {
        let State::Over(link, _) = &mut self.state else { return Ok(()) };
        let Some(link) = link.take() else { return Ok(()) };
        if let Some(fault) = request.fault.take() {
            return Err(fault.during(self.provider, self.operation));
        }
        self.state = State::Ready(link, Next(pause, request));
        Ok(())
    }

    fn named(&self, error: Error) -> Error {
        error.during(self.provider, self.operation)
    }
}

/// The request for a page that a provider links to by URL; refused unless it is on the account's own origin, for the
/// credentials go with it.
pub fn follow(url: &str, origin: &str) -> Result<Request> {
    // A fragment is never sent; left in the path, it would take the query with it.
    let url = url.split('#').next().unwrap_or("");
    let (at, _) = split_endpoint(url.split('?').next().unwrap_or(""))?;
    // Azure names the port that goes without saying.
    if plain_endpoint(at)? != origin {
        return Err(Error::malformed("the provider links to a page on another host, which is not followed"));
    }
    let rest = url.get(at.len()..).unwrap_or("");
    let mut parts = rest.splitn(2, '?');
    let mut request = Request::get(parts.next().unwrap_or(""));
    request.base = Some(origin.to_owned());
    for pair in parts.next().unwrap_or("").split('&').filter(|p| !p.is_empty()) {
        let mut sides = pair.splitn(2, '=');
        let (name, value) = (sides.next().unwrap_or(""), sides.next().unwrap_or(""));
        request = request.query(decode(name), decode(value));
    }
    Ok(request)
}

/// Undoes percent-encoding; `+` is a space, as in a query. What is no UTF-8 stays as it is.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let digit = |at: Option<&u8>| at.and_then(|&b| char::from(b).to_digit(16));
    while let Some((&b, after)) = rest.split_first() {
        rest = after;
        match (b, digit(after.first()), digit(after.get(1))) {
            (b'+', _, _) => bytes.push(b' '),
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => bytes.push(b),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_that_come_round() {
        // After so many new ones, so many come round.
        for (before, round, most) in [(0, 1, 2), (0, 2, 4), (0, 3, 8), (5, 2, 12), (1000, 7, 3000)] {
            let mut cycle = Cycle::default();
            let cursor = |n: u64| if n < before { n } else { before + (n - before) % round };
            let end = (0..10_000).find(|n| cycle.closes(&cursor(*n).to_string())).unwrap();
            assert!(end >= before + round && end < most, "{before} {round}: {end}");
        }
        let mut cycle = Cycle::default();
        assert!(!(0..10_000).any(|n| cycle.closes(&n.to_string())));
    }
}
