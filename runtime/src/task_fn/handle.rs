//! The handle of a child of a `#[task_group]` function.

use std::{
    future::{Future, poll_fn},
    num::NonZeroU32,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
};

use crate::{
    name::{LazyName, Name},
    observe::{Wait, noted},
    slab::Slab,
    sync::{Mutex, MutexGuard},
    task_fn::hub::{Signals, Wanted},
};

/// The cells in which handles wait for the children of one statement.
///
/// No waker is called or dropped, and no value is dropped, while the lock is held: both are foreign code, which may come
/// back here.
pub(crate) struct Cells<T> {
    cells: Mutex<Slab<Cell<T>>>,
    /// Grows by 2 with each end, so it is odd. As long as it is the same, no handle finds anything new.
    ends: AtomicU32,
}

enum Cell<T> {
    /// The child has not ended, and its handle exists.
    Waiting(Waiter),
    /// The handle was dropped; the child goes on.
    Abandoned,
    /// The child returned this value.
    Ready(T),
    /// The child ended without a value: the function is ending, or its owner cancelled it.
    Gone,
}

/// What polls a handle.
pub(super) enum Waiter {
    /// Nothing has polled it.
    Nothing,
    /// Code of the function, in the function's own poll: another pass of the function polls it again.
    Function,
    /// A future with a waker of its own.
    Another(Waker),
}

/// What a handle found in its cell.
enum Looked<T> {
    /// The child has ended, with this value if it has one.
    Ends(Option<T>),
    /// It has not, and wakes what polls the handle.
    Waits,
    HasAnotherWaker,
}

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self { cells: Mutex::new(Slab::default()), ends: AtomicU32::new(1) }
    }
}

impl<T> Cells<T> {
    fn lock(&self) -> MutexGuard<'_, Slab<Cell<T>>> {
        self.cells.lock()
    }

    pub(super) fn open(&self) -> usize {
        self.lock().insert(Cell::Waiting(Waiter::Nothing))
    }

    /// Opens a cell for a child that never starts.
    pub(super) fn open_without_child(&self) -> usize {
        self.lock().insert(Cell::Gone)
    }

    /// Closes the cell of a child that has ended. Returns what waits for it, and the value if the handle was dropped.
    pub(super) fn close(&self, cell: usize, value: Option<T>) -> (Waiter, Option<T>) {
        let mut cells = self.lock();
        self.ends.fetch_add(2, Relaxed);
        match cells.get_mut(cell) {
            Some(Cell::Abandoned) => {
                // The value goes back to the child's statement, which destroys it in the context of the child.
                cells.remove(cell);
                (Waiter::Nothing, value)
            }
            Some(open) => match std::mem::replace(open, value.map_or(Cell::Gone, Cell::Ready)) {
                Cell::Waiting(waiter) => (waiter, None),
                _ => (Waiter::Nothing, None),
            },
            None => (Waiter::Nothing, value),
        }
    }

    /// Gives up the cell of a handle that was dropped. Returns the value, if the child has ended.
    pub(super) fn abandon(&self, cell: usize) -> Option<T> {
        let taken = {
            let mut cells = self.lock();
            match cells.get_mut(cell) {
                // The cell stays: the child still runs, and its end needs a place that says that no handle waits.
                Some(waiting @ Cell::Waiting(_)) => Some(std::mem::replace(waiting, Cell::Abandoned)),
                Some(Cell::Ready(_) | Cell::Gone) => cells.remove(cell),
                Some(Cell::Abandoned) | None => None,
            }
        };
        match taken {
            Some(Cell::Ready(value)) => Some(value),
            _ => None,
        }
    }

    fn is_closed(&self, cell: usize) -> bool {
        matches!(self.lock().get_mut(cell), Some(Cell::Ready(_) | Cell::Gone))
    }

    /// Polls for the end of the child. `Ready(None)`: it ended without a value. An end can be taken only once.
    ///
    /// `seen` is for the next poll with the waker of the function: the number of ends at which there was nothing here.
    #[inline]
    fn poll(&self, cell: usize, seen: &mut Option<NonZeroU32>, by_function: bool, cx: &Context<'_>) -> Poll<Option<T>> {
        // Relaxed, as for the requests of handles: only the poll of the function has ends and handles.
        let ends = NonZeroU32::new(self.ends.load(Relaxed));
        if by_function && ends == *seen {
            return Poll::Pending;
        }
        *seen = if by_function { ends } else { None };
        self.poll_cell(cell, by_function, cx)
    }

    #[inline(never)]
    fn poll_cell(&self, cell: usize, by_function: bool, cx: &Context<'_>) -> Poll<Option<T>> {
        match self.look(cell, by_function, cx) {
            Looked::Ends(value) => Poll::Ready(value),
            Looked::Waits => Poll::Pending,
            Looked::HasAnotherWaker => {
                // Cloned and dropped outside the lock, as every waker here.
                let new = if by_function { Waiter::Function } else { Waiter::Another(cx.waker().clone()) };
                let old = match self.lock().get_mut(cell) {
                    Some(Cell::Waiting(waiter)) => std::mem::replace(waiter, new),
                    _ => new,
                };
                drop(old);
                Poll::Pending
            }
        }
    }

    #[inline]
    fn look(&self, cell: usize, by_function: bool, cx: &Context<'_>) -> Looked<T> {
        let mut cells = self.lock();
        match cells.get_mut(cell) {
            Some(Cell::Waiting(Waiter::Function)) if by_function => Looked::Waits,
            Some(Cell::Waiting(Waiter::Another(waker))) if waker.will_wake(cx.waker()) => Looked::Waits,
            Some(Cell::Waiting(_)) => Looked::HasAnotherWaker,
            Some(Cell::Ready(_) | Cell::Gone) => Looked::Ends(match cells.remove(cell) {
                Some(Cell::Ready(value)) => Some(value),
                _ => None,
            }),
            Some(Cell::Abandoned) | None => Looked::Waits,
        }
    }
}

