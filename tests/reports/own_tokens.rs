//! Tokens of one child, or of a section, that escaped: nothing waits on them for ever (DESIGN §2, rule 1).

use std::sync::{Arc, Mutex};

use taskgroup::{child_token, group, in_current_group, shield, task_group};
use taskgroup_tests::*;
use tokio_util::sync::CancellationToken;

type Kept = Arc<Mutex<Option<CancellationToken>>>;

fn keep(kept: &Kept) {
    *kept.lock().expect("no panic") = Some(child_token());
}

fn is_cancelled(kept: &Kept) -> bool {
    kept.lock().expect("no panic").take().expect("it was made").is_cancelled()
}

#[task_group]
async fn inline(kept: Kept) -> Result<bool, &'static str> {
    #[child]
    let child = async {
        keep(&kept);
        Ok(())
    };
    child.await;
    Ok(is_cancelled(&kept))
}

#[task_group]
async fn inline_in_a_loop_without_a_name(kept: Kept) -> Result<(), &'static str> {
    for _ in 0..2 {
        #[child]
        async {
            keep(&kept);
            Ok(())
        };
    }
    Ok(())
}

#[task_group]
async fn spawned(kept: Kept) -> Result<bool, &'static str> {
    let there = kept.clone();
    #[spawn]
    let child = async move {
        keep(&there);
        Ok(())
    };
    child.await;
    Ok(is_cancelled(&kept))
}

#[task_group]
async fn blocking(kept: Kept) -> Result<bool, &'static str> {
    let there = kept.clone();
    #[blocking]
    let child = move || {
        keep(&there);
        Ok(())
    };
    child.await;
    Ok(is_cancelled(&kept))
}

on_both_runtimes! {
    async fn the_token_of_a_child_of_a_function_is_cancelled_when_the_child_has_ended() {
        assert_eq!(inline(Kept::default()).await, Ok(true));
        assert_eq!(spawned(Kept::default()).await, Ok(true));
        assert_eq!(blocking(Kept::default()).await, Ok(true));
        let kept = Kept::default();
        assert_eq!(inline_in_a_loop_without_a_name(kept.clone()).await, Ok(()));
        assert!(is_cancelled(&kept));
    }

    async fn the_token_of_a_section_is_cancelled_when_the_section_ends() {
        let kept = Kept::default();
        let ended = group!(child = async {
            shield(async { keep(&kept) }).await;
            Ok::<_, &str>(is_cancelled(&kept))
        });
        assert_eq!(ended.await, Ok(true));
        // And when it is dropped, outside any group too.
        let mut dropped = Box::pin(shield(async { keep(&kept); forever::<_, ()>(()).await }));
        assert!(polls(dropped.as_mut(), 3).await.is_none());
        drop(dropped);
        assert!(is_cancelled(&kept));
    }

    async fn the_token_of_carried_code_is_that_of_its_group_and_outlives_the_code() {
        let kept = Kept::default();
        let there = kept.clone();
        let ended = group!(
            #[allow(detached)]
            child = async {
                tokio::spawn(in_current_group(async move { keep(&there) })).await.expect("no panic");
                let token = kept.lock().expect("no panic").clone().expect("it was made");
                Ok::<_, &str>(token.is_cancelled())
            },
        )
        .await;
        assert_eq!(ended, Ok(false));
        assert!(is_cancelled(&kept));
    }
}
