//! Shared code of the tests of `taskgroup`: records of events, runtimes, and macros that repeat a test for every kind of
//! child.

pub mod app;

use std::{
    fmt::Debug,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

/// A shared list of events.
#[derive(Clone, Default, Debug)]
pub struct Trail(Arc<Mutex<Vec<String>>>);

impl Trail {
    /// Creates an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event.
    pub fn say(&self, event: impl Into<String>) {
        self.lock().push(event.into());
    }

    /// Returns all events so far, in order.
    pub fn read(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// Returns all events so far, sorted, for tests in which their order is irrelevant.
    pub fn sorted(&self) -> Vec<String> {
        let mut events = self.read();
        events.sort();
        events
    }

    /// Returns `true` if this event has happened.
    pub fn has(&self, event: &str) -> bool {
        self.lock().iter().any(|there| there == event)
    }

    /// Returns a value whose destruction is an event.
    pub fn last_words(&self, event: impl Into<String>) -> LastWords {
        LastWords { trail: self.clone(), event: event.into() }
    }
}

/// Its destruction is an event of a [`Trail`].
pub struct LastWords {
    trail: Trail,
    event: String,
}

impl Drop for LastWords {
    fn drop(&mut self) {
        self.trail.say(std::mem::take(&mut self.event));
    }
}

/// Records whether its [`DropFlag`] has been dropped.
#[derive(Clone, Default, Debug)]
pub struct Flag(Arc<AtomicBool>);

impl Flag {
    /// Creates a flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets it.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Returns `true` if it is set.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Returns a value whose `Drop` sets it.
    pub fn on_drop(&self) -> DropFlag {
        DropFlag(self.clone())
    }
}

/// Sets its [`Flag`] when it is dropped.
#[derive(Debug)]
pub struct DropFlag(Flag);

impl Drop for DropFlag {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Counts the values that are alive, the most that were alive at once, and all that were ever created.
#[derive(Clone, Default, Debug)]
pub struct Alive(Arc<[AtomicUsize; 3]>);

impl Alive {
    /// Creates an empty counter.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, until the returned value is dropped.
    pub fn enter(&self) -> Presence {
        let now = self.0[0].fetch_add(1, Ordering::SeqCst) + 1;
        self.0[1].fetch_max(now, Ordering::SeqCst);
        self.0[2].fetch_add(1, Ordering::SeqCst);
        Presence(self.clone())
    }

    /// Returns the number that are alive.
    pub fn now(&self) -> usize {
        self.0[0].load(Ordering::SeqCst)
    }

    /// Returns the most that were alive at once.
    pub fn most(&self) -> usize {
        self.0[1].load(Ordering::SeqCst)
    }

    /// Returns the number that were ever created.
    pub fn ever(&self) -> usize {
        self.0[2].load(Ordering::SeqCst)
    }
}

/// One of the values that [`Alive`] counts.
#[derive(Debug)]
pub struct Presence(Alive);

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.0[0].fetch_sub(1, Ordering::SeqCst);
    }
}

/// Counts arrivals, and lets others wait until there are enough. Makes certain what a sleep would only make likely.
#[derive(Clone, Debug)]
pub struct Ready(tokio::sync::watch::Sender<usize>);

impl Default for Ready {
    fn default() -> Self {
        Self(tokio::sync::watch::Sender::new(0))
    }
}

impl Ready {
    /// Creates an empty counter.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one arrival.
    pub fn tick(&self) {
        self.0.send_modify(|there| *there += 1);
    }

    /// Waits until `count` have arrived.
    pub fn reach(&self, count: usize) -> impl Future<Output = ()> + Send + use<> {
        let mut there = self.0.subscribe();
        async move {
            there.wait_for(|there| *there >= count).await.expect("the sender is there");
        }
    }
}

/// Panics when it is dropped.
pub struct Bomb(pub &'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::panic_any(self.0);
    }
}

/// Returns a duration in milliseconds.
pub const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Sleeps, then returns `result`.
pub async fn after<T>(n: u64, result: T) -> T {
    tokio::time::sleep(ms(n)).await;
    result
}

