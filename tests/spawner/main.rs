//! The group, handed out: `taskgroup::spawner`, and the layer of tower's that is made of it.

mod jobs;
mod layer;
mod storms;
mod tracked;
