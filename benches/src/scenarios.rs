//! The scenarios, one file per kind of child, and one for channels.

mod channel;
mod each;
mod inline;
mod spawned;

use crate::Scenario;

/// Returns all scenarios, in the order of the table.
pub fn all() -> Vec<Scenario> {
    [inline::scenarios(), each::scenarios(), spawned::scenarios(), channel::scenarios()].into_iter().flatten().collect()
}
