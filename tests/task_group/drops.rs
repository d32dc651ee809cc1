//! A function can be dropped anywhere.

use std::pin::pin;

use taskgroup::{cause, orphans, task_group};
use taskgroup_tests::*;

use crate::support::{Error, endless};

#[task_group(limit = 3, grace = ms(1))]
async fn everything(alive: &Alive) -> Result<usize, Error> {
    let _body = alive.enter();
    let presence = alive.enter();
    #[child]
    let a = async move {
        let _presence = presence;
        yields(3).await;
        Ok(1)
    };
    let presence = alive.enter();
    #[spawn]
    let b = async move {
        let _presence = presence;
        yields(3).await;
        Ok(1)
    };
    #[daemon]
    async {
        forever(alive.enter()).await
    };
    let (a, b) = (a, b).join().await;
    let mut handles = Vec::new();
    for n in 0..4 {
        let presence = alive.enter();
        #[child]
        let one = async move {
            let _presence = presence;
            yields(n).await;
            Ok(n)
        };
        handles.push(one);
        #[spawn]
        yields_with(alive.clone(), n);
    }
    let all: usize = handles.join().await.into_iter().sum();
    Ok(all + a + b)
}

async fn yields_with(alive: Alive, n: usize) -> Result<(), Error> {
    let _presence = alive.enter();
    yields(n).await;
    Ok(())
}

on_both_runtimes! {
    async fn after_any_number_of_polls() {
        for polled in 0..150 {
            let alive = Alive::new();
            {
                let mut function = pin!(everything(&alive));
                let output = polls(function.as_mut(), polled).await;
                assert!(matches!(output, None | Some(Ok(8))), "{output:?}");
            }
            orphans().await;
            assert_eq!(alive.now(), 0, "dropped after {polled} polls");
        }
    }

    async fn in_a_child_of_another_function_it_is_waited_for() {
        #[task_group]
        async fn outer(alive: &Alive, turns: usize) -> Result<bool, Error> {
            Ok(tokio::select! {
                biased;
                _ = everything(alive) => true,
                () = yields(turns) => false,
            })
        }
        for turns in 0..60 {
            let alive = Alive::new();
            let _ = outer(&alive, turns).await.expect("no failure");
            assert_eq!(alive.now(), 0, "after {turns} turns");
        }
    }

    async fn unpolled_it_has_done_nothing() {
        let alive = Alive::new();
        drop(everything(&alive));
        assert_eq!(alive.ever(), 0);
    }

    async fn forgotten_it_is_safe() {
        let alive = Alive::new();
        let mut function = Box::pin(async move { everything(&alive).await });
        assert!(poll_once(function.as_mut()).is_pending());
        std::mem::forget(function);
        yields(3).await;
    }

    async fn a_spawned_child_learns_that_it_was_dropped() {
        #[task_group]
        async fn run(trail: Trail) -> Result<(), Error> {
            #[spawn]
            async move {
                struct Says(Trail);
                impl Drop for Says {
                    fn drop(&mut self) {
                        self.0.say(format!("{:?}", cause()));
                    }
                }
                endless(Says(trail)).await
            };
            forever(()).await
        }
        let trail = Trail::new();
        {
            let mut function = pin!(run(trail.clone()));
            assert!(polls(function.as_mut(), 5).await.is_none());
            tokio::time::sleep(ms(20)).await;
        }
        orphans().await;
        let events = trail.read();
        assert_eq!(events.len(), 1);
        assert!(events[0].contains("Dropped"), "{events:?}");
    }
}
