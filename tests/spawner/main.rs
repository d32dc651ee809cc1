//! The group, handed out: `taskgroup::spawner`, and the layer of tower's that is made of it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod jobs;
mod layer;
mod storms;
mod tracked;
