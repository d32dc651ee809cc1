//! The names of groups and children, in errors, causes, logs and the task tree.

use std::{
    borrow::{Borrow, Cow},
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

/// The name of a group or a child: a cheap clone that reads as a `str`.
///
/// The `n`-th item of a `for` arm called `pages` is `pages[n]`, counted from 0.
///
/// ```
/// use taskgroup::Name;
///
/// let name = Name::from("heartbeat");
/// assert_eq!(&*name, "heartbeat");
/// assert!(name.starts_with("heart"));
/// ```
#[derive(Clone)]
pub struct Name(Repr);

#[derive(Clone)]
enum Repr {
    Literal(&'static str),
    Shared(Arc<str>),
}

impl Name {
    pub(crate) const fn literal(name: &'static str) -> Self {
        Self(Repr::Literal(name))
    }

    pub(crate) fn item(name: &str, index: usize) -> Self {
        // Shared by all clones, in causes, errors and events.
        Self(Repr::Shared(format!("{name}[{index}]").into()))
    }

    fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Literal(name) => name,
            Repr::Shared(name) => name,
        }
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With the width and the alignment of the format, which the columns of a log use.
        f.pad(self)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Name {}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As `str` does, which `Borrow` requires.
        (**self).hash(state);
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(Repr::Shared(name.into()))
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(Repr::Shared(name.into()))
    }
}

impl From<Cow<'_, str>> for Name {
    fn from(name: Cow<'_, str>) -> Self {
        Self(Repr::Shared(name.into()))
    }
}

impl From<Arc<str>> for Name {
    fn from(name: Arc<str>) -> Self {
        Self(Repr::Shared(name))
    }
}

/// The name of a child, as text only when it is needed: the name of an item of a `for` is an allocation.
#[derive(Clone, Copy)]
pub struct LazyName {
    pub(crate) arm: &'static str,
    pub(crate) item: Option<usize>,
}

impl LazyName {
    pub(crate) const fn arm(arm: &'static str) -> Self {
        Self { arm, item: None }
    }

    pub(crate) const fn item(arm: &'static str, item: usize) -> Self {
        Self { arm, item: Some(item) }
    }

    /// Returns the line of the arm, or 0.
    #[cfg(feature = "testing")]
    pub(crate) fn line(self) -> u32 {
        0
    }

    pub(crate) fn name(self) -> Name {
        match self.item {
            // No allocation: it is a literal of the expansion.
            None => Name::literal(self.arm),
            Some(index) => Name::item(self.arm, index),
        }
    }
}
