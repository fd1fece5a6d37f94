//! Many tasks joined on one thread.

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
    cancel: Cancel,
    running: FuturesUnordered<LocalBoxFuture<'a, (usize, Result<T>)>>,
}

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
            cancel,
            running: FuturesUnordered::new(),
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The next item to settle, with its place in the input; nothing after the last.
    pub async fn next(&mut self) -> Option<(usize, Result<T>)> {
        while self.started < self.total && self.running.len() < self.bound && !self.cancel.is_cancelled() {
            let at = self.started;
            self.started += 1;
            let job = (self.start)(at);
            self.running.push(Box::pin(async move { (at, job.await) }));
        }
        let settled = match self.running.next().await {
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
