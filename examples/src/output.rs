//! Lines on standard output and standard error, whose reader may be gone, as in `relay --inject random | head -n 1`.
//!
//! `println!` and `eprintln!` panic then. A program that cannot report any more still has work to finish.

use std::{fmt::Arguments, io::Write};

/// Prints a line to standard output, if it is still read.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::output::line(::std::io::stdout(), format_args!($($text)*)) };
}

/// Prints a line to standard error, if it is still read.
#[macro_export]
macro_rules! complain {
    ($($text:tt)*) => { $crate::output::line(::std::io::stderr(), format_args!($($text)*)) };
}

/// Writes a line. That it cannot be written could only be reported in the same place.
pub fn line(mut to: impl Write, text: Arguments<'_>) {
    let _ = writeln!(to, "{text}");
}
