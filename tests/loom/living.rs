//! The invariants of `context/living.rs` and `context/live_guard.rs`: what is alive, and what waits until nothing is.

use std::task::Poll;

use loom::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    context::{carry::Carried, live_guard::LiveGuard, scope::Scope},
    sync,
    wakers::{block_on, block_on_with_other_wakers},
};

pub const MODELS: &[(&str, fn())] = &[
    ("the last of two guards wakes the owner, which sees what their holders did", || last_guard(2, 1)),
    ("an owner with other wakers is woken by the last guard", other_wakers),
    ("the last guard wakes all that waits for it", || last_guard(1, 2)),
    ("a group waits for what a dropped group further in left behind", left_behind),
    ("an inner group is woken before the enclosing one, and both are", awaited_on_both_levels),
    ("a guard that is made as the last one goes keeps the enclosing group waiting", made_as_the_last_goes),
    ("what a child carries is destroyed before the owner sees its end", carried_goes_first),
];

fn waits(scope: &Scope) {
    block_on(|cx| scope.living.poll_gone(cx));
}

/// Invariants 1 and 2 of `living.rs`: guards of their own on two threads, and several that wait.
fn last_guard(guards: usize, waiters: usize) {
    let scope = Scope::group(None, None);
    let done = Arc::new(AtomicUsize::new(0));
    let held: Vec<_> = (0..guards).map(|_| LiveGuard::of(&scope)).collect();
    let mut others: Vec<_> = held
        .into_iter()
        .map(|guard| {
            let done = done.clone();
            thread::spawn(move || {
                // Not an addition, which would order the two threads.
                done.store(1, Ordering::Relaxed);
                drop(guard);
            })
        })
        .collect();
    others.extend((1..waiters).map(|_| {
        let scope = scope.clone();
        thread::spawn(move || waits(&scope))
    }));
    waits(&scope);
    assert_eq!(done.load(Ordering::Relaxed), 1);
    others.into_iter().for_each(|other| other.join().unwrap());
}

/// Invariants 1 and 3 of `living.rs`.
fn other_wakers() {
    let scope = Scope::group(None, None);
    let guard = LiveGuard::of(&scope);
    let holder = thread::spawn(move || drop(guard));
    block_on_with_other_wakers(|cx| scope.living.poll_gone(cx));
    holder.join().unwrap();
}

/// Invariant 1 of `live_guard.rs`: the child of the outer group ends first, and what its own group started last.
fn left_behind() {
    let outer = Scope::group(None, None);
    let of_child = LiveGuard::of(&outer);
    let done = [0; 2].map(|_| Arc::new(AtomicUsize::new(0)));
    let child = thread::spawn({
        let (outer, [done, done_further_in]) = (outer.clone(), done.clone());
        move || {
            let inner = Scope::group(Some(outer), None);
            let further_in = LiveGuard::of(&inner);
            let grandchild = thread::spawn(move || {
                done_further_in.store(1, Ordering::Relaxed);
                drop(further_in);
            });
            done.store(1, Ordering::Relaxed);
            // The group is dropped, and does not wait.
            drop(inner);
            drop(of_child);
            grandchild
        }
    });
    waits(&outer);
    assert!(done.iter().all(|done| done.load(Ordering::Relaxed) == 1));
    child.join().unwrap().join().unwrap();
}

/// Invariant 1 of `live_guard.rs`, if the inner group waits too. What waits further in is woken while the enclosing group is
/// still counted, so that one cannot be over before.
fn awaited_on_both_levels() {
    let outer = Scope::group(None, None);
    let inner = Scope::group(Some(outer.clone()), None);
    let further_in = LiveGuard::of(&inner);
    let holder = thread::spawn(move || drop(further_in));
    let owner = thread::spawn({
        let inner = inner.clone();
        move || waits(&inner)
    });
    waits(&outer);
    assert!(inner.living.is_gone());
    holder.join().unwrap();
    owner.join().unwrap();
}

/// Invariant 1 of `live_guard.rs`: the count of the inner group falls to 0 and rises again.
fn made_as_the_last_goes() {
    let outer = Scope::group(None, None);
    let of_child = LiveGuard::of(&outer);
    let inner = Scope::group(Some(outer.clone()), None);
    let first = LiveGuard::of(&inner);
    let done = Arc::new(AtomicUsize::new(0));
    let holder = thread::spawn(move || drop(first));
    let child = thread::spawn({
        let done = done.clone();
        move || {
            let second = LiveGuard::of(&inner);
            drop(of_child);
            done.store(1, Ordering::Relaxed);
            drop(second);
        }
    });
    waits(&outer);
    assert_eq!(done.load(Ordering::Relaxed), 1);
    holder.join().unwrap();
    child.join().unwrap();
    assert!(outer.living.is_gone());
}

/// Invariant 2 of `live_guard.rs`.
fn carried_goes_first() {
    let scope = Scope::group(None, None);
    let destroyed = Arc::new(AtomicUsize::new(0));
    let shared = LiveGuard::of(&scope);
    let of_child = LiveGuard::carrying(Carried(destroyed.clone()), sync::Arc::clone(&shared));
    drop(shared);
    let child = thread::spawn(move || drop(of_child));
    block_on(|cx| {
        let gone = scope.living.poll_gone(cx);
        assert!(gone.is_pending() || destroyed.load(Ordering::Relaxed) == 1);
        if gone.is_ready() { Poll::Ready(()) } else { Poll::Pending }
    });
    child.join().unwrap();
}
