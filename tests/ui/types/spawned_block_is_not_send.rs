// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;
use std::rc::Rc;

async fn run(client: &Client) -> Result<(), AppError> {
    group!(
        user = fetch_user(client, 1),
        #[spawn]
        posts = async {
            let count = Rc::new(1);
            let posts = fetch_posts(Client, 1).await?;
            Ok(posts.len() + *count)
        },
    )
    .await?;
    Ok(())
}

fn main() {}
