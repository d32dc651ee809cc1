//! A child on the owner's own task: it may borrow, and need not be `Send`.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    child::output::{ChildOutput, PollFn},
    context::{self, asking, key::Key},
    error::Cause,
    machine::{
        core::Core,
        nodes::{FastPass, Node, Shape, Step, StepCx},
        outcome::{End, Outcome, Policy, replaced_by_panic},
        rows::One,
    },
    name::{Label, LazyName},
    observe,
    unwind::{Payload, guard, resume_alone},
};

pin_project! {
    #[project = StateProj]
    #[project_replace = StateTaken]
    enum State<F, T, E> {
        Under { #[pin] way: F },
        // Apart from the other ends, so that one comparison tells the usual one from the rest.
        Done { value: T },
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
        watch: observe::Child,
    }

    impl<F, T, E> PinnedDrop for Inline<F, T, E> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let state = this.project().state;
            // After an ordinary end the value has been taken, and nothing is left.
            if !matches!(*state, State::Taken) {
                if let Err(payload) = state.drop_apart() {
                    resume_alone(payload);
                }
            }
        }
    }
}

impl<F, T, E> State<F, T, E> {
    /// Polls the child in a pass without a machine, and drops it if it is done.
    #[inline(always)]
    fn poll_lean(mut self: Pin<&mut Self>, poll: PollFn<F, T, E>, cx: &mut Context<'_>) -> FastPass<E> {
        if let StateProj::Under { way } = self.as_mut().project() {
            match poll(way, cx) {
                Poll::Ready(Ok(value)) => self.set(Self::Done { value }),
                Poll::Ready(Err(error)) => return FastPass::Failed(error),
                Poll::Pending => return FastPass::Pending,
            }
        }
        FastPass::Done
    }

    /// Drops what is left. Each child is dropped under a guard of its own: several that panic are one panic, not an abort (rule
    /// 3).
    #[cold]
    #[inline(never)]
    fn drop_apart(mut self: Pin<&mut Self>) -> Result<(), Payload> {
        guard(|| self.set(Self::Taken))
    }

    /// Keeps how the child ended.
    fn end(mut self: Pin<&mut Self>, outcome: Outcome<T, E>) {
        self.set(match outcome {
            Outcome::Done(value) => Self::Done { value },
            outcome => Self::Ended { outcome },
        });
    }

