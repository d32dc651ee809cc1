//! The libraries for errors: every option works where the type can be made from `Cancelled` and `Panicked`.

use std::{error::Error, fmt, io, time::Duration};

use taskgroup::{Cancelled, Panicked, Stopped, group, task_group};

const SOON: Duration = Duration::from_millis(5);

#[derive(Debug, thiserror::Error)]
#[error("outer")]
struct Outer(#[source] io::Error);

fn outer() -> Outer {
    Outer(io::Error::other("root cause"))
}

/// A group with every option that needs something of `E`, and the text of its error.
macro_rules! with_every_option {
    ($E:ty) => {{
        let slow = async { Ok::<_, $E>(std::future::pending::<()>().await) };
        let ended: Result<((), u8), $E> = group!(
            slow = slow,
            #[spawn]
            fine = async { Ok(1) }
        )
        .name("page")
        .timeout(SOON)
        .catch_panics()
        .await;
        ended.unwrap_err()
    }};
}

fn timed_out(error: impl fmt::Display) {
    assert_eq!(error.to_string(), "cancelled: `page` timed out; unfinished: `slow`");
}

#[tokio::test(start_paused = true)]
async fn anyhow() {
    let error = with_every_option!(anyhow::Error);
    assert!(error.downcast_ref::<Cancelled>().is_some());
    timed_out(error);
    let panics = async { if true { panic!("a bug") } else { anyhow::Ok(()) } };
    let error = group!(panics = panics).catch_panics().await.unwrap_err();
    assert_eq!(error.downcast_ref::<Panicked>().expect("a panic").message(), "a bug");
}

#[tokio::test(start_paused = true)]
async fn the_chain_of_an_anyhow_error_goes_through_every_policy() {
    use anyhow::Context;
    let fails = || async { Err::<(), _>(outer()).context("page") };
    let whole = "page: outer: root cause";
    assert_eq!(format!("{:#}", group!(fails()).await.unwrap_err()), whole);
    assert_eq!(format!("{:#}", group!(fails()).outcome().await.unwrap_err()), whole);
    let stopped = anyhow::Error::from(group!(fails()).outcome().await.unwrap_err());
    assert_eq!(format!("{stopped:#}"), whole);
    let failures = group!(page = fails()).collect_errors().await.unwrap_err();
    assert_eq!(format!("{failures:#}"), format!("`page`: {whole}"));
}

#[tokio::test(start_paused = true)]
async fn eyre_and_color_eyre() {
    timed_out(with_every_option!(eyre::Report));
    let ended: color_eyre::Result<()> = group!(async { Err::<(), color_eyre::Report>(outer().into()) }).await;
    assert_eq!(ended.unwrap_err().root_cause().to_string(), "root cause");
}

#[tokio::test(start_paused = true)]
async fn boxed_errors() {
    timed_out(with_every_option!(Box<dyn Error + Send + Sync>));
    let ended = group!(async { Err::<(), Box<dyn Error>>("inline only: it is not `Send`".into()) }).await;
    assert!(ended.is_err());
}

#[tokio::test(start_paused = true)]
async fn io_errors() {
    timed_out(with_every_option!(io::Error));
}

#[tokio::test(start_paused = true)]
async fn thiserror() {
    #[derive(Debug, thiserror::Error)]
    enum AppError {
        #[error(transparent)]
        Cancelled(#[from] Cancelled),
        #[error(transparent)]
        Panicked(#[from] Panicked),
    }
    timed_out(with_every_option!(AppError));
}

#[tokio::test(start_paused = true)]
async fn snafu() {
    #[derive(Debug, snafu::Snafu)]
    enum AppError {
        #[snafu(display("{source}"), context(false))]
        Cancelled { source: Cancelled },
        #[snafu(display("{source}"), context(false))]
        Panicked { source: Panicked },
    }
    timed_out(with_every_option!(AppError));
}

/// `miette::Report` can be made from a `Diagnostic` only, and `Cancelled` is none; the orphan rule forbids the user to make it
/// one. `.outcome()` needs no conversion, and a wrapper of one's own is a `Diagnostic`.
#[tokio::test(start_paused = true)]
async fn miette_needs_outcome_or_a_wrapper() {
    assert!(group!(async { Err::<(), _>(miette::miette!("plain")) }).await.is_err());

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Ended(#[from] Cancelled);

    impl miette::Diagnostic for Ended {}

    let slow = async { Ok::<(), miette::Report>(std::future::pending().await) };
    let ended = group!(slow = slow).name("page").outcome().timeout(SOON).await;
    let report = match ended.unwrap_err() {
        Stopped::Failed { error, .. } => error,
        Stopped::Cancelled(cancelled) => Ended(cancelled).into(),
        Stopped::Panicked(panicked) => miette::miette!("{panicked}"),
    };
    timed_out(report);
}

#[tokio::test]
async fn several_error_types() {
    use futures::TryFutureExt;
    let io = || async { Err::<(), _>(io::Error::other("disk")) };
    let parse = || async { "x".parse::<u8>() };
    let in_blocks = group!(async { anyhow::Ok(io().await?) }, async { Ok(parse().await?) }).await;
    assert_eq!(in_blocks.unwrap_err().to_string(), "disk");
    let adapted = group!(parse().err_into::<anyhow::Error>(), io().err_into()).await;
    assert_eq!(adapted.unwrap_err().to_string(), "invalid digit found in string");

    #[task_group]
    async fn converts(text: &str) -> anyhow::Result<u8> {
        #[child]
        let number = async move { text.parse::<u8>() };
        #[blocking]
        let file = || std::fs::read("/nowhere");
        let (number, _) = (number, file).join().await;
        Ok(number)
    }
    assert!(converts("1").await.unwrap_err().downcast_ref::<io::Error>().is_some());
}
