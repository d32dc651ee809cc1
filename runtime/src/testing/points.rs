//! Points in the user's own code at which a run can be made to fail.

use std::io;

/// The error that [`fail_point`] returns when it is made to fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("injected at `{point}`")]
pub struct Injected {
    point: &'static str,
}

impl Injected {
    #[cfg(feature = "testing")]
    pub(super) fn at(point: &'static str) -> Self {
        Self { point }
    }

    /// The name of the point.
    pub fn point(&self) -> &'static str {
        self.point
    }
}

impl From<Injected> for io::Error {
    fn from(injected: Injected) -> Self {
        Self::other(injected)
    }
}

/// A point at which anything may happen: in an [exploration](super) others run meanwhile, in some runs for long, and in some
/// runs it panics.
///
/// Without the feature `testing`, and outside an exploration, it does nothing and is ready at once.
///
/// # Panics
/// If an exploration wants it to, with an [`Injected`] as the payload.
///
/// # Cancel safety
/// Nothing is lost if it is dropped.
///
/// ```
/// # async fn charge() {} async fn book() {}
/// # async fn example() {
/// charge().await;
/// taskgroup::testing::point("between charge and book").await;
/// book().await;
/// # }
/// ```
pub async fn point(name: &'static str) {
    #[cfg(feature = "testing")]
    super::session::pass(name).await;
    #[cfg(not(feature = "testing"))]
    let _ = name;
}

/// A point that can be made to fail: in some runs of an exploration it returns an error, in others it panics.
///
/// It is not async, so it can stand in blocking children too. Without the feature `testing`, and outside an exploration,
/// it is always `Ok`.
///
/// # Errors
/// If an exploration wants it to.
///
/// # Panics
/// Likewise, with an [`Injected`] as the payload.
///
/// ```
/// # fn example() -> std::io::Result<()> {
/// taskgroup::testing::fail_point("disk is full")?;
/// # Ok(())
/// # }
/// ```
pub fn fail_point(name: &'static str) -> Result<(), Injected> {
    #[cfg(feature = "testing")]
    {
        super::session::try_pass(name)
    }
    #[cfg(not(feature = "testing"))]
    {
        let _ = name;
        Ok(())
    }
}
