//! The failure that an exploration injects.

use std::io;

/// The error that [`fail_point`](crate::testing::fail_point) returns when it is made to fail.
///
/// # Example
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use std::io;
/// use taskgroup::testing::{Explorer, Interference, fail_point};
///
/// let pay = async || -> Result<(), io::Error> { Ok(fail_point("the card is declined")?) };
/// Explorer::new().only([Interference::Fail]).run(async || {
///     if let Err(error) = pay().await {
///         assert!(error.to_string().contains("the card is declined"));
///     }
/// });
/// let injected = Explorer::new().only([Interference::Fail]).try_run(async || {
///     let injected = fail_point("here").err().map(|injected| injected.point());
///     assert_eq!(injected, None);
/// });
/// assert!(injected.is_err()); // one run had `Some("here")`
/// ```
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
    ///
    /// See the [example](Self#example).
    pub fn point(&self) -> &'static str {
        self.point
    }
}

impl From<Injected> for io::Error {
    fn from(injected: Injected) -> Self {
        Self::other(injected)
    }
}
