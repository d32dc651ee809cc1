//! Values of `tokio::task_local!` that `.carry(…)` hands to spawned and blocking children.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::task::LocalKey;

use crate::{observe, sync::Mutex};

/// What one child carries along, besides what all children of its group share.
pub(crate) struct Luggage {
    parcels: Mutex<Vec<Box<dyn Parcel>>>,
    _withheld: Vec<Withheld>,
    watch: observe::Child,
}

impl Luggage {
    pub(crate) fn new(parcels: Vec<Box<dyn Parcel>>, watch: observe::Child) -> Self {
        Self { parcels: Mutex::new(parcels), _withheld: Vec::new(), watch }
    }

    /// What a child that has ended carries back: ends of channels of which others hear when its owner has it.
    pub(crate) fn withheld(withheld: Vec<Withheld>) -> Self {
        Self { parcels: Mutex::default(), _withheld: withheld, watch: observe::Child::default() }
    }

    /// What the child is called, if anybody can watch.
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    pub(crate) fn name(&self) -> Option<crate::name::Name> {
        self.watch.name()
    }

    /// Runs `f`, which must not unwind, with the carried values in place.
    pub(crate) fn around<R>(&self, f: impl FnOnce() -> R) -> R {
        let mut parcels = self.parcels.lock();
        let (mut f, mut result) = (Some(f), None);
        self.watch.run(|| unpack(&mut parcels, &mut || result = f.take().map(|f| f())));
        match result {
            Some(result) => result,
            None => unreachable!("every parcel runs what it is given"),
        }
    }
}

fn unpack(parcels: &mut [Box<dyn Parcel>], f: &mut dyn FnMut()) {
    match parcels.split_first_mut() {
        None => f(),
        Some((first, rest)) => first.around(&mut || unpack(rest, f)),
    }
}

/// One value on its way with one child.
pub(crate) trait Parcel: Send {
    fn around(&mut self, f: &mut dyn FnMut());
}

/// One value as the group read it at its first poll, to be cloned for each child.
pub(crate) trait Stock: Send {
    fn parcel(&self) -> Box<dyn Parcel>;
}

/// Reads the value that is set now, if one is.
pub(crate) fn read<T: Clone + Send + 'static>(key: &'static LocalKey<T>) -> Option<Box<dyn Stock>> {
    let value = key.try_with(T::clone).ok()?;
    Some(Box::new(Held { key, value: Some(value) }))
}

struct Held<T: 'static> {
    key: &'static LocalKey<T>,
    value: Option<T>,
}

impl<T: Clone + Send + 'static> Stock for Held<T> {
    fn parcel(&self) -> Box<dyn Parcel> {
        Box::new(Self { key: self.key, value: self.value.clone() })
    }
}

impl<T: Send + 'static> Parcel for Held<T> {
    fn around(&mut self, f: &mut dyn FnMut()) {
        let Some(value) = self.value.take() else { return f() };
        // tokio gives the value of a finished `sync_scope` away; a future's can be taken back.
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

/// An end of a channel whose closing the other side is to see later.
pub(crate) trait Release: Send + Sync {
    /// Lets the other side see it.
    fn release(&self);
}

/// Keeps the other side from seeing an end as long as it exists.
pub(crate) struct Withheld(Arc<dyn Release>);

impl Withheld {
    pub(crate) fn new(end: Arc<dyn Release>) -> Self {
        Self(end)
    }

    pub(crate) fn is_of<T>(&self, end: &T) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.0), end)
    }
}

impl Drop for Withheld {
    fn drop(&mut self) {
        self.0.release();
    }
}
