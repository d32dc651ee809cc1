//! JSON, written.
//!
//! Not by `serde_json`: that implements `PartialEq<Value>` for the numbers, and tests that leave the type of a number to be
//! inferred would no longer compile beside it.

use std::fmt::{self, Write};

/// A value.
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(usize),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    pub(super) fn list(values: impl IntoIterator<Item = Json>) -> Self {
        Self::List(values.into_iter().collect())
    }

    fn write(&self, out: &mut impl Write, depth: usize) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Number(value) => write!(out, "{value}"),
            Self::Text(text) => write_text(out, text),
            Self::List(values) => {
                let parts = values.iter().map(|value| (None, value));
                write_parts(out, depth, '[', parts, ']')
            }
            Self::Object(members) => {
                let parts = members.iter().map(|(name, value)| (Some(*name), value));
                write_parts(out, depth, '{', parts, '}')
            }
        }
    }
}

fn write_parts<'a>(
    out: &mut impl Write,
    depth: usize,
    opens: char,
    parts: impl Iterator<Item = (Option<&'static str>, &'a Json)>,
    closes: char,
) -> fmt::Result {
    out.write_char(opens)?;
    let mut is_empty = true;
    for (name, value) in parts {
        if !is_empty {
            out.write_char(',')?;
        }
        is_empty = false;
        write!(out, "\n{:1$}", "", 2 * (depth + 1))?;
        if let Some(name) = name {
            write_text(out, name)?;
            out.write_str(": ")?;
        }
        value.write(out, depth + 1)?;
    }
    if !is_empty {
        write!(out, "\n{:1$}", "", 2 * depth)?;
    }
    out.write_char(closes)
}

fn write_text(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for char in text.chars() {
        match char {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            // RFC 8259, section 7: these must not stand for themselves.
            char if char < ' ' => write!(out, "\\u{:04x}", u32::from(char))?,
            char => out.write_char(char)?,
        }
    }
    out.write_char('"')
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Self::Number(number as usize)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
