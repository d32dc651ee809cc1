//! What the children of one case share: what is to happen, and what has happened.

use std::{
    fmt,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, MutexGuard},
    task::{Poll, Waker},
    time::Duration,
};

use taskgroup::{
    Cancelled, Panicked, checkpoint, or_cancelled, shield,
    testing::{Injected, fail_point},
};

/// How many polls of its own code each child has before it is done.
pub const STEPS: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    Fail,
    Panic,
    PanicInDrop,
}

/// What is to happen in a case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    /// Which child does what at which of its steps.
    pub act: Option<(Act, usize, usize)>,
    /// After so many steps of all children together.
    pub cancel: Option<usize>,
    pub drain: Option<usize>,
    /// The enclosing group is cancelled.
    pub around: Option<usize>,
    pub timeout: Option<Duration>,
    pub drain_timeout: Option<Duration>,
    pub limit: Option<usize>,
    pub grace: Option<Duration>,
    /// Children look at the token, and answer a cancellation with an error.
    pub listens: bool,
    /// Children sleep between their steps instead of yielding: only on a paused clock.
    pub sleeps: bool,
    /// Children keep their threads busy for so long in each step.
    pub busy: Option<Duration>,
    /// The middle of each child is a critical section.
    pub shields: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Child {
    NotBegun,
    Begun,
    Done,
    Failed,
    /// It answered a cancellation with an error.
    Answered,
    Panicked,
}

pub struct World {
    pub plan: Plan,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    children: Vec<(usize, Child)>,
    steps: usize,
    living: usize,
    wakers: Vec<Waker>,
    /// A trigger has fired in the group under test.
    cancelled: bool,
    drained: bool,
    late: usize,
    misjudged: bool,
}

/// What children panic with: the owner must get this very thing.
pub struct Boom;

