//! A group before its start, and the methods that set its policy and its options.

pub(crate) mod arms;
mod drained;
pub(crate) mod habits;
mod policies;
mod running;
mod supervisor;
mod trigger;

use std::{future::Future, marker::PhantomData, panic::Location, pin::Pin, time::Duration};

use tokio::{task::LocalKey, time::Instant};

use crate::{
    context::carry,
    error::{Chain, Failure},
    group::{
        habits::{ChildrenLater, LimitByAnotherName, Until, ValuesEarly},
        running::Running,
        supervisor::{Ends, Supervisor},
        trigger::{OnLate, Trigger},
    },
    machine::{
        core::{Core, CoreBox, Request},
        nodes::{And, Both, Nil, Nodes},
        options::{Options, nearer},
        outcome::Policy,
    },
    name::Name,
    policy::{CanCancel, CanCatch, FailFast, Finish, FunctionFlow, Is},
    task_fn::{Body, Hub, Returned},
};

/// The value of [`group!`](crate::group): children with one owner, which run when it is awaited.
///
/// It is lazy: nothing runs before the `.await`, and no option can be set after it, because every method consumes the group.
/// Awaiting gives the values of the children, typed, once all of them have ended.
///
/// | policy | `.await` returns |
/// | --- | --- |
/// | none | `Result<Slots, E>`: the first failure stops the rest |
/// | [`.outcome()`](Self::outcome) | `Result<Slots, Stopped<E>>` |
/// | [`.settle()`](Self::settle) | one [`Settled`](crate::Settled) for each slot |
/// | [`.collect_errors()`](Self::collect_errors) | `Result<Slots, Failures<E>>` |
/// | [`.race()`](Self::race) | `Result<T, Failures<E>>` |
/// | [`.first(n)`](Self::first) | `Result<Vec<T>, Failures<E>>` |
/// | [`.each(f)`](Self::each) | `Result<(), E>`: each value has gone to `f` |
/// | [`.supervise(f)`](Self::supervise) | `Result<(), Cancelled>`: each failure has gone to `f` |
///
/// # Panics
/// If a child panics, the panic is resumed here, with its own payload, after every other child has ended.
///
/// # Cancel safety
/// Dropping the future stops everything, and loses the values that were ready. A drop cannot wait: what was stopped is
/// waited for by the enclosing group, or by [`orphans`](crate::orphans) if there is none.
// The user's own error type first: rustc cuts long types off at the end.
#[must_use = "a group does nothing unless it is awaited"]
pub struct Group<E, C, P = FailFast, O = Nil> {
    children: C,
    options: O,
    core: CoreBox<E>,
    policy: P,
    chain: Chain<E>,
    location: &'static Location<'static>,
}

impl<C, E> Group<E, C> {
    #[inline(always)]
    pub(crate) fn new(children: C, chain: Chain<E>, location: &'static Location<'static>) -> Self {
        Self { children, options: Nil, core: CoreBox::absent(), policy: FailFast, chain, location }
    }
}

