//! The children of an inline `for`: any number, begun as there is room.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::coop;

use crate::{
    child::{
        output::{ChildOutput, PollFn},
        poll_set::{Ended, PollSet},
        results::Results,
        source::{Feed, Hooks, Source},
    },
    context::{self, asking, key::Key},
    error::Cause,
    machine::{
        core::Core,
        nodes::{Drive, Node, Pulled, Shape, Step, StepCx},
        outcome::{End, Policy, Rule, replaced_by_panic},
        rows::Items,
    },
    name::{Label, LazyName},
    observe, probe,
    unwind::guard,
};

pin_project! {
    /// An inline `for`.
    pub struct Each<S, B, F, T, E> {
        #[pin]
        source: Source<S, B, F>,
        live: Live<F, T, E>,
        name: Label,
    }
}

/// The state of a child besides its future.
struct Item {
    number: usize,
    /// Whether it listens (DESIGN §1).
    listens: bool,
    watch: observe::Child,
}

struct Live<F, T, E> {
    poll: PollFn<F, T, E>,
    /// The children, with the numbers of their items.
    pool: PollSet<F, Item>,
    results: Option<Results<T, E>>,
}

impl<S, B, F, T, E> Each<S, B, F, T, E> {
    pub(crate) fn new(name: Label, source: Source<S, B, F>) -> Self
    where
        F: Future + ChildOutput<F::Output, Value = T, Error = E>,
    {
        Self { source, live: Live { poll: F::poll_fn(), pool: PollSet::default(), results: None }, name }
    }
}

impl<S, B, F, T, E> Each<S, B, F, T, E> {
    /// The items of the source have been accepted already.
    pub(crate) fn accept(&mut self, hooks: Hooks<S>) {
        self.source.accept(hooks);
    }
}

impl<F, T, E> Live<F, T, E> {
    fn results(&mut self, rule: Rule) -> &mut Results<T, E> {
        // Made with the first result, because the rule is not known where the arm is written.
        self.results.get_or_insert_with(|| Results::new(rule))
    }

    /// Begins the child of the next item.
    #[inline(always)]
    fn begin(&mut self, future: F, item: Item, who: (usize, Label), scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // At once, and not in the next round: a child that is ready gives its room to the next item.
        if core.puts_turn_off(who.0, item.number, LazyName::item(who.1, item.number)) {
            return self.pool.insert(future, item);
        }
        let (poll, place) = (self.poll, self.pool.next_place());
        let key = Key::place(who.0, place);
        match self.pool.begin(future, item, scx.cx, |future, item, cx| step(poll, future, item, key, cx, core)) {
            Some(end) => self.ended(end, who.1, core),
            None => self.waits(place, who, core),
        }
    }

    /// Polls the child in `place`, with its own waker if it is to be tracked.
    #[inline(always)]
    fn poll(&mut self, place: usize, tracked: bool, who: (usize, Label), scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // Copied out, because the set is borrowed below.
        let (poll, key) = (self.poll, Key::place(who.0, place));
        let polled =
            self.pool.step_out(place, tracked, scx.cx, |future, item, cx| step(poll, future, item, key, cx, core));
        match polled {
            Some(end) => self.ended(end, who.1, core),
            None => self.waits(place, who, core),
        }
    }

    /// The child in `place` was polled, and waits.
    #[inline(always)]
    fn waits(&mut self, place: usize, who: (usize, Label), core: &mut Core<E>) {
        if context::ends::has_dropped_end() {
            let number = self.pool.meta(place).map_or(0, |item| item.number);
            core.name_ends(LazyName::item(who.1, number));
        }
        if core.puts_off(who.0, true) {
            self.pool.make_due(place);
        }
    }

    /// Reports the end of a child that was taken out before: no step of the machine can meet it again.
    #[inline(always)]
    fn ended(&mut self, (end, item, dropped): Ended<End<Result<T, E>>, Item>, name: Label, core: &mut Core<E>) {
        let Item { number: item, watch, .. } = item;
        // In its last poll, or with its future.
        core.name_ends(LazyName::item(name, item));
        watch.ends(end.failed());
        let end = match dropped {
            Ok(()) => end,
            Err(payload) => replaced_by_panic(end, payload),
        };
        let outcome = core.ended(LazyName::item(name, item), end);
        self.results(core.rule()).put(item, outcome);
    }

    /// Polls the children that are due.
    fn run(&mut self, who: (usize, Label), scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // A round that was cut short keeps its list, so that the children it did not reach come first.
        if !core.resumes_within(who.0) {
            self.pool.start_round(scx.cx.waker(), core.polls_everyone());
        }
        // Decided once for the round, so that a round which ends children does not change its mind in the middle.
        let track = self.pool.is_crowded();
        let mut put_off = Vec::new();
        while !core.is_decided() && goes_on(who.0, core) {
            let Some(place) = self.pool.next_due() else { break };
            if probe::reorders() && self.puts_turn_off(place, who, core) {
                put_off.push(place);
                continue;
            }
            self.poll(place, track, who, scx, core);
        }
        // They stay due, and come after those that this round did not reach.
        for place in put_off {
            self.pool.put_off(place);
        }
    }

