//! The model of one `group!`.

use proc_macro2::TokenStream;

use crate::ast::Arm;

pub(super) struct Group {
    /// The tokens of `$crate`.
    pub(super) krate: TokenStream,
    pub(super) arms: Vec<Arm>,
    /// Whether every arm could be read, so that the number of slots is known.
    pub(super) complete: bool,
}

/// The tuples that the runtime can make.
pub(super) const MOST_SLOTS: usize = 32;

impl Group {
    pub(super) fn slots(&self) -> impl Iterator<Item = &Arm> {
        self.arms.iter().filter(|arm| !arm.is_daemon())
    }

    /// Whether the arms say what type the value has.
    pub(super) fn has_known_slots(&self) -> bool {
        self.complete && (1..=MOST_SLOTS).contains(&self.slots().count())
    }
}
