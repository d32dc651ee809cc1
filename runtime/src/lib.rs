//! Structured concurrency for async Rust.
