//! What the files take from the runtime's `sync.rs`, explored by loom.

use std::{
    cell::Cell,
    ops::{Deref, DerefMut},
};

use loom::{alloc::Track, sync::atomic::fence};

pub(crate) use loom::sync::atomic;

use self::atomic::{AtomicUsize, Ordering};

/// Counted references, with the orderings of std's: loom's have no weak ones. The count that loom sees decides, and std's,
/// which is never below it where threads can be interrupted, keeps the value.
pub(crate) struct Arc<T> {
    count: std::sync::Arc<AtomicUsize>,
    value: Option<std::sync::Arc<Tracked<T>>>,
}

pub(crate) struct Weak<T> {
    count: std::sync::Arc<AtomicUsize>,
    value: std::sync::Weak<Tracked<T>>,
}

/// A value that must not be left at the end of a model.
struct Tracked<T> {
    value: T,
    _track: Track<()>,
}

impl<T> Arc<T> {
    pub(crate) fn new(value: T) -> Self {
        let value = Tracked { value, _track: Track::new(()) };
        Self { count: std::sync::Arc::new(AtomicUsize::new(1)), value: Some(std::sync::Arc::new(value)) }
    }

    pub(crate) fn downgrade(this: &Self) -> Weak<T> {
        Weak { count: this.count.clone(), value: std::sync::Arc::downgrade(this.value.as_ref().unwrap()) }
    }

    pub(crate) fn ptr_eq(this: &Self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&this.count, &other.count)
    }

    pub(crate) fn into_inner(mut this: Self) -> Option<T> {
        let value = this.release()?;
        Some(std::sync::Arc::into_inner(value).expect("the last reference").value)
    }

    /// Gives the reference up. Returns the value if that was the last one.
    fn release(&mut self) -> Option<std::sync::Arc<Tracked<T>>> {
        let value = self.value.take()?;
        if self.count.fetch_sub(1, Ordering::Release) != 1 {
            return None;
        }
        fence(Ordering::Acquire);
        Some(value)
    }
}

impl<T> Weak<T> {
    pub(crate) fn upgrade(&self) -> Option<Arc<T>> {
        let more = |count| if count == 0 { None } else { Some(count + 1) };
        self.count.fetch_update(Ordering::Acquire, Ordering::Relaxed, more).ok()?;
        Some(Arc { count: self.count.clone(), value: Some(self.value.upgrade().expect("a counted reference")) })
    }
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        Self { count: self.count.clone(), value: self.value.clone() }
    }
}

impl<T> Clone for Arc<T> {
    fn clone(&self) -> Self {
        self.count.fetch_add(1, Ordering::Relaxed);
        Self { count: self.count.clone(), value: self.value.clone() }
    }
}

impl<T> Drop for Arc<T> {
    fn drop(&mut self) {
        drop(self.release());
    }
}

impl<T> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value.as_ref().unwrap().value
    }
}

impl<T: Default> Default for Arc<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

loom::thread_local! {
    /// How many locks this thread holds.
    static HELD: Cell<usize> = Cell::new(0);
}

/// Returns `true` if this thread holds a lock.
pub(crate) fn holds_a_lock() -> bool {
    // A thread that is ending holds none.
    HELD.try_with(Cell::get).unwrap_or(0) > 0
}

fn count_held(change: impl FnOnce(usize) -> usize) {
    let _ = HELD.try_with(|held| held.set(change(held.get())));
}

#[derive(Default)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let guard = self.0.lock().unwrap();
        count_held(|held| held + 1);
        MutexGuard(guard)
    }
}

pub(crate) struct MutexGuard<'a, T>(loom::sync::MutexGuard<'a, T>);

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        count_held(|held| held - 1);
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
