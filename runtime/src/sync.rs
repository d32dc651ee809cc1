//! The locks and counters of the files that loom tests: `tests/loom` builds the same files with loom's instead.

pub(crate) use std::sync::{Arc, Mutex, MutexGuard, atomic};
