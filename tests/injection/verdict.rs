//! What a group returned, in one form for all policies, and what it should have returned, told from what the children did.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Mutex,
    task::Poll,
};

use taskgroup::{Failure, Failures, Settled, Stopped, testing::Injected};

use crate::{
    kinds::Policy,
    world::{Boom, Child, Fault, Value, World},
};

/// One slot, or one item of a `for`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    Done(usize),
    Failed(usize),
    Panicked,
    Cancelled,
    NeverStarted,
}

/// What came out.
#[derive(PartialEq, Eq, Debug)]
pub enum Verdict {
    Values(Vec<usize>),
    Winner(usize),
    Slots(Vec<Slot>),
    Failed(usize),
    Cancelled,
    /// By value, under `.catch_panics()` and `.outcome()`.
    Caught,
    /// Resumed in the owner.
    Panicked,
    Failures {
        failed: Vec<usize>,
        panicked: usize,
        cancelled: bool,
    },
    /// What was reported while it ran: each failure by its child, each panic as `None`.
    Supervised {
        reported: Vec<Option<usize>>,
        cancelled: bool,
    },
}

impl Verdict {
    pub fn values_in_any_order(seen: &Mutex<Vec<usize>>) -> Self {
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        seen.sort_unstable();
        Self::Values(seen)
    }

    pub fn supervised(cancelled: bool, seen: &Mutex<Vec<Option<usize>>>) -> Self {
        Self::Supervised { reported: std::mem::take(&mut *seen.lock().unwrap()), cancelled }
    }
}

pub trait Slots {
    fn values(self) -> Vec<usize>;
}

impl Slots for Value {
    fn values(self) -> Vec<usize> {
        vec![self.id]
    }
}

impl Slots for Vec<Value> {
    fn values(self) -> Vec<usize> {
        self.into_iter().map(|value| value.id).collect()
    }
}

impl<A: Slots, B: Slots> Slots for (A, B) {
    fn values(self) -> Vec<usize> {
        [self.0.values(), self.1.values()].concat()
    }
}

impl<A: Slots, B: Slots, C: Slots> Slots for (A, B, C) {
    fn values(self) -> Vec<usize> {
        [self.0.values(), self.1.values(), self.2.values()].concat()
    }
}

pub trait SettledSlots {
    fn slots(self) -> Vec<Slot>;
}

impl SettledSlots for Settled<Value, Fault> {
    fn slots(self) -> Vec<Slot> {
        vec![match self {
            Self::Done(value) => Slot::Done(value.id),
            Self::Failed(Fault::Of(id, _)) => Slot::Failed(id),
            Self::Failed(other) => panic!("no child failed so: {other:?}"),
            Self::Panicked(panicked) => {
                is_ours(&*panicked.into_payload());
                Slot::Panicked
            }
            Self::Cancelled { .. } => Slot::Cancelled,
            Self::NeverStarted => Slot::NeverStarted,
        }]
    }
}

impl SettledSlots for Vec<Settled<Value, Fault>> {
    fn slots(self) -> Vec<Slot> {
        self.into_iter().flat_map(SettledSlots::slots).collect()
    }
}

impl<A: SettledSlots, B: SettledSlots> SettledSlots for (A, B) {
    fn slots(self) -> Vec<Slot> {
        [self.0.slots(), self.1.slots()].concat()
    }
}

impl<A: SettledSlots, B: SettledSlots, C: SettledSlots> SettledSlots for (A, B, C) {
    fn slots(self) -> Vec<Slot> {
        [self.0.slots(), self.1.slots(), self.2.slots()].concat()
    }
}

pub fn of_error(fault: Fault) -> Verdict {
    match fault {
        Fault::Of(id, _) => Verdict::Failed(id),
        Fault::Cancelled => Verdict::Cancelled,
        Fault::Panicked => Verdict::Caught,
    }
}

pub fn of_stopped(stopped: Stopped<Fault>) -> Verdict {
    match stopped {
        Stopped::Failed { error: fault, .. } => of_error(fault),
        Stopped::Cancelled(_) => Verdict::Cancelled,
        Stopped::Panicked(panicked) => {
            is_ours(&*panicked.into_payload());
            Verdict::Caught
        }
    }
}

pub fn of_failures(failures: Failures<Fault>) -> Verdict {
    let cancelled = failures.cancelled().is_some();
    let (mut failed, mut panicked) = (Vec::new(), 0);
    for (_, failure) in failures {
        match of_failure(failure) {
            Some(id) => failed.push(id),
            None => panicked += 1,
        }
    }
    Verdict::Failures { failed, panicked, cancelled }
}

