//! The names of groups and children, in errors, causes, logs and the task tree.

use std::{
    borrow::{Borrow, Cow},
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    panic::Location,
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

    /// The name of a group that was given none.
    pub(crate) fn of_place(place: &Location<'_>) -> Self {
        Self::from(format!("{}:{}", place.file(), place.line()))
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

/// The name of an arm or of a child statement, and its line: what an expansion passes. It is a constant of the program, so a
/// child holds one pointer to it.
pub type Written = &'static (&'static str, u32);

/// The name of an arm or of a child statement, and its line.
#[derive(Clone, Copy)]
pub struct Label(Written);

impl Label {
    #[inline(always)]
    pub(crate) const fn new(written: Written) -> Self {
        Self(written)
    }
}

/// The name of a child, as text only when it is needed: the name of an item of a `for` is an allocation.
#[derive(Clone, Copy)]
pub struct LazyName {
    text: &'static str,
    #[cfg(any(feature = "tree", feature = "testing"))]
    line: u32,
    item: Option<usize>,
}

impl LazyName {
    /// The name of what has no arm, and a name of its own.
    pub(crate) const NONE: Self = Self::function("");

    pub(crate) const fn arm(arm: Label) -> Self {
        Self {
            text: arm.0.0,
            #[cfg(any(feature = "tree", feature = "testing"))]
            line: arm.0.1,
            item: None,
        }
    }

    /// The name of the body of a function, whose place is that of the group.
    pub(crate) const fn function(name: &'static str) -> Self {
        Self {
            text: name,
            #[cfg(any(feature = "tree", feature = "testing"))]
            line: 0,
            item: None,
        }
    }

    pub(crate) const fn item(arm: Label, item: usize) -> Self {
        Self { item: Some(item), ..Self::arm(arm) }
    }

    /// Returns the line of the arm, 0 if it is not known.
    #[cfg(any(feature = "tree", feature = "testing"))]
    pub(crate) fn line(self) -> u32 {
        self.line
    }

    /// Returns the name of the arm, and the number of the item.
    pub(crate) fn place(self) -> (&'static str, Option<usize>) {
        (self.text, self.item)
    }

    pub(crate) fn name(self) -> Name {
        match self.item {
            // No allocation: it is a literal of the expansion.
            None => Name::literal(self.text),
            Some(index) => Name::item(self.text, index),
        }
    }
}

/// The name of an arm or of a child statement, with the number of the item: as a [`LazyName`] has it, in two words. For what is
/// made for each child, and moved.
#[derive(Clone, Copy)]
pub struct ShortName {
    label: Label,
    item: usize,
}

impl ShortName {
    /// No source can yield as many.
    const NO_ITEM: usize = usize::MAX;

    #[inline(always)]
    pub(crate) const fn arm(arm: Label) -> Self {
        Self { label: arm, item: Self::NO_ITEM }
    }

    #[inline(always)]
    pub(crate) const fn item(arm: Label, item: usize) -> Self {
        Self { label: arm, item }
    }

    pub(crate) fn lazy(self) -> LazyName {
        if self.item == Self::NO_ITEM { LazyName::arm(self.label) } else { LazyName::item(self.label, self.item) }
    }
}

impl fmt::Display for LazyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)?;
        match self.item {
            None => Ok(()),
            Some(index) => write!(f, "[{index}]"),
        }
    }
}

/// The name of something that is observed: nearly always nothing ever asks for it as text.
#[cfg(any(feature = "tracing", feature = "tree"))]
#[derive(Clone)]
pub(crate) enum Who {
    /// A child, named after its arm.
    Arm(LazyName),
    /// What has a name of its own.
    Given(Name),
    /// A group that was given none.
    Place(&'static Location<'static>),
}

#[cfg(any(feature = "tracing", feature = "tree"))]
impl Who {
    /// Takes out what has to be dropped.
    pub(crate) fn take_given(&mut self) -> Option<Self> {
        matches!(self, Self::Given(_)).then(|| std::mem::replace(self, Self::Arm(LazyName::NONE)))
    }

    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree and the console keep it"))]
    pub(crate) fn name(&self) -> Name {
        match self {
            Self::Arm(lazy) => lazy.name(),
            Self::Given(name) => name.clone(),
            Self::Place(place) => Name::of_place(place),
        }
    }
}

#[cfg(any(feature = "tracing", feature = "tree"))]
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arm(lazy) => fmt::Display::fmt(lazy, f),
            Self::Given(name) => fmt::Display::fmt(name, f),
            Self::Place(place) => write!(f, "{}:{}", place.file(), place.line()),
        }
    }
}
