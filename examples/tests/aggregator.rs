//! `aggregator` and `upstream`, as their users run them: what is accepted is answered, at any moment.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use futures::StreamExt;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};
use tokio_tungstenite::tungstenite::Message;

/// One of the two programs. It is killed if the test fails.
struct Program {
    child: Child,
    address: String,
    /// How often it was asked for its tree.
    asked: AtomicUsize,
    rest: Option<JoinHandle<String>>,
}

impl Program {
    fn start(path: &str, arguments: &[&str]) -> Self {
        Self::start_with(path, arguments, Stdio::null())
    }

    fn start_with(path: &str, arguments: &[&str], log: Stdio) -> Self {
        let mut child = Command::new(path)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut first = String::new();
        out.read_line(&mut first).expect("text");
        let address = first.trim().strip_prefix("listening on ").expect("an address").to_owned();
        let rest = thread::spawn(move || {
            let mut rest = String::new();
            out.read_to_string(&mut rest).expect("text");
            rest
        });
        Self { child, address, asked: AtomicUsize::new(0), rest: Some(rest) }
    }

    fn upstream(arguments: &[&str]) -> Self {
        Self::start(env!("CARGO_BIN_EXE_upstream"), arguments)
    }

    async fn aggregator(upstream: &Self, arguments: &[&str]) -> Self {
        Self::aggregator_with(upstream, arguments, Stdio::null()).await
    }

    async fn aggregator_with(upstream: &Self, arguments: &[&str], log: Stdio) -> Self {
        let at = format!("http://{}", upstream.address);
        let arguments = [&["--upstream", &at], arguments].concat();
        let server = Self::start_with(env!("CARGO_BIN_EXE_aggregator"), &arguments, log);
        // A request that comes before the first pass of the group runs before it is in the tree.
        until_shown(&server, "`request`  tracked").await;
        server
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("a process");
    }

    fn terminate(&self) {
        self.send(Signal::SIGTERM);
    }

