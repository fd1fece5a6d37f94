//! Many tasks joined on one thread.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

use super::error::Result;
use super::task::{Cancel, cancelled};

/// How far a fan-out is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Items settled, failed ones among them.
    pub done: usize,
    /// Items that failed.
    pub failed: usize,
    /// All items.
    pub total: usize,
}

/// Runs one job an item, so many at once, and settles every one: a failure loses no other result.
pub struct Fanout<'a, T> {
    total: usize,
    bound: usize,
    started: usize,
    progress: Progress,
    start: Box<dyn FnMut(usize) -> LocalBoxFuture<'a, Result<T>> + 'a>,
    breathe: Box<dyn FnMut() -> LocalBoxFuture<'a, ()> + 'a>,
    cancel: Cancel,
    running: FuturesUnordered<LocalBoxFuture<'a, (usize, Result<T>)>>,
}

/// How many jobs are started in a row.
pub const SLICE: usize = 32;

impl<'a, T: 'a> Fanout<'a, T> {
    /// A fan-out over `total` items, at most `bound` at once (at least one). `start` makes the job of an item; it is
    /// called in order, when there is room. Once cancelled, no job is started: the items left settle as cancelled.
    pub fn new(total: usize, bound: usize, cancel: Cancel, start: impl FnMut(usize) -> LocalBoxFuture<'a, Result<T>> + 'a) -> Self {
        Fanout {
            total,
            bound: bound.max(1),
            started: 0,
            progress: Progress { done: 0, failed: 0, total },
            start: Box::new(start),
            breathe: Box::new(|| Box::pin(std::future::ready(()))),
            cancel,
            running: FuturesUnordered::new(),
        }
    }

    /// With something to wait for whenever [`SLICE`] jobs were started in a row, so that others get their turn.
    pub fn breathing(mut self, breathe: impl FnMut() -> LocalBoxFuture<'a, ()> + 'a) -> Self {
        self.breathe = Box::new(breathe);
        self
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The next item to settle, with its place in the input; nothing after the last.
    pub async fn next(&mut self) -> Option<(usize, Result<T>)> {
        let settled = loop {
            for _ in 0..SLICE {
                if !self.has_room() {
                    break;
                }
                let at = self.started;
                self.started += 1;
                let job = (self.start)(at);
                self.running.push(Box::pin(async move { (at, job.await) }));
            }
            if !self.has_room() {
                break self.running.next().await;
            }
            let mut breath = (self.breathe)();
            let settled = poll_fn(|cx| match self.running.poll_next_unpin(cx) {
                Poll::Ready(settled) => Poll::Ready(settled),
                Poll::Pending => breath.as_mut().poll(cx).map(|()| None),
            });
            let settled = settled.await;
            if settled.is_some() {
                break settled;
            }
        };
        let settled = match settled {
            Some(settled) => settled,
            None if self.started < self.total => {
                self.started += 1;
                (self.started - 1, Err(cancelled()))
            }
            None => return None,
        };
        self.progress.done += 1;
        self.progress.failed += usize::from(settled.1.is_err());
        Some(settled)
    }

    fn has_room(&self) -> bool {
        self.started < self.total && self.running.len() < self.bound && !self.cancel.is_cancelled()
    }

    /// All results, in input order; `tell` hears of each as it settles.
    pub async fn settle(mut self, mut tell: impl FnMut(Progress)) -> Vec<Result<T>> {
        let mut results: Vec<_> = (0..self.total).map(|_| Err(cancelled())).collect();
        while let Some((at, result)) = self.next().await {
            if let Some(place) = results.get_mut(at) {
                *place = result;
            }
            tell(self.progress);
        }
        results
    }
}