/// Notifies the function when its handle is dropped. Apart from [`Child`], and without its `T`, so that the destructor does
/// not use `T`: a collection of handles may then be declared above what their values borrow.
struct Ticket<'h> {
    signals: &'h Signals,
    arm: usize,
    /// `None` once the child's end has been taken, or its owner has cancelled it: it ends without the handle too.
    cell: Option<usize>,
    cancelled: bool,
    seen: Option<NonZeroU32>,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Some(cell) = self.cell {
            self.signals.raise(self.arm, cell, Wanted::NoValue);
        }
    }
}

/// A child of a `#[task_group]` function, before its end: awaiting it gives its value.
///
/// There is nothing to read in it: no `Deref`, no `Display`. There is no `Result` either: if the child fails, so does the
/// function, and awaiting it never resolves. Dropping the handle lets the child run on; the function still waits for it.
///
/// Tuples, arrays and `Vec`s of children have a [`.join()`](crate::Join::join). Its own functions are associated ones, so
/// that no method of `T` is shadowed: [`Child::cancel`], [`Child::name`], [`Child::is_finished`].
///
/// A handle can be kept in any collection declared above the statement that makes it, selected over, or moved into a
/// later child. Swift's `async let` binds such a name without a handle to hold.
///
/// # Cancel safety
/// Awaiting `&mut child` in a `select!` loses nothing: the value stays until it is taken.
#[must_use = "a child that is not joined still runs; start it as a statement without a name instead"]
#[doc(alias = "JoinHandle")]
#[doc(alias = "Deferred")]
pub struct Child<'h, T> {
    // Named so that none is taken for a field of `T`: rustc would call that one private.
    its_cells: Option<Arc<Cells<T>>>,
    its_name: LazyName,
    its_ticket: Ticket<'h>,
}

// The value is not in the handle.
impl<T> Unpin for Child<'_, T> {}

