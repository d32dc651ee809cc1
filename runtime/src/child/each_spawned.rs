//! The children of a `#[spawn] for` or a `#[blocking] for`: one task or thread each, begun as there is room.

use std::{pin::Pin, sync::Arc};

use pin_project_lite::pin_project;

use crate::{
    child::{
        blocking::{Revoke, revoked},
        end_queue::EndQueue,
        report::Ended,
        results::Results,
        source::{Feed, Hooks, Next, Source},
        task::ChildId,
    },
    context::{self, child_guard::ChildGuard, key::Key},
    error::Cause,
    machine::{
        core::Core,
        nodes::{Drive, Node, Pulled, Shape, Step, StepCx},
        outcome::{End, Policy, Rule},
        rows::Items,
    },
    name::{Label, LazyName, ShortName},
    observe,
    unwind::guard,
};

/// Where the children report.
// One queue, and not a handle for each: a task reports before tokio marks it as complete, so a handle was polled twice.
type Ends<T, E> = EndQueue<Ended<Result<T, E>>>;

/// How a child is started. Kept apart from `F`, so that the node needs no bound on it, and one mistake is one error.
type Start<F, T, E, R> = fn(F, ChildGuard, ChildId, Arc<Ends<T, E>>) -> R;

struct Running<R> {
    item: usize,
    revoke: R,
}

pin_project! {
    /// A spawned or blocking `for`.
    pub struct EachSpawned<S, B, F, T, E, R> {
        #[pin]
        source: Source<S, B, F>,
        start: Start<F, T, E, R>,
        live: Live<T, E, R>,
        name: Label,
    }
}

struct Live<T, E, R> {
    places: Vec<Option<Running<R>>>,
    vacant: Vec<u32>,
    count: usize,
    /// Made with the first child.
    queue: Option<Arc<Ends<T, E>>>,
    /// The ends that came out of the queue and have not been reported yet.
    ended: Vec<(Key, Ended<Result<T, E>>)>,
    results: Option<Results<T, E>>,
    /// Those of the tree, for the next children. They keep that of the group, so they are given back with the source.
    entries: observe::Items,
}

impl<S, B, F, T, E, R> EachSpawned<S, B, F, T, E, R> {
    pub(crate) fn new(name: Label, source: Source<S, B, F>, start: Start<F, T, E, R>) -> Self {
        let live = Live {
            places: Vec::new(),
            vacant: Vec::new(),
            count: 0,
            queue: None,
            ended: Vec::new(),
            results: None,
            entries: observe::Items::default(),
        };
        Self { source, start, live, name }
    }

    /// The items of the source have been accepted already.
    pub(crate) fn accept(&mut self, hooks: Hooks<S>) {
        self.source.accept(hooks);
    }
}

impl<T, E, R: Revoke> Live<T, E, R> {
    fn results(&mut self, rule: Rule) -> &mut Results<T, E> {
        self.results.get_or_insert_with(|| Results::new(rule))
    }

    #[inline]
    fn end(&mut self, place: usize, end: End<Result<T, E>>, name: Label, core: &mut Core<E>) {
        // A child that was taken back has left its place already.
        let Some(running) = self.places.get_mut(place).and_then(Option::take) else { return };
        self.vacant.push(place as u32);
        self.count -= 1;
        let outcome = core.ended(LazyName::item(name, running.item), end);
        self.results(core.rule()).put(running.item, outcome);
    }

    /// Reports the ends that have come, and registers the owner for the next one.
    fn run(&mut self, name: Label, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let Some(queue) = &self.queue else { return };
        queue.take(scx.cx.waker(), &mut self.ended);
        // Taken out, because `end` needs all of `self`; put back below, to keep its memory.
        let mut ended = std::mem::take(&mut self.ended);
        for (key, ended) in ended.drain(..) {
            core.takes(key);
            self.end(key.place_index(), ended.into_end(), name, core);
        }
        self.ended = ended;
    }

    /// Takes back the children that have not begun.
    fn revoke(&mut self, name: Label, core: &mut Core<E>) {
        for place in 0..self.places.len() {
            if let Some(end) = self.places[place].as_ref().and_then(|running| revoked(&running.revoke)) {
                self.end(place, end, name, core);
            }
        }
    }

