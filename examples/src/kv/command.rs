//! The commands.

use std::time::Duration;

use bytes::Bytes;
use redis_protocol::resp2::types::BytesFrame;

use super::store::{Expiry, Life, Replace, Store};

/// What follows an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    /// The next request.
    Continue,
    /// The end of the connection.
    Close,
}

fn ok() -> BytesFrame {
    BytesFrame::SimpleString(Bytes::from_static(b"OK"))
}

fn error(text: impl Into<String>) -> BytesFrame {
    BytesFrame::Error(text.into().into())
}

fn or_null(value: Option<Bytes>) -> BytesFrame {
    value.map_or(BytesFrame::Null, BytesFrame::BulkString)
}

fn number(bytes: &Bytes) -> Option<u64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn count(n: usize) -> BytesFrame {
    BytesFrame::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Runs one request, which has at least its name.
///
/// # Panics
/// At `DEBUG PANIC`, as Redis does: here it ends one connection.
pub fn run(request: &[Bytes], store: &Store) -> (BytesFrame, Then) {
    let [name, arguments @ ..] = request else { return (error("ERR no command"), Then::Continue) };
    let name = String::from_utf8_lossy(name).to_ascii_uppercase();
    let answer = match (name.as_str(), arguments) {
        ("PING", []) => BytesFrame::SimpleString(Bytes::from_static(b"PONG")),
        ("PING" | "ECHO", [text]) => BytesFrame::BulkString(text.clone()),
        ("GET", [key]) => or_null(store.get(key)),
        ("SET", [key, value, options @ ..]) => set(key, value, options, store),
        ("DEL", [_, ..]) => count(arguments.iter().filter(|key| store.delete(key)).count()),
        ("EXISTS", [_, ..]) => count(arguments.iter().filter(|key| store.exists(key)).count()),
        ("INCR", [key]) => store
            .increment(key)
            .map_or_else(|| error("ERR value is not an integer or out of range"), BytesFrame::Integer),
        ("EXPIRE", [key, seconds]) => match number(seconds) {
            Some(seconds) => BytesFrame::Integer(store.expire_after(key, Duration::from_secs(seconds)).into()),
            None => error("ERR value is not an integer or out of range"),
        },
        ("TTL", [key]) => BytesFrame::Integer(match store.life(key) {
            Life::Missing => -2,
            Life::Endless => -1,
            Life::Left(time) => i64::try_from(time.as_millis().div_ceil(1000)).unwrap_or(i64::MAX),
        }),
        ("MGET", [_, ..]) => BytesFrame::Array(arguments.iter().map(|key| or_null(store.get(key))).collect()),
        ("MSET", [_, _, ..]) if arguments.len() % 2 == 0 => {
            for pair in arguments.chunks_exact(2) {
                store.set(pair[0].clone(), pair[1].clone(), Expiry::Never, Replace::Any);
            }
            ok()
        }
        ("QUIT", _) => return (ok(), Then::Close),
        // What the tools ask about the server before they begin.
        ("CLIENT", [_, ..]) => ok(),
        ("CONFIG", [_, name, ..]) => {
            BytesFrame::Array(vec![BytesFrame::BulkString(name.clone()), BytesFrame::BulkString(Bytes::new())])
        }
        ("COMMAND", _) => BytesFrame::Array(Vec::new()),
        ("DEBUG", [what]) if what.eq_ignore_ascii_case(b"panic") => panic!("DEBUG PANIC"),
        (
            "PING" | "ECHO" | "GET" | "SET" | "DEL" | "EXISTS" | "INCR" | "EXPIRE" | "TTL" | "MGET" | "MSET" | "CLIENT"
            | "CONFIG",
            _,
        ) => error(format!("ERR wrong number of arguments for '{}' command", name.to_ascii_lowercase())),
        _ => error(format!("ERR unknown command '{}'", name.chars().take(128).collect::<String>())),
    };
    (answer, Then::Continue)
}

fn set(key: &Bytes, value: &Bytes, mut options: &[Bytes], store: &Store) -> BytesFrame {
    let (mut expiry, mut replace) = (Expiry::Never, Replace::Any);
    while let [option, rest @ ..] = options {
        options = match (option.to_ascii_uppercase().as_slice(), rest) {
            (b"NX", rest) if replace == Replace::Any => {
                replace = Replace::None;
                rest
            }
            (b"XX", rest) if replace == Replace::Any => {
                replace = Replace::Present;
                rest
            }
            (unit @ (b"EX" | b"PX"), [time, rest @ ..]) if expiry == Expiry::Never => {
                let time = match number(time) {
                    Some(0) | None => return error("ERR invalid expire time in 'set' command"),
                    Some(time) if unit == b"EX" => Duration::from_secs(time),
                    Some(time) => Duration::from_millis(time),
                };
                expiry = Expiry::After(time);
                rest
            }
            _ => return error("ERR syntax error"),
        };
    }
    if store.set(key.clone(), value.clone(), expiry, replace) { ok() } else { BytesFrame::Null }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(store: &Store, line: &str) -> BytesFrame {
        let words: Vec<Bytes> = line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
        run(&words, store).0
    }

    fn bulk(text: &'static str) -> BytesFrame {
        BytesFrame::BulkString(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test(start_paused = true)]
    async fn values_are_set_read_counted_and_expire() {
        let store = Store::default();
        assert_eq!(ask(&store, "SET a 1 NX EX 10"), ok());
        assert_eq!(ask(&store, "SET a 2 NX"), BytesFrame::Null);
        assert_eq!(ask(&store, "SET b 2 XX"), BytesFrame::Null);
        assert_eq!(ask(&store, "INCR a"), BytesFrame::Integer(2));
        assert_eq!(ask(&store, "TTL a"), BytesFrame::Integer(10));
        assert_eq!(ask(&store, "MSET b 1 c 2"), ok());
        assert_eq!(ask(&store, "TTL b"), BytesFrame::Integer(-1));
        assert_eq!(ask(&store, "MGET a b x"), BytesFrame::Array(vec![bulk("2"), bulk("1"), BytesFrame::Null]));
        assert_eq!(ask(&store, "EXISTS a b x"), BytesFrame::Integer(2));
        tokio::time::advance(Duration::from_secs(11)).await;
        assert_eq!(ask(&store, "GET a"), BytesFrame::Null);
        assert_eq!(ask(&store, "TTL a"), BytesFrame::Integer(-2));
        assert_eq!(ask(&store, "DEL a b c"), BytesFrame::Integer(2));
    }

    #[tokio::test]
    async fn wrong_requests_are_answered_with_an_error() {
        let store = Store::default();
        store.set(Bytes::from_static(b"text"), Bytes::from_static(b"x"), Expiry::Never, Replace::Any);
        for line in ["NOPE", "GET", "SET a", "SET a b EX", "SET a b EX 0", "SET a b NX XX", "INCR text", "MSET a"] {
            assert!(matches!(ask(&store, line), BytesFrame::Error(_)), "{line}");
        }
    }
}
