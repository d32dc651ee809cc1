//! What `tracing-opentelemetry` exports: each group and each child as a span with its own name, below its parent, and with
//! the status `ERROR` where something failed.

use std::collections::BTreeMap;

use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use taskgroup::{group, spawner, task_group};
use tokio::runtime::Builder;
use tracing::{Dispatch, Instrument, Span, info_span};
use tracing_subscriber::{Registry, prelude::*};

/// The exported spans with their status, each as the names of the spans above it, the outermost first, and its own.
type Exported = BTreeMap<String, Status>;

/// Runs `test` on two threads, and returns what a collector receives.
fn exported<F: Future>(test: F) -> Exported {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let dispatch = Dispatch::new(Registry::default().with(layer));
    let own = dispatch.clone();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&own)))
        .build()
        .expect("a runtime");
    tracing::dispatcher::with_default(&dispatch, || runtime.block_on(test.instrument(info_span!("request"))));
    drop(runtime);
    let spans = exporter.get_finished_spans().expect("the spans");
    let path = |span: &SpanData| {
        let (mut names, mut next) = (vec![&*span.name], span.parent_span_id);
        while let Some(parent) = spans.iter().find(|other| other.span_context.span_id() == next) {
            names.push(&parent.name);
            next = parent.parent_span_id;
        }
        names.reverse();
        names.join(" > ")
    };
    spans.iter().map(|span| (path(span), span.status.clone())).collect()
}

#[task_group]
async fn function() -> Result<(), ()> {
    #[spawn]
    statement();
    Ok(())
}

async fn statement() -> Result<(), ()> {
    Ok(())
}

#[test]
fn every_child_is_a_span_with_its_name_below_its_group_and_the_span_of_the_request() {
    let spans = exported(async {
        let all = group!(
            inline = function(),
            #[spawn]
            spawned = async { group!(below = async { Ok(()) }).name("inner").await },
            #[blocking]
            blocking = || Ok(()),
            #[daemon]
            daemon = async { Ok(()) },
            #[spawn]
            items = for _ in 0..2 {
                async { Ok::<_, ()>(()) }
            },
        );
        all.name("outer").await.expect("no child fails");
    });
    assert_eq!(
        spans.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "request",
            "request > outer",
            "request > outer > blocking",
            "request > outer > daemon",
            "request > outer > inline",
            "request > outer > inline > function",
            "request > outer > inline > function > statement",
            "request > outer > items[0]",
            "request > outer > items[1]",
            "request > outer > spawned",
            "request > outer > spawned > inner",
            "request > outer > spawned > inner > below",
        ]
    );
    assert!(spans.values().all(|status| *status == Status::Unset), "{spans:?}");
}

#[test]
fn a_failed_child_and_its_group_have_the_status_error_and_no_other_span_has() {
    async fn fails_in(failing: &str) {
        let here = |kind: &'static str| if kind == failing { Err(()) } else { Ok(()) };
        let (inline, spawned, blocking) = (here("inline"), here("spawned"), here("blocking"));
        let failed = group!(
            inline = async { inline },
            #[spawn]
            spawned = async move { spawned },
            #[blocking]
            blocking = move || blocking,
        );
        failed.name(format!("with {failing}")).await.expect_err("one of them fails");
    }
    let spans = exported(async {
        for kind in ["inline", "spawned", "blocking"] {
            fails_in(kind).await;
        }
    });
    let failed: BTreeMap<_, _> = spans.into_iter().filter(|(_, status)| *status != Status::Unset).collect();
    let error = |description: &str| Status::error(description.to_owned());
    let mut expected = BTreeMap::new();
    for kind in ["inline", "spawned", "blocking"] {
        expected.insert(format!("request > with {kind}"), error(&format!("`{kind}` failed")));
        expected.insert(format!("request > with {kind} > {kind}"), error("failed"));
    }
    assert_eq!(failed, expected);
}

#[test]
fn a_job_runs_in_the_span_of_its_group_and_can_take_that_of_its_request_along() {
    let spans = exported(async {
        let (spawner, jobs) = spawner::unbounded();
        let server = group!(
            #[stream]
            #[spawn]
            jobs = for job in jobs {
                job
            },
            handler = async move {
                let work = || async {
                    drop(info_span!("work"));
                    Ok::<_, ()>(())
                };
                let handler = async {
                    spawner.spawn_named("plain", work()).await.map_err(drop)?;
                    spawner.spawn_named("instrumented", work().instrument(Span::current())).await.map_err(drop)
                };
                handler.instrument(info_span!("its own")).await
            },
        );
        server.name("server").await.expect("no child fails");
    });
    let of_work: Vec<_> = spans.keys().filter(|path| path.ends_with("work")).collect();
    assert_eq!(of_work, ["request > server > handler > its own > work", "request > server > plain > work"]);
}
