//! SHA-256 of every file below a directory, as `sha256sum` prints it.
//!
//! [`sum_tree`] is three groups, one after the other: list the tree, sum the files, write the list. Each runs on the
//! blocking pool, and each checks the ambient token, so that the owner of the call can stop it.

mod hash;
mod line;
mod meter;
mod walk;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use taskgroup::{Cancelled, Signal, group};
use thiserror::Error;

pub use hash::{Digest, sum_batch, sum_reader};
pub use line::{escape, write_line};
pub use meter::Meter;
pub use walk::{Batches, File, Tree, list};

/// What to sum, and how.
#[derive(Clone, Debug)]
pub struct Job {
    /// The directory to start from.
    pub root: PathBuf,
    /// The number of threads that read files at once.
    pub jobs: usize,
    /// Whether the first unreadable file ends the run.
    pub fail_fast: bool,
}

/// The summary of a run that completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The number of files in the list.
    pub summed: usize,
    /// The number of files and directories that could not be read; each was reported on standard error.
    pub unreadable: usize,
}

/// A file or directory that could not be read.
#[derive(Debug, Error)]
#[error("{}: {source}", path.display())]
pub struct Unreadable {
    /// The path of the file or directory.
    pub path: PathBuf,
    /// The cause.
    pub source: io::Error,
}

impl Unreadable {
    /// Returns the [`message`] about it.
    pub fn line(&self) -> Vec<u8> {
        message(&self.path, &self.source)
    }
}

/// Returns `treesum: path: text` as one line, whatever the path contains; as bytes, because a path need not be text.
pub fn message(path: &Path, text: impl fmt::Display) -> Vec<u8> {
    let mut line = b"treesum: ".to_vec();
    line.extend_from_slice(&escape(path.as_os_str().as_encoded_bytes()));
    line.extend_from_slice(format!(": {text}\n").as_bytes());
    line
}

/// The reason why a run ended early.
#[derive(Debug, Error)]
pub enum Stop {
    /// A signal requested it.
    #[error("interrupted")]
    Interrupted(Signal),
    /// A file or directory could not be read, under `fail_fast`.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The list could not be written.
    #[error("standard output: {0}")]
    Output(#[source] io::Error),
    /// The enclosing group was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Sums every file below `job.root` and writes the list to `out`, sorted by the bytes of the path.
///
/// Nothing is written before every file is summed, because a truncated list would look like a complete one.
///
/// # Errors
///
/// [`Stop`], when there is no list: the run was cancelled, the output failed, or `fail_fast` found an unreadable file.
/// Without `fail_fast` an unreadable file is reported through `meter` and counted in the [`Summary`].
pub async fn sum_tree(job: Job, meter: &Arc<Meter>, mut out: impl io::Write + Send + 'static) -> Result<Summary, Stop> {
    let Job { root, jobs, fail_fast } = job;

    let listing = Arc::clone(meter);
    let tree = group!(
        #[blocking]
        list = move || list(&root, fail_fast, &listing)
    )
    .await?;

    meter.begin(tree.files.len(), tree.bytes());
    let (unlisted, batches) = (tree.unreadable, Batches::new(tree.files));
    let batches = group!(
        #[blocking]
        sum = for batch in batches {
            let meter = Arc::clone(meter);
            move || sum_batch(batch, fail_fast, &meter)
        }
    )
    .limit(jobs)
    .await?;

    group!(
        #[blocking]
        write = move || {
            let mut summary = Summary { summed: 0, unreadable: unlisted };
            for (path, digest) in batches.into_iter().flatten() {
                match digest {
                    Some(digest) => {
                        write_line(&mut out, &digest, &path).map_err(Stop::Output)?;
                        summary.summed += 1;
                    }
                    None => summary.unreadable += 1,
                }
            }
            out.flush().map_err(Stop::Output)?;
            Ok(summary)
        }
    )
    .await
}
