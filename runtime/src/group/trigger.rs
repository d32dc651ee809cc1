//! Options that hold a future or a function of the user: nodes without a slot.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    budget,
    context::{self, key::Key},
    error::Cause,
    machine::{
        core::{Core, Request},
        nodes::{Drive, Node, Shape, Step, StepCx},
        outcome::Policy,
    },
    name::Name,
    shutdown::Kept,
    unwind::{drop_alone, guard},
};

pin_project! {
    /// The future of [`Group::cancel_on`](crate::Group::cancel_on) or [`Group::drain_on`](crate::Group::drain_on).
    pub struct Trigger<F> {
        #[pin]
        future: Option<F>,
        poll: fn(Pin<&mut F>, &mut Context<'_>) -> Poll<()>,
        request: Request,
        kept: Kept,
    }

    impl<F> PinnedDrop for Trigger<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut future = this.project().future;
            if future.is_some() {
                // Apart from the children, whose destructors may panic too (rule 3).
                drop_alone(|| future.set(None));
            }
        }
    }
}

impl<F: Future> Trigger<F> {
    pub(crate) fn new(future: F, request: Request) -> Self {
        Self { future: Some(future), poll: |future, cx| future.poll(cx).map(drop), request, kept: Kept::default() }
    }
}

impl<E, F> Drive<E> for Trigger<F> {
    fn drive(self: Pin<&mut Self>, _: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let mut this = self.project();
        let name = match this.request {
            Request::Cancel => "cancel_on",
            Request::Drain => "drain_on",
        };
        let done = match scx.step {
            Step::Run if core.is_running() => {
                context::set_child(Key::OWNER);
                // Within the budget, like everything that a group polls (rule 9): a future that is always ready for
                // another turn would keep the thread.
                if this.future.is_some() && !budget::remains() {
                    // Before the children in the next pass, or a sibling that is always busy would keep it from ever
                    // being polled.
                    core.options_must_wait();
                    return;
                }
                let future = &mut this.future;
                // A signal that resolves here stays this group's until it has ended (`shutdown/kept.rs`).
                let polled = this.kept.collect(|| {
                    guard(|| match future.as_mut().as_pin_mut() {
                        Some(future) => (this.poll)(future, scx.cx),
                        None => Poll::Pending,
                    })
                });
                match polled {
                    Ok(Poll::Pending) => false,
                    Ok(Poll::Ready(())) => {
                        // Only noted: the machine acts on it after the pass, in which all children still have their
                        // turn.
                        core.request(*this.request);
                        true
                    }
                    Err(payload) => {
                        core.slotless_panic(Name::literal(name), payload);
                        true
                    }
                }
            }
            // Once the group has cancelled itself, what it waits for makes no difference any more. Cancelled from outside, it
            // may still cancel itself, and so end before the enclosing group's grace period does.
            Step::Close => !core.is_running(),
            Step::Drop => true,
            _ => false,
        };
        if done {
            // At once, and not with the group: it may hold a listener or a permit, and its destructor is user code.
            if let Err(payload) = this.kept.collect(|| guard(|| this.future.set(None))) {
                core.slotless_panic(Name::literal(name), payload);
            }
        }
    }
}

impl<E, F> Node<E> for Trigger<F> {
    const SHAPE: Shape = Shape::OPTION;

    type Adds = ();

    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}
}

/// The function of [`Group::on_late_error`](crate::Group::on_late_error).
pub struct OnLate<F, E> {
    listener: F,
    call: fn(&mut F, &Name, E),
}

impl<F: FnMut(&Name, E), E> OnLate<F, E> {
    pub(crate) fn new(listener: F) -> Self {
        Self { listener, call: |listener, child, error| listener(child, error) }
    }
}

impl<F, E> Unpin for OnLate<F, E> {}

impl<F, E> Drive<E> for OnLate<F, E> {
    fn drive(self: Pin<&mut Self>, _: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if scx.step != Step::Late {
            return;
        }
        let this = self.get_mut();
        context::set_child(Key::OWNER);
        for (child, error) in core.take_late() {
            // Each call alone: the errors after one whose call panicked are delivered too.
            if let Err(payload) = guard(|| (this.call)(&mut this.listener, &child, error)) {
                core.slotless_panic(Name::literal("on_late_error"), payload);
            }
        }
    }
}

impl<F, E> Node<E> for OnLate<F, E> {
    // Lean: where there is no machine, nothing has come late.
    const SHAPE: Shape = Shape { has_late_listener: true, ..Shape::EMPTY };

    type Adds = ();

    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}
}
