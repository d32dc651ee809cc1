//! The arms as the policies see them that hand values out: each gives its values in the order in which they came.

use std::pin::Pin;

use crate::{
    machine::nodes::{And, Nil, Nodes},
    name::LazyName,
};

/// A node whose values can be handed out.
pub trait HandsOut<T> {
    /// Takes the value that came first of those in this node.
    #[doc(hidden)]
    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)>;
}

/// A list of nodes whose values have one type.
#[diagnostic::on_unimplemented(
    message = "the children of this group must yield one type, but not all of these yield `{T}`",
    label = "the values are handed out one after the other, so all must have one type",
    note = "map each child to one type, for instance an enum, or do without this policy to get a tuple"
)]
pub trait AllHandOut<T, E> {
    /// Takes the value that came first of those in this arm.
    #[doc(hidden)]
    fn next_value_of(self: Pin<&mut Self>, arm: usize) -> Option<(LazyName, T)>;
}

#[diagnostic::do_not_recommend]
impl<T, E> AllHandOut<T, E> for Nil {
    fn next_value_of(self: Pin<&mut Self>, _: usize) -> Option<(LazyName, T)> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T, E, L, N> AllHandOut<T, E> for And<L, N>
where
    L: Nodes<E> + AllHandOut<T, E>,
    N: HandsOut<T>,
{
    fn next_value_of(self: Pin<&mut Self>, arm: usize) -> Option<(LazyName, T)> {
        let this = self.project();
        if arm == L::SHAPE.arms { this.last.next_value() } else { this.rest.next_value_of(arm) }
    }
}
