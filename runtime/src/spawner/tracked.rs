//! A member of a group that is polled elsewhere.

use std::{
    fmt,
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;

use crate::{
    budget,
    context::{
        self, Frame, SavedContext,
        gate::{Admission, Gate, Member},
        key::Key,
        orders::Order,
        scope::Scope,
    },
    error::{Cancelled, Cause},
    name::{LazyName, Name},
    observe::{self, Kind},
    unwind::{Payload, discard, drop_alone, guard},
};

pin_project! {
    /// The future that [`Spawner::track`](super::Spawner::track) returns: a child of the group that is polled by another
    /// task than the group's own.
    ///
    /// # Errors
    /// [`Cancelled`] if the group would have dropped the future: the group was cancelled, and the future did not look at the
    /// token, or its grace period has expired. The future has been dropped by then.
    ///
    /// # Panics
    /// With what the future panics with. For the group the child has ended.
    ///
    /// # Cancel safety
    /// Dropping it drops the future, and the group no longer waits for it.
    #[must_use = "a tracked future does nothing unless it is polled, and its group waits for it until it is dropped"]
    pub struct Tracked<F> {
        #[pin]
        future: Option<F>,
        place: Place,
        name: Name,
        must_finish: bool,
    }

    impl<F> PinnedDrop for Tracked<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let (mut future, place, name) = (this.future, this.place, this.name);
            if future.is_some() {
                drop_alone(|| place.end(name, || future.set(None)));
            }
        }
    }
}

/// Where the future is in relation to its group.
enum Place {
    /// In front of the gate.
    Early(Early),
    Inside(Inside),
    /// The gate was closed before it was opened, or the future has ended.
    Outside,
}

/// The place in front of a gate, given up when this is dropped.
struct Early {
    gate: Arc<Gate<Weak<Scope>>>,
    place: usize,
}

impl Drop for Early {
    fn drop(&mut self) {
        self.gate.leave(self.place);
    }
}

/// A membership, and how far the future has come in it.
struct Inside {
    saved: SavedContext,
    watch: Option<observe::Child>,
    key: Key,
    has_begun: bool,
    /// The order that it has obeyed.
    seen: Order,
    /// The waker that the orders have.
    waker: Option<Waker>,
    // Last, because fields are dropped in order: the owner of the group may go on when it is.
    member: Member<Weak<Scope>>,
}

/// The place of a future that is still to be made.
pub(crate) struct Ticket(Place);

impl Ticket {
    /// Takes a place; `None` if the gate is closed.
    pub(super) fn take(gate: &Arc<Gate<Weak<Scope>>>) -> Option<Self> {
        Some(Self(match gate.admit()? {
            Admission::Member(member) => Place::Inside(Inside::new(member)),
            Admission::Early(place) => Place::Early(Early { gate: gate.clone(), place }),
        }))
    }

    /// Gives the place to a future. One that `must_finish` sees the cancellation of its group, but is not dropped for it.
    pub(crate) fn track<F>(self, future: F, name: Name, must_finish: bool) -> Tracked<F> {
        Tracked { future: Some(future), place: self.0, name, must_finish }
    }
}

impl Inside {
    fn new(member: Member<Weak<Scope>>) -> Self {
        Self {
            saved: SavedContext { frame: Some(Frame::LiveGuard(member.guard().clone())), ..SavedContext::default() },
            watch: None,
            key: Key::member(member.place()),
            has_begun: false,
            seen: Order::Run,
            waker: None,
            member,
        }
    }

    fn scope(&self) -> &Arc<Scope> {
        self.member.guard().scope()
    }

    /// Shows the future below its group.
    fn show(&mut self, name: &Name) {
        // The group is not known here before its first pass after the gate was opened.
        if observe::ON && self.watch.is_none() {
            self.watch = self
                .scope()
                .watch()
                .map(|group| group.child(Kind::Tracked, false, LazyName::NONE, || Some(name.clone())));
        }
    }

    /// Runs a part of the future in the context of the group.
    fn run<R>(
        &mut self,
        name: &Name,
        part: impl FnOnce() -> R,
        is_pending: impl FnOnce(&R) -> bool,
    ) -> Result<R, Payload> {
        let (key, watch) = (self.key, self.watch.as_ref());
        // On a foreign task: the group cannot drop what runs here, only this future can, when it is polled.
        let result = context::foreign(|| {
            context::within(&mut self.saved, |child| {
                child.set(key);
                let result = guard(|| match watch {
                    Some(watch) => watch.run(part, is_pending),
                    None => part(),
                });
                if context::ends::has_dropped_end() {
                    context::ends::name_ends(name.clone());
                }
                result
            })
        });
        // Noted in the scope, where the owner reads whether a last poll is of use.
        if self.saved.asked {
            self.scope().task_looks();
        }
        result
    }

