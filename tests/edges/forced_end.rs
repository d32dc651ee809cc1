//! A service that is forced to end answers within its grace.

use std::future::pending;

use taskgroup::{Cancelled, cancelled, channel, group};
use taskgroup_tests::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, sleep},
};

/// Two calls that would take a minute, and do not listen.
async fn handler() -> Result<(u32, u32), Fail> {
    group!(user = after(60_000, Ok::<u32, Fail>(1)), posts = after(60_000, Ok(2))).timeout(ms(300_000)).await
}

/// Serves one request. The status does not fit into the buffer of the socket, so the write pends.
async fn connection(mut socket: DuplexStream) -> Result<(), Fail> {
    let mut request = [0; 3];
    socket.read_exact(&mut request).await.map_err(|_| Fail::Own("read"))?;
    let status = match handler().await {
        Ok(_) => "200 OK",
        Err(Fail::Cancelled(_)) => "504 Gateway Timeout",
        Err(_) => "500 Internal Server Error",
    };
    socket.write_all(status.as_bytes()).await.map_err(|_| Fail::Own("write"))
}

async fn client(mut socket: DuplexStream) -> String {
    socket.write_all(b"GET").await.expect("a server");
    let mut answer = Vec::new();
    let mut buffer = [0; 4];
    while let Ok(count @ 1..) = socket.read(&mut buffer).await {
        answer.extend_from_slice(&buffer[..count]);
        sleep(ms(1)).await;
    }
    String::from_utf8(answer).expect("text")
}

/// How the accept loop starts its connections.
macro_rules! serves {
    ($(#[$how:ident])?) => {{
        let (tx, rx) = channel::unbounded::<DuplexStream>();
        let clients: Vec<_> = (0..5).map(|_| {
            let (theirs, ours) = duplex(4);
            tx.send(ours).expect("a receiver");
            tokio::spawn(client(theirs))
        }).collect();
        let began = Instant::now();
        let ended: Result<_, Fail> = group!(
            #[stream] $(#[$how])? connections = for socket in rx {
                async move {
                    let socket = socket.expect("the sender is there");
                    let _ = group!(connection(socket)).outcome().await;
                    Ok::<_, Fail>(())
                }
            },
        )
        .cancel_on(sleep(ms(50)))
        .grace(ms(1_000))
        .await;
        assert!(matches!(ended, Err(Fail::Cancelled(_)) | Ok(_)));
        assert!(began.elapsed() < ms(200), "the grace is not used up: {:?}", began.elapsed());
        for client in clients {
            assert_eq!(client.await.expect("no panic"), "504 Gateway Timeout");
        }
        drop(tx);
    }};
}

virtual_time! {
    async fn a_handler_two_groups_deep_answers_within_the_grace_on_a_task() {
        serves!(#[spawn]);
    }

    async fn a_handler_two_groups_deep_answers_within_the_grace_inline() {
        serves!();
    }

    async fn a_group_in_a_set_of_futures_with_wakers_of_their_own_answers_too() {
        use futures::{StreamExt, stream::FuturesUnordered};
        let began = Instant::now();
        let ended = group!(
            a = async {
                let mut handlers: FuturesUnordered<_> = (0..3).map(|_| handler()).collect();
                let mut stopped = 0;
                while let Some(answer) = handlers.next().await {
                    stopped += u32::from(matches!(answer, Err(Fail::Cancelled(_))));
                }
                Ok::<_, &str>(stopped)
            },
            fails = async { sleep(ms(10)).await; Err::<(), _>("boom") },
        )
        .outcome()
        .grace(ms(1_000))
        .await;
        assert!(ended.is_err());
        assert_eq!(began.elapsed(), ms(10));
    }

    async fn a_plain_group_in_between_passes_the_cancellation_on() {
        let began = Instant::now();
        let heard = std::cell::Cell::new(None::<Cancelled>);
        let ended = group!(
            a = async {
                group!(
                    #[spawn] deaf = async { let _ = handler().await; Ok::<_, &str>(()) },
                    b = async { heard.set(Some(cancelled().await)); Ok(()) },
                )
                .await
                .map(drop)
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert!(ended.is_err() && heard.take().is_some());
        assert_eq!(began.elapsed(), ms(10));
    }

    async fn a_blocking_child_is_waited_for_by_a_group_that_answers() {
        let (ready, gate) = (Ready::new(), Ready::new());
        let (begun, opens) = (ready.reach(1), gate.clone());
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let ended = group!(
            inner = async {
                let said = group!(
                    #[blocking] stays = move || { ready.tick(); wait.recv().map_err(|_| "gone") },
                    deaf = pending::<Result<(), &str>>(),
                )
                .outcome()
                .await;
                opens.tick();
                said.map(drop).map_err(|_| "cancelled")
            },
            // Before the one that fails, which may do so in its first poll: what comes after that never starts.
            lets_go = async { cancelled().await; go.send(()).map_err(|_| "gone") },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .grace(ms(60_000))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        gate.reach(1).await;
    }
}
