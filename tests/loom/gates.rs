//! The invariants of `context/gate.rs` and `spawner/queue.rs`: closing against spawning, and the last member against the end
//! of the group.

use std::{
    sync::atomic::{AtomicUsize as Count, Ordering::Relaxed},
    task::{Context, Poll},
};

use loom::thread;

use crate::{
    context::gate::{Admission, Gate, Group, Members},
    queue::{Entrance, Queue},
    sync::Arc,
    wakers::block_on,
};

pub const MODELS: &[(&str, fn())] = &[
    ("a job that comes as the gate closes is found or refused", || spawns_as_it_closes(false)),
    ("a job that comes as the group is cancelled is found, given up or refused", || spawns_as_it_closes(true)),
    ("the reader is woken when the last spawner goes", last_spawner_goes),
    ("a member that comes as the group ends is waited for or refused", comes_as_it_ends),
    ("the last of two members wakes the owner", two_members_end),
    ("what waits in front of the gate becomes a member or is told that it never will", waits_in_front),
];

#[derive(Clone)]
struct Here;

impl Group for Here {
    type Guard = ();

    fn guard(&self) -> Option<()> {
        Some(())
    }
}

fn open_gate() -> (Arc<Gate<Here>>, Arc<Members<Here>>) {
    let (gate, members) = (Arc::new(Gate::default()), Arc::new(Members::new(false)));
    Gate::open_into(&gate, &members, Here);
    (gate, members)
}

fn entrance(gate: &Gate<Here>) -> Entrance {
    match (gate.is_closed(), gate.is_revoked()) {
        (false, _) => Entrance::Open,
        (true, false) => Entrance::Closed,
        (true, true) => Entrance::Revoked,
    }
}

/// As `Jobs` does it.
fn next(
    queue: &Queue<usize>,
    gate: &Gate<Here>,
    place: &mut Option<usize>,
    given_up: &mut usize,
    cx: &mut Context<'_>,
) -> Poll<Option<usize>> {
    let mut read = || {
        let (polled, jobs) = queue.poll(cx.waker(), || entrance(gate));
        *given_up += jobs.len();
        polled
    };
    let polled = read();
    if polled.is_pending() && gate.poll_closed(place, cx.waker()) { read() } else { polled }
}

/// Reads all jobs; returns how many were found, and how many given up.
fn read_all(queue: &Queue<usize>, gate: &Gate<Here>) -> (usize, usize) {
    let (mut place, mut found, mut given_up) = (None, 0, 0);
    block_on(|cx| {
        loop {
            match next(queue, gate, &mut place, &mut given_up, cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(_)) => found += 1,
                Poll::Ready(None) => return Poll::Ready(()),
            }
        }
    });
    if let Some(place) = place {
        gate.forget(place);
    }
    (found, given_up)
}

fn spawns_as_it_closes(revoke: bool) {
    let (gate, members) = open_gate();
    let queue = Arc::new(Queue::new());
    let spawns = {
        let (gate, queue) = (gate.clone(), queue.clone());
        thread::spawn(move || (0..2).filter(|n| queue.push(*n, || gate.is_closed(), |n| n).is_ok()).count())
    };
    let closes = {
        let members = members.clone();
        thread::spawn(move || members.close(revoke))
    };
    let (found, given_up) = read_all(&queue, &gate);
    let accepted = spawns.join().unwrap();
    closes.join().unwrap();
    assert_eq!(found + given_up, accepted);
    assert!(revoke || given_up == 0);
    assert!(queue.push(9, || false, |n| n).is_err(), "nothing is accepted after the reader found the end");
}

fn last_spawner_goes() {
    let gate = Arc::new(Gate::default());
    let queue = Arc::new(Queue::new());
    queue.spawner_added();
    let spawners: Vec<_> = (0..2)
        .map(|n| {
            let queue = queue.clone();
            thread::spawn(move || {
                let accepted = n == 1 || queue.push(n, || false, |n| n).is_ok();
                queue.spawner_gone();
                assert!(accepted);
            })
        })
        .collect();
    assert_eq!(read_all(&queue, &gate), (1, 0));
    spawners.into_iter().for_each(|spawner| spawner.join().unwrap());
}

/// The owner closes its gates, then waits until no member is left.
fn ends(members: &Members<Here>, alive: &Count) {
    members.close(false);
    block_on(|cx| if members.are_gone(cx.waker()) { Poll::Ready(()) } else { Poll::Pending });
    assert_eq!(alive.load(Relaxed), 0, "a member was alive when the group was over");
}

fn comes_as_it_ends() {
    let (gate, members) = open_gate();
    let (alive, over) = (std::sync::Arc::new(Count::new(0)), std::sync::Arc::new(Count::new(0)));
    let comes = {
        let (gate, alive, over) = (gate.clone(), alive.clone(), over.clone());
        thread::spawn(move || match gate.admit() {
            Some(Admission::Member(member)) => {
                alive.fetch_add(1, Relaxed);
                thread::yield_now();
                assert_eq!(over.load(Relaxed), 0, "the group was over while it had a member");
                alive.fetch_sub(1, Relaxed);
                drop(member);
            }
            Some(Admission::Early(_)) => unreachable!("the gate has been opened"),
            None => assert!(gate.admit().is_none()),
        })
    };
    ends(&members, &alive);
    over.store(1, Relaxed);
    assert!(gate.admit().is_none());
    comes.join().unwrap();
    assert_eq!(alive.load(Relaxed), 0);
}

fn two_members_end() {
    let (gate, members) = open_gate();
    let alive = std::sync::Arc::new(Count::new(2));
    let others: Vec<_> = (0..2)
        .map(|_| {
            let Some(Admission::Member(member)) = gate.admit() else { unreachable!("an open gate") };
            let alive = alive.clone();
            thread::spawn(move || {
                alive.fetch_sub(1, Relaxed);
                drop(member);
            })
        })
        .collect();
    ends(&members, &alive);
    others.into_iter().for_each(|other| other.join().unwrap());
}

fn waits_in_front() {
    let (gate, members) = (Arc::new(Gate::default()), Arc::new(Members::new(false)));
    let Some(Admission::Early(place)) = gate.admit() else { unreachable!("the gate leads nowhere yet") };
    let alive = std::sync::Arc::new(Count::new(0));
    let waits = {
        let (gate, alive) = (gate.clone(), alive.clone());
        thread::spawn(move || {
            let member = block_on(|cx| match gate.poll_early(place, cx.waker()) {
                Ok(None) => Poll::Pending,
                Ok(Some(member)) => Poll::Ready(Some(member)),
                Err(()) => Poll::Ready(None),
            });
            alive.fetch_add(usize::from(member.is_some()), Relaxed);
            alive.store(0, Relaxed);
            drop(member);
            gate.leave(place);
        })
    };
    Gate::open_into(&gate, &members, Here);
    ends(&members, &alive);
    waits.join().unwrap();
}
