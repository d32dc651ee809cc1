//! The model of one `group!`.

use proc_macro2::TokenStream;

use crate::ast::Arm;

pub(super) struct Group {
    /// The tokens of `$crate`.
    pub(super) krate: TokenStream,
    pub(super) arms: Vec<Arm>,
    /// Set if every arm could be read, so that the number of slots is known.
    pub(super) complete: bool,
}

/// The size of the largest tuple of values that the runtime can make.
pub(super) const MOST_SLOTS: usize = 32;

impl Group {
    /// Returns the arms that have a value.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Arm> {
        self.arms.iter().filter(|arm| !arm.is_daemon())
    }

    /// Returns `true` if the arms determine the type of the group's value.
    pub(super) fn has_known_slots(&self) -> bool {
        self.complete && (1..=MOST_SLOTS).contains(&self.slots().count())
    }
}
