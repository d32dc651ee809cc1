//! An inline child as the machine drives it. It is compiled once for each error type, not once for each child, whose own code is
//! what [`Slot`] has: a poll, a drop, and the place for how it ended.

use std::{pin::Pin, task::Context};

use crate::{
    context::{self, asking, key::Key},
    machine::{
        core::Core,
        nodes::{Polled, Step, StepCx},
        outcome::{End, Outcome, Rule, replaced_by_panic},
    },
    name::{Label, LazyName},
    observe,
    unwind::{Payload, discard, guard, keep_first, resume_alone},
};

/// What is in the slot of a child. `V` leads to its value, where its type is known.
pub(crate) enum Content<'a, V, E> {
    /// Its future, begun or not.
    Future,
    Value(V),
    /// How it ended without a value.
    End(&'a mut Outcome<(), E>),
    /// The result has been taken.
    Nothing,
}

/// The slot of a child whose types the machine does not know.
pub(crate) trait Slot<E> {
    /// Returns what is in it.
    fn content(self: Pin<&mut Self>) -> Content<'_, (), E>;
    /// Polls the future. If that is done, its value takes its place; an error is left in `error`.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>, error: &mut Option<E>) -> Polled;
    /// Drops what is left, and leaves the slot to `next`. Each child is dropped under a guard of its own: several that panic are
    /// one panic, not an abort (rule 3).
    fn clear(self: Pin<&mut Self>, next: Next) -> Result<(), Payload>;
}

/// What comes into a slot that is cleared.
#[derive(Clone, Copy)]
pub(crate) enum Next {
    /// An end without a value.
    End,
    Nothing,
}

/// Drops what is left in a slot that is dropped itself.
#[cold]
#[inline(never)]
pub(crate) fn drop_rest<E>(slot: Pin<&mut (dyn Slot<E> + '_)>) {
    if let Err(payload) = slot.clear(Next::Nothing) {
        resume_alone(payload);
    }
}

/// An inline child, without its types.
pub(crate) struct Driven<'a, E> {
    pub(crate) slot: Pin<&'a mut (dyn Slot<E> + 'a)>,
    pub(crate) name: Label,
    pub(crate) watch: &'a mut observe::Child,
}

impl<E> Driven<'_, E> {
    /// Makes a step of the machine with an ordinary child.
    pub(crate) fn drive(mut self, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let who = LazyName::arm(self.name);
        let outcome = match self.step(arm, scx, core, false) {
            None if scx.step == Step::Gather => {
                if let Content::End(outcome) = self.slot.content() {
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
        if let Outcome::Done(()) = outcome {
            return;
        }
        // A value that came too late is still there.
        if let Content::Value(()) = self.slot.as_mut().content() {
            if let Err(payload) = self.slot.as_mut().clear(Next::End) {
                discard(payload);
            }
        }
        if let Content::End(end) = self.slot.content() {
            *end = outcome;
        }
    }

    /// Makes a step of the machine with a daemon.
    pub(crate) fn drive_daemon(mut self, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if let Some(end) = self.step(arm, scx, core, true) {
            core.daemon_ended(LazyName::arm(self.name), end);
        }
    }

    /// Makes a step of the machine; returns the child's end, if it has come. A value stays where it is.
    fn step(
        &mut self,
        arm: usize,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
        daemon: bool,
    ) -> Option<End<Result<(), E>>> {
        let (key, who) = (Key::arm(arm), LazyName::arm(self.name));
        if !matches!(self.slot.as_mut().content(), Content::Future) {
            // In a pass without a machine, its destructor may have panicked after it had returned its value.
            let Step::Resume { .. } = scx.step else { return None };
            let payload = core.resume_delivered(arm)?;
            return Some(self.ends(End::Panicked(payload), key, core));
        }
        let end = match scx.step {
            Step::Run => {
                if !has_its_turn(core, arm, daemon, who, self.watch) {
                    return None;
                }
                let (slot, watch, mut error) = (self.slot.as_mut(), &*self.watch, None);
                let (polled, listens) =
                    asking::noting(key, || guard(|| watch.run(|| slot.poll(scx.cx, &mut error), Polled::is_pending)));
                core.name_ends(who);
                let listens = core.inline.listens(arm, listens);
                match polled {
                    // The future has been dropped, and the value is in its place.
                    Ok(Polled::Done) if core.rule() != Rule::Supervise => {
                        std::mem::take(self.watch).leaves();
                        return Some(End::Returned(Ok(())));
                    }
                    Ok(Polled::Done | Polled::Failed) => End::Returned(error.map_or(Ok(()), Err)),
                    Ok(Polled::Pending) if core.must_end(key, listens) => End::Stopped,
                    Ok(Polled::Pending) => {
                        core.puts_off(arm, false);
                        return None;
                    }
                    Err(payload) => End::Panicked(payload),
                }
            }
            Step::ListUnfinished if !daemon => {
                core.lists(who);
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
        Some(self.ends(end, key, core))
    }

    /// Drops a child of a group without a machine; leaves in `panic` what that panicked with.
    pub(crate) fn drop_lean(self, panic: &mut Option<Payload>) {
        let watch = std::mem::take(self.watch);
        if let Err(payload) = watch.run(|| self.slot.clear(Next::Nothing), |_| false) {
            keep_first(panic, payload);
        }
    }

    /// Drops what is left of a child that has ended so: its future, or a value that is not wanted.
    fn ends(&mut self, end: End<Result<(), E>>, key: Key, core: &mut Core<E>) -> End<Result<(), E>> {
        // The destructor is code of the child: it runs as that child, and inside its span.
        context::set_child(key);
        let watch = std::mem::take(self.watch);
        watch.ends(end.failed());
        let dropped = watch.run(|| self.slot.as_mut().clear(Next::End), |_| false);
        core.name_ends(LazyName::arm(self.name));
        match dropped {
            Ok(()) => end,
            Err(payload) => replaced_by_panic(end, payload),
        }
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
