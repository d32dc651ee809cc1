//! The server, driven by raw connections and by Redis' own tools.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Beyond this, a server that does not answer counts as hanging.
const PATIENCE: Duration = Duration::from_secs(30);

struct Server {
    process: Child,
    address: String,
    errors: Option<BufReader<std::process::ChildStderr>>,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_kv"))
            .args(["--listen", "127.0.0.1:0"])
            .args(options)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut errors = BufReader::new(process.stderr.take().expect("piped"));
        let mut line = String::new();
        errors.read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().rsplit(' ').next().expect("an address").to_owned();
        Self { process, address, errors: Some(errors) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Connects many times, and not faster than the server accepts: a full queue costs the kernel's clients a second.
    fn connect_many(&self, count: usize) -> Vec<TcpStream> {
        let mut clients: Vec<TcpStream> = Vec::new();
        while clients.len() < count {
            let batch = 50.min(count - clients.len());
            clients.extend((0..batch).map(|_| self.connect()));
            asks(clients.last_mut().expect("a client"), b"PING\r\n", b"+PONG\r\n");
        }
        clients
    }

    fn port(&self) -> &str {
        self.address.rsplit(':').next().expect("a port")
    }

    #[cfg(unix)]
    fn signal(&self, signal: nix::sys::signal::Signal) {
        let process = nix::unistd::Pid::from_raw(i32::try_from(self.process.id()).expect("a process"));
        nix::sys::signal::kill(process, signal).expect("the signal is sent");
    }

    /// Waits for the end; returns the exit status, and what was written to stderr.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut text = String::new();
        self.errors.take().expect("once").read_to_string(&mut text).expect("text");
        (self.process.wait().expect("an end").code(), text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a request, and returns as many bytes as the expected answer has.
#[track_caller]
fn asks(stream: &mut TcpStream, request: &[u8], expected: &[u8]) {
    stream.write_all(request).expect("the request is sent");
    let mut answer = vec![0; expected.len()];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(answer.escape_ascii().to_string(), expected.escape_ascii().to_string());
}

/// Reads to the end of the connection.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => rest,
        // An end too: the server may close before it has read everything.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => rest,
        Err(error) => panic!("the connection does not end: {error}"),
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    let request = b"*3\r\n$3\r\nSET\r\n$1\r\nn\r\n$1\r\n4\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nn\r\n";
    asks(&mut client, request, b"+OK\r\n:5\r\n+PONG\r\n$1\r\n5\r\n");
    asks(&mut client, b"QUIT\r\n", b"+OK\r\n");
    assert_eq!(rest(&mut client), b"");
}

#[test]
fn what_is_not_the_protocol_ends_one_connection_with_an_answer() {
    let server = Server::start(&[]);
    let mut other = server.connect();
    for request in [&b"*99999999999\r\n"[..], b"*1\r\n$1048577\r\n", b"*1\r\n*1\r\n", b"*x\r\n", b"*1\r\n$-5\r\n"] {
        let mut client = server.connect();
        client.write_all(request).expect("sent");
        let answer = rest(&mut client);
        assert!(answer.starts_with(b"-ERR protocol error"), "{}", answer.escape_ascii());
    }
    asks(&mut other, b"PING\r\n", b"+PONG\r\n");
}

/// Lets this process, and the servers that it starts, have thousands of connections.
#[cfg(unix)]
fn with_many_files() -> u64 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("within the limit");
    most
}

#[cfg(unix)]
#[test]
fn a_panic_in_one_of_a_thousand_connections_leaves_the_others_alone() {
    with_many_files();
    let mut server = Server::start(&[]);
    let mut clients = server.connect_many(1_000);
    for client in &mut clients {
        asks(client, b"PING\r\n", b"+PONG\r\n");
    }
    let mut panics = clients.pop().expect("a client");
    panics.write_all(b"DEBUG PANIC\r\n").expect("sent");
    assert_eq!(rest(&mut panics), b"");
    for client in &mut clients {
        asks(client, b"PING\r\n", b"+PONG\r\n");
    }
    server.signal(nix::sys::signal::Signal::SIGTERM);
    let (status, log) = server.end();
    assert_eq!(status, Some(0));
    assert_eq!(log.matches(": panicked: DEBUG PANIC").count(), 1, "{log}");
}

/// What the process has in memory, in kB.
#[cfg(target_os = "linux")]
fn resident(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process.id())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
fn thousands_of_idle_connections_cost_little_and_are_closed() {
    let count = 5_000.min(usize::try_from(with_many_files()).expect("a number") - 200);
    let server = Server::start(&["--idle", "4000"]);
    let before = resident(&server);
    let mut idle = server.connect_many(count);
    for client in idle.iter_mut().step_by(5) {
        client.write_all(b"*2\r\n$3\r\nGE").expect("half a request is sent");
    }
    asks(&mut server.connect(), b"PING\r\n", b"+PONG\r\n");
    let each = (resident(&server) - before) * 1024 / count as u64;
    assert!(each < 32 * 1024, "{each} bytes for each connection");
    for client in &mut idle {
        assert_eq!(rest(client), b"");
    }
    asks(&mut server.connect(), b"PING\r\n", b"+PONG\r\n");
}

#[cfg(target_os = "linux")]
#[test]
fn clients_that_do_not_read_cost_little_and_are_cut_off() {
    let server = Server::start(&["--idle", "1000"]);
    let set = [&b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$1000000\r\n"[..], &[b'x'; 1_000_000], b"\r\n"].concat();
    let mut first = server.connect();
    asks(&mut first, &set, b"+OK\r\n");
    let before = resident(&server);
    let files = || std::fs::read_dir(format!("/proc/{}/fd", server.process.id())).expect("a process").count();
    let with_first = files();
    let mut slow: Vec<TcpStream> = (0..20).map(|_| server.connect()).collect();
    for client in &mut slow {
        client.write_all(&b"GET big\r\n".repeat(100)).expect("sent"); // 100 MB each
    }
    asks(&mut server.connect(), b"PING\r\n", b"+PONG\r\n");
    let more = resident(&server).saturating_sub(before);
    assert!(more < 100 * 1024, "{more} kB for what is not read");
    let since = std::time::Instant::now();
    while files() >= with_first {
        assert!(since.elapsed() < PATIENCE, "they are not cut off");
        std::thread::sleep(Duration::from_millis(20));
    }
    for client in &mut slow {
        let length = rest(client).len();
        assert!(length < 100 * 1_000_000, "there was room for all {length} bytes");
    }
}

#[test]
fn an_idle_connection_and_half_a_request_are_closed() {
    let server = Server::start(&["--idle", "50"]);
    let (mut idle, mut half) = (server.connect(), server.connect());
    half.write_all(b"*2\r\n$3\r\nGE").expect("sent");
    assert_eq!(rest(&mut idle), b"");
    assert_eq!(rest(&mut half), b"");
}

#[cfg(unix)]
#[test]
fn a_signal_closes_idle_connections_and_ends_the_server() {
    use nix::sys::signal::Signal;
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut server = Server::start(&[]);
        let mut clients: Vec<TcpStream> = (0..50).map(|_| server.connect()).collect();
        for client in &mut clients {
            asks(client, b"PING\r\n", b"+PONG\r\n");
        }
        server.signal(signal);
        assert_eq!(server.end(), (Some(0), String::new()));
        for client in &mut clients {
            assert_eq!(rest(client), b"");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_process_that_is_out_of_files_accepts_again_later() {
    let mut server = Server::start(&[]);
    let process = server.process.id().to_string();
    let limited = Command::new("prlimit").args(["--pid", &process, "--nofile=40:40"]).status();
    if !limited.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no prlimit here");
        return;
    }
    let many: Vec<TcpStream> = (0..60).map(|_| server.connect()).collect();
    // The kernel has accepted all; the server only some, and says so.
    let mut line = String::new();
    server.errors.as_mut().expect("open").read_line(&mut line).expect("a line");
    assert!(line.starts_with("kv: accept: "), "{line}");
    drop(many);
    asks(&mut server.connect(), b"PING\r\n", b"+PONG\r\n");
}

/// Runs one of Redis' tools; `None` if it is not installed.
fn tool(name: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(_) => {
            eprintln!("skipped: {name} is not installed");
            None
        }
    }
}

#[test]
fn redis_cli_gets_the_answers_it_knows() {
    let server = Server::start(&[]);
    for (request, answer) in [
        (&["SET", "greeting", "good day", "EX", "100"][..], "OK\n"),
        (&["GET", "greeting"], "good day\n"),
        (&["TTL", "greeting"], "100\n"),
        (&["SET", "greeting", "x", "NX"], "\n"),
        (&["MSET", "a", "1", "b", "2"], "OK\n"),
        (&["MGET", "a", "b", "c"], "1\n2\n\n"),
        (&["INCR", "a"], "2\n"),
        (&["EXISTS", "a", "b", "c"], "2\n"),
        (&["DEL", "a", "b", "c"], "2\n"),
        (&["ECHO", "hello"], "hello\n"),
    ] {
        let arguments = [&["-p", server.port()], request].concat();
        let Some(printed) = tool("redis-cli", &arguments) else { return };
        assert_eq!(printed, answer, "{request:?}");
    }
}

#[test]
fn redis_benchmark_completes() {
    let server = Server::start(&[]);
    let arguments = ["-p", server.port(), "-t", "ping,set,get,incr", "-c", "50", "-n", "5000", "-P", "16", "-q"];
    let Some(printed) = tool("redis-benchmark", &arguments) else { return };
    for test in ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR"] {
        assert!(printed.contains(&format!("{test}: ")), "{printed}");
    }
}
