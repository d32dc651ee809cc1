//! What `#[task_group]` promises, through the attribute.

mod seam;
mod shapes;
mod support;
