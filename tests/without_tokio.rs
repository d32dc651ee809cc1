//! Inline groups run under any executor; what needs a tokio runtime says so outside of one, and where it is written.

use std::{
    any::Any,
    cell::Cell,
    future::{pending, ready},
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
    time::Duration,
};

use futures::executor::block_on;
use taskgroup::{Cancelled, Child, cancelled, channel, group, is_cancelled, orphans, shield, task_group};

thread_local! {
    static AT: Cell<Option<(bool, u32)>> = const { Cell::new(None) };
}

/// The text of the panic with which the future ends, under an executor that is not tokio's.
fn text_of_panic<T>(future: impl IntoFuture<Output = T>) -> String {
    let run = AssertUnwindSafe(|| drop(block_on(future.into_future())));
    let payload: Box<dyn Any + Send> = catch_unwind(run).expect_err("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("text")).to_owned(),
    }
}

/// That text, and the line of this file at which it panicked: what a hook is given, and prints.
fn panics<T>(future: impl IntoFuture<Output = T>) -> (String, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            AT.set(panic.location().map(|at| (at.file().ends_with("without_tokio.rs"), at.line())));
            before(panic);
        }));
    });
    let text = text_of_panic(future);
    let (is_here, line) = AT.take().expect("the hook is called with a place");
    assert!(is_here, "not at the group: {text}");
    (text, line)
}

async fn fails() -> Result<(), &'static str> {
    Err("broken")
}

#[test]
fn inline_children_need_no_runtime() {
    block_on(async {
        let borrowed = String::from("abc");
        let both = group!(a = async { Ok::<_, &str>(borrowed.len()) }, b = async { Ok(2) }).await;
        assert_eq!(both, Ok((3, 2)));
        assert_eq!(
            group!(for n in 0..100 {
                async move { Ok::<_, ()>(n) }
            })
            .limit(3)
            .await
            .map(|all| all.len()),
            Ok(100)
        );
        assert_eq!(group!(fails(), pending::<Result<(), _>>()).await, Err("broken"));
        assert_eq!(group!(fails(), async { Ok(()) }).race().await.ok(), Some(()));
        assert_eq!(group!(fails(), async { Ok(()) }).settle().await.0.err(), Some("broken"));
        let daemon = group!(
            #[daemon]
            pending(),
            async { Ok::<_, &str>(1) }
        )
        .await;
        assert_eq!(daemon, Ok(1));
    });
}

#[test]
fn the_token_and_channels_need_no_runtime() {
    block_on(async {
        let ended = group!(
            listens = async {
                let why = cancelled().await;
                shield(async { assert!(!is_cancelled()) }).await;
                Err::<(), _>(why)
            },
        )
        .cancel_on(ready(()))
        .await;
        assert!(ended.expect_err("it was cancelled").to_string().ends_with("was asked to stop"));
        let drained = group!(for n in 1.. {
            async move { Ok::<_, ()>(n) }
        })
        .limit(1)
        .drain_on(ready(()))
        .await;
        assert!(drained.is_ok());
        let (tx, mut rx) = channel::bounded(1);
        let (_, sum) = group!(
            async move {
                for n in 1..=10 {
                    tx.send(n).await.ok();
                }
                tx.finish();
                Ok(())
            },
            async {
                let mut sum = 0;
                while let Some(n) = rx.recv().await? {
                    sum += n;
                }
                Ok::<_, channel::RecvError>(sum)
            },
        )
        .await
        .expect("the whole stream");
        assert_eq!(sum, 55);
    });
}

#[test]
fn a_function_with_inline_children_needs_no_runtime() {
    #[task_group(limit = 4)]
    async fn sum(texts: &[&str]) -> Result<u64, std::num::ParseIntError> {
        let mut all = Vec::new();
        for text in texts {
            #[child]
            let number = async move { text.parse::<u64>() };
            all.push(number);
        }
        #[child]
        let never = pending();
        let never: Child<'_, ()> = never;
        Child::cancel(never).await;
        Ok(all.join().await.iter().sum())
    }
    assert_eq!(block_on(sum(&["1", "2", "3"])), Ok(6));
    assert!(block_on(sum(&["1", "x"])).is_err());
}

#[test]
fn a_child_that_needs_a_runtime_says_so_and_where_it_is() {
    let posts = async { Ok::<_, ()>(1) };
    let line = line!() + 1;
    let spawned = group!(
        #[spawn]
        posts = posts
    );
    let (spawned, at) = panics(spawned);
    assert_eq!(at, line);
    let place = format!("without_tokio.rs:{line}:");
    let begins = "there is no tokio runtime here, and the spawned child `posts` of the group at ";
    assert!(spawned.starts_with(begins) && spawned.contains(&place), "{spawned}");
    let (many, _) = panics(group!(
        #[spawn]
        pages = for n in 0..3 {
            async move { Ok::<_, ()>(n) }
        }
    ));
    assert!(many.contains("the spawned child `pages[0]` of the group at "), "{many}");
    let (blocking, _) = panics(group!(
        #[blocking]
        render = || Ok::<_, ()>(1)
    ));
    assert!(blocking.contains("the blocking child `render` of the group at "), "{blocking}");

    let line = line!() + 1;
    #[task_group]
    async fn function() -> Result<(), ()> {
        #[spawn]
        async {
            Ok(())
        };
        Ok(())
    }
    let (function, at) = panics(function());
    assert_eq!(at, line);
    assert!(function.contains("of the group at ") && function.contains("without_tokio.rs:"), "{function}");
}

#[test]
fn a_timer_that_needs_a_runtime_says_so_and_where_it_is() {
    let second = Duration::from_secs(1);
    let never = || pending::<Result<(), Cancelled>>();
    let line = line!() + 1;
    let timeout = group!(never()).timeout(second);
    let (timeout, at) = panics(timeout);
    assert_eq!(at, line);
    let place = format!("without_tokio.rs:{line}:");
    let begins = "there is no tokio runtime here, and the deadline of the group at ";
    assert!(timeout.starts_with(begins) && timeout.contains(&place), "{timeout}");
    // Also if the timer would never be needed: whether a child is ready at once is not for a program to rely on.
    let (unused, _) = panics(group!(ready(Ok::<_, Cancelled>(()))).timeout(second));
    assert!(unused.starts_with(begins), "{unused}");
    let (drain, _) = panics(group!(never()).drain_on(ready(())).drain_timeout(second));
    assert!(drain.contains("the end of the drain of the group at "), "{drain}");
    let listens = async { Err::<(), _>(cancelled().await) };
    let (grace, _) = panics(group!(listens).cancel_on(ready(())).grace(second));
    assert!(grace.contains("the grace period of the group at "), "{grace}");
    let orphans = text_of_panic(orphans());
    assert!(orphans.contains("there is none here"), "{orphans}");
}

#[test]
fn what_needs_a_runtime_finds_it_when_it_is_entered() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    let ended = block_on(async {
        group!(
            #[spawn]
            async {
                Ok::<_, Cancelled>(1)
            },
            #[blocking]
            || Ok(2)
        )
        .timeout(Duration::from_secs(60))
        .await
    });
    assert_eq!(ended, Ok((1, 2)));
}
