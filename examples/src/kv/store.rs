//! The values, and when they expire.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::KvError;

/// When a value that was set expires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expiry {
    /// Never.
    Never,
    /// After a time from now.
    After(Duration),
}

/// Which values `SET` replaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replace {
    /// Any, and it adds new ones.
    Any,
    /// None: it only adds.
    None,
    /// Only those that are there.
    Present,
}

/// The remaining life of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// There is no such value.
    Missing,
    /// It does not expire.
    Endless,
    /// It expires after this time.
    Left(Duration),
}

struct Entry {
    value: Bytes,
    expires: Option<Instant>,
}

#[derive(Default)]
struct Data {
    entries: HashMap<Bytes, Entry>,
    /// The keys that expire, the next one first.
    expiring: BTreeSet<(Instant, Bytes)>,
}

impl Data {
    fn remove(&mut self, key: &Bytes) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        if let Some(at) = entry.expires {
            self.expiring.remove(&(at, key.clone()));
        }
        Some(entry)
    }

    fn insert(&mut self, key: Bytes, value: Bytes, expires: Option<Instant>) {
        self.remove(&key);
        if let Some(at) = expires {
            self.expiring.insert((at, key.clone()));
        }
        self.entries.insert(key, Entry { value, expires });
    }

    /// Removes what has expired: a value that is late to be removed is not seen in the meantime.
    fn expire(&mut self) {
        let now = Instant::now();
        while let Some((at, _)) = self.expiring.first() {
            if *at > now {
                break;
            }
            if let Some((_, key)) = self.expiring.pop_first() {
                self.entries.remove(&key);
            }
        }
    }
}

/// A map from keys to values that can expire, shared by all connections.
#[derive(Default)]
pub struct Store {
    data: Mutex<Data>,
    /// Notified when the next value to expire has become another one.
    earlier: Notify,
}

impl Store {
    fn with<R>(&self, f: impl FnOnce(&mut Data) -> R) -> R {
        // A connection that panics does not hold the lock in the middle of a change: each change is one call.
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        if !data.expiring.is_empty() {
            data.expire();
        }
        f(&mut data)
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &Bytes) -> Option<Bytes> {
        self.with(|data| data.entries.get(key).map(|entry| entry.value.clone()))
    }

    /// Sets a value; returns `false` if `replace` does not allow it.
    pub fn set(&self, key: Bytes, value: Bytes, expiry: Expiry, replace: Replace) -> bool {
        let set = self.with(|data| {
            let present = data.entries.contains_key(&key);
            if (replace == Replace::None && present) || (replace == Replace::Present && !present) {
                return false;
            }
            let expires = match expiry {
                Expiry::Never => None,
                Expiry::After(time) => Instant::now().checked_add(time),
            };
            data.insert(key, value, expires);
            true
        });
        if set && expiry != Expiry::Never {
            self.earlier.notify_one();
        }
        set
    }

    /// Removes a value; returns `true` if there was one.
    pub fn delete(&self, key: &Bytes) -> bool {
        self.with(|data| data.remove(key).is_some())
    }

    /// Returns `true` if there is such a value.
    pub fn exists(&self, key: &Bytes) -> bool {
        self.with(|data| data.entries.contains_key(key))
    }

    /// Adds one to a number, which is 0 if it is missing. Returns `None` if the value is no number, or the largest one.
    pub fn increment(&self, key: &Bytes) -> Option<i64> {
        self.with(|data| {
            let Some(entry) = data.entries.get_mut(key) else {
                data.insert(key.clone(), Bytes::from_static(b"1"), None);
                return Some(1);
            };
            let number = std::str::from_utf8(&entry.value).ok()?.parse::<i64>().ok()?.checked_add(1)?;
            entry.value = Bytes::from(number.to_string());
            Some(number)
        })
    }

    /// Makes a value expire; returns `false` if there is no such value.
    pub fn expire_after(&self, key: &Bytes, time: Duration) -> bool {
        let found = self.with(|data| match data.remove(key) {
            Some(entry) => {
                data.insert(key.clone(), entry.value, Instant::now().checked_add(time));
                true
            }
            None => false,
        });
        if found {
            self.earlier.notify_one();
        }
        found
    }

    /// Returns how long a value remains.
    pub fn life(&self, key: &Bytes) -> Life {
        self.with(|data| match data.entries.get(key) {
            None => Life::Missing,
            Some(Entry { expires: None, .. }) => Life::Endless,
            Some(Entry { expires: Some(at), .. }) => Life::Left(at.saturating_duration_since(Instant::now())),
        })
    }

    /// Removes what has expired, for as long as the server runs.
    ///
    /// # Errors
    /// None; the type is that of the other children.
    pub async fn expire(&self) -> Result<(), KvError> {
        loop {
            let next = self.with(|data| data.expiring.first().map(|(at, _)| *at));
            let changed = self.earlier.notified();
            match next {
                Some(at) => tokio::select! {
                    () = sleep_until(at) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }
}
