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
        source::{Feed, Hooks, Next, Source},
    },
    context::{self, asking, key::Key, orders::Order},
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

/// What holds for every child that is polled in one turn of the arm.
struct Turn {
    arm: usize,
    name: Label,
    /// A value stays in its slot, and has no name but that of its item: then it is kept, and nothing else is asked of it.
    keeps_values: bool,
    /// The children have an order, under which one that waits may have to end.
    has_order: bool,
}

impl Turn {
    // Not a part of its callers, which would look at the core again for every child.
    #[inline(never)]
    fn new<E>(arm: usize, name: Label, brings_names: bool, core: &Core<E>) -> Self {
        let keeps_values = core.rule().keeps_values() && !brings_names;
        Self { arm, name, keeps_values, has_order: core.order() != Order::Run }
    }

    fn who(&self, item: usize) -> LazyName {
        LazyName::item(self.name, item)
    }
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

    /// Begins the child of the next item. Returns `true` if it has its value already: for the others it is as if it had never
    /// been there.
    #[inline(always)]
    fn begin(
        &mut self,
        (future, item): (F, Item),
        sharing: bool,
        turn: &Turn,
        cx: &mut Context<'_>,
        core: &mut Core<E>,
    ) -> bool {
        // At once, and not in the next round: a child that is ready gives its room to the next item.
        if core.puts_turn_off(turn.arm, item.number, turn.who(item.number)) {
            core.child_begins();
            self.pool.insert(future, item);
            return false;
        }
        let (poll, place) = (self.poll, self.pool.next_place());
        let key = Key::place(turn.arm, place);
        let step = |future: Pin<&mut F>, item: &mut Item| step(poll, future, item, (key, turn), cx, core);
        match self.pool.begin(future, item, sharing, step) {
            // Not counted: the room that it would take, it would give back here.
            Some((End::Returned(Ok(value)), item, Ok(()))) if turn.keeps_values => {
                self.keep(value, item, turn.name, core);
                return true;
            }
            Some(end) => {
                core.child_begins();
                self.ended(end, turn.name, core);
            }
            None => {
                core.child_begins();
                self.waits(place, turn, core);
            }
        }
        false
    }

    /// Polls the child in `place`, with its own waker if it is to be tracked. Returns `true` if it has its value, which decides
    /// nothing.
    #[inline(always)]
    fn poll(&mut self, place: usize, tracked: bool, turn: &Turn, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) -> bool {
        // Copied out, because the set is borrowed below.
        let (poll, key) = (self.poll, Key::place(turn.arm, place));
        let step = |future: Pin<&mut F>, item: &mut Item, cx: &mut Context<'_>| {
            step(poll, future, item, (key, turn), cx, core)
        };
        match self.pool.step_out(place, tracked, scx.cx, step) {
            Some((End::Returned(Ok(value)), item, Ok(()))) if turn.keeps_values => {
                core.ended_with_value();
                self.keep(value, item, turn.name, core);
                return true;
            }
            Some(end) => self.ended(end, turn.name, core),
            None => self.waits(place, turn, core),
        }
        false
    }

    /// The child in `place` was polled, and waits.
    #[inline(always)]
    fn waits(&mut self, place: usize, turn: &Turn, core: &mut Core<E>) {
        if context::ends::has_dropped_end() {
            let number = self.pool.meta(place).map_or(0, |item| item.number);
            core.name_ends(turn.who(number));
        }
        if core.puts_off(turn.arm, true) {
            self.pool.make_due(place);
        }
    }

    /// Keeps the value of a child that was taken out before, where nothing has to be judged.
    #[inline(always)]
    fn keep(&mut self, value: T, Item { number: item, watch, .. }: Item, name: Label, core: &mut Core<E>) {
        // The name is made only then.
        if context::ends::has_dropped_end() {
            core.name_ends(LazyName::item(name, item));
        }
        watch.ends(false);
        Results::put_value(&mut self.results, item, value, || core.rule());
    }

    /// Reports the end of a child that was taken out before: no step of the machine can meet it again.
    // Out of the loops, in which nearly every end is a value that is kept.
    #[inline(never)]
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
    fn run(&mut self, turn: &Turn, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // A round that was cut short keeps its list, so that the children it did not reach come first.
        if !core.resumes_within(turn.arm) {
            self.pool.start_round(scx.cx.waker(), core.polls_everyone());
        }
        // Decided once for the round, so that a round which ends children does not change its mind in the middle.
        let track = self.pool.is_crowded();
        let mut put_off = Vec::new();
        let mut is_decided = core.is_decided();
        while !is_decided && goes_on(turn.arm, core) {
            let Some(place) = self.pool.next_due() else { break };
            if probe::reorders() && self.puts_turn_off(place, turn, core) {
                put_off.push(place);
                continue;
            }
            is_decided = !self.poll(place, track, turn, scx, core) && core.is_decided();
        }
        // They stay due, and come after those that this round did not reach.
        for place in put_off {
            self.pool.put_off(place);
        }
    }

    /// Returns `true` if an exploration lets others go before this child.
    #[cold]
    fn puts_turn_off(&mut self, place: usize, turn: &Turn, core: &mut Core<E>) -> bool {
        let number = self.pool.meta(place).map_or(0, |item| item.number);
        core.puts_turn_off(turn.arm, number, turn.who(number))
    }

    /// Ends all children that this step ends, in written order (state 40).
    fn stop(&mut self, turn: &Turn, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // Each removal would search for it.
        self.pool.make_fresh_due();
        // Asked once for all of them, which may be many: a child that is dropped here opens no section of another one.
        // A drop cannot wait for a critical section (rule 7).
        let is_drop = scx.step == Step::Drop;
        let holds_any = !is_drop && core.holds_any();
        for place in self.pool.places_by(|item| item.number) {
            let key = Key::place(turn.arm, place);
            let listens = self.pool.meta(place).is_some_and(|item| item.listens);
            if is_drop || core.must_end_unless(listens, || holds_any && core.is_held(key)) {
                context::set_child(key);
                match self.pool.remove(place) {
                    (Some(item), Ok(())) => self.stopped(item, turn.name, core),
                    (Some(item), dropped) => self.ended((End::Stopped, item, dropped), turn.name, core),
                    (None, _) => {}
                }
            }
        }
    }

    /// Reports a child that was dropped before it had ended, as [`ended`](Self::ended) would.
    #[inline]
    fn stopped(&mut self, Item { number: item, watch, .. }: Item, name: Label, core: &mut Core<E>) {
        if context::ends::has_dropped_end() {
            core.name_ends(LazyName::item(name, item));
        }
        watch.ends(false);
        core.stopped(LazyName::item(name, item));
        self.results(core.rule()).put_cancelled(item);
    }
}

