//! No child, and no body, starves another (G8), and one poll does a bounded amount of work.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use taskgroup::{Cause, group, task_group};
use taskgroup_tests::*;
use tokio::{
    sync::mpsc,
    task::{consume_budget, yield_now},
    time::{Instant, sleep, timeout},
};

use crate::support::{Error, FAILED};

const BACKLOG: usize = 20_000;

fn backlog() -> mpsc::UnboundedReceiver<usize> {
    let (tx, rx) = mpsc::unbounded_channel();
    (0..BACKLOG).for_each(|n| tx.send(n).unwrap_or_default());
    rx
}

/// Ten turns of a channel: each takes a unit of tokio's budget.
async fn ten_turns(progress: &Cell<usize>, done_at: &Cell<usize>) -> Result<(), Error> {
    let (tx, mut rx) = mpsc::channel(1);
    for n in 0..10 {
        tx.send(n).await.map_err(|_| FAILED)?;
        rx.recv().await;
    }
    done_at.set(progress.get());
    Ok(())
}

/// So many messages may go by before ten turns are done: a few polls of 128 units.
const SOON: usize = 1_024;

virtual_time! {
    async fn a_body_with_a_backlog_does_not_starve_its_child() {
        let (seen, done_at) = (Cell::new(0), Cell::new(usize::MAX));
        #[task_group]
        async fn run(seen: &Cell<usize>, done_at: &Cell<usize>) -> Result<(), Error> {
            #[child] ten_turns(seen, done_at);
            let mut rx = backlog();
            while rx.recv().await.is_some() { seen.set(seen.get() + 1); }
            Ok(())
        }
        assert_eq!(run(&seen, &done_at).await, Ok(()));
        assert!(done_at.get() < SOON, "{}", done_at.get());
    }

    async fn a_child_with_a_backlog_starves_neither_its_sibling_nor_the_body() {
        let (seen, child, body) = (Cell::new(0), Cell::new(usize::MAX), Cell::new(usize::MAX));
        #[task_group]
        async fn run(seen: &Cell<usize>, child: &Cell<usize>, body: &Cell<usize>) -> Result<(), Error> {
            #[child] async {
                let mut rx = backlog();
                while rx.recv().await.is_some() { seen.set(seen.get() + 1); }
                Ok(())
            };
            #[child] ten_turns(seen, child);
            ten_turns(seen, body).await
        }
        assert_eq!(run(&seen, &child, &body).await, Ok(()));
        assert!(child.get() < SOON && body.get() < SOON, "{} {}", child.get(), body.get());
    }

    async fn two_children_of_one_loop_do_not_starve_each_other() {
        let (seen, done_at) = (Cell::new(0), Cell::new(usize::MAX));
        #[task_group]
        async fn run(seen: &Cell<usize>, done_at: &Cell<usize>) -> Result<(), Error> {
            for n in 0..2 {
                #[child] async move {
                    if n > 0 { return ten_turns(seen, done_at).await; }
                    let mut rx = backlog();
                    while rx.recv().await.is_some() { seen.set(seen.get() + 1); }
                    Ok(())
                };
            }
            Ok(())
        }
        assert_eq!(run(&seen, &done_at).await, Ok(()));
        assert!(done_at.get() < SOON, "{}", done_at.get());
    }

    // Rule 9: a poll without budget is no turn. Each child of the loop had it in turn with the other, always the same one.
    async fn two_children_of_one_loop_both_get_budget_beside_a_body_with_a_backlog() {
        let (seen, by_then) = ([Cell::new(0), Cell::new(0)], Cell::new([0, 0]));
        #[task_group]
        async fn run(seen: &[Cell<usize>; 2], by_then: &Cell<[usize; 2]>) -> Result<(), Error> {
            for seen in seen {
                #[child] async move {
                    let mut rx = backlog();
                    while rx.recv().await.is_some() { seen.set(seen.get() + 1); }
                    Ok(())
                };
            }
            let mut rx = backlog();
            while rx.recv().await.is_some() {}
            by_then.set([seen[0].get(), seen[1].get()]);
            Ok(())
        }
        assert_eq!(run(&seen, &by_then).await, Ok(()));
        assert!(by_then.get().iter().all(|seen| *seen > SOON), "{:?}", by_then.get());
    }

    // G8: the budget ran out twice, so the round begins with the second statement, and the body comes after it. A child that the
    // body starts then has had its turn, and the end of another in the same round hid that it had begun: it was not polled.
    async fn a_child_that_starts_where_another_ends_is_polled_though_the_order_has_rotated() {
        async fn busy() {
            sleep(ms(130)).await;
            for _ in 0..300 { consume_budget().await; }
        }
        #[task_group(drain_on = busy())]
        async fn run() -> Result<u32, Error> {
            #[child] async { sleep(ms(256)).await; Ok(()) };
            #[child] async { Ok(()) };
            sleep(ms(192)).await;
            sleep(ms(64)).await;
            #[child] let late = async { Ok(7) };
            Ok(late.await)
        }
        let since = Instant::now();
        assert_eq!(timeout(ms(1_000), run()).await, Ok(Ok(7)));
        // What wakes the owner when the time is over would hide it.
        assert_eq!(since.elapsed(), ms(256));
    }

    async fn a_body_whose_children_are_always_ready_lets_the_deadline_pass() {
        static ROUNDS: AtomicU64 = AtomicU64::new(0);
        #[task_group(timeout = ms(20))]
        async fn run() -> Result<(), Error> {
            loop {
                // Time passes, though no poll ever waits for it.
                if ROUNDS.fetch_add(1, Relaxed) % 100 == 0 { tokio::time::advance(ms(1)).await; }
                #[child] let ready = async { Ok(()) };
                ready.await;
                if ROUNDS.load(Relaxed) > 1_000_000 { return Ok(()); }
            }
        }
        assert_eq!(run().await, Err(Error::Cancelled));
    }

    async fn a_sibling_gets_its_turn_beside_a_body_whose_children_are_always_ready() {
        let (rounds, seen) = (Cell::new(0), Cell::new(0));
        #[task_group]
        async fn run(rounds: &Cell<usize>, seen: &Cell<usize>) -> Result<(), Error> {
            #[child] async { yield_now().await; seen.set(rounds.get()); Ok(()) };
            for _ in 0..10_000 {
                rounds.set(rounds.get() + 1);
                #[child] let ready = async { Ok(()) };
                ready.await;
            }
            Ok(())
        }
        assert_eq!(run(&rounds, &seen).await, Ok(()));
        assert!((1..=64).contains(&seen.get()), "{}", seen.get());
    }

    async fn options_run_in_the_budget() {
        let stop = Flag::new();
        let watch = stop.clone();
        let ended = group!(a = async {
            yields(100).await;
            stop.set();
            std::future::pending::<()>().await;
            Ok::<_, Fail>(())
        })
        // Always ready for another turn: it must not keep the thread.
        .cancel_on(async move { while !watch.is_set() { consume_budget().await; } })
        .name("g");
        let ended = timeout(Duration::from_secs(3600), ended.into_future()).await;
        assert!(matches!(ended, Ok(Err(_))), "a hang");
    }

    async fn a_busy_stream_of_events_in_cancel_on_leaves_the_children_their_turns() {
        let (tx, mut rx) = mpsc::unbounded_channel();
        (0..BACKLOG).for_each(|n| tx.send(n).unwrap_or_default());
        let (events, seen) = (Cell::new(0), Cell::new(usize::MAX));
        let ended = group!(a = async {
            let (tx, mut rx) = mpsc::channel(1);
            for n in 0..10 {
                tx.send(n).await.map_err(|_| Fail::Own("closed"))?;
                rx.recv().await;
            }
            seen.set(events.get());
            std::future::pending::<()>().await;
            Ok::<_, Fail>(())
        })
        .cancel_on(async { while let Some(event) = rx.recv().await { events.set(event); if event == BACKLOG - 1 { break; } } })
        .name("g")
        .await;
        assert!(matches!(ended, Err(Fail::Cancelled(cancelled)) if matches!(cancelled.cause(), Cause::Requested { .. })));
        assert!(seen.get() < SOON, "{}", seen.get());
    }

    async fn an_option_gets_its_turn_beside_a_child_that_uses_up_every_budget() {
        let started = Instant::now();
        let (tx, mut rx) = mpsc::unbounded_channel();
        let polls = Cell::new(0_u64);
        let ended = group!(
            chatty = async {
                loop {
                    polls.set(polls.get() + 1);
                    if polls.get() == 10_000 { tx.send(()).unwrap_or_default(); }
                    assert!(polls.get() < 1_000_000, "the option never had its turn");
                    consume_budget().await;
                }
                #[allow(unreachable_code, reason = "the type")]
                Ok::<(), Fail>(())
            },
        )
        .cancel_on(async { rx.recv().await; })
        .name("g")
        .await;
        assert!(ended.is_err());
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    // Rule 9, as for the arms of a group: the body is before the statement that uses up the budget.
    async fn a_child_that_uses_up_the_budget_gets_no_second_one_before_the_others_have_had_a_turn() {
        let (turns, by_then) = (Cell::new(0), Cell::new(usize::MAX));
        #[task_group]
        async fn run(turns: &Cell<usize>, by_then: &Cell<usize>) -> Result<(), Error> {
            #[child] async {
                for _ in 0..1_000 { turns.set(turns.get() + 1); consume_budget().await; }
                Ok(())
            };
            for _ in 0..1 {
                #[child] async { by_then.set(turns.get()); Ok(()) };
            }
            Ok(())
        }
        assert_eq!(run(&turns, &by_then).await, Ok(()));
        assert!(by_then.get() <= 129, "{}", by_then.get());
    }
}
