//! What tokio-console shows of children: its data are the spans that tokio makes of each task when it is built with
//! `--cfg tokio_unstable`. Without that, tokio makes none, and there is nothing to test:
//!
//! ```sh
//! RUSTFLAGS="--cfg tokio_unstable" cargo test -p taskgroup-subscribers --test console --target-dir target/unstable
//! ```
#![cfg(tokio_unstable)]

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use taskgroup::{group, task_group};
use tokio::runtime::Builder;
use tracing::{
    Dispatch, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, Registry, layer::Context, prelude::*, registry::LookupSpan};

/// Keeps what the console lists of a task: its kind and its name; and the target, by which it recognises tasks.
#[derive(Clone, Default)]
struct Console(Arc<Mutex<Vec<(String, String)>>>);

#[derive(Default)]
struct Task {
    kind: String,
    name: String,
}

impl Visit for Task {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "kind" => self.kind = format!("{value:?}"),
            "task.name" => self.name = format!("{value:?}"),
            _ => {}
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Console {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        if metadata.name() == "runtime.spawn" && metadata.target().starts_with("tokio::task") {
            let mut task = Task::default();
            attributes.record(&mut task);
            self.0.lock().expect("no panic").push((task.kind, task.name));
        }
    }
}

/// Runs `test`, and returns the tasks that the console would list, sorted.
fn listed<F: Future>(test: F) -> Vec<(String, String)> {
    let console = Console::default();
    let dispatch = Dispatch::new(Registry::default().with(console.clone()));
    // One thread, whose own task is none.
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    tracing::dispatcher::with_default(&dispatch, || runtime.block_on(test));
    drop(runtime);
    let mut tasks = console.0.lock().expect("no panic").clone();
    // What runs in `block_on` is no task of its own.
    tasks.retain(|(kind, _)| kind != "block_on");
    tasks.sort();
    tasks
}

fn task(kind: &str, name: &str) -> (String, String) {
    (kind.to_owned(), name.to_owned())
}

async fn statement() -> Result<(), ()> {
    Ok(())
}

#[task_group]
async fn function() -> Result<(), ()> {
    #[spawn]
    let named = statement();
    #[blocking]
    let counts = || Ok(());
    named.await;
    counts.await;
    Ok(())
}

#[test]
fn spawned_and_blocking_children_are_listed_under_their_names() {
    let tasks = listed(async {
        let all = group!(
            inline = async { Ok(()) },
            #[spawn]
            spawned = async { Ok(()) },
            #[blocking]
            blocking = || Ok(()),
            #[daemon]
            #[spawn]
            daemon = async { Ok(()) },
            #[spawn]
            items = for _ in 0..2 {
                async { Ok::<_, ()>(()) }
            },
            #[blocking]
            closures = for _ in 0..1 {
                || Ok(())
            },
        );
        all.await.expect("no child fails");
    });
    assert_eq!(
        tasks,
        [
            task("blocking", "blocking"),
            task("blocking", "closures[0]"),
            task("task", "daemon"),
            task("task", "items[0]"),
            task("task", "items[1]"),
            task("task", "spawned"),
        ]
    );
}

#[test]
fn the_children_of_a_function_are_listed_under_their_names() {
    let tasks = listed(async { function().await.expect("no child fails") });
    assert_eq!(tasks, [task("blocking", "counts"), task("task", "named")]);
}