impl<C, E, P, O> Group<E, C, P, O>
where
    P: Policy,
{
    fn with_core(mut self, set: impl FnOnce(&mut Core<E>)) -> Self {
        // Made by the first option: a group without any allocates nothing before something happens.
        set(self.core.make(P::RULE, self.location));
        self
    }

    fn set(self, set: impl FnOnce(&mut Options<E>)) -> Self {
        self.with_core(|core| set(core.options()))
    }

    fn with<N>(self, last: N) -> Group<E, C, P, And<O, N>> {
        let Self { children, options, core, policy, chain, location } = self;
        Group { children, options: And { rest: options, last }, core, policy, chain, location }
    }

    fn governed_by<Q: Policy>(self, policy: Q) -> Group<E, C, Q, O> {
        let Self { children, options, core, chain, location, .. } = self;
        let group = Group { children, options, core, policy, chain, location };
        // The core is made even without options, because it holds the rule.
        group.with_core(|core| {
            core.govern::<Q>();
            core.options().chain = chain;
        })
    }

    /// Runs at most `limit` ordinary children at once: those written out first, in order, then the `for` arms in turn.
    ///
    /// Daemons do not count. Errgroup's `SetLimit` can be called too late; this method cannot.
    ///
    /// # Panics
    /// If `limit` is 0, at the line of the caller.
    #[track_caller]
    pub fn limit(self, limit: usize) -> Self {
        assert!(limit > 0, "`.limit(0)` would never start a child; write `.limit(1)` to run them one after the other");
        self.set(|options| options.limit = limit)
    }

    /// Cancels the group with [`Cause::TimedOut`](crate::Cause::TimedOut), `timeout` after the first poll.
    ///
    /// The children see the cancellation and may still return values: if all do, before the grace period expires, the group
    /// is `Ok`. Of several timeouts and deadlines the nearest applies.
    pub fn timeout(self, timeout: Duration) -> Self
    where
        P: CanCancel<E>,
    {
        self.set(|options| {
            options.can_cancel(P::convert());
            options.timeout = Some(nearer(options.timeout, timeout));
        })
    }

    /// Cancels the group with [`Cause::TimedOut`](crate::Cause::TimedOut) at the given time. If it has passed already, no
    /// child is polled.
    pub fn deadline(self, at: Instant) -> Self
    where
        P: CanCancel<E>,
    {
        self.set(|options| {
            options.can_cancel(P::convert());
            options.deadline = Some(nearer(options.deadline, at));
        })
    }

    /// Cancels the group with [`Cause::Requested`](crate::Cause::Requested) when `future` resolves; its output is dropped.
    ///
    /// Any future will do: a signal, the `cancelled()` of a [`CancellationToken`](tokio_util::sync::CancellationToken), the
    /// `recv()` of a channel.
    pub fn cancel_on<F, W>(self, future: F) -> Waiting<E, C, P, O, W>
    where
        F: Until<W>,
        W: Future,
        P: CanCancel<E>,
    {
        self.set(|options| options.can_cancel(P::convert())).with(Trigger::new(future.until(), Request::Cancel))
    }

    /// Ends the group gracefully when `future` resolves: nothing new is taken from the `for` arms' sources, everything
    /// that was begun or written out runs to its end, and the group returns `Ok` with what was done.
    ///
    /// Sources whose items were accepted already are pulled to their end: a [`channel::Receiver`](crate::channel::Receiver),
    /// and what [`accepted`](crate::accepted) marks. A sender that is kept outside the group holds such a drain.
    ///
    /// Children can query this, with [`draining`](crate::draining), and end by themselves. A drain cancels nothing;
    /// [`.drain_timeout`](Self::drain_timeout) bounds it. Sources of groups *inside* the children go on: a request that
    /// was accepted is finished.
    pub fn drain_on<F, W>(self, future: F) -> Waiting<E, C, P, O, W>
    where
        F: Until<W>,
        W: Future,
    {
        self.with(Trigger::new(future.until(), Request::Drain))
    }

    /// Cancels a group whose drain lasts longer than `timeout`, with [`Cause::TimedOut`](crate::Cause::TimedOut).
    pub fn drain_timeout(self, timeout: Duration) -> Self
    where
        P: CanCancel<E>,
    {
        self.set(|options| {
            options.can_cancel(P::convert());
            options.drain_timeout = Some(nearer(options.drain_timeout, timeout));
        })
    }

    /// Sets how long cancelled children may keep running, to clean up, before they are dropped. By default they get one
    /// more poll.
    ///
    /// A blocking child cannot be dropped, and is always waited for.
    pub fn grace(self, grace: Duration) -> Self {
        self.set(|options| options.grace = Some(grace))
    }

    /// Returns a panic as `Err(E::from(Panicked))` instead of resuming it in the owner.
    ///
    /// The first failure decides, as always; a panic that comes after it is late, as an error would be.
    pub fn catch_panics(self) -> Self
    where
        P: CanCatch<E>,
    {
        self.set(|options| {
            options.catches_panics = true;
            // `None` under a policy whose output has a place for a panic: then no conversion is needed.
            options.panicked = P::convert();
        })
    }

    /// Called for each `Err` returned after the outcome was decided, with the child's name.
    ///
    /// Without it, such an error is a `tracing` event; without the feature `tracing`, it is dropped.
    pub fn on_late_error<F: FnMut(&Name, E)>(self, listener: F) -> Group<E, C, P, And<O, OnLate<F, E>>> {
        self.with(OnLate::new(listener))
    }

    /// Names the error type of the children, where none of them does; changes nothing else.
    ///
    /// It goes anywhere in the chain, before or after the options that need something of the type.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let both = taskgroup::group!(a = async { Ok(1) }, b = async { Ok(2) }).error::<std::io::Error>().await;
    /// assert_eq!(both.unwrap(), (1, 2));
    /// # });
    /// ```
    pub fn error<X: Is<E>>(self) -> Self {
        self
    }

    /// Sets the name of the group, for causes, logs and the tree. Default: its file and line.
    pub fn name(self, name: impl Into<Name>) -> Self {
        let name = name.into();
        self.set(|options| options.name = Some(name))
    }

    /// Carries the value of a `tokio::task_local!` into spawned and blocking children (inline ones see it anyway).
    ///
    /// The value is read when the group is first polled, and cloned for each child when it starts. If it is not set, the
    /// children do not see one either.
    pub fn carry<T: Clone + Send + 'static>(self, key: &'static LocalKey<T>) -> Self {
        // A function, because the value is that of the task on which the group is first polled.
        self.set(|options| options.carry.push(Box::new(move || carry::read(key))))
    }
}

