// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(depth: u32) -> Result<(), AppError> {
    if depth > 0 {
        #[spawn]
        run(depth - 1);
    }
    Ok(())
}

fn main() {}

// Applied:
// - #[task_group]
// + #[task_group(boxed)]
