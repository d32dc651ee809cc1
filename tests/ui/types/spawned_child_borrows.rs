// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let name = String::from("me");
    group!(
        user = fetch_user(client, 1),
        #[spawn]
        posts = async {
            println!("{name}");
            fetch_posts(Client, 1).await
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - posts = async {
// +         posts = async move {
