//! Calls of `cancelled()` and `draining()` in arms that belong to the group of the arm.

use futures::{FutureExt, StreamExt, stream};
use taskgroup::{cancelled, draining, group, in_current_group, ok, or_cancelled, shield};
use taskgroup_tests::app::*;

/// Polls the signal on a task of its own.
async fn serve_until(signal: impl Future<Output = ()> + Send + 'static) -> Result<(), AppError> {
    drop(tokio::spawn(signal).await);
    Ok(())
}

async fn run(accepts: bool) -> Result<(), AppError> {
    group!(
        ok(cancelled()),
        ok(taskgroup::draining()),
        ok(or_cancelled(draining())),
        shield(ok(draining())),
        draining().map(Ok),
        Box::pin(ok(cancelled())),
        if accepts { ok(draining()) } else { ok(draining()) },
        serve = async { serve_until(draining()).await },
        #[spawn]
        task = async move { serve_until(draining()).await },
        #[blocking]
        thread = move || {
            drop(serve_until(draining()));
            Ok(())
        },
        carried = async { in_current_group(serve_until(draining())).await },
        #[stream]
        for n in stream::iter(0..3).take_until(draining()) { ok(async move { n }) },
        // Another function of that name.
        serve_until(local::draining()),
    )
    .drain_on(draining())
    .await?;
    Ok(())
}

mod local {
    pub async fn draining() {}
}

fn main() {
    drop(run(true));
}
