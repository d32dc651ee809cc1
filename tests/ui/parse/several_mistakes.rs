// errors: 9
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        let user = fetch_user(client, 1),
        #[spawned]
        posts = fetch_posts(client.clone(), 1);
        page: fetch(client, "a").await
        pages = for url in ["a", "b"] {
            if url.is_empty() {
                continue;
            }
            fetch(client, url)
        },
        broken = fetch(client "c"),
        #[daemon]
        loop { heartbeat(client).await?; },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let user = fetch_user(client, 1),
// + user = fetch_user(client, 1),
// - #[spawned]
// + #[spawn]
// - posts = fetch_posts(client.clone(), 1);
// + posts = fetch_posts(client.clone(), 1),
// - page: fetch(client, "a").await
// + page = fetch(client, "a"),
// - continue;
// + return Ok(String::new());
// - broken = fetch(client "c"),
// + broken = fetch(client, "c"),
// - loop { heartbeat(client).await?; },
// + async { loop { heartbeat(client).await?; } },