    /// Returns `true` if an exploration lets others go before this child.
    #[cold]
    fn puts_turn_off(&mut self, place: usize, who: (usize, Label), core: &mut Core<E>) -> bool {
        let number = self.pool.meta(place).map_or(0, |item| item.number);
        core.puts_turn_off(who.0, number, LazyName::item(who.1, number))
    }

    /// Ends all children that this step ends, in written order (state 40).
    fn stop(&mut self, who: (usize, Label), scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // Each removal would search for it.
        self.pool.make_fresh_due();
        for place in self.pool.places_by(|item| item.number) {
            let key = Key::place(who.0, place);
            let listens = self.pool.meta(place).is_some_and(|item| item.listens);
            // A drop cannot wait for a critical section (rule 7).
            if scx.step == Step::Drop || core.must_end(key, listens) {
                context::set_child(key);
                let (item, dropped) = self.pool.remove(place);
                if let Some(item) = item {
                    self.ended((End::Stopped, item, dropped), who.1, core);
                }
            }
        }
    }
}

/// Polls a child; returns its end, if it has come or must come now.
#[inline(always)]
fn step<F, T, E>(
    poll: PollFn<F, T, E>,
    future: Pin<&mut F>,
    item: &mut Item,
    key: Key,
    cx: &mut Context<'_>,
    core: &Core<E>,
) -> Option<End<Result<T, E>>> {
    let (polled, listens) = asking::noting(key, || guard(|| item.watch.run(|| poll(future, cx), Poll::is_pending)));
    item.listens |= listens;
    match polled {
        Ok(Poll::Ready(result)) => Some(End::Returned(result)),
        Err(payload) => Some(End::Panicked(payload)),
        Ok(Poll::Pending) if core.must_end(key, item.listens) => Some(End::Stopped),
        Ok(Poll::Pending) => None,
    }
}

/// Returns `true` if another child of `arm` may have its poll in this pass.
#[inline(always)]
fn goes_on<E>(arm: usize, core: &mut Core<E>) -> bool {
    if coop::has_budget_remaining() { !core.is_cut_short() } else { !core.yields_within(arm) && has_budget(core) }
}

/// Returns `true` if there is budget left. Without it, every tokio resource returns `Pending`: the round ends early, and the
/// group comes back for the rest.
#[inline]
fn has_budget<E>(core: &mut Core<E>) -> bool {
    coop::has_budget_remaining() || {
        core.poll_again();
        false
    }
}

impl<S: Feed, B, F, T, E> Drive<E> for Each<S, B, F, T, E> {
    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let mut this = self.project();
        let who = (arm, *this.name);
        if let Step::Close | Step::Drain | Step::Drop = scx.step {
            // The source is code of the owner, and none of a child.
            context::set_child(Key::OWNER);
            let left = this.source.as_mut().close_for(scx.step, who.1, core);
            if let Some((pulled, left)) = left {
                this.live.results(core.rule()).put_never_started(pulled, left);
            }
        }
        match scx.step {
            Step::Begin => this.source.begins(),
            Step::Run if !this.live.pool.is_empty() => this.live.run(who, scx, core),
            Step::Leave | Step::Stop | Step::Drop if !this.live.pool.is_empty() => this.live.stop(who, scx, core),
            Step::ListUnfinished => {
                let items = this.live.pool.metas().map(|item| LazyName::item(who.1, item.number));
                core.lists_many(this.live.pool.len(), items);
            }
            Step::Gather => this.live.results(core.rule()).gather(who.1, core),
            _ => {}
        }
    }

    fn pull(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>, pulled: &mut Pulled) {
        let mut this = self.project();
        let who = (arm, *this.name);
        while pulled.taken < pulled.most
            && core.has_room()
            && !core.is_decided()
            // A value is handed out before the next item is taken.
            && !core.has_arrivals()
            && has_budget(core)
        {
            context::set_child(Key::OWNER);
            match this.source.as_mut().next(who.1, scx.cx, core) {
                Poll::Ready(Ok((item, future))) => {
                    pulled.taken += 1;
                    core.child_begins();
                    let watch = core.watch_inline(false, LazyName::item(who.1, item));
                    this.live.begin(future, Item { number: item, listens: false, watch }, who, scx, core);
                }
                // The source panicked. The item that it was about to yield has an outcome, so that none is lost.
                Poll::Ready(Err(Some((item, outcome)))) => {
                    this.live.results(core.rule()).put(item, outcome);
                    return;
                }
                Poll::Ready(Err(None)) | Poll::Pending => return,
            }
        }
    }
}

impl<S: Feed, B, F, T, E> Node<E> for Each<S, B, F, T, E> {
    const SHAPE: Shape = Shape::source(S::MAY_IDLE);

    type Adds = Items<T>;

    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> Vec<P::Map<T, E>> {
        let results = self.project().live.results.take();
        results.map_or_else(Vec::new, |results| results.into_vec(|outcome| P::map(outcome, cause)))
    }

    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)> {
        let this = self.project();
        let (item, value) = this.live.results.as_mut()?.next_value()?;
        Some((LazyName::item(*this.name, item), value))
    }
}
