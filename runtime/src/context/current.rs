//! What a thread knows of the code that runs on it.

use std::cell::Cell;

use super::{epoch, key::Key, word::Word};

/// The state of this thread.
pub struct Current {
    pub(super) word: Cell<Word>,
    pub(super) child: Cell<Key>,
    /// Whether there is anything in `WITHHELD`.
    pub(super) withholds: Cell<bool>,
    /// The depth of the blocking child that runs, 0 if none does. It may work for long after it dropped an end of a channel,
    /// so none is withheld; and it cannot be dropped, so no group outside it can drop one that it runs.
    pub(super) blocks: Cell<u32>,
    /// The depth of the tracked future that runs on a task of another owner, 0 if none does.
    pub(super) foreign: Cell<u32>,
    /// The epoch in which the code that runs was last found not to be cancelled.
    pub(super) checked: Cell<usize>,
}

impl Current {
    /// That of a thread on which no group is polled.
    pub(super) const fn new() -> Self {
        Self {
            word: Cell::new(Word::OUTSIDE),
            child: Cell::new(Key::OWNER),
            withholds: Cell::new(false),
            blocks: Cell::new(0),
            foreign: Cell::new(0),
            checked: Cell::new(epoch::NEVER),
        }
    }

    /// A poll of this child begins, or of code of the owner.
    #[inline(always)]
    pub(crate) fn set(&self, child: Key) {
        self.child.set(child);
        self.word.set(self.word.get().next_child());
    }

    /// As [`set`](Self::set), where the poll before was followed by [`take_notes`](Self::take_notes).
    #[inline(always)]
    pub(crate) fn set_next(&self, child: Key) {
        self.child.set(child);
    }

    /// Takes what is noted about the child whose poll has ended. Returns whether it listens.
    #[inline(always)]
    pub(crate) fn take_notes(&self) -> bool {
        let word = self.word.get();
        // One look for all of them: nearly always there are none.
        word.has_notes() && self.take_notes_of(word)
    }

    #[cold]
    #[inline(never)]
    fn take_notes_of(&self, word: Word) -> bool {
        let listens = word.child_listens();
        let rest = word.next_child();
        self.word.set(if listens { rest.listens_taken() } else { rest });
        listens
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> Key {
        self.child.get()
    }
}
