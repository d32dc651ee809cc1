//! What the `clippy.toml` beside this crate finds, and what it leaves alone.
//!
//! Each `expect` is a warning itself if clippy stops finding what it expects.

use std::time::Duration;
use std::{convert::Infallible, thread};

use tokio::runtime::Handle;
use tokio::{spawn, task};

async fn job() -> Result<u64, Infallible> {
    Ok(1)
}

/// Imported, so the macros cannot see it.
#[expect(clippy::disallowed_methods)]
pub async fn spawned_by_a_short_name() -> Result<u64, Infallible> {
    taskgroup::group!(async {
        drop(spawn(job()));
        Ok(1)
    })
    .await
}

/// Outside any group.
#[expect(clippy::disallowed_methods)]
pub fn spawned_on_a_task() {
    drop(task::spawn(job()));
}

/// On the thread of this task.
#[expect(clippy::disallowed_methods)]
pub fn spawned_locally() {
    drop(task::spawn_local(job()));
}

/// On a blocking thread.
#[expect(clippy::disallowed_methods)]
pub fn spawned_on_the_pool() {
    drop(task::spawn_blocking(|| 1));
}

/// Through a handle.
#[expect(clippy::disallowed_methods)]
pub fn spawned_through_a_handle(handle: &Handle) {
    drop(handle.spawn(job()));
}

/// Through a handle, on a blocking thread.
#[expect(clippy::disallowed_methods)]
pub fn spawned_on_the_pool_through_a_handle(handle: &Handle) {
    drop(handle.spawn_blocking(|| 1));
}

/// A thread of its own.
#[expect(clippy::disallowed_methods)]
pub fn spawned_on_a_thread() {
    drop(thread::spawn(|| 1));
}

/// By a short name.
#[expect(clippy::disallowed_methods)]
pub fn sleeping() {
    thread::sleep(Duration::from_millis(1));
}

/// What the macros expand to is no offence.
pub async fn groups() -> Result<(u64, u64), Infallible> {
    taskgroup::group!(
        #[spawn]
        job(),
        #[blocking]
        || Ok(1),
        #[daemon]
        #[spawn]
        async {
            Ok(())
        },
    )
    .await
}

/// Nor here.
///
/// # Errors
/// None.
#[taskgroup::task_group]
pub async fn function() -> Result<u64, Infallible> {
    #[spawn]
    let one = job();
    #[blocking]
    || Ok(());
    Ok(one.await)
}
