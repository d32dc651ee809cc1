//! RESP2 on the wire: requests with bounds, and answers.
//!
//! `redis-protocol` reads and writes the frames. It is given a request only after its lengths have been checked here: they
//! come from a stranger, and an array inside an array would make its parser call itself once for each level.

use std::io;

use bytes::{Bytes, BytesMut};
use redis_protocol::{codec::Resp2, error::RedisProtocolError, resp2::types::BytesFrame};
use thiserror::Error;
use tokio_util::codec::{Decoder, Encoder};

/// The longest argument, in bytes.
pub const LONGEST_ARGUMENT: usize = 1 << 20;

/// The largest number of arguments.
pub const MOST_ARGUMENTS: usize = 1 << 16;

/// The longest request, in bytes: what one connection can make the server hold.
pub const LONGEST_REQUEST: usize = 4 << 20;

/// The longest line: a length, or a request that is typed by hand.
const LONGEST_LINE: usize = 1 << 14;

/// Why a connection cannot go on.
#[derive(Debug, Error)]
pub enum WireError {
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The client sent something that is not a request, or one that is too large.
    #[error("protocol error: {0}")]
    Protocol(&'static str),
    /// The frame could not be read or written.
    #[error(transparent)]
    Frame(#[from] RedisProtocolError),
    /// The client neither asked nor read for too long.
    #[error("idle")]
    Idle,
}

/// Reads requests, each as its arguments, and writes answers.
#[derive(Debug, Default)]
pub struct Wire {
    frames: Resp2,
}

impl Decoder for Wire {
    type Item = Vec<Bytes>;
    type Error = WireError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Vec<Bytes>>, WireError> {
        match source.first() {
            None => Ok(None),
            Some(b'*') => {
                if !is_complete(source)? {
                    return Ok(None);
                }
                match self.frames.decode(source)? {
                    Some(BytesFrame::Array(arguments)) => Ok(Some(arguments.into_iter().filter_map(text).collect())),
                    // `*-1`: no request at all.
                    _ => Ok(Some(Vec::new())),
                }
            }
            // A line that was typed by hand.
            Some(_) => {
                let Some((length, next)) = line(source, 0)? else { return Ok(None) };
                let line = source.split_to(next).freeze();
                let words = line[..length].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
                Ok(Some(words.map(|word| line.slice_ref(word)).collect()))
            }
        }
    }
}

impl Encoder<BytesFrame> for Wire {
    type Error = WireError;

    fn encode(&mut self, answer: BytesFrame, target: &mut BytesMut) -> Result<(), WireError> {
        Ok(self.frames.encode(answer, target)?)
    }
}

fn text(argument: BytesFrame) -> Option<Bytes> {
    if let BytesFrame::BulkString(bytes) = argument { Some(bytes) } else { None }
}

/// Returns where the line that begins at `start` ends, and where the next one begins.
fn line(source: &[u8], start: usize) -> Result<Option<(usize, usize)>, WireError> {
    let rest = &source[start..];
    match rest.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n') {
        Some(at) => {
            let end = if at > 0 && rest[at - 1] == b'\r' { at - 1 } else { at };
            Ok(Some((start + end, start + at + 1)))
        }
        None if rest.len() >= LONGEST_LINE => Err(WireError::Protocol("too big inline request")),
        None => Ok(None),
    }
}

/// Returns `true` if the request is complete: an array of strings, each within the bounds.
fn is_complete(source: &[u8]) -> Result<bool, WireError> {
    let Some((arguments, mut at)) = length(source, 0, MOST_ARGUMENTS, "invalid multibulk length")? else {
        return Ok(false);
    };
    for _ in 0..arguments {
        match source.get(at) {
            None => return Ok(false),
            Some(b'$') => {}
            Some(_) => return Err(WireError::Protocol("expected '$'")),
        }
        let Some((bytes, next)) = length(source, at, LONGEST_ARGUMENT, "invalid bulk length")? else {
            return Ok(false);
        };
        at = next + bytes + 2;
        if at > LONGEST_REQUEST {
            return Err(WireError::Protocol("too big request"));
        }
        if at > source.len() {
            return Ok(false);
        }
        if &source[at - 2..at] != b"\r\n" {
            return Err(WireError::Protocol("expected the end of a string"));
        }
    }
    Ok(true)
}

/// Reads the length in the line that begins at `start`, after its first byte.
fn length(source: &[u8], start: usize, most: usize, wrong: &'static str) -> Result<Option<(usize, usize)>, WireError> {
    let Some((end, next)) = line(source, start)? else { return Ok(None) };
    let digits = std::str::from_utf8(&source[start + 1..end]).map_err(|_| WireError::Protocol(wrong))?;
    match digits.parse::<i64>() {
        // A null array has no arguments; a null string is no argument.
        Ok(-1) if source[start] == b'*' => Ok(Some((0, next))),
        Ok(length) => match usize::try_from(length) {
            Ok(length) if length <= most => Ok(Some((length, next))),
            _ => Err(WireError::Protocol(wrong)),
        },
        Err(_) => Err(WireError::Protocol(wrong)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Result<Option<Vec<Bytes>>, WireError> {
        Wire::default().decode(&mut BytesMut::from(input))
    }

    #[track_caller]
    fn whole(input: &[u8]) -> Vec<Bytes> {
        read(input).expect("a request").expect("all of it")
    }

    #[test]
    fn reads_arrays_and_lines() {
        let set = whole(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
        assert_eq!(set, [&b"SET"[..], b"k", b""]);
        assert_eq!(whole(b"PING  x\r\n"), [&b"PING"[..], b"x"]);
        assert!(whole(b"\r\n").is_empty());
        assert!(whole(b"*-1\r\n").is_empty());
    }

    #[test]
    fn every_beginning_of_a_request_waits_for_the_rest() {
        let request = b"*2\r\n$3\r\nGET\r\n$4\r\nname\r\n";
        for end in 0..request.len() {
            assert_eq!(read(&request[..end]).expect("no error"), None, "{end}");
        }
        assert!(read(request).expect("a request").is_some());
    }

    #[test]
    fn what_is_too_large_or_nested_is_refused_before_it_arrives() {
        for input in [
            &b"*99999999999\r\n"[..],
            b"*70000\r\n",
            b"*1\r\n$1048577\r\n",
            b"*1\r\n$-1\r\n",
            b"*1\r\n*1\r\n",
            b"*2\r\n$1\r\na\r\n*1\r\n",
            b"*x\r\n",
            b"*1\r\n$1\r\nabc",
        ] {
            assert!(matches!(read(input), Err(WireError::Protocol(_))), "{}", input.escape_ascii());
        }
        assert!(read(&vec![b'a'; 1 << 14]).is_err());
    }
}
