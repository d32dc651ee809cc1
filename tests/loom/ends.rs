//! The invariants of `child/end_queue.rs`: the ends of tasks, their owner's wake-ups, and an owner that goes.

use std::task::Poll;

use loom::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    context::key::Key,
    end_queue::EndQueue,
    wakers::{block_on, block_on_with_other_wakers},
};

pub const MODELS: &[(&str, fn())] = &[
    ("the owner gets every end, and is woken for the last", every_end_arrives),
    ("an owner that has another waker at each look gets every end", other_wakers),
    ("a closed queue keeps no end", nothing_is_kept),
    ("what a child wrote before its end is seen by the owner", what_was_written_is_seen),
];

/// As a task does it: an end that cannot be delivered is destroyed here.
fn ends(queue: &EndQueue<usize>, child: usize, destroyed: &AtomicUsize) {
    match queue.put(Key::place(0, child), child) {
        Ok(Some(owner)) => owner.wake(),
        Ok(None) => {}
        Err(_) => {
            destroyed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Invariant 2.
fn every_end_arrives() {
    let queue = Arc::new(EndQueue::default());
    let destroyed = Arc::new(AtomicUsize::new(0));
    let children: Vec<_> = (0..2)
        .map(|child| {
            let (queue, destroyed) = (queue.clone(), destroyed.clone());
            thread::spawn(move || ends(&queue, child, &destroyed))
        })
        .collect();
    let mut ended = Vec::new();
    block_on(|cx| {
        queue.take(cx.waker(), &mut ended);
        if ended.len() == 2 { Poll::Ready(()) } else { Poll::Pending }
    });
    children.into_iter().for_each(|child| child.join().unwrap());
    assert_eq!(destroyed.load(Ordering::Relaxed), 0);
}

/// Invariant 2: the waker that is replaced is dropped outside the lock.
fn other_wakers() {
    let queue = Arc::new(EndQueue::default());
    let children = [0, 1].map(|child| {
        let queue = queue.clone();
        thread::spawn(move || ends(&queue, child, &AtomicUsize::new(0)))
    });
    let mut ended = Vec::new();
    block_on_with_other_wakers(|cx| {
        queue.take(cx.waker(), &mut ended);
        if ended.len() == 2 { Poll::Ready(()) } else { Poll::Pending }
    });
    children.into_iter().for_each(|child| child.join().unwrap());
}

/// Invariant 3: each end is either in what the owner took out when it closed the queue, or back with its child.
fn nothing_is_kept() {
    let queue = Arc::new(EndQueue::default());
    let destroyed = Arc::new(AtomicUsize::new(0));
    let children: Vec<_> = (0..2)
        .map(|child| {
            let (queue, destroyed) = (queue.clone(), destroyed.clone());
            thread::spawn(move || ends(&queue, child, &destroyed))
        })
        .collect();
    let taken = queue.close().len();
    children.into_iter().for_each(|child| child.join().unwrap());
    assert_eq!(taken + destroyed.load(Ordering::Relaxed), 2);
    assert!(queue.close().is_empty());
}

/// Invariant 1: what was done before the end was put in is visible to whoever takes it out.
fn what_was_written_is_seen() {
    let queue = Arc::new(EndQueue::default());
    let done = Arc::new(AtomicUsize::new(0));
    let child = thread::spawn({
        let (queue, done) = (queue.clone(), done.clone());
        move || {
            done.store(1, Ordering::Relaxed);
            ends(&queue, 0, &AtomicUsize::new(0));
        }
    });
    let mut ended = Vec::new();
    block_on(|cx| {
        queue.take(cx.waker(), &mut ended);
        if ended.is_empty() { Poll::Pending } else { Poll::Ready(()) }
    });
    assert_eq!(done.load(Ordering::Relaxed), 1);
    child.join().unwrap();
}
