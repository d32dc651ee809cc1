//! The procedural macros of `taskgroup`. Depend on `taskgroup`, which re-exports them.
