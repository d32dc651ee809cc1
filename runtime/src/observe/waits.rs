//! What a child waits in, if it is something of this crate.
//!
//! A thread-local word: what returns `Pending` adds its bit, and the poll of the child, which is the only one that ends next,
//! stores the word in the entry of the child. So only children that are observed pay, and nothing is looked up.

use std::{cell::Cell, fmt};

use super::wait::Wait;

const ALL: [Wait; 10] = [
    Wait::Recv,
    Wait::Send,
    Wait::Room,
    Wait::Cancelled,
    Wait::Draining,
    Wait::Child,
    Wait::Jobs,
    Wait::Spawn,
    Wait::Closed,
    Wait::Orphans,
];

thread_local! {
    static WAITS: Cell<u16> = const { Cell::new(0) };
}

pub(super) fn add(wait: Wait) {
    // On a thread that is ending, no child is polled any more.
    let _ = WAITS.try_with(|waits| waits.set(waits.get() | wait as u16));
}

/// Begins or ends the poll of a child; returns what was noted before.
#[inline]
pub(super) fn exchange(waits: u16) -> u16 {
    WAITS.try_with(|now| now.replace(waits)).unwrap_or(0)
}

/// What a child waits in: several things, if it waits for whichever comes first. Empty if it is nothing of this crate.
///
/// # Example
#[cfg_attr(feature = "tree", doc = "```")]
#[cfg_attr(not(feature = "tree"), doc = "```ignore")]
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::{cancelled, channel, group, tree::{Wait, snapshot}};
///
/// let (sender, mut receiver) = channel::bounded::<u8>(1);
/// let reads = async {
///     tokio::select! {
///         message = receiver.recv() => drop(message),
///         _ = cancelled() => {}
///     }
///     Ok(())
/// };
/// let looks = async {
///     let tree = snapshot();
///     let waits_in = |name| tree.iter().find(|node| node.name == name).unwrap().waits_in;
///     assert!(waits_in("looks").is_empty()); // it is being polled
///     assert!(waits_in("reads").contains(Wait::Recv));
///     assert_eq!(waits_in("reads").iter().count(), 2);
///     assert_eq!(waits_in("reads").to_string(), "recv or cancelled");
///     Ok(())
/// };
/// group!(#[daemon] reads = reads, looks = looks).error::<()>().await.unwrap();
/// # drop(sender);
/// # });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Waits(pub(super) u16);

impl Waits {
    /// Returns `true` if it is nothing of this crate.
    ///
    /// See the [example](Self#example).
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns `true` if this is among them.
    ///
    /// See the [example](Self#example).
    pub fn contains(self, wait: Wait) -> bool {
        self.0 & wait as u16 != 0
    }

    /// Iterates over them.
    ///
    /// See the [example](Self#example).
    pub fn iter(self) -> impl Iterator<Item = Wait> {
        ALL.into_iter().filter(move |wait| self.contains(*wait))
    }
}

impl fmt::Display for Waits {
    /// Writes the words, as in `recv or cancelled`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, wait) in self.iter().enumerate() {
            f.write_str(if at > 0 { " or " } else { "" })?;
            f.write_str(wait.as_str())?;
        }
        Ok(())
    }
}
