use taskgroup::{draining, group, in_current_group};
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[allow(detached)]
        user = async {
            tokio::spawn(fetch_posts(client.clone(), 1));
            std::thread::spawn(|| std::thread::sleep(Duration::ZERO));
            fetch_user(client, 1).await
        },
        #[allow(blocking_sleep)]
        short = async {
            std::thread::sleep(Duration::ZERO);
            Ok(())
        },
        #[allow(detached, blocking_sleep)]
        #[spawn]
        both = async {
            std::thread::sleep(Duration::ZERO);
            drop(tokio::task::spawn(async {}));
            Ok(())
        },
        #[allow(outer_token)]
        outer = in_current_group(serve_until(draining())),
    )
    .await?;
    Ok(())
}

async fn serve_until(signal: impl Future<Output = ()>) -> Result<(), AppError> {
    signal.await;
    Ok(())
}

fn main() {
    drop(run(&Client));
}