impl<'h, T> Child<'h, T> {
    pub(super) fn new(
        cells: Option<(&Arc<Cells<T>>, usize)>,
        its_name: LazyName,
        signals: &'h Signals,
        arm: usize,
    ) -> Self {
        let its_ticket = Ticket { signals, arm, cell: cells.map(|(_, cell)| cell), cancelled: false, seen: None };
        Self { its_cells: cells.map(|(cells, _)| cells.clone()), its_name, its_ticket }
    }

    /// Cancels one child, and waits until it has ended: its own token is cancelled, and the group's grace period applies.
    ///
    /// Returns `Some(value)` if the child completed after all. A child stopped this way is not a failure, and does not affect
    /// its siblings. If the child had failed before, this never resolves, because the function ends.
    ///
    /// # Cancel safety
    /// Once this was polled, the child is stopped, whether or not its end is waited for.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use taskgroup::{Child, task_group};
    /// # use std::time::Duration;
    /// #[task_group]
    /// async fn shortest() -> Result<u64, ()> {
    ///     #[child]
    ///     let long = async { Ok(tokio::time::sleep(Duration::from_secs(3600)).await) };
    ///     #[child]
    ///     let short = async { Ok(5) };
    ///     let short = short.await;
    ///     assert_eq!(Child::cancel(long).await, None); // it had no value yet
    ///     Ok(short)
    /// }
    /// assert_eq!(shortest().await, Ok(5));
    /// # });
    /// ```
    pub async fn cancel(mut child: Self) -> Option<T> {
        poll_fn(|cx| child.poll_end(cx, true)).await
    }

    /// Returns what errors, causes and the tree call the child.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use taskgroup::{Child, task_group};
    /// #[task_group]
    /// async fn named() -> Result<String, ()> {
    ///     #[child]
    ///     let posts = async { Ok(1) };
    ///     let name = Child::name(&posts).to_string();
    ///     posts.await;
    ///     Ok(name)
    /// }
    /// assert_eq!(named().await.unwrap(), "posts");
    /// # });
    /// ```
    pub fn name(child: &Self) -> Name {
        child.its_name.name()
    }

    /// Returns `true` if the child has ended: then awaiting it resolves at once.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use taskgroup::{Child, task_group};
    /// #[task_group]
    /// async fn polls() -> Result<bool, ()> {
    ///     #[child]
    ///     let one = async { Ok(1) };
    ///     assert!(!Child::is_finished(&one)); // it runs while the body waits
    ///     tokio::task::yield_now().await;
    ///     let is_finished = Child::is_finished(&one);
    ///     one.await;
    ///     Ok(is_finished)
    /// }
    /// assert_eq!(polls().await, Ok(true));
    /// # });
    /// ```
    pub fn is_finished(child: &Self) -> bool {
        match (&child.its_cells, child.its_ticket.cell) {
            (Some(cells), Some(cell)) => cells.is_closed(cell),
            _ => true,
        }
    }

    /// Polls for the end of the child, after requesting it if `cancel`. `None`: it ended without a value.
    fn poll_end(&mut self, cx: &Context<'_>, cancel: bool) -> Poll<Option<T>> {
        // Its end has been taken, as by a handle that is polled after it was
        // ready: there is nothing to wait for any more.
        let (Some(cells), Some(cell)) = (&self.its_cells, self.its_ticket.cell) else { return Poll::Pending };
        let ticket = &mut self.its_ticket;
        let polled = cells.poll(cell, &mut ticket.seen, ticket.signals.are_polled_by(cx.waker()), cx);
        if polled.is_ready() {
            // Not to be given up by the destructor: the cell may be another child's by then.
            ticket.cell = None;
        } else if cancel && !ticket.cancelled {
            // After the poll: a child that has ended by itself is not cancelled any more.
            ticket.cancelled = true;
            ticket.signals.raise(ticket.arm, cell, Wanted::End);
        }
        polled
    }
}

impl<T> Future for Child<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.poll_end(cx, false) {
            Poll::Ready(Some(value)) => Poll::Ready(value),
            // The child failed: the function is about to end, and drops the future that awaits this.
            Poll::Ready(None) | Poll::Pending => noted(Wait::Child, Poll::Pending),
        }
    }
}