/// Polls a child; returns its end, if it has come or must come now.
#[inline(always)]
fn step<F, T, E>(
    poll: PollFn<F, T, E>,
    future: Pin<&mut F>,
    item: &mut Item,
    (key, turn): (Key, &Turn),
    cx: &mut Context<'_>,
    core: &Core<E>,
) -> Option<End<Result<T, E>>> {
    context::set_child(key);
    match guard(|| item.watch.run(|| poll(future, cx), Poll::is_pending)) {
        Ok(Poll::Ready(result)) => Some(End::Returned(result)),
        Err(payload) => Some(End::Panicked(payload)),
        Ok(Poll::Pending) => {
            item.listens |= asking::is_listening();
            (turn.has_order && core.must_end(key, item.listens)).then_some(End::Stopped)
        }
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

/// Returns `true` if the next item may be taken.
#[inline]
fn may_pull<E>(core: &Core<E>) -> bool {
    // A value is handed out before the next item is taken.
    core.has_room() && !core.is_decided() && !core.has_arrivals()
}

impl<S: Feed, B, F, T, E> Drive<E> for Each<S, B, F, T, E> {
    fn drive(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let mut this = self.project();
        let turn = Turn::new(arm, *this.name, this.source.brings_names(), core);
        if let Step::Close | Step::Drain | Step::Drop = scx.step {
            // The source is code of the owner, and none of a child.
            context::set_child(Key::OWNER);
            let left = this.source.as_mut().close_for(scx.step, turn.name, core);
            if let Some((pulled, left)) = left {
                this.live.results(core.rule()).put_never_started(pulled, left);
            }
        }
        match scx.step {
            Step::Begin => this.source.begins(),
            Step::Run if !this.live.pool.is_empty() => this.live.run(&turn, scx, core),
            Step::Leave | Step::Stop | Step::Drop if !this.live.pool.is_empty() => this.live.stop(&turn, scx, core),
            Step::ListUnfinished => {
                let items = this.live.pool.metas().map(|item| turn.who(item.number));
                core.lists_many(this.live.pool.len(), items);
            }
            Step::Gather => this.live.results(core.rule()).gather(turn.name, core),
            _ => {}
        }
    }

    fn pull(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>, pulled: &mut Pulled) {
        let mut this = self.project();
        let turn = Turn::new(arm, *this.name, this.source.brings_names(), core);
        let (mut shared, mut left) = (None, pulled.most);
        'turn: while left > 0 && may_pull(core) {
            this.live.pool.share(&mut shared, scx.cx.waker());
            let waker = shared.as_ref().map_or(scx.cx.waker(), |shared| &shared.waker);
            let cx = &mut Context::from_waker(waker);
            // A child that has its value at once changes none of that.
            loop {
                if !has_budget(core) {
                    break 'turn;
                }
                context::set_child(Key::OWNER);
                match this.source.as_mut().next(this.name, scx.cx, core) {
                    Next::Child(number, future) => {
                        left -= 1;
                        let watch = core.watch_inline(false, turn.who(number));
                        let child = (future, Item { number, listens: false, watch });
                        if !this.live.begin(child, shared.is_some(), &turn, cx, core) || left == 0 {
                            break;
                        }
                    }
                    Next::Nothing => break 'turn,
                    // The item that it was about to yield has an outcome, so that none is lost.
                    Next::Panicked(item, outcome) => {
                        this.live.results(core.rule()).put(item, outcome);
                        break 'turn;
                    }
                }
            }
        }
        pulled.taken = pulled.most - left;
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
