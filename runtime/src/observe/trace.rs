//! Spans and events, with the feature `tracing`.
//!
//! Spans, and events of a group's normal life, are at `DEBUG`; events that need attention are at `WARN`. Where a span is
//! disabled, the enclosing span takes its place, so that the caller's own spans reach spawned and blocking children
//! whatever the filter is.

use std::fmt;

#[cfg(feature = "tracing")]
use tracing::field::{self, Empty};

use super::kind::Kind;
use crate::{
    error::{Cause, Panicked},
    name::{Name, Who},
};

#[cfg(feature = "tracing")]
pub(super) struct Trace {
    pub(super) span: tracing::Span,
    /// Whether the span is one of ours, and not the enclosing one: that is not ours to mark.
    is_own: bool,
    /// The subscriber of a group: reports of a stall come from another thread, which has none.
    pub(super) listener: Option<tracing::Dispatch>,
}

/// That of a group, which reports from another thread need too.
#[cfg(feature = "tracing")]
pub(super) type GroupTrace = std::sync::Arc<Trace>;
#[cfg(not(feature = "tracing"))]
pub(super) type GroupTrace = Trace;

#[cfg(feature = "tracing")]
impl Trace {
    pub(super) fn group(name: &Who) -> GroupTrace {
        let span = tracing::debug_span!(
            "group",
            %name,
            otel.name = Empty,
            otel.status_code = Empty,
            otel.status_description = Empty
        );
        let is_own = !span.is_disabled();
        let span = if is_own { span } else { tracing::Span::current() };
        // Only if a subscriber wants warnings: the thread that looks for stalls is started for it.
        let listener = tracing::enabled!(tracing::Level::WARN).then(|| tracing::dispatcher::get_default(Clone::clone));
        GroupTrace::new(Self { span, is_own, listener }.named(name))
    }

    pub(super) fn child(&self, name: &Who, kind: Kind, daemon: bool) -> Self {
        let kind = kind.as_str();
        // That of its group, and not the current one: a child may begin on a thread that has none.
        let span = tracing::debug_span!(
            parent: &self.span,
            "child",
            %name,
            kind,
            daemon,
            otel.name = Empty,
            otel.status_code = Empty,
            otel.status_description = Empty
        );
        let is_own = !span.is_disabled();
        Self { span: if is_own { span } else { self.span.clone() }, is_own, listener: None }.named(name)
    }

    /// Sets what OpenTelemetry calls the span: all of ours would be called `group` and `child` there.
    fn named(self, name: &Who) -> Self {
        if self.is_own {
            self.span.record("otel.name", field::display(name));
        }
        self
    }

    /// Sets the status that OpenTelemetry shows. It stays unset where nothing failed, as its conventions ask.
    pub(super) fn mark_failed(&self, why: fmt::Arguments<'_>) {
        if self.is_own {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("otel.status_description", field::display(why));
        }
    }

    pub(super) fn inside<R>(&self, part: impl FnOnce() -> R) -> R {
        self.span.in_scope(part)
    }

    pub(super) fn enter(&self) -> Entered<'_> {
        self.span.enter()
    }

    pub(super) fn failed(&self, child: &Name) {
        self.mark_failed(format_args!("`{child}` failed"));
        self.inside(|| tracing::debug!(%child, "a child failed"));
    }

    pub(super) fn panicked(&self, panicked: &Panicked) {
        self.mark_failed(format_args!("`{}` panicked", panicked.child()));
        self.inside(|| tracing::warn!(child = %panicked.child(), panic = panicked.message(), "a child panicked"));
    }

    pub(super) fn late_error(&self, child: &Name) {
        self.inside(|| tracing::warn!(%child, "a child failed after the outcome was decided; its error is dropped"));
    }

    pub(super) fn late_panic(&self, panicked: &Panicked) {
        let (child, panic) = (panicked.child(), panicked.message());
        self.inside(|| tracing::warn!(%child, panic, "a child panicked after the outcome was decided"));
    }

    pub(super) fn cancelled(&self, cause: &Cause) {
        self.inside(|| match cause {
            Cause::TimedOut { .. } => {
                self.mark_failed(format_args!("{cause}"));
                tracing::warn!(%cause, "the deadline has passed; the group is cancelled");
            }
            _ => tracing::debug!(%cause, "the group is cancelled"),
        });
    }

    pub(super) fn draining(&self) {
        self.inside(|| tracing::debug!("the group drains: nothing new is taken"));
    }

    pub(super) fn cut_off(&self, left: usize) {
        self.inside(|| tracing::warn!(left, "the grace is over; what has not ended is dropped"));
    }

    pub(super) fn dropped(&self) {
        self.inside(|| tracing::debug!("the group was dropped; what is still running is adopted"));
    }
}

/// The code of a group or child runs inside its span while this exists.
#[cfg(feature = "tracing")]
pub(super) type Entered<'a> = tracing::span::Entered<'a>;
#[cfg(not(feature = "tracing"))]
pub(super) type Entered<'a> = std::marker::PhantomData<&'a ()>;

#[cfg(not(feature = "tracing"))]
#[derive(Clone)]
pub(super) struct Trace;

#[cfg(not(feature = "tracing"))]
impl Trace {
    pub(super) fn group(_: &Who) -> GroupTrace {
        Self
    }
    pub(super) fn child(&self, _: &Who, _: Kind, _daemon: bool) -> Self {
        Self
    }
    pub(super) fn enter(&self) -> Entered<'_> {
        std::marker::PhantomData
    }
    pub(super) fn mark_failed(&self, _: fmt::Arguments<'_>) {}
    pub(super) fn failed(&self, _: &Name) {}
    pub(super) fn panicked(&self, _: &Panicked) {}
    pub(super) fn late_error(&self, _: &Name) {}
    pub(super) fn late_panic(&self, _: &Panicked) {}
    pub(super) fn cancelled(&self, _: &Cause) {}
    pub(super) fn draining(&self) {}
    pub(super) fn cut_off(&self, _left: usize) {}
    pub(super) fn dropped(&self) {}
}
