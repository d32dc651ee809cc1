//! Handles held by children: a graph of dependencies, in any order and across stages (DESIGN §3, G8).
//!
//! Each test ends in virtual time far below the hour after which it counts as a hang.

use std::{future::pending, time::Duration};

use taskgroup::{Child, task_group};
use taskgroup_tests::*;
use tokio::time::{sleep, timeout};

use crate::support::{Error, FAILED};

async fn in_time<T>(function: impl Future<Output = T>) -> Option<T> {
    timeout(Duration::from_secs(3600), function).await.ok()
}

async fn gives(value: u64, after: u64) -> Result<u64, Error> {
    sleep(ms(after)).await;
    Ok(value)
}

virtual_time! {
    async fn a_later_child_cancels_an_earlier_one() {
        #[task_group]
        async fn watchdog() -> Result<u64, Error> {
            #[child] let worker = async { pending::<()>().await; Ok(1) };
            #[child] let dog = async move { sleep(ms(5)).await; Ok(Child::cancel(worker).await.unwrap_or(7)) };
            Ok(dog.await)
        }
        assert_eq!(in_time(watchdog()).await, Some(Ok(7)));
    }

    async fn an_inner_stage_awaits_a_child_of_an_outer_one() {
        #[task_group]
        async fn graph() -> Result<u64, Error> {
            #[child] let a = gives(1, 10);
            let x = std::future::ready(1).await;
            #[child] let b = async move { Ok(a.await + x) };
            Ok(b.await)
        }
        assert_eq!(in_time(graph()).await, Some(Ok(2)));
    }

    async fn an_inner_stage_awaits_a_spawned_child_of_an_outer_one() {
        #[task_group]
        async fn graph() -> Result<u64, Error> {
            #[spawn] let a = gives(1, 10);
            let x = std::future::ready(1).await;
            #[child] let b = async move { Ok(a.await + x) };
            Ok(b.await)
        }
        assert_eq!(in_time(graph()).await, Some(Ok(2)));
    }

    async fn an_inner_stage_cancels_a_spawned_child_of_an_outer_one() {
        #[task_group]
        async fn graph() -> Result<u64, Error> {
            #[spawn] let a = async { pending::<()>().await; Ok(1) };
            let x = std::future::ready(1).await;
            #[child] let b = async move { sleep(ms(3)).await; Ok(Child::cancel(a).await.unwrap_or(6) + x) };
            Ok(b.await)
        }
        assert_eq!(in_time(graph()).await, Some(Ok(7)));
    }

    async fn a_chain_of_handles_over_four_stages() {
        #[task_group]
        async fn chain() -> Result<u64, Error> {
            #[child] let a = gives(1, 4);
            let x = std::future::ready(10).await;
            #[child] let b = async move { Ok(a.await + x) };
            let y = std::future::ready(100).await;
            #[spawn] let c = gives(1_000, 2);
            #[child] let d = async move { Ok(b.await + c.await + y) };
            let z = std::future::ready(10_000).await;
            #[child] let e = async move { Ok(d.await + z) };
            Ok(e.await)
        }
        assert_eq!(in_time(chain()).await, Some(Ok(11_111)));
    }

    async fn many_children_of_a_loop_await_each_other() {
        #[task_group]
        async fn list() -> Result<u64, Error> {
            let mut last: Option<Child<'_, u64>> = None;
            for n in 0..40 {
                let before = last.take();
                #[child]
                let next = async move {
                    sleep(ms(40 - n)).await;
                    Ok(n + match before { Some(before) => before.await, None => 0 })
                };
                last = Some(next);
            }
            match last { Some(last) => Ok(last.await), None => Err(FAILED) }
        }
        assert_eq!(in_time(list()).await, Some(Ok(780)));
    }
}

virtual_time! {
    async fn handles_may_stand_in_any_collection_above_the_loop() {
        #[task_group]
        async fn popped() -> Result<u64, Error> {
            let mut running = Vec::new();
            for n in 0..10 {
                #[child] let child = gives(n, n);
                running.push(child);
            }
            let mut sum = 0;
            while let Some(next) = running.pop() { sum += next.await; }
            Ok(sum)
        }
        #[task_group]
        async fn in_order() -> Result<Vec<u64>, Error> {
            let mut running = std::collections::VecDeque::new();
            let mut done = Vec::new();
            for n in 0..10 {
                if running.len() == 3 { if let Some(first) = running.pop_front() { let first: Child<'_, u64> = first; done.push(first.await); } }
                #[spawn] let child = gives(n, 10 - n);
                running.push_back(child);
            }
            while let Some(next) = running.pop_front() { done.push(next.await); }
            Ok(done)
        }
        #[task_group]
        async fn by_name() -> Result<u64, Error> {
            let mut running = std::collections::HashMap::new();
            for n in 0..10 {
                #[child] let child = gives(n, n);
                running.insert(n, child);
            }
            match running.remove(&3) { Some(third) => Ok(third.await), None => Err(FAILED) }
        }
        #[task_group]
        async fn first_come() -> Result<Vec<u64>, Error> {
            use futures::StreamExt;
            let mut running = futures::stream::FuturesUnordered::new();
            for n in 0..4 {
                #[child] let child = gives(n, 10 - n);
                running.push(child);
            }
            let mut done = Vec::new();
            while let Some(next) = running.next().await { done.push(next); }
            Ok(done)
        }
        #[task_group]
        async fn latest() -> Result<u64, Error> {
            let mut current = None;
            for n in 0..5 {
                if let Some(previous) = current.take() { Child::cancel(previous).await; }
                #[child] let found = gives(n, 100);
                current = Some(found);
                sleep(ms(10)).await;
            }
            match current { Some(last) => Ok(last.await), None => Err(FAILED) }
        }
        assert_eq!(in_time(popped()).await, Some(Ok(45)));
        assert_eq!(in_time(in_order()).await, Some(Ok((0..10).collect())));
        assert_eq!(in_time(by_name()).await, Some(Ok(3)));
        assert_eq!(in_time(first_come()).await, Some(Ok(vec![3, 2, 1, 0])));
        assert_eq!(in_time(latest()).await, Some(Ok(4)));
    }

    async fn a_value_may_borrow_from_between_the_collection_and_the_loop() {
        #[task_group]
        async fn borrowed() -> Result<usize, Error> {
            let mut running = Vec::new();
            let words = vec!["a".to_owned(), "bc".to_owned()];
            for word in &words {
                #[child] let child = async move { sleep(ms(1)).await; Ok(word.as_str()) };
                running.push(child);
            }
            let mut sum = 0;
            while let Some(next) = running.pop() { sum += next.await.len(); }
            Ok(sum)
        }
        assert_eq!(in_time(borrowed()).await, Some(Ok(3)));
    }
}

/// Two threads: the child ends while its owner's thread is busy, so that the owner has not seen the end.
#[test]
fn an_error_that_came_before_the_cancellation_counts() {
    #[task_group]
    async fn late() -> Result<u64, Error> {
        #[spawn]
        let child = async { Err::<u64, _>(FAILED) };
        let metrics = tokio::runtime::Handle::current().metrics();
        // Hands the worker over, so that the child is not kept in the queue of a thread that is busy.
        tokio::task::block_in_place(|| {
            while metrics.num_alive_tasks() > 1 {
                std::thread::yield_now();
            }
        });
        let _ = Child::cancel(child).await;
        Ok(1)
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let ended = runtime.block_on(async { tokio::spawn(async { late().await }).await });
    assert_eq!(ended.ok(), Some(Err(FAILED)));
}
