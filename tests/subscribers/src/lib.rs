//! Has tests only: what subscribers of `tracing` make of the spans of groups and children.
