//! `tree::dump_on`: a program that runs as a process of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// Ended when the test is.
struct Program(Child);

impl Program {
    fn send(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_signal_prints_the_tree_also_if_every_worker_is_blocked() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hung"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = Program(command.spawn().expect("the program starts"));
    let mut out = BufReader::new(program.0.stdout.take().expect("a pipe")).lines();
    assert_eq!(out.next().expect("a line").expect("text"), "hung");
    let mut errors = BufReader::new(program.0.stderr.take().expect("a pipe")).lines().map(|line| line.expect("text"));
    // More than once: the program goes on.
    for _ in 0..2 {
        program.send("-USR1");
        let lines: Vec<_> = errors.by_ref().take(5).collect();
        let [title, group, reader, hog, waits] = lines.try_into().expect("five lines");
        assert_eq!(title, "taskgroup: 1 groups, 3 children");
        assert!(group.starts_with("`hung`  group, running, "), "{group}");
        // On the only worker, the one that was started last may have been polled first.
        assert!(reader.starts_with("├─ `reader`  spawned, "), "{reader}");
        assert!(hog.starts_with("├─ `hog`  spawned, running, ") && hog.contains("; in this poll for "), "{hog}");
        assert!(hog.contains("watching/hung.rs:"), "{hog}");
        assert!(waits.starts_with("└─ `waits`  inline, waiting, "), "{waits}");
    }
    assert!(program.0.try_wait().expect("a process").is_none());
}
