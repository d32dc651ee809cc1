// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;
use std::rc::Rc;
async fn run() -> Result<(), AppError> {
    let count = Rc::new(1);
    let _ = group!(
        #[spawn]
        for _ in [1, 2] {
            count_posts(count.clone())
        }
    )
    .await?;
    Ok(())
}

fn main() {}