    /// Lets go of all children, which have been ordered to stop.
    fn let_go(&mut self, name: Label, core: &mut Core<E>) {
        // First, so that an end that comes from now on is destroyed on its own thread, under its own guard.
        if let Some(queue) = &self.queue {
            for (_, ended) in queue.close() {
                // Under a guard of its own: it is a value of the user, and the owner may be unwinding.
                ended.discard();
            }
        }
        for place in 0..self.places.len() {
            self.end(place, End::Stopped, name, core);
        }
    }
}

impl<S: Feed, B, F, T, E, R: Revoke> Drive<E> for EachSpawned<S, B, F, T, E, R> {
    fn drive(self: Pin<&mut Self>, _: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let mut this = self.project();
        let (live, name) = (this.live, *this.name);
        // Starting children and taking them back is code of the owner.
        context::set_child(Key::OWNER);
        if let Step::Close | Step::Drain | Step::Drop = scx.step {
            live.entries = observe::Items::default();
            // Under `settle`, items that were never pulled are listed after those that were.
            if let Some((pulled, left)) = this.source.as_mut().close_for(scx.step, name, core) {
                live.results(core.rule()).put_never_started(pulled, left);
            }
        }
        match scx.step {
            Step::Begin => this.source.begins(),
            Step::Run | Step::Collect => live.run(name, scx, core),
            Step::Close | Step::Stop => live.revoke(name, core),
            // What has begun goes on until its wrapper obeys the order; its end is no longer of interest.
            Step::Drop => {
                live.revoke(name, core);
                live.let_go(name, core);
            }
            Step::ListUnfinished => {
                let items = live.places.iter().flatten().map(|running| LazyName::item(name, running.item));
                core.lists_many(live.count, items);
            }
            Step::Gather => live.results(core.rule()).gather(name, core),
            Step::Leave | Step::Drain | Step::Report | Step::Late | Step::Finish | Step::Resume { .. } => {}
        }
    }

    fn pull(self: Pin<&mut Self>, arm: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>, pulled: &mut Pulled) {
        let mut this = self.project();
        let (live, name) = (this.live, *this.name);
        context::set_child(Key::OWNER);
        while pulled.taken < pulled.most && core.has_room() && !core.is_decided() {
            match this.source.as_mut().next(&name, scx.cx, core) {
                Next::Child(item, child) => {
                    pulled.taken += 1;
                    core.child_begins();
                    // A place is used again only after its end was taken, so a key never stands for two children.
                    let place = live.vacant.pop().unwrap_or(live.places.len() as u32);
                    let key = Key::place(arm, place as usize);
                    let start = *this.start;
                    let queue = live.queue.get_or_insert_with(|| {
                        // The waker is left before the first child starts: it may end before the owner looks again.
                        let queue = Arc::<EndQueue<_>>::default();
                        queue.take(scx.cx.waker(), &mut live.ended);
                        queue
                    });
                    let (id, entries) = (ChildId::new(key, ShortName::item(name, item)), &mut live.entries);
                    match guard(|| start(child, core.guard_for_item(R::kind(), name, item, entries), id, queue.clone()))
                    {
                        Ok(revoke) => {
                            let running = Some(Running { item, revoke });
                            match live.places.get_mut(place as usize) {
                                Some(vacant) => *vacant = running,
                                None => live.places.push(running),
                            }
                            live.count += 1;
                        }
                        // Starting it panicked, outside a runtime for instance: it has been counted, so it has to end.
                        Err(payload) => {
                            let outcome = core.ended(LazyName::item(name, item), End::Panicked(payload));
                            live.results(core.rule()).put(item, outcome);
                        }
                    }
                }
                Next::Nothing => break,
                Next::Panicked(item, outcome) => {
                    live.results(core.rule()).put(item, outcome);
                    break;
                }
            }
        }
        if !this.source.is_open() {
            live.entries = observe::Items::default();
        }
    }
}

impl<S: Feed, B, F, T, E, R: Revoke> Node<E> for EachSpawned<S, B, F, T, E, R> {
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
