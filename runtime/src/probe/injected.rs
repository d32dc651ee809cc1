//! The failure that an exploration injects.

use std::io;

/// The error that [`fail_point`](crate::testing::fail_point) returns when it is made to fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("injected at `{point}`")]
pub struct Injected {
    point: &'static str,
}

impl Injected {
    #[cfg(feature = "testing")]
    pub(crate) fn at(point: &'static str) -> Self {
        Self { point }
    }

    /// Returns the name of the point.
    pub fn point(&self) -> &'static str {
        self.point
    }
}

impl From<Injected> for io::Error {
    fn from(injected: Injected) -> Self {
        Self::other(injected)
    }
}
