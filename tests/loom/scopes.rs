//! The invariants of `context/scope.rs` and `token/wait.rs`: a cancellation, and what is made, waits, or goes meanwhile.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Waker},
};

use loom::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    context::scope::Scope,
    error::Cause,
    sync,
    wait::WaitCancelled,
    wakers::{block_on, block_on_with_other_wakers, checked},
};

pub const MODELS: &[(&str, fn())] = &[
    ("a scope that is made below one that is being cancelled is cancelled", made_meanwhile),
    ("a shield that is made meanwhile is drained, and not cancelled", shielded_meanwhile),
    ("two cancellations have one cause", one_cause),
    ("what waits for a cancellation further out is woken, and sees what came before it", wakes_what_waits),
    ("what waits with other wakers is woken, and drops none under the lock", waits_with_other_wakers),
    ("what stops waiting meanwhile leaves nothing behind", stops_waiting),
    ("scopes that are dropped while they are reached", dropped_meanwhile),
    ("a chain of scopes that is dropped on two threads", chain_is_dropped),
];

fn cause(group: &str) -> Cause {
    Cause::Requested { group: group.into() }
}

fn cancels(scope: &sync::Arc<Scope>, group: &'static str) -> thread::JoinHandle<bool> {
    let scope = scope.clone();
    thread::spawn(move || scope.cancel(cause(group)))
}

/// Invariants 1 and 3.
fn made_meanwhile() {
    let outer = Scope::group(None, None);
    let other = cancels(&outer, "outer");
    let middle = Scope::group(Some(outer.clone()), None);
    let inner = Scope::of_child(Some(middle.clone()));
    for scope in [&middle, &inner] {
        // What sees the flag can read the cause.
        assert!(!scope.is_cancelled() || scope.cause() == Some(cause("outer")));
    }
    assert!(other.join().unwrap());
    for scope in [&outer, &middle, &inner] {
        assert_eq!(scope.cause(), Some(cause("outer")));
    }
}

/// Invariants 2 and 3.
fn shielded_meanwhile() {
    let outer = Scope::group(None, None);
    let other = thread::spawn({
        let outer = outer.clone();
        move || {
            outer.drain();
            outer.cancel(cause("outer"));
        }
    });
    let shield = Scope::shield(Some(outer.clone()));
    let inner = Scope::group(Some(shield.clone()), None);
    other.join().unwrap();
    for scope in [&shield, &inner] {
        assert!(scope.is_draining() && !scope.is_cancelled() && scope.cause().is_none());
    }
}

/// Invariant 1.
fn one_cause() {
    let outer = Scope::group(None, None);
    let inner = Scope::group(Some(outer.clone()), None);
    let other = cancels(&outer, "outer");
    let was_first = inner.cancel(cause("inner"));
    let seen = inner.cause();
    assert_eq!(seen, Some(cause(if was_first { "inner" } else { "outer" })));
    assert!(other.join().unwrap() && outer.cause() == Some(cause("outer")) && inner.cause() == seen);
}

/// Invariant 2, and invariant 1 of `wait.rs`.
fn wakes_what_waits() {
    let outer = Scope::group(None, None);
    let done = Arc::new(AtomicUsize::new(0));
    let other = thread::spawn({
        let (outer, done) = (outer.clone(), done.clone());
        move || {
            done.store(1, Ordering::Relaxed);
            outer.cancel(cause("outer"));
        }
    });
    let mut wait = WaitCancelled::of(Scope::group(Some(outer), None));
    block_on(|cx| Pin::new(&mut wait).poll(cx));
    assert_eq!(done.load(Ordering::Relaxed), 1);
    other.join().unwrap();
}

/// Invariants 1 and 2 of `wait.rs`.
fn waits_with_other_wakers() {
    let scope = Scope::group(None, None);
    let other = cancels(&scope, "scope");
    let mut wait = WaitCancelled::of(scope);
    block_on_with_other_wakers(|cx| Pin::new(&mut wait).poll(cx));
    other.join().unwrap();
}

/// Invariant 2 of `wait.rs`: the waker is dropped with the wait, or called, on either thread.
fn stops_waiting() {
    let scope = Scope::group(None, None);
    let other = cancels(&scope, "scope");
    let mut wait = WaitCancelled::of(scope.clone());
    for _ in 0..2 {
        let _ = Pin::new(&mut wait).poll(&mut Context::from_waker(&checked(Waker::noop())));
    }
    drop(wait);
    // The same place in the list, if the other one has left it.
    let mut next = WaitCancelled::of(scope);
    block_on(|cx| Pin::new(&mut next).poll(cx));
    other.join().unwrap();
}

/// Invariants 4 and 5: the thread that cancels may hold the last reference, and the drop of a scope takes its parent's lock.
fn dropped_meanwhile() {
    let outer = Scope::group(None, None);
    let scopes = [Scope::group(Some(outer.clone()), None), Scope::shield(Some(outer.clone()))];
    let other = cancels(&outer, "outer");
    drop(scopes);
    assert!(other.join().unwrap());
    assert!(Scope::group(Some(outer), None).is_cancelled());
}

/// Invariant 4: each scope drops the one outside it, by a loop on whichever thread is last.
fn chain_is_dropped() {
    let outer = Scope::group(None, None);
    let middle = Scope::group(Some(outer.clone()), None);
    let inner = Scope::group(Some(middle.clone()), None);
    let other = thread::spawn(move || drop(middle));
    drop(inner);
    outer.cancel(cause("outer"));
    drop(outer);
    other.join().unwrap();
}
