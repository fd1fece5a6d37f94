//! An upload of any length, composed above a driver: in one request where that is enough, else in parts.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::{Limits, Object, Part, PartPlace, Storage, UploadOptions};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::Body;
use crate::core::sort::sort;
use crate::core::task::{Cancel, cancelled};
use crate::core::wire::{Pairs, number_text};

/// A caller's bytes, cut into parts whose length is known and that can be sent twice.
pub trait Parts {
    /// The next part: `size` bytes, fewer only where the bytes end, nothing after that.
    fn next(&mut self, size: u64) -> LocalBoxFuture<'_, Result<Option<Body>>>;

    /// The checksum of the part that came last, as `crc32c=BASE64`, where one is wanted.
    fn checksum(&self) -> Option<String> {
        None
    }
}

/// What a driver is opened for, each time afresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To move bytes: its task is the caller's, and ends when the caller cancels.
    Transfer,
    /// To start or to abandon an upload: its task is not cancelled with the caller's, or parts would be left behind that
    /// cost money. Give it a deadline of its own, of some seconds.
    Bookkeeping,
}

/// Opens a driver for a purpose.
pub type OpenStorage<'a> = &'a dyn Fn(Purpose) -> Result<Box<dyn Storage>>;

/// How an upload goes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Bytes a part, but the last. It grows when `total` would not fit in the parts that an upload has at most.
    pub part_size: u64,
    /// How many parts are on their way at once, at least one. So many are in memory, too.
    pub concurrency: usize,
    /// The whole length, where it is known.
    pub total: Option<u64>,
    /// The id of an upload of the same body, in parts of the same size, that is to be carried on: what it has is not sent again.
    pub resume: Option<String>,
    /// Leaves what was uploaded when it fails, so that it can be carried on.
    pub keep: bool,
    /// Ends it, also while it waits for the caller's bytes.
    pub cancel: Cancel,
}

impl Default for Plan {
    fn default() -> Self {
        Plan { part_size: 8 << 20, concurrency: 4, total: None, resume: None, keep: false, cancel: Cancel::default() }
    }
}

impl Plan {
    /// The size of parts. All but the last are of one size, for some stores want that.
    fn size(&self, limits: &Limits) -> Result<u64> {
        let needed = self.total.map_or(0, |total| total.div_ceil(limits.most));
        let size = self.part_size.max(needed).next_multiple_of(limits.unit);
        if !(limits.smallest..=limits.largest).contains(&size) {
            let (from, to, most) = (number_text(limits.smallest), number_text(limits.largest), number_text(limits.most));
            return Err(Error::invalid(
                ["partSize must be from ", &from, " to ", &to, " bytes, and an upload has at most ", &most, " parts"].concat(),
            ));
        }
        Ok(size)
    }
}

/// Stores an object of any length, and tells of the bytes stored so far.
///
/// A body that ends within the first part is stored by one request. Otherwise parts are read when there is room for them, and
/// sent `concurrency` at once, each by a driver of its own. If anything fails, or the caller cancels, the upload is abandoned,
/// so that nothing is left of it; the first error is the one that is given. If even that fails, the error's cause says so.
///
/// Dropping the future stops it without abandoning the upload: nothing asynchronous runs after a drop. Cancel it instead.
pub async fn upload(
    open: OpenStorage<'_>,
    container: &str,
    name: &str,
    parts: &mut dyn Parts,
    options: &UploadOptions,
    plan: &Plan,
    progress: &mut dyn FnMut(u64),
) -> Result<Object> {
    let limits = open(Purpose::Transfer)?.limits();
    let size = plan.size(&limits)?;
    let first = unless(&plan.cancel, parts.next(size)).await??.unwrap_or_default();
    let length = length(&first, size)?;
    if plan.resume.is_none() && (length < size || plan.total == Some(length)) {
        check_total(plan, length)?;
        let options = UploadOptions { checksum: parts.checksum(), ..options.clone() };
        let object = open(Purpose::Transfer)?.put_object(container, name, first, &options).await?;
        progress(length);
        return Ok(object);
    }
    if plan.cancel.is_cancelled() {
        return Err(cancelled());
    }
    let (id, had) = match &plan.resume {
        Some(id) => (id.clone(), open(Purpose::Transfer)?.list_parts(container, name, id).await?),
        None => (open(Purpose::Bookkeeping)?.create_upload(container, name, options).await?, Vec::new()),
    };
    let target = Target { open, container, name, id: &id, options, limits, had };
    let error = match target.transfer(first, parts, size, plan, progress).await {
        Ok(object) => {
            // As an object stored in one request is given; the answer to a completion tells neither.
            let metadata = options.metadata.0.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
            return Ok(Object { content_type: options.content_type.clone(), metadata: Pairs(metadata.collect()), ..object });
        }
        Err(error) => error,
    };
    // Whoever knows the id of an upload in order may write to it.
    let which = if limits.in_order { "the upload".to_owned() } else { ["upload ", &id].concat() };
    if plan.keep {
        return Err(error.with_cause([&which, " is kept: carry it on, or abort it, for its parts cost"].concat()));
    }
    match target.abandon().await {
        Err(left) if left.kind() != Kind::NotFound => {
            let cause = [&which, " could not be abandoned, so its parts still cost: ", left.message()].concat();
            Err(error.with_cause(cause))
        }
        _ => Err(error),
    }
}

