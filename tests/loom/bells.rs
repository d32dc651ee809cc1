//! The invariants of `wake.rs`, each as a model that breaks if it does.

use std::task::{Poll, Wake, Waker};

use loom::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    ready_set::ReadySet,
    wakers::{block_on, block_on_with_other_wakers},
};

pub const MODELS: &[(&str, fn())] = &[
    ("two bells of one word wake an owner that sleeps", || sleeps_until_all_rang(&[3, 5])),
    ("two bells of two words wake an owner that sleeps", || sleeps_until_all_rang(&[3, 64 + 3])),
    ("what a child has to say is there when its bell is heard", what_was_written_is_seen),
    ("a bell that rings again while it is heard is heard again", rings_again),
    ("a bell that is handed out while another rings takes nothing away", handed_out_meanwhile),
    ("a bell that is shared is handed out after one of its word rang, and takes nothing away", shared_meanwhile),
    ("the owner is woken once for each time it looks", woken_once),
    ("an owner that has another waker at each look is woken", other_wakers),
];

/// Invariants 1 and 3: no wake-up is lost.
fn sleeps_until_all_rang(places: &[usize]) {
    let mut bells = ReadySet::default();
    let wakers: Vec<Waker> = places.iter().map(|place| bells.waker(*place, Waker::noop())).collect();
    let ringers: Vec<_> = wakers.into_iter().map(|waker| thread::spawn(move || waker.wake())).collect();
    let mut heard = Vec::new();
    block_on(|cx| {
        bells.take(cx.waker(), &mut heard);
        if heard.len() == places.len() { Poll::Ready(()) } else { Poll::Pending }
    });
    heard.sort_unstable();
    assert!(heard.iter().map(|place| *place as usize).eq(places.iter().copied()), "{heard:?}");
    ringers.into_iter().for_each(|ringer| ringer.join().unwrap());
}

/// Invariant 1: what comes before the bell is seen after it, without any order of its own.
fn what_was_written_is_seen() {
    let mut bells = ReadySet::default();
    let said = Arc::new(AtomicUsize::new(0));
    let (waker, says) = (bells.waker(0, Waker::noop()), said.clone());
    let other = bells.waker(1, Waker::noop());
    let ringer = thread::spawn(move || {
        says.store(17, Ordering::Relaxed);
        waker.wake();
    });
    let noise = thread::spawn(move || other.wake());
    let mut heard = Vec::new();
    block_on(|cx| {
        bells.take(cx.waker(), &mut heard);
        if heard.contains(&0) { Poll::Ready(()) } else { Poll::Pending }
    });
    assert_eq!(said.load(Ordering::Relaxed), 17);
    ringer.join().unwrap();
    noise.join().unwrap();
}

/// A child is polled when its bell was heard, and looks at what it waits for: after the last ring, it must look once more.
fn rings_again() {
    let mut bells = ReadySet::default();
    let waker = bells.waker(0, Waker::noop());
    let steps = Arc::new(AtomicUsize::new(0));
    let ringer = thread::spawn({
        let steps = steps.clone();
        move || {
            for _ in 0..2 {
                steps.fetch_add(1, Ordering::Relaxed);
                waker.wake_by_ref();
            }
        }
    });
    let mut heard = Vec::new();
    let mut done = false;
    block_on(|cx| {
        bells.take(cx.waker(), &mut heard);
        if !heard.is_empty() {
            heard.clear();
            done = steps.load(Ordering::Relaxed) == 2;
        }
        if done { Poll::Ready(()) } else { Poll::Pending }
    });
    ringer.join().unwrap();
}

/// [`ReadySet::waker`] leaves the owner's waker, too: another bell may be ringing just then.
fn handed_out_meanwhile() {
    let mut bells = ReadySet::default();
    let first = bells.waker(0, Waker::noop());
    let ringer = thread::spawn(move || first.wake());
    let mut heard = Vec::new();
    let mut second = None;
    block_on(|cx| {
        bells.take(cx.waker(), &mut heard);
        second.get_or_insert_with(|| {
            let waker = bells.waker(1, cx.waker());
            thread::spawn(move || waker.wake())
        });
        if heard.len() == 2 { Poll::Ready(()) } else { Poll::Pending }
    });
    ringer.join().unwrap();
    second.unwrap().join().unwrap();
}

/// [`ReadySet::shared_waker`] is handed out after the look of the same poll: another one for the same places may be ringing.
fn shared_meanwhile() {
    let mut bells = ReadySet::default();
    let first = bells.shared_waker(0, Waker::noop());
    let ringer = thread::spawn(move || first.wake());
    let said = Arc::new(AtomicUsize::new(0));
    let mut heard = Vec::new();
    let mut second = None;
    block_on(|cx| {
        bells.take(cx.waker(), &mut heard);
        second.get_or_insert_with(|| {
            let (waker, says) = (bells.shared_waker(1, cx.waker()), said.clone());
            thread::spawn(move || {
                says.store(17, Ordering::Relaxed);
                waker.wake();
            })
        });
        let was_said = heard.drain(..).any(|place| place == 1) && said.load(Ordering::Relaxed) == 17;
        if was_said { Poll::Ready(()) } else { Poll::Pending }
    });
    ringer.join().unwrap();
    second.unwrap().join().unwrap();
}

/// Invariant 3: as many wake-ups as looks, at most.
fn woken_once() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = std::sync::Arc::new(Count(AtomicUsize::new(0)));
    let owner = Waker::from(count.clone());
    let mut bells = ReadySet::default();
    let wakers = [0, 64].map(|place| bells.waker(place, &owner));
    let mut heard = Vec::new();
    bells.take(&owner, &mut heard);
    let ringers = wakers.map(|waker| {
        thread::spawn(move || {
            waker.wake_by_ref();
            waker.wake();
        })
    });
    bells.take(&owner, &mut heard);
    ringers.into_iter().for_each(|ringer| ringer.join().unwrap());
    // Two looks, so two wake-ups at most; and one at least, for those who rang after the second look, or before.
    let woken = count.0.load(Ordering::Relaxed);
    assert!((1..=2).contains(&woken), "woken {woken} times");
    bells.take(&owner, &mut heard);
    heard.sort_unstable();
    heard.dedup();
    assert_eq!(heard, [0, 64]);
}

/// Invariants 3 and 4: the waker that is replaced is dropped outside the lock.
fn other_wakers() {
    let mut bells = ReadySet::default();
    let wakers = [0, 64].map(|place| bells.waker(place, Waker::noop()));
    let ringers = wakers.map(|waker| thread::spawn(move || waker.wake()));
    let mut heard = Vec::new();
    block_on_with_other_wakers(|cx| {
        bells.take(cx.waker(), &mut heard);
        if heard.len() == 2 { Poll::Ready(()) } else { Poll::Pending }
    });
    ringers.into_iter().for_each(|ringer| ringer.join().unwrap());
}
