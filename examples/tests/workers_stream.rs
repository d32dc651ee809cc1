//! Several processes of `workers` share a stream of Redis: whatever happens to one of them, or to Redis, no job is lost.
#![cfg(unix)]

use std::{
    collections::{BTreeSet, HashMap},
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle, sleep},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Checks every few milliseconds. What takes longer than a minute counts as a hang.
#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(60), "{what}: never");
        sleep(Duration::from_millis(5));
    }
}

/// A server of its own for each test. What it has acknowledged is on the disk.
struct Redis {
    process: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Redis {
    /// `None` if it is not installed.
    fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let folder = tempfile::tempdir().expect("a folder");
        match Self::spawn(port, &folder) {
            Some(process) => Some(Self { process, port, folder }),
            None => {
                eprintln!("skipped: redis-server is not installed");
                None
            }
        }
    }

    fn spawn(port: u16, folder: &tempfile::TempDir) -> Option<Child> {
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("an address");
        let answers = || client.get_connection().and_then(|mut redis| redis::cmd("PING").query::<String>(&mut redis));
        until("redis-server has loaded its data", || answers().is_ok());
        Some(process)
    }

    fn is_killed(&mut self) {
        self.process.kill().expect("a process");
        self.process.wait().expect("an end");
    }

    fn starts_again(&mut self) {
        self.process = Self::spawn(self.port, &self.folder).expect("it is installed");
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn ask<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut ask = redis::cmd(words.next().expect("a word"));
        ask.arg(words.collect::<Vec<_>>());
        ask.query(&mut self.connect()).expect("an answer")
    }

    /// How many jobs are claimed, by any process.
    fn claimed(&self) -> usize {
        let mut connection = self.connect();
        // There is no such consumer group before the first process has made it.
        let claimed = redis::cmd("XPENDING").arg("jobs").arg("workers").arg("-").arg("+").arg(9).query(&mut connection);
        claimed.map_or(0, |claimed: Vec<redis::Value>| claimed.len())
    }

    fn connect(&self) -> redis::Connection {
        redis::Client::open(self.url()).and_then(|client| client.get_connection()).expect("Redis")
    }

    fn is_empty(&self) -> bool {
        self.ask::<u64>("XLEN jobs") == 0
    }

    /// Waits until all jobs are acknowledged. What hangs is no longer worked off.
    fn is_worked_off(&self) {
        let mut left = u64::MAX;
        while left > 0 {
            until("jobs are acknowledged", || {
                let before = left;
                left = left.min(self.ask("XLEN jobs"));
                left < before
            });
        }
    }

    /// Puts jobs into the stream. Returns the number of each, by its identifier.
    fn offer(&self, jobs: u64, longest: u64) -> HashMap<String, u64> {
        let offered = Command::new(env!("CARGO_BIN_EXE_workers"))
            .args(["--redis", &self.url(), "--offer", "--jobs", &jobs.to_string(), "--longest", &longest.to_string()])
            .status();
        assert!(offered.expect("the program runs").success());
        let entries: redis::streams::StreamRangeReply = self.ask("XRANGE jobs - +");
        entries.ids.iter().map(|entry| (entry.id.clone(), entry.get("number").expect("a number"))).collect()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

type Lines = Arc<Mutex<Vec<String>>>;

fn collect(from: impl std::io::Read + Send + 'static) -> (Lines, JoinHandle<()>) {
    let lines = Lines::default();
    let into = lines.clone();
    let reader = thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            into.lock().expect("no panic").push(line.expect("text"));
        }
    });
    (lines, reader)
}

struct Worker {
    process: Child,
    journal: Lines,
    errors: Lines,
    readers: Vec<JoinHandle<()>>,
}

