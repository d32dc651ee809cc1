//! What a program of the corpus is, and the two ways to run it.

use std::{
    cell::RefCell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use taskgroup::testing::{Explored, Explorer, Finding};
use tokio::{runtime::Builder, time::timeout};

/// A program with one bug, and the same program without it.
pub trait Program {
    /// What goes wrong, as a name.
    const NAME: &'static str;
    /// The public report of a bug of this kind. Only the kind of the mistake is taken from it.
    const REPORT: &'static str;
    /// What outlives a run, and is new in each.
    type World: Default + 'static;

    /// Runs the program, and asserts what a caller can observe.
    fn run(world: Arc<Self::World>, mended: bool) -> impl Future<Output = ()>;

    /// Asserts what has to be true after every run, however it ended.
    fn check(_world: &Self::World) {}
}

/// What an exploration of a program is set to.
pub type Options = fn(Explorer<'_>) -> Explorer<'_>;

/// A program as a row of the table.
pub struct Row {
    pub name: &'static str,
    pub report: &'static str,
    pub explore: fn(mended: bool, options: Options) -> Result<Explored, Finding>,
    pub plain: fn(runs: usize) -> Option<usize>,
}

impl Row {
    pub const fn of<P: Program>() -> Self {
        Self { name: P::NAME, report: P::REPORT, explore: explore::<P>, plain: plain::<P> }
    }
}

fn explore<P: Program>(mended: bool, options: Options) -> Result<Explored, Finding> {
    let world = RefCell::new(Arc::new(P::World::default()));
    options(Explorer::new()).check(|_| P::check(&world.borrow())).try_run(|| {
        // New in each run, so that a run that failed leaves nothing behind for the next one.
        let new = Arc::new(P::World::default());
        world.replace(new.clone());
        P::run(new, mended)
    })
}

/// Does what a test without an explorer does, as often: runs the broken program, and checks what it left behind. Returns
/// the number of the run that failed.
fn plain<P: Program>(runs: usize) -> Option<usize> {
    (1..=runs).find(|_| {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
        let world = Arc::new(P::World::default());
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let run = async { timeout(Duration::from_secs(3600), P::run(world.clone(), false)).await };
            runtime.block_on(run).expect("it ends");
            P::check(&world);
        }));
        ran.is_err()
    })
}

/// State that is only touched between two awaits.
#[derive(Default)]
pub struct Plain<T>(std::sync::Mutex<T>);

impl<T> Plain<T> {
    pub fn default_with(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub fn with<R>(&self, reach: impl FnOnce(&mut T) -> R) -> R {
        // A panic elsewhere is what is looked for; the state is looked at afterwards.
        reach(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl<T: Copy> Plain<T> {
    pub fn get(&self) -> T {
        self.with(|value| *value)
    }

    pub fn set(&self, new: T) {
        self.with(|value| *value = new);
    }
}