/// A part that was read, and where the next is read from.
type Read<'p> = (&'p mut dyn Parts, Result<Option<Body>>);

enum Event<'p> {
    Read(Read<'p>),
    Sent(Option<Result<Part>>),
}

fn read<'p>(parts: &'p mut dyn Parts, size: u64) -> LocalBoxFuture<'p, Read<'p>> {
    Box::pin(async move {
        let body = parts.next(size).await;
        (parts, body)
    })
}

/// An upload that was started.
struct Target<'a> {
    open: OpenStorage<'a>,
    container: &'a str,
    name: &'a str,
    id: &'a str,
    options: &'a UploadOptions,
    limits: Limits,
    /// What it has from before.
    had: Vec<Part>,
}

impl Target<'_> {
    async fn transfer(&self, first: Body, parts: &mut dyn Parts, size: u64, plan: &Plan, progress: &mut dyn FnMut(u64)) -> Result<Object> {
        let most = if self.limits.in_order { 1 } else { plan.concurrency.max(1) };
        let mut sending = FuturesUnordered::new();
        let whole = length(&first, size)? == size;
        sending.push(self.send(1, size, first, parts.checksum()));
        let mut number = 1;
        let (mut source, mut reading) = (if whole { Some(parts) } else { None }, None);
        let mut done: Vec<Part> = Vec::new();
        let mut bytes = 0;
        loop {
            if sending.len() < most
                && let Some(parts) = source.take()
            {
                reading = Some(read(parts, size));
            }
            // What can be read goes before what was sent, so that as many are on their way as may be.
            let next = poll_fn(|cx| match reading.as_mut().map(|reading| reading.as_mut().poll(cx)) {
                Some(Poll::Ready(body)) => Poll::Ready(Event::Read(body)),
                Some(Poll::Pending) if sending.is_empty() => Poll::Pending,
                _ => sending.poll_next_unpin(cx).map(Event::Sent),
            });
            match unless(&plan.cancel, next).await? {
                Event::Sent(None) => break,
                Event::Sent(Some(part)) => {
                    let part = part?;
                    bytes += part.size;
                    done.push(part);
                    progress(bytes);
                }
                Event::Read((parts, body)) => {
                    reading = None;
                    let Some(body) = body? else { continue };
                    let checksum = parts.checksum();
                    let length = length(&body, size)?;
                    // A short part is the last.
                    if length == size {
                        source = Some(parts);
                    }
                    if length > 0 {
                        number += 1;
                        if number > self.limits.most {
                            return Err(Error::invalid("the body has more parts than this provider takes: give a larger partSize"));
                        }
                        sending.push(self.send(number, size, body, checksum));
                    }
                }
            }
        }
        check_total(plan, bytes)?;
        sort(&mut done, |a, b| a.number.cmp(&b.number));
        (self.open)(Purpose::Transfer)?.complete_upload(self.container, self.name, self.id, &done, self.options).await
    }

    fn send(&self, number: u64, size: u64, body: Body, checksum: Option<String>) -> LocalBoxFuture<'_, Result<Part>> {
        Box::pin(async move {
            let length = body.length().unwrap_or(0);
            let same = |part: &&Part| part.number == number && part.size == length && (checksum.is_none() || part.checksum == checksum);
            if let Some(part) = self.had.iter().find(same) {
                return Ok(part.clone());
            }
            let offset = (number - 1) * size;
            // A provider that takes parts in order knows how many bytes it has, not in which parts they came.
            if self.limits.in_order && offset + length <= self.had.iter().map(|part| part.size).sum() {
                return Ok(Part { number, size: length, checksum, ..Part::default() });
            }
            let place = PartPlace { number, offset, checksum };
            (self.open)(Purpose::Transfer)?.put_part(self.container, self.name, self.id, &place, body).await
        })
    }

    async fn abandon(&self) -> Result<()> {
        (self.open)(Purpose::Bookkeeping)?.abort_upload(self.container, self.name, self.id).await
    }
}

fn check_total(plan: &Plan, bytes: u64) -> Result<()> {
    match plan.total {
        Some(total) if total != bytes => Err(Error::invalid("the body is shorter or longer than was said")),
        _ => Ok(()),
    }
}

fn length(body: &Body, size: u64) -> Result<u64> {
    match body.length() {
        Some(length) if length <= size => Ok(length),
        Some(_) => Err(Error::invalid("a part is longer than was asked for")),
        None => Err(Error::invalid("a part's length is not known")),
    }
}

/// The future's result, unless the upload is cancelled first.
async fn unless<T>(cancel: &Cancel, future: impl Future<Output = T>) -> Result<T> {
    let (mut future, mut stop) = (pin!(future), pin!(cancel.cancelled()));
    poll_fn(|cx| match stop.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(Err(cancelled())),
        Poll::Pending => future.as_mut().poll(cx).map(Ok),
    })
    .await
}
