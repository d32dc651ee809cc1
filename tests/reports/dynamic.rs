//! Children that come and go while their owner works: the latest only, first come, a graph, a quorum.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use taskgroup::{Child, task_group};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

#[derive(Debug, PartialEq)]
struct Failed(&'static str);

#[derive(Clone, Default)]
struct Trail(Arc<Mutex<Vec<String>>>);

impl Trail {
    fn push(&self, event: impl Into<String>) {
        self.0.lock().unwrap().push(event.into());
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

struct Dropped<'a>(&'a Trail, String);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.push(format!("end {}", self.1));
    }
}

async fn ms(n: u64) {
    sleep(Duration::from_millis(n)).await;
}

async fn search(trail: &Trail, word: String) -> Result<usize, Failed> {
    trail.push(format!("start {word}"));
    let _end = Dropped(trail, word.clone());
    ms(100).await;
    trail.push(format!("done {word}"));
    Ok(word.len())
}

/// Swift forum 62726, futures-rs#2544, neon#11757: only the latest job runs; the one before it has ended before.
#[task_group]
async fn latest(mut words: mpsc::Receiver<String>, trail: &Trail) -> Result<usize, Failed> {
    let mut current = None;
    while let Some(word) = words.recv().await {
        if let Some(previous) = current.take() {
            Child::cancel(previous).await;
        }
        #[child]
        let found = search(trail, word);
        current = Some(found);
    }
    Ok(match current {
        Some(last) => last.await,
        None => 0,
    })
}

#[tokio::test(start_paused = true)]
async fn only_the_latest_job_runs() {
    let trail = Trail::default();
    let (tx, rx) = mpsc::channel(8);
    let typing = async {
        for word in ["r", "ru", "rust"] {
            tx.send(word.to_owned()).await.unwrap();
            ms(10).await;
        }
        drop(tx);
    };
    let (found, ()) = tokio::join!(latest(rx, &trail), typing);
    assert_eq!(found, Ok(4));
    assert_eq!(trail.all(), ["start r", "end r", "start ru", "end ru", "start rust", "done rust", "end rust"]);
}

/// As they complete, while more are started: what `JoinSet::join_next` in a `select!` is used for.
#[task_group]
async fn as_completed(times: Vec<u64>) -> Result<Vec<u64>, Failed> {
    let mut done = Vec::new();
    {
        let mut running = FuturesUnordered::new();
        for time in times {
            #[child]
            let child = async move {
                ms(time).await;
                Ok(time)
            };
            running.push(child);
        }
        while let Some(time) = running.next().await {
            done.push(time);
        }
    }
    Ok(done)
}

#[tokio::test(start_paused = true)]
async fn results_come_in_the_order_of_completion() {
    assert_eq!(as_completed(vec![30, 10, 20]).await, Ok(vec![10, 20, 30]));
    assert_eq!(as_completed(vec![]).await, Ok(vec![]));
}

