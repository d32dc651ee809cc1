//! The model of one `group!`.

use proc_macro2::TokenStream;

use crate::ast::Arm;

pub(crate) struct Group {
    /// The tokens of `$crate`.
    pub(crate) krate: TokenStream,
    pub(crate) arms: Vec<Arm>,
    /// Whether every arm could be read, so that the number of slots is known.
    pub(crate) complete: bool,
}

/// The tuples that the runtime can make.
pub(crate) const MOST_SLOTS: usize = 32;

impl Group {
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Arm> {
        self.arms.iter().filter(|arm| !arm.is_daemon())
    }

    /// Whether the arms say what type the value has.
    pub(crate) fn has_known_slots(&self) -> bool {
        self.complete && (1..=MOST_SLOTS).contains(&self.slots().count())
    }
}
