//! Functions that start and fail children at random depths: nothing is alive when they return.

use taskgroup::{Child, task_group};
use taskgroup_tests::*;

use crate::support::{Error, FAILED};

/// SplitMix64.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn fork(&mut self) -> Self {
        Self(self.next())
    }
}

async fn leaf(alive: Alive, mut random: Random) -> Result<u64, Error> {
    let _presence = alive.enter();
    yields(random.below(6) as usize).await;
    if random.below(20) == 0 { Err(FAILED) } else { Ok(1) }
}

/// Starts children of every kind in two stages, loops and branches, and functions like itself.
#[task_group(boxed, catch_panics)]
async fn storm(alive: Alive, mut random: Random, depth: u64) -> Result<u64, Error> {
    let _presence = alive.enter();
    #[child]
    let first = leaf(alive.clone(), random.fork());
    #[spawn]
    let second = leaf(alive.clone(), random.fork());
    #[daemon]
    async {
        forever(alive.enter()).await
    };
    if random.below(30) == 0 {
        return Err(FAILED);
    }
    let mut sum = first.await;
    if random.below(2) == 0 {
        sum += second.await;
    } else {
        drop(second);
    }
    for _ in 0..random.below(4) {
        if depth == 0 {
            break;
        }
        if random.below(2) == 0 {
            #[spawn]
            let below = storm(alive.clone(), random.fork(), depth - 1);
            if random.below(4) == 0 {
                yields(random.below(4) as usize).await;
                sum += Child::cancel(below).await.unwrap_or_default();
            }
        } else {
            #[child]
            storm(alive.clone(), random.fork(), depth - 1);
        }
    }
    if random.below(25) == 0 {
        let presence = alive.enter();
        #[blocking]
        move || {
            drop(presence);
            Ok(())
        };
    }
    if random.below(60) == 0 {
        panic!("a storm");
    }
    if random.below(40) == 0 {
        #[daemon]
        #[spawn]
        leaf_daemon(alive.clone(), random.fork());
    }
    yields(random.below(3) as usize).await;
    Ok(sum)
}

async fn leaf_daemon(alive: Alive, random: Random) -> Result<(), Error> {
    leaf(alive, random).await.map(drop)
}

async fn ten_thousand(name: &str) {
    let seed = std::env::var("TASKGROUP_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(11);
    println!("{name}: seed {seed}; TASKGROUP_SEED changes it");
    let mut random = Random(seed);
    let (mut failed, mut ever) = (0, 0);
    for n in 0..5_000 {
        let alive = Alive::new();
        let depth = random.below(4);
        let ended = storm(alive.clone(), random.fork(), depth).await;
        assert_eq!(alive.now(), 0, "alive after return {n}, seed {seed}");
        failed += u64::from(ended.is_err());
        ever += alive.ever();
    }
    println!("{failed} of 5000 failed, {ever} futures in all");
    assert!(failed > 500 && failed < 4_500);
}

#[test]
fn nothing_is_alive_at_any_return_on_one_thread() {
    quietly(|| in_virtual_time(Box::pin(ten_thousand("one thread"))));
}

#[test]
fn nothing_is_alive_at_any_return_on_many_threads() {
    quietly(|| on_many_threads(Box::pin(ten_thousand("many threads"))));
}

/// The panics here are on purpose.
fn quietly(test: impl FnOnce()) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<&str>().copied().unwrap_or_default();
        if text != "a storm" {
            before(info);
        }
    }));
    test();
}
