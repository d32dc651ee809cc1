//! What a spawner, its clones and its jobs share, and how a call waits for room in it.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{Arc, Weak, atomic::AtomicUsize},
    task::{Context, Poll, ready},
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::coop,
};

use super::{job::Job, queue::Queue};
use crate::{
    context::{gate::Gate, scope::Scope},
    observe::{Wait, noted},
    token::{self, WaitCancelled},
};

/// What a spawner, its clones and its jobs share.
pub(super) struct Shared<E> {
    pub(super) gate: Arc<Gate<Weak<Scope>>>,
    pub(super) queue: Queue<Job<E>>,
    /// One permit for each job that may still be accepted; `None` if any number may.
    pub(super) room: Option<Semaphore>,
    pub(super) lost: Arc<AtomicUsize>,
}

impl<E> Shared<E> {
    pub(super) fn job_taken(&self) {
        if let Some(room) = &self.room {
            room.add_permits(1);
        }
    }

    /// Returns `true` if nothing is accepted any more, on behalf of a call that answers so: a child that was refused because its group is
    /// cancelled has noticed the cancellation.
    pub(super) fn asks_whether_closed(&self) -> bool {
        let closed = self.gate.is_closed();
        if closed {
            token::answers_cancelled();
        }
        closed
    }

    /// Waits for room.
    pub(super) async fn room(&self) -> Room<'_> {
        let mut closed = Closed::of(&self.gate);
        let mut cancelled = WaitCancelled::new();
        let mut permit = pin!(async {
            match &self.room {
                Some(room) => room.acquire().await.ok(),
                None => None,
            }
        });
        poll_fn(|cx| {
            // Within the budget, whatever the answer is: a loop that goes on with a closed spawner still yields.
            let budget = ready!(coop::poll_proceed(cx));
            let answer = if self.asks_whether_closed() {
                Room::Closed
            } else if let Poll::Ready(permit) = permit.as_mut().poll(cx) {
                Room::Free(permit)
            } else if closed.poll(cx).is_ready() {
                Room::Closed
            } else if Pin::new(&mut cancelled).poll(cx).is_ready() {
                Room::Cancelled
            } else {
                return noted(Wait::Spawn, Poll::Pending);
            };
            budget.made_progress();
            Poll::Ready(answer)
        })
        .await
    }
}

/// What a call that waits for room comes to.
pub(super) enum Room<'a> {
    Free(Option<SemaphorePermit<'a>>),
    Closed,
    /// The group of the caller was cancelled.
    Cancelled,
}

/// A wait for the closing of a gate.
pub(super) struct Closed<'a> {
    gate: &'a Gate<Weak<Scope>>,
    place: Option<usize>,
}

impl<'a> Closed<'a> {
    pub(super) fn of(gate: &'a Gate<Weak<Scope>>) -> Self {
        Self { gate, place: None }
    }

    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.gate.poll_closed(&mut self.place, cx.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.gate.forget(place);
        }
    }
}
