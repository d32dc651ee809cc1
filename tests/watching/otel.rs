//! What OpenTelemetry makes of the spans: their names and their status.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use taskgroup::{Cancelled, group, task_group};
use tokio::runtime::Builder;
use tracing::{
    Dispatch, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, Registry, layer::Context, prelude::*, registry::LookupSpan};

type Fields = BTreeMap<&'static str, String>;

/// Keeps the fields of every span, by its `otel.name`, as `tracing-opentelemetry` reads them: at the beginning, and later.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<BTreeMap<u64, Fields>>>);

struct Into<'a>(&'a mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut spans = self.0.lock().expect("no panic");
        attributes.record(&mut Into(spans.entry(id.into_u64()).or_default()));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut spans = self.0.lock().expect("no panic");
        values.record(&mut Into(spans.entry(id.into_u64()).or_default()));
    }
}

impl Spans {
    /// Runs `test`, and returns what became of it: for each name the status and its description.
    fn of<F: Future>(test: F) -> BTreeMap<String, (String, String)> {
        let spans = Self::default();
        let dispatch = Dispatch::new(Registry::default().with(spans.clone()));
        let own = dispatch.clone();
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&own)))
            .build()
            .expect("a runtime");
        tracing::dispatcher::with_default(&dispatch, || runtime.block_on(test));
        drop(runtime);
        let spans = spans.0.lock().expect("no panic");
        let field = |fields: &Fields, name| fields.get(name).cloned().unwrap_or_default();
        let ours = spans.values().filter(|fields| fields.contains_key("otel.name"));
        ours.map(|fields| {
            let status = (field(fields, "otel.status_code"), field(fields, "otel.status_description"));
            (field(fields, "otel.name"), status)
        })
        .collect()
    }
}

fn unset() -> (String, String) {
    Default::default()
}

fn error(why: &str) -> (String, String) {
    ("ERROR".to_owned(), why.to_owned())
}

#[test]
fn every_span_is_named_after_its_child_and_has_no_status_if_all_is_well() {
    let spans = Spans::of(async {
        let all = group!(
            inline = async { Ok(()) },
            #[spawn]
            spawned = async { Ok(()) },
            #[blocking]
            blocking = || Ok(()),
            items = for _ in 0..2 {
                async { Ok::<_, ()>(()) }
            },
        );
        all.name("whole").await.expect("nobody fails");
    });
    let names: Vec<_> = spans.keys().map(String::as_str).collect();
    assert_eq!(names, ["blocking", "inline", "items[0]", "items[1]", "spawned", "whole"]);
    assert!(spans.values().all(|status| *status == unset()), "{spans:?}");
}

/// One group for each kind of child, so that each child is the first to fail.
#[test]
fn a_failed_child_of_every_kind_has_the_status_error_and_so_has_its_group() {
    #[task_group]
    async fn function() -> Result<(), ()> {
        #[child]
        async {
            Err::<(), _>(())
        };
        std::future::pending().await
    }
    let spans = Spans::of(async {
        let failed = [
            group!(inline = async { Err::<(), _>(()) }, fine = async { Ok(()) }).name("of inline").await.map(drop),
            group!(
                #[spawn]
                spawned = async { Err::<(), _>(()) }
            )
            .name("of spawned")
            .await,
            group!(
                #[blocking]
                blocking = || Err::<(), _>(())
            )
            .name("of blocking")
            .await,
            group!(
                item = for _ in 0..1 {
                    async { Err::<(), _>(()) }
                }
            )
            .name("of item")
            .await
            .map(drop),
            group!(
                #[spawn]
                task = for _ in 0..1 {
                    async { Err::<(), _>(()) }
                }
            )
            .name("of task")
            .await
            .map(drop),
            function().await,
        ];
        assert_eq!(failed, [Err(()); 6]);
    });
    for child in ["inline", "spawned", "blocking", "item[0]", "task[0]"] {
        assert_eq!(spans[child], error("failed"), "{child}");
        let group = format!("of {}", child.trim_end_matches("[0]"));
        assert_eq!(spans[&group], error(&format!("`{child}` failed")));
    }
    assert_eq!(spans["function"].0, "ERROR");
    // The child of the function has no name, so it is called by its position.
    assert_eq!(spans.values().filter(|status| **status == error("failed")).count(), 6, "{spans:?}");
}

#[test]
fn a_panic_and_a_timeout_are_errors_too() {
    let spans = Spans::of(async {
        let panics = group!(panics = async { if true { panic!("boom") } else { Ok::<(), taskgroup::Panicked>(()) } });
        panics.name("of panic").catch_panics().await.expect_err("it panics");
        let late = group!(late = std::future::pending::<Result<(), Cancelled>>());
        late.name("of timeout").timeout(Duration::from_millis(1)).await.expect_err("it is late");
    });
    assert_eq!(spans["panics"], error("failed"));
    assert_eq!(spans["of panic"], error("`panics` panicked"));
    assert_eq!(spans["of timeout"], error("`of timeout` timed out"));
    assert_eq!(spans["late"], unset());
}

/// The span of the caller takes the place of ours where that is switched off; its status is its own.
#[test]
fn the_span_of_the_caller_is_not_marked() {
    use tracing::{Instrument, info_span};
    use tracing_subscriber::filter::LevelFilter;

    let spans = Spans::default();
    let dispatch = Dispatch::new(Registry::default().with(spans.clone()).with(LevelFilter::INFO));
    tracing::dispatcher::with_default(&dispatch, || {
        let mine = info_span!("mine", otel.name = "mine", otel.status_code = tracing::field::Empty);
        let failed = group!(failed = async { Err::<(), _>(()) }).into_future().instrument(mine);
        Builder::new_current_thread().build().expect("a runtime").block_on(failed).expect_err("it fails");
    });
    let spans = spans.0.lock().expect("no panic");
    assert_eq!(spans.len(), 1);
    assert!(spans.values().all(|fields| !fields.contains_key("otel.status_code")), "{spans:?}");
}
