//! A subscriber that records every event, and the spans that enclose it.

use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex},
};

use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, Registry, layer::Context, prelude::*, registry::LookupSpan};

#[derive(Debug, Clone)]
pub struct Heard {
    pub level: Level,
    /// The message and the other fields.
    pub text: String,
    /// The spans, the outermost first, as `name{fields}`.
    pub spans: Vec<String>,
}

#[derive(Clone, Default)]
pub struct Listener {
    heard: Arc<Mutex<Vec<Heard>>>,
    closed: Arc<Mutex<Vec<String>>>,
    most: Option<Level>,
}

impl Listener {
    /// Creates a subscriber that records everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Spans and events below `most` are switched off.
    pub fn up_to(most: Level) -> Self {
        Self { most: Some(most), ..Self::default() }
    }

    pub fn dispatch(&self) -> Dispatch {
        Dispatch::new(Registry::default().with(self.clone()))
    }

    /// Returns the recorded events that contain `text`.
    pub fn heard(&self, text: &str) -> Vec<Heard> {
        self.all().into_iter().filter(|heard| heard.text.contains(text)).collect()
    }

    /// Returns the spans that have been closed since the last call.
    pub fn take_closed(&self) -> Vec<String> {
        std::mem::take(&mut *self.closed.lock().expect("no panic"))
    }

    pub fn all(&self) -> Vec<Heard> {
        self.heard.lock().expect("no panic").clone()
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let separator = if self.0.is_empty() { "" } else { " " };
        let _ = match field.name() {
            "message" => write!(self.0, "{separator}{value:?}"),
            name => write!(self.0, "{separator}{name}={value:?}"),
        };
    }
}

struct Named(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.most.is_none_or(|most| *metadata.level() <= most)
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("a span that is being closed");
        let name = span.extensions().get::<Named>().map(|named| named.0.clone());
        self.closed.lock().expect("no panic").extend(name);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Text(String::new());
        attributes.record(&mut fields);
        let span = context.span(id).expect("a new span");
        span.extensions_mut().insert(Named(format!("{}{{{}}}", span.name(), fields.0)));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let scope = context.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        let spans =
            scope.map(|span| span.extensions().get::<Named>().map_or_else(String::new, |named| named.0.clone()));
        let heard = Heard { level: *event.metadata().level(), text: text.0, spans: spans.collect() };
        self.heard.lock().expect("no panic").push(heard);
    }
}
