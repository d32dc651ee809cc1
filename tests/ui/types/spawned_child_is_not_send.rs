// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;
use std::rc::Rc;

async fn run(client: &Client) -> Result<(), AppError> {
    let count = Rc::new(1);
    group!(
        user = fetch_user(client, 1),
        #[spawn]
        posts = count_posts(count),
    )
    .await?;
    Ok(())
}

fn main() {}
