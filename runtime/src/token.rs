//! The token of a group: a tree of scopes, made only when somebody asks, and the free functions that find it.
//!
//! 1. A scope is cancelled at most once; its first cause is final, and is set before anybody can see the flag.
//! 2. Cancelling reaches every scope below, by a loop, not by recursion; a shielded scope stops it.
//! 3. A scope made below a cancelled one starts cancelled, unless it is shielded: both happen under the parent's lock.
//! 4. A scope that is dropped leaves nothing behind in its parent.
//! 5. No waker is called, and no user code runs, while a lock is held.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;
use tokio::{
    runtime::{Handle, Id},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    ambient::{self, Frame, Key, Place, guard},
    child::crew::Crew,
    error::{Cancelled, Cause},
    live::Alive,
    slab::Slab,
    testing::hook,
};

const CANCELLED: u8 = 1;
const DRAINING: u8 = 2;
const LISTENED: u8 = 4;
const FULL: u8 = 8;

/// What the members of one group share, once somebody needs it.
pub(crate) struct Scope {
    flags: AtomicU8,
    around: Option<Arc<Scope>>,
    /// The place in the list of the scope around.
    place: AtomicUsize,
    shielded: bool,
    deadline: Option<Instant>,
    shared: Mutex<Shared>,
    pub(crate) crew: Crew,
}

#[derive(Default)]
struct Shared {
    cause: Option<Cause>,
    waiters: Slab<Waker>,
    drain_waiters: Slab<Waker>,
    below: Slab<Weak<Scope>>,
    token: Option<CancellationToken>,
    alive: Weak<Alive>,
    runtime: Option<Id>,
    quiet: Vec<Waker>,
    shields: Vec<(Key, u32)>,
}

/// Who is to be told, once the lock is given back.
type Listeners = (Vec<Waker>, Option<CancellationToken>);