impl<E> Group<E, Nil> {
    /// Makes the group of a `#[task_group]` function.
    pub(crate) fn function(name: &'static str, location: &'static Location<'static>) -> Group<E, Nil> {
        Group::new(Nil, Chain::UNKNOWN, location).set(|options| options.name = Some(Name::literal(name)))
    }
}

impl<E, O> Group<E, Nil, FailFast, O> {
    /// `#[task_group(supervise = f)]`. The type that the function returns names `E`, which the closure may need to know.
    #[doc(hidden)]
    #[allow(clippy::type_complexity, reason = "the type is never written out")]
    pub fn supervise_unnamed<T, F, R>(
        self,
        _: PhantomData<T>,
        f: F,
    ) -> Group<E, Nil, FailFast, And<O, Supervisor<F, E>>>
    where
        T: Returned<Error = E>,
        F: FnMut(&Name, Failure<E>) -> R,
        R: FunctionFlow<E>,
    {
        let group = self.set(|options| {
            options.supervises = true;
            if let Some(convert) = R::convert() {
                options.can_cancel(Some(convert));
            }
        });
        group.with(Supervisor::new(f, |f, child, failure| f(child, failure).breaks(), Ends::Function))
    }

    /// Adds the body of a `#[task_group]` function: it expands to the options, then this, then `.await`.
    #[doc(hidden)]
    #[allow(clippy::type_complexity, reason = "the type is never written out")]
    pub fn run<'a, B, T>(
        self,
        hub: &'a Hub<E>,
        body: Pin<&'a mut Option<B>>,
    ) -> Group<E, Body<'a, B, T, E>, FailFast, O>
    where
        B: Future<Output = Result<T, E>>,
    {
        let Self { options, core, policy, chain, location, .. } = self;
        Group { children: Body::new(hub, body), options, core, policy, chain, location }
    }
}

/// A group with one more option that waits. rustc quotes the first line of such a method in an error about its argument.
type Waiting<E, C, P, O, W> = Group<E, C, P, And<O, Trigger<W>>>;

/// Habits from elsewhere. None of these methods can be called: their bounds say what to write instead.
#[doc(hidden)]
#[allow(missing_docs, reason = "none of them can be called")]
impl<E, C, P, O> Group<E, C, P, O> {
    pub fn spawn<R, A>(&self, _: A) -> R
    where
        E: ChildrenLater,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn spawn_blocking<R, A>(&self, _: A) -> R
    where
        E: ChildrenLater,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn add<R, A>(&self, _: A) -> R
    where
        E: ChildrenLater,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn push<R, A>(&self, _: A) -> R
    where
        E: ChildrenLater,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn go<R, A>(&self, _: A) -> R
    where
        E: ChildrenLater,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn wait<R>(&self) -> R
    where
        E: ValuesEarly,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn wait_all<R>(&self) -> R
    where
        E: ValuesEarly,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn join_next<R>(&self) -> R
    where
        E: ValuesEarly,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn join_all<R>(&self) -> R
    where
        E: ValuesEarly,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn unwrap<R>(&self) -> R
    where
        E: ValuesEarly,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn expect<R, A>(&self, _: A) -> R
    where
        E: ValuesEarly,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn concurrency<R, A>(&self, _: A) -> R
    where
        E: LimitByAnotherName,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn max_concurrency<R, A>(&self, _: A) -> R
    where
        E: LimitByAnotherName,
    {
        unreachable!("nothing meets the bound")
    }

    pub fn set_limit<R, A>(&self, _: A) -> R
    where
        E: LimitByAnotherName,
    {
        unreachable!("nothing meets the bound")
    }
}

impl<C, E, P, O> IntoFuture for Group<E, C, P, O>
where
    C: Nodes<E>,
    O: Nodes<E>,
    P: Finish<C, E>,
{
    type Output = P::Output;
    type IntoFuture = Running<E, C, O, P>;

    #[inline(always)]
    fn into_future(self) -> Self::IntoFuture {
        let Self { children, options, core, policy, location, .. } = self;
        Running::new(Both { children, options }, core, policy, location)
    }
}
