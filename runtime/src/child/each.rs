//! The children of an inline `for`: any number, begun as there is room.

use std::{future::Future, pin::Pin, task::Poll};

use pin_project_lite::pin_project;
use tokio::task::coop;

use crate::{
    child::{
        output::{ChildOutput, PollFn},
        poll_set::PollSet,
        results::Results,
        source::{Feed, Hooks, Source},
    },
    context::{self, asking, key::Key},
    error::Cause,
    machine::{
        core::Core,
        hand_out::HandsOut,
        nodes::{Node, Pulled, Shape, Step, StepCx},
        outcome::{End, Policy, Rule, replaced_by_panic},
    },
    name::{Label, LazyName},
    observe,
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

    /// Polls the child in `place`, with its own waker if it is to be tracked.
    #[inline(always)]
    fn poll(&mut self, place: usize, tracked: bool, who: (usize, Label), scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let key = Key::place(who.0, place);
        context::set_child(key);
        // Copied out, because the set is borrowed below.
        let poll = self.poll;
        let end = self.pool.step(place, tracked, scx.cx, |future, item, cx| {
            let (polled, listens) = asking::noting(|| guard(|| item.watch.run(|| poll(future, cx))));
            item.listens |= listens;
            match polled {
                Ok(Poll::Ready(result)) => Some(End::Returned(result)),
                Err(payload) => Some(End::Panicked(payload)),
                Ok(Poll::Pending) if core.must_end(key, item.listens) => Some(End::Stopped),
                Ok(Poll::Pending) => None,
            }
        });
        match end {
            Some(end) => self.end(place, end, who.1, core),
            None if core.puts_off(who.0, true) => self.pool.make_due(place),
            None => {}
        }
    }

    /// Takes out the child in `place`, which has ended or must end, and reports its end.
    #[inline(always)]
    fn end(&mut self, place: usize, end: End<Result<T, E>>, name: Label, core: &mut Core<E>) {
        // Removed before it is reported: no step of the machine can meet it again.
        let (item, dropped) = self.pool.remove(place);
        let Some(Item { number: item, watch, .. }) = item else { return };
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
        while !core.is_decided() && !core.yields_within(who.0) && has_budget(core) {
            let Some(place) = self.pool.next_due() else { break };
            let number = self.pool.meta(place).map_or(0, |item| item.number);
            if core.puts_turn_off(who.0, number, LazyName::item(who.1, number)) {
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

    /// Ends all children that this step ends, in written order (state 40).
    fn stop(&mut self, who: (usize, Label), scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        self.pool.forget_fresh();
        for place in self.pool.places_by(|item| item.number) {
            let key = Key::place(who.0, place);
            let listens = self.pool.meta(place).is_some_and(|item| item.listens);
            // A drop cannot wait for a critical section (rule 7).
            if scx.step == Step::Drop || core.must_end(key, listens) {
                context::set_child(key);
                self.end(place, End::Stopped, who.1, core);
            }
        }
    }
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

impl<S: Feed, B, F, T, E> Node<E> for Each<S, B, F, T, E> {
    const SHAPE: Shape = Shape::source(S::MAY_IDLE);

    type Row<P: Policy, C> = (C, Vec<P::Map<T, E>>);

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
                    let place = this.live.pool.insert(future, Item { number: item, listens: false, watch });
                    // At once, and not in the next round: a child that is ready gives its room to the next item.
                    if core.puts_turn_off(arm, item, LazyName::item(who.1, item)) {
                        this.live.pool.put_off(place);
                        continue;
                    }
                    this.live.poll(place, false, who, scx, core);
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

    fn take<P: Policy, C>(self: Pin<&mut Self>, before: C, cause: Option<&Cause>) -> Self::Row<P, C> {
        let results = self.project().live.results.take();
        (before, results.map_or_else(Vec::new, |results| results.into_vec(|outcome| P::map(outcome, cause))))
    }
}

impl<S, B, F, T, E> HandsOut<T> for Each<S, B, F, T, E> {
    fn next_value(self: Pin<&mut Self>) -> Option<(LazyName, T)> {
        let this = self.project();
        let (item, value) = this.live.results.as_mut()?.next_value()?;
        Some((LazyName::item(*this.name, item), value))
    }
}
