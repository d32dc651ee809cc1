//! Points in the user's own code at which a run can be made to fail.

use crate::probe::Injected;

/// Marks a point at which an [exploration](super) interferes: other tasks run there, in some runs for long, and in some runs
/// it panics.
///
/// Without the feature `testing`, and outside an exploration, it does nothing and is ready at once.
///
/// # Panics
/// If an exploration makes it panic, with an [`Injected`] as the payload.
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
    crate::probe::pass(name).await;
    #[cfg(not(feature = "testing"))]
    let _ = name;
}

/// Marks a point that can be made to fail: in some runs of an exploration it returns an error, in others it panics.
///
/// It is not async, so it can be used in blocking children too. Without the feature `testing`, and outside an exploration,
/// it is always `Ok`.
///
/// # Errors
/// If an exploration makes it fail.
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
        crate::probe::try_pass(name)
    }
    #[cfg(not(feature = "testing"))]
    {
        let _ = name;
        Ok(())
    }
}
