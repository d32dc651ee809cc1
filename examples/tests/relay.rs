//! `relay` reports the first failure.

use std::process::{Command, Output};

fn relay(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relay")).args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn everything_that_goes_in_comes_out() {
    for (blocks, size, window) in [(0, 1, 1), (1, 1, 1), (100, 1, 1), (300, 17, 2), (50, 200, 64)] {
        let (blocks, size, window) = (blocks.to_string(), size.to_string(), window.to_string());
        let run = relay(&["--blocks", &blocks, "--size", &size, "--window", &window]);
        assert!(run.status.success(), "{}", text(&run.stderr));
        let transactions = blocks.parse::<u64>().expect("a number") * size.parse::<u64>().expect("a number");
        let valid = transactions - transactions.div_ceil(17);
        let expected = format!("{blocks} blocks with {transactions} transactions, {valid} of them valid\n");
        assert_eq!(text(&run.stdout), expected);
    }
}

#[test]
fn each_stage_in_order_fails_with_its_own_error() {
    for stage in ["blocks", "dispatch", "verify", "assemble"] {
        for after in ["0", "1", "40"] {
            let run = relay(&["--fail", stage, "--after", after]);
            assert_eq!(run.status.code(), Some(1));
            let expected = format!("relay: `{stage}` failed at its step {after}, as it was told to\n");
            assert_eq!(text(&run.stderr), expected);
        }
        let run = relay(&["--fail", stage, "--how", "panic"]);
        assert_eq!(run.status.code(), Some(1));
        assert!(text(&run.stderr).contains(&format!("relay: `{stage}` panicked")), "{}", text(&run.stderr));
    }
    let run = relay(&["--inject", "in-order", "--rounds", "320"]);
    assert!(run.status.success(), "{}", text(&run.stderr));
}

#[test]
fn any_stage_at_random_fails_with_its_own_error() {
    for seed in ["1", "2", "3"] {
        let run = relay(&["--inject", "random", "--rounds", "500", "--seed", seed]);
        assert!(run.status.success(), "{}", text(&run.stderr));
        assert!(text(&run.stdout).ends_with("500 failures, 0 of them not reported as they were\n"));
    }
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_intake_and_the_rest_comes_out() {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    use std::{process::Stdio, thread::sleep, time::Duration};

    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let program = Command::new(env!("CARGO_BIN_EXE_relay"))
            .args(["--pace", "1", "--size", "7"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        sleep(Duration::from_millis(300));
        kill(Pid::from_raw(program.id() as i32), signal).expect("a process");
        let run = program.wait_with_output().expect("an end");
        assert_eq!(run.status.code(), Some(code));
        let numbers: Vec<u64> = text(&run.stdout).split(' ').filter_map(|word| word.parse().ok()).collect();
        assert!(numbers[0] > 0 && numbers[1] == numbers[0] * 7, "{numbers:?}");
    }
}
