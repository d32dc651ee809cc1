//! The future of a group, with a pass that needs no machine.
//!
//! As long as every child is either pending or has a value, [`poll_lean`](Nodes::poll_lean) polls them in order. The first event
//! that is neither (an error, a panic, a token that was asked for, an exhausted budget, a deadline, a cancellation from outside) is
//! for the machine, and from then on every poll goes through [`Machine::poll`]. A group without options has no
//! [`Core`](crate::machine::core::Core) until then; with some, its core only holds them (`machine/lean.rs`).

use std::{
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;
use tokio::task::coop;

use crate::{
    child::inline::ended_twice,
    context::{self, SavedContext, asking, deadlines, dropped::within_dropped, orphans, promise::Promise},
    machine::{
        Machine,
        core_box::CoreBox,
        nodes::{Both, Nil, Nodes, Polled, Shape, Steps},
        outcome::{Policy, Rule},
    },
    name::LazyName,
    observe::{self, Begun},
    policy::{FailFast, Finish},
    probe,
    runtime::Here,
    unwind::{Payload, guard, resume_alone},
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Fresh,
    UnderWay,
    Over,
}

pin_project! {
    /// The future of a [`Group`](crate::Group). Dropping it stops everything; a drop cannot wait, so what was stopped is
    /// waited for by the enclosing group, or by [`orphans`](crate::orphans).
    #[must_use = "a group does nothing unless it is awaited"]
    pub struct Running<E, C, P = FailFast, O = Nil>
    where
        C: Nodes<E>,
        O: Nodes<E>,
    {
        #[pin]
        nodes: Both<C, O>,
        saved: SavedContext,
        // Absent until something happens that needs it: an option, a failure, a child that is not inline.
        core: CoreBox<E>,
        life: Life,
        // As long as it has no machine.
        watch: observe::Group,
        policy: P,
        here: Here,
    }

    impl<E, C, P, O> PinnedDrop for Running<E, C, P, O>
    where
        C: Nodes<E>,
        O: Nodes<E>,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            // Before the first poll nothing runs: the children are dropped as fields, each under a guard of its own (state
            // 5).
            if *this.life == Life::UnderWay {
                let watch = std::mem::take(this.watch);
                drop_under_way(this.nodes, &Both::<C, O>::SHAPE, this.saved, this.core, watch, *this.here);
            }
        }
    }
}

impl<E, C: Nodes<E>, P: Policy, O: Nodes<E>> Running<E, C, P, O> {
    #[inline(always)]
    pub(crate) fn new(nodes: Both<C, O>, core: CoreBox<E>, policy: P, here: Here) -> Self {
        Self {
            nodes,
            saved: SavedContext::default(),
            core,
            life: Life::Fresh,
            watch: observe::Group::default(),
            policy,
            here,
        }
    }
}

impl<E, C, P, O> Future for Running<E, C, P, O>
where
    C: Nodes<E>,
    O: Nodes<E>,
    P: Finish<C, E>,
{
    type Output = P::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Output> {
        // Each way has a function of its own, so that the frame that every nested group leaves on the stack is small.
        // Where a schedule puts turns off, only the machine will do.
        let this = self.as_mut().project();
        let has_options = !this.core.is_absent();
        if Self::CAN_BE_LEAN && !probe::reorders() && (!has_options || this.core.stays_lean(*this.life == Life::Fresh))
        {
            return self.poll_fast(has_options, cx);
        }
        match self.as_mut().poll_machine(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => self.finish(cx),
        }
    }
}

impl<E, C, P, O> Running<E, C, P, O>
where
    C: Nodes<E>,
    O: Nodes<E>,
    P: Finish<C, E>,
{
    /// Whether it has no machine from its start, as far as its types tell.
    pub(crate) const CAN_BE_LEAN: bool = <Both<C, O> as Nodes<E>>::SHAPE.is_lean && P::LEAN;

    /// The group is polled. Returns whether it is for the first time.
    #[inline(always)]
    fn enter(life: &mut Life) -> bool {
        // Like any future that is polled after its end; without this the slots would be read twice (state 57).
        if *life == Life::Over {
            ended_twice();
        }
        std::mem::replace(life, Life::UnderWay) == Life::Fresh
    }

    /// Without a machine, as long as all goes well.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_fast(mut self: Pin<&mut Self>, has_options: bool, cx: &mut Context<'_>) -> Poll<P::Output> {
        let mut this = self.as_mut().project();
        let first = Self::enter(this.life);
        let begun = match first {
            true => this.watch.begin(|| this.core.given_name(), *this.here),
            false => this.watch.poll_begins(),
        };
        // Rule 2: a child that runs a group gets a last poll, with or without a machine in that group.
        asking::note_looks();
        let watch = &*this.watch;
        let (mut nodes, mut child, mut error) = (this.nodes.as_mut(), 0, None);
        if has_options {
            this.core.notes_deadline(this.saved);
        }
        let (passed, unnoted) = context::within_unnoted(this.saved, |current| {
            let passed = guard(|| nodes.as_mut().poll_lean(cx, current, watch, &mut error));
            child = current.arm();
            passed
        });
        if has_options {
            deadlines::forget();
        }
        if !unnoted {
            close_ends(this.nodes.as_ref(), this.saved);
        }
        match passed {
            // With a token, the group has to cancel it at its end (rule 1): that takes a machine.
            Ok(Polled::Done) if unnoted || this.saved.frame.is_none() => {
                *this.life = Life::Over;
                this.watch.end();
                // Nothing has happened that the policy would have to know of.
                Poll::Ready(this.policy.finish(this.nodes.project().children, None))
            }
            // Without budget, the children after the one that used it up have not really been polled: the machine
            // rotates them (rule 9). What a deadline does is its business, too.
            Ok(Polled::Pending) if coop::has_budget_remaining() && !(has_options && this.core.times_out(cx)) => {
                this.watch.poll_ends(begun, || None);
                Poll::Pending
            }
            passed => {
                // Done with a token, or pending without budget: the machine goes on with both.
                let passed = passed.map(|_| error);
                let core = this.core.make(P::RULE, *this.here);
                core.watch = std::mem::take(this.watch);
                let shape = &<Both<C, O> as Nodes<E>>::SHAPE;
                let mut machine = Machine { children: this.nodes.as_mut(), shape, saved: this.saved, core };
                match after_fast_pass(&mut machine, (first, begun), child, passed, cx) {
                    Poll::Pending => Poll::Pending,
                    Poll::Ready(()) => self.finish(cx),
                }
            }
        }
    }

    fn poll_machine(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let first = Self::enter(this.life);
        let core = this.core.make(P::RULE, *this.here);
        let shape = &<Both<C, O> as Nodes<E>>::SHAPE;
        let mut machine = Machine { children: this.nodes, shape, saved: this.saved, core };
        if Self::CAN_BE_LEAN && machine.core.is_lean() {
            machine.end_lean(first, this.watch);
        }
        machine.poll(cx)
    }

    /// Makes the result of a group that had a machine.
    fn finish(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Output> {
        let mut this = self.project();
        *this.life = Life::Over;
        let core = this.core;
        // Policies that return a list of all failures take them from the slots, before the slots are read.
        if P::GATHERS {
            let shape = &<Both<C, O> as Nodes<E>>::SHAPE;
            Machine { children: this.nodes.as_mut(), shape, saved: this.saved, core }.gather(cx);
        }
        let ending = Some(core.ending());
        Poll::Ready(this.policy.finish(this.nodes.project().children, ending))
    }
}

