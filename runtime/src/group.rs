//! A group before its start, and the methods that set its policy and its options.

pub(crate) mod arms;
mod drained;
pub(crate) mod habits;
mod policies;
pub(crate) mod running;
mod start;
pub(crate) mod supervisor;
pub(crate) mod trigger;

use std::{future::Future, time::Duration};

use tokio::{task::LocalKey, time::Instant};

use self::{
    habits::{ChildrenLater, LimitByAnotherName, Until, ValuesEarly},
    trigger::{OnLate, Trigger},
};
use crate::{
    context::carry,
    error::Chain,
    machine::{
        core::{Core, Request},
        core_box::CoreBox,
        nodes::{And, Nil},
        options::{Options, nearer},
        outcome::Policy,
    },
    name::Name,
    policy::{CanCancel, CanCatch, FailFast, Is},
    runtime::Here,
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
    limit: usize,
    here: Here,
}

impl<C, E> Group<E, C> {
    #[inline(always)]
    pub(crate) fn new(children: C, chain: Chain<E>, here: Here) -> Self {
        Self { children, options: Nil, core: CoreBox::absent(), policy: FailFast, chain, limit: usize::MAX, here }
    }
}

/// Options. The types in these signatures are in [`parts`](crate::parts): `C` and `O` are the lists of the children and of the
/// options, and `P` is the policy, which decides whether an option needs a conversion: [`CanCancel<E>`](CanCancel) is
/// `E: From<Cancelled>`, and [`CanCatch<E>`](CanCatch) is `E: From<Panicked>`, where the policy has no place for one.
impl<C, E, P: Policy, O> Group<E, C, P, O> {
    fn with_core(mut self, set: impl FnOnce(&mut Core<E>)) -> Self {
        // Made by the first option: a group without any allocates nothing before something happens.
        set(self.core.make(P::RULE, self.here));
        self
    }

    fn set(self, set: impl FnOnce(&mut Options<E>)) -> Self {
        self.with_core(|core| set(core.options()))
    }

    fn with<N>(self, last: N) -> Group<E, C, P, And<O, N>> {
        let Self { children, options, core, policy, chain, limit, here } = self;
        Group { children, options: And { rest: options, last }, core, policy, chain, limit, here }
    }

