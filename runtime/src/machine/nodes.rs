//! The children of a group as a list of types, one node for each arm, and the steps that the machine makes with it.
//!
//! `group!(a, b)` is `And { rest: And { rest: Nil, last: a }, last: b }`, so every child keeps its own type and is stored
//! in the group itself. The machine knows the list only as `dyn Steps<E>`: it is compiled once for each error type, not
//! once for each group.

use std::{convert::Infallible, ops::Range, pin::Pin, task::Context};

use pin_project_lite::pin_project;

use crate::{
    context::{Current, key::Key},
    error::Cause,
    machine::{
        core::Core,
        core_box::CoreBox,
        outcome::Policy,
        rows::{Adds, Rows},
    },
    name::{Label, LazyName},
    observe,
    unwind::Payload,
};

pub use crate::machine::shape::Shape;

/// A step of a list. One function serves all of them, because a node has only two or three lines for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Tell the sources which group it is that begins: no child has been polled yet.
    Begin,
    /// Begin what may begin; poll what has begun and is due.
    Run,
    /// Give up what has not begun.
    Close,
    /// Give up the sources only.
    Drain,
    /// Drop the daemons that do not listen, after their last poll.
    Leave,
    /// Drop, or order to stop, what has not ended; a critical section goes on.
    Stop,
    /// Drop everything now: the owner drops the group.
    Drop,
    /// Hand the failures of children that nothing ends to the function of `.supervise(…)`.
    Report,
    /// Hand the late errors to the listener.
    Late,
    /// Count what is under way, in a group that had no machine so far.
    Resume {
        /// How many arms have been polled.
        begun: usize,
        /// Those that listen, one bit each.
        listeners: u32,
    },
    /// List what has not ended, of the ordinary children; nothing changes.
    ListUnfinished,
    /// Take the ends of children that run elsewhere; no code of a child runs.
    Collect,
    /// Hand in failures, and errors that came late.
    Gather,
    /// Let the bodies of a function return, and drop what they still hold: all children have ended.
    Finish,
}

/// One step, with its context.
pub struct StepCx<'a, 'b> {
    pub(crate) step: Step,
    pub(crate) cx: &'a mut Context<'b>,
    /// The arms to which [`Step::Run`] applies.
    pub(crate) arms: Range<usize>,
}

/// The turn of one source.
pub struct Pulled {
    pub(crate) source: usize,
    pub(crate) most: usize,
    pub(crate) taken: usize,
}

/// The result of a poll of children that leaves their values in their places.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// All of them have returned their values.
    Done,
    /// At least one has not.
    Pending,
    /// One failed; its error is where the caller wanted it.
    Failed,
}

impl Polled {
    pub(crate) fn is_pending(&self) -> bool {
        *self == Self::Pending
    }
}

/// A node as the machine drives it. It is a trait object, so that what the list does around a step is compiled once.
pub trait Drive<E> {
    /// Makes a step of the machine.
    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>);

    /// Pulls children from a source, in its turn.
    fn pull(self: Pin<&mut Self>, _arm: usize, _: &mut StepCx<'_, '_>, _: &mut Core<E>, _: &mut Pulled) {}
}

/// One arm, or one option that holds a future.
pub trait Node<E>: Drive<E> {
    /// What the node adds to the shape of the list.
    const SHAPE: Shape;
    /// Whether children are pulled from it. A constant of its own, so that no code for that is made for the others.
    const IS_SOURCE: bool = Self::SHAPE.sources > 0;

    /// What it adds to the values of the list.
    type Adds: Adds<E>;

    /// Polls the child in a pass without a machine.
    #[inline(always)]
    fn poll_lean(self: Pin<&mut Self>, _: &mut Context<'_>, _group: &observe::Group, _error: &mut Option<E>) -> Polled {
        // Never called: a list with a node that cannot do without a machine is not lean.
        Polled::Pending
    }

    /// Drops the child of a group without a machine, if it has not ended; leaves in `panic` what that panicked with.
    #[inline(always)]
    fn drop_lean(self: Pin<&mut Self>, _panic: &mut Option<Payload>) {}

    /// Returns the name of a child that can do without a machine.
    fn lean_name(&self) -> Option<Label> {
        None
    }

    /// Takes the result, at the end.
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> <Self::Adds as Adds<E>>::Slot<P>;

    /// Takes the value that came first of those in this node.
    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, <Self::Adds as Adds<E>>::Value)> {
        None
    }
}

