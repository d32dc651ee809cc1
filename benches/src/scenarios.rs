//! The scenarios, one file per kind of child, one for options, and one for channels.

mod channel;
mod each;
mod inline;
mod options;
mod spawned;

use crate::Scenario;

/// Returns all scenarios, in the order of the table.
pub fn all() -> Vec<Scenario> {
    let files = [inline::scenarios, options::scenarios, each::scenarios, spawned::scenarios, channel::scenarios];
    files.into_iter().flat_map(|scenarios| scenarios()).collect()
}
