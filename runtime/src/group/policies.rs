//! The methods that set the policy of a group.

use std::pin::Pin;

use crate::{
    error::Failure,
    group::{
        Group,
        supervisor::{Ends, Supervisor},
    },
    machine::{
        nodes::{And, Nodes},
        outcome::Policy,
        rows::OfOneType,
    },
    name::Name,
    policy::{
        Called, CollectErrors, FailFast, FirstOf, Flow, ForEach, HandingOut, Kept, OutcomeOf, Race, SameType, Settle,
        Supervise, Take,
    },
};

/// Policies. Each comes first, before the other options.
impl<C, E, O> Group<E, C, FailFast, O> {
    /// Returns every way to end as a value: `Result<Slots, Stopped<E>>`. The rule stays fail-fast; no `From` is needed.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::{Stopped, group};
    ///
    /// let group = group!(user = async { Ok(1) }, posts = async { Err::<u8, _>("gone") });
    /// match group.outcome().await {
    ///     Err(Stopped::Failed { child, error, .. }) => assert_eq!((&*child, error), ("posts", "gone")),
    ///     ended => panic!("{ended:?}"),
    /// }
    /// # });
    /// ```
    pub fn outcome(self) -> Group<E, C, OutcomeOf, O> {
        self.governed_by(OutcomeOf)
    }

    /// Runs every child to its end, whatever the others do; each slot is a [`Settled`](crate::Settled).
    ///
    /// A `for` gives one entry for each item it pulled; if the group was cancelled and the source knows its length, the
    /// items that were never pulled follow as [`Settled::NeverStarted`](crate::Settled::NeverStarted).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::{Settled, group};
    ///
    /// let group = group!(user = async { Ok(1) }, posts = async { Err::<u8, _>("gone") });
    /// let (user, posts) = group.settle().await;
    /// assert!(matches!((user, posts), (Settled::Done(1), Settled::Failed("gone"))));
    /// # });
    /// ```
    #[doc(alias = "allSettled")]
    #[doc(alias = "join_all")]
    pub fn settle(self) -> Group<E, C, Settle, O> {
        self.governed_by(Settle)
    }

    /// Runs every child to its end; returns `Ok` with all values, or every failure with the name of its child.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let even = async |n: u32| if n % 2 == 0 { Ok(n) } else { Err("odd") };
    /// let group = taskgroup::group!(numbers = for n in 0..4 { even(n) });
    /// let failures = group.collect_errors().await.unwrap_err();
    /// assert_eq!(failures.to_string(), "`numbers[1]`: odd\n`numbers[3]`: odd");
    /// # });
    /// ```
    pub fn collect_errors(self) -> Group<E, C, CollectErrors, O> {
        self.governed_by(CollectErrors)
    }

    /// Returns the first `Ok`; the other children are cancelled and waited for. All children yield one type.
    ///
    /// An `Err` does not end a race, a panic does. The items of a `for` compete too.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mirror = async |n: u32| if n > 1 { Ok(n) } else { Err("down") };
    /// assert_eq!(taskgroup::group!(mirror(1), mirror(2), mirror(3)).race().await.unwrap(), 2);
    /// # });
    /// ```
    #[doc(alias = "select")]
    #[doc(alias = "select_ok")]
    pub fn race<T>(self) -> Group<E, C, Race<C, T>, O>
    where
        C: Nodes<E>,
        C::Values: SameType<T, E>,
    {
        self.governed_by(Race::new(|children: Pin<&mut C>| C::Values::first(children.take(None))))
    }

    /// Returns the first `n` values in the order in which they came; the other children are cancelled and waited for. All
    /// children yield one type, and the items of a `for` compete too.
    ///
    /// An `Err` does not end the group unless fewer than `n` values can still come, which the group knows once all sources
    /// have ended; a panic does. `first(0)` is an empty `Vec`, and starts nothing.
    ///
    /// # Errors
    /// [`Failures`](crate::Failures) with every failure so far, as soon as `n` values can no longer come.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use taskgroup::group;
    ///
    /// async fn ask(replica: u64) -> Result<u64, &'static str> {
    ///     tokio::time::sleep(Duration::from_millis(10 * replica)).await;
    ///     if replica == 1 { Err("down") } else { Ok(replica) }
    /// }
    ///
    /// let quorum = group!(for replica in [5, 3, 1, 2] { ask(replica) }).first(2).await;
    /// assert_eq!(quorum.unwrap(), [2, 3]);
    /// let too_many = group!(ask(1), ask(2)).first(2).await.unwrap_err();
    /// assert_eq!(too_many.to_string(), "`ask`: down");
    /// # });
    /// ```
    #[doc(alias = "quorum")]
    pub fn first<T>(self, n: usize) -> Group<E, HandingOut<C, T, Kept<T>>, FirstOf, O>
    where
        C: Nodes<E>,
        C::Values: OfOneType<T, E>,
    {
        self.handing_out(Kept::new(), FirstOf).with_core(|core| core.want(n))
    }