    fn governed_by<Q: Policy>(self, policy: Q) -> Group<E, C, Q, O> {
        let Self { children, options, core, chain, limit, here, .. } = self;
        let group = Group { children, options, core, policy, chain, limit, here };
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
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let squares = taskgroup::group!(for n in 1..=100_u64 { async move { Ok::<_, ()>(n * n) } }).limit(8).await;
    /// assert_eq!(squares.unwrap().len(), 100); // never more than 8 at once
    /// # });
    /// ```
    #[track_caller]
    #[doc(alias("SetLimit", "buffer_unordered", "Semaphore"))]
    pub fn limit(self, limit: usize) -> Self {
        assert!(limit > 0, "`.limit(0)` would never start a child; write `.limit(1)` to run them one after the other");
        // Not in the core before the start: only then is it known whether it can be reached.
        Self { limit, ..self }
    }

    /// Cancels the group with [`Cause::TimedOut`](crate::Cause::TimedOut), `timeout` after the first poll.
    ///
    /// The children see the cancellation and may still return values: if all do, before the grace period expires, the group
    /// is `Ok`. Of several timeouts and deadlines the nearest applies.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use std::time::Duration;
    /// let slow = async { Ok(tokio::time::sleep(Duration::from_secs(3600)).await) };
    /// let ended = taskgroup::group!(slow).error::<taskgroup::Cancelled>().timeout(Duration::from_secs(2)).await;
    /// assert!(matches!(ended.unwrap_err().cause(), taskgroup::Cause::TimedOut { .. }));
    /// # });
    /// ```
    #[doc(alias("WithTimeout", "withTimeout"))]
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
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// let begun = tokio::time::Instant::now();
    /// let ended = taskgroup::group!(never = async { Ok(1) }).error::<taskgroup::Cancelled>().deadline(begun).await;
    /// assert!(ended.is_err()); // the time has come, so no child was polled
    /// # });
    /// ```
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
    /// Any future will do: a signal, the `cancelled()` of a `CancellationToken`, the `recv()` of a channel.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (hang_up, hung_up) = tokio::sync::oneshot::channel::<()>();
    /// drop(hang_up);
    /// let call = taskgroup::group!(call = std::future::pending::<Result<(), taskgroup::Cancelled>>()).cancel_on(hung_up);
    /// assert!(matches!(call.await.unwrap_err().cause(), taskgroup::Cause::Requested { .. }));
    /// # });
    /// ```
    #[doc(alias = "CancellationToken")]
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
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use {std::time::Duration, tokio::time::sleep};
    /// let job = async |n: u64| Ok::<_, ()>(sleep(Duration::from_millis(10)).await).map(|()| n);
    /// let done = taskgroup::group!(for n in 1.. { job(n) }).limit(1).drain_on(sleep(Duration::from_millis(25))).await;
    /// assert_eq!(done, Ok(vec![1, 2, 3])); // the third was finished
    /// # });
    /// ```
    #[doc(alias = "graceful_shutdown")]
    pub fn drain_on<F, W>(self, future: F) -> Waiting<E, C, P, O, W>
    where
        F: Until<W>,
        W: Future,
    {
        self.with(Trigger::new(future.until(), Request::Drain))
    }

    /// Cancels a group whose drain lasts longer than `timeout`, with [`Cause::TimedOut`](crate::Cause::TimedOut).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use {std::time::Duration, tokio::time::sleep};
    /// let slow = async { Ok::<_, taskgroup::Cancelled>(sleep(Duration::from_secs(3600)).await) };
    /// let second = Duration::from_secs(1);
    /// let ended = taskgroup::group!(slow).drain_on(sleep(second)).drain_timeout(second).await;
    /// assert!(ended.is_err()); // after two seconds
    /// # });
    /// ```
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
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use std::time::Duration;
    /// let goodbye = async {
    ///     taskgroup::cancelled().await;
    ///     Ok::<_, &str>(tokio::time::sleep(Duration::from_millis(200)).await)
    /// };
    /// let ended = taskgroup::group!(goodbye, async { Err::<(), _>("broken") }).grace(Duration::from_secs(5)).await;
    /// assert_eq!(ended, Err("broken")); // after 200 ms
    /// # });
    /// ```
    pub fn grace(self, grace: Duration) -> Self {
        self.set(|options| options.grace = Some(grace))
    }

    /// Returns a panic as `Err(E::from(Panicked))` instead of resuming it in the owner.
    ///
    /// The first failure decides, as always; a panic that comes after it is late, as an error would be.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let broken = async { if true { panic!("a bug") } else { Ok::<(), taskgroup::Panicked>(()) } };
    /// let ended = taskgroup::group!(broken = broken).catch_panics().await;
    /// assert_eq!(ended.unwrap_err().to_string(), "`broken` panicked: a bug");
    /// # });
    /// ```
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

    /// Calls `listener` for each `Err` returned after the outcome was decided, with the child's name.
    ///
    /// Without it, such an error is a `tracing` event; without the feature `tracing`, it is dropped.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut late = Vec::new();
    /// let cancelled = async { Err::<(), _>(taskgroup::cancelled().await.to_string()) };
    /// let ended = taskgroup::group!(second = cancelled, first = async { Err::<(), _>("broken".to_owned()) })
    ///     .on_late_error(|child, error| late.push(format!("{child}: {error}")))
    ///     .await;
    /// assert_eq!((ended.unwrap_err().as_str(), late), ("broken", vec!["second: cancelled: `first` failed".to_owned()]));
    /// # });
    /// ```
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
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let page = taskgroup::group!(news = async { Ok::<_, ()>(1) }).name("front page").limit(8);
    /// assert!(format!("{page:?}").starts_with("Group { name: \"front page\", location: "));
    /// # });
    /// ```
    pub fn name(self, name: impl Into<Name>) -> Self {
        let name = name.into();
        self.set(|options| options.name = Some(name))
    }

    /// Carries the value of a `tokio::task_local!` into spawned and blocking children (inline ones see it anyway).
    ///
    /// The value is read when the group is first polled, and cloned for each child when it starts. If it is not set, the
    /// children do not see one either.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// tokio::task_local! { static USER: u64 }
    /// let child = async { Ok::<_, ()>(USER.get()) };
    /// let seen = USER.scope(7, async { taskgroup::group!(#[spawn] child).carry(&USER).await }).await;
    /// assert_eq!(seen, Ok(7));
    /// # });
    /// ```
    pub fn carry<T: Clone + Send + 'static>(self, key: &'static LocalKey<T>) -> Self {
        // A function, because the value is that of the task on which the group is first polled.
        self.set(|options| options.carry.push(Box::new(move || carry::read(key))))
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
