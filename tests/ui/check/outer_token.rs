// errors: 2
use taskgroup::{draining, group, in_current_group};
use taskgroup_tests::app::*;

/// Polls the signal on a task of its own.
async fn serve_until(signal: impl Future<Output = ()> + Send + 'static) -> Result<(), AppError> {
    drop(tokio::spawn(signal).await);
    Ok(())
}

async fn run() -> Result<(), AppError> {
    group!(
        serve = serve_until(draining()),
        #[spawn]
        user = in_current_group(fetch_user_owned(1)),
    )
    .drain_on(tokio::time::sleep(Duration::ZERO))
    .await?;
    Ok(())
}

async fn fetch_user_owned(id: u64) -> Result<User, AppError> {
    fetch_user(&Client, id).await
}

fn main() {}

// Applied:
// - serve = serve_until(draining()),
// + serve = async { serve_until(draining()).await },
// - user = in_current_group(fetch_user_owned(1)),
// + user = async { in_current_group(fetch_user_owned(1)).await },

// Applied:
// - serve = serve_until(draining()),
// + #[allow(outer_token)]
// + serve = serve_until(draining()),
// - user = in_current_group(fetch_user_owned(1)),
// + #[allow(outer_token)]
// + user = in_current_group(fetch_user_owned(1)),
