//! The invariants of `context/sections.rs`: a section that is begun in one poll and ends on another thread, while the group
//! waits for it.

use std::task::{Poll, Waker};

use loom::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    context::{key::Key, scope::Scope},
    sync,
    wakers::{block_on, checked},
};

pub const MODELS: &[(&str, fn())] = &[
    ("a group that waits for a section is woken when it ends on another thread", || ends_elsewhere(1)),
    ("two sections of one child that end on two threads", || ends_elsewhere(2)),
    ("a section that ends as the poll leaves for the enclosing group holds nothing there", linked_as_it_ends),
    ("an enclosing group that waits for a section further in is woken", enclosing_group_is_woken),
    ("a section that is polled with another waker as another one ends", waits_meanwhile),
];

const CHILD: Key = Key::arm(0);
const OUTER_CHILD: Key = Key::arm(1);

/// As `token/shield.rs` does it where the child is not polled.
fn ends(scope: sync::Arc<Scope>, done: &AtomicUsize) {
    done.store(1, Ordering::Relaxed);
    if let Some(waker) = scope.section_ends(CHILD) {
        waker.wake();
    }
}

/// The owner polls the child, which begins its sections and gives them away, and waits until the child is free.
fn ends_elsewhere(sections: usize) {
    let scope = Scope::group(None, None);
    let done: Vec<_> = (0..sections).map(|_| Arc::new(AtomicUsize::new(0))).collect();
    let mut others = None;
    block_on(|cx| {
        others.get_or_insert_with(|| {
            for _ in 0..sections {
                scope.section_begins(CHILD, true);
                scope.section_waits(CHILD, cx.waker().clone());
            }
            let other = |done: &Arc<AtomicUsize>| {
                let (scope, done) = (scope.clone(), done.clone());
                thread::spawn(move || ends(scope, &done))
            };
            done.iter().map(other).collect::<Vec<_>>()
        });
        if scope.is_shielding(CHILD) { Poll::Pending } else { Poll::Ready(()) }
    });
    assert!(done.iter().all(|done| done.load(Ordering::Relaxed) == 1));
    others.into_iter().flatten().for_each(|other| other.join().unwrap());
}

/// Invariants 1 and 2: the link is made under both locks, or not at all.
fn linked_as_it_ends() {
    let outer = Scope::group(None, None);
    let inner = Scope::group(Some(outer.clone()), None);
    inner.section_begins(CHILD, true);
    inner.section_waits(CHILD, checked(Waker::noop()));
    let other = thread::spawn({
        let inner = inner.clone();
        move || ends(inner, &AtomicUsize::new(0))
    });
    inner.link_sections(&outer, OUTER_CHILD, true);
    other.join().unwrap();
    assert!(!inner.is_shielding(CHILD) && !outer.is_shielding(OUTER_CHILD));
}

/// Invariant 2: what is woken finds that the section holds no child any more, on any level.
fn enclosing_group_is_woken() {
    let outer = Scope::group(None, None);
    let done = Arc::new(AtomicUsize::new(0));
    let mut other = None;
    block_on(|cx| {
        other.get_or_insert_with(|| {
            let inner = Scope::group(Some(outer.clone()), None);
            inner.section_begins(CHILD, true);
            inner.section_waits(CHILD, cx.waker().clone());
            inner.link_sections(&outer, OUTER_CHILD, true);
            let done = done.clone();
            thread::spawn(move || ends(inner, &done))
        });
        if outer.is_shielding(OUTER_CHILD) { Poll::Pending } else { Poll::Ready(()) }
    });
    assert_eq!(done.load(Ordering::Relaxed), 1);
    other.unwrap().join().unwrap();
}

/// No waker is dropped under the lock, whichever of the two is last.
fn waits_meanwhile() {
    let scope = Scope::group(None, None);
    scope.section_begins(CHILD, true);
    scope.section_waits(CHILD, checked(Waker::noop()));
    let other = thread::spawn({
        let scope = scope.clone();
        move || ends(scope, &AtomicUsize::new(0))
    });
    scope.section_waits(CHILD, checked(Waker::noop()));
    other.join().unwrap();
    assert!(!scope.is_shielding(CHILD));
}
