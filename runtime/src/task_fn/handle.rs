//! The handle of a child of a `#[task_group]` function.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    task::{Context, Poll, Waker},
};

use crate::{
    name::Name,
    slab::Slab,
    sync::{Mutex, MutexGuard},
};

/// Where handles wait for the children of one site.
pub(crate) struct Cells<T>(Mutex<Slab<Cell<T>>>);

enum Cell<T> {
    /// The child is under way, and so is its handle.
    Waiting {
        waker: Option<Waker>,
        stop: bool,
    },
    /// The handle is gone; the child goes on.
    Abandoned,
    Ready(T),
    /// The child ended without a value: the function is ending, or its owner cancelled it.
    Gone,
}

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Cells<T> {
    fn lock(&self) -> MutexGuard<'_, Slab<Cell<T>>> {
        self.0.lock()
    }

    pub(crate) fn open(&self) -> usize {
        self.lock().insert(Cell::Waiting { waker: None, stop: false })
    }

    /// The child has ended. LazyName waits for it is to be woken; a value for nobody is dropped here.
    pub(crate) fn close(&self, cell: usize, value: Option<T>) -> Option<Waker> {
        let (waker, unwanted) = {
            let mut cells = self.lock();
            match cells.get_mut(cell) {
                Some(Cell::Abandoned) => {
                    cells.remove(cell);
                    (None, value)
                }
                Some(open) => match std::mem::replace(open, value.map_or(Cell::Gone, Cell::Ready)) {
                    Cell::Waiting { waker, .. } => (waker, None),
                    _ => (None, None),
                },
                None => (None, value),
            }
        };
        drop(unwanted);
        waker
    }

    pub(crate) fn is_asked_to_stop(&self, cell: usize) -> bool {
        matches!(self.lock().get_mut(cell), Some(Cell::Waiting { stop: true, .. }))
    }
}

/// A child of a `#[task_group]` function, before its end: awaiting it gives its value.
///
/// There is nothing to read in it: no `Deref`, no `Display`. There is no `Result` either: if the child fails, so does the
/// function, and an await of it never returns. Dropping the handle lets the child run on; the function still waits for it.
///
/// Tuples, arrays and `Vec`s of children have a [`.join()`](crate::Join::join). Its own functions are associated ones, so
/// that no method of `T` is shadowed: [`Child::cancel`], [`Child::name`], [`Child::is_finished`].
///
/// Swift's `async let` binds such a name without a handle to hold; here the handle can be kept in a `Vec`, selected over,
/// or moved into a later child.
///
/// # Cancel safety
/// Awaiting `&mut child` in a `select!` loses nothing: the value stays until it is taken.
#[must_use = "a child that nobody joins still runs; start it as a statement without a name instead"]
pub struct Child<'s, T> {
    // Named so that none is taken for a field of `T`: rustc would call that one private.
    its_cells: &'s Cells<T>,
    its_cell: Option<usize>,
    its_name: Name,
    /// Tells the site that somebody asked for an end.
    its_stopping: &'s AtomicBool,
    /// Tells the function to look again.
    its_fresh: &'s AtomicBool,
}

// The value is not in the handle.
impl<T> Unpin for Child<'_, T> {}

impl<'s, T> Child<'s, T> {
    pub(crate) fn new(
        cells: &'s Cells<T>,
        cell: Option<usize>,
        name: Name,
        stopping: &'s AtomicBool,
        fresh: &'s AtomicBool,
    ) -> Self {
        Self { its_cells: cells, its_cell: cell, its_name: name, its_stopping: stopping, its_fresh: fresh }
    }

    /// Stops one child, and waits until it has ended: its own token is cancelled, and the group's grace applies.
    ///
    /// `Some(value)` if it came to its end after all. A child stopped so is no failure, and its siblings do not notice.
    ///
    /// # Cancel safety
    /// Once polled, the child is stopped, whether or not anybody waits for its end.
    pub async fn cancel(mut child: Self) -> Option<T> {
        poll_fn(|cx| match child.poll_end(cx, true) {
            Poll::Ready(value) => Poll::Ready(value),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// What errors, causes and the tree call the child.
    pub fn name(child: &Self) -> Name {
        child.its_name.clone()
    }

    /// Has the child ended? Then awaiting it returns at once.
    pub fn is_finished(child: &Self) -> bool {
        child
            .its_cell
            .is_none_or(|cell| matches!(child.its_cells.lock().get_mut(cell), Some(Cell::Ready(_) | Cell::Gone)))
    }

    /// `None`: the child ended without a value.
    fn poll_end(&mut self, cx: &Context<'_>, cancel: bool) -> Poll<Option<T>> {
        let Some(key) = self.its_cell else { return Poll::Pending };
        let mut cells = self.its_cells.lock();
        match cells.get_mut(key) {
            Some(Cell::Waiting { waker, stop }) => {
                if cancel && !*stop {
                    *stop = true;
                    self.its_stopping.store(true, Relaxed);
                    self.its_fresh.store(true, Relaxed);
                }
                match waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    none => *none = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
            Some(Cell::Ready(_) | Cell::Gone) => {
                self.its_cell = None;
                match cells.remove(key) {
                    Some(Cell::Ready(value)) => Poll::Ready(Some(value)),
                    _ => Poll::Ready(None),
                }
            }
            Some(Cell::Abandoned) | None => Poll::Pending,
        }
    }
}

impl<T> Future for Child<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.poll_end(cx, false) {
            Poll::Ready(Some(value)) => Poll::Ready(value),
            // It failed: the function is about to end, and drops whoever awaits this.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> Drop for Child<'_, T> {
    fn drop(&mut self) {
        let Some(key) = self.its_cell else { return };
        let taken = {
            let mut cells = self.its_cells.lock();
            match cells.get_mut(key) {
                // Asked to end, it does so without the handle too.
                Some(Cell::Waiting { stop: true, waker }) => {
                    *waker = None;
                    None
                }
                Some(waiting @ Cell::Waiting { .. }) => {
                    *waiting = Cell::Abandoned;
                    None
                }
                Some(Cell::Ready(_) | Cell::Gone) => cells.remove(key),
                Some(Cell::Abandoned) | None => None,
            }
        };
        drop(taken);
    }
}