/// In order, as early as possible, at most `limit` at once, and the rest of the pipeline sees each at once (conc#105,
/// `buffered(n)`).
#[task_group(limit = 3)]
async fn in_order(times: Vec<u64>, out: mpsc::Sender<u64>) -> Result<(), Failed> {
    {
        let mut running = VecDeque::new();
        for time in times {
            if !taskgroup::has_room() {
                let first: Child<'_, u64> = running.pop_front().expect("no room, so a child runs");
                out.send(first.await).await.expect("the consumer listens");
            }
            #[child]
            let child = async move {
                ms(time).await;
                Ok::<_, Failed>(time)
            };
            running.push_back(child);
        }
        while let Some(next) = running.pop_front() {
            out.send(next.await).await.expect("the consumer listens");
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn results_come_in_order_and_early() {
    let (tx, mut rx) = mpsc::channel(1);
    let start = Instant::now();
    let consumer = async {
        let mut seen = Vec::new();
        while let Some(time) = rx.recv().await {
            seen.push((time, start.elapsed().as_millis() as u64));
        }
        seen
    };
    let (ended, seen) = tokio::join!(in_order(vec![30, 10, 20, 10, 10], tx), consumer);
    assert_eq!(ended, Ok(()));
    assert_eq!(seen.iter().map(|(time, _)| *time).collect::<Vec<_>>(), [30, 10, 20, 10, 10]);
    assert_eq!(seen[0].1, 30, "{seen:?}");
    assert!(seen[4].1 <= 50, "{seen:?}");
}

/// golang/go#68914: start after another one is done; a diamond: b and c need a, d needs both.
#[task_group]
async fn diamond(trail: &Trail) -> Result<u32, Failed> {
    #[child]
    let a = async {
        ms(10).await;
        trail.push("a");
        Ok::<u32, Failed>(1)
    };
    let a = futures::FutureExt::shared(a);
    let for_b = a.clone();
    #[child]
    let b = async {
        let a = for_b.await;
        ms(20).await;
        trail.push("b");
        Ok::<u32, Failed>(a + 1)
    };
    #[child]
    let c = async {
        let a = a.await;
        ms(10).await;
        trail.push("c");
        Ok::<u32, Failed>(a + 2)
    };
    #[child]
    let d = async {
        let (b, c) = (b, c).join().await;
        trail.push("d");
        Ok::<u32, Failed>(b + c)
    };
    Ok(d.await)
}

#[tokio::test(start_paused = true)]
async fn a_graph_of_dependencies_runs_as_early_as_it_can() {
    let trail = Trail::default();
    let start = Instant::now();
    assert_eq!(diamond(&trail).await, Ok(5));
    assert_eq!(trail.all(), ["a", "c", "b", "d"]);
    assert_eq!(start.elapsed(), Duration::from_millis(30));
}

async fn replica(trail: &Trail, n: u64) -> Result<u64, Failed> {
    let _end = Dropped(trail, n.to_string());
    ms(n * 10).await;
    if n == 2 { Err(Failed("replica 2")) } else { Ok(n) }
}

/// chroma#6095, linera#2653: two of five, failures tolerated, the rest stopped.
#[task_group]
async fn quorum(trail: &Trail) -> Result<Vec<u64>, Failed> {
    let mut votes = Vec::new();
    {
        let mut running = FuturesUnordered::new();
        for n in 1..=5 {
            #[child]
            let vote = async move { Ok::<_, Failed>(replica(trail, n).await) };
            running.push(vote);
        }
        while votes.len() < 2 {
            match running.next().await {
                Some(Ok(vote)) => votes.push(vote),
                Some(Err(_)) => {}
                None => return Err(Failed("no quorum")),
            }
        }
        for late in running {
            Child::cancel(late).await;
        }
    }
    Ok(votes)
}

#[tokio::test(start_paused = true)]
async fn the_first_two_of_five_win_and_the_rest_is_stopped() {
    let trail = Trail::default();
    let start = Instant::now();
    assert_eq!(quorum(&trail).await, Ok(vec![1, 3]));
    assert_eq!(start.elapsed(), Duration::from_millis(30));
    let mut ends = trail.all();
    ends.sort();
    assert_eq!(ends, ["end 1", "end 2", "end 3", "end 4", "end 5"]);
}

/// The same by a daemon each and a channel.
#[task_group]
async fn quorum_of_daemons(trail: &Trail) -> Result<Vec<u64>, Failed> {
    let (tx, mut rx) = mpsc::channel(5);
    for n in 1..=5 {
        let tx = tx.clone();
        #[daemon]
        async move {
            if let Ok(vote) = replica(trail, n).await {
                let _ = tx.send(vote).await;
            }
            Ok(())
        };
    }
    drop(tx);
    let mut votes = Vec::new();
    while votes.len() < 2 {
        votes.push(rx.recv().await.ok_or(Failed("no quorum"))?);
    }
    Ok(votes)
}

#[tokio::test(start_paused = true)]
async fn the_first_two_of_five_daemons_win() {
    let trail = Trail::default();
    let start = Instant::now();
    assert_eq!(quorum_of_daemons(&trail).await, Ok(vec![1, 3]));
    assert_eq!(start.elapsed(), Duration::from_millis(30));
    assert_eq!(trail.all().len(), 5);
}

/// A service loop: commands, finished jobs and a tick in one `select!` (iroh#2940, hickory#2023: an empty set must not
/// spin, and its emptiness must not end the loop).
#[task_group]
async fn service(mut commands: mpsc::Receiver<u64>, trail: &Trail) -> Result<u32, Failed> {
    let mut turns = 0;
    {
        let mut running = FuturesUnordered::new();
        let mut open = true;
        while open || !running.is_empty() {
            turns += 1;
            let next = tokio::select! {
                command = commands.recv(), if open => match command {
                    Some(time) => Some(time),
                    None => {
                        open = false;
                        None
                    }
                },
                Some(job) = running.next(), if !running.is_empty() => {
                    trail.push(format!("job {job}"));
                    None
                }
            };
            if let Some(time) = next {
                #[child]
                let job = async move {
                    ms(time).await;
                    Ok::<_, Failed>(time)
                };
                running.push(job);
            }
        }
    }
    Ok(turns)
}

#[tokio::test(start_paused = true)]
async fn a_service_loop_starts_and_reaps_without_spinning() {
    let trail = Trail::default();
    let (tx, rx) = mpsc::channel(8);
    let clients = async {
        ms(1000).await; // nothing runs for a while
        for time in [30, 10] {
            tx.send(time).await.unwrap();
        }
        ms(1000).await;
        drop(tx);
    };
    let (turns, ()) = tokio::join!(service(rx, &trail), clients);
    assert_eq!(turns, Ok(5));
    assert_eq!(trail.all(), ["job 10", "job 30"]);
}
