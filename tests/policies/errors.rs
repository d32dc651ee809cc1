//! The errors that groups return: who failed, the user's own type, and chains of sources that are neither cut nor doubled.

use std::{error::Error, fmt, future::pending, io, time::Duration};

use taskgroup::{Cancelled, Failures, Panicked, Stopped, group};
use taskgroup_tests::*;

#[derive(Debug, thiserror::Error)]
#[error("middle")]
struct Middle(#[source] Root);

#[derive(Debug, thiserror::Error)]
#[error("root cause")]
struct Root;

/// A typical enum of a program.
#[derive(Debug, thiserror::Error)]
enum Typical {
    #[error(transparent)]
    Middle(#[from] Middle),
    #[error("other")]
    Other,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Returns the texts of an error and its sources.
fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(source) = next {
        texts.push(source.to_string());
        next = source.source();
    }
    texts
}

async fn anyhow_fails() -> anyhow::Result<()> {
    Err(anyhow::Error::new(Middle(Root)).context("outer"))
}

async fn eyre_fails() -> eyre::Result<()> {
    Err(eyre::Report::new(Middle(Root)).wrap_err("outer"))
}

async fn boxed_fails() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(Box::new(Middle(Root)))
}

async fn boxed_and_local_fails() -> Result<(), Box<dyn Error>> {
    Err(Box::new(Middle(Root)))
}

async fn typical_fails() -> Result<(), Typical> {
    Err(Typical::Middle(Middle(Root)))
}

/// Compares the error that plain `?` returns, which derefs to `dyn Error` or is one, with the same one through the policies.
macro_rules! same_as_plain {
    ($fails:ident, $plain:expr) => {{
        let plain: Vec<String> = $plain(group!($fails()).await.unwrap_err());
        assert!(plain.len() >= 2, "{plain:?}");
        let stopped = group!($fails(), async { Ok(()) }).outcome().await.unwrap_err();
        assert_eq!(chain(&stopped), plain, "outcome");
        let named = [vec![format!("`{}`: {}", stringify!($fails), plain[0])], plain[1..].to_vec()].concat();
        let collected = group!($fails(), async { Ok(()) }).collect_errors().await.unwrap_err();
        assert_eq!(chain(&collected), named, "collect_errors");
        assert_eq!(chain(&group!($fails()).race().await.unwrap_err()), named, "race");
        plain
    }};
}

virtual_time! {
    async fn the_sources_of_an_anyhow_error_are_those_of_plain_question_mark() {
        assert_eq!(same_as_plain!(anyhow_fails, |error: anyhow::Error| chain(&*error)), ["outer", "middle", "root cause"]);
        let stopped = group!(anyhow_fails()).outcome().await.unwrap_err();
        assert_eq!(format!("{stopped} | {stopped:#}"), "outer | outer: middle: root cause");
        assert_eq!(format!("{:#}", anyhow::Error::from(stopped)), "outer: middle: root cause");
        let failures = group!(anyhow_fails()).collect_errors().await.unwrap_err();
        assert_eq!(format!("{failures} | {failures:#}"), "`anyhow_fails`: outer | `anyhow_fails`: outer: middle: root cause");
        assert_eq!(format!("{:#}", anyhow::Error::from(failures)), "`anyhow_fails`: outer: middle: root cause");
    }

    async fn the_sources_of_an_eyre_report_are_those_of_plain_question_mark() {
        assert_eq!(same_as_plain!(eyre_fails, |error: eyre::Report| chain(&*error)), ["outer", "middle", "root cause"]);
        let stopped = group!(eyre_fails()).outcome().await.unwrap_err();
        assert_eq!(format!("{stopped:#}"), "outer: middle: root cause");
        assert_eq!(format!("{:#}", eyre::Report::from(stopped)), "outer: middle: root cause");
    }

    async fn the_sources_of_a_boxed_error_are_those_of_plain_question_mark() {
        assert_eq!(same_as_plain!(boxed_fails, |error: Box<dyn Error + Send + Sync>| chain(&*error)), ["middle", "root cause"]);
        let stopped = group!(boxed_and_local_fails()).outcome().await.unwrap_err();
        assert_eq!(chain(&stopped), ["middle", "root cause"]);
    }

    async fn the_sources_of_a_thiserror_enum_are_those_of_plain_question_mark() {
        assert_eq!(same_as_plain!(typical_fails, |error: Typical| chain(&error)), ["middle", "root cause"]);
        let stopped = group!(typical_fails()).outcome().await.unwrap_err();
        assert_eq!(format!("{:#}", anyhow::Error::from(stopped)), "middle: root cause");
        let failures = group!(typical_fails()).collect_errors().await.unwrap_err();
        assert_eq!(format!("{failures:#}"), "`typical_fails`: middle: root cause");
        assert_eq!(format!("{:#}", anyhow::Error::from(failures)), "`typical_fails`: middle: root cause");
    }

    async fn of_several_failures_each_keeps_its_own_sources_and_none_is_printed_twice() {
        let both = || async {
            let failures = group!(a = typical_fails(), b = async { Err::<(), _>(Typical::Other) }, c = typical_fails());
            anyhow::Error::from(failures.collect_errors().await.unwrap_err())
        };
        assert_eq!(format!("{:#}", both().await), "`a`: middle: root cause\n`b`: other\n`c`: middle: root cause");
        assert_eq!(both().await.chain().map(ToString::to_string).collect::<Vec<_>>()[1..], ["root cause"]);
        let failures = group!(a = typical_fails(), b = pending::<Result<(), _>>()).collect_errors().timeout(ms(1)).name("g").await.unwrap_err();
        assert!(failures.to_string().starts_with("`a`: middle: root cause\ncancelled: `g` timed out"));
        assert!(failures.source().is_none());
    }

    async fn an_error_without_sources_or_without_the_trait_works_all_the_same() {
        let stopped = group!(a = async { Err::<(), _>("no") }).outcome().await.unwrap_err();
        assert_eq!(chain(&stopped), ["no"]);
        struct Opaque;
        let stopped = group!(a = async { Err::<(), _>(Opaque) }).outcome().await.unwrap_err();
        assert!(matches!(stopped, Stopped::Failed { error: Opaque, .. }));
        let boxed = group!(a = async { Err::<(), _>(Box::new(Middle(Root))) }).outcome().await.unwrap_err();
        assert_eq!(chain(&boxed), ["middle", "root cause"]);
    }

    async fn an_error_type_that_is_known_only_after_the_group_has_its_sources() {
        let stopped: Result<(), Stopped<anyhow::Error>> = group!(a = async { Err(anyhow_fails().await.unwrap_err()) }).outcome().await;
        assert_eq!(chain(&stopped.unwrap_err()), ["outer", "middle", "root cause"]);
        let failures = group!(a = async { typical_fails().await?; Ok(()) }).error::<Typical>().collect_errors().await;
        assert_eq!(chain(&failures.unwrap_err()), ["`a`: middle", "root cause"]);
    }

    async fn an_error_that_borrows_compiles_as_before() {
        #[derive(Debug)]
        struct Borrows<'a>(&'a str);
        impl fmt::Display for Borrows<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl Error for Borrows<'_> {}
        let text = String::from("mine");
        let stopped = group!(a = async { Err::<(), _>(Borrows(&text)) }).outcome().await.unwrap_err();
        assert_eq!(stopped.to_string(), "mine");
    }

    async fn generic_code_has_no_sources_but_the_error_itself() {
        async fn run<E: fmt::Debug + fmt::Display>(child: impl Future<Output = Result<(), E>>) -> Stopped<E> {
            group!(child).outcome().await.unwrap_err()
        }
        let stopped = run(typical_fails()).await;
        assert_eq!(chain(&stopped), ["middle"]);
        assert_eq!(chain(&stopped.into_error()), ["middle", "root cause"]);
    }

    async fn stopped_says_which_child_it_was() {
        let failed = group!(user = async { Ok(()) }, posts = typical_fails()).outcome().await.unwrap_err();
        assert!(matches!(&failed, Stopped::Failed { child, error: Typical::Middle(_), .. } if *child == "posts"));
        assert_eq!(failed.child().map(|child| &**child), Some("posts"));
        assert_eq!(format!("{failed:?}"), "Failed { child: \"posts\", error: Middle(Middle(Root)) }");
        let item = group!(pages = for n in 0..3 { async move { if n == 2 { Err("no") } else { Ok(()) } } }).outcome().await.unwrap_err();
        assert_eq!(item.child().map(|child| &**child), Some("pages[2]"));
        let panicked = group!(broken = async { panic!("boom") as Result<(), &str> }).outcome().catch_panics().await.unwrap_err();
        assert_eq!(panicked.child().map(|child| &**child), Some("broken"));
        let cancelled = group!(slow = pending::<Result<(), &str>>()).outcome().timeout(ms(1)).await.unwrap_err();
        assert!(cancelled.child().is_none());
    }

    async fn into_error_is_what_a_group_without_the_policy_returns() {
        let error = group!(typical_fails()).outcome().await.unwrap_err().into_error();
        assert!(matches!(error, Typical::Middle(_)));
        let error = group!(slow = pending::<Result<(), Typical>>()).outcome().timeout(ms(1)).await.unwrap_err().into_error();
        assert!(matches!(error, Typical::Cancelled(_)));
        let broken = group!(broken = async { panic!("boom") as Result<(), Typical> }).outcome().catch_panics().await;
        assert!(matches!(broken.unwrap_err().into_error(), Typical::Panicked(_)));
        let failures = group!(typical_fails(), async { Err::<(), _>(Typical::Other) }).collect_errors().await.unwrap_err();
        let errors: Vec<_> = failures.into_iter().map(|(_, failure)| chain(&failure.into_error())).collect();
        assert_eq!(errors, [vec!["middle", "root cause"], vec!["other"]]);
    }

    async fn error_names_the_type_before_and_after_the_options_that_need_it() {
        let before = group!(a = async { Ok(1) }).error::<Fail>().timeout(Duration::MAX).catch_panics().await;
        let after = group!(a = async { Ok(1) }).timeout(Duration::MAX).catch_panics().error::<Fail>().await;
        assert_eq!((before.ok(), after.ok()), (Some(1), Some(1)));
        let outcome = group!(a = async { Ok(1) }, pages = for n in 0..2 { async move { Ok(n) } }).outcome().error::<io::Error>().await;
        assert_eq!(outcome.ok(), Some((1, vec![0, 1])));
    }
}

#[test]
fn errors_are_send_and_sync_whatever_they_carry() {
    fn is_error<E: Error + Send + Sync + 'static>() {}
    is_error::<Stopped<String>>();
    is_error::<Failures<&'static str>>();
}