impl World {
    pub fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self { plan, state: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set(&self, id: usize, child: Child) {
        let mut state = self.lock();
        match state.children.iter_mut().find(|(there, _)| *there == id) {
            Some((_, there)) => *there = child,
            None => state.children.push((id, child)),
        }
    }

    pub fn child(&self, id: usize) -> Child {
        self.lock().children.iter().find(|(there, _)| *there == id).map_or(Child::NotBegun, |(_, child)| *child)
    }

    /// How many futures, values and errors exist.
    pub fn living(&self) -> usize {
        self.lock().living
    }

    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    pub fn is_drained(&self) -> bool {
        self.lock().drained
    }

    pub fn has_late_listener(&self) {
        self.lock().late += 1;
    }

    /// The outcome was wrong; the panic that says so may be lost.
    pub fn misjudge(&self) {
        self.lock().misjudged = true;
    }

    pub fn is_misjudged(&self) -> bool {
        self.lock().misjudged
    }

    pub fn late(&self) -> usize {
        self.lock().late
    }

    /// Counts one more step of any child.
    fn advance(&self) {
        let wakers = {
            let mut state = self.lock();
            state.steps += 1;
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Resolves once all children together have made so many steps; never without a number.
    async fn reaches(&self, steps: Option<usize>) {
        poll_fn(|cx| {
            let mut state = self.lock();
            match steps {
                Some(steps) if state.steps >= steps => Poll::Ready(()),
                _ => {
                    if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                        state.wakers.push(cx.waker().clone());
                    }
                    Poll::Pending
                }
            }
        })
        .await;
    }

    pub async fn cancels(self: Arc<Self>) {
        self.reaches(self.plan.cancel).await;
        self.lock().cancelled = true;
    }

    pub async fn drains(self: Arc<Self>) {
        self.reaches(self.plan.drain).await;
        self.lock().drained = true;
    }

    pub async fn cancels_the_enclosing_group(self: Arc<Self>) {
        self.reaches(self.plan.around).await;
    }

    /// One step of one child.
    fn step(self: &Arc<Self>, id: usize, step: usize) -> Result<(), Fault> {
        self.set(id, Child::Begun);
        self.advance();
        if let Some(busy) = self.plan.busy {
            let since = std::time::Instant::now();
            while since.elapsed() < busy {
                std::hint::spin_loop();
            }
        }
        let injected = match catch_unwind(AssertUnwindSafe(|| fail_point("step"))) {
            Ok(injected) => injected,
            Err(payload) => {
                self.set(id, Child::Panicked);
                resume_unwind(payload);
            }
        };
        let fails = matches!(self.plan.act, Some((Act::Fail, child, at)) if (child, at) == (id, step));
        if fails || injected.is_err() {
            self.set(id, Child::Failed);
            return Err(Fault::Of(id, Life::new(self)));
        }
        if matches!(self.plan.act, Some((Act::Panic, child, at)) if (child, at) == (id, step)) {
            self.set(id, Child::Panicked);
            resume_unwind(Box::new(Boom));
        }
        Ok(())
    }

    fn done(self: &Arc<Self>, id: usize) -> Value {
        self.set(id, Child::Done);
        Value { id, _life: Life::new(self) }
    }

    fn answer(self: &Arc<Self>, id: usize) -> Fault {
        self.set(id, Child::Answered);
        Fault::Of(id, Life::new(self))
    }
}

/// Something that must be dropped.
pub struct Life {
    world: Arc<World>,
    panics: Option<usize>,
}

impl Life {
    fn new(world: &Arc<World>) -> Self {
        world.lock().living += 1;
        Self { world: world.clone(), panics: None }
    }

    /// Of a child's body, which may panic when it is dropped.
    fn of_body(world: &Arc<World>, id: usize) -> Self {
        let panics = matches!(world.plan.act, Some((Act::PanicInDrop, child, _)) if child == id);
        let mut life = Self::new(world);
        life.panics = panics.then_some(id);
        life
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.world.lock().living -= 1;
        if let (Some(id), false) = (self.panics, std::thread::panicking()) {
            self.world.set(id, Child::Panicked);
            resume_unwind(Box::new(Boom));
        }
    }
}

pub struct Value {
    pub id: usize,
    _life: Life,
}

/// The error of every group here.
pub enum Fault {
    Of(usize, #[allow(dead_code, reason = "it is there to be dropped")] Life),
    Cancelled,
    Panicked,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(id, _) => write!(f, "child {id}"),
            Self::Cancelled => write!(f, "cancelled"),
            Self::Panicked => write!(f, "panicked"),
        }
    }
}

impl From<Cancelled> for Fault {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<Panicked> for Fault {
    fn from(panicked: Panicked) -> Self {
        let payload = panicked.into_payload();
        assert!(payload.is::<Boom>() || payload.is::<Injected>(), "a payload of somebody else's");
        Self::Panicked
    }
}

/// An async child. Its body is dropped while its result is at hand: a panic there must not lose the one or the other.
pub fn probe(world: &Arc<World>, id: usize) -> impl Future<Output = Result<Value, Fault>> + Send + use<> {
    let world = world.clone();
    let body = Life::of_body(&world, id);
    async move {
        let result = steps(&world, id).await;
        drop(body);
        result
    }
}

async fn steps(world: &Arc<World>, id: usize) -> Result<Value, Fault> {
    for step in 0..STEPS {
        world.step(id, step)?;
        let pause = pause(world.plan, id, step);
        if world.plan.shields && step == STEPS / 2 {
            shield(pause).await;
        } else if world.plan.listens {
            or_cancelled(pause).await.map_err(|_| world.answer(id))?;
        } else {
            pause.await;
        }
    }
    Ok(world.done(id))
}

/// An async daemon: like a child, but its value is not used.
pub fn daemon(world: &Arc<World>, id: usize) -> impl Future<Output = Result<(), Fault>> + Send + use<> {
    let probe = probe(world, id);
    async move { probe.await.map(drop) }
}

async fn pause(plan: Plan, id: usize, step: usize) {
    if plan.sleeps {
        // All at times of their own, and room for a deadline in between.
        tokio::time::sleep(Duration::from_millis(2 * (1 + id + 5 * step) as u64)).await;
        return;
    }
    let mut waited = false;
    poll_fn(|cx| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A blocking child.
pub fn work(world: &Arc<World>, id: usize) -> impl FnOnce() -> Result<Value, Fault> + Send + use<> {
    let world = world.clone();
    let body = Life::of_body(&world, id);
    move || {
        let result = blocking_steps(&world, id);
        drop(body);
        result
    }
}

fn blocking_steps(world: &Arc<World>, id: usize) -> Result<Value, Fault> {
    for step in 0..STEPS {
        world.step(id, step)?;
        if world.plan.listens {
            checkpoint().map_err(|_| world.answer(id))?;
        }
    }
    Ok(world.done(id))
}

pub fn blocking_daemon(world: &Arc<World>, id: usize) -> impl FnOnce() -> Result<(), Fault> + Send + use<> {
    let work = work(world, id);
    move || work().map(drop)
}
