//! What changes while a group or child is alive, without a lock: it changes in each of its polls.
//!
//! It is polled by one thread at a time, so a load and a store are enough to add. All is relaxed: the tree and the watcher of
//! stalls show it, and nothing is decided by it. A reader may see the figures of two different polls. Only the serial number
//! of an item is released, because what precedes it is not stored under a lock.

#[cfg(feature = "tree")]
use std::sync::OnceLock;
use std::{
    sync::atomic::{
        AtomicBool, AtomicU8, AtomicU16, AtomicU64, AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    },
    time::Duration,
};

#[cfg(feature = "tree")]
use tokio::time::Instant;

use super::{batch::Batch, state::State, waits::Waits};

/// A time, where the feature `tree` shows times. Without it no clock is read.
#[derive(Clone, Copy)]
pub(crate) struct Moment(#[cfg(feature = "tree")] Instant);

#[cfg(feature = "tree")]
impl Moment {
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    /// Returns the time between an earlier moment and this one.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        // In a snapshot, it may have begun after that.
        self.0.saturating_duration_since(earlier.0)
    }

    fn zero() -> Instant {
        static ZERO: OnceLock<Instant> = OnceLock::new();
        *ZERO.get_or_init(Instant::now)
    }

    /// Returns the moment as a number of nanoseconds, of use beside others only.
    #[inline]
    fn number(self) -> u64 {
        let zero = Self::zero();
        match self.0.checked_duration_since(zero) {
            Some(after) => Self::ZERO + after.as_nanos() as u64,
            // The clock of a runtime in which time is paused is behind.
            None => Self::ZERO - zero.duration_since(self.0).as_nanos() as u64,
        }
    }

    /// Returns the moment of a [`number`](Self::number).
    fn of(number: u64) -> Self {
        let zero = Self::zero();
        let moment = match number.checked_sub(Self::ZERO) {
            Some(after) => zero.checked_add(Duration::from_nanos(after)),
            None => zero.checked_sub(Duration::from_nanos(Self::ZERO - number)),
        };
        // What was made of a moment is within the range of the clock.
        Self(moment.unwrap_or(zero))
    }
}

#[cfg(not(feature = "tree"))]
impl Moment {
    pub(super) fn now() -> Self {
        Self()
    }

    fn number(self) -> u64 {
        Self::ZERO
    }

    fn of(_: u64) -> Self {
        Self()
    }
}

impl Moment {
    const ZERO: u64 = 1 << 62;
}

/// When a poll began.
#[derive(Clone, Copy)]
pub(crate) enum Begun {
    /// When the entry began: a number is made of it only if the poll is pending.
    First(Moment),
    Later(u64),
}

impl Begun {
    /// That of what is not in the registry.
    pub(super) const NOTED_NOWHERE: Self = Self::Later(0);
}

/// Where an entry of the registry is.
pub(super) enum Home {
    /// In the slot of this number.
    Slot(usize),
    /// In a batch, where this bit stands for it.
    Batch(&'static Batch, u32),
}

/// The figures of one entry of the registry.
pub(crate) struct Figures {
    pub(super) home: Home,
    /// The count of its shard.
    pub(super) live: &'static AtomicUsize,
    /// An entry is used again, a serial number never: the tree shows it. 0 if the entry is vacant.
    pub(super) serial: AtomicU64,
    /// Of an entry in a batch, the number of the item.
    item: AtomicUsize,
    /// Of an entry in a batch, when it began.
    since: AtomicU64,
    /// How many handles of the entry there are, and entries below it.
    pub(super) users: AtomicUsize,
    /// Whether the entry has ended.
    pub(super) is_gone: AtomicBool,
    state: AtomicU8,
    waits: AtomicU16,
    polls: AtomicUsize,
    /// How many entries have begun below it.
    pub(super) begun: AtomicUsize,
    /// The sum of the polls that have ended, in nanoseconds.
    busy: AtomicU64,
    /// When the poll began that is under way, or when the last one ended.
    last: AtomicU64,
}

/// [`Figures::last`]: it was never polled.
const NEVER: u64 = 0;
/// Its first poll is under way, and began when the entry did.
const SINCE_IT_BEGAN: u64 = 1;

/// When a poll of a group began, for all that begins in it.
#[derive(Clone, Copy)]
pub(super) struct PollBegan {
    /// [`Figures::last`] in that poll.
    last: u64,
    number: u64,
}

impl Default for PollBegan {
    fn default() -> Self {
        // That of no poll.
        Self { last: u64::MAX, number: Moment::ZERO }
    }
}

/// The figures as they were at one moment.
#[cfg_attr(
    not(all(feature = "tree", feature = "tracing")),
    allow(dead_code, reason = "the tree needs some of them, and reports of stalls others")
)]
pub(crate) struct Reading {
    pub(crate) state: State,
    pub(crate) waits: Waits,
    pub(crate) polls: usize,
    pub(crate) begun: usize,
    pub(crate) busy: Duration,
    last: u64,
}

