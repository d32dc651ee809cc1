//! The values of a list of children as a type: what a group can return is known from it, and its nodes need not be.
//!
//! `(((), User), Title)` has a `User`, then a `Title`; [`Many`] is in the place of a pair where an arm is a `for`. A policy maps
//! each to its slot, so one list serves all policies. rustc prints it, as a part of the type of a group that was not awaited.

use std::{convert::Infallible, marker::PhantomData};

use crate::machine::outcome::Policy;

/// The values of a list of children that fail with `E`, as a type: `(((), A), B)` is an `A`, then a `B`.
///
/// It cannot be implemented for other types.
pub trait Rows<E> {
    /// The results, nested to the left.
    #[doc(hidden)]
    type Slots<P: Policy>;
    /// A value of any of the children.
    #[doc(hidden)]
    type Any;
}

/// The values `R` before it, and those of a `for`.
pub struct Many<R, T>(PhantomData<fn() -> (R, T)>);

/// A value of one of two.
pub enum Either<B, T> {
    /// Of an arm before the last one.
    Before(B),
    /// Of the last one.
    Last(T),
}

#[doc(hidden)]
impl<E> Rows<E> for () {
    type Slots<P: Policy> = ();
    type Any = Infallible;
}

#[doc(hidden)]
impl<E, R: Rows<E>, T> Rows<E> for (R, T) {
    type Slots<P: Policy> = (R::Slots<P>, P::Map<T, E>);
    type Any = Either<R::Any, T>;
}

#[doc(hidden)]
impl<E, R: Rows<E>, T> Rows<E> for Many<R, T> {
    type Slots<P: Policy> = (R::Slots<P>, Vec<P::Map<T, E>>);
    type Any = Either<R::Any, T>;
}

/// What a node adds to the values before it: [`One`], [`Items`], or `()` for nothing.
pub trait Adds<E> {
    /// The values, with those before.
    type To<R: Rows<E>>: Rows<E>;
    /// The result of the node.
    type Slot<P: Policy>;
    /// A value of the node.
    type Value;

    /// Puts the result behind those before.
    fn push<P: Policy, R: Rows<E>>(before: R::Slots<P>, slot: Self::Slot<P>) -> <Self::To<R> as Rows<E>>::Slots<P>;
    /// A value of the node, as one of the list.
    fn last<R: Rows<E>>(value: Self::Value) -> <Self::To<R> as Rows<E>>::Any;
    /// A value of an arm before it, as one of the list.
    fn before<R: Rows<E>>(value: R::Any) -> <Self::To<R> as Rows<E>>::Any;
}

/// The value of one child.
pub struct One<T>(PhantomData<T>);

/// The values of a `for`.
pub struct Items<T>(PhantomData<T>);

impl<E> Adds<E> for () {
    type To<R: Rows<E>> = R;
    type Slot<P: Policy> = ();
    type Value = Infallible;

    #[inline(always)]
    fn push<P: Policy, R: Rows<E>>(before: R::Slots<P>, (): ()) -> R::Slots<P> {
        before
    }
    fn last<R: Rows<E>>(value: Infallible) -> R::Any {
        match value {}
    }
    fn before<R: Rows<E>>(value: R::Any) -> R::Any {
        value
    }
}

impl<E, T> Adds<E> for One<T> {
    type To<R: Rows<E>> = (R, T);
    type Slot<P: Policy> = P::Map<T, E>;
    type Value = T;

    #[inline(always)]
    fn push<P: Policy, R: Rows<E>>(before: R::Slots<P>, slot: P::Map<T, E>) -> (R::Slots<P>, P::Map<T, E>) {
        (before, slot)
    }
    fn last<R: Rows<E>>(value: T) -> Either<R::Any, T> {
        Either::Last(value)
    }
    fn before<R: Rows<E>>(value: R::Any) -> Either<R::Any, T> {
        Either::Before(value)
    }
}

impl<E, T> Adds<E> for Items<T> {
    type To<R: Rows<E>> = Many<R, T>;
    type Slot<P: Policy> = Vec<P::Map<T, E>>;
    type Value = T;

    #[inline(always)]
    fn push<P: Policy, R: Rows<E>>(before: R::Slots<P>, slot: Self::Slot<P>) -> (R::Slots<P>, Self::Slot<P>) {
        (before, slot)
    }
    fn last<R: Rows<E>>(value: T) -> Either<R::Any, T> {
        Either::Last(value)
    }
    fn before<R: Rows<E>>(value: R::Any) -> Either<R::Any, T> {
        Either::Before(value)
    }
}

/// The values of children that all yield `T`; [`Group::first`](crate::Group::first) and [`Group::each`](crate::Group::each)
/// require it.
///
/// It is implemented by lists of such values, and cannot be implemented for other types.
#[diagnostic::on_unimplemented(
    message = "the children of this group must yield one type, but not all of these yield `{T}`",
    label = "the values are handed out one after the other, so all must have one type",
    note = "map each child to one type, for instance an enum, or do without this policy to get a tuple"
)]
pub trait OfOneType<T, E>: Rows<E> {
    #[doc(hidden)]
    fn unify(value: Self::Any) -> T;
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<T, E> OfOneType<T, E> for () {
    fn unify(value: Infallible) -> T {
        match value {}
    }
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<T, E, R: OfOneType<T, E>> OfOneType<T, E> for (R, T) {
    fn unify(value: Either<R::Any, T>) -> T {
        either::<R, T, E>(value)
    }
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<T, E, R: OfOneType<T, E>> OfOneType<T, E> for Many<R, T> {
    fn unify(value: Either<R::Any, T>) -> T {
        either::<R, T, E>(value)
    }
}

fn either<R: OfOneType<T, E>, T, E>(value: Either<R::Any, T>) -> T {
    match value {
        Either::Before(before) => R::unify(before),
        Either::Last(value) => value,
    }
}
