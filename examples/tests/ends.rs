//! How the programs end: at either signal alike, and whether or not their output is still read.
#![cfg(target_os = "linux")]

use std::{
    fs,
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Starts the program, and returns when it handles signals.
fn start(program: &mut Command) -> Child {
    let process = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let since = Instant::now();
    while !handles_signals(process.id()) {
        assert!(since.elapsed() < Duration::from_secs(30), "it installs no handler");
        sleep(Duration::from_millis(2));
    }
    process
}

fn handles_signals(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("its handlers");
    let caught = u64::from_str_radix(caught.trim(), 16).expect("a mask");
    [Signal::SIGTERM, Signal::SIGINT].iter().all(|signal| caught & 1 << (*signal as u32 - 1) != 0)
}

fn end_by(signal: Signal, program: &mut Command) -> Output {
    let process = start(program);
    kill(Pid::from_raw(process.id() as i32), signal).expect("a process");
    process.wait_with_output().expect("an end")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const SIGNALS: [(Signal, i32); 2] = [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)];

#[test]
fn a_signal_to_director_reaches_every_manager() {
    for (signal, code) in SIGNALS {
        let end = end_by(signal, &mut Command::new(env!("CARGO_BIN_EXE_director")));
        assert_eq!(end.status.code(), Some(code));
        let expected = ["records", "alerts", "archive"].map(|name| format!("{name} received [Shutdown]\n"));
        assert_eq!(text(&end.stdout), expected.concat());
    }
}

#[test]
fn a_signal_to_treesum_is_answered_with_how_far_it_got() {
    let folder = tempfile::tempdir().expect("a folder");
    // A hole: many minutes of reading, no disk.
    fs::File::create(folder.path().join("hole")).and_then(|file| file.set_len(1 << 38)).expect("a sparse file");
    for (signal, code) in SIGNALS {
        let end = end_by(signal, Command::new(env!("CARGO_BIN_EXE_treesum")).arg(folder.path()));
        assert_eq!(end.status.code(), Some(code));
        assert!(text(&end.stderr).contains("treesum: interrupted: "), "{}", text(&end.stderr));
    }
}

#[test]
fn a_signal_to_fetch_many_is_answered_with_the_pages_so_far() {
    for (signal, code) in SIGNALS {
        let arguments = ["--pages", "40", "--silent", "100", "--per-request", "60000", "--limit", "10"];
        let end = end_by(signal, Command::new(env!("CARGO_BIN_EXE_fetch_many")).args(arguments));
        assert_eq!(end.status.code(), Some(code));
        assert!(text(&end.stdout).starts_with("40 pages: 0 done"), "{}", text(&end.stdout));
    }
}

#[test]
fn output_that_is_no_longer_read_is_no_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "x").expect("a file");
    let folder = folder.path().to_str().expect("text");
    for (program, arguments, expected) in [
        (env!("CARGO_BIN_EXE_director"), &["--anomaly", "0", "--pace", "0"][..], 0),
        (env!("CARGO_BIN_EXE_relay"), &["--blocks", "3"], 0),
        (env!("CARGO_BIN_EXE_relay"), &["--fail", "verify"], 1),
        (env!("CARGO_BIN_EXE_relay"), &["--inject", "random", "--rounds", "20"], 0),
        (env!("CARGO_BIN_EXE_fetch_many"), &["--pages", "5", "--mirrors", "1", "--failing", "100", "--verbose"], 1),
        (env!("CARGO_BIN_EXE_workers"), &["--jobs", "20", "--journal"], 0),
        // There is no list without a reader.
        (env!("CARGO_BIN_EXE_treesum"), &[folder], 1),
        (env!("CARGO_BIN_EXE_kv"), &["--listen", "nowhere:0"], 2),
    ] {
        let mut process = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop((process.stdout.take(), process.stderr.take()));
        assert_eq!(process.wait().expect("an end").code(), Some(expected), "{program} {arguments:?}");
    }
}

#[test]
fn a_server_whose_log_is_no_longer_read_serves_until_the_signal() {
    for (signal, _) in SIGNALS {
        let mut process = start(Command::new(env!("CARGO_BIN_EXE_kv")).args(["--listen", "127.0.0.1:0"]));
        drop((process.stdout.take(), process.stderr.take()));
        kill(Pid::from_raw(process.id() as i32), signal).expect("a process");
        assert_eq!(process.wait().expect("an end").code(), Some(0));
    }
}