impl Scope {
    /// The scope of a group, or of a child that has a token of its own.
    pub(crate) fn group(around: Option<Arc<Scope>>, deadline: Option<Instant>) -> Arc<Self> {
        let inherited = around.as_ref().and_then(|around| around.deadline);
        let deadline = match (inherited, deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self::new(around, deadline, false)
    }

    /// A scope in which no cancellation from around is seen.
    fn shield(around: Option<Arc<Scope>>) -> Arc<Self> {
        Self::new(around, None, true)
    }

    fn new(around: Option<Arc<Scope>>, deadline: Option<Instant>, shielded: bool) -> Arc<Self> {
        let scope = Arc::new(Self {
            flags: AtomicU8::new(0),
            around,
            place: AtomicUsize::new(usize::MAX),
            shielded,
            deadline,
            shared: Mutex::default(),
            crew: Crew::default(),
        });
        if let Some(around) = &scope.around {
            let mut outer = around.lock();
            scope.place.store(outer.below.insert(Arc::downgrade(&scope)), Ordering::Relaxed);
            let cause = outer.cause.clone().filter(|_| !shielded);
            let draining = around.is_draining();
            // Nobody else has the scope yet: its own lock, inside the other, is never waited for.
            if let Some(cause) = cause {
                scope.lock().cause = Some(cause);
                scope.flags.fetch_or(CANCELLED, Ordering::Release);
            }
            if draining {
                scope.flags.fetch_or(DRAINING, Ordering::Release);
            }
        }
        scope
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, flag: u8) -> bool {
        self.flags.load(Ordering::Acquire) & flag != 0
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.has(CANCELLED)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.has(DRAINING)
    }

    /// Has anybody looked at this token, so that a last poll is worth while?
    pub(crate) fn is_listened(&self) -> bool {
        self.has(LISTENED)
    }

    pub(crate) fn listen(&self) {
        if !self.is_listened() {
            self.flags.fetch_or(LISTENED, Ordering::Release);
        }
    }

    /// A `#[task_group]` function with a limit says whether it has reached it.
    pub(crate) fn set_full(&self, full: bool) {
        if full {
            self.flags.fetch_or(FULL, Ordering::Release);
        } else {
            self.flags.fetch_and(!FULL, Ordering::Release);
        }
    }

    pub(crate) fn cause(&self) -> Option<Cause> {
        if self.is_cancelled() { self.lock().cause.clone() } else { None }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(crate) fn is_root(&self) -> bool {
        self.around.is_none()
    }

    /// Sets the cause, then wakes everybody who waits for it, here and below. `false` if there was a cause already.
    pub(crate) fn cancel(self: &Arc<Self>, cause: Cause) -> bool {
        self.reach(true, |scope, shared| {
            if shared.cause.is_some() {
                return None;
            }
            shared.cause = Some(cause.clone());
            scope.flags.fetch_or(CANCELLED, Ordering::Release);
            Some((shared.waiters.take().collect(), shared.token.take()))
        })
    }

    /// Tells everybody here and below to take nothing new.
    pub(crate) fn drain(self: &Arc<Self>) {
        self.reach(false, |scope, shared| {
            let before = scope.flags.fetch_or(DRAINING, Ordering::Release);
            if before & DRAINING != 0 { None } else { Some((shared.drain_waiters.take().collect(), None)) }
        });
    }

    /// Applies `tell` to this scope and to those below; `None` says that the scope, and what is below, knows already.
    /// Whether this scope itself had something to hear.
    fn reach(self: &Arc<Self>, stop_at_shields: bool, tell: impl Fn(&Self, &mut Shared) -> Option<Listeners>) -> bool {
        let mut news = false;
        let mut next = vec![self.clone()];
        while let Some(scope) = next.pop() {
            let (wakers, token) = {
                let mut shared = scope.lock();
                let Some(listeners) = tell(&scope, &mut shared) else { continue };
                let below = shared.below.iter().filter_map(Weak::upgrade);
                next.extend(below.filter(|below| !(stop_at_shields && below.shielded)));
                listeners
            };
            news |= Arc::ptr_eq(&scope, self);
            wakers.into_iter().for_each(Waker::wake);
            if let Some(token) = token {
                token.cancel();
            }
        }
        news
    }

    /// A token for foreign code; cancelling it cancels nothing of ours.
    fn child_token(&self) -> CancellationToken {
        let mut shared = self.lock();
        if self.is_cancelled() {
            let token = CancellationToken::new();
            token.cancel();
            return token;
        }
        shared.token.get_or_insert_default().child_token()
    }

    // Adoption: see `live.rs`.

    /// The guard that everything holds that runs for this group elsewhere.
    pub(crate) fn alive(self: &Arc<Self>) -> Arc<Alive> {
        if let Some(alive) = self.lock().alive.upgrade() {
            return alive;
        }
        // The scopes above, the outermost last, up to one that has its guard.
        let mut line = vec![self.clone()];
        let mut above = None;
        while let Some(around) = line.last().and_then(|scope| scope.around.clone()) {
            let alive = around.lock().alive.upgrade();
            if alive.is_some() {
                above = alive;
                break;
            }
            line.push(around);
        }
        for scope in line.into_iter().rev() {
            let fresh = Arc::new(Alive::of(scope.clone(), above.take()));
            let mut shared = scope.lock();
            above = Some(match shared.alive.upgrade() {
                // Somebody else was faster; ours goes after the lock does.
                Some(there) => {
                    drop(shared);
                    there
                }
                None => {
                    shared.alive = Arc::downgrade(&fresh);
                    shared.runtime = Handle::try_current().ok().map(|handle| handle.id());
                    drop(shared);
                    fresh
                }
            });
        }
        above.unwrap_or_else(|| Arc::new(Alive::of(self.clone(), None)))
    }

    pub(crate) fn downgraded(&self) -> Weak<Alive> {
        self.lock().alive.clone()
    }

    pub(crate) fn runtime(&self) -> Option<Id> {
        self.lock().runtime
    }

    /// Ready when nothing that was started below this scope is alive.
    pub(crate) fn poll_quiet(&self, cx: &Context<'_>) -> Poll<()> {
        let mut shared = self.lock();
        if shared.alive.strong_count() == 0 {
            return Poll::Ready(());
        }
        if !shared.quiet.iter().any(|waker| waker.will_wake(cx.waker())) {
            shared.quiet.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// The last guard is gone, or a shield ended.
    pub(crate) fn all_quiet(&self) {
        let wakers = std::mem::take(&mut self.lock().quiet);
        wakers.into_iter().for_each(Waker::wake);
    }

    // Shields: which children of the group are in a critical section.

    pub(crate) fn is_shielding(&self, child: Key) -> bool {
        self.lock().shields.iter().any(|(key, _)| *key == child)
    }

    fn shield_begins(&self, child: Key) {
        let mut shared = self.lock();
        match shared.shields.iter_mut().find(|(key, _)| *key == child) {
            Some((_, count)) => *count += 1,
            None => shared.shields.push((child, 1)),
        }
    }

    fn shield_ends(&self, child: Key) {
        {
            let mut shared = self.lock();
            if let Some(index) = shared.shields.iter().position(|(key, _)| *key == child) {
                shared.shields[index].1 -= 1;
                if shared.shields[index].1 == 0 {
                    shared.shields.swap_remove(index);
                }
            }
        }
        self.all_quiet();
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let unlink = |scope: &mut Self| {
            let around = scope.around.take()?;
            around.lock().below.remove(*scope.place.get_mut());
            Some(around)
        };
        // Not by recursion: the chain is as long as groups are deep.
        let mut around = unlink(self);
        while let Some(mut scope) = around.and_then(Arc::into_inner) {
            around = unlink(&mut scope);
        }
    }
}

/// A place in a list of wakers, given up when it is dropped.
struct Waiting {
    scope: Arc<Scope>,
    key: Option<usize>,
    list: fn(&mut Shared) -> &mut Slab<Waker>,
}

impl Waiting {
    fn poll<R>(&mut self, cx: &Context<'_>, look: impl FnOnce(&Scope, &Shared) -> Option<R>) -> Poll<R> {
        let mut shared = self.scope.lock();
        if let Some(seen) = look(&self.scope, &shared) {
            return Poll::Ready(seen);
        }
        let waiters = (self.list)(&mut shared);
        match self.key.and_then(|key| waiters.get_mut(key)) {
            Some(waker) => waker.clone_from(cx.waker()),
            None => self.key = Some(waiters.insert(cx.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            // After a cancellation the list is empty for good, so the key finds nothing.
            let waker = (self.list)(&mut self.scope.lock()).remove(key);
            drop(waker);
        }
    }
}

/// The group that first polls a future, and keeps it.
enum Found {
    NotYet,
    Nowhere,
    Here(Waiting),
}

impl Found {
    fn poll(&mut self, list: fn(&mut Shared) -> &mut Slab<Waker>) -> Option<&mut Waiting> {
        if let Self::NotYet = self {
            *self = match ambient::ask_current() {
                None => Self::Nowhere,
                Some(frame) => {
                    frame.scope().listen();
                    Self::Here(Waiting { scope: frame.scope().clone(), key: None, list })
                }
            };
        }
        match self {
            Self::Here(waiting) => Some(waiting),
            _ => None,
        }
    }
}

/// The future of [`cancelled`].
#[must_use = "futures do nothing unless awaited"]
pub(crate) struct WaitCancelled(Found);

impl WaitCancelled {
    pub(crate) fn new() -> Self {
        Self(Found::NotYet)
    }

    /// Does it wait for the group whose code runs now?
    pub(crate) fn is_here(&self) -> bool {
        match &self.0 {
            Found::NotYet => true,
            Found::Nowhere => !ambient::is_inside(),
            Found::Here(waiting) => ambient::current().is_some_and(|frame| Arc::ptr_eq(frame.scope(), &waiting.scope)),
        }
    }

    /// Waits for a scope that is known already.
    pub(crate) fn of(scope: Arc<Scope>) -> Self {
        Self(Found::Here(Waiting { scope, key: None, list: |shared| &mut shared.waiters }))
    }
}

impl Future for WaitCancelled {
    type Output = Cancelled;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Cancelled> {
        match self.0.poll(|shared| &mut shared.waiters) {
            Some(waiting) => {
                let cancelled = waiting.poll(cx, |_, shared| shared.cause.clone().map(Cancelled::new));
                hook::looked(cancelled.is_ready());
                cancelled
            }
            None => Poll::Pending,
        }
    }
}

struct WaitDraining(Found);

impl Future for WaitDraining {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0.poll(|shared| &mut shared.drain_waiters) {
            Some(waiting) => waiting.poll(cx, |scope, _| scope.is_draining().then_some(())),
            None => Poll::Pending,
        }
    }
}

/// Waits until the innermost group is cancelled, and says why. Outside a group it never resolves.
///
/// The future belongs to the group that first polls it, and keeps it, even if it is moved elsewhere later.
///
/// Kotlin calls this "cooperative cancellation"; in Go one selects on `ctx.Done()`, if the context was passed along.
///
/// # Cancel safety
/// A cancellation is a level, not an edge: nothing is lost if the future is dropped, and the next one resolves at once.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::time::Duration;
/// use taskgroup::{Cause, cancelled, group};
///
/// let stopped = group!(
///     server = async {
///         let why = cancelled().await;
///         assert!(matches!(why.cause(), Cause::Failed { child } if child == "broken"));
///         Ok(())
///     },
///     broken = async { Err::<(), _>("broken") },
/// )
/// .grace(Duration::from_secs(1))
/// .await;
/// assert_eq!(stopped, Err("broken"));
/// # });
/// ```
pub async fn cancelled() -> Cancelled {
    WaitCancelled::new().await
}

/// Has the innermost group been cancelled? For loops and for blocking code. `false` outside a group.
///
/// One load while nobody below the outermost group has asked for a token, so it can stand in a tight loop.
pub fn is_cancelled() -> bool {
    let cancelled = ambient::ask_nearest(|scope| scope.is_cancelled()).unwrap_or(false);
    hook::looked(cancelled);
    cancelled
}

/// Why the innermost group was cancelled; `None` if it was not, and outside a group.
pub fn cause() -> Option<Cause> {
    let cause = ambient::ask_nearest(|scope| scope.cause()).flatten();
    hook::looked(cause.is_some());
    cause
}

/// A point at which a loop, or blocking code, lets itself be cancelled: `checkpoint()?`.
///
/// # Errors
/// [`Cancelled`] once the innermost group is cancelled.
pub fn checkpoint() -> Result<(), Cancelled> {
    match cause() {
        Some(cause) => Err(Cancelled::new(cause)),
        None => Ok(()),
    }
}

/// Makes any await cancellable: the value of `future`, unless the innermost group is cancelled first.
///
/// The future is polled first, so a value that is ready is delivered even after a cancellation.
///
/// # Errors
/// [`Cancelled`] if the group was cancelled before the future was ready; the future is dropped then.
///
/// # Cancel safety
/// As that of `future`.
pub async fn or_cancelled<F: IntoFuture>(future: F) -> Result<F::Output, Cancelled> {
    pin_project! {
        struct OrCancelled<F> {
            #[pin]
            future: F,
            #[pin]
            cancelled: WaitCancelled,
        }
    }
    impl<F: Future> Future for OrCancelled<F> {
        type Output = Result<F::Output, Cancelled>;

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            let this = self.project();
            match this.future.poll(cx) {
                Poll::Ready(value) => Poll::Ready(Ok(value)),
                Poll::Pending => this.cancelled.poll(cx).map(Err),
            }
        }
    }
    OrCancelled { future: future.into_future(), cancelled: WaitCancelled::new() }.await
}

/// The nearest deadline of the groups around; `None` if none has one. A [`shield`] hides those outside it.
pub fn deadline() -> Option<Instant> {
    ambient::peek(|scope| scope.deadline()).flatten()
}

/// Waits until a group around drains: finish what you have, take nothing new. Outside a group it never resolves.
///
/// For accept loops and keep-alive connections. Draining is not a cancellation, and [`is_cancelled`] stays `false`.
///
/// # Cancel safety
/// Nothing is lost if the future is dropped: draining is a level, not an edge.
pub async fn draining() {
    WaitDraining(Found::NotYet).await;
}

/// Is a group around draining?
pub fn is_draining() -> bool {
    ambient::ask_nearest(|scope| scope.is_draining()).unwrap_or(false)
}

/// Is there room for another child in the `#[task_group(limit = …)]` function whose body asks?
///
/// Without room, a child statement waits until there is: backpressure. Ask first to shed load instead. `true` in a
/// function without a limit, and outside.
pub fn has_room() -> bool {
    !ambient::peek_own(|scope| scope.has(FULL)).unwrap_or(false)
}

/// A [`CancellationToken`] for tokio-util APIs and foreign threads, cancelled with the innermost group.
///
/// Cancelling it stops only what it was given to, never the group. Outside a group it is a token that nobody cancels.
pub fn child_token() -> CancellationToken {
    match ambient::ask_current() {
        None => CancellationToken::new(),
        Some(frame) => {
            frame.scope().listen();
            frame.scope().child_token()
        }
    }
}

pin_project! {
    /// A future that is polled as the code of a given scope.
    struct Within<F> {
        #[pin]
        future: Option<F>,
        place: Place,
        section: Option<Section>,
        kind: Kind,
    }
}

enum Kind {
    /// A critical section: which child it belongs to is known at the first poll.
    Shield,
    /// Code of a group on a foreign task.
    Carried,
}

/// A critical section that has begun; it ends when this is dropped.
struct Section {
    scope: Arc<Scope>,
    child: Key,
}

impl Drop for Section {
    fn drop(&mut self) {
        self.scope.shield_ends(self.child);
    }
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        if let (Kind::Shield, None) = (&this.kind, &this.place.frame) {
            let around = ambient::ask_current();
            if let Some(frame) = &around {
                let (scope, child) = (frame.scope().clone(), ambient::child());
                scope.shield_begins(child);
                *this.section = Some(Section { scope, child });
            }
            let around = around.map(|frame| frame.scope().clone());
            this.place.frame = Some(Frame::Scope(Scope::shield(around)));
        }
        if let (Kind::Carried, None, Some(future)) = (&this.kind, &this.place.frame, this.future.as_mut().as_pin_mut())
        {
            return future.poll(cx); // called outside any group
        }
        let future = this.future.as_mut();
        let ended = ambient::within(this.place, |child| {
            child.set(Key::OWNER);
            guard(|| match future.as_pin_mut() {
                Some(future) => future.poll(cx),
                None => panic!("polled after it was ready"),
            })
        });
        if !matches!(ended, Ok(Poll::Pending)) {
            // The future goes inside the section, the section before its owner hears of it.
            let future = this.future.as_mut();
            let dropped = ambient::within(this.place, |_| guard(|| Pin::set(&mut { future }, None)));
            *this.section = None;
            if let (Ok(_), Err(payload)) = (&ended, dropped) {
                std::panic::resume_unwind(payload);
            }
        }
        match ended {
            Ok(poll) => poll,
            Err(payload) => std::panic::resume_unwind(payload),
        }
    }
}

/// A critical section: inside it no cancellation is seen, and the group does not drop the child until it ends.
///
/// If a grace is set, the section ends with the grace at the latest. Groups opened inside it are shielded too. Shielding
/// the owner of a group does not shield the children that run beside it. A drop of the *owner's* future cannot wait: an
/// inline child goes with it, in the middle of its section; a spawned child finishes its section first.
///
/// Trio calls this a shielded cancel scope.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::{cell::Cell, time::Duration};
/// use taskgroup::{cancelled, group, shield};
///
/// let saved = Cell::new(false);
/// let failed = group!(
///     worker = async {
///         cancelled().await;
///         shield(async {
///             tokio::time::sleep(Duration::from_millis(5)).await; // a drop would cut this short
///             saved.set(true);
///         })
///         .await;
///         Ok(())
///     },
///     broken = async { Err::<(), _>("broken") },
/// )
/// .await;
/// assert!(failed.is_err() && saved.get());
/// # });
/// ```
pub async fn shield<F: IntoFuture>(future: F) -> F::Output {
    let future = Some(future.into_future());
    Within { future, place: Place::default(), section: None, kind: Kind::Shield }.await
}

/// Carries the token into a raw `tokio::spawn`: the free functions there find the group in which this was called.
///
/// The group does not wait for what is spawned so. If you want that, use `#[spawn]`.
pub fn in_current_group<F: IntoFuture>(future: F) -> impl Future<Output = F::Output> + use<F> {
    let frame = ambient::ask_current().map(|frame| Frame::Scope(frame.scope().clone()));
    if let Some(frame) = &frame {
        frame.scope().listen();
    }
    let future = Some(future.into_future());
    let place = Place { frame, asked: false };
    Within { future, place, section: None, kind: Kind::Carried }
}
