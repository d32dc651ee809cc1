//! The types and bounds that stand in the signatures of [`Group`](crate::Group) and of a few others. A program does not name
//! them: `group!` and the methods of a group make them.
//!
//! `Group<E, C, P, O>` is a group of children that fail with `E`. `C` is the list of its children, `O` that of its options: in
//! either, each element keeps its own type, and is stored in the group itself. `P` is its policy.
//!
//! | in a signature | |
//! | --- | --- |
//! | lists | [`Nil`], [`And`], [`HandingOut`] with [`Kept`] or [`Called`] |
//! | options in a list | [`Trigger`], [`OnLate`], [`Supervisor`] |
//! | policies | [`FailFast`], [`OutcomeOf`], [`Settle`], [`CollectErrors`], [`Race`], [`FirstOf`], [`ForEach`], [`Supervise`] |
//! | bounds on a policy | [`Policy`], [`Finish`], [`CanCancel`], [`CanCatch`] |
//! | bounds on a list, and on its values | [`Nodes`], [`Steps`], [`Rows`], [`SameType`], [`OfOneType`] |
//! | bounds on an argument | [`Until`], [`Flow`], [`Is`] |
//! | what a group, or a source, becomes | [`Running`], [`AcceptedIter`] |
//!
//! The parameters of these types, and the items of these traits, are not part of the stable interface: to return a group from a
//! function, write `impl IntoFuture<Output = …>`.

pub use crate::{
    child::accepted::AcceptedIter,
    group::{
        habits::Until,
        running::Running,
        supervisor::Supervisor,
        trigger::{OnLate, Trigger},
    },
    machine::{
        nodes::{And, Nil, Nodes, Steps},
        outcome::Policy,
        rows::{OfOneType, Rows},
    },
    policy::{
        Called, CanCancel, CanCatch, CollectErrors, FailFast, Finish, FirstOf, Flow, ForEach, HandingOut, Is, Kept,
        OutcomeOf, Race, SameType, Settle, Supervise,
    },
};
