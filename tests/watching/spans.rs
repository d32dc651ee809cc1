//! A span for each group and each child, on whatever thread it runs.

use std::pin::pin;

use taskgroup::{group, task_group};
use tokio::runtime::Builder;
use tracing::{Instrument, Level, info, info_span};

use crate::listener::{Heard, Listener};

/// Runs `test` on both kinds of runtime, and lets `check` see what was heard.
fn heard<F: Future>(listener: impl Fn() -> Listener, test: impl Fn() -> F, check: impl Fn(&Listener)) {
    for builder in [&mut Builder::new_current_thread(), Builder::new_multi_thread().worker_threads(2)] {
        let listener = listener();
        let dispatch = listener.dispatch();
        // A program has one subscriber for all of its threads; a test has its own.
        let own = dispatch.clone();
        builder.enable_all().on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&own)));
        let runtime = builder.build().expect("a runtime");
        tracing::dispatcher::with_default(&dispatch, || runtime.block_on(test()));
        check(&listener);
    }
}

fn spans_of(listener: &Listener, text: &str) -> Vec<String> {
    match listener.heard(text).as_slice() {
        [Heard { spans, .. }] => spans.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn children_and_grandchildren_of_every_kind_have_spans() {
    let test = async || {
        let all = group!(
            inline = async {
                info!("inline");
                group!(
                    grandchild = async {
                        info!("inline grandchild");
                        Ok(())
                    }
                )
                .name("inner")
                .await
            },
            #[spawn]
            spawned = async {
                tokio::task::yield_now().await;
                info!("spawned");
                group!(
                    #[spawn]
                    grandchild = async {
                        info!("spawned grandchild");
                        Ok(())
                    }
                )
                .name("inner")
                .await
            },
            #[blocking]
            blocking = || {
                info!("blocking");
                Ok(())
            },
            #[daemon]
            daemon = async {
                info!("daemon");
                Ok(())
            },
            each = for n in 0..2 {
                async move {
                    info!("item {n}");
                    Ok::<_, ()>(())
                }
            },
        )
        .name("outer")
        .into_future()
        .instrument(info_span!("mine"));
        all.await.expect("nobody fails");
    };
    heard(Listener::new, test, |listener| {
        let child =
            |name: &str, kind: &str, daemon: bool| format!("child{{name={name} kind=\"{kind}\" daemon={daemon}}}");
        let of = |child: String| vec!["mine{}".to_owned(), "group{name=outer}".to_owned(), child];
        assert_eq!(spans_of(listener, "blocking"), of(child("blocking", "blocking", false)));
        assert_eq!(spans_of(listener, "daemon"), of(child("daemon", "inline", true)));
        assert_eq!(spans_of(listener, "item 1"), of(child("each[1]", "inline", false)));
        for kind in ["inline", "spawned"] {
            let mut spans = of(child(kind, kind, false));
            let own = listener.all().into_iter().find(|heard| heard.text == kind).expect("it spoke");
            assert_eq!(own.spans, spans);
            spans.extend(["group{name=inner}".to_owned(), child("grandchild", kind, false)]);
            assert_eq!(spans_of(listener, &format!("{kind} grandchild")), spans);
        }
    });
}

#[test]
fn the_span_of_a_group_is_closed_when_it_is_over_and_its_future_is_kept() {
    let listener = Listener::new();
    let test = async || {
        let each = group!(
            #[spawn]
            each = for n in 0..3 {
                async move { Ok::<_, ()>(n) }
            }
        );
        let mut kept = pin!(each.name("kept").into_future());
        kept.as_mut().await.expect("nobody fails");
        let closed = listener.take_closed();
        assert!(closed.contains(&"group{name=kept}".to_owned()), "{closed:?}");
    };
    heard(|| listener.clone(), test, |_| ());
}

#[task_group(name = "dashboard")]
async fn dashboard() -> Result<u32, std::convert::Infallible> {
    info!("body");
    #[child]
    let a = async {
        info!("child a");
        1
    }
    .ok();
    #[spawn]
    let b = async {
        info!("child b");
        2
    }
    .ok();
    Ok(a.await + b.await)
}

/// Makes a child of a future that cannot fail.
trait Fine: Future + Sized {
    fn ok(self) -> impl Future<Output = Result<Self::Output, std::convert::Infallible>> {
        taskgroup::ok(self)
    }
}

impl<F: Future> Fine for F {}

#[test]
fn a_function_that_owns_its_tasks_has_a_span_for_its_body_and_for_each_child() {
    heard(
        Listener::new,
        async || assert_eq!(dashboard().instrument(info_span!("mine")).await, Ok(3)),
        |listener| {
            assert_eq!(spans_of(listener, "body"), ["mine{}", "group{name=dashboard}"]);
            assert_eq!(spans_of(listener, "child a")[2..], ["child{name=a kind=\"inline\" daemon=false}"]);
            assert_eq!(spans_of(listener, "child b")[2..], ["child{name=b kind=\"spawned\" daemon=false}"]);
        },
    );
}

#[test]
fn where_our_spans_are_switched_off_the_callers_reach_the_children() {
    let test = async || {
        let all = group!(
            #[spawn]
            a = async {
                info!("spawned");
                group!(
                    #[blocking]
                    b = || {
                        info!("below");
                        Ok(())
                    }
                )
                .await
            },
            #[blocking]
            c = || {
                info!("blocking");
                Ok::<_, ()>(())
            }
        );
        all.into_future().instrument(info_span!("mine")).await.expect("nobody fails");
    };
    heard(
        || Listener::up_to(Level::INFO),
        test,
        |listener| {
            for text in ["spawned", "below", "blocking"] {
                assert_eq!(spans_of(listener, text), ["mine{}"], "{text}");
            }
        },
    );
}

#[test]
fn what_a_child_changes_does_not_reach_its_siblings() {
    let test = async || {
        let all = group!(
            a = async {
                let own = info_span!("own");
                async {
                    tokio::task::yield_now().await;
                    info!("a");
                }
                .instrument(own)
                .await;
                Ok(())
            },
            b = async {
                tokio::task::yield_now().await;
                info!("b");
                tokio::task::yield_now().await;
                Ok::<_, ()>(())
            },
        )
        .name("siblings");
        all.await.expect("nobody fails");
        assert!(tracing::Span::current().is_none());
    };
    heard(Listener::new, test, |listener| {
        let spans = |text: &str| listener.all().into_iter().find(|heard| heard.text == text).expect("it spoke").spans;
        assert_eq!(spans("a").last().map(String::as_str), Some("own{}"));
        assert_eq!(spans("b").len(), 2);
    });
}
