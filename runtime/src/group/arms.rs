//! The calls that `group!` expands to: one for each arm.
//!
//! One method for each kind of arm, so that its bounds are checked, and reported, at the arm itself.

use std::future::Future;

use crate::{
    child::{
        accepted::AcceptedItems,
        blocking::Revocable,
        each::Each,
        each_spawned::EachSpawned,
        inline::{Daemon, Inline},
        output::ChildOutput,
        source::{Hooks, Iter, Source, Streamed, left_iter, left_stream, pull_iter, pull_stream},
        spawned::{Spawned, SpawnedDaemon},
    },
    error::{Behind, Chain, Itself},
    group::{
        Group,
        drained::{ForArm, LastIsAccepted},
        habits::{Items, StreamItems},
    },
    machine::nodes::{And, Nil, Nodes},
    name::{Label, Written},
    runtime::{Function, Here},
};

/// A group to which arms are still being added.
#[must_use]
pub struct Arms<E, C> {
    children: C,
    here: Here,
    // A function pointer: whether the group is `Send` does not depend on an error that it does not hold.
    error: std::marker::PhantomData<fn() -> E>,
}

/// Begins a group.
#[inline(always)]
pub fn group<E>(here: Function) -> Arms<E, Nil> {
    Arms { children: Nil, here: Here::new(here), error: std::marker::PhantomData }
}

/// Begins a `#[task_group]` function: a group whose only arm, the body, is added after the options.
pub fn function<E>(name: &'static str, here: Function) -> Group<E, Nil> {
    Group::function(name, Here::new(here))
}

/// The children of a group, with the values `V`.
// It hides the list of them, which is of private types and longer than most messages: rustc prints a group that was not awaited as
// `Group<AppError, impl Children<AppError, (((), User), Title)>>`. Two groups whose lists are of one type are of one type still.
pub trait Children<E, V>: Nodes<E, Values = V> {}

impl<C: Nodes<E, Values = V>, E, V> Children<E, V> for C {}

impl<E, C, S: AcceptedItems, B, F, T> LastIsAccepted for Arms<E, And<C, Each<S, B, F, T, E>>> {
    #[inline(always)]
    fn accept_last(&mut self) {
        self.children.last.accept(Hooks::new());
    }
}

impl<E, C, S: AcceptedItems, B, F, T, R> LastIsAccepted for Arms<E, And<C, EachSpawned<S, B, F, T, E, R>>> {
    #[inline(always)]
    fn accept_last(&mut self) {
        self.children.last.accept(Hooks::new());
    }
}

// rustc quotes the first line of a method in an error about a child, so what is on it has to be short.
type WithChild<E, C, A, T> = Arms<E, And<C, Inline<<A as IntoFuture>::IntoFuture, T, E>>>;
type WithDaemon<E, C, A> = Arms<E, And<C, Daemon<<A as IntoFuture>::IntoFuture, E>>>;
type WithTask<E, C, A, T> = Arms<E, And<C, Spawned<<A as IntoFuture>::IntoFuture, T, E, ()>>>;
type WithDaemonTask<E, C, A> = Arms<E, And<C, SpawnedDaemon<<A as IntoFuture>::IntoFuture, E, ()>>>;
type WithThread<E, C, F, T> = Arms<E, And<C, Spawned<F, T, E, Revocable>>>;
type WithDaemonThread<E, C, F> = Arms<E, And<C, SpawnedDaemon<F, E, Revocable>>>;

#[allow(clippy::type_complexity, reason = "the types list the arms; they are never written out")]
impl<E, C> Arms<E, C> {
    #[inline(always)]
    fn and<N>(self, last: N) -> Arms<E, And<C, N>> {
        Arms { children: And { rest: self.children, last }, here: self.here, error: self.error }
    }

    /// `name = future`
    #[inline(always)]
    pub fn inline<A, T>(self, name: Written, arm: A) -> WithChild<E, C, A, T>
    where
        A: IntoFuture,
        A: ChildOutput<A::Output, Value = T, Error = E>,
    {
        // Converted here: it is part of the arm's expression, which the owner evaluates, in the order written.
        self.and(Inline::new::<A>(Label::new(name), arm.into_future()))
    }

    /// `#[daemon] name = future`
    #[inline(always)]
    pub fn daemon<A>(self, name: Written, arm: A) -> WithDaemon<E, C, A>
    where
        A: IntoFuture,
        A: ChildOutput<A::Output, Value = (), Error = E>,
    {
        self.and(Daemon::new::<A>(Label::new(name), arm.into_future()))
    }