/// Never ends; `guard` lives as long as it does.
pub async fn forever<G, T>(guard: G) -> T {
    let _guard = guard;
    std::future::pending().await
}

/// Yields to the runtime `times` times.
pub async fn yields(n: usize) {
    for _ in 0..n {
        tokio::task::yield_now().await;
    }
}

/// Uses up tokio's cooperative budget of the poll in which it is awaited, without waiting.
pub async fn use_up_budget() {
    while tokio::task::coop::has_budget_remaining() {
        tokio::task::coop::consume_budget().await;
    }
}

/// An error that every other error converts to.
#[derive(Debug)]
pub enum Fail {
    /// A child's own.
    Own(&'static str),
    /// Likewise.
    Cancelled(taskgroup::Cancelled),
    /// Likewise.
    Panicked(taskgroup::Panicked),
}

impl std::fmt::Display for Fail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Own(text) => f.write_str(text),
            Self::Cancelled(cancelled) => write!(f, "{cancelled}"),
            Self::Panicked(panicked) => write!(f, "{panicked}"),
        }
    }
}

impl From<taskgroup::Cancelled> for Fail {
    fn from(cancelled: taskgroup::Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

impl From<taskgroup::Panicked> for Fail {
    fn from(panicked: taskgroup::Panicked) -> Self {
        Self::Panicked(panicked)
    }
}

/// Formats a result: `ok 3`, `err boom`. Without the list of what was unfinished, which has tests of its own.
pub fn text<T: Debug, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => format!("ok {value:?}"),
        Err(error) => {
            let error = error.to_string();
            format!("err {}", error.split("; unfinished: ").next().unwrap_or(&error))
        }
    }
}

/// Formats one slot of a settled group.
pub fn settled<T: Debug, E: std::fmt::Display>(slot: &taskgroup::Settled<T, E>) -> String {
    use taskgroup::Settled;
    match slot {
        Settled::Done(value) => format!("done {value:?}"),
        Settled::Failed(error) => format!("failed {error}"),
        Settled::Panicked(panicked) => format!("panicked {}", panicked.message()),
        Settled::Cancelled { cause, late: None } => format!("cancelled {cause}"),
        Settled::Cancelled { cause, late: Some(error) } => format!("cancelled {cause}, late {error}"),
        Settled::NeverStarted => "never started".to_owned(),
    }
}

