//! What a group does, rule by rule. Each test is named after what it asserts.

mod adoption;
mod cancellation;
mod carry;
mod daemons;
mod deadlines;
mod destructors;
mod drain;
mod failure;
mod fairness;
mod guarantees;
mod limits;
mod memory;
mod panics;
mod policies;
mod quiet_options;
mod shield;
mod states;
mod structure;
mod tokens;
