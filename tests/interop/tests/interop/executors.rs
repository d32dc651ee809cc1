//! Executors that are not tokio's: inline children run under each of them.

use std::{future::pending, rc::Rc};

use taskgroup::{Child, group, shield, task_group};

/// A group with everything that needs no runtime.
async fn inline() -> Result<usize, &'static str> {
    let text = String::from("abc");
    let shared = Rc::new(2); // not `Send`
    let (length, two, all) = group!(
        length = async { Ok(text.len()) },
        two = async {
            shield(futures::future::ready(())).await;
            Ok(*shared)
        },
        all = for n in 1..=10 {
            async move { if n > 100 { Err("too many") } else { Ok(n) } }
        },
        #[daemon]
        pending(),
    )
    .limit(2)
    .await?;
    let first = group!(pending(), async { Ok::<_, &str>(1) }).race().await;
    Ok(length + two + all.iter().sum::<usize>() + first.map_err(|_| "no winner")?)
}

#[task_group]
async fn function(texts: &[&str]) -> Result<usize, &'static str> {
    let mut lengths = Vec::new();
    for text in texts {
        #[child]
        let length = async { if text.is_empty() { Err("empty") } else { Ok(text.len()) } };
        lengths.push(length);
    }
    #[child]
    let never = pending::<Result<(), &str>>();
    Child::cancel(never).await;
    Ok(lengths.join().await.iter().sum())
}

async fn everything() {
    assert_eq!(inline().await, Ok(61));
    assert_eq!(function(&["a", "bc"]).await, Ok(3));
    assert_eq!(function(&["a", ""]).await, Err("empty"));
    drop(group!(pending::<Result<(), ()>>()).into_future());
}

#[test]
fn futures() {
    futures::executor::block_on(everything());
    let mut pool = futures::executor::LocalPool::new();
    pool.run_until(everything());
}

#[test]
fn pollster() {
    pollster::block_on(everything());
}

#[test]
fn smol() {
    smol::block_on(everything());
    let executor = smol::LocalExecutor::new();
    smol::block_on(executor.run(async { executor.spawn(everything()).await }));
    // A timer of smol's cancels a group, without tokio's clock.
    let ended = smol::block_on(async {
        group!(pending::<Result<(), taskgroup::Cancelled>>())
            .cancel_on(smol::Timer::after(std::time::Duration::from_millis(1)))
            .await
    });
    assert!(ended.is_err());
}

#[test]
fn spawned_children_run_on_tokio_while_smol_polls_the_group() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let both = smol::block_on(async {
        group!(
            #[spawn]
            async {
                Ok::<_, ()>(1)
            },
            #[blocking]
            || Ok(2)
        )
        .await
    });
    assert_eq!(both, Ok((1, 2)));
}

#[tokio::test(flavor = "current_thread")]
async fn a_local_set_runs_children_that_are_not_send() {
    tokio::task::LocalSet::new().run_until(everything()).await;
}
