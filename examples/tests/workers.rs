//! `workers` shuts down gracefully at any moment, and no accepted job is lost.
#![cfg(unix)]

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use taskgroup_examples::chance::Chance;

struct Pool {
    child: Child,
    journal: thread::JoinHandle<Vec<String>>,
    first: std::sync::mpsc::Receiver<()>,
}

impl Pool {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_workers"))
            .arg("--journal")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let (tell, first) = std::sync::mpsc::channel();
        let journal = thread::spawn(move || {
            out.lines()
                .map(|line| {
                    let _ = tell.send(());
                    line.expect("text")
                })
                .collect()
        });
        Self { child, journal, first }
    }

    /// Waits for the first line of the journal.
    fn is_at_work(&self) {
        self.first.recv().expect("a line");
    }

    fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("a process");
    }

    fn end(mut self) -> End {
        let status = self.child.wait().expect("an end");
        let after = Instant::now();
        let statistics = std::io::read_to_string(self.child.stderr.take().expect("piped")).expect("text");
        End { status, after, journal: self.journal.join().expect("no panic"), statistics }
    }
}

struct End {
    status: ExitStatus,
    after: Instant,
    journal: Vec<String>,
    statistics: String,
}

impl End {
    /// Checks that every accepted job ended once, and that the statistics agree. Returns the counts for each way to end.
    fn check(&self) -> HashMap<&str, u64> {
        let mut ends: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut counts = HashMap::from([("accepted", 0), ("done", 0), ("failed", 0), ("cut-off", 0)]);
        for line in &self.journal {
            let (what, job) = line.split_once(' ').expect("two words");
            *counts.get_mut(what).expect("one of the four") += 1;
            match what {
                "accepted" => assert!(ends.insert(job, Vec::new()).is_none(), "job {job} was accepted twice"),
                how => ends.get_mut(job).expect("accepted before").push(how),
            }
        }
        for (job, ends) in ends {
            assert_eq!(ends.len(), 1, "job {job} ended {ends:?}");
        }
        let expected = format!(
            "{} accepted, {} done, {} failed, {} cut off\n",
            counts["accepted"], counts["done"], counts["failed"], counts["cut-off"]
        );
        assert_eq!(self.statistics, expected);
        counts
    }
}

#[test]
fn a_finite_number_of_jobs_is_done_and_a_failure_does_not_stop_the_others() {
    let end = Pool::start(&["--jobs", "500", "--longest", "3", "--failing", "40"]).end();
    let counts = end.check();
    assert_eq!(end.status.code(), Some(0));
    assert_eq!((counts["accepted"], counts["cut-off"]), (500, 0));
    assert!(counts["failed"] > 100, "{counts:?}");
}

#[test]
fn sigterm_at_any_moment_loses_no_job_and_does_none_twice() {
    const BACKSTOP: Duration = Duration::from_millis(1000);
    let mut chance = Chance::new(7);
    for run in 0..50 {
        let pool = Pool::start(&["--backstop", "1000", "--longest", "60", "--seed", &run.to_string()]);
        pool.is_at_work();
        thread::sleep(Duration::from_micros(chance.below(120_000)));
        let sent = Instant::now();
        pool.send(Signal::SIGTERM);
        let end = pool.end();
        let counts = end.check();
        assert_eq!(end.status.code(), Some(143), "run {run}");
        assert_eq!(counts["cut-off"], 0, "run {run}: no job takes as long as the backstop");
        let took = end.after - sent;
        assert!(took < BACKSTOP + Duration::from_millis(100), "run {run}: {took:?}");
    }
}

#[test]
fn the_backstop_cuts_off_what_takes_too_long_and_says_so() {
    const BACKSTOP: Duration = Duration::from_millis(300);
    let pool = Pool::start(&["--backstop", "300", "--trouble", "slow", "--workers", "5"]);
    pool.is_at_work();
    thread::sleep(Duration::from_millis(50));
    let sent = Instant::now();
    pool.send(Signal::SIGTERM);
    let end = pool.end();
    let counts = end.check();
    assert_eq!(end.status.code(), Some(143));
    assert_eq!((counts["accepted"], counts["cut-off"]), (5, 5));
    let took = end.after - sent;
    assert!(took >= BACKSTOP && took < BACKSTOP + Duration::from_millis(100), "{took:?}");
}

#[test]
fn a_second_signal_ends_a_stuck_one_at_once() {
    for (second, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let mut pool = Pool::start(&["--backstop", "200", "--trouble", "stuck"]);
        pool.is_at_work();
        pool.send(Signal::SIGTERM);
        thread::sleep(Duration::from_millis(500)); // the backstop has passed, and changed nothing
        assert!(pool.child.try_wait().expect("a process").is_none());
        let sent = Instant::now();
        pool.send(second);
        let end = pool.end();
        assert_eq!(end.status.code(), Some(code));
        let took = end.after - sent;
        assert!(took < Duration::from_millis(100), "{took:?}");
    }
}
