//! A child on the owner's own task: it may borrow, and need not be `Send`.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    child::output::{ChildOutput, poll_result},
    context::{self, Current, asking, key::Key},
    error::Cause,
    machine::{
        core::Core,
        hand_out::HandsOut,
        nodes::{FastPass, Node, Shape, Step, StepCx},
        outcome::{End, Outcome, Policy, replaced_by_panic},
    },
    name::{Label, LazyName},
    observe,
    unwind::{drop_alone, guard},
};

/// `F::poll`, kept apart from `F`, so that the node needs no bound on it: a child that is not a future is then one error
/// at its own tokens, and not another one at the group that holds it.
pub(crate) type PollFn<F, T, E> = fn(Pin<&mut F>, &mut Context<'_>) -> Poll<Result<T, E>>;

pin_project! {
    #[project = StateProj]
    #[project_replace = StateTaken]
    enum State<F, T, E> {
        Under { #[pin] way: F },
        Ended { outcome: Outcome<T, E> },
        Taken,
    }
}

pin_project! {
    /// An inline child.
    pub struct Inline<F, T, E> {
        #[pin]
        state: State<F, T, E>,
        poll: PollFn<F, T, E>,
        name: Label,
        // Not written in a pass without a machine: all children have begun after it.
        has_begun: bool,
        // Whether it listens (DESIGN §1).
        listens: bool,
        watch: observe::Child,
    }

    impl<F, T, E> PinnedDrop for Inline<F, T, E> {
        fn drop(this: Pin<&mut Self>) {
            let mut state = this.project().state;
            // Each child is dropped under a guard of its own: several that panic are one panic, not an abort (rule 3).
            if !matches!(*state, State::Taken) {
                drop_alone(|| state.set(State::Taken));
            }
        }
    }
}

impl<F, T, E> Inline<F, T, E> {
    #[inline(always)]
    pub(crate) fn new<A>(name: Label, future: F) -> Self
    where
        F: Future,
        A: ChildOutput<F::Output, Value = T, Error = E>,
    {
        Self {
            state: State::Under { way: future },
            poll: poll_result::<A, F>,
            name,
            has_begun: false,
            listens: false,
            watch: observe::Child::default(),
        }
    }

    /// Makes a step of the machine; returns the child's end, if it has come.
    fn step(
        self: Pin<&mut Self>,
        arm: usize,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
        daemon: bool,
    ) -> Option<End<Result<T, E>>> {
        let mut this = self.project();
        let key = Key::arm(arm);
        let StateProj::Under { way } = this.state.as_mut().project() else {
            // In a pass without a machine, its destructor may have panicked after it had returned its value.
            let Step::Resume { .. } = scx.step else { return None };
            let payload = core.resume_delivered(arm)?;
            context::set_child(key);
            return Some(match guard(|| this.state.set(State::Taken)) {
                Ok(()) => End::Panicked(payload),
                Err(second) => replaced_by_panic(End::Panicked(payload), second),
            });
        };
        let end = match scx.step {
            Step::Run => {
                // Queued: no room, or the group no longer begins children. It is asked again in each pass (state 15).
                if !*this.has_begun {
                    *this.has_begun = core.may_begin(daemon);
                    if !*this.has_begun {
                        return None;
                    }
                    *this.watch = core.watch_inline(daemon, LazyName::arm(*this.name));
                }
                // It has its room already. If a later arm took that, this one would wait for it behind the arm that gives
                // it back: an order that is never seen outside an exploration, and for which nothing wakes the group.
                if core.puts_turn_off(arm, 0, LazyName::arm(*this.name)) {
                    return None;
                }
                context::set_child(key);
                let (polled, listens) = asking::noting(|| guard(|| this.watch.run(|| (this.poll)(way, scx.cx))));
                *this.listens |= listens;
                match polled {
                    Ok(Poll::Ready(result)) => End::Returned(result),
                    Ok(Poll::Pending) if core.must_end(key, *this.listens) => End::Stopped,
                    Ok(Poll::Pending) => {
                        core.puts_off(arm, false);
                        return None;
                    }
                    Err(payload) => End::Panicked(payload),
                }
            }
            Step::ListUnfinished if !daemon => {
                core.lists(LazyName::arm(*this.name));
                return None;
            }
            Step::Close if !*this.has_begun => End::NeverStarted,
            Step::Leave if core.must_end(key, *this.listens) => End::Stopped,
            // A critical section is not cut short (state 50); `must_end` ends the child after it.
            Step::Stop if core.is_held(key) => return None,
            Step::Stop | Step::Drop => End::Stopped,
            Step::Resume { begun } => {
                // The pass without a machine polled the arms in order, so those after the last one are queued.
                *this.has_begun = arm < begun;
                match core.resume(arm, *this.has_begun)? {
                    Ok(error) => End::Returned(Err(error)),
                    Err(payload) => End::Panicked(payload),
                }
            }
            // The others concern children that have ended, or options.
            _ => return None,
        };
        // The destructor is code of the child: it runs as that child, and inside its span.
        context::set_child(key);
        let watch = std::mem::take(this.watch);
        watch.ends(end.failed());
        Some(match guard(|| watch.run(|| this.state.set(State::Taken))) {
            Ok(()) => end,
            Err(payload) => replaced_by_panic(end, payload),
        })
    }
}

impl<F, T, E> Node<E> for Inline<F, T, E> {
    const SHAPE: Shape = Shape::INLINE_CHILD;

    type Row<P: Policy, B> = (B, P::Map<T, E>);

    #[inline(always)]
    fn poll_lean(self: Pin<&mut Self>, cx: &mut Context<'_>, child: &Current) -> FastPass<E> {
        let mut this = self.project();
        // Unguarded: the caller guards the whole pass, and knows from the key at which arm a panic happened.
        if let StateProj::Under { way } = this.state.as_mut().project() {
            let polled = (this.poll)(way, cx);
            if child.take_notes() {
                *this.listens = true;
            }
            match polled {
                Poll::Ready(Ok(value)) => this.state.set(State::Ended { outcome: Outcome::Done(value) }),
                Poll::Ready(Err(error)) => return FastPass::Failed(error),
                Poll::Pending => return FastPass::Pending,
            }
        }
        FastPass::Done
    }

    fn drive(mut self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let who = LazyName::arm(self.name);
        let step = self.as_mut().step(arm, scx, core, false);
        let outcome = match step {
            None if scx.step == Step::Gather => {
                if let StateProj::Ended { outcome } = self.project().state.project() {
                    core.gather(who, outcome);
                }
                return;
            }
            None => return,
            // It waited for room that it never got, so it has none to give back.
            Some(End::Panicked(payload)) if !*self.as_mut().project().has_begun => core.never_begins(who, Err(payload)),
            Some(End::NeverStarted) => core.never_begins(who, Ok(())),
            Some(end) => core.ended(who, end),
        };
        self.project().state.set(State::Ended { outcome });
    }

    #[inline(always)]
    fn take<P: Policy, B>(self: Pin<&mut Self>, before: B, cause: Option<&Cause>) -> (B, P::Map<T, E>) {
        match self.project().state.project_replace(State::Taken) {
            StateTaken::Ended { outcome } => (before, P::map(outcome, cause)),
            _ => ended_twice(),
        }
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

impl<F, E> Node<E> for Daemon<F, E> {
    const SHAPE: Shape = Shape::DAEMON;

    type Row<P: Policy, B> = B;

    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let child = self.project().child;
        let who = LazyName::arm(child.name);
        if let Some(end) = child.step(arm, scx, core, true) {
            core.daemon_ended(who, end);
        }
    }

    fn take<P: Policy, B>(self: Pin<&mut Self>, before: B, _: Option<&Cause>) -> B {
        before
    }
}

impl<F, T, E> HandsOut<T> for Inline<F, T, E> {
    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)> {
        let this = self.project();
        let StateProj::Ended { outcome } = this.state.project() else { return None };
        Some((LazyName::arm(*this.name), outcome.take_value()?))
    }
}

impl<T, F, E> HandsOut<T> for Daemon<F, E> {
    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)> {
        None
    }
}
