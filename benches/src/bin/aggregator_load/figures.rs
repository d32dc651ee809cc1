//! What is counted and measured.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::{Result, program::Program};

pub fn in_millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Returns the value at a part of a sorted list: 1.0 for the last.
pub fn quantile<T: Copy>(sorted: &[T], part: f64) -> T {
    sorted[((sorted.len() - 1) as f64 * part).round() as usize]
}

/// The answers that the clients received.
#[derive(Default)]
pub struct Answers {
    by_status: BTreeMap<u16, usize>,
    errors: Vec<String>,
    took: Vec<Duration>,
}

impl Answers {
    pub fn note(&mut self, status: reqwest::Result<u16>, took: Duration) {
        match status {
            Ok(status) => *self.by_status.entry(status).or_default() += 1,
            Err(error) => self.errors.push(format!("{error:?}")),
        }
        self.took.push(took);
    }

    pub fn print(&mut self, over: Duration) {
        self.took.sort();
        let statuses: Vec<_> = self.by_status.iter().map(|(status, count)| format!("{count} with {status}")).collect();
        let (count, rate) = (self.took.len(), self.took.len() as f64 / over.as_secs_f64());
        println!(
            "  {count} requests, {rate:.0} in a second: {}; {} unanswered",
            statuses.join(", "),
            self.errors.len()
        );
        let at = |part| in_millis(quantile(&self.took, part));
        println!(
            "  latency in ms: median {:.1}, 90 % {:.1}, 99 % {:.1}, 99.9 % {:.1}, longest {:.1}",
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999),
            at(1.0)
        );
        for error in self.errors.iter().take(3) {
            println!("  {error}");
        }
    }
}

/// What is alive in the server.
#[derive(Clone, Copy, PartialEq)]
pub struct Alive {
    /// Groups and children.
    pub live: u64,
    /// Tasks of the runtime.
    pub tasks: u64,
}

impl Alive {
    pub async fn now(server: &Program) -> Result<Self> {
        let text = reqwest::get(server.url("/debug/counts")).await?.text().await?;
        let counts: serde_json::Value = serde_json::from_str(&text)?;
        let of = |name: &str| counts[name].as_u64().ok_or("no count");
        Ok(Self { live: of("live")?, tasks: of("tasks")? })
    }

    /// Returns what is alive when that has not changed for longer than the server keeps idle connections to its upstream
    /// services.
    pub async fn settled(server: &Program) -> Result<Self> {
        let (mut last, mut since) = (Self::now(server).await?, Instant::now());
        while since.elapsed() < Duration::from_secs(7) {
            sleep(Duration::from_millis(100)).await;
            let now = Self::now(server).await?;
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
        Ok(last)
    }

    pub fn print(samples: &[Self], before: &Self, after: &Self) {
        // The quarters after the start and before the end: what leaks shows as a difference.
        let quarter = samples.len() / 4;
        for (what, of) in [("groups and children", Self::live as fn(&Self) -> u64), ("tasks", Self::tasks)] {
            let median = |part: &[Self]| {
                let mut counts: Vec<u64> = part.iter().map(of).collect();
                counts.sort_unstable();
                (quantile(&counts, 0.5), quantile(&counts, 1.0))
            };
            let ((first, _), (last, _)) = (median(&samples[..quarter]), median(&samples[samples.len() - quarter..]));
            println!(
                "  {what} alive, {} samples: median of the first quarter {first}, of the last {last}, most {}; before {}, after {}",
                samples.len(),
                median(samples).1,
                of(before),
                of(after)
            );
        }
    }

    fn live(&self) -> u64 {
        self.live
    }

    fn tasks(&self) -> u64 {
        self.tasks
    }
}
