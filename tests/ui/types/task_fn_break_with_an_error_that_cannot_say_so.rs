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
