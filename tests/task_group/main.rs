//! What `#[task_group]` promises, through the attribute.

mod last_poll;
mod seam;
mod shapes;
mod support;
