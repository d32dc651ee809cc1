//! The names that children brought along, in place of the name of their arm and the number of their item.

use std::collections::HashMap;

use crate::name::{LazyName, Name};

/// The name of an arm, and the number of an item.
type Place = (&'static str, Option<usize>);

/// The names, by arm and item. Nothing is allocated in a group whose children brought none.
#[derive(Default)]
#[expect(clippy::box_collection, reason = "most groups have none, and each has the field: one word, not seven")]
pub(super) struct GivenNames(Option<Box<HashMap<Place, Name>>>);

impl GivenNames {
    pub(super) fn give(&mut self, who: LazyName, name: Name) {
        self.0.get_or_insert_default().insert(who.place(), name);
    }

    /// Returns the name that a child was given.
    #[inline]
    pub(super) fn given(&self, who: LazyName) -> Option<Name> {
        self.0.as_ref().and_then(|names| names.get(&who.place())).cloned()
    }

    /// Returns the name of a child.
    pub(super) fn name(&self, who: LazyName) -> Name {
        self.given(who).unwrap_or_else(|| who.name())
    }

    /// Forgets the name of a child whose slot holds nothing that would be reported under it: a group may run any number.
    #[inline]
    pub(super) fn forget(&mut self, who: LazyName) {
        if let Some(names) = &mut self.0 {
            names.remove(&who.place());
        }
    }
}
