//! What `#[task_group]` promises, through the attribute.

mod failing;
mod last_poll;
mod seam;
mod shapes;
mod support;
