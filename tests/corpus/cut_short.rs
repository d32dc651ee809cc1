//! What is left undone if a future is dropped, or fails, between two steps that belong together.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use taskgroup::{
    group,
    testing::{fail_point, point},
};
use tokio::{
    select,
    sync::{Semaphore, mpsc},
    time::{sleep, timeout},
};

use crate::program::Program;

const SECOND: Duration = Duration::from_secs(1);

/// A gauge of the requests in flight is set back after the request, not by a destructor.
pub struct Gauge;

impl Program for Gauge {
    const NAME: &'static str = "a gauge that is never set back";
    const REPORT: &'static str = "MystenLabs/sui#27581";
    type World = AtomicI64;

    async fn run(world: Arc<AtomicI64>, mended: bool) {
        struct InFlight<'a>(&'a AtomicI64);
        impl Drop for InFlight<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, SeqCst);
            }
        }
        world.fetch_add(1, SeqCst);
        if mended {
            let _in_flight = InFlight(&world);
            sleep(SECOND).await;
        } else {
            sleep(SECOND).await;
            world.fetch_sub(1, SeqCst);
        }
    }

    fn check(world: &AtomicI64) {
        assert_eq!(world.load(SeqCst), 0, "requests are in flight that no client waits for");
    }
}

/// The permits of a pool of senders.
pub struct Permits(Arc<Semaphore>);

impl Default for Permits {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(2)))
    }
}

/// A permit is taken out of its guard, and given back by a call at the end of the task.
pub struct PermitByHand;

impl Program for PermitByHand {
    const NAME: &'static str = "a permit that is given back by hand";
    const REPORT: &'static str = "anza-xyz/agave#10478";
    type World = Permits;

    async fn run(world: Arc<Permits>, mended: bool) {
        let permits = world.0.clone();
        let send = async move |packet: u32| {
            let permit = permits.acquire().await.expect("it is not closed");
            if !mended {
                permit.forget();
                fail_point("the buffer is sent")?;
                sleep(SECOND * packet).await;
                permits.add_permits(1);
                return Ok::<_, std::io::Error>(());
            }
            fail_point("the buffer is sent")?;
            sleep(SECOND * packet).await;
            drop(permit);
            Ok(())
        };
        group!(
            sent = for packet in 1..4 {
                send(packet)
            }
        )
        .settle()
        .await;
    }

    fn check(world: &Permits) {
        assert_eq!(world.0.available_permits(), 2, "a permit is lost");
    }
}

/// An inbox, and what was stored of it.
#[derive(Default)]
pub struct Inbox {
    waiting: Mutex<VecDeque<u32>>,
    stored: Mutex<Vec<u32>>,
}

/// A delivery is taken from the queue, and stored after an await; a sibling branch of a `select!` drops it in between.
pub struct TakenBeforeStored;

impl Program for TakenBeforeStored {
    const NAME: &'static str = "an item that is lost in a `select!`";
    const REPORT: &'static str = "marmot-protocol/mdk#712";
    type World = Inbox;

    async fn run(world: Arc<Inbox>, mended: bool) {
        world.waiting.lock().expect("no panic").extend([1, 2, 3]);
        let (command, mut commands) = mpsc::channel::<()>(1);
        let next = async || {
            if mended {
                // Stored first, and then taken out.
                let Some(item) = world.waiting.lock().expect("no panic").front().copied() else { return false };
                sleep(SECOND).await;
                world.stored.lock().expect("no panic").push(item);
                world.waiting.lock().expect("no panic").pop_front();
            } else {
                let Some(item) = world.waiting.lock().expect("no panic").pop_front() else { return false };
                point("taken from the queue").await;
                sleep(SECOND).await;
                world.stored.lock().expect("no panic").push(item);
            }
            true
        };
        let worker = async {
            loop {
                select! {
                    biased;
                    Some(()) = commands.recv() => {}
                    more = next() => {
                        if !more {
                            break;
                        }
                    }
                }
            }
            Ok::<_, std::io::Error>(())
        };
        let caller = async {
            // At a quiet moment, unless the worker is late.
            sleep(10 * SECOND).await;
            command.send(()).await.ok();
            Ok(())
        };
        group!(worker = worker, caller = caller).await.expect("it does not fail");
    }

    fn check(world: &Inbox) {
        let (waiting, stored) = (world.waiting.lock().expect("no panic"), world.stored.lock().expect("no panic"));
        let begun = !waiting.is_empty() || !stored.is_empty();
        assert!(!begun || waiting.len() + stored.len() == 3, "an item is neither stored nor waiting");
    }
}

/// A file that is overwritten in place.
#[derive(Default)]
pub struct Disk(Mutex<BTreeMap<&'static str, Vec<u8>>>);

impl Disk {
    fn append(&self, name: &'static str, bytes: &[u8]) {
        self.0.lock().expect("no panic").entry(name).or_default().extend(bytes);
    }
}

/// A file is truncated, and then written piece by piece.
pub struct HalfWrittenFile;

impl Program for HalfWrittenFile {
    const NAME: &'static str = "a file that is half written";
    const REPORT: &'static str = "beamable/BeamableProduct#4818";
    type World = Disk;

    async fn run(world: Arc<Disk>, mended: bool) {
        world.append("content", b"old content");
        let name = if mended { "content.new" } else { "content" };
        world.0.lock().expect("no panic").insert(name, Vec::new());
        for part in [b"new ", b"cont", b"ent!"] {
            sleep(SECOND).await;
            world.append(name, part);
        }
        if mended {
            // One step, as `rename` is.
            let mut files = world.0.lock().expect("no panic");
            let new = files.remove(name).unwrap_or_default();
            files.insert("content", new);
        }
    }

    fn check(world: &Disk) {
        let files = world.0.lock().expect("no panic");
        let content = files.get("content").map(Vec::as_slice);
        assert!(
            matches!(content, None | Some(b"old content" | b"new content!")),
            "the file is neither the old one nor the new one"
        );
    }
}

/// A connection on which answers come in the order of the requests.
#[derive(Default)]
pub struct Connection {
    answers: Mutex<VecDeque<u32>>,
    is_dirty: std::sync::atomic::AtomicBool,
}

impl Connection {
    async fn ask(&self, question: u32, mended: bool) -> u32 {
        if mended && self.is_dirty.swap(true, SeqCst) {
            // As if it connected anew: what the old connection still has to say concerns others.
            self.answers.lock().expect("no panic").clear();
        }
        self.answers.lock().expect("no panic").push_back(question * 2);
        point("the question is written").await;
        sleep(SECOND).await;
        let answer = self.answers.lock().expect("no panic").pop_front().expect("an answer for each question");
        self.is_dirty.store(false, SeqCst);
        answer
    }
}

/// A request is dropped while its answer is on the way, and the next request takes that for its own.
pub struct AnswerOfAnother;

impl Program for AnswerOfAnother {
    const NAME: &'static str = "the answer of an earlier request";
    const REPORT: &'static str = "masalachai/epp-client#81";
    type World = Connection;

    async fn run(world: Arc<Connection>, mended: bool) {
        for question in [1, 2] {
            // Time enough for an answer, unless the connection is slow.
            if let Ok(answer) = timeout(2 * SECOND, world.ask(question, mended)).await {
                assert_eq!(answer, question * 2, "the answer to another question");
            }
        }
    }
}