/// A waker that counts.
#[derive(Default)]
pub struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Counting {
    /// Creates one, and its waker.
    pub fn new() -> (Arc<Self>, Waker) {
        let counting = Arc::new(Self::default());
        (counting.clone(), Waker::from(counting))
    }

    /// Returns how often it was woken.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Polls once, with a waker that does nothing.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls `future` up to a given number of times while it is pending, with a yield in between.
pub async fn polls<F: Future + ?Sized>(mut future: Pin<&mut F>, times: usize) -> Option<F::Output> {
    for _ in 0..times {
        let polled = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// Runs `future`, and returns what it panicked with. A panic with another kind of payload is an error of the test.
pub async fn panic_of<F: Future>(future: F) -> &'static str
where
    F::Output: Debug,
{
    // What is awaited is also dropped inside.
    #[allow(clippy::redundant_async_block, reason = "it is not: the block drops the future when that has ended")]
    let mut future = std::pin::pin!(async { future.await });
    let caught =
        poll_fn(|cx| match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => Poll::Ready(Err(payload)),
        })
        .await;
    match caught {
        Ok(output) => panic!("no panic, but {output:?}"),
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => *text,
            Err(payload) => match payload.downcast::<String>() {
                Ok(text) => text.leak(),
                Err(_) => panic!("a panic with a payload of another type"),
            },
        },
    }
}

/// A test. Boxed, so that what runs it is compiled once and not for each.
pub type Test<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs a test on one thread, in virtual time. A test that waits for nothing that could happen fails after a virtual day.
pub fn in_virtual_time(test: Test<'_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(no_longer_than(Duration::from_secs(86_400), test))
}

/// Runs a test on three worker threads, in real time. A test that takes five minutes hangs: on a busy machine, the longest
/// takes half a minute.
pub fn on_many_threads(test: Test<'_>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(no_longer_than(Duration::from_secs(300), test))
}

/// The clock is polled first: its own wake-up must not be what ends a sleeping test.
async fn no_longer_than(limit: Duration, test: Test<'_>) {
    tokio::select! {
        biased;
        () = tokio::time::sleep(limit) => panic!("it hangs"),
        () = test => {}
    }
}

/// Tests in virtual time, which exists on one thread only.
#[macro_export]
macro_rules! virtual_time {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => {$(
        $(#[$meta])*
        #[test]
        fn $name() {
            $crate::in_virtual_time(Box::pin(async $body));
        }
    )*};
}

/// Tests that run on the current-thread runtime and on the multi-thread one. They must not depend on time.
#[macro_export]
macro_rules! on_both_runtimes {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test uses something of its module")]
            use super::*;

            async fn test() $body

            $(#[$meta])*
            #[test]
            fn current_thread() {
                $crate::in_virtual_time(Box::pin(test()));
            }

            $(#[$meta])*
            #[test]
            fn multi_thread() {
                $crate::on_many_threads(Box::pin(test()));
            }
        }
    )*};
}

/// Tests for inline and for spawned children, on both runtimes. In the body, `crowd!(a = …, b = …)` is the group, and
/// `crowd_for!(a = x in xs { … })` one with a `for`.
#[macro_export]
macro_rules! every_kind {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => {$(
        mod $name {
            mod inline {
                #[allow(unused_imports, reason = "not every test uses everything")]
                use {super::super::*, $crate::{inline_crowd as crowd, inline_crowd_for as crowd_for}};
                $crate::on_both_runtimes! { $(#[$meta])* async fn on() $body }
            }
            mod spawned {
                #[allow(unused_imports, reason = "not every test uses everything")]
                use {super::super::*, $crate::{spawned_crowd as crowd, spawned_crowd_for as crowd_for}};
                $crate::on_both_runtimes! { $(#[$meta])* async fn on() $body }
            }
        }
    )*};
}

/// As [`every_kind`], in virtual time only.
#[macro_export]
macro_rules! every_kind_in_virtual_time {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => {$(
        mod $name {
            mod inline {
                #[allow(unused_imports, reason = "not every test uses everything")]
                use {super::super::*, $crate::{inline_crowd as crowd, inline_crowd_for as crowd_for}};
                $crate::virtual_time! { $(#[$meta])* async fn on_one_thread() $body }
            }
            mod spawned {
                #[allow(unused_imports, reason = "not every test uses everything")]
                use {super::super::*, $crate::{spawned_crowd as crowd, spawned_crowd_for as crowd_for}};
                $crate::virtual_time! { $(#[$meta])* async fn on_one_thread() $body }
            }
        }
    )*};
}

/// A group of inline children.
#[macro_export]
macro_rules! inline_crowd {
    ($($(@$daemon:ident)? $name:ident = $child:expr),* $(,)?) => {
        ::taskgroup::group!($($(#[$daemon])? $name = $child),*)
    };
}

/// A group of spawned children.
#[macro_export]
macro_rules! spawned_crowd {
    ($($(@$daemon:ident)? $name:ident = $child:expr),* $(,)?) => {
        ::taskgroup::group!($(#[spawn] $(#[$daemon])? $name = $child),*)
    };
}

/// A group with one inline `for`.
#[macro_export]
macro_rules! inline_crowd_for {
    ($name:ident = $item:ident in ($items:expr) $body:block) => {
        ::taskgroup::group!($name = for $item in $items $body)
    };
}

/// A group with one spawned `for`.
#[macro_export]
macro_rules! spawned_crowd_for {
    ($name:ident = $item:ident in ($items:expr) $body:block) => {
        ::taskgroup::group!(#[spawn] $name = for $item in $items $body)
    };
}
