//! Waits for a signal, in the way that its first argument selects. `tests/channels/shutdown.rs` runs it.

use std::{
    future::pending,
    io::{Read, Write},
    process::ExitCode,
    time::Duration,
};

use taskgroup::{Cancelled, ShutdownSignal, group, shutdown_signal};
use tokio::{runtime::Builder, time::sleep};

const GRACE: Duration = Duration::from_millis(400);

fn say(text: &str) {
    println!("{text}");
    let _ = std::io::stdout().flush();
}

fn main() -> ExitCode {
    let how = std::env::args().nth(1).unwrap_or_default();
    let runtime = if how.ends_with("-many") { Builder::new_multi_thread() } else { Builder::new_current_thread() }
        .enable_all()
        .build()
        .expect("a runtime");
    let signal = if how.starts_with("outside") {
        shutdown_signal()
    } else {
        let _inside = runtime.enter();
        shutdown_signal()
    };
    match how.trim_end_matches("-many") {
        "outside" => runtime.block_on(async {
            let mut signal = std::pin::pin!(signal);
            tokio::select! {
                biased;
                _ = &mut signal => unreachable!("nobody knows the process yet"),
                () = async { say("ready") } => {}
            }
            ended_by(signal.await)
        }),
        "outside-second" => {
            let signal = signal.exit_on_second();
            say("ready");
            std::thread::sleep(GRACE); // the signal comes before the first poll
            runtime.block_on(async { ended_by(signal.await) })
        }
        "late" => {
            say("ready");
            std::thread::sleep(GRACE);
            runtime.block_on(async { ended_by(signal.await) })
        }
        "quick-cleanup" => runtime.block_on(serve(signal, GRACE / 4)),
        "slow-cleanup" => runtime.block_on(serve(signal, GRACE * 100)),
        "stuck" => runtime.block_on(async {
            let signal = signal.exit_on_second();
            say("ready");
            say(&signal.await.to_string());
            std::thread::sleep(Duration::from_secs(60));
            ExitCode::SUCCESS
        }),
        "stuck-before" => {
            let _signal = signal.exit_on_second();
            say("ready");
            std::thread::sleep(Duration::from_secs(60));
            ExitCode::SUCCESS
        }
        "two-before" => runtime.block_on(async {
            // Made before the line that lets the signal come.
            let one = shutdown_signal();
            say("ready");
            one.await;
            let other = shutdown_signal();
            say("one came");
            other.await;
            say("one came");
            ended_by(signal.await)
        }),
        "dropped" => {
            drop(signal);
            say("ready");
            lives_on()
        }
        "dropped-second" => {
            drop(signal.exit_on_second());
            say("ready");
            lives_on()
        }
        "over" => runtime.block_on(async {
            let done = group!(server = async { Ok::<(), Cancelled>(()) }).cancel_on(signal).await;
            say(if done.is_ok() { "ready" } else { "cancelled" });
            lives_on()
        }),
        "drains" => runtime.block_on(drains(signal)),
        "drains-inside" => runtime.block_on(drains(async {
            let _signal = signal.await;
        })),
        "awaited" => runtime.block_on(async {
            say("ready");
            say(&signal.await.to_string());
            lives_on()
        }),
        other => panic!("no such way to wait: {other}"),
    }
}

/// Drains when `requested` resolves, which takes until there is something to read.
async fn drains(requested: impl Future) -> ExitCode {
    let drained = group!(
        server = async {
            say("ready");
            taskgroup::draining().await;
            say("draining");
            tokio::task::spawn_blocking(wait_for_a_line).await.expect("no panic");
            Ok::<(), Cancelled>(())
        }
    )
    .drain_on(requested)
    .await;
    say(if drained.is_ok() { "drained" } else { "cancelled" });
    lives_on()
}

fn wait_for_a_line() {
    let _ = std::io::stdin().read(&mut [0]);
}

/// Goes on after the signal or its group, until there is something to read.
fn lives_on() -> ExitCode {
    // A test whose signal is ignored fails then, and does not hang.
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_secs(20));
        std::process::exit(0);
    });
    wait_for_a_line();
    say("alive");
    ExitCode::SUCCESS
}

fn ended_by(signal: taskgroup::Signal) -> ExitCode {
    say(&signal.to_string());
    ExitCode::from(signal.exit_code())
}

async fn serve(signal: ShutdownSignal, cleanup: Duration) -> ExitCode {
    let served = group!(
        server = async {
            say("ready");
            taskgroup::cancelled().await;
            sleep(cleanup).await;
            say("cleaned up");
            Ok::<(), Cancelled>(())
        },
        #[daemon]
        pending(),
    )
    .cancel_on(signal)
    .grace(GRACE)
    .await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
