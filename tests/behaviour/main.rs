//! What a group does, rule by rule. Each test is named after what it asserts.

mod destructors;
mod fairness;
