//! The model of one `group!`.

use proc_macro2::TokenStream;

use crate::ast::{Arm, ArmKind};

pub(super) struct Group {
    /// The tokens of `$crate`.
    pub(super) krate: TokenStream,
    pub(super) arms: Vec<Arm>,
    /// For an editor: for each arm, what was read of it, in the user's own tokens, unless the arm has them already.
    pub(super) typed: Vec<Option<ArmKind>>,
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

    /// Puts the user's own tokens in place of what was read of them.
    pub(super) fn into_typed(self) -> Self {
        let typed = self.typed.into_iter().chain(std::iter::repeat_with(|| None));
        let arms = self.arms.into_iter().zip(typed);
        let arms = arms.map(|(arm, typed)| match typed {
            Some(kind) => Arm { kind, ..arm },
            None => arm,
        });
        Self { arms: arms.collect(), typed: Vec::new(), ..self }
    }

    /// Returns `true` if the arms determine the type of the group's value.
    pub(super) fn has_known_slots(&self) -> bool {
        self.complete && (1..=MOST_SLOTS).contains(&self.slots().count())
    }
}
