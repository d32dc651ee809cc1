// errors: 1
use std::rc::Rc;
use taskgroup::group;
use taskgroup_tests::app::*;

fn start(client: Client) {
    let count = Rc::new(1);
    tokio::spawn(async move {
        group!(user = fetch_user(&client, 1), posts = count_posts(count)).await?;
        Ok::<(), AppError>(())
    });
}

fn main() {}