/// Returns the child that failed; `None` if one panicked.
pub fn of_failure(failure: Failure<Fault>) -> Option<usize> {
    match failure {
        Failure::Failed(Fault::Of(id, _)) => Some(id),
        Failure::Failed(other) => panic!("no child failed so: {other:?}"),
        Failure::Panicked(payload) => {
            is_ours(&*payload.into_payload());
            None
        }
    }
}

fn is_ours(payload: &(dyn Any + Send)) {
    assert!(payload.is::<Boom>() || payload.is::<Injected>(), "a payload of somebody else's");
}

/// Awaits, and takes a panic for a verdict.
pub async fn caught(group: impl Future<Output = Verdict>) -> Verdict {
    let mut group = pin!(group);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| group.as_mut().poll(cx))) {
        Ok(poll) => poll,
        Err(payload) if payload.is::<Boom>() || payload.is::<Injected>() => Poll::Ready(Verdict::Panicked),
        Err(payload) => std::panic::resume_unwind(payload),
    })
    .await
}

/// What the group under test has, and may have done.
pub struct Case {
    pub policy: Policy,
    /// The ids of its ordinary children, in written order.
    pub ordinary: Vec<usize>,
    pub daemons: Vec<usize>,
    /// Not all of a stream's items have to be accounted for when the stream was cut short.
    pub is_stream: bool,
    /// Its body goes on after its children.
    pub is_function: bool,
    /// It has options that cancel.
    pub is_armed: bool,
}

