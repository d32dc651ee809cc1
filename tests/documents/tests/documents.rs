//! What `docs/` says is true: its code blocks are built and run, and the compiler output that it quotes is real.

use std::sync::{Mutex, PoisonError};

/// What a block printed.
pub(crate) struct Printed(Mutex<Vec<String>>);

impl Printed {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    #[allow(dead_code, reason = "only a document that prints needs it")]
    pub(crate) fn line(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    #[track_caller]
    pub(crate) fn check(&self, expected: &str) {
        let printed = self.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
        assert_eq!(printed, expected.trim_end(), "printed (left) is not what the document says (right)");
    }
}

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
