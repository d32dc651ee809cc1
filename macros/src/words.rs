//! The vocabulary of both macros, each word once: attributes of children, what `allow` takes, options and policies.
//!
//! A new option is one row of [`OPTIONS`]; a new synonym is one entry in its row.

use self::AttrKind::{Blocking, Child, Daemon, Spawn, Stream};
use self::ErrorBound::{Any, FromCancelled, FromPanicked};
use self::OptionKind::{Allowed, Boxed, CratePath, Flag, GroupOnly, Repeated, Supervise, Value};
use crate::similar::is_similar;

/// One of our attributes, none of which takes arguments.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum AttrKind {
    Child,
    Spawn,
    Blocking,
    Daemon,
    Stream,
}

/// What an attribute is written on.
#[derive(Clone, Copy)]
pub(crate) enum Host {
    /// An arm of `group!`.
    Arm,
    /// A statement under `#[task_group]`.
    Statement,
}

/// One row of the table of attributes.
struct Attr {
    kind: AttrKind,
    text: &'static str,
    /// Other libraries' words for it, as understood on an arm; `None` if an arm does not take the attribute.
    on_arm: Option<&'static [&'static str]>,
    /// The same for a statement. `#[task]` means `#[spawn]` on an arm, which is a child in any case, and `#[child]` here.
    on_statement: Option<&'static [&'static str]>,
}

/// A misspelt attribute is taken for the first of these that is similar.
const ATTRS: &[Attr] = &[
    Attr { kind: Child, text: "child", on_arm: None, on_statement: Some(&["task", "concurrent"]) },
    Attr { kind: Spawn, text: "spawn", on_arm: Some(&["task", "parallel"]), on_statement: Some(&["parallel"]) },
    Attr {
        kind: Blocking,
        text: "blocking",
        on_arm: Some(&["spawn_blocking", "thread"]),
        on_statement: Some(&["spawn_blocking", "thread"]),
    },
    Attr {
        kind: Daemon,
        text: "daemon",
        on_arm: Some(&["background", "detached", "service"]),
        on_statement: Some(&["background", "detached", "service"]),
    },
    Attr { kind: Stream, text: "stream", on_arm: Some(&[]), on_statement: None },
];

/// Attributes of Rust that a child statement can have. They are never taken for a misspelt one of ours.
pub(crate) const RUST_ATTRS: &[&str] = &["allow", "inline", "cold", "warn", "deny", "doc", "cfg", "expect"];

impl Attr {
    fn synonyms(&self, host: Host) -> Option<&'static [&'static str]> {
        match host {
            Host::Arm => self.on_arm,
            Host::Statement => self.on_statement,
        }
    }
}

impl AttrKind {
    /// Returns the attribute with this name.
    pub(crate) fn named(name: &str, host: Host) -> Option<Self> {
        Self::all(host).find(|attr| attr.text == name).map(|attr| attr.kind)
    }

    /// Returns the attribute that was probably meant by another name.
    pub(crate) fn meant(name: &str, host: Host) -> Option<Self> {
        let is_synonym = |attr: &&Attr| attr.synonyms(host).is_some_and(|synonyms| synonyms.contains(&name));
        let meant =
            Self::all(host).find(is_synonym).or_else(|| Self::all(host).find(|attr| is_similar(name, attr.text)));
        meant.map(|attr| attr.kind)
    }

    /// Returns the name, as it is written in the source.
    pub(crate) fn text(self) -> &'static str {
        ATTRS.iter().find(|attr| attr.kind == self).map_or("", |attr| attr.text)
    }

    /// Returns `true` if the attribute says where the child runs, of which there is one place.
    pub(crate) fn is_place(self) -> bool {
        match self {
            Child | Spawn | Blocking => true,
            Daemon | Stream => false,
        }
    }

    fn all(host: Host) -> impl Iterator<Item = &'static Attr> {
        ATTRS.iter().filter(move |attr| attr.synonyms(host).is_some())
    }
}

/// What `allow(…)` turns off.
#[derive(Clone, Copy, Default)]
pub(crate) struct Allow {
    pub(crate) detached: bool,
    pub(crate) blocking_sleep: bool,
    pub(crate) outer_token: bool,
}

