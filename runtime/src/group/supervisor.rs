//! The function of `.supervise(…)` and of `#[task_group(supervise = …)]`: a node without a slot.

use std::pin::Pin;

use crate::{
    context::{self, key::Key},
    error::{Cause, Failure},
    machine::{
        core::{Core, Request},
        nodes::{Drive, Node, Shape, Step, StepCx},
        outcome::Policy,
    },
    name::Name,
    unwind::guard,
};

/// What the function can end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// A group, which has no value: it is then done.
    Group,
    /// A function, which has one: it is cancelled, and its body may still return it.
    Function,
}

/// The function of [`Group::supervise`](crate::Group::supervise).
pub struct Supervisor<F, E> {
    f: F,
    call: fn(&mut F, &Name, Failure<E>) -> bool,
    ends: Ends,
    /// It returned `Break`, or panicked.
    is_done: bool,
}

impl<F, E> Supervisor<F, E> {
    pub(super) fn new(f: F, call: fn(&mut F, &Name, Failure<E>) -> bool, ends: Ends) -> Self {
        Self { f, call, ends, is_done: false }
    }
}

impl<F, E> Unpin for Supervisor<F, E> {}

impl<F, E> Drive<E> for Supervisor<F, E> {
    fn drive(self: Pin<&mut Self>, _: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if scx.step != Step::Report {
            return;
        }
        let this = self.get_mut();
        for (child, failure) in core.take_reports() {
            // Those of the same pass: the function wants no more, but they are not lost.
            if this.is_done {
                core.comes_late(child, failure);
                continue;
            }
            context::set_child(Key::OWNER);
            match guard(|| (this.call)(&mut this.f, &child, failure)) {
                Ok(false) => {}
                Ok(true) => {
                    this.is_done = true;
                    match this.ends {
                        Ends::Group => core.ends_early(),
                        Ends::Function => core.request(Request::Cancel),
                    }
                }
                Err(payload) => {
                    this.is_done = true;
                    core.slotless_panic(Name::literal("supervise"), payload);
                }
            }
        }
    }
}

impl<F, E> Node<E> for Supervisor<F, E> {
    const SHAPE: Shape = Shape::OPTION;

    type Adds = ();

    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}
}