/// Sees to the ends of channels that children dropped in a pass without a machine, which looks at none of them after its poll.
#[cold]
#[inline(never)]
fn close_ends<E>(nodes: Pin<&(dyn Steps<E> + '_)>, saved: &SavedContext) {
    if saved.drops_ends {
        context::ends::close(&|child| nodes.lean_name(child.arm_index()).map(|name| LazyName::arm(name).name()));
    }
}

/// Goes on with a machine in a group that ran without one so far.
#[cold]
#[inline(never)]
fn after_fast_pass<E>(
    machine: &mut Machine<'_, E>,
    (first, begun): (bool, Begun),
    at: usize,
    passed: Result<Option<E>, Payload>,
    cx: &mut Context<'_>,
) -> Poll<()> {
    let ended = match passed {
        Ok(None) => None,
        Ok(Some(error)) => Some((at, Ok(error))),
        Err(payload) => Some((at, Err(payload))),
    };
    // A first pass that stopped at an arm has not reached those after it: they are still queued, and never start (rule 2).
    let arms = if first && ended.is_some() { at + 1 } else { machine.shape.arms };
    machine.take_over(arms, ended, cx);
    machine.poll_after_pass(begun, cx)
}

/// Drops the children of a group. Apart from the drop of one that is over, which has only to see that it is.
#[cold]
#[inline(never)]
fn drop_under_way<E>(
    nodes: Pin<&mut (dyn Steps<E> + '_)>,
    shape: &'static Shape,
    saved: &mut SavedContext,
    core: &mut CoreBox<E>,
    watch: observe::Group,
    here: Here,
) {
    // Without a machine, and without a scope, nothing runs elsewhere, and nothing has to be cancelled.
    if core.is_lean() && saved.frame.is_none() {
        let promise = Promise { place: here.location(), options: core.made().and_then(|core| core.promised()) };
        abandon_lean(nodes, saved, watch, promise);
    } else {
        abandon(nodes, shape, saved, core, watch, here);
    }
}

/// Drops the children of a group that has no machine and no scope: in order, each as the code of its group, and under a guard of
/// its own (state 23, rule 3).
fn abandon_lean<E>(
    mut nodes: Pin<&mut (dyn Steps<E> + '_)>,
    saved: &mut SavedContext,
    mut watch: observe::Group,
    promise: Promise,
) {
    let mut panic = None;
    let ((), unnoted) = within_dropped(saved, promise, |current| nodes.as_mut().drop_lean(current, &mut panic));
    if !unnoted {
        close_ends(nodes.as_ref(), saved);
    }
    watch.dropped();
    // A destructor asked, and something may still run of what it did: rule 7.
    if let Some(frame) = &saved.frame {
        if frame.scope().is_root() {
            orphans::orphan(frame.scope().clone());
        }
    }
    if let Some(payload) = panic {
        resume_alone(payload);
    }
}

#[cold]
#[inline(never)]
fn abandon<E>(
    children: Pin<&mut (dyn Steps<E> + '_)>,
    shape: &'static Shape,
    saved: &mut SavedContext,
    core: &mut CoreBox<E>,
    watch: observe::Group,
    here: Here,
) {
    let lean = core.is_lean();
    let core = core.make(Rule::FailFast, here);
    if lean {
        core.watch = watch;
    }
    let mut machine = Machine { children, shape, saved, core };
    if lean {
        // The children are counted before they are dropped, so that each is dropped under a guard of its own (rule 3).
        machine.take_over(shape.arms, None, &mut Context::from_waker(Waker::noop()));
    }
    machine.abandon();
    // A destructor panicked. While another panic is unwinding, a second one would abort the process (rule 3).
    if let Some(payload) = core.take_panic() {
        if !std::thread::panicking() {
            resume_unwind(payload);
        }
    }
}
