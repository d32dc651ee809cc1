//! Programs written with `taskgroup`.
