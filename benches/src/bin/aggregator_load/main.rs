//! The load for the example `aggregator`, and the figures: see `benches/services/aggregator`, which builds and starts it.

mod figures;
mod program;

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::Client;
use tokio::{sync::Mutex, task::JoinSet, time::sleep};

use self::{
    figures::{Alive, Answers, in_millis, quantile},
    program::Program,
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const CLIENTS: u64 = 64;
const DEADLINE: &str = "300";
/// 5 % of the answers are failures and 5 % are late; seldom the same.
const BAD_MANNERS: [&str; 8] = ["--delay", "10", "--fail-every", "20", "--slow-every", "19", "--slow", "5000"];

#[tokio::main]
async fn main() -> Result<()> {
    let seconds = std::env::args().nth(1).map_or(Ok(30), |seconds| seconds.parse())?;
    let upstream = Program::start("upstream", &BAD_MANNERS)?;
    load(&upstream, Duration::from_secs(seconds)).await?;
    terminated_under_load(&upstream).await?;
    forced().await?;
    idle().await
}

fn aggregator(upstream: &Program, arguments: &[&str]) -> Result<Program> {
    let at = upstream.url("");
    Program::start("aggregator", &[&["--upstream", &at, "--deadline", DEADLINE], arguments].concat())
}

/// Each client sends one request after the other, on one connection.
async fn load(upstream: &Program, longest: Duration) -> Result<()> {
    let server = aggregator(upstream, &[])?;
    // The HTTP client of the server has a task of its own from its first request on.
    reqwest::get(server.url("/profile/0")).await?;
    let before = Alive::settled(&server).await?;
    let answers = Arc::new(Mutex::new(Answers::default()));
    let since = Instant::now();
    let mut clients = JoinSet::new();
    for id in 0..CLIENTS {
        let (url, answers) = (server.url(&format!("/profile/{id}")), answers.clone());
        clients.spawn(async move {
            let client = Client::new();
            while since.elapsed() < longest {
                let began = Instant::now();
                let status = answer(&client, &url).await.map(|(status, _)| status);
                answers.lock().await.note(status, began.elapsed());
            }
        });
    }
    let lateness = tokio::spawn(lateness(since, longest));
    let mut samples = Vec::new();
    while since.elapsed() + Duration::from_millis(500) < longest {
        sleep(Duration::from_millis(250)).await;
        samples.push(Alive::now(&server).await?);
    }
    clients.join_all().await;
    let took = since.elapsed();
    let after = Alive::settled(&server).await?;
    println!("load, {CLIENTS} clients, {:.0} s, deadline {DEADLINE} ms:", took.as_secs_f64());
    answers.lock().await.print(took);
    println!("  a wait of 10 ms in the client ends late by {:.1} ms, at 99 %", in_millis(lateness.await?));
    Alive::print(&samples, &before, &after);
    let (status, printed) = server.terminate()?.end().await?;
    println!("  SIGTERM after it: exit status {status}; {printed}");
    Ok(())
}

/// Measures the machine: what a client observes has this in it, too. Returns the 99th percentile.
async fn lateness(since: Instant, longest: Duration) -> Duration {
    const WAIT: Duration = Duration::from_millis(10);
    let mut late = Vec::new();
    while since.elapsed() < longest {
        let began = Instant::now();
        sleep(WAIT).await;
        late.push(began.elapsed().saturating_sub(WAIT));
    }
    late.sort();
    quantile(&late, 0.99)
}

/// Returns the status and the body of an answer that arrived as a whole.
async fn answer(client: &Client, url: &str) -> reqwest::Result<(u16, String)> {
    let response = client.get(url).send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

/// Each request has a connection of its own: what the server accepts is answered, and the kernel refuses the rest.
async fn terminated_under_load(upstream: &Program) -> Result<()> {
    let mut server = aggregator(upstream, &[])?;
    let mut clients = JoinSet::new();
    for id in 0..CLIENTS {
        let url = server.url(&format!("/profile/{id}"));
        clients.spawn(async move {
            let client = Client::builder().pool_max_idle_per_host(0).build().expect("a client");
            let (mut answered, mut turned_away) = (0_u64, 0_u64);
            while let Ok((status, text)) = answer(&client, &url).await {
                let counts = status == 503 && text.starts_with("the server is shutting down");
                *(if counts { &mut turned_away } else { &mut answered }) += 1;
            }
            (answered, turned_away)
        });
    }
    sleep(Duration::from_secs(3)).await;
    server = server.terminate()?;
    let since = Instant::now();
    let of_clients = clients.join_all().await;
    let (status, printed) = server.end().await?;
    let took = in_millis(since.elapsed());
    let answered: u64 = of_clients.iter().map(|counts| counts.0).sum();
    let turned_away: u64 = of_clients.iter().map(|counts| counts.1).sum();
    println!("SIGTERM in the middle of it: exit status {status} after {took:.0} ms");
    println!("  the clients received {answered} answers, and were turned away {turned_away} times");
    println!("  the server: {printed}");
    let expected = format!("requests: {answered} begun, {answered} answered, {turned_away} turned away");
    println!("  lost: {}", if printed.starts_with(&expected) { "none" } else { "SOME" });
    Ok(())
}

/// Every request is longer than the drain timeout.
async fn forced() -> Result<()> {
    let server = Program::start("aggregator", &["--drain", "300", "--grace", "1000"])?;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let url = server.url("/slow?takes=60000");
        clients.spawn(async move { answer(&Client::new(), &url).await.map_or(0, |(status, _)| status) });
    }
    while Alive::now(&server).await?.live < CLIENTS {
        sleep(Duration::from_millis(10)).await;
    }
    let server = server.terminate()?;
    let since = Instant::now();
    let statuses = clients.join_all().await;
    let answered = statuses.iter().filter(|status| **status == 503).count();
    let took = in_millis(since.elapsed());
    let (status, _) = server.end().await?;
    println!(
        "forced shutdown, drain timeout 300 ms: {answered} of {CLIENTS} open requests answered with 503 within {took:.0} ms, exit status {status}"
    );
    Ok(())
}

/// A server whose clients keep their connections and ask nothing.
async fn idle() -> Result<()> {
    const ROUNDS: usize = 20;
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let server = Program::start("aggregator", &[])?;
        let clients: Vec<Client> = (0..CLIENTS).map(|_| Client::new()).collect();
        for client in &clients {
            answer(client, &server.url("/slow?takes=0")).await?;
        }
        let server = server.terminate()?;
        let since = Instant::now();
        let (status, _) = server.end().await?;
        took.push(since.elapsed());
        assert_eq!(status, 0);
    }
    took.sort();
    println!(
        "drain of an idle server with {CLIENTS} kept connections, {ROUNDS} rounds: median {:.1} ms, longest {:.1} ms",
        in_millis(quantile(&took, 0.5)),
        in_millis(quantile(&took, 1.0))
    );
    Ok(())
}
