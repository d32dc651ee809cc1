//! What a thread knows of the code that runs on it.

use std::cell::Cell;

use tokio::time::Instant;

use super::{epoch, key::Key, notes::Running, word::Word};

/// The state of this thread.
pub struct Current {
    pub(super) word: Cell<Word>,
    /// The child that is polled, with what it noted in this poll.
    pub(super) child: Cell<Running>,
    /// The arms of the innermost group whose children listen, one bit each; of use only if the word says that any does. Where
    /// there is a machine it keeps that itself, for as many arms as there are.
    pub(super) listeners: Cell<u32>,
    /// The depth of the blocking child that runs, 0 if none does. It may work for long after it dropped an end of a channel,
    /// so none is withheld; and it cannot be dropped, so no group outside it can drop one that it runs.
    pub(super) blocks: Cell<u32>,
    /// The depth of the tracked future that runs on a task of another owner, 0 if none does.
    pub(super) foreign: Cell<u32>,
    /// How many scopes have been promised, and not made.
    pub(super) promises: Cell<u32>,
    /// The deadline of a group that has no scope, with its depth (`deadlines.rs`).
    pub(super) deadline: Cell<Option<(u32, Instant)>>,
    /// The epoch in which the code that runs was last found not to be cancelled.
    pub(super) checked: Cell<usize>,
}

impl Current {
    /// That of a thread on which no group is polled.
    pub(super) const fn new() -> Self {
        Self {
            word: Cell::new(Word::OUTSIDE),
            child: Cell::new(Running::new(Key::OWNER)),
            listeners: Cell::new(0),
            blocks: Cell::new(0),
            foreign: Cell::new(0),
            promises: Cell::new(0),
            deadline: Cell::new(None),
            checked: Cell::new(epoch::NEVER),
        }
    }

    /// A poll of this child begins, or of code of the owner. With the key, everything that the child before it noted of itself
    /// is replaced.
    #[inline(always)]
    pub(crate) fn set(&self, child: Key) {
        self.child.set(Running::new(child));
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> Key {
        self.child.get().key()
    }

    /// Returns the arm of the running child.
    #[inline(always)]
    pub(crate) fn arm(&self) -> usize {
        self.child.get().arm()
    }

    /// Notes that the running child, of a group, listens.
    #[inline(always)]
    pub(super) fn note_listener(&self) {
        let (word, child) = (self.word.get(), self.child.get());
        // What is left of another group says nothing about this one.
        let before = if word.is_listening() { self.listeners.get() } else { 0 };
        self.listeners.set(before | child.key().arm_bit());
        self.child.set(child.listens());
        self.word.set(word.listens());
    }

    /// Counts an answer to the running child, of a group.
    #[inline(always)]
    pub(super) fn note_answer(&self) {
        self.child.set(self.child.get().answered());
        self.word.set(self.word.get().answered());
    }
}
