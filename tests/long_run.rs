//! A million children, one after the other, through one `for` with a limit: memory stays where it was after the start.
//!
//! For more of them, and for figures that mean something, in release:
//!
//! ```sh
//! CHILDREN=10000000 cargo test --release -p taskgroup-tests --test long_run -- --nocapture
//! ```

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    convert::Infallible,
    env, fs,
    io::Write,
    sync::{LazyLock, Mutex},
    time::Instant,
};

use taskgroup::{group, spawner};
use tokio::{runtime::Builder, task::yield_now};

const LIMIT: usize = 1_000;
/// How often memory is looked at.
const SAMPLES: usize = 20;

/// Of this process, in kB.
fn resident_size() -> usize {
    let pages: usize = fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4
}

fn children() -> usize {
    static CHILDREN: LazyLock<usize> = LazyLock::new(|| {
        env::var("CHILDREN").map_or(1_000_000, |children| children.parse().expect("CHILDREN is a number"))
    });
    *CHILDREN
}

/// The numbers of the children; memory is looked at as they are given out.
struct Numbers<'a> {
    next: usize,
    samples: &'a Mutex<Vec<usize>>,
}

impl Iterator for Numbers<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let number = self.next;
        self.next += 1;
        if number % children_per_sample() == 0 {
            self.samples.lock().unwrap().push(resident_size());
        }
        (number < children()).then_some(number)
    }
}

fn children_per_sample() -> usize {
    children().div_ceil(SAMPLES)
}

fn watch(what: &str, run: impl AsyncFnOnce(Numbers<'_>)) {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (samples, since) = (Mutex::default(), Instant::now());
    runtime.block_on(run(Numbers { next: 0, samples: &samples }));
    let took = since.elapsed();
    let samples = samples.into_inner().unwrap();
    let per_child = took.as_nanos() / children() as u128;
    let _ = writeln!(
        std::io::stderr(),
        "long run: {what}: {} children in {took:.1?}, {per_child} ns each; resident size in kB: {samples:?}",
        children()
    );
    // The first samples are those of the start: caches, and the places of the first thousand children.
    let start = samples[1].max(samples[2]);
    let most = samples[3..].iter().copied().max().unwrap();
    assert!(most <= start + 1_024, "{what}: memory grew by {} kB: {samples:?}", most - start);
}

/// One test, because memory is that of the whole process.
#[test]
fn memory_stays_flat() {
    watch("inline", async |numbers| {
        let done = group!(
            each = for number in numbers {
                async move {
                    if number % 2 == 0 {
                        yield_now().await;
                    }
                    Ok::<_, Infallible>(())
                }
            }
        );
        assert_eq!(done.limit(LIMIT).await.map(|done| done.len()), Ok(children()));
    });
    watch("spawned", async |numbers| {
        let done = group!(
            #[spawn]
            each = for number in numbers {
                async move {
                    if number % 2 == 0 {
                        yield_now().await;
                    }
                    Ok::<_, Infallible>(())
                }
            }
        );
        assert_eq!(done.limit(LIMIT).await.map(|done| done.len()), Ok(children()));
    });
    watch("supervised", async |numbers| {
        let mut failures = 0;
        let done = group!(
            #[spawn]
            each = for number in numbers {
                async move { if number % 2 == 0 { Err(vec![number; 100]) } else { Ok(vec![number; 100]) } }
            }
        );
        assert_eq!(done.supervise(|_, _| failures += 1).limit(LIMIT).await, Ok(()));
        assert_eq!(failures, children() / 2);
    });
    watch("handed out", async |numbers| {
        let mut values = 0;
        let done = group!(
            each = for number in numbers {
                async move {
                    if number % 2 == 0 {
                        yield_now().await;
                    }
                    Ok::<_, Infallible>(vec![number; 100])
                }
            }
        );
        assert_eq!(done.each(|_, _| values += 1).limit(LIMIT).await, Ok(()));
        assert_eq!(values, children());
    });
    watch("supervised in a function", async |numbers| {
        #[taskgroup::task_group(limit = LIMIT, supervise = |_, _| *failures += 1)]
        async fn serve(numbers: Numbers<'_>, failures: &mut usize) -> Result<(), Vec<usize>> {
            for number in numbers {
                #[spawn]
                connection(number);
            }
            Ok(())
        }
        async fn connection(number: usize) -> Result<Vec<usize>, Vec<usize>> {
            if number % 2 == 0 { Err(vec![number; 100]) } else { Ok(vec![number; 100]) }
        }
        let mut failures = 0;
        assert_eq!(serve(numbers, &mut failures).await, Ok(()));
        assert_eq!(failures, children() / 2);
    });
    watch("jobs of a spawner", async |numbers| {
        let (spawner, jobs) = spawner::bounded(LIMIT);
        let done = group!(
            #[stream]
            #[spawn]
            jobs = for job in jobs {
                job
            },
            _offers = async move {
                for number in numbers {
                    let job = async move {
                        if number % 2 == 0 {
                            yield_now().await;
                        }
                        Ok::<_, Infallible>(())
                    };
                    let accepted = match number % 10 {
                        0 => spawner.spawn_named(format!("job {number}"), job).await.is_ok(),
                        1 => spawner.track(job).unwrap().await.is_ok(),
                        _ => spawner.spawn(job).await.is_ok(),
                    };
                    assert!(accepted);
                }
                Ok(())
            },
        );
        let tracked = (0..children()).filter(|number| number % 10 == 1).count();
        assert_eq!(done.limit(LIMIT).await.map(|(jobs, ())| jobs.len()), Ok(children() - tracked));
    });
}
