//! What a person who watches a program can be told. Without the feature `tracing`, nothing.

use crate::{error::Panicked, name::Name};

/// An `Err` that came after the outcome was decided, and that nobody listens for.
pub(crate) fn late_error(child: &Name) {
    let _ = child;
}

/// A panic that came after another one.
pub(crate) fn late_panic(panicked: &Panicked) {
    let _ = panicked;
}
