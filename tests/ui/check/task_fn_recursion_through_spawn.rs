// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(n: u8) -> Result<(), AppError> {
    if n > 0 {
        #[spawn]
        run(n - 1);
    }
    Ok(())
}

fn main() {}

// Applied:
// - #[task_group]
// + #[task_group(boxed)]
