//! Taking turns: a lock for the tasks of one thread.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// What one task has at a time, and others wait for, in the order in which they came.
#[derive(Default)]
pub struct Turn {
    taken: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// Having the turn; dropped, it is over.
pub struct Held<'t>(&'t Turn);

impl Turn {
    /// Waits for the turn.
    pub async fn wait(&self) -> Held<'_> {
        poll_fn(|cx| {
            if !self.taken.replace(true) {
                return Poll::Ready(Held(self));
            }
            self.waiting.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl Drop for Held<'_> {
    /// All are woken: the first takes the turn, and the others wait on. So nobody waits for one who was dropped meanwhile.
    fn drop(&mut self) {
        self.0.taken.set(false);
        let waiting = std::mem::take(&mut *self.0.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}