    /// Calls `f` with each value as it comes, and with the name of its child, on the owner's task; nothing is kept. All
    /// children yield one type, and the items of a `for` are included.
    ///
    /// The rule stays fail-fast. If `f` returns [`ControlFlow::Break`](std::ops::ControlFlow), the group ends early: the other
    /// children are cancelled and waited for, and the group is `Ok`. A panic of `f` ends it too, and is resumed.
    ///
    /// # Errors
    /// The first failure, as without a policy. The values that came before it have gone to `f`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// use std::{ops::ControlFlow, time::Duration};
    /// use taskgroup::group;
    ///
    /// async fn fetch(page: u64) -> Result<u64, std::io::Error> {
    ///     tokio::time::sleep(Duration::from_millis(10 * (4 - page))).await;
    ///     Ok(page * 100)
    /// }
    ///
    /// let mut seen = Vec::new();
    /// group!(pages = for page in 1..4 { fetch(page) })
    ///     .each(|page, size| seen.push(format!("{page}: {size}")))
    ///     .await?;
    /// assert_eq!(seen, ["pages[2]: 300", "pages[1]: 200", "pages[0]: 100"]);
    ///
    /// let mut total = 0;
    /// group!(for page in 1..4 { fetch(page) })
    ///     .each(|_, size| {
    ///         total += size;
    ///         if total >= 500 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    ///     })
    ///     .await?;
    /// assert_eq!(total, 500);
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    #[allow(clippy::type_complexity, reason = "the type is never written out")]
    #[doc(alias = "join_next")]
    #[doc(alias = "as_completed")]
    pub fn each<T, F, R>(self, f: F) -> Group<E, HandingOut<C, T, Called<F, T>>, ForEach, O>
    where
        C: Nodes<E>,
        C::Values: OfOneType<T, E>,
        F: FnMut(&Name, T) -> R,
        R: Flow,
    {
        self.handing_out(Called::new(f, |f, child, value| f(child, value).breaks()), ForEach)
    }

    /// Keeps a service going: no child ends another, and `f` is called with each failure as it happens, an error or a panic, a
    /// daemon's too. Values are dropped, and nothing is kept of a child that has ended: memory is that of
    /// [`.limit(n)`](Self::limit).
    ///
    /// Nothing is restarted. If `f` returns [`ControlFlow::Break`](std::ops::ControlFlow), the group ends: its children are
    /// cancelled and waited for, and it is `Ok`. A panic of `f` ends it too, and is resumed. What a child returns after a
    /// cancellation is no failure: an `Err` is late, as everywhere.
    ///
    /// # Errors
    /// [`Cancelled`](crate::Cancelled) if the group was cancelled, by an option or by an enclosing group, before all children
    /// had ended.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::group;
    ///
    /// let mut log = Vec::new();
    /// let ended = group!(connections = for n in 0..4 {
    ///     async move {
    ///         match n {
    ///             1 => Err("reset"),
    ///             2 => panic!("a bug"),
    ///             _ => Ok(()),
    ///         }
    ///     }
    /// })
    /// .supervise(|child, failure| log.push(format!("{child}: {failure}")))
    /// .limit(100)
    /// .await;
    /// assert!(ended.is_ok());
    /// assert_eq!(log, ["connections[1]: reset", "connections[2]: panicked: a bug"]);
    /// # });
    /// ```
    #[allow(clippy::type_complexity, reason = "the type is never written out")]
    #[doc(alias = "supervisor")]
    pub fn supervise<F, R>(self, f: F) -> Group<E, C, Supervise, And<O, Supervisor<F, E>>>
    where
        F: FnMut(&Name, Failure<E>) -> R,
        R: Flow,
    {
        let call = |f: &mut F, child: &Name, failure| f(child, failure).breaks();
        self.governed_by(Supervise).with(Supervisor::new(f, call, Ends::Group))
    }

    fn handing_out<T, K: Take<T>, Q: Policy>(self, taker: K, policy: Q) -> Group<E, HandingOut<C, T, K>, Q, O>
    where
        C: Nodes<E>,
        C::Values: OfOneType<T, E>,
    {
        let Self { children, options, core, policy: before, chain, limit, here } = self;
        let next = |children: Pin<&mut C>, arm| {
            let (child, value) = children.next_value(arm)?;
            Some((child, C::Values::unify(value)))
        };
        let children = HandingOut::new(children, next, taker);
        Group { children, options, core, policy: before, chain, limit, here }.governed_by(policy)
    }
}