/// A list of children or options, as the state machine of groups with the error type `E` drives it.
///
/// It cannot be implemented for other types.
// A trait object, so there is one machine for all groups with one error type.
pub trait Steps<E> {
    /// Returns how many arms take part in the rotation; a function adds one for each child statement it has reached.
    #[doc(hidden)]
    fn turns(&self, shape: Shape) -> usize {
        // The sources have a turn like an arm, after the last.
        shape.arms + usize::from(shape.sources > 0)
    }
    /// Makes a step of the machine.
    #[doc(hidden)]
    fn drive(self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>);
    /// Pulls children from the source whose turn it is.
    #[doc(hidden)]
    fn pull(self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>, pulled: &mut Pulled);
    /// Drops all children that have not ended, in order, where there is no machine; leaves the first panic in `panic`.
    #[doc(hidden)]
    fn drop_lean(self: Pin<&mut Self>, _child: &Current, _panic: &mut Option<Payload>) {}
    /// Returns the name of the child of this arm, where there is no machine.
    #[doc(hidden)]
    fn lean_name(&self, _arm: usize) -> Option<Label> {
        None
    }
}

/// The list of a group's children, or of its options: [`Nil`], or [`And`] with one more at its end.
///
/// The children of a group whose values are handed out are behind [`HandingOut`](crate::parts::HandingOut). It cannot be
/// implemented for other types.
pub trait Nodes<E>: Steps<E> {
    /// The sum of its nodes.
    #[doc(hidden)]
    const SHAPE: Shape;
    /// Whether there is no node in it.
    #[doc(hidden)]
    const IS_EMPTY: bool = false;

    /// The values of the list.
    type Values: Rows<E>;

    /// Polls all children in a pass without a machine; `child` says how far it came.
    #[doc(hidden)]
    fn poll_lean(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        _child: &Current,
        _group: &observe::Group,
        _error: &mut Option<E>,
    ) -> Polled {
        // Never called, as for a node: such a list is not lean.
        Polled::Pending
    }
    /// Takes the results.
    #[doc(hidden)]
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> SlotsOf<Self, E, P>;
    /// Takes the value that came first of those in this arm.
    #[doc(hidden)]
    fn next_value(self: Pin<&mut Self>, arm: usize) -> Option<(LazyName, AnyOf<Self, E>)>;
}

/// The results of a list, nested to the left.
pub type SlotsOf<C, E, P> = <<C as Nodes<E>>::Values as Rows<E>>::Slots<P>;
/// A value of one child of a list.
pub type AnyOf<C, E> = <<C as Nodes<E>>::Values as Rows<E>>::Any;

/// A list of children or options without one in it.
pub struct Nil;

impl<E> Steps<E> for Nil {
    fn drive(self: Pin<&mut Self>, _: &mut StepCx<'_, '_>, _: &mut CoreBox<E>) {}
    fn pull(self: Pin<&mut Self>, _: &mut StepCx<'_, '_>, _: &mut CoreBox<E>, _: &mut Pulled) {}
}

impl<E> Nodes<E> for Nil {
    const SHAPE: Shape = Shape::EMPTY;
    const IS_EMPTY: bool = true;

    type Values = ();

    #[inline(always)]
    fn poll_lean(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &Current,
        _: &observe::Group,
        _: &mut Option<E>,
    ) -> Polled {
        Polled::Done
    }
    #[inline(always)]
    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}
    fn next_value(self: Pin<&mut Self>, _: usize) -> Option<(LazyName, Infallible)> {
        None
    }
}

pin_project! {
    /// A list of children or options: those before the last, and the last.
    pub struct And<L, N> {
        #[pin]
        pub(crate) rest: L,
        #[pin]
        pub(crate) last: N,
    }
}

#[doc(hidden)]
impl<E, L: Nodes<E>, N: Node<E>> Steps<E> for And<L, N> {
    fn drive(self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        let this = self.project();
        // The list is nested to the left, so the rest is what was written before the last node.
        this.rest.drive(scx, core);
        drive_node(this.last, L::SHAPE.arms, N::SHAPE.arms > 0, scx, core);
    }

    fn pull(self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>, pulled: &mut Pulled) {
        // Known when it is compiled, except which source: the call goes straight to that node.
        if N::IS_SOURCE && pulled.source == L::SHAPE.sources {
            core.at_arm(L::SHAPE.arms);
            self.project().last.pull(L::SHAPE.arms, scx, core, pulled);
        } else {
            self.project().rest.pull(scx, core, pulled);
        }
    }

    fn drop_lean(self: Pin<&mut Self>, child: &Current, panic: &mut Option<Payload>) {
        let this = self.project();
        this.rest.drop_lean(child, panic);
        child.set(Key::arm(L::SHAPE.arms));
        this.last.drop_lean(panic);
    }

    fn lean_name(&self, arm: usize) -> Option<Label> {
        if arm == L::SHAPE.arms { self.last.lean_name() } else { self.rest.lean_name(arm) }
    }
}

