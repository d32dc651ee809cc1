//! In `director`, every manager receives its message in every run, and ending the session is not a failure.

use std::{future::pending, process::Command, time::Duration};

use taskgroup_examples::director::{Anomaly, Message, Minutes, director};
use tokio::runtime::Builder;

async fn a_thousand_runs() {
    for run in 0..1_000 {
        let at = run % 7;
        let minutes = director(Some(at), Duration::ZERO, pending::<()>())
            .await
            .unwrap_or_else(|error| panic!("run {run}: {error}"));
        let notified = |manager| Minutes { manager, received: vec![Message::Anomaly(Anomaly { at })] };
        assert_eq!(minutes, [notified("records"), notified("alerts"), notified("archive")], "run {run}");
    }
}

#[test]
fn every_manager_gets_its_message_on_one_thread() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(a_thousand_runs());
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[test]
fn every_manager_gets_its_message_on_many_threads() {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_time().build().expect("a runtime");
    runtime.block_on(async { tokio::spawn(a_thousand_runs()).await }).expect("no run fails");
}

#[test]
fn the_program_prints_what_each_manager_received() {
    let run = Command::new(env!("CARGO_BIN_EXE_director")).args(["--anomaly", "3", "--pace", "0"]).output();
    let run = run.expect("the program runs");
    let expected =
        ["records", "alerts", "archive"].map(|name| format!("{name} received [Anomaly(Anomaly {{ at: 3 }})]\n"));
    assert_eq!(String::from_utf8_lossy(&run.stdout), expected.concat());
    assert!(run.status.success());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_reaches_every_manager_and_is_no_failure() {
    let ended = director(None, Duration::from_millis(5), tokio::time::sleep(Duration::from_secs(3))).await;
    let notified = |manager| Minutes { manager, received: vec![Message::Shutdown] };
    assert_eq!(ended.expect("no failure"), [notified("records"), notified("alerts"), notified("archive")]);
}
