//! The source of the children of a `for`: an iterator, or a stream.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::{
    machine::{core::Core, nodes::Step, outcome::Outcome},
    name::{Label, LazyName, Name},
    unwind::{drop_alone, guard},
};

pin_project! {
    /// An iterator as a source; it is always ready.
    pub struct Iter<I> {
        iter: I,
    }
}

pin_project! {
    /// A stream as a source; it may be idle.
    pub struct Streamed<S> {
        #[pin]
        stream: S,
    }
}

/// A kind of source.
pub trait Feed {
    /// Whether it may have no item now, but one later.
    const MAY_IDLE: bool;
}

impl<I> Feed for Iter<I> {
    const MAY_IDLE: bool = false;
}

impl<S> Feed for Streamed<S> {
    const MAY_IDLE: bool = true;
}

impl<S> Streamed<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream }
    }

    pub(super) fn stream(&self) -> &S {
        &self.stream
    }
}

impl<I> Iter<I> {
    pub(crate) fn new(iter: I) -> Self {
        Self { iter }
    }

    pub(super) fn iter(&self) -> &I {
        &self.iter
    }
}

/// Makes the next child: the body of the `for`, called with the next item.
pub(crate) type Pull<S, B, F> = fn(Pin<&mut S>, &mut B, &mut Context<'_>) -> Poll<Option<F>>;

/// Returns how many items are left, if the source knows.
pub(crate) type Left<S> = fn(&S) -> Option<usize>;

pub(crate) fn pull_iter<I: Iterator, B: FnMut(I::Item) -> F, F>(
    source: Pin<&mut Iter<I>>,
    body: &mut B,
    _: &mut Context<'_>,
) -> Poll<Option<F>> {
    Poll::Ready(source.project().iter.next().map(body))
}

pub(crate) fn pull_stream<S: Stream, B: FnMut(S::Item) -> F, F>(
    source: Pin<&mut Streamed<S>>,
    body: &mut B,
    cx: &mut Context<'_>,
) -> Poll<Option<F>> {
    source.project().stream.poll_next(cx).map(|item| item.map(body))
}

fn exactly((least, most): (usize, Option<usize>)) -> Option<usize> {
    // Only an exact number is listed: a guess would report children that never were.
    most.filter(|most| *most == least)
}

pub(crate) fn left_iter<I: Iterator>(source: &Iter<I>) -> Option<usize> {
    exactly(source.iter.size_hint())
}

pub(crate) fn left_stream<S: Stream>(source: &Streamed<S>) -> Option<usize> {
    exactly(source.stream.size_hint())
}

/// What a group asks of a source whose items were accepted.
pub(crate) struct Hooks<S> {
    pub(super) begins: fn(&S),
    pub(super) given_name: fn(&S) -> Option<Name>,
}

pin_project! {
    /// A source and the body of its `for`. `None` once it was closed.
    pub(crate) struct Source<S, B, F> {
        #[pin]
        source: Option<S>,
        body: B,
        pull: Pull<S, B, F>,
        left: Left<S>,
        // How many items it has yielded.
        pulled: usize,
        // Of a source whose items were accepted, which a drain pulls to its end.
        accepted: Option<Hooks<S>>,
    }

    impl<S, B, F> PinnedDrop for Source<S, B, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut source = this.project().source;
            // Apart from the children of the same group, whose destructors may panic too (rule 3).
            if source.is_some() {
                drop_alone(|| source.set(None));
            }
        }
    }
}

impl<S, B, F> Source<S, B, F> {
    pub(crate) fn new(source: S, body: B, pull: Pull<S, B, F>, left: Left<S>) -> Self {
        Self { source: Some(source), body, pull, left, pulled: 0, accepted: None }
    }

    /// The items of the source have been accepted already.
    pub(super) fn accept(&mut self, hooks: Hooks<S>) {
        self.accepted = Some(hooks);
    }

    /// Tells the source that its group begins.
    pub(super) fn begins(&self) {
        if let (Some(hooks), Some(source)) = (&self.accepted, &self.source) {
            (hooks.begins)(source);
        }
    }

