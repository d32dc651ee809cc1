//! Spans and events, with the feature `tracing`.
//!
//! Spans, and events of a group's normal life, are at `DEBUG`; events that need attention are at `WARN`. Where a span is
//! disabled, the enclosing span takes its place, so that the caller's own spans reach spawned and blocking children
//! whatever the filter is.

use super::kind::Kind;
use crate::{
    error::{Cause, Panicked},
    name::Name,
};

#[cfg(feature = "tracing")]
pub(super) struct Trace {
    pub(super) span: tracing::Span,
    /// The subscriber of a group: reports of a stall come from another thread, which has none.
    pub(super) listener: Option<tracing::Dispatch>,
}

#[cfg(feature = "tracing")]
impl Trace {
    pub(super) fn group(name: &Name) -> Self {
        let span = tracing::debug_span!("group", %name);
        let span = if span.is_disabled() { tracing::Span::current() } else { span };
        // Only if a subscriber wants warnings: the thread that looks for stalls is started for it.
        let listener = tracing::enabled!(tracing::Level::WARN).then(|| tracing::dispatcher::get_default(Clone::clone));
        Self { span, listener }
    }

    pub(super) fn child(&self, name: &Name, kind: Kind, daemon: bool) -> Self {
        let kind = kind.as_str();
        // That of its group, and not the current one: a child may begin on a thread that has none.
        let span = tracing::debug_span!(parent: &self.span, "child", %name, kind, daemon);
        Self { span: if span.is_disabled() { self.span.clone() } else { span }, listener: None }
    }

    pub(super) fn inside<R>(&self, part: impl FnOnce() -> R) -> R {
        self.span.in_scope(part)
    }

    pub(super) fn failed(&self, child: &Name) {
        self.inside(|| tracing::debug!(%child, "a child failed"));
    }

    pub(super) fn panicked(&self, panicked: &Panicked) {
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
            Cause::TimedOut { .. } => tracing::warn!(%cause, "the deadline has passed; the group is cancelled"),
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

#[cfg(not(feature = "tracing"))]
pub(super) struct Trace;

#[cfg(not(feature = "tracing"))]
impl Trace {
    pub(super) fn group(_: &Name) -> Self {
        Self
    }
    pub(super) fn child(&self, _: &Name, _: Kind, _daemon: bool) -> Self {
        Self
    }
    pub(super) fn inside<R>(&self, part: impl FnOnce() -> R) -> R {
        part()
    }
    pub(super) fn failed(&self, _: &Name) {}
    pub(super) fn panicked(&self, _: &Panicked) {}
    pub(super) fn late_error(&self, _: &Name) {}
    pub(super) fn late_panic(&self, _: &Panicked) {}
    pub(super) fn cancelled(&self, _: &Cause) {}
    pub(super) fn draining(&self) {}
    pub(super) fn cut_off(&self, _left: usize) {}
    pub(super) fn dropped(&self) {}
}