/// Makes a step of one node.
#[inline(never)]
fn drive_node<E>(
    node: Pin<&mut (dyn Drive<E> + '_)>,
    arm: usize,
    is_arm: bool,
    scx: &mut StepCx<'_, '_>,
    core: &mut CoreBox<E>,
) {
    let core = &mut **core;
    // An option is not an arm, and does not rotate: without budget it comes first in the next pass instead.
    if scx.step == Step::Run && (core.is_decided() || !scx.arms.contains(&arm) || (is_arm && core.yields_before(arm))) {
        return;
    }
    core.at_arm(arm);
    node.drive(arm, scx, core);
    if scx.step == Step::Run && is_arm {
        core.notes_budget(arm + 1);
    }
}

#[doc(hidden)]
impl<E, L: Nodes<E>, N: Node<E>> Nodes<E> for And<L, N> {
    const SHAPE: Shape = L::SHAPE.and(N::SHAPE);

    type Values = <N::Adds as Adds<E>>::To<L::Values>;

    #[inline(always)]
    fn poll_lean(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        child: &Current,
        group: &observe::Group,
        error: &mut Option<E>,
    ) -> Polled {
        let this = self.project();
        let before = this.rest.poll_lean(cx, child, group, error);
        // The arms after the one that failed are still queued, and never start (rule 2).
        if before == Polled::Failed {
            return before;
        }
        // If the child panics, this tells the machine at which arm the pass stopped.
        child.set(Key::arm(L::SHAPE.arms));
        match this.last.poll_lean(cx, group, error) {
            Polled::Done => before,
            // One that is pending makes the pass pending, whatever those before it returned.
            other => other,
        }
    }

    #[inline(always)]
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> SlotsOf<Self, E, P> {
        let this = self.project();
        let before = this.rest.take::<P>(cause);
        <N::Adds as Adds<E>>::push::<P, L::Values>(before, this.last.take::<P>(cause))
    }

    fn next_value(self: Pin<&mut Self>, arm: usize) -> Option<(LazyName, AnyOf<Self, E>)> {
        let this = self.project();
        if arm == L::SHAPE.arms {
            let (child, value) = this.last.next_value()?;
            return Some((child, <N::Adds as Adds<E>>::last::<L::Values>(value)));
        }
        let (child, value) = this.rest.next_value(arm)?;
        Some((child, <N::Adds as Adds<E>>::before::<L::Values>(value)))
    }
}

pin_project! {
    /// The children, and the options that came after them.
    pub struct Both<C, O> {
        #[pin]
        pub(crate) children: C,
        #[pin]
        pub(crate) options: O,
    }
}

impl<E, C: Nodes<E>, O: Nodes<E>> Steps<E> for Both<C, O> {
    fn turns(&self, shape: Shape) -> usize {
        self.children.turns(shape)
    }

    fn drive(self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        let this = self.project();
        if O::IS_EMPTY {
            this.children.drive(scx, core);
        } else {
            drive_both(this.children, this.options, scx, core);
        }
    }

    fn pull(self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>, pulled: &mut Pulled) {
        self.project().children.pull(scx, core, pulled);
    }

    fn drop_lean(self: Pin<&mut Self>, child: &Current, panic: &mut Option<Payload>) {
        self.project().children.drop_lean(child, panic);
    }

    fn lean_name(&self, arm: usize) -> Option<Label> {
        self.children.lean_name(arm)
    }
}

/// Makes a step of the children, and of the options.
fn drive_both<E>(
    children: Pin<&mut (dyn Steps<E> + '_)>,
    mut options: Pin<&mut (dyn Steps<E> + '_)>,
    scx: &mut StepCx<'_, '_>,
    core: &mut CoreBox<E>,
) {
    let run = scx.step == Step::Run;
    // Before the children only if they left it no budget in the last pass: a `cancel_on` would starve beside a busy child.
    if run && core.options_go_first() {
        drive_options(options.as_mut(), scx, core);
        core.notes_budget(scx.arms.start);
    }
    children.drive(scx, core);
    // Options come after every child (rule 8), also when the arms are polled in two halves.
    if !run || (scx.arms.start == 0 && core.options_go_last()) {
        drive_options(options, scx, core);
    }
}

fn drive_options<E>(options: Pin<&mut (dyn Steps<E> + '_)>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
    // The half of the pass is one of arms, and the options, which are numbered from 0 again, are none.
    let arms = std::mem::replace(&mut scx.arms, 0..usize::MAX);
    options.drive(scx, core);
    // The children may have another half of the pass before them.
    scx.arms = arms;
}

impl<E, C: Nodes<E>, O: Nodes<E>> Nodes<E> for Both<C, O> {
    const SHAPE: Shape = C::SHAPE.and(O::SHAPE);

    type Values = C::Values;

    #[inline(always)]
    fn poll_lean(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        child: &Current,
        group: &observe::Group,
        error: &mut Option<E>,
    ) -> Polled {
        self.project().children.poll_lean(cx, child, group, error)
    }

    #[inline(always)]
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> SlotsOf<Self, E, P> {
        self.project().children.take::<P>(cause)
    }

    fn next_value(self: Pin<&mut Self>, arm: usize) -> Option<(LazyName, AnyOf<Self, E>)> {
        self.project().children.next_value(arm)
    }
}