impl Worker {
    fn start(redis: &Redis, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_workers"))
            .args(["--redis", &redis.url(), "--journal"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (journal, first) = collect(process.stdout.take().expect("piped"));
        let (errors, second) = collect(process.stderr.take().expect("piped"));
        Self { process, journal, errors, readers: vec![first, second] }
    }

    fn has_ended(&self, jobs: usize) -> bool {
        ended(&self.journal.lock().expect("no panic")).len() >= jobs
    }

    fn says(&self, what: &str) -> bool {
        self.errors.lock().expect("no panic").iter().any(|line| line.contains(what))
    }

    /// The other ends of its pipes are closed.
    fn is_over(&self) -> bool {
        self.readers.iter().all(JoinHandle::is_finished)
    }

    fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id() as i32), signal).expect("a process");
    }

    /// Waits for the end. Returns the exit status, the journal and what was written to stderr.
    fn end(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
        until("the process ends", || self.process.try_wait().expect("a process").is_some());
        let status = self.process.wait().expect("an end").code();
        self.readers.drain(..).for_each(|reader| reader.join().expect("no panic"));
        let take = |lines: &Lines| std::mem::take(&mut *lines.lock().expect("no panic"));
        (status, take(&self.journal), take(&self.errors))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The jobs that ran to their ends.
fn ended(journal: &[String]) -> Vec<u64> {
    let numbers = journal.iter().filter_map(|line| line.strip_prefix("done ").or_else(|| line.strip_prefix("failed ")));
    numbers.map(|number| number.parse().expect("a number")).collect()
}

fn twice(ended: &[u64]) -> BTreeSet<u64> {
    let mut seen = BTreeSet::new();
    ended.iter().copied().filter(|number| !seen.insert(*number)).collect()
}

#[test]
fn three_processes_share_a_stream_and_do_every_job_if_one_is_killed_and_one_is_stopped() {
    // `JOBS=100000` makes it a longer run.
    let jobs = std::env::var("JOBS").map_or(3_000, |jobs| jobs.parse().expect("a number"));
    let Some(redis) = Redis::start() else { return };
    let numbers = redis.offer(jobs, 20);
    let start = || Worker::start(&redis, &["--workers", "16", "--lease", "2000"]);
    let (killed, stopped, stays) = (start(), start(), start());
    until("all are at work", || [&killed, &stopped, &stays].iter().all(|worker| worker.has_ended(100)));

    killed.send(Signal::SIGKILL);
    let name = format!("{}-", killed.process.id());
    let (status, of_killed, _) = killed.end();
    assert_eq!(status, None);
    let pending: Vec<(String, String, u64, u64)> = redis.ask("XPENDING jobs workers - + 1000");
    let held: BTreeSet<u64> =
        pending.iter().filter(|(_, owner, ..)| owner.starts_with(&name)).map(|(id, ..)| numbers[id]).collect();
    assert!(!held.is_empty(), "it was killed at work");

    stopped.send(Signal::SIGTERM);
    let (status, of_stopped, errors) = stopped.end();
    assert_eq!(status, Some(143));
    assert!(errors[0].ends_with("0 left to others") && errors[1].ends_with("0 cut off"), "{errors:?}");

    redis.is_worked_off();
    stays.send(Signal::SIGTERM);
    let (status, of_stays, errors) = stays.end();
    assert_eq!(status, Some(143), "{errors:?}");

    let all: Vec<u64> = [of_killed, of_stopped, of_stays].iter().flat_map(|journal| ended(journal)).collect();
    assert_eq!(all.iter().copied().collect::<BTreeSet<u64>>(), (0..jobs).collect(), "a job was lost");
    let twice = twice(&all);
    eprintln!(
        "{jobs} jobs: {} were held by the process that was killed, {} of them were done twice",
        held.len(),
        twice.len()
    );
    assert!(twice.is_subset(&held), "{twice:?} were done twice, and {held:?} held by the process that was killed");
}

#[test]
fn a_claim_that_lasts_longer_than_the_lease_stays_with_its_process() {
    let Some(redis) = Redis::start() else { return };
    for number in 0..4 {
        let takes = if number == 0 { 5_000_000 } else { 0 };
        redis.ask::<String>(&format!("XADD jobs * number {number} takes {takes} fails 0"));
    }
    // One job runs, one is in the channel, and with a third this process waits for room.
    let busy = Worker::start(&redis, &["--lease", "3000", "--workers", "1"]);
    until("it has claimed three", || redis.claimed() == 3);
    let idle = Worker::start(&redis, &["--lease", "3000"]);
    until("all jobs are acknowledged", || redis.is_empty());
    let mut all = Vec::new();
    for worker in [busy, idle] {
        worker.send(Signal::SIGTERM);
        let (status, journal, errors) = worker.end();
        assert_eq!(status, Some(143));
        assert!(errors[0].starts_with("0 taken over"), "{errors:?}");
        all.push(ended(&journal));
    }
    assert_eq!(all[0][..3], [0, 1, 2], "what was claimed first");
    assert_eq!(twice(&all.concat()), BTreeSet::new());
    // Those that left have taken their names along.
    assert_eq!(redis.ask::<Vec<redis::Value>>("XINFO CONSUMERS jobs workers"), []);
}

#[test]
fn what_is_no_job_is_reported_and_does_not_come_back() {
    let Some(redis) = Redis::start() else { return };
    redis.ask::<String>("XADD jobs * nonsense 1");
    redis.ask::<String>("XADD jobs * number 1 takes -5 fails 0");
    redis.ask::<String>("XADD jobs * number 1 takes 5 fails 0");
    let worker = Worker::start(&redis, &[]);
    until("all are acknowledged", || redis.is_empty());
    worker.send(Signal::SIGTERM);
    let (status, journal, errors) = worker.end();
    assert_eq!((status, ended(&journal)), (Some(143), vec![1]));
    assert_eq!(errors.iter().filter(|line| line.ends_with("is not a job")).count(), 2, "{errors:?}");
}

#[test]
fn redis_gone_in_the_middle_is_a_line_in_the_log_and_loses_nothing() {
    const JOBS: u64 = 1_000;
    let Some(mut redis) = Redis::start() else { return };
    // This one is at work for longer than the lease, while nothing can be renewed.
    redis.ask::<String>(&format!("XADD jobs * number {JOBS} takes 2500000 fails 0"));
    redis.offer(JOBS, 10);
    let worker = Worker::start(&redis, &["--lease", "500"]);
    until("it is at work", || worker.has_ended(100));
    redis.is_killed();
    until("it notices", || worker.says("Redis is out of reach"));
    sleep(Duration::from_millis(600));
    redis.starts_again();
    until("it goes on", || worker.says("Redis is back"));
    until("all jobs are acknowledged", || redis.is_empty());
    worker.send(Signal::SIGTERM);
    let (status, journal, errors) = worker.end();
    assert_eq!(status, Some(143), "{errors:?}");
    let all = ended(&journal);
    assert_eq!(all.iter().copied().collect::<BTreeSet<u64>>(), (0..=JOBS).collect(), "a job was lost");
    assert_eq!(twice(&all), BTreeSet::new(), "it was the same process that held them");
}

#[test]
fn a_process_that_waits_for_redis_can_be_stopped_and_leaves_its_jobs_to_others() {
    let Some(mut redis) = Redis::start() else { return };
    redis.offer(500, 20);
    let worker = Worker::start(&redis, &["--lease", "500", "--backstop", "300"]);
    until("it is at work", || worker.has_ended(50));
    redis.is_killed();
    until("it notices", || worker.says("Redis is out of reach"));
    worker.send(Signal::SIGTERM);
    let (status, first, errors) = worker.end();
    assert_eq!(status, Some(143), "{errors:?}");
    let left = errors.iter().find(|line| line.ends_with("left to others")).expect("the statistics");
    assert!(!left.ends_with(" 0 left to others"), "{left}");

    redis.starts_again();
    let other = Worker::start(&redis, &["--lease", "500"]);
    until("all jobs are acknowledged", || redis.is_empty());
    other.send(Signal::SIGTERM);
    let (_, second, _) = other.end();
    let all: BTreeSet<u64> = [first, second].iter().flat_map(|journal| ended(journal)).collect();
    assert_eq!(all, (0..500).collect(), "a job was lost");
}

#[test]
fn a_job_that_ends_its_process_each_time_is_put_aside_alone() {
    const DEADLY: u64 = 7;
    let Some(redis) = Redis::start() else { return };
    for number in 0..20 {
        let trouble = if number == DEADLY { " trouble deadly" } else { "" };
        redis.ask::<String>(&format!("XADD jobs * number {number} takes 1000 fails 0{trouble}"));
    }
    let (mut deaths, mut all) = (0, BTreeSet::new());
    loop {
        let worker = Worker::start(&redis, &["--lease", "200", "--workers", "4", "--deliveries", "3"]);
        until("it ends, or all is done", || worker.is_over() || redis.is_empty());
        worker.send(Signal::SIGTERM);
        let (status, journal, errors) = worker.end();
        all.extend(ended(&journal));
        match status {
            None => deaths += 1,
            Some(status) => {
                assert_eq!(status, 143, "{errors:?}");
                assert!(errors.iter().any(|line| line.contains("delivered 3 times") && line.contains("jobs:aside")));
                break;
            }
        }
    }
    assert_eq!(deaths, 3);
    assert_eq!(all, (0..20).filter(|number| *number != DEADLY).collect(), "another job was put aside, or lost");
    let aside: redis::streams::StreamRangeReply = redis.ask("XRANGE jobs:aside - +");
    let [entry] = &*aside.ids else { panic!("{aside:?}") };
    assert_eq!((entry.get("number"), entry.get("deliveries")), (Some(DEADLY), Some(3_u64)));
    assert_eq!(entry.get::<String>("trouble").as_deref(), Some("deadly"));
}
