//! Every sentence that a user reads. Each says what is wrong in the user's words, and then what to write instead.
//!
//! The codes are stable and never reused.

pub(crate) mod group;
pub(crate) mod task_fn;

use std::fmt;

pub(crate) struct Message {
    code: &'static str,
    problem: String,
    instead: String,
    replaces_arm: bool,
}

impl Message {
    /// The arm is clear enough to be type-checked as it stands.
    fn new(code: &'static str, problem: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { code, problem: problem.into(), instead: instead.into(), replaces_arm: false }
    }

    /// rustc would report the same mistake again, in worse words, if the arm were emitted as it stands.
    fn replacing(code: &'static str, problem: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { replaces_arm: true, ..Self::new(code, problem, instead) }
    }

    pub(crate) fn replaces_arm(&self) -> bool {
        self.replaces_arm
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]\n{}", self.problem, self.code, self.instead)
    }
}

/// The sentences about a child that depend on how it is written.
pub(crate) struct Sentences {
    pub(crate) attribute_arguments: fn(&str) -> Message,
    pub(crate) duplicate_attribute: fn(&str) -> Message,
    pub(crate) contradiction: fn() -> Message,
    pub(crate) child_daemon: fn() -> Message,
    pub(crate) awaited: fn() -> Message,
    pub(crate) tried: fn() -> Message,
    pub(crate) closure: fn() -> Message,
    pub(crate) async_closure: fn() -> Message,
    pub(crate) blocking_future: fn() -> Message,
    pub(crate) detached: fn(&str) -> Message,
    pub(crate) blocking_sleep: fn() -> Message,
}
