//! What the user sees while it runs.

use std::{
    fmt,
    io::{self, Write},
    sync::{
        OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::Unreadable;

/// Counts what is done; with a bar if there is a terminal to draw on. Shared by all threads.
#[derive(Debug)]
pub struct Meter {
    bar: ProgressBar,
    found: AtomicUsize,
    summed: AtomicUsize,
    // Not the bar's own position: that jumps to the end when the bar is taken away.
    read: AtomicU64,
    total: OnceLock<(usize, u64)>,
}

impl Meter {
    /// Draws on standard error if that is a terminal, else only counts.
    pub fn on_stderr() -> Self {
        let bar = ProgressBar::no_length(); // hides itself where there is no terminal
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message("listing");
        bar.enable_steady_tick(Duration::from_millis(100));
        Self::with(bar)
    }

    /// Only counts.
    pub fn hidden() -> Self {
        Self::with(ProgressBar::hidden())
    }

    fn with(bar: ProgressBar) -> Self {
        Self {
            bar,
            found: AtomicUsize::new(0),
            summed: AtomicUsize::new(0),
            read: AtomicU64::new(0),
            total: OnceLock::new(),
        }
    }

    /// One more file is listed.
    pub fn found(&self) {
        self.found.fetch_add(1, Relaxed);
    }

    /// The list is complete: from here on the end is in sight.
    pub fn begin(&self, files: usize, bytes: u64) {
        // Called once per run; a second call would only keep the first totals.
        let _ = self.total.set((files, bytes));
        let template = "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.reset_eta();
        self.bar.set_length(bytes);
    }

    /// So many bytes more are summed.
    pub fn read(&self, bytes: usize) {
        self.read.fetch_add(bytes as u64, Relaxed);
        self.bar.inc(bytes as u64);
    }

    /// One more file is summed.
    pub fn summed(&self) {
        self.summed.fetch_add(1, Relaxed);
    }

    /// A line on standard error, above the bar.
    pub fn complain(&self, unreadable: &Unreadable) {
        // Without standard error there is nowhere to say that it is gone.
        self.bar.suspend(|| drop(io::stderr().write_all(&unreadable.line())));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// How far it got.
impl fmt::Display for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summed = self.summed.load(Relaxed);
        match self.total.get() {
            None => write!(f, "{} files found, none summed", self.found.load(Relaxed)),
            Some((files, bytes)) => {
                write!(
                    f,
                    "{summed} of {files} files summed, {} of {}",
                    HumanBytes(self.read.load(Relaxed)),
                    HumanBytes(*bytes)
                )
            }
        }
    }
}
