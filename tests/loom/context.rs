//! The files of the runtime's `context`, and stand-ins for what they and others take from the rest of it.

use std::cell::RefCell;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/epoch.rs"]
pub(crate) mod epoch;

#[allow(dead_code, unused_imports, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/first.rs"]
pub(crate) mod first;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/gate.rs"]
pub(crate) mod gate;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/key.rs"]
pub(crate) mod key;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/live_guard.rs"]
pub(crate) mod live_guard;

#[allow(dead_code, reason = "its unit tests are built, and not run")]
#[path = "../../runtime/src/context/living.rs"]
pub(crate) mod living;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/members.rs"]
pub(crate) mod members;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/open_gates.rs"]
mod open_gates;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/orders.rs"]
pub(crate) mod orders;

#[allow(dead_code, unused_imports, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/scope.rs"]
pub(crate) mod scope;

#[path = "../../runtime/src/context/sections.rs"]
pub(crate) mod sections;

#[allow(dead_code, reason = "of the runtime's, only what is tested is used")]
#[path = "../../runtime/src/context/withheld.rs"]
pub(crate) mod withheld;

use self::withheld::DeferredClose;

/// What one child carries.
pub(crate) mod carry {
    use loom::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    /// Notes that it was destroyed.
    pub(crate) struct Carried(pub(crate) Arc<AtomicUsize>);

    impl Drop for Carried {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Time that passes when a model says so.
pub(crate) mod backstop {
    use std::{task::Waker, time::Duration};

    use crate::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    /// How many times [`tick`] makes the longest wait.
    pub(crate) const TICKS: usize = 2;

    #[derive(Default)]
    struct Clock {
        now: AtomicUsize,
        wakeups: Mutex<Vec<(Latest, Waker)>>,
    }

    loom::lazy_static! {
        static ref CLOCK: Clock = Clock::default();
    }

    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Latest(usize);

    impl Latest {
        pub(crate) fn from_now(_: Duration) -> Self {
            Self(CLOCK.now.load(Ordering::Acquire) + TICKS)
        }

        pub(crate) fn has_passed(self) -> bool {
            CLOCK.now.load(Ordering::Acquire) >= self.0
        }
    }

    pub(crate) fn wake_at(at: Latest, waker: Waker) {
        let mut wakeups = CLOCK.wakeups.lock();
        if at.has_passed() {
            drop(wakeups);
            waker.wake();
        } else {
            wakeups.push((at, waker));
        }
    }

    /// Lets time pass.
    pub(crate) fn tick() {
        let due = {
            let mut wakeups = CLOCK.wakeups.lock();
            CLOCK.now.fetch_add(1, Ordering::AcqRel);
            let (due, later) =
                std::mem::take(&mut *wakeups).into_iter().partition::<Vec<_>, _>(|(at, _)| at.has_passed());
            *wakeups = later;
            due
        };
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Forgets what was not woken, at the end of a model.
    pub(crate) fn clear() {
        let wakeups = std::mem::take(&mut *CLOCK.wakeups.lock());
        drop(wakeups);
    }
}

pub(crate) const LONGEST_WITHHOLDING: std::time::Duration = std::time::Duration::ZERO;

loom::thread_local! {
    static WITHHELD: RefCell<Vec<DeferredClose>> = RefCell::new(Vec::new());
}

/// What `channel/end.rs` takes from `context/ends.rs`.
pub(crate) mod ends {
    pub(crate) use super::{puts_off, withhold, withholds};
}

/// Every thread of a model polls a child, until it calls [`leave`].
pub(crate) fn withhold(hold: impl FnOnce() -> DeferredClose, _: Option<&dyn withheld::Release>) {
    let held = hold();
    WITHHELD.with(|withheld| withheld.borrow_mut().push(held));
}

pub(crate) fn withholds<T>(end: &T) -> bool {
    let is_it = |held: &DeferredClose| std::ptr::addr_eq(std::sync::Arc::as_ptr(held.end()), end);
    WITHHELD.with(|withheld| withheld.borrow().iter().any(is_it))
}

/// No model has names.
pub(crate) fn puts_off<T>(_: &T) -> bool {
    false
}

/// The poll is over.
pub(crate) fn leave() {
    drop(WITHHELD.with(RefCell::take));
}

/// What `token/wait.rs` takes from the thread's stack of groups, which the models do not have.
pub(crate) mod asking {
    use crate::{context::scope::Scope, sync::Arc};

    pub(crate) fn note_and_scope() -> Option<Arc<Scope>> {
        None
    }

    pub(crate) fn look_and_scope() -> Option<Arc<Scope>> {
        None
    }
}

pub(crate) fn scope() -> Option<crate::sync::Arc<scope::Scope>> {
    None
}

/// What it takes from `context/turn.rs`: every answer is given at once.
pub(crate) mod turn {
    use std::task::{Context, Poll};

    pub(crate) fn poll_answer(_: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

pub(crate) fn is_inside() -> bool {
    false
}
