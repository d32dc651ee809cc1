//! What `#[task_group]` promises, through the attribute. Each test is named after what it asserts.

mod body;
mod daemons;
mod deep;
mod drops;
mod failing;
mod fairness;
mod graph;
mod handles;
mod last_poll;
mod limits;
mod options;
mod seam;
mod shapes;
mod storms;
mod support;