    /// Waits for the end. Returns the status, and what was printed after the address.
    async fn end(mut self) -> (ExitStatus, String) {
        let since = Instant::now();
        let status = loop {
            match self.child.try_wait().expect("a child process") {
                Some(status) => break status,
                None => assert!(since.elapsed() < Duration::from_secs(60), "it hangs"),
            }
            sleep(Duration::from_millis(5)).await;
        };
        (status, self.rest.take().expect("a reader").join().expect("no panic"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn get(url: String) -> (u16, String) {
    let response = reqwest::get(url).await.expect("an answer");
    (response.status().as_u16(), response.text().await.expect("a body"))
}

async fn get_json(url: String) -> Value {
    let (status, text) = get(url).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

/// Waits until the tree shows `what`.
async fn until_shown(server: &Program, what: &str) {
    let since = Instant::now();
    loop {
        let tree = get(server.url("/debug/tasks")).await.1;
        server.asked.fetch_add(1, Relaxed);
        if tree.contains(what) {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "the tree never shows {what}:\n{tree}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_profile_is_put_together_from_three_services() {
    let upstream = Program::upstream(&[]);
    let server = Program::aggregator(&upstream, &["--deadline", "30000"]).await;
    let part = |service: &str| json!({ "service": service, "id": 7 });
    let whole = json!({ "user": part("user"), "posts": part("posts"), "friends": part("friends") });
    assert_eq!(get_json(server.url("/profile/7")).await, whole);
    assert_eq!(get_json(server.url("/profile/7?partial=1")).await, whole);
    server.terminate();
    let (status, printed) = server.end().await;
    assert!(status.success());
    assert_eq!(printed.lines().nth(1), Some("jobs: 0 accepted, 0 done, 0 lost"));
}

#[tokio::test]
async fn a_failing_service_is_a_502_and_a_part_is_delivered_without_it() {
    let upstream = Program::upstream(&["--fail-every", "1"]);
    let server = Program::aggregator(&upstream, &["--deadline", "30000"]).await;
    let (status, text) = get(server.url("/profile/7")).await;
    assert_eq!(status, 502, "{text}");
    let parts = get_json(server.url("/profile/7?partial=1")).await;
    for service in ["user", "posts", "friends"] {
        let missing = parts[service]["missing"].as_str().expect("a reason");
        assert!(missing.contains(service), "{missing}");
    }
}

#[tokio::test]
async fn an_upstream_that_hangs_costs_the_deadline_and_no_more() {
    let upstream = Program::upstream(&["--hang", "posts"]);
    let server = Program::aggregator(&upstream, &["--deadline", "500"]).await;
    let (status, text) = get(server.url("/profile/7")).await;
    assert_eq!(status, 504);
    assert!(text.contains("`profile` timed out"), "{text}");
    let parts = get_json(server.url("/profile/7?partial=1")).await;
    assert_eq!(parts["user"]["id"], 7);
    assert_eq!(parts["posts"]["missing"], "`partial profile` timed out");
    server.terminate();
    assert!(server.end().await.0.success());
}

#[tokio::test]
async fn a_job_outlives_its_request_and_stands_in_the_tree() {
    let upstream = Program::upstream(&[]);
    let server = Program::aggregator(&upstream, &[]).await;
    let client = reqwest::Client::new();
    let response = client.post(server.url("/jobs?takes=1500")).send().await.expect("an answer");
    assert_eq!(response.status(), 202);
    until_shown(&server, "`job 1`").await;
    let tree = get(server.url("/debug/tasks")).await.1;
    assert!(tree.contains("`server`") && tree.contains("`request`  tracked"), "{tree}");
    let nodes = get_json(server.url("/debug/tasks?format=json")).await;
    let of = |name: &str| nodes.as_array().expect("a list").iter().find(|node| node["name"] == name).cloned();
    let (group, job) = (of("server").expect("the group"), of("job 1").expect("the job"));
    assert_eq!(job["parent"], group["id"]);
    server.terminate();
    let (status, printed) = server.end().await;
    assert!(status.success());
    assert!(printed.ends_with("\njobs: 1 accepted, 1 done, 0 lost\n"), "{printed}");
}

#[tokio::test]
async fn a_websocket_ends_with_a_goodbye_at_the_drain() {
    let upstream = Program::upstream(&[]);
    let server = Program::aggregator(&upstream, &[]).await;
    let url = format!("ws://{}/events", server.address);
    let (mut events, _) = tokio_tungstenite::connect_async(url).await.expect("a websocket");
    assert_eq!(events.next().await.expect("an event").expect("a message"), Message::text("1"));
    server.terminate();
    let mut words = Vec::new();
    while let Some(Ok(message)) = events.next().await {
        if let Message::Text(text) = message {
            words.push(text.to_string());
        }
    }
    assert_eq!(words.last().map(String::as_str), Some("goodbye"));
    assert!(server.end().await.0.success());
}

#[tokio::test]
async fn sigterm_in_the_middle_of_requests_loses_none() {
    let upstream = Program::upstream(&["--delay", "4000"]);
    let server = Program::aggregator(&upstream, &["--deadline", "30000"]).await;
    let requests: Vec<_> = (0..20)
        .map(|id| tokio::spawn(get(server.url(&format!("/profile/{id}")))))
        .chain((0..5).map(|_| tokio::spawn(get(server.url("/slow?takes=4000")))))
        .collect();
    let since = Instant::now();
    loop {
        let tree = get(server.url("/debug/tasks")).await.1;
        // The one that asks is one of them.
        if tree.matches("`request`  tracked").count() == 26 {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "{tree}");
    }
    server.terminate();
    for request in requests {
        let (status, text) = request.await.expect("no panic");
        assert_eq!(status, 200, "{text}");
    }
    assert!(server.end().await.0.success());
}

#[tokio::test]
async fn a_forced_shutdown_answers_every_open_request() {
    let upstream = Program::upstream(&["--hang", "friends"]);
    let server = Program::aggregator(&upstream, &["--deadline", "60000", "--drain", "200", "--grace", "20000"]).await;
    let mut requests = Vec::new();
    for n in 0..10 {
        let path = if n % 2 == 0 { "/profile/7" } else { "/slow?takes=60000" };
        requests.push(tokio::spawn(get(server.url(path))));
    }
    let since = Instant::now();
    while get(server.url("/debug/tasks")).await.1.matches("`request`  tracked").count() < 11 {
        assert!(since.elapsed() < Duration::from_secs(30), "the requests do not begin");
    }
    server.terminate();
    for request in requests {
        let (status, text) = request.await.expect("no panic");
        assert_eq!(status, 503, "{text}");
        assert!(text.contains("`server` timed out"), "{text}");
    }
    assert!(server.end().await.0.success());
}

#[tokio::test]
async fn a_log_that_is_no_longer_read_does_not_end_the_server() {
    let mut server = Program::start_with(env!("CARGO_BIN_EXE_aggregator"), &[], Stdio::piped());
    drop(server.child.stderr.take());
    for _ in 0..3 {
        assert_eq!(get(server.url("/slow?takes=1")).await.0, 200);
    }
    server.terminate();
    assert!(server.end().await.0.success());
}

/// Opens a websocket, and reads no more than the first byte of its first message.
async fn silent_websocket(server: &Program, path: &str) -> TcpStream {
    let mut silent = TcpStream::connect(&server.address).await.expect("a connection");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    silent.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(silent.read_u8().await.expect("an answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", head.escape_ascii());
    assert_eq!(silent.read_u8().await.expect("a message"), 0x81, "a text, in one frame");
    silent
}

#[tokio::test]
async fn a_websocket_that_never_answers_does_not_hold_the_end() {
    let upstream = Program::upstream(&[]);
    let server = Program::aggregator(&upstream, &[]).await;
    let _silent = silent_websocket(&server, "/events").await;
    server.terminate();
    assert!(server.end().await.0.success());
}

/// No socket has a buffer for the first message, so it is never sent as a whole.
#[tokio::test]
async fn a_websocket_whose_buffer_is_full_is_closed_with_a_line_in_the_log() {
    let upstream = Program::upstream(&[]);
    let mut server = Program::aggregator_with(&upstream, &["--drain", "60000"], Stdio::piped()).await;
    let mut log = BufReader::new(server.child.stderr.take().expect("piped"));
    let log = thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).expect("text");
        text
    });
    let _silent = silent_websocket(&server, "/events?bytes=16777216").await;
    server.terminate();
    // Long before the drain timeout.
    assert!(server.end().await.0.success());
    let log = log.join().expect("no panic");
    assert!(log.contains("a websocket whose client does not read is closed without a goodbye"), "{log}");
}

/// Sends one request after the other, each on a connection of its own, until none is accepted. Returns how many were answered
/// by a handler, and how many were turned away.
async fn ask_until_it_ends(base: String, client: usize, answers: Arc<AtomicUsize>) -> (usize, usize) {
    let (mut answered, mut turned_away) = (0, 0);
    for number in 0.. {
        let path = match (client + number) % 3 {
            0 => "/profile/7",
            1 => "/profile/7?partial=1",
            _ => "/slow?takes=20",
        };
        // A connection that the kernel took and the server did not is closed without an answer.
        let Ok(response) = reqwest::get(format!("{base}{path}")).await else { break };
        let status = response.status().as_u16();
        let text = response.text().await.expect("a whole answer");
        if status == 503 && text.starts_with("the server is shutting down") {
            turned_away += 1;
        } else {
            assert!([200, 502, 504].contains(&status), "{status}: {text}");
            answered += 1;
            answers.fetch_add(1, Relaxed);
        }
    }
    (answered, turned_away)
}

#[tokio::test]
async fn sigterm_under_load_loses_no_accepted_request() {
    const CLIENTS: usize = 32;
    let arguments = ["--delay", "5", "--fail-every", "20", "--slow-every", "19", "--slow", "5000"];
    let upstream = Program::upstream(&arguments);
    let server = Program::aggregator(&upstream, &["--deadline", "200"]).await;
    let first = server.asked.load(Relaxed);
    let answers = Arc::new(AtomicUsize::new(0));
    let ask = |client| tokio::spawn(ask_until_it_ends(server.url(""), client, answers.clone()));
    let clients: Vec<_> = (0..CLIENTS).map(ask).collect();
    let since = Instant::now();
    while answers.load(Relaxed) < 20 * CLIENTS {
        assert!(since.elapsed() < Duration::from_secs(60), "the requests are not answered");
        sleep(Duration::from_millis(5)).await;
    }
    server.terminate();
    let (mut answered, mut turned_away) = (0, 0);
    for client in clients {
        let (of_client, refused) = client.await.expect("no panic");
        (answered, turned_away) = (answered + of_client, turned_away + refused);
    }
    let (status, printed) = server.end().await;
    assert!(status.success());
    let answered = answered + first;
    let expected = format!("requests: {answered} begun, {answered} answered, {turned_away} turned away\n");
    assert!(printed.starts_with(&expected), "{printed} and not {expected}");
}

#[tokio::test]
async fn nothing_is_left_after_the_load() {
    let upstream = Program::upstream(&["--delay", "5", "--fail-every", "5", "--slow-every", "4", "--slow", "5000"]);
    let server = Program::aggregator(&upstream, &["--deadline", "100"]).await;
    let counts = async || {
        let counts = get_json(server.url("/debug/counts")).await;
        (counts["live"].as_u64().expect("a number"), counts["tasks"].as_u64().expect("a number"))
    };
    let (live, tasks) = counts().await;
    let requests = (0..200).map(|id| tokio::spawn(get(server.url(&format!("/profile/{id}")))));
    for request in requests.collect::<Vec<_>>() {
        let (status, text) = request.await.expect("no panic");
        assert!([200, 502, 504].contains(&status), "{status}: {text}");
    }
    let since = Instant::now();
    loop {
        let now = counts().await;
        // The HTTP client keeps one task of its own from its first request on.
        if now.0 == live && now.1 <= tasks + 1 {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "{now:?} and not {live}, {tasks}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_browser_gets_a_page_of_what_runs() {
    let upstream = Program::upstream(&["--hang", "posts"]);
    let server = Program::aggregator(&upstream, &["--deadline", "60000"]).await;
    let request = tokio::spawn(get(server.url("/profile/7")));
    until_shown(&server, "`posts`  inline, waiting").await;
    let accepts = |types| reqwest::Client::new().get(server.url("/debug/tasks")).header("accept", types).send();
    let response = accepts("text/html,application/xhtml+xml;q=0.9").await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    let page = response.text().await.expect("a page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    let posts = page.lines().find(|line| line.contains("<b>posts</b> inline <i>waiting</i>")).expect("the child");
    assert!(posts.contains("aggregator/profile.rs:") && posts.contains(", in profile</small>"), "{posts}");
    let (status, other) = get(server.url("/debug/tasks?format=html")).await;
    assert!(status == 200 && other.starts_with("<!DOCTYPE html>"), "{status}: {other}");
    request.abort();
}

#[tokio::test]
async fn a_signal_prints_the_tree_of_a_server_whose_requests_hang() {
    let upstream = Program::upstream(&["--hang", "posts"]);
    let mut server = Program::aggregator_with(&upstream, &["--deadline", "60000"], Stdio::piped()).await;
    let log = BufReader::new(server.child.stderr.take().expect("piped"));
    let request = tokio::spawn(get(server.url("/profile/7")));
    until_shown(&server, "`posts`  inline, waiting").await;
    server.send(Signal::SIGUSR1);
    let tree = log.lines().map(|line| line.expect("text")).skip_while(|line| !line.starts_with("taskgroup: "));
    // Each is below the one before. One whose neighbour was answered may run at that moment.
    let nodes = ["`server`  group, ", "`request`  tracked, ", "`profile`  group, ", "`posts`  inline, "];
    let mut rest = nodes.iter();
    let mut next = rest.next();
    for line in tree {
        if next.is_some_and(|node| line.contains(node)) {
            next = rest.next();
        }
        if next.is_none() {
            break;
        }
    }
    assert_eq!(next, None, "the tree ends before");
    request.abort();
}