    /// Takes an end that is none of the usual ones.
    #[cold]
    #[inline(never)]
    fn take_otherwise(self: Pin<&mut Self>) -> Outcome<T, E> {
        match self.project_replace(Self::Taken) {
            StateTaken::Ended { outcome } => outcome,
            _ => ended_twice(),
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
        Self { state: State::Under { way: future }, poll: A::poll_fn(), name, watch: observe::Child::default() }
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
            std::mem::take(this.watch).ends(true);
            context::set_child(key);
            return Some(match guard(|| this.state.set(State::Taken)) {
                Ok(()) => End::Panicked(payload),
                Err(second) => replaced_by_panic(End::Panicked(payload), second),
            });
        };
        let end = match scx.step {
            Step::Run => {
                if !has_its_turn(core, arm, daemon, LazyName::arm(*this.name), this.watch) {
                    return None;
                }
                let (polled, listens) =
                    asking::noting(key, || guard(|| this.watch.run(|| (this.poll)(way, scx.cx), Poll::is_pending)));
                core.name_ends(LazyName::arm(*this.name));
                let listens = core.inline.listens(arm, listens);
                match polled {
                    Ok(Poll::Ready(result)) => End::Returned(result),
                    Ok(Poll::Pending) if core.must_end(key, listens) => End::Stopped,
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
            Step::Close if !core.inline.has_begun(arm) => End::NeverStarted,
            Step::Leave if core.must_end(key, core.inline.is_listening(arm)) => End::Stopped,
            // A critical section is not cut short (state 50); `must_end` ends the child after it.
            Step::Stop if core.is_held(key) => return None,
            Step::Stop | Step::Drop => End::Stopped,
            Step::Resume { begun, listeners } => {
                // The pass without a machine polled the arms in order, so those after the last one are queued.
                let has_begun = arm < begun;
                if has_begun {
                    core.inline.begins(arm);
                }
                core.inline.listens(arm, key.arm_bit() & listeners != 0);
                match core.resume(arm, has_begun)? {
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
        let dropped = guard(|| watch.run(|| this.state.set(State::Taken), |()| false));
        core.name_ends(LazyName::arm(*this.name));
        Some(match dropped {
            Ok(()) => end,
            Err(payload) => replaced_by_panic(end, payload),
        })
    }
}

/// Begins a child that has not begun, if it may. Returns `true` if it is to be polled now.
#[inline]
fn has_its_turn<E>(core: &mut Core<E>, arm: usize, daemon: bool, who: LazyName, watch: &mut observe::Child) -> bool {
    // Queued: no room, or the group no longer begins children. It is asked again in each pass (state 15).
    if !core.inline.has_begun(arm) {
        if !core.may_begin(daemon) {
            return false;
        }
        core.inline.begins(arm);
        *watch = core.watch_inline(daemon, who);
    }
    // It has its room already. If a later arm took that, this one would wait for it behind the arm that gives it back: an
    // order that is never seen outside an exploration, and for which nothing wakes the group.
    !core.puts_turn_off(arm, 0, who)
}

impl<F, T, E> Node<E> for Inline<F, T, E> {
    const SHAPE: Shape = Shape::INLINE_CHILD;

    type Adds = One<T>;

    #[inline(always)]
    fn poll_lean(self: Pin<&mut Self>, cx: &mut Context<'_>, group: &observe::Group) -> FastPass<E> {
        let mut this = self.project();
        // Unguarded: the caller guards the whole pass, and knows from the key at which arm a panic happened.
        if matches!(*this.state, State::Under { .. }) {
            let begun = group.polls(this.watch, LazyName::arm(*this.name));
            let (state, poll) = (this.state.as_mut(), *this.poll);
            let polled = this.watch.run_poll(begun, || state.poll_lean(poll, cx), FastPass::is_pending);
            if let FastPass::Done = polled {
                *this.watch = observe::Child::default();
            }
            return polled;
        }
        FastPass::Done
    }

    #[inline(always)]
    fn drop_lean(self: Pin<&mut Self>) -> Result<(), Payload> {
        let this = self.project();
        if matches!(*this.state, State::Under { .. }) {
            let watch = std::mem::take(this.watch);
            watch.run(|| this.state.drop_apart(), |_| false)
        } else {
            Ok(())
        }
    }

    fn lean_name(&self) -> Option<Label> {
        Some(self.name)
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
            Some(End::Panicked(payload)) if !core.inline.has_begun(arm) => core.never_begins(who, Err(payload)),
            Some(End::NeverStarted) => core.never_begins(who, Ok(())),
            Some(end) => core.ended(who, end),
        };
        self.project().state.end(outcome);
    }

    #[inline(always)]
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> P::Map<T, E> {
        let state = self.project().state;
        // Asked first: a replacement of any variant by any other would be a table of jumps.
        let outcome = match *state {
            State::Done { .. } => match state.project_replace(State::Taken) {
                StateTaken::Done { value } => Outcome::Done(value),
                _ => ended_twice(),
            },
            _ => state.take_otherwise(),
        };
        P::map(outcome, cause)
    }

    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)> {
        let this = self.project();
        if !matches!(*this.state, State::Done { .. }) {
            return None;
        }
        // It leaves an empty slot.
        let empty = State::Ended { outcome: Outcome::Cancelled { late: None } };
        let StateTaken::Done { value } = this.state.project_replace(empty) else { ended_twice() };
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

impl<F, E> Node<E> for Daemon<F, E> {
    const SHAPE: Shape = Shape::DAEMON;

    type Adds = ();

    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let child = self.project().child;
        let who = LazyName::arm(child.name);
        if let Some(end) = child.step(arm, scx, core, true) {
            core.daemon_ended(who, end);
        }
    }

    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}
}
