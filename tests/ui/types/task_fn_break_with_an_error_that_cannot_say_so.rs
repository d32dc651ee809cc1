// errors: 1
use std::ops::ControlFlow;

use taskgroup::task_group;

#[task_group(supervise = |_, _| ControlFlow::Break(()))]
async fn serve() -> Result<(), std::fmt::Error> {
    Ok(())
}

fn main() {
    let _ = serve();
}

// Applied:
// - #[task_group(supervise = |_, _| ControlFlow::Break(()))]
// + #[task_group(supervise = |_, _| ())]

// Applied:
// - #[task_group(supervise = |_, _| ControlFlow::Break(()))]
// + struct Failure;
// +
// + impl From<taskgroup::Cancelled> for Failure {
// + fn from(_: taskgroup::Cancelled) -> Self {
// + Self
// + }
// + }
// +
// + #[task_group(supervise = |_, _| ControlFlow::Break(()))]
// - async fn serve() -> Result<(), std::fmt::Error> {
// + async fn serve() -> Result<(), Failure> {