    /// `#[spawn] name = future`
    pub fn spawn<A, T>(self, name: Written, arm: A) -> WithTask<E, C, A, T>
    where
        A: IntoFuture,
        A: ChildOutput<A::Output, Value = T, Error = E>,
        A::IntoFuture: Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.and(Spawned::new(Label::new(name), arm.into_future(), A::task_alone))
    }

    /// `#[daemon] #[spawn] name = future`
    pub fn daemon_spawn<A>(self, name: Written, arm: A) -> WithDaemonTask<E, C, A>
    where
        A: IntoFuture,
        A: ChildOutput<A::Output, Value = (), Error = E>,
        A::IntoFuture: Send + 'static,
        E: Send + 'static,
    {
        self.and(SpawnedDaemon::new(Label::new(name), arm.into_future(), A::task_alone))
    }

    /// `#[blocking] name = closure`
    pub fn blocking<F, O, T>(self, name: Written, arm: F) -> WithThread<E, C, F, T>
    where
        F: FnOnce() -> O + Send + 'static,
        F: ChildOutput<O, Value = T, Error = E>,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.and(Spawned::new(Label::new(name), arm, F::blocking_alone))
    }

    /// `#[daemon] #[blocking] name = closure`
    pub fn daemon_blocking<F, O>(self, name: Written, arm: F) -> WithDaemonThread<E, C, F>
    where
        F: FnOnce() -> O + Send + 'static,
        F: ChildOutput<O, Value = (), Error = E>,
        E: Send + 'static,
    {
        self.and(SpawnedDaemon::new(Label::new(name), arm, F::blocking_alone))
    }

    /// `name = for item in items { future }`
    pub fn each<I, N, X, B, F, O, T>(
        self,
        name: Written,
        items: I,
        body: B,
    ) -> ForArm<Arms<E, And<C, Each<Iter<N>, B, F, T, E>>>>
    where
        I: Items<N>,
        N: Iterator<Item = X>,
        B: FnMut(X) -> F,
        F: Future<Output = O>,
        F: ChildOutput<O, Value = T, Error = E>,
    {
        ForArm::new(
            self.and(Each::new(Label::new(name), Source::new(Iter::new(items.items()), body, pull_iter, left_iter))),
        )
    }

    /// `#[stream] name = for item in stream { future }`
    pub fn each_stream<S, X, B, F, O, T>(
        self,
        name: Written,
        items: S,
        body: B,
    ) -> ForArm<Arms<E, And<C, Each<Streamed<S>, B, F, T, E>>>>
    where
        S: StreamItems<X>,
        B: FnMut(X) -> F,
        F: Future<Output = O>,
        F: ChildOutput<O, Value = T, Error = E>,
    {
        ForArm::new(
            self.and(Each::new(Label::new(name), Source::new(Streamed::new(items), body, pull_stream, left_stream))),
        )
    }

    /// `#[spawn] name = for item in items { future }`
    pub fn each_spawn<I, N, X, B, F, O, T>(
        self,
        name: Written,
        items: I,
        body: B,
    ) -> ForArm<Arms<E, And<C, EachSpawned<Iter<N>, B, F, T, E, ()>>>>
    where
        I: Items<N>,
        N: Iterator<Item = X>,
        B: FnMut(X) -> F,
        F: IntoFuture<Output = O>,
        F: ChildOutput<O, Value = T, Error = E>,
        F::IntoFuture: Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        ForArm::new(self.and(EachSpawned::new(
            Label::new(name),
            Source::new(Iter::new(items.items()), body, pull_iter, left_iter),
            F::task_of_many,
        )))
    }

    /// `#[stream] #[spawn] name = for item in stream { future }`
    pub fn each_stream_spawn<S, X, B, F, O, T>(
        self,
        name: Written,
        items: S,
        body: B,
    ) -> ForArm<Arms<E, And<C, EachSpawned<Streamed<S>, B, F, T, E, ()>>>>
    where
        S: StreamItems<X>,
        B: FnMut(X) -> F,
        F: IntoFuture<Output = O>,
        F: ChildOutput<O, Value = T, Error = E>,
        F::IntoFuture: Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        ForArm::new(self.and(EachSpawned::new(
            Label::new(name),
            Source::new(Streamed::new(items), body, pull_stream, left_stream),
            F::task_of_many,
        )))
    }

    /// `#[blocking] name = for item in items { closure }`
    pub fn each_blocking<I, N, X, B, F, O, T>(
        self,
        name: Written,
        items: I,
        body: B,
    ) -> ForArm<Arms<E, And<C, EachSpawned<Iter<N>, B, F, T, E, Revocable>>>>
    where
        I: Items<N>,
        N: Iterator<Item = X>,
        B: FnMut(X) -> F,
        F: FnOnce() -> O + Send + 'static,
        F: ChildOutput<O, Value = T, Error = E>,
        T: Send + 'static,
        E: Send + 'static,
    {
        ForArm::new(self.and(EachSpawned::new(
            Label::new(name),
            Source::new(Iter::new(items.items()), body, pull_iter, left_iter),
            F::blocking_of_many,
        )))
    }

    /// `#[stream] #[blocking] name = for item in stream { closure }`
    pub fn each_stream_blocking<S, X, B, F, O, T>(
        self,
        name: Written,
        items: S,
        body: B,
    ) -> ForArm<Arms<E, And<C, EachSpawned<Streamed<S>, B, F, T, E, Revocable>>>>
    where
        S: StreamItems<X>,
        B: FnMut(X) -> F,
        F: FnOnce() -> O + Send + 'static,
        F: ChildOutput<O, Value = T, Error = E>,
        T: Send + 'static,
        E: Send + 'static,
    {
        ForArm::new(self.and(EachSpawned::new(
            Label::new(name),
            Source::new(Streamed::new(items), body, pull_stream, left_stream),
            F::blocking_of_many,
        )))
    }

    /// Ends the list of arms; the options follow. The arguments are two integer literals: `error/chain.rs` says what for.
    #[inline(always)]
    pub fn into_group<A, B, V>(self, _: A, _: B) -> Group<E, impl Children<E, V>>
    where
        C: Children<E, V>,
        E: Itself<A> + Behind<B>,
    {
        Group::new(self.children, Chain::of::<A, B>(), self.here)
    }
}
