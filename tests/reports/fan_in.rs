//! Many producers in a `for`, and one consumer: the stream has an end.

use std::time::Duration;

use taskgroup::{
    channel::{self, RecvError},
    group,
};
use tokio::time::timeout;

#[derive(Debug)]
enum Failed {
    Recv(#[allow(dead_code, reason = "for its `Debug`")] RecvError),
    Closed,
}

impl From<RecvError> for Failed {
    fn from(error: RecvError) -> Self {
        Self::Recv(error)
    }
}

const HOUR: Duration = Duration::from_secs(3600);

/// The producers are a group of their own, whose owner has the sender.
#[tokio::test(start_paused = true)]
async fn the_stream_ends_when_the_producers_are_a_group_of_their_own() {
    let (tx, mut rx) = channel::bounded::<u64>(4);
    let (_, sum) = timeout(HOUR, async {
        group!(
            producers = async move {
                group!(for n in 1..=3_u64 {
                    let tx = tx.clone();
                    async move {
                        tx.send(n).await.map_err(|_| Failed::Closed)?;
                        tx.finish();
                        Ok::<(), Failed>(())
                    }
                })
                .await?;
                tx.finish();
                Ok(())
            },
            sum = async {
                let mut sum = 0;
                while let Some(n) = rx.recv().await? {
                    sum += n;
                }
                Ok::<u64, Failed>(sum)
            },
        )
        .await
    })
    .await
    .expect("no hang")
    .unwrap();
    assert_eq!(sum, 6);
}
