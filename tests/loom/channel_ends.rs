//! The invariants of `channel/end.rs`: an end that is dropped in a poll on one thread, and the other side on another.

use std::{
    sync::Arc as StdArc,
    task::{Context, Poll, Waker, ready},
};

use loom::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    context::{self, backstop},
    end::{EndState, ReceiverSide, SenderSide},
    sync::Mutex,
    wakers::{block_on, block_on_with_other_wakers},
};

pub const MODELS: &[(&str, fn())] = &[
    ("a receiver sees an end after the failure behind it was noted", seen_after_the_note),
    ("a receiver with other wakers sees it too", seen_with_other_wakers),
    ("the ends of two polls are seen after both were noted", seen_after_both_notes),
    ("what has finished hides nothing, and the stream is whole", finished_is_whole),
    ("an end that a blocked poll hides is seen in time", seen_in_time),
    ("an end that is hidden once more while the other side waits is seen in time", hidden_once_more),
    ("the code that dropped an end sees it at once", seen_here_at_once),
];

/// The queue between the two sides, which closes when one of them leaves it.
#[derive(Default)]
struct Queue(Mutex<(bool, Option<Waker>)>);

impl Queue {
    fn close(&self) {
        let waker = {
            let mut state = self.0.lock();
            state.0 = true;
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll_closed(&self, cx: &Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let (is_closed, before) = {
            let mut state = self.0.lock();
            (state.0, state.1.replace(waker))
        };
        drop(before);
        if is_closed { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn poll_end(queue: &Queue, end: &EndState, cx: &Context<'_>) -> Poll<()> {
    ready!(queue.poll_closed(cx));
    end.poll_visible(cx)
}

/// A child that fails: its poll drops the sender, and notes the failure before it is over.
fn fails(sender: SenderSide, queue: &Queue, failed: &AtomicUsize) {
    drop(sender);
    queue.close();
    failed.store(1, Ordering::Relaxed);
    context::leave();
}

/// Invariants 2 and 3.
fn seen_after_the_note() {
    let (end, queue, failed) =
        (StdArc::<EndState>::default(), Arc::new(Queue::default()), Arc::new(AtomicUsize::new(0)));
    let sender = SenderSide::new(&end);
    let child = thread::spawn({
        let (queue, failed) = (queue.clone(), failed.clone());
        move || fails(sender, &queue, &failed)
    });
    block_on(|cx| poll_end(&queue, &end, cx));
    assert_eq!(failed.load(Ordering::Relaxed), 1);
    assert!(!end.is_whole());
    child.join().unwrap();
    backstop::clear();
}

/// Invariants 3 and 6.
fn seen_with_other_wakers() {
    let (end, queue, failed) =
        (StdArc::<EndState>::default(), Arc::new(Queue::default()), Arc::new(AtomicUsize::new(0)));
    let sender = SenderSide::new(&end);
    let child = thread::spawn({
        let (queue, failed) = (queue.clone(), failed.clone());
        move || fails(sender, &queue, &failed)
    });
    block_on_with_other_wakers(|cx| poll_end(&queue, &end, cx));
    assert_eq!(failed.load(Ordering::Relaxed), 1);
    child.join().unwrap();
    backstop::clear();
}

/// Invariant 3, for two senders.
fn seen_after_both_notes() {
    let end = StdArc::<EndState>::default();
    let children: Vec<_> = (0..2)
        .map(|_| {
            let sender = SenderSide::new(&end);
            let (queue, failed) = (Arc::new(Queue::default()), Arc::new(AtomicUsize::new(0)));
            let seen = (queue.clone(), failed.clone());
            (thread::spawn(move || fails(sender, &queue, &failed)), seen)
        })
        .collect();
    block_on(|cx| {
        // The queue of a channel closes when the last sender has left it.
        for (_, (queue, _)) in &children {
            ready!(queue.poll_closed(cx));
        }
        end.poll_visible(cx)
    });
    for (child, (_, failed)) in children {
        assert_eq!(failed.load(Ordering::Relaxed), 1);
        child.join().unwrap();
    }
    backstop::clear();
}

/// Invariants 1 and 2.
fn finished_is_whole() {
    let (end, queue) = (StdArc::<EndState>::default(), Arc::new(Queue::default()));
    let mut sender = SenderSide::new(&end);
    let child = thread::spawn({
        let queue = queue.clone();
        move || {
            sender.finish();
            drop(sender);
            queue.close();
            context::leave();
        }
    });
    block_on(|cx| queue.poll_closed(cx));
    assert!(!end.is_withheld() && end.is_whole());
    child.join().unwrap();
}

/// Invariant 4: the poll that hides the end waits for what only the other side does when it sees the end.
fn seen_in_time() {
    let (end, queue, answer) = (StdArc::<EndState>::default(), Arc::new(Queue::default()), Arc::new(Queue::default()));
    let sender = SenderSide::new(&end);
    let child = thread::spawn({
        let (queue, answer) = (queue.clone(), answer.clone());
        move || {
            drop(sender);
            queue.close();
            (0..backstop::TICKS).for_each(|_| backstop::tick());
            block_on(|cx| answer.poll_closed(cx));
            context::leave();
        }
    });
    block_on(|cx| poll_end(&queue, &end, cx));
    answer.close();
    child.join().unwrap();
}

/// Invariant 4, for a sender that waits for the end of the receiver while a clone of it is dropped, later, in that poll.
fn hidden_once_more() {
    let (end, answer) = (StdArc::<EndState>::default(), Arc::new(Queue::default()));
    let (receiver, clone) = (ReceiverSide::new(&end), SenderSide::new(&end));
    let queue = Arc::new(Queue::default());
    let child = thread::spawn({
        let (queue, answer) = (queue.clone(), answer.clone());
        move || {
            drop(receiver);
            queue.close();
            backstop::tick();
            drop(clone);
            (0..backstop::TICKS).for_each(|_| backstop::tick());
            block_on(|cx| answer.poll_closed(cx));
            context::leave();
        }
    });
    block_on(|cx| poll_end(&queue, &end, cx));
    answer.close();
    child.join().unwrap();
}

/// Invariant 5.
fn seen_here_at_once() {
    let end = StdArc::<EndState>::default();
    let (receiver, sender) = (ReceiverSide::new(&end), SenderSide::new(&end));
    let other = thread::spawn({
        let end = end.clone();
        move || {
            drop(receiver);
            assert!(!end.is_withheld());
            context::leave();
        }
    });
    drop(sender);
    assert!(!end.is_withheld());
    context::leave();
    other.join().unwrap();
    assert!(!end.is_withheld() && !end.is_whole());
}
