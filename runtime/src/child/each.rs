//! The children of an inline `for`: any number, each in a place of its own, begun as there is room.
//!
//! A child is first polled with the owner's waker. While few children wait, that stays so, and every wake-up polls them
//! all; it is cheaper than to find out which one was meant. When many wait, a child that has to be polled again gets a
//! waker of its own, and is polled only when that rings.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;
use tokio::task::coop;

use crate::{
    ambient::{Key, guard},
    child::{
        inline::PollFn,
        pen::Pen,
        results::Results,
        source::{Feed, Source},
        task::{End, replaced_by_panic},
    },
    error::Cause,
    group::{Core, Pulled, Rule},
    name::Who,
    nodes::{Node, Op, Turn},
    policy::Policy,
    wake::Bells,
};

/// Up to so many waiting children are all polled whenever the owner is.
const FEW: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Vacant,
    /// It was polled with the owner's waker.
    Fresh,
    /// It has a waker of its own.
    Tracked,
}

struct Berth {
    item: usize,
    state: State,
    waker: Option<Waker>,
}

pin_project! {
    /// An inline `for`.
    pub struct Each<S, B, F, T, E> {
        #[pin]
        source: Source<S, B, F>,
        live: Live<F, T, E>,
        name: &'static str,
    }
}

struct Live<F, T, E> {
    poll: PollFn<F, T, E>,
    pen: Pen<F>,
    berths: Vec<Berth>,
    vacant: Vec<u32>,
    /// The places whose children hold the owner's waker.
    fresh: Vec<u32>,
    /// The places that rang, and have not been polled yet.
    woken: Vec<u32>,
    bells: Bells,
    count: usize,
    results: Option<Results<T, E>>,
}

impl<S, B, F: Future<Output = Result<T, E>>, T, E> Each<S, B, F, T, E> {
    pub(crate) fn new(name: &'static str, source: Source<S, B, F>) -> Self {
        let live = Live {
            poll: F::poll,
            pen: Pen::default(),
            berths: Vec::new(),
            vacant: Vec::new(),
            fresh: Vec::new(),
            woken: Vec::new(),
            bells: Bells::default(),
            count: 0,
            results: None,
        };
        Self { source, live, name }
    }
}

impl<F, T, E> Live<F, T, E> {
    fn results(&mut self, rule: Rule) -> &mut Results<T, E> {
        self.results.get_or_insert_with(|| Results::new(rule == Rule::FailFast))
    }

