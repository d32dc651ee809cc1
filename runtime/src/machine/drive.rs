//! How the machine reaches its children: one step of all, or a pass that polls those that are due.
//!
//! Functions and groups nest in here, so what needs the stack while a child is polled is in these frames, and nothing else is:
//! without optimization, a level of nested functions takes some 8 kB, most of it in the functions themselves.

use std::{pin::Pin, task::Context};

use crate::{
    context,
    machine::{
        Machine,
        core_box::CoreBox,
        members,
        nodes::{Shape, Step, StepCx, Steps},
        pull,
    },
};

impl<E> Machine<'_, E> {
    /// Makes one step of the children, in the context of the group.
    pub(super) fn drive(&mut self, step: Step, cx: &mut Context<'_>) {
        let (children, core) = (self.children.as_mut(), &mut *self.core);
        let _entered = context::enter(self.saved);
        children.drive(&mut StepCx { step, cx, arms: 0..usize::MAX }, core);
    }

    /// Polls the children that are due, and begins those that may begin.
    ///
    /// The arms are polled from `first` to the end, then the sources, then the arms before `first`: the rotation that keeps
    /// a child with endless work from starving those after it (rule 9).
    #[inline(never)]
    pub(super) fn pass(&mut self, cx: &mut Context<'_>) {
        self.pass_of_running(cx);
    }

    /// The same, as a part of the function that makes nearly every pass.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn pass_of_running(&mut self, cx: &mut Context<'_>) {
        {
            // Neither in variables nor moved into `drop`: without optimization, each would be a copy on the stack.
            let _entered = context::enter(self.saved);
            let first = self.core.pass.begin();
            let mut scx = StepCx { step: Step::Run, cx, arms: first..usize::MAX };
            self.children.as_mut().drive(&mut scx, self.core);
            // Nearly every pass begins with the first arm, and leaves budget.
            if self.shape.sources > 0 || first > 0 || self.core.pass.is_out_of_budget() {
                after_the_arms(self.children.as_mut(), first, self.shape, &mut scx, self.core);
            }
        }
        self.after_the_pass(cx);
    }

    #[cfg_attr(debug_assertions, inline(never))]
    fn after_the_pass(&mut self, cx: &mut Context<'_>) {
        members::show_group(self.saved, &self.core.watch);
        self.deliver_late(cx);
    }
}

/// The part of a pass that follows the arms from `first` on. Apart from it, because functions nest in the
/// first part.
#[inline(never)]
fn after_the_arms<E>(
    mut children: Pin<&mut (dyn Steps<E> + '_)>,
    first: usize,
    shape: &Shape,
    scx: &mut StepCx<'_, '_>,
    core: &mut CoreBox<E>,
) {
    // After the static arms, which come first under a limit (state 14).
    if shape.sources > 0 {
        scx.arms = 0..usize::MAX;
        pull::pull(children.as_mut(), *shape, core, scx);
    }
    // A last poll is given to each child once, in order: it does not rotate, and goes on where it was cut.
    if !core.pass.polls_everyone() {
        if first > 0 {
            scx.arms = 0..first;
            arms_before_the_first(children.as_mut(), scx, core);
        }
        core.pass.rotate(children.turns(*shape));
    }
}

/// The second half of a pass that did not begin with the first arm.
#[inline(never)]
fn arms_before_the_first<E>(children: Pin<&mut (dyn Steps<E> + '_)>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
    let (room, begun) = (core.counts.room(), core.counts.begun());
    children.drive(scx, core);
    // The arms and the sources that wait for the room that these gave back had their turn earlier in this pass. Not in the next
    // poll: this may be the last one of the code that awaits the group, and all that is missing is the end of a source.
    if core.counts.room() > room && core.options.limit < usize::MAX {
        core.request_round();
    }
    // The same holds for a child that the body of a function started just now. Its site may have had its turn, and no waker is
    // called for it: if another child ended meanwhile, the number of those left says nothing (G8).
    if core.counts.begun() != begun {
        core.request_round();
    }
}