impl Allow {
    /// Adds what is allowed by this name. Returns `false` if there is no such thing.
    #[must_use]
    pub(crate) fn add(&mut self, name: &str, host: Host) -> bool {
        match (name, host) {
            ("detached", _) => self.detached = true,
            ("blocking_sleep", _) => self.blocking_sleep = true,
            // A child statement is evaluated inside its group.
            ("outer_token", Host::Arm) => self.outer_token = true,
            _ => return false,
        }
        true
    }
}

/// How an option is written, in `#[task_group(…)]` and on a group.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum OptionKind {
    /// `limit = 8`, `.limit(8)`
    Value,
    /// `carry = &KEY`, `.carry(&KEY)`, any number of times.
    Repeated,
    /// `catch_panics`, `.catch_panics()`
    Flag,
    /// `supervise = f`: of a group it is a policy, of a function an option.
    Supervise,
    /// `.on_late_error(…)`: it needs more of a group than a function has.
    GroupOnly,
    /// `boxed`
    Boxed,
    /// `allow(detached)`
    Allowed,
    /// `crate = path`
    CratePath,
}

/// What an option requires of the error type.
#[derive(Clone, Copy, PartialEq)]
enum ErrorBound {
    Any,
    FromCancelled,
    FromPanicked,
}

/// One row of the table of options.
pub(crate) struct OptionWord {
    pub(crate) name: &'static str,
    pub(crate) kind: OptionKind,
    bound: ErrorBound,
    /// Other libraries' words for it.
    synonyms: &'static [&'static str],
}

const OPTIONS: &[OptionWord] = &[
    option("limit", Value, Any, &["max_concurrency", "concurrency", "max"]),
    option("timeout", Value, FromCancelled, &[]),
    option("deadline", Value, FromCancelled, &[]),
    option("grace", Value, Any, &[]),
    option("cancel_on", Value, FromCancelled, &["cancel"]),
    option("drain_on", Value, Any, &["shutdown", "drain"]),
    option("drain_timeout", Value, FromCancelled, &[]),
    option("name", Value, Any, &[]),
    option("carry", Repeated, Any, &["task_local"]),
    option("catch_panics", Flag, FromPanicked, &[]),
    option("supervise", Supervise, FromCancelled, &["on_failure"]),
    option("on_late_error", GroupOnly, Any, &[]),
    option("boxed", Boxed, Any, &["box"]),
    option("allow", Allowed, Any, &[]),
    option("crate", CratePath, Any, &["krate"]),
];

/// The rules for failures, which only a group can choose: its value changes with them, and a function's cannot.
const POLICIES: &[&str] = &["outcome", "settle", "collect_errors", "race", "first", "each"];

const fn option(
    name: &'static str,
    kind: OptionKind,
    bound: ErrorBound,
    synonyms: &'static [&'static str],
) -> OptionWord {
    OptionWord { name, kind, bound, synonyms }
}

impl OptionWord {
    /// Returns the options of `#[task_group]`.
    pub(crate) fn of_functions() -> impl Iterator<Item = &'static Self> {
        OPTIONS.iter().filter(|option| option.kind != GroupOnly)
    }

    /// Returns the option of `#[task_group]` with this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        Self::of_functions().find(|option| option.name == name)
    }

    /// Returns the option of `#[task_group]` that was probably meant by another name.
    pub(crate) fn meant(name: &str) -> Option<&'static Self> {
        let synonym = Self::of_functions().find(|option| option.synonyms.contains(&name));
        // A known word of another library comes before one that only looks alike.
        synonym.or_else(|| Self::of_functions().find(|option| is_similar(name, option.name)))
    }

    /// Returns `true` if a group has a method of this name, other than a policy.
    pub(crate) fn is_of_groups(name: &str) -> bool {
        let is_method = |kind| matches!(kind, Value | Repeated | Flag | Supervise | GroupOnly);
        OPTIONS.iter().any(|option| option.name == name && is_method(option.kind))
    }

    /// Returns `true` if a group has a method of this name that a function has no option for.
    pub(crate) fn is_only_of_groups(name: &str) -> bool {
        POLICIES.contains(&name) || OPTIONS.iter().any(|option| option.name == name && option.kind == GroupOnly)
    }

    /// Returns `true` if the option does not go with every error type.
    pub(crate) fn constrains_error(&self) -> bool {
        self.bound != Any
    }
}