    /// Returns `true` if its items bring names along.
    pub(super) fn brings_names(&self) -> bool {
        self.accepted.is_some()
    }

    /// Returns the name that the last item brought along.
    #[inline]
    fn given_name(&self) -> Option<Name> {
        let hooks = self.accepted.as_ref()?;
        self.source.as_ref().and_then(hooks.given_name)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.source.is_some()
    }

    /// Returns how many items are left, if the source knows.
    pub(crate) fn left(&self) -> Option<usize> {
        self.source.as_ref().and_then(self.left)
    }

    #[inline]
    pub(crate) fn pull(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F>> {
        let this = self.project();
        let Some(source) = this.source.as_pin_mut() else { return Poll::Ready(None) };
        // The body of the `for` runs in here too: a panic of either ends the source.
        let pulled = (this.pull)(source, this.body, cx);
        if let Poll::Ready(Some(_)) = pulled {
            *this.pulled += 1;
        }
        pulled
    }

    pub(crate) fn close(self: Pin<&mut Self>) {
        self.project().source.set(None);
    }
}

/// What a source gave when it was pulled.
pub(crate) enum Next<F, T, E> {
    /// The child of the item with this number.
    Child(usize, F),
    /// Nothing now, or, if the source is closed, nothing more.
    Nothing,
    /// It panicked: the number of the item that it was about to yield, and its outcome.
    Panicked(usize, Outcome<T, E>),
}

impl<S, B, F> Source<S, B, F> {
    /// Pulls the next child.
    #[inline(always)]
    pub(crate) fn next<T, E>(
        mut self: Pin<&mut Self>,
        name: &Label,
        cx: &mut Context<'_>,
        core: &mut Core<E>,
    ) -> Next<F, T, E> {
        if !self.is_open() {
            return Next::Nothing;
        }
        // Before the pull: if it panics, that is the item it was about to yield.
        let item = self.pulled;
        match guard(|| self.as_mut().pull(cx)) {
            Ok(Poll::Pending) => Next::Nothing,
            Ok(Poll::Ready(Some(child))) => {
                if let Some(given) = self.given_name() {
                    core.give_name(LazyName::item(*name, item), given);
                }
                Next::Child(item, child)
            }
            Ok(Poll::Ready(None)) => {
                // At once: what it holds is of no more use, and its other side may wait for the drop.
                self.close_guarded(*name, false, core);
                Next::Nothing
            }
            // A source that has panicked may be in any state, so it is not pulled again.
            Err(payload) => {
                let outcome = core.source_panicked(LazyName::item(*name, item), payload);
                self.close_guarded(*name, false, core);
                Next::Panicked(item, outcome)
            }
        }
    }

    /// Closes the source for good. Returns how many items were pulled and how many are left, if the group has to account
    /// for them.
    pub(crate) fn close_for<E>(
        self: Pin<&mut Self>,
        step: Step,
        name: Label,
        core: &mut Core<E>,
    ) -> Option<(usize, usize)> {
        /// A source may claim any length; a list of children that never were should still fit.
        const MOST: usize = 1 << 24;
        if !self.is_open() {
            return None;
        }
        // What the program has accepted is done under a drain too (G5).
        if step == Step::Drain && self.accepted.is_some() {
            return None;
        }
        // `size_hint` is user code. If it panics, the number is not known.
        let left = guard(|| self.left()).ok().flatten();
        let pulled = self.pulled;
        // A drain leaves items behind without loss: they are not missing values (state 28).
        let cut_short = step == Step::Close && left != Some(0);
        self.close_guarded(name, cut_short, core);
        if !cut_short {
            return None;
        }
        left.filter(|left| *left <= MOST).map(|left| (pulled, left))
    }

    // Once for each source, and not in the loop that pulls it.
    #[cold]
    #[inline(never)]
    fn close_guarded<E>(self: Pin<&mut Self>, name: Label, cut_short: bool, core: &mut Core<E>) {
        // Counted before the source is dropped, because its destructor may panic.
        core.source_ended(cut_short);
        if let Err(payload) = guard(|| self.close()) {
            core.slotless_panic(LazyName::arm(name).name(), payload);
        }
    }
}
