//! Reads and hashes files.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
};

use sha2::{Digest as _, Sha256};

use super::{File, Meter, Stop, Unreadable};

/// The 32 bytes of a SHA-256 sum.
pub type Digest = [u8; 32];

/// The size of one read. Small enough that a cancellation is noticed promptly on any disk.
const CHUNK: usize = 64 * 1024;

/// Sums one batch; runs on a blocking thread. A file that could not be read has no digest.
///
/// # Errors
///
/// [`Stop::Cancelled`] between two chunks once the group is cancelled; [`Stop::Unreadable`] only under `fail_fast`.
pub fn sum_batch(batch: Vec<File>, fail_fast: bool, meter: &Meter) -> Result<Vec<(PathBuf, Option<Digest>)>, Stop> {
    let mut buffer = vec![0; CHUNK];
    let mut sums = Vec::with_capacity(batch.len());
    for File { path, .. } in batch {
        let summed = fs::File::open(&path).map_err(Halt::Read).and_then(|file| {
            sum_reader(file, &mut buffer, |bytes| {
                meter.read(bytes);
                Ok(taskgroup::checkpoint()?)
            })
        });
        let digest = match summed {
            Ok(digest) => {
                meter.summed();
                Some(digest)
            }
            Err(Halt::Stop(stop)) => return Err(stop),
            Err(Halt::Read(source)) => {
                let unreadable = Unreadable { path: path.clone(), source };
                if fail_fast {
                    return Err(unreadable.into());
                }
                meter.complain(&unreadable);
                None
            }
        };
        sums.push((path, digest));
    }
    Ok(sums)
}

/// The reason why [`sum_reader`] stopped.
#[derive(Debug)]
pub enum Halt {
    /// The reader failed.
    Read(io::Error),
    /// The callback returned an error.
    Stop(Stop),
}

/// Sums what `reader` yields, and calls `after` with the length of each chunk.
///
/// # Errors
///
/// `Halt`: the first error of the reader or of `after`.
pub fn sum_reader(
    mut reader: impl Read,
    buffer: &mut [u8],
    mut after: impl FnMut(usize) -> Result<(), Stop>,
) -> Result<Digest, Halt> {
    let mut hasher = Sha256::new();
    loop {
        match reader.read(buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(bytes) => {
                hasher.update(&buffer[..bytes]);
                after(bytes).map_err(Halt::Stop)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Halt::Read(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use taskgroup::Signal;

    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn chunks_do_not_change_the_sum() {
        for size in 1..5 {
            let mut seen = 0;
            let digest = sum_reader(&b"abc"[..], &mut vec![0; size], |bytes| {
                seen += bytes;
                Ok(())
            });
            let digest = digest.expect("a slice can be read");
            assert_eq!(digest.map(|byte| format!("{byte:02x}")).concat(), ABC);
            assert_eq!(seen, 3);
        }
    }

    #[test]
    fn a_stop_between_chunks_ends_the_file() {
        let mut chunks = 0;
        let ended = sum_reader(io::repeat(0), &mut [0; 16], |_| {
            chunks += 1;
            if chunks == 3 { Err(Stop::Interrupted(Signal::Interrupt)) } else { Ok(()) }
        });
        assert!(matches!(ended, Err(Halt::Stop(Stop::Interrupted(_)))));
        assert_eq!(chunks, 3);
    }
}
