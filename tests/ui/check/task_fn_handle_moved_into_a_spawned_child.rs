// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    #[spawn]
    async move {
        println!("{:?}", user.await);
        Ok(())
    };
    #[child]
    let page = fetch(client, "a");
    #[spawn]
    let length = async move { Ok(page.await.len()) };
    println!("{}", length.await);
    Ok(())
}

fn main() {}

// Applied:
// - let user = fetch_user(client, 1);
// + let user = fetch_user(client, 1);
// + let user = user.await;
// - println!("{:?}", user.await);
// + println!("{user:?}");
// - let page = fetch(client, "a");
// + let page = fetch(client, "a");
// + let page = page.await;
// - let length = async move { Ok(page.await.len()) };
// + let length = async move { Ok(page.len()) };

// Applied:
// - #[spawn]
// + #[child]
// - #[spawn]
// + #[child]
