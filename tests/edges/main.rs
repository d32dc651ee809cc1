//! The rules at the edges of a group: which child listens, and what encloses a group.

mod enclosing;
mod forced_end;
mod listening;
