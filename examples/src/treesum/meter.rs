//! The progress display.

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

/// Counts progress, and draws a bar if standard error is a terminal. Shared by all threads.
#[derive(Debug)]
pub struct Meter {
    bar: ProgressBar,
    found: AtomicUsize,
    summed: AtomicUsize,
    // Not the bar's own position: that jumps to the end when the bar is removed.
    read: AtomicU64,
    total: OnceLock<(usize, u64)>,
}

impl Meter {
    /// Creates a meter that draws on standard error if that is a terminal, and only counts otherwise.
    pub fn on_stderr() -> Self {
        let bar = ProgressBar::no_length(); // hides itself where there is no terminal
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message("listing");
        bar.enable_steady_tick(Duration::from_millis(100));
        Self::with(bar)
    }

    /// Creates a meter that only counts.
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

    /// Adds one to the listed files.
    pub fn found(&self) {
        self.found.fetch_add(1, Relaxed);
    }

    /// Sets the totals, once the list is complete.
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

    /// Adds to the summed bytes.
    pub fn read(&self, bytes: usize) {
        self.read.fetch_add(bytes as u64, Relaxed);
        self.bar.inc(bytes as u64);
    }

    /// Adds one to the summed files.
    pub fn summed(&self) {
        self.summed.fetch_add(1, Relaxed);
    }

    /// Prints a line on standard error, above the bar.
    pub fn complain(&self, unreadable: &Unreadable) {
        // If standard error is gone, the failure cannot be reported anywhere.
        self.bar.suspend(|| drop(io::stderr().write_all(&unreadable.line())));
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Returns the progress so far.
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
