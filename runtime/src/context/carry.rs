//! Values of `tokio::task_local!` that `.carry(…)` hands to spawned and blocking children.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker},
};

use tokio::task::LocalKey;

use crate::sync::Mutex;

/// What one child carries, besides what all children of its group share.
pub(crate) struct Carried(Mutex<Vec<Box<dyn Local>>>);

impl Carried {
    pub(crate) fn new(locals: Vec<Box<dyn Local>>) -> Self {
        Self(Mutex::new(locals))
    }

    /// Runs `f`, which must not unwind, with the carried values in place.
    pub(crate) fn with_values<R>(&self, f: impl FnOnce() -> R) -> R {
        // Held while the child runs, but only its own task ever takes it.
        let mut locals = self.0.lock();
        // In options, because it is called behind `dyn FnMut`, which might be called again.
        let (mut f, mut result) = (Some(f), None);
        unpack(&mut locals, &mut || result = f.take().map(|f| f()));
        match result {
            Some(result) => result,
            None => unreachable!("every local runs what it is given"),
        }
    }
}

fn unpack(locals: &mut [Box<dyn Local>], f: &mut dyn FnMut()) {
    match locals.split_first_mut() {
        None => f(),
        // Recursion is bounded here: one frame for each `.carry(…)` in the source.
        Some((first, rest)) => first.with_values(&mut || unpack(rest, f)),
    }
}

/// One value on its way with one child.
pub(crate) trait Local: Send {
    fn with_values(&mut self, f: &mut dyn FnMut());
}

/// One value as the group read it at its first poll, cloned for each child.
pub(crate) trait LocalSource: Send {
    fn local(&self) -> Box<dyn Local>;
}

/// Reads the value that is set now, if one is.
pub(crate) fn read<T: Clone + Send + 'static>(key: &'static LocalKey<T>) -> Option<Box<dyn LocalSource>> {
    // Not set: the children do not see one either.
    let value = key.try_with(T::clone).ok()?;
    Some(Box::new(Held { key, value: Some(value) }))
}

struct Held<T: 'static> {
    key: &'static LocalKey<T>,
    value: Option<T>,
}

impl<T: Clone + Send + 'static> LocalSource for Held<T> {
    fn local(&self) -> Box<dyn Local> {
        Box::new(Self { key: self.key, value: self.value.clone() })
    }
}

impl<T: Send + 'static> Local for Held<T> {
    fn with_values(&mut self, f: &mut dyn FnMut()) {
        // Only if tokio did not give the value back after an earlier poll: the child then runs without it.
        let Some(value) = self.value.take() else { return f() };
        // tokio drops the value at the end of `sync_scope`; that of a future can be taken back, for the next poll.
        let mut scoped = pin!(self.key.scope(
            value,
            poll_fn(|_| {
                f();
                Poll::<()>::Pending
            })
        ));
        let _ = scoped.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.value = scoped.as_mut().take_value();
    }
}
