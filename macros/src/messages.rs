//! Every sentence of the macros that a user reads. Each says what is wrong in the user's words, and what to write
//! instead.
//!
//! The codes are stable. A code is never reused.

pub(crate) mod group;
pub(crate) mod habits;
pub(crate) mod task_fn;
pub(crate) mod unread;

use std::fmt;

use crate::ast::Place;

pub(crate) struct Message {
    code: &'static str,
    problem: String,
    instead: String,
    replaces_arm: bool,
}

impl Message {
    /// Creates a message for a mistake after which the arm is emitted as written.
    fn new(code: &'static str, problem: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { code, problem: problem.into(), instead: instead.into(), replaces_arm: false }
    }

    /// Creates a message for a mistake that rustc would report again, in other words, if the arm were emitted as written.
    /// A stub takes the place of the arm.
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

/// The sentences about one child that differ between an arm, an item of a `for` arm and a child statement.
pub(crate) struct Sentences {
    pub(crate) attribute_arguments: fn(&str) -> Message,
    pub(crate) duplicate_attribute: fn(&str) -> Message,
    pub(crate) contradiction: fn() -> Message,
    pub(crate) child_daemon: fn() -> Message,
    pub(crate) awaited: fn() -> Message,
    pub(crate) tried: fn() -> Message,
    pub(crate) closure: fn(Place) -> Message,
    pub(crate) async_closure: fn() -> Message,
    pub(crate) blocking_future: fn() -> Message,
    pub(crate) detached: fn(&str) -> Message,
    pub(crate) blocking_sleep: fn() -> Message,
    pub(crate) closure_with_arguments: fn() -> Message,
    pub(crate) if_without_else: fn() -> Message,
    pub(crate) block_without_child: fn() -> Message,
    pub(crate) without_ok: fn() -> Message,
}

// Shared by `group!` and `#[task_group]`, under the code of each.

fn async_closure(code: &'static str) -> Message {
    Message::replacing(code, "this closure is never called", "write `async { … }` without `||`")
}

fn closure(code: &'static str, place: Place) -> Message {
    let instead = match place {
        Place::Spawned => "write `#[blocking]` in place of `#[spawn]`, or `async move { … }` in place of the closure",
        _ => "write `#[blocking]` to run it on a blocking thread, or `async { … }` in place of the closure",
    };
    Message::replacing(code, "a closure is not a future", instead)
}

fn if_without_else(code: &'static str) -> Message {
    Message::replacing(
        code,
        "there is no child here if the condition is false",
        "put the condition into the child: `async move { if wanted { f().await.map(Some) } else { Ok(None) } }`",
    )
}

fn block_without_child(code: &'static str) -> Message {
    Message::replacing(
        code,
        "this block runs at once, and ends without a child",
        "write `async { … }`, with `Ok(())` at its end; if nothing else says its error, `Ok::<_, Error>(())`",
    )
}

fn without_ok(code: &'static str) -> Message {
    // Not replaced: the fallback adds the `Ok(())`.
    Message::new(
        code,
        "this child uses `?`, and ends without a `Result`",
        "write `Ok(())` at its end; if nothing else says its error, `Ok::<_, Error>(())`",
    )
}

fn blocking_future(code: &'static str) -> Message {
    Message::replacing(
        code,
        "a `#[blocking]` child is a closure, not a future",
        "write `move || …`, or `#[spawn]` in place of `#[blocking]`",
    )
}
