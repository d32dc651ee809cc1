//! `aggregator` and `upstream`, as their users run them: what is accepted is answered, at any moment.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use futures::StreamExt;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

/// One of the two programs. It is killed if the test fails.
struct Program {
    child: Child,
    address: String,
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
        Self { child, address, rest: Some(rest) }
    }

    fn upstream(arguments: &[&str]) -> Self {
        Self::start(env!("CARGO_BIN_EXE_upstream"), arguments)
    }

    fn aggregator(upstream: &Self, arguments: &[&str]) -> Self {
        let at = format!("http://{}", upstream.address);
        Self::start(env!("CARGO_BIN_EXE_aggregator"), &[&["--upstream", &at], arguments].concat())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn terminate(&self) {
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM).expect("a process");
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
    while !get(server.url("/debug/tasks")).await.1.contains(what) {
        assert!(since.elapsed() < Duration::from_secs(30), "the tree never shows {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_profile_is_put_together_from_three_services() {
    let upstream = Program::upstream(&[]);
    let server = Program::aggregator(&upstream, &["--deadline", "30000"]);
    let part = |service: &str| json!({ "service": service, "id": 7 });
    let whole = json!({ "user": part("user"), "posts": part("posts"), "friends": part("friends") });
    assert_eq!(get_json(server.url("/profile/7")).await, whole);
    assert_eq!(get_json(server.url("/profile/7?partial=1")).await, whole);
    server.terminate();
    let (status, printed) = server.end().await;
    assert!(status.success());
    assert_eq!(printed, "jobs: 0 accepted, 0 done, 0 lost\n");
}

#[tokio::test]
async fn a_failing_service_is_a_502_and_a_part_is_delivered_without_it() {
    let upstream = Program::upstream(&["--fail-every", "1"]);
    let server = Program::aggregator(&upstream, &["--deadline", "30000"]);
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
    let server = Program::aggregator(&upstream, &["--deadline", "500"]);
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
    let server = Program::aggregator(&upstream, &[]);
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
    assert_eq!(printed, "jobs: 1 accepted, 1 done, 0 lost\n");
}

#[tokio::test]
async fn a_websocket_ends_with_a_goodbye_at_the_drain() {
    let upstream = Program::upstream(&[]);
    let server = Program::aggregator(&upstream, &[]);
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
    let upstream = Program::upstream(&["--delay", "400"]);
    let server = Program::aggregator(&upstream, &["--deadline", "30000"]);
    let requests: Vec<_> = (0..20)
        .map(|id| tokio::spawn(get(server.url(&format!("/profile/{id}")))))
        .chain((0..5).map(|_| tokio::spawn(get(server.url("/slow?takes=600")))))
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
    let server = Program::aggregator(&upstream, &["--deadline", "60000", "--drain", "200", "--grace", "20000"]);
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

#[tokio::test]
async fn a_websocket_that_never_reads_or_answers_does_not_hold_the_end() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let upstream = Program::upstream(&[]);
    let server = Program::aggregator(&upstream, &[]);
    let mut silent = tokio::net::TcpStream::connect(&server.address).await.expect("a connection");
    let request = "GET /events HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    silent.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];
    silent.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 101");
    let since = Instant::now();
    // The other one is the request that asks.
    while get(server.url("/debug/tasks")).await.1.matches("  tracked").count() < 2 {
        assert!(since.elapsed() < Duration::from_secs(30), "the websocket is not tracked");
    }
    server.terminate();
    assert!(server.end().await.0.success());
}
