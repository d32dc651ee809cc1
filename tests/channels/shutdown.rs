//! `shutdown_signal` in a process of its own.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

struct Program {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Program {
    /// Starts it, and waits until it listens.
    fn start(how: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_awaits_signals"))
            .arg(how)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut program = Self { child, lines };
        assert_eq!(program.line().as_deref(), Some("ready"));
        program
    }

    fn line(&mut self) -> Option<String> {
        self.lines.next().map(|line| line.expect("text"))
    }

    fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("a process");
    }

    fn end(mut self) -> (ExitStatus, Vec<String>, Duration) {
        let began = Instant::now();
        let rest = self.lines.map(|line| line.expect("text")).collect();
        (self.child.wait().expect("an end"), rest, began.elapsed())
    }
}

fn on_both_flavours(how: &str) -> [String; 2] {
    [how.to_owned(), format!("{how}-many")]
}

#[test]
fn the_first_signal_resolves_it_and_says_which_it_was() {
    for how in ["late", "outside", "outside-second"].iter().flat_map(|how| on_both_flavours(how)) {
        for (signal, name, code) in [(Signal::SIGTERM, "SIGTERM", 143), (Signal::SIGINT, "SIGINT", 130)] {
            let program = Program::start(&how);
            program.send(signal);
            let (status, lines, _) = program.end();
            assert_eq!((status.code(), lines), (Some(code), vec![name.to_owned()]), "{how}");
        }
    }
}

#[test]
fn cancelled_and_cleaned_up_within_the_grace() {
    for how in on_both_flavours("quick-cleanup") {
        let program = Program::start(&how);
        program.send(Signal::SIGTERM);
        let (status, lines, _) = program.end();
        assert_eq!((status.code(), lines), (Some(0), vec!["cleaned up".to_owned()]), "{how}");
    }
}

#[test]
fn cleanup_longer_than_the_grace_is_cut_off() {
    for how in on_both_flavours("slow-cleanup") {
        let program = Program::start(&how);
        program.send(Signal::SIGTERM);
        let (status, lines, took) = program.end();
        assert_eq!((status.code(), lines), (Some(1), vec![]), "{how}");
        assert!(took < Duration::from_secs(20), "{how}: {took:?}");
    }
}

#[test]
fn a_second_signal_ends_a_stuck_program_at_once() {
    for how in on_both_flavours("stuck") {
        for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
            let mut program = Program::start(&how);
            program.send(Signal::SIGTERM);
            assert_eq!(program.line().as_deref(), Some("SIGTERM"));
            program.send(signal);
            let (status, _, took) = program.end();
            assert_eq!(status.code(), Some(code), "{how}");
            assert!(took < Duration::from_secs(20), "{how}: {took:?}");
        }
    }
}

#[test]
fn a_second_signal_ends_a_program_that_never_looked_at_the_first() {
    for how in on_both_flavours("stuck-before") {
        let mut program = Program::start(&how);
        program.send(Signal::SIGTERM);
        sleep(Duration::from_millis(200)); // so that they do not count as one
        assert!(program.child.try_wait().expect("a process").is_none(), "{how}: the first does not end it");
        program.send(Signal::SIGTERM);
        let (status, _, took) = program.end();
        assert_eq!(status.code(), Some(143), "{how}");
        assert!(took < Duration::from_secs(20), "{how}: {took:?}");
    }
}

#[test]
fn of_two_signals_before_its_first_poll_it_resolves_to_the_first() {
    for how in on_both_flavours("two-before") {
        for (first, second, name) in
            [(Signal::SIGTERM, Signal::SIGINT, "SIGTERM"), (Signal::SIGINT, Signal::SIGTERM, "SIGINT")]
        {
            let mut program = Program::start(&how);
            for signal in [first, second] {
                program.send(signal);
                // Another value has received it: so has the one that is not polled yet.
                assert_eq!(program.line().as_deref(), Some("one came"), "{how}");
            }
            let (_, lines, _) = program.end();
            assert_eq!(lines, [name], "{how}");
        }
    }
}

/// The signals, and the status of a process that they ended.
const BOTH: [(Signal, i32); 2] = [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)];

impl Program {
    /// Lets the program go on.
    fn write(&mut self) {
        self.child.stdin.as_mut().expect("piped").write_all(b"x").expect("it reads");
    }
}

#[test]
fn without_a_waiting_value_a_signal_ends_the_process() {
    for how in ["dropped", "dropped-second", "over"].iter().flat_map(|how| on_both_flavours(how)) {
        for (signal, code) in BOTH {
            let program = Program::start(&how);
            program.send(signal);
            let (status, lines, took) = program.end();
            assert_eq!((status.code(), lines), (Some(code), vec![]), "{how}");
            assert!(took < Duration::from_secs(20), "{how}: {took:?}");
        }
    }
}

#[test]
fn while_a_group_drains_further_signals_are_ignored_and_after_it_they_end_the_process() {
    for how in ["drains", "drains-inside"].iter().flat_map(|how| on_both_flavours(how)) {
        for (signal, code) in BOTH {
            let mut program = Program::start(&how);
            program.send(Signal::SIGTERM);
            assert_eq!(program.line().as_deref(), Some("draining"), "{how}");
            program.send(signal);
            sleep(Duration::from_millis(100));
            program.write();
            assert_eq!(program.line().as_deref(), Some("drained"), "{how}");
            program.send(signal);
            let (status, lines, _) = program.end();
            assert_eq!((status.code(), lines), (Some(code), vec![]), "{how}");
        }
    }
}

#[test]
fn after_a_signal_that_was_awaited_further_ones_are_ignored() {
    for how in on_both_flavours("awaited") {
        let mut program = Program::start(&how);
        program.send(Signal::SIGTERM);
        assert_eq!(program.line().as_deref(), Some("SIGTERM"), "{how}");
        program.send(Signal::SIGTERM);
        sleep(Duration::from_millis(100));
        program.write();
        let (status, lines, _) = program.end();
        assert_eq!((status.code(), lines), (Some(0), vec!["alive".to_owned()]), "{how}");
    }
}