    fn is_shielding(&self, order: Order) -> bool {
        order != Order::Run && self.scope().is_shielding(self.key)
    }

    fn ends_before_poll(&self, order: Order) -> bool {
        // A future that waits for its first poll never starts (rule 2).
        let unbegun = order != Order::Run && !self.has_begun;
        unbegun || order.ends_before_poll(self.scope().is_listened() || self.saved.asked, self.is_shielding(order))
    }

    fn ends_after_poll(&self, order: Order, put_off: bool) -> bool {
        if put_off { order == Order::Kill } else { order.ends_after_poll(self.saved.listens, self.is_shielding(order)) }
    }

    /// Leaves the waker for the next order. Returns `false` if there is another meanwhile.
    fn waits(&mut self, cx: &Context<'_>, order: Order) -> bool {
        if self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            // The orders have it; if one came since, it has been called.
            return true;
        }
        let waits = self.scope().orders.wait(self.key, cx.waker(), order);
        if waits {
            self.waker = Some(cx.waker().clone());
        }
        waits
    }

    /// Polls the future until it waits or ends. `Some(None)` if it must end.
    fn advance<F: Future>(
        &mut self,
        mut future: Pin<&mut Option<F>>,
        (name, must_finish): (&Name, bool),
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<F::Output>, Payload>> {
        loop {
            let order = self.scope().orders.order();
            if order > self.seen {
                // The order took the waker along.
                self.seen = order;
                self.waker = None;
            }
            if !must_finish && self.ends_before_poll(order) {
                return Poll::Ready(Ok(None));
            }
            // A poll without budget does not count as the last one.
            if order >= Order::Leave && !budget::remains() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.has_begun = true;
            self.show(name);
            match self.run(
                name,
                || future.as_mut().as_pin_mut().map(|future| future.poll(cx)),
                |polled| matches!(polled, Some(Poll::Pending)),
            ) {
                Ok(Some(Poll::Ready(value))) => return Poll::Ready(Ok(Some(value))),
                Ok(Some(Poll::Pending)) => {}
                Ok(None) => return Poll::Ready(Ok(None)),
                Err(payload) => return Poll::Ready(Err(payload)),
            }
            // A last poll that a group inside has to spread over several polls of the task counts as one.
            let put_off = std::mem::take(&mut self.saved.put_off);
            if !must_finish && self.ends_after_poll(order, put_off) {
                return Poll::Ready(Ok(None));
            }
            // If an order came during the poll, the loop obeys it: the waker was not registered yet.
            if self.waits(cx, order) {
                return Poll::Pending;
            }
        }
    }

    fn cancelled(&self) -> Cancelled {
        Cancelled::new(self.scope().cause().unwrap_or(Cause::Dropped { group: Name::literal("group") }))
    }
}

impl Place {
    /// Destroys the future in the context of its group, and ends the membership.
    fn end(&mut self, name: &Name, destroy: impl FnOnce()) {
        let destroyed = match self {
            Self::Inside(inside) => {
                let destroyed = inside.run(name, destroy, |_| false);
                inside.scope().orders.end(inside.key);
                destroyed
            }
            Self::Early(_) | Self::Outside => guard(destroy),
        };
        *self = Self::Outside;
        if let Err(payload) = destroyed {
            resume_unwind(payload);
        }
    }
}

impl<F: Future> Future for Tracked<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Place::Early(early) = this.place {
            match early.gate.poll_early(early.place, cx.waker()) {
                Ok(Some(member)) => *this.place = Place::Inside(Inside::new(member)),
                Ok(None) => {}
                Err(()) => *this.place = Place::Outside,
            }
        }
        let ended = match this.place {
            Place::Inside(inside) => match inside.advance(this.future.as_mut(), (this.name, *this.must_finish), cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(ended) => ended.map(|value| value.ok_or_else(|| inside.cancelled())),
            },
            Place::Early(_) | Place::Outside => {
                let Some(future) = this.future.as_mut().as_pin_mut() else { panic!("polled after it was ready") };
                match guard(|| future.poll(cx)) {
                    Ok(Poll::Pending) => return Poll::Pending,
                    Ok(Poll::Ready(value)) => Ok(Ok(value)),
                    Err(payload) => Err(payload),
                }
            }
        };
        // Before its value is there, the future is destroyed and the group no longer waits for it.
        let (mut future, place, name) = (this.future, this.place, this.name);
        let destroyed = guard(|| place.end(name, || future.set(None)));
        match (ended, destroyed) {
            (Ok(value), Ok(())) => Poll::Ready(value),
            (Ok(_), Err(payload)) => resume_unwind(payload),
            (Err(payload), Ok(())) => resume_unwind(payload),
            (Err(payload), Err(second)) => {
                discard(second);
                resume_unwind(payload)
            }
        }
    }
}

impl<F> fmt::Debug for Tracked<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracked").field("name", &self.name).finish_non_exhaustive()
    }
}
