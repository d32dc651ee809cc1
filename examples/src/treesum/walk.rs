//! Lists the files.

use std::{
    cmp::Ordering,
    io,
    path::{Path, PathBuf},
    vec,
};

use walkdir::{DirEntry, WalkDir};

use super::{Meter, Stop, Unreadable};

/// A regular file, and how large it was when it was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The root as it was given, followed by the path below it.
    pub path: PathBuf,
    /// Bytes; only an estimate, since the file may change before it is read.
    pub size: u64,
}

/// The result of [`list`].
#[derive(Debug, Default)]
pub struct Tree {
    /// Regular files, sorted by the bytes of their paths.
    pub files: Vec<File>,
    /// The number of directories that could not be read.
    pub unreadable: usize,
}

impl Tree {
    /// Returns the total size of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

/// Lists the regular files below `root`, as `find root -type f` does. Symbolic links are not followed, except for
/// `root` itself.
///
/// # Errors
///
/// [`Stop::Unreadable`] if `root` is not a directory that can be read, or, under `fail_fast`, at the first unreadable
/// directory; [`Stop::Cancelled`] once the enclosing group is cancelled.
pub fn list(root: &Path, fail_fast: bool, meter: &Meter) -> Result<Tree, Stop> {
    let at_root = |source| Unreadable { path: root.to_owned(), source };
    if !root.metadata().map_err(at_root)?.is_dir() {
        return Err(at_root(io::ErrorKind::NotADirectory.into()).into());
    }

    let mut tree = Tree::default();
    for entry in WalkDir::new(root).sort_by(by_path) {
        taskgroup::checkpoint()?;
        let found = entry.and_then(|entry| {
            let size = if entry.file_type().is_file() { Some(entry.metadata()?.len()) } else { None };
            Ok(size.map(|size| File { path: entry.into_path(), size }))
        });
        match found {
            Ok(Some(file)) => {
                tree.files.push(file);
                meter.found();
            }
            Ok(None) => {}
            Err(error) => {
                let root_failed = error.depth() == 0;
                let unreadable = Unreadable {
                    path: error.path().unwrap_or(root).to_owned(),
                    source: error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into()),
                };
                if fail_fast || root_failed {
                    return Err(unreadable.into());
                }
                meter.complain(&unreadable);
                tree.unreadable += 1;
            }
        }
    }
    Ok(tree)
}

/// Sorts the entries of one directory by the paths of all files below them: a directory counts as if its
/// name ended in `/`, which sorts `a-b` before the files of `a`.
fn by_path(left: &DirEntry, right: &DirEntry) -> Ordering {
    fn bytes(entry: &DirEntry) -> impl Iterator<Item = u8> + '_ {
        let slash = entry.file_type().is_dir().then_some(b'/');
        entry.file_name().as_encoded_bytes().iter().copied().chain(slash)
    }
    bytes(left).cmp(bytes(right))
}

/// Splits a list of files into batches that are large enough for a thread: many small files, or one large one.
#[derive(Debug)]
pub struct Batches {
    files: vec::IntoIter<File>,
}

impl Batches {
    const FILES: usize = 64;
    const BYTES: u64 = 1 << 20;

    /// Creates batches in the order of `files`.
    pub fn new(files: Vec<File>) -> Self {
        Self { files: files.into_iter() }
    }
}

impl Iterator for Batches {
    type Item = Vec<File>;

    fn next(&mut self) -> Option<Vec<File>> {
        let first = self.files.next()?;
        let (mut bytes, mut batch) = (first.size, vec![first]);
        while batch.len() < Self::FILES && bytes < Self::BYTES {
            let Some(file) = self.files.next() else { break };
            bytes += file.size;
            batch.push(file);
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(sizes: &[u64]) -> Vec<usize> {
        let files = sizes.iter().map(|&size| File { path: PathBuf::new(), size }).collect();
        Batches::new(files).map(|batch| batch.len()).collect()
    }

    #[test]
    fn small_files_share_a_batch_and_large_ones_end_theirs() {
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[0; 130]), [64, 64, 2]);
        assert_eq!(sizes(&[5 << 20, 5 << 20, 1, 2]), [1, 1, 2]);
        assert_eq!(sizes(&[1, 1 << 20, 1]), [2, 1]);
    }
}