#[cfg(feature = "tree")]
impl Reading {
    /// Returns the time since its poll began, if one is under way, or since its last one ended; its `age` is that since it began.
    pub(crate) fn since_last(&self, now: Moment, age: Duration) -> Option<Duration> {
        match self.last {
            NEVER => None,
            SINCE_IT_BEGAN => Some(age),
            last => Some(Duration::from_nanos(now.number().saturating_sub(last))),
        }
    }
}

impl Figures {
    pub(super) fn new(home: Home, live: &'static AtomicUsize) -> Self {
        Self {
            home,
            live,
            serial: AtomicU64::new(0),
            item: AtomicUsize::new(0),
            since: AtomicU64::new(Moment::ZERO),
            users: AtomicUsize::new(0),
            is_gone: AtomicBool::new(true),
            state: AtomicU8::new(0),
            waits: AtomicU16::new(0),
            polls: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            busy: AtomicU64::new(0),
            last: AtomicU64::new(NEVER),
        }
    }

    /// Begins anew for another entry, which one handle uses.
    #[inline]
    pub(super) fn reset(&self, is_polled: bool) {
        let state = if is_polled { State::Running } else { State::Queued };
        self.users.store(1, Relaxed);
        self.is_gone.store(false, Relaxed);
        self.state.store(state as u8, Relaxed);
        self.waits.store(0, Relaxed);
        self.polls.store(is_polled.into(), Relaxed);
        self.begun.store(0, Relaxed);
        self.busy.store(0, Relaxed);
        self.last.store(if is_polled { SINCE_IT_BEGAN } else { NEVER }, Relaxed);
    }

    /// Begins anew for an item, which is shown from now on: the entry is not under a lock.
    #[inline]
    pub(super) fn begin_item(&self, item: usize, since: u64, serial: u64) {
        self.reset(false);
        self.item.store(item, Relaxed);
        self.since.store(since, Relaxed);
        // A snapshot that reads this reads what is stored above too.
        self.serial.store(serial, Release);
    }

    /// Returns the number of the item, and when it began; `None` for an entry in which no item has begun yet.
    pub(super) fn read_item(&self) -> Option<(usize, Moment)> {
        let has_begun = self.serial.load(Acquire) != 0;
        has_begun.then(|| (self.item.load(Relaxed), Moment::of(self.since.load(Relaxed))))
    }

    pub(super) fn set(&self, state: State) {
        self.state.store(state as u8, Relaxed);
    }

    pub(super) fn set_waits(&self, waits: u16) {
        self.waits.store(waits, Relaxed);
    }

    /// Notes the beginning of a poll, which is to be handed to [`poll_ends`](Self::poll_ends).
    #[inline]
    pub(super) fn poll_begins(&self) -> Begun {
        self.polls.store(self.polls.load(Relaxed).wrapping_add(1), Relaxed);
        let now = Moment::now().number();
        self.last.store(now, Relaxed);
        Begun::Later(now)
    }

    /// Returns when the poll began that is under way, which `known` keeps. Of the first poll, that is when this is called.
    #[inline]
    pub(super) fn poll_began(&self, known: &mut PollBegan) -> u64 {
        let last = self.last.load(Relaxed);
        if last != known.last {
            let number = if last > SINCE_IT_BEGAN { last } else { Moment::now().number() };
            *known = PollBegan { last, number };
        }
        known.number
    }

    #[inline]
    pub(super) fn poll_ends(&self, begun: Begun) {
        let now = Moment::now().number();
        let begun = match begun {
            Begun::First(moment) => moment.number(),
            Begun::Later(number) => number,
        };
        self.busy.store(self.busy.load(Relaxed) + now.saturating_sub(begun), Relaxed);
        self.last.store(now, Relaxed);
    }

    pub(super) fn read(&self) -> Reading {
        Reading {
            state: State::ALL[usize::from(self.state.load(Relaxed))],
            waits: Waits(self.waits.load(Relaxed)),
            polls: self.polls.load(Relaxed),
            begun: self.begun.load(Relaxed),
            busy: Duration::from_nanos(self.busy.load(Relaxed)),
            last: self.last.load(Relaxed),
        }
    }
}