    /// Polls the child in `place`, with its own waker if it is to be tracked.
    #[inline]
    fn poll(
        &mut self,
        place: usize,
        tracked: bool,
        who: (usize, &'static str),
        turn: &mut Turn<'_, '_>,
        core: &mut Core<E>,
    ) {
        let key = Key::place(who.0, place);
        let Some(future) = self.pen.get(place) else { return };
        turn.child.set(key);
        let berth = &mut self.berths[place];
        let poll = self.poll;
        let polled = if tracked {
            let waker = berth.waker.get_or_insert_with(|| self.bells.waker(place));
            guard(|| poll(future, &mut Context::from_waker(waker)))
        } else {
            guard(|| poll(future, turn.cx))
        };
        let end = match polled {
            Ok(Poll::Ready(result)) => End::Returned(result),
            Err(payload) => End::Panicked(payload),
            Ok(Poll::Pending) if core.is_stopping() && !core.is_held(key) => End::Stopped,
            Ok(Poll::Pending) => {
                if tracked {
                    berth.state = State::Tracked;
                } else {
                    berth.state = State::Fresh;
                    self.fresh.push(place as u32);
                }
                return;
            }
        };
        self.end(place, end, who.1, core);
    }

    /// The child in `place` has ended, or is made to.
    #[inline]
    fn end(&mut self, place: usize, end: End<Result<T, E>>, name: &'static str, core: &mut Core<E>) {
        let end = match guard(|| self.pen.clear(place)) {
            Ok(()) => end,
            Err(payload) => replaced_by_panic(end, payload),
        };
        self.berths[place].state = State::Vacant;
        self.vacant.push(place as u32);
        self.count -= 1;
        let item = self.berths[place].item;
        let outcome = core.ended(Who::item(name, item), end);
        self.results(core.rule).put(item, outcome);
    }

    #[inline]
    fn begin(&mut self, item: usize, future: F) -> usize {
        let place = match self.vacant.pop() {
            Some(place) => place as usize,
            None => {
                self.berths.push(Berth { item, state: State::Vacant, waker: None });
                self.berths.len() - 1
            }
        };
        self.berths[place].item = item;
        // Until it waits, it is neither fresh nor tracked; but it is there.
        self.berths[place].state = State::Fresh;
        self.pen.put(place, future);
        self.count += 1;
        place
    }

    /// Polls those that may have something to say.
    fn run(&mut self, who: (usize, &'static str), turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        let track = self.count > FEW;
        let mut fresh = std::mem::take(&mut self.fresh);
        let mut next = 0;
        while next < fresh.len() && !core.is_decided() && has_budget(core) {
            let place = fresh[next] as usize;
            next += 1;
            self.poll(place, track, who, turn, core);
        }
        if next == fresh.len() {
            if self.fresh.is_empty() {
                fresh.clear();
                self.fresh = fresh;
            }
        } else {
            // Those that were not reached come first the next time.
            fresh.drain(..next);
            fresh.append(&mut self.fresh);
            self.fresh = fresh;
        }
        self.bells.take(turn.cx.waker(), &mut self.woken);
        if core.is_forced() {
            let tracked = (0..self.berths.len()).filter(|place| self.berths[*place].state == State::Tracked);
            self.woken = tracked.map(|place| place as u32).collect();
        }
        let mut woken = std::mem::take(&mut self.woken);
        let mut next = 0;
        while next < woken.len() && !core.is_decided() && has_budget(core) {
            let place = woken[next] as usize;
            next += 1;
            // A bell may still ring for a child that has left, or for its successor, which is fresh.
            if self.berths[place].state == State::Tracked {
                self.poll(place, true, who, turn, core);
            }
        }
        woken.drain(..next);
        self.woken = woken;
    }

    /// Makes everything end that is not in a critical section, in written order.
    fn stop(&mut self, who: (usize, &'static str), turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        let all = turn.op == Op::Drop;
        let mut places: Vec<_> =
            (0..self.berths.len()).filter(|place| self.berths[*place].state != State::Vacant).collect();
        if !places.is_sorted_by_key(|place| self.berths[*place].item) {
            places.sort_by_key(|place| self.berths[*place].item);
        }
        for place in places {
            let key = Key::place(who.0, place);
            if all || !core.is_held(key) {
                turn.child.set(key);
                self.end(place, End::Stopped, who.1, core);
            }
        }
        let berths = &self.berths;
        self.fresh.retain(|place| berths[*place as usize].state == State::Fresh);
    }
}

/// tokio's cooperative budget: without it, every tokio resource pretends to be pending. Then the pass ends early.
#[inline]
fn has_budget<E>(core: &mut Core<E>) -> bool {
    coop::has_budget_remaining() || {
        core.come_back();
        false
    }
}

impl<S: Feed, B, F, T, E> Node<E> for Each<S, B, F, T, E> {
    const SOURCES: usize = 1;
    const STREAMS: usize = S::MAY_IDLE as usize;

    type Row<P: Policy, C> = (C, Vec<P::Map<T, E>>);

    fn drive(self: Pin<&mut Self>, arm: usize, turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        let this = self.project();
        let who = (arm, *this.name);
        if let Op::Close | Op::Drain | Op::Drop = turn.op {
            turn.child.set(Key::OWNER);
            let left = this.source.close_for(turn.op, who.1, core);
            if let Some((pulled, left)) = left {
                this.live.results(core.rule).put_never_started(pulled, left);
            }
        }
        match turn.op {
            Op::Run if this.live.count > 0 => this.live.run(who, turn, core),
            Op::Stop | Op::Drop if this.live.count > 0 => this.live.stop(who, turn, core),
            Op::Gather => this.live.results(core.rule).gather(who.1, core),
            _ => {}
        }
    }

    fn pull(self: Pin<&mut Self>, arm: usize, turn: &mut Turn<'_, '_>, core: &mut Core<E>, pulled: &mut Pulled) {
        let mut this = self.project();
        let who = (arm, *this.name);
        while pulled.taken < pulled.most && core.has_room() && !core.is_decided() && has_budget(core) {
            turn.child.set(Key::OWNER);
            match this.source.as_mut().next(who.1, turn.cx, core) {
                Poll::Ready(Ok((item, future))) => {
                    pulled.taken += 1;
                    core.begins();
                    let place = this.live.begin(item, future);
                    this.live.poll(place, false, who, turn, core);
                }
                Poll::Ready(Err(Some((item, outcome)))) => {
                    this.live.results(core.rule).put(item, outcome);
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
