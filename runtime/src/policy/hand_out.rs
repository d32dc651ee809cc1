//! Hands values out as they come: to the function of `.each(…)`, or to the list of `.first(n)`.
//!
//! It stands in the place of the list of children, passes every step on to it, and then takes the values that came in that step
//! from their arms, in the order in which they came (`machine/arrivals.rs`). So nothing is kept for a child that has ended.

use std::{convert::Infallible, pin::Pin};

use pin_project_lite::pin_project;

use crate::{
    context::{self, key::Key},
    error::Cause,
    machine::{
        core_box::CoreBox,
        nodes::{Nodes, Pulled, Shape, Step, StepCx, Steps},
        outcome::Policy,
    },
    name::{LazyName, Name},
    unwind::{discard, guard},
};

/// Takes the value that came first of those in an arm.
type Next<C, T> = fn(Pin<&mut C>, usize) -> Option<(LazyName, T)>;

pin_project! {
    /// The list of children `C` of a group that hands their values, of type `T`, to `K` as they come.
    pub struct HandingOut<C, T, K> {
        #[pin]
        children: C,
        // Kept apart from `C`, so that children of different types are one error, at the method.
        next: Next<C, T>,
        pub(super) taker: K,
    }
}

/// What the values are handed to.
pub trait Take<T> {
    /// The method that it is of, as a name for its panics.
    #[doc(hidden)]
    const METHOD: &'static str;

    /// Takes a value; returns `true` if the group has what it wanted.
    #[doc(hidden)]
    fn take(&mut self, child: LazyName, value: T) -> bool;
}

/// Hands values to the function of [`Group::each`](crate::Group::each).
pub struct Called<F, T> {
    f: F,
    call: fn(&mut F, &Name, T) -> bool,
}

impl<F, T> Called<F, T> {
    pub(crate) fn new(f: F, call: fn(&mut F, &Name, T) -> bool) -> Self {
        Self { f, call }
    }
}

impl<F, T> Take<T> for Called<F, T> {
    const METHOD: &'static str = "each";

    fn take(&mut self, child: LazyName, value: T) -> bool {
        (self.call)(&mut self.f, &child.name(), value)
    }
}

/// Keeps the values of [`Group::first`](crate::Group::first).
pub struct Kept<T>(pub(super) Vec<T>);

impl<T> Kept<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }
}

impl<T> Take<T> for Kept<T> {
    const METHOD: &'static str = "first";

    fn take(&mut self, _: LazyName, value: T) -> bool {
        self.0.push(value);
        // The machine counts them itself.
        false
    }
}

impl<C, T, K: Take<T>> HandingOut<C, T, K> {
    pub(crate) fn new(children: C, next: Next<C, T>, taker: K) -> Self {
        Self { children, next, taker }
    }

    fn hand_out<E>(self: Pin<&mut Self>, scx: &StepCx<'_, '_>, core: &mut CoreBox<E>) {
        let mut this = self.project();
        let mut has_enough = false;
        while let Some(arm) = core.next_arrival() {
            let Some((child, value)) = (this.next)(this.children.as_mut(), arm) else { continue };
            // The owner drops the group, or wants no more of them.
            if has_enough || scx.step == Step::Drop {
                discard(value);
                continue;
            }
            context::set_child(Key::OWNER);
            match guard(|| this.taker.take(child, value)) {
                Ok(false) => {}
                Ok(true) => {
                    has_enough = true;
                    core.ends_early();
                }
                Err(payload) => {
                    has_enough = true;
                    core.slotless_panic(Name::literal(K::METHOD), payload);
                }
            }
        }
    }
}

#[doc(hidden)]
impl<E, C: Nodes<E>, T, K: Take<T>> Steps<E> for HandingOut<C, T, K> {
    fn turns(&self, shape: Shape) -> usize {
        self.children.turns(shape)
    }

    fn drive(mut self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        self.as_mut().project().children.drive(scx, core);
        if core.has_arrivals() {
            self.hand_out(scx, core);
        }
    }

    fn pull(mut self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>, pulled: &mut Pulled) {
        self.as_mut().project().children.pull(scx, core, pulled);
        if core.has_arrivals() {
            self.hand_out(scx, core);
        }
    }
}

#[doc(hidden)]
impl<E, C: Nodes<E>, T, K: Take<T>> Nodes<E> for HandingOut<C, T, K> {
    const SHAPE: Shape = C::SHAPE;

    /// The values are elsewhere.
    type Values = ();

    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}

    fn next_value(self: Pin<&mut Self>, _: usize) -> Option<(LazyName, Infallible)> {
        None
    }
}
