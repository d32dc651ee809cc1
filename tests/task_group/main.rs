//! What `#[task_group]` promises, through the attribute.

mod seam;
mod support;