/// Everything that must hold when the group has just returned.
pub fn judge(world: &World, case: &Case, verdict: &Verdict) {
    let explain = || format!("{verdict:?} of {:?}, {:?}: {}", case.policy, world.plan, account(world, case));
    assert_eq!(world.living(), 0, "something lives on: {}", explain());

    let all = [&case.ordinary[..], &case.daemons].concat();
    let of = |list: &[usize], end: Child| list.iter().filter(|id| world.child(**id) == end).count();
    let ordinary = |end| of(&case.ordinary, end);
    // A daemon may fail when the group has ended already, and then it does not count.
    let daemon_failed = of(&case.daemons, Child::Failed) + of(&case.daemons, Child::Answered) > 0;
    let daemon_panicked = of(&case.daemons, Child::Panicked) > 0;
    // From outside: by an option, or by the enclosing group.
    let cancelled = world.is_cancelled()
        || world.plan.timeout.is_some()
        || taskgroup::is_cancelled()
        || world.plan.drain_timeout.is_some();
    // The end of a stream is observed only when it is polled again.
    let all_done = ordinary(Child::Done) == case.ordinary.len() && !((case.is_stream || case.is_function) && cancelled);
    let panicked = ordinary(Child::Panicked);
    let failed = ordinary(Child::Failed);
    let answered = ordinary(Child::Answered);
    let drained = world.is_drained();
    let is_failure = |id: &usize| matches!(world.child(*id), Child::Failed | Child::Answered);

    // A panic outranks everything, unless it is a value.
    if panicked > 0 && matches!(case.policy, Policy::FailFast | Policy::Each | Policy::Race | Policy::First) {
        assert_eq!(*verdict, Verdict::Panicked, "{}", explain());
    }
    match verdict {
        Verdict::Panicked => {
            assert!(panicked > 0 || daemon_panicked, "nobody panicked: {}", explain());
            let takes_it_as_a_value = match case.policy {
                Policy::FailFast | Policy::Each | Policy::Race | Policy::First => false,
                Policy::CatchPanics | Policy::Outcome | Policy::Supervise => true,
                Policy::Settle | Policy::Collect => !daemon_panicked,
            };
            assert!(!takes_it_as_a_value, "{}", explain());
        }
        Verdict::Caught => {
            assert!(panicked > 0 || daemon_panicked, "nobody panicked: {}", explain());
            assert!(matches!(case.policy, Policy::CatchPanics | Policy::Outcome), "{}", explain());
        }
        Verdict::Values(values) => {
            let mut expected = case.ordinary.clone();
            if drained {
                expected.retain(|id| world.child(*id) != Child::NotBegun);
            }
            assert_eq!(*values, expected, "{}", explain());
            assert!(expected.iter().all(|id| world.child(*id) == Child::Done), "{}", explain());
        }
        Verdict::Winner(id) => {
            assert_eq!(world.child(*id), Child::Done, "{}", explain());
        }
        Verdict::Failed(id) => {
            assert!(all.contains(id) && is_failure(id), "it did not fail: {}", explain());
            if !cancelled {
                assert_eq!(world.child(*id), Child::Failed, "an answer took the place of the cause: {}", explain());
            }
            if case.daemons.contains(id) {
                assert!(
                    !all_done || !world.plan.listens || cancelled || world.child(*id) == Child::Failed,
                    "{}",
                    explain()
                );
            }
        }
        Verdict::Cancelled => {
            assert!(
                cancelled && case.is_armed || matches!(case.policy, Policy::Outcome),
                "nobody cancelled it: {}",
                explain()
            );
            assert!(!all_done && failed + answered + panicked == 0, "{}", explain());
        }
        Verdict::Slots(slots) => {
            let mut rest = slots.iter();
            for id in &case.ordinary {
                let Some(slot) = rest.next() else {
                    assert!(case.ordinary.len() > 2 && (drained || case.is_stream), "a slot is missing: {}", explain());
                    break;
                };
                let child = world.child(*id);
                let fits = match slot {
                    Slot::Done(done) => done == id && child == Child::Done,
                    Slot::Failed(failed) => failed == id && child == Child::Failed,
                    Slot::Panicked => child == Child::Panicked,
                    Slot::Cancelled => {
                        cancelled && matches!(child, Child::Begun | Child::Failed | Child::Answered | Child::NotBegun)
                    }
                    Slot::NeverStarted => cancelled && child == Child::NotBegun,
                };
                // With items missing in the middle, the last slot stands for the last child.
                let moved = slots.len() < case.ordinary.len();
                assert!(fits || moved, "{slot:?} for child {id}: {}", explain());
            }
        }
        Verdict::Failures { failed: listed, panicked: listed_panics, cancelled: says_cancelled } => {
            assert!(!all_done || daemon_failed || daemon_panicked, "all is well: {}", explain());
            for id in listed {
                assert!(is_failure(id), "it did not fail: {}", explain());
            }
            if !(cancelled || daemon_failed || daemon_panicked) {
                assert_eq!(listed.len(), failed, "a failure is missing: {}", explain());
                assert!(!says_cancelled, "{}", explain());
            }
            if case.policy == Policy::Collect {
                assert_eq!(*listed_panics, panicked, "{}", explain());
            } else {
                assert!(
                    ordinary(Child::Done) == 0 || daemon_failed || daemon_panicked,
                    "somebody had won: {}",
                    explain()
                );
            }
        }
        Verdict::Supervised { reported, cancelled: says_cancelled } => {
            let failures: Vec<_> = reported.iter().flatten().copied().collect();
            assert!(failures.iter().all(is_failure), "it did not fail: {}", explain());
            for id in case.ordinary.iter().filter(|id| world.child(**id) == Child::Failed) {
                let times = failures.iter().filter(|failed| *failed == id).count();
                assert!(times == 1 || times == 0 && cancelled, "reported {times} times: {}", explain());
            }
            let panics = panicked + of(&case.daemons, Child::Panicked);
            assert_eq!(reported.len() - failures.len(), panics, "a panic is lost: {}", explain());
            assert!(!says_cancelled || cancelled && !all_done, "nobody cancelled it: {}", explain());
        }
    }
    // Whatever happened to an ordinary child must have been told.
    match case.policy {
        Policy::FailFast | Policy::Each | Policy::CatchPanics | Policy::Outcome if failed + answered + panicked > 0 => {
            let told = matches!(verdict, Verdict::Failed(_) | Verdict::Panicked | Verdict::Caught);
            assert!(told, "a failure is lost: {}", explain());
        }
        Policy::Collect if failed + panicked > 0 => {
            assert!(
                matches!(verdict, Verdict::Failures { .. } | Verdict::Panicked),
                "a failure is lost: {}",
                explain()
            );
        }
        Policy::Race | Policy::First
            if ordinary(Child::Done) > 0 && panicked == 0 && !daemon_failed && !daemon_panicked =>
        {
            assert!(matches!(verdict, Verdict::Winner(_)), "a winner is lost: {}", explain());
        }
        _ => {}
    }
}

fn account(world: &World, case: &Case) -> String {
    let each =
        |list: &[usize]| list.iter().map(|id| format!("{id} {:?}", world.child(*id))).collect::<Vec<_>>().join(", ");
    format!("children [{}], daemons [{}], late {}", each(&case.ordinary), each(&case.daemons), world.late())
}
