//! Messages through one channel, from tasks to a task.

use std::hint::black_box;

use taskgroup::{channel, group};
use tokio::{runtime::Runtime, sync::mpsc};

use crate::{
    Contestant, Run, Scenario,
    child::{current_thread, in_task, multi_thread},
};

const MESSAGES: u64 = 8_192;
const CAPACITY: usize = 64;

/// Sends all messages `operations` times through a new channel each time, from `senders` children that share the work.
///
/// Both contestants run in the same group, so that the difference is that of the channels.
macro_rules! through {
    ($new:expr, $send:expr, $receive:expr, $finish:expr) => {
        |runtime: Runtime, senders: u64| -> Run {
            Box::new(move |operations: u64| {
                in_task(&runtime, async move {
                    for _ in 0..operations {
                        let (tx, mut rx) = $new;
                        let txs: Vec<_> = (1..senders).map(|_| tx.clone()).chain([tx.clone()]).collect();
                        $finish(tx);
                        let (_, sum) = group!(
                            #[spawn]
                            senders = for tx in txs {
                                async move {
                                    for n in 0..MESSAGES / senders {
                                        ($send)(&tx, n).await;
                                    }
                                    $finish(tx);
                                    Ok(())
                                }
                            },
                            #[spawn]
                            receiver = async move {
                                let mut sum = 0;
                                while let Some(n) = ($receive)(&mut rx).await {
                                    sum += n;
                                }
                                Ok::<u64, ()>(sum)
                            },
                        )
                        .await
                        .expect("no child fails");
                        black_box(sum);
                    }
                });
            })
        }
    };
}

type Through = fn(Runtime, u64) -> Run;

const OURS: Through = through!(
    channel::bounded(CAPACITY),
    async |tx: &channel::Sender<u64>, n| tx.send(n).await.expect("the receiver is there"),
    async |rx: &mut channel::Receiver<u64>| rx.recv().await.expect("the whole stream"),
    channel::Sender::finish
);

const TOKIO: Through = through!(
    mpsc::channel(CAPACITY),
    async |tx: &mpsc::Sender<u64>, n| tx.send(n).await.expect("the receiver is there"),
    async |rx: &mut mpsc::Receiver<u64>| rx.recv().await,
    drop
);

const OURS_UNBOUNDED: Through = through!(
    channel::unbounded(),
    async |tx: &channel::UnboundedSender<u64>, n| tx.send(n).expect("the receiver is there"),
    async |rx: &mut channel::Receiver<u64>| rx.recv().await.expect("the whole stream"),
    channel::UnboundedSender::finish
);

const TOKIO_UNBOUNDED: Through = through!(
    mpsc::unbounded_channel(),
    async |tx: &mpsc::UnboundedSender<u64>, n| tx.send(n).expect("the receiver is there"),
    async |rx: &mut mpsc::UnboundedReceiver<u64>| rx.recv().await,
    drop
);

/// The scenarios of one channel: one sender and eight, on one thread and on several.
macro_rules! scenario {
    ($name:literal, $one_thread:literal, $runtime:ident, $senders:literal, $ours:ident, $tokio:ident) => {
        Scenario {
            name: $name,
            children: MESSAGES,
            one_thread: $one_thread,
            contestants: vec![
                Contestant { name: "taskgroup::channel", prepare: || $ours($runtime(), $senders) },
                Contestant { name: "tokio mpsc", prepare: || $tokio($runtime(), $senders) },
            ],
        }
    };
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!("channel, bounded, 1:1, current-thread", true, current_thread, 1, OURS, TOKIO),
        scenario!("channel, bounded, 8:1, current-thread", true, current_thread, 8, OURS, TOKIO),
        scenario!("channel, unbounded, 1:1, current-thread", true, current_thread, 1, OURS_UNBOUNDED, TOKIO_UNBOUNDED),
        scenario!("channel, unbounded, 8:1, current-thread", true, current_thread, 8, OURS_UNBOUNDED, TOKIO_UNBOUNDED),
        scenario!("channel, bounded, 1:1, multi-thread", false, multi_thread, 1, OURS, TOKIO),
        scenario!("channel, bounded, 8:1, multi-thread", false, multi_thread, 8, OURS, TOKIO),
        scenario!("channel, unbounded, 1:1, multi-thread", false, multi_thread, 1, OURS_UNBOUNDED, TOKIO_UNBOUNDED),
        scenario!("channel, unbounded, 8:1, multi-thread", false, multi_thread, 8, OURS_UNBOUNDED, TOKIO_UNBOUNDED),
    ]
}
