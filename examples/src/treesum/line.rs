//! One line of the list.

use std::{borrow::Cow, io, path::Path};

use super::Digest;

/// Escapes the three bytes that would break a line or make it ambiguous: backslash, newline and carriage return.
pub fn escape(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r')) {
        return Cow::Borrowed(name);
    }
    let mut escaped = Vec::with_capacity(name.len() + 8);
    for &byte in name {
        match byte {
            b'\\' => escaped.extend_from_slice(br"\\"),
            b'\n' => escaped.extend_from_slice(br"\n"),
            b'\r' => escaped.extend_from_slice(br"\r"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// Writes `digest  path` as `sha256sum` does: a line whose path had to be escaped begins with a backslash.
///
/// # Errors
///
/// Those of `out`.
pub fn write_line(out: &mut impl io::Write, digest: &Digest, path: &Path) -> io::Result<()> {
    let name = escape(path.as_os_str().as_encoded_bytes());
    if matches!(name, Cow::Owned(_)) {
        out.write_all(b"\\")?;
    }
    out.write_all(&hex(digest))?;
    out.write_all(b"  ")?;
    out.write_all(&name)?;
    out.write_all(b"\n")
}

fn hex(digest: &Digest) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str) -> String {
        let mut out = Vec::new();
        write_line(&mut out, &[0xa5; 32], Path::new(name)).expect("a Vec takes everything");
        String::from_utf8(out).expect("the name was text")
    }

    #[test]
    fn a_plain_name_stands_as_it_is() {
        assert_eq!(line("./a b*"), format!("{}  ./a b*\n", "a5".repeat(32)));
    }

    #[test]
    fn a_name_that_would_break_the_line_is_escaped_and_marked() {
        assert_eq!(line("a\\b\nc\rd"), format!("\\{}  a\\\\b\\nc\\rd\n", "a5".repeat(32)));
    }

    #[test]
    fn bytes_that_are_not_text_pass_unchanged() {
        assert_eq!(&*escape(b"a\xff\tb"), b"a\xff\tb");
    }
}
