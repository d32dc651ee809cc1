//! The children of a `#[spawn] for` or a `#[blocking] for`: one task or thread each, begun as there is room.

use std::{pin::Pin, task::Poll};

use pin_project_lite::pin_project;

use crate::{
    ambient::{Key, guard},
    child::{
        results::Results,
        source::{Feed, Source},
        spawned::Start,
        task::{End, Handle, Revoke, discard, poll_handle, revoked},
    },
    error::Cause,
    group::{Core, Pulled, Rule},
    name::Who,
    nodes::{Node, Op, Turn},
    policy::Policy,
};

struct Running<T, E, R> {
    item: usize,
    handle: Handle<Result<T, E>>,
    revoke: R,
}

pin_project! {
    /// A spawned or blocking `for`.
    pub struct EachSpawned<S, B, F, T, E, R> {
        #[pin]
        source: Source<S, B, F>,
        start: Start<F, T, E, R>,
        live: Live<T, E, R>,
        name: &'static str,
    }
}

struct Live<T, E, R> {
    places: Vec<Option<Running<T, E, R>>>,
    vacant: Vec<u32>,
    /// They have said that they have ended, but their tasks were not over when the owner looked.
    ending: Vec<u32>,
    count: usize,
    results: Option<Results<T, E>>,
}

impl<S, B, F, T, E, R> EachSpawned<S, B, F, T, E, R> {
    pub(crate) fn new(name: &'static str, source: Source<S, B, F>, start: Start<F, T, E, R>) -> Self {
        let live = Live { places: Vec::new(), vacant: Vec::new(), ending: Vec::new(), count: 0, results: None };
        Self { source, start, live, name }
    }
}

impl<T, E, R: Revoke> Live<T, E, R> {
    fn results(&mut self, rule: Rule) -> &mut Results<T, E> {
        self.results.get_or_insert_with(|| Results::new(rule == Rule::FailFast))
    }

    /// Fetches what the child in `place` ended with, if its task is over.
    fn fetch(&mut self, place: u32, name: &'static str, turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        let Some(running) = &mut self.places[place as usize] else { return };
        match poll_handle(&mut running.handle, turn.cx) {
            Poll::Pending => self.ending.push(place),
            Poll::Ready(end) => self.end(place, end, name, core),
        }
    }

    fn end(&mut self, place: u32, end: End<Result<T, E>>, name: &'static str, core: &mut Core<E>) {
        let Some(running) = self.places[place as usize].take() else { return };
        self.vacant.push(place);
        self.count -= 1;
        let outcome = core.ended(Who::item(name, running.item), end);
        self.results(core.rule).put(running.item, outcome);
    }

    fn run(&mut self, arm: usize, name: &'static str, turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        for place in std::mem::take(&mut self.ending) {
            self.fetch(place, name, turn, core);
        }
        let mut ended = std::mem::take(&mut core.ended);
        ended.retain(|key| {
            let own = key.arm_index() == arm;
            if own {
                self.fetch(key.place_index() as u32, name, turn, core);
            }
            !own
        });
        core.ended = ended;
    }

    /// Takes back what has not begun.
    fn revoke(&mut self, name: &'static str, core: &mut Core<E>) {
        for place in 0..self.places.len() {
            if let Some(end) = self.places[place].as_ref().and_then(|running| revoked(&running.revoke)) {
                self.end(place as u32, end, name, core);
            }
        }
    }

    /// Lets go of everything; it was told to stop.
    fn let_go(&mut self, name: &'static str, core: &mut Core<E>) {
        for place in 0..self.places.len() {
            if let Some(running) = self.places[place].take() {
                let item = running.item;
                discard(running);
                self.count -= 1;
                drop(core.ended::<T>(Who::item(name, item), End::Stopped));
            }
        }
    }
}

impl<S: Feed, B, F, T, E, R: Revoke> Node<E> for EachSpawned<S, B, F, T, E, R> {
    const SOURCES: usize = 1;
    const STREAMS: usize = S::MAY_IDLE as usize;
    const REPORTS: bool = true;

    type Row<P: Policy, C> = (C, Vec<P::Map<T, E>>);

    fn drive(self: Pin<&mut Self>, arm: usize, turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        let this = self.project();
        let (live, name) = (this.live, *this.name);
        turn.child.set(Key::OWNER);
        if let Op::Close | Op::Drain | Op::Drop = turn.op {
            if let Some((pulled, left)) = this.source.close_for(turn.op, name, core) {
                live.results(core.rule).put_never_started(pulled, left);
            }
        }
        match turn.op {
            Op::Run => live.run(arm, name, turn, core),
            Op::Close | Op::Stop => live.revoke(name, core),
            Op::Drop => {
                live.revoke(name, core);
                live.let_go(name, core);
            }
            Op::Gather => live.results(core.rule).gather(name, core),
            Op::Drain | Op::Late | Op::Resume { .. } => {}
        }
    }

    fn pull(self: Pin<&mut Self>, arm: usize, turn: &mut Turn<'_, '_>, core: &mut Core<E>, pulled: &mut Pulled) {
        let mut this = self.project();
        let (live, name) = (this.live, *this.name);
        turn.child.set(Key::OWNER);
        while pulled.taken < pulled.most && core.has_room() && !core.is_decided() {
            match this.source.as_mut().next(name, turn.cx, core) {
                Poll::Ready(Ok((item, child))) => {
                    pulled.taken += 1;
                    core.begins();
                    let place = live.vacant.pop().unwrap_or(live.places.len() as u32);
                    let key = Key::place(arm, place as usize);
                    let start = *this.start;
                    match guard(|| start(child, core.guard_for_child(), key, true)) {
                        Ok((handle, revoke)) => {
                            let running = Some(Running { item, handle, revoke });
                            match live.places.get_mut(place as usize) {
                                Some(vacant) => *vacant = running,
                                None => live.places.push(running),
                            }
                            live.count += 1;
                        }
                        Err(payload) => {
                            let outcome = core.ended(Who::item(name, item), End::Panicked(payload));
                            live.results(core.rule).put(item, outcome);
                        }
                    }
                }
                Poll::Ready(Err(Some((item, outcome)))) => {
                    live.results(core.rule).put(item, outcome);
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

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use crate::group;

    /// The source goes on after the first pass, so that only the children's reports can wake the owner.
    #[test]
    fn the_first_children_to_end_are_heard_too() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let squares = runtime.block_on(async {
            let squares = group!(
                #[blocking]
                squares = for n in 0..5 {
                    move || {
                        thread::sleep(Duration::from_millis(5));
                        Ok::<_, ()>(n * n)
                    }
                }
            )
            .limit(2);
            tokio::time::timeout(Duration::from_secs(20), squares.into_future()).await
        });
        assert_eq!(squares, Ok(Ok(vec![0, 1, 4, 9, 16])));
    }
}
