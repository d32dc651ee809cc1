//! The invariants of `context/orders.rs`: orders, those who wait, and those who end.

use std::task::{Poll, Wake, Waker};

use loom::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    context::{
        key::Key,
        orders::{Order, Orders},
    },
    wakers::{block_on, checked},
};

pub const MODELS: &[(&str, fn())] = &[
    ("a child that falls asleep hears the order to stop", || falls_asleep(1, &[Order::Stop])),
    ("two children that fall asleep hear the orders to close and to stop", || {
        falls_asleep(2, &[Order::Close, Order::Stop]);
    }),
    ("a child that falls asleep hears that the grace is over", || falls_asleep(1, &[Order::Close, Order::Kill])),
    ("a child that ends while it is told to stop leaves nothing behind", ends_meanwhile),
    ("a child that leaves another waker drops none under the lock", leaves_another),
    ("orders only rise, whoever gives them", orders_rise),
    ("what came before the order is seen by those who heed it", what_was_written_is_seen),
    ("those who wait are woken by arm and place, whoever came first", wakes_in_order),
];

/// As a task does it: looks at the order, is polled, leaves its waker, and sleeps.
fn works(crew: &Orders, child: Key) {
    let mut has_waited = false;
    block_on(|cx| {
        loop {
            if crew.order() >= Order::Stop {
                return Poll::Ready(());
            }
            if has_waited {
                return Poll::Pending;
            }
            if crew.wait(child, cx.waker(), Order::Run) {
                has_waited = true;
                return Poll::Pending;
            }
        }
    });
    if has_waited {
        crew.end(child);
    }
}

/// Invariant 2: no child goes to sleep after an order without having seen it.
fn falls_asleep(children: usize, orders: &[Order]) {
    let crew = Arc::new(Orders::default());
    let children: Vec<_> = (0..children)
        .map(|child| {
            let crew = crew.clone();
            thread::spawn(move || works(&crew, Key::place(0, child)))
        })
        .collect();
    orders.iter().for_each(|order| crew.raise(*order));
    children.into_iter().for_each(|child| child.join().unwrap());
}

/// Invariant 1: the waker of a child that has ended is not kept.
fn ends_meanwhile() {
    struct Nobody;
    impl Wake for Nobody {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    let crew = Arc::new(Orders::default());
    let nobody = std::sync::Arc::new(Nobody);
    let waker = Waker::from(nobody.clone());
    let child = thread::spawn({
        let crew = crew.clone();
        move || {
            if crew.wait(Key::place(0, 0), &waker, Order::Run) {
                crew.end(Key::place(0, 0));
            }
        }
    });
    crew.raise(Order::Stop);
    child.join().unwrap();
    assert_eq!(std::sync::Arc::strong_count(&nobody), 1);
}

/// Invariants 1 and 3: a child whose waker has changed leaves the other one in its place.
fn leaves_another() {
    let crew = Arc::new(Orders::default());
    let child = thread::spawn({
        let crew = crew.clone();
        move || {
            for _ in 0..2 {
                crew.wait(Key::place(0, 0), &checked(Waker::noop()), Order::Run);
            }
            crew.end(Key::place(0, 0));
        }
    });
    crew.raise(Order::Stop);
    child.join().unwrap();
}

/// The same with two sources of orders: the owner, and the thread that drops it.
fn orders_rise() {
    let crew = Arc::new(Orders::default());
    let other = thread::spawn({
        let crew = crew.clone();
        move || crew.raise(Order::Stop)
    });
    let watches = thread::spawn({
        let crew = crew.clone();
        move || {
            let before = crew.order();
            let after = crew.order();
            assert!(before <= after, "{before:?}, then {after:?}");
        }
    });
    crew.raise(Order::Kill);
    assert_eq!(crew.order(), Order::Kill);
    other.join().unwrap();
    watches.join().unwrap();
    assert_eq!(crew.order(), Order::Kill);
}

/// The cause stands before the order is given; a child that heeds the order must find it.
fn what_was_written_is_seen() {
    let crew = Arc::new(Orders::default());
    let cause = Arc::new(AtomicUsize::new(0));
    let child = thread::spawn({
        let (crew, cause) = (crew.clone(), cause.clone());
        move || {
            works(&crew, Key::place(0, 0));
            assert_eq!(cause.load(Ordering::Relaxed), 17);
        }
    });
    cause.store(17, Ordering::Relaxed);
    crew.raise(Order::Stop);
    child.join().unwrap();
}

/// Without another thread: the order in which children are woken is that of the arms, and of the places in each; members are last.
fn wakes_in_order() {
    struct Notes(Key, std::sync::Arc<std::sync::Mutex<Vec<Key>>>);
    impl Wake for Notes {
        fn wake(self: std::sync::Arc<Self>) {
            self.1.lock().unwrap().push(self.0);
        }
    }
    let crew = Orders::default();
    let woken = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let children = [Key::arm(0), Key::place(1, 0), Key::place(1, 1), Key::place(1, 3), Key::arm(2), Key::member(0)];
    let ended = Key::place(1, 2);
    for child in children.into_iter().chain([ended]).rev() {
        let waker = Waker::from(std::sync::Arc::new(Notes(child, woken.clone())));
        assert!(crew.wait(child, &waker, Order::Run));
    }
    crew.end(ended);
    crew.raise(Order::Stop);
    assert_eq!(*woken.lock().unwrap(), children);
}
