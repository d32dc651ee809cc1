//! A child on the owner's own task: it may borrow, and need not be `Send`.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    child::{
        driven::{Content, Driven, Next, Slot, drop_rest},
        output::{ChildOutput, PollFn},
    },
    error::Cause,
    machine::{
        core::Core,
        nodes::{Drive, Node, Polled, Shape, StepCx},
        outcome::{Outcome, Policy},
        rows::One,
    },
    name::{Label, LazyName},
    observe,
    unwind::{Payload, guard},
};

pin_project! {
    #[project = StateProj]
    enum State<F, T, E> {
        Under { #[pin] way: F, poll: PollFn<F, T, E> },
        // Apart from the other ends, so that one comparison tells the usual one from the rest. An option, because a value can be
        // taken out of a pinned place only so.
        Done { value: Option<T> },
        Ended { outcome: Outcome<(), E> },
        Taken,
    }
}

pin_project! {
    /// An inline child.
    pub struct Inline<F, T, E> {
        #[pin]
        state: State<F, T, E>,
        name: Label,
        watch: observe::Child,
    }

    impl<F, T, E> PinnedDrop for Inline<F, T, E> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let state = this.project().state;
            // After an ordinary end the value has been taken, and nothing is left.
            if !matches!(*state, State::Taken) {
                drop_rest(state);
            }
        }
    }
}

impl<F, T, E> State<F, T, E> {
    /// Returns what is in it, with its type.
    #[inline(always)]
    fn typed(self: Pin<&mut Self>) -> Content<'_, &mut Option<T>, E> {
        match self.project() {
            StateProj::Under { .. } => Content::Future,
            StateProj::Done { value } => Content::Value(value),
            StateProj::Ended { outcome } => Content::End(outcome),
            StateProj::Taken => Content::Nothing,
        }
    }

    /// Polls the child, and drops it if it is done.
    #[inline(always)]
    fn poll_here(mut self: Pin<&mut Self>, cx: &mut Context<'_>, failed: &mut Option<E>) -> Polled {
        if let StateProj::Under { way, poll } = self.as_mut().project() {
            match poll(way, cx) {
                Poll::Ready(Ok(value)) => self.set(Self::Done { value: Some(value) }),
                Poll::Ready(Err(error)) => {
                    *failed = Some(error);
                    return Polled::Failed;
                }
                Poll::Pending => return Polled::Pending,
            }
        }
        Polled::Done
    }
}

impl<T, E> Content<'_, &mut Option<T>, E> {
    #[inline(always)]
    fn take(self) -> Outcome<T, E> {
        match self {
            Content::Value(value) => match value.take() {
                Some(value) => Outcome::Done(value),
                None => ended_twice(),
            },
            Content::End(outcome) => outcome.take_without_value(),
            Content::Future | Content::Nothing => ended_twice(),
        }
    }
}

impl<F, T, E> Slot<E> for State<F, T, E> {
    fn content(self: Pin<&mut Self>) -> Content<'_, (), E> {
        match self.typed() {
            Content::Future => Content::Future,
            Content::Value(_) => Content::Value(()),
            Content::End(outcome) => Content::End(outcome),
            Content::Nothing => Content::Nothing,
        }
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>, error: &mut Option<E>) -> Polled {
        self.poll_here(cx, error)
    }

    #[cold]
    #[inline(never)]
    fn clear(mut self: Pin<&mut Self>, next: Next) -> Result<(), Payload> {
        guard(|| match next {
            Next::End => self.set(Self::Ended { outcome: Outcome::Cancelled { late: None } }),
            Next::Nothing => self.set(Self::Taken),
        })
    }
}

impl<F, T, E> Inline<F, T, E> {
    #[inline(always)]
    pub(crate) fn new<A>(name: Label, future: F) -> Self
    where
        F: Future,
        A: ChildOutput<F::Output, Value = T, Error = E>,
    {
        Self { state: State::Under { way: future, poll: A::poll_fn() }, name, watch: observe::Child::default() }
    }

    /// Returns the child without its types.
    #[inline(always)]
    fn driven(self: Pin<&mut Self>) -> Driven<'_, E> {
        let this = self.project();
        Driven { slot: this.state, name: *this.name, watch: this.watch }
    }
}

impl<F, T, E> Drive<E> for Inline<F, T, E> {
    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        self.driven().drive(arm, scx, core);
    }
}

impl<F, T, E> Node<E> for Inline<F, T, E> {
    const SHAPE: Shape = Shape::INLINE_CHILD;

    type Adds = One<T>;

    #[inline(always)]
    fn poll_lean(self: Pin<&mut Self>, cx: &mut Context<'_>, group: &observe::Group, error: &mut Option<E>) -> Polled {
        let this = self.project();
        // Unguarded: the caller guards the whole pass, and knows from the key at which arm a panic happened.
        if matches!(*this.state, State::Under { .. }) {
            let begun = group.polls(this.watch, LazyName::arm(*this.name));
            let polled = this.watch.run_poll(begun, || this.state.poll_here(cx, error), Polled::is_pending);
            if polled == Polled::Done {
                *this.watch = observe::Child::default();
            }
            return polled;
        }
        Polled::Done
    }

    #[inline(always)]
    fn drop_lean(self: Pin<&mut Self>, panic: &mut Option<Payload>) {
        if matches!(self.state, State::Under { .. }) {
            self.driven().drop_lean(panic);
        }
    }

    fn lean_name(&self) -> Option<Label> {
        Some(self.name)
    }

    #[inline(always)]
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> P::Map<T, E> {
        let mut state = self.project().state;
        let outcome = state.as_mut().typed().take();
        state.set(State::Taken);
        P::map(outcome, cause)
    }

    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)> {
        let this = self.project();
        let mut state = this.state;
        let Content::Value(value) = state.as_mut().typed() else { return None };
        let value = value.take()?;
        // It leaves an empty slot.
        state.set(State::Ended { outcome: Outcome::Cancelled { late: None } });
        Some((LazyName::arm(*this.name), value))
    }
}

#[cold]
#[inline(never)]
pub(crate) fn ended_twice() -> ! {
    panic!("a group was polled after it had ended")
}

pin_project! {
    /// An inline daemon.
    pub struct Daemon<F, E> {
        #[pin]
        child: Inline<F, (), E>,
    }
}

impl<F, E> Daemon<F, E> {
    #[inline(always)]
    pub(crate) fn new<A>(name: Label, future: F) -> Self
    where
        F: Future,
        A: ChildOutput<F::Output, Value = (), Error = E>,
    {
        Self { child: Inline::new::<A>(name, future) }
    }
}

impl<F, E> Drive<E> for Daemon<F, E> {
    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        self.project().child.driven().drive_daemon(arm, scx, core);
    }
}

impl<F, E> Node<E> for Daemon<F, E> {
    const SHAPE: Shape = Shape::DAEMON;

    type Adds = ();

    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}
}
