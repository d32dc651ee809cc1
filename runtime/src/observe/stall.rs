//! Reports of groups that make no progress.
//!
//! A thread of its own reads the registry now and then. So a poll pays nothing, no runtime needs a timer, and a blocked
//! thread of the runtime does not prevent the report.

use std::{
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::{
    kind::Kind,
    registry::{self, Entry},
    state::State,
};

/// The time without progress before a report, in milliseconds.
static AFTER: AtomicU64 = AtomicU64::new(30_000);

/// Sets how long a group may make no progress before a stall is reported. Default: 30 s; [`Duration::MAX`] disables the
/// reports.
///
/// The report is a `tracing` event at `WARN`, once for each stall: "`dashboard` has waited 30 s for `heartbeat` only; is it
/// a `#[daemon]`?". A group stalls if none of its children began or ended for that long, and either others have ended
/// before, so that only these are left, or nothing has woken those that are left. If a group inside one of them stalls, that
/// one is reported instead. A child that has not returned from its poll for that long is reported as blocking its thread. What a child
/// waits in is named, if it is something of this crate: "`reader` (in recv)"; "`crowded` (in room)" is a group whose `limit` keeps
/// others of its children waiting.
///
/// ```
/// taskgroup::report_stalls_after(std::time::Duration::from_secs(60));
/// ```
pub fn report_stalls_after(after: Duration) {
    AFTER.store(after.as_millis().try_into().unwrap_or(u64::MAX), Relaxed);
    // It may be asleep for seconds, by the setting before.
    if let Some(Some(watcher)) = WATCHER.get() {
        watcher.unpark();
    }
}

/// The thread that makes the reports; `None` if it could not be started, and then there are none.
static WATCHER: OnceLock<Option<Thread>> = OnceLock::new();

/// Starts the thread, at the first group to whose events a subscriber listens.
pub(super) fn begin() {
    // Once: it lasts as long as the process.
    WATCHER.get_or_init(|| {
        let watcher = thread::Builder::new().name("taskgroup-stalls".into()).spawn(|| {
            let mut known = HashMap::new();
            loop {
                let after = Duration::from_millis(AFTER.load(Relaxed));
                // An eighth of the time: a report is late by no more than that.
                thread::park_timeout((after / 8).clamp(Duration::from_millis(5), Duration::from_secs(4)));
                look(&mut known, after);
            }
        });
        watcher.ok().map(|watcher| watcher.thread().clone())
    });
}

/// The progress of a group, as of the last look.
#[derive(Default)]
struct Known {
    changes: Since,
    polls: Since,
    is_reported: bool,
}

/// A number, and the time since which it has not changed.
struct Since(usize, Instant);

impl Default for Since {
    fn default() -> Self {
        Self(usize::MAX, Instant::now())
    }
}

impl Since {
    fn note(&mut self, now: usize) -> Duration {
        if self.0 != now {
            *self = Self(now, Instant::now());
        }
        self.1.elapsed()
    }
}

fn look(known: &mut HashMap<u64, Known>, after: Duration) {
    let entries = registry::entries();
    let mut below: HashMap<u64, Vec<&Entry>> = HashMap::new();
    for entry in &entries {
        if let Some(parent) = entry.parent {
            below.entry(parent).or_default().push(entry);
        }
    }
    // The entries are in the order of their serial numbers.
    known.retain(|serial, _| entries.binary_search_by_key(serial, |entry| entry.serial).is_ok());
    for group in entries.iter().filter(|entry| entry.member.kind == Kind::Group) {
        let alive = below.get(&group.serial).map_or(&[][..], |below| below);
        let begun = group.figures.begun;
        // The items of a `for` begin without a lock: one may be alive that was not counted yet.
        let ended = begun.saturating_sub(alive.iter().filter(|child| !child.adopted).count());
        // Until a group is cancelled, it does not wait for its daemons.
        let is_ending = matches!(group.figures.state, State::Cancelled | State::Stopping);
        let waited_for: Vec<_> = (alive.iter().copied())
            .filter(|child| child.member.kind != Kind::Group && (is_ending || !child.member.daemon))
            .collect();
        let known = known.entry(group.serial).or_default();
        let polls = waited_for.iter().fold(0, |sum: usize, child| sum.wrapping_add(child.figures.polls));
        // Both only grow, so their sum changes with each.
        let unchanged = known.changes.note(begun.wrapping_add(ended));
        let unpolled = known.polls.note(polls);
        if unchanged < after {
            // It has made progress: if it stalls again, that is another stall.
            known.is_reported = false;
            continue;
        }
        let others_ended = ended > 0;
        // A child in which a group runs is not the cause: that group reports, and names the child further in.
        let is_leaf = waited_for.iter().all(|child| !below.contains_key(&child.serial));
        // While all of them run, they may just be slow; that no wake-up came to any of them is what tells a stall then.
        if !known.is_reported && !waited_for.is_empty() && is_leaf && (others_ended || unpolled >= after) {
            known.is_reported = true;
            report(group, &waited_for, is_ending, unpolled >= after, after);
        }
    }
}

/// Returns the name of a child or group, with what it waits in: a group, in room for others of its children.
fn named(entry: &Entry) -> String {
    let (who, waits) = (&entry.member.who, entry.figures.waits);
    if waits.is_empty() { format!("`{who}`") } else { format!("`{who}` (in {waits})") }
}

fn report(group: &Entry, children: &[&Entry], is_ending: bool, unpolled: bool, after: Duration) {
    const NAMED: usize = 3;
    let (name, waiting) = (&group.member.who, named(group));
    let waited = if after >= Duration::from_secs(1) {
        format!("{} s", after.as_secs())
    } else {
        format!("{} ms", after.as_millis())
    };
    let mut whom: Vec<_> = children.iter().take(NAMED).map(|child| named(child)).collect();
    if children.len() > NAMED {
        whom.push(format!("{} more", children.len() - NAMED));
    }
    let whom = match whom.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => whom.concat(),
    };
    let (it, is) = if children.len() == 1 { ("it", "is") } else { ("they", "are") };
    // It has been in the same poll all the time: its state says that it runs, and it was not polled anew.
    let may_block = |child: &Entry| child.member.kind != Kind::Blocking && child.figures.state == State::Running;
    let blocking = children.iter().find(|child| unpolled && may_block(child));
    let text = match blocking {
        Some(child) => format!(
            "{waiting} has waited {waited} for {whom} only; `{}` has not come to an await in that time: does it block its thread?",
            child.member.who
        ),
        None if is_ending => {
            format!(
                "`{name}` was cancelled, and has waited {waited} for {whom} to end; {is} {it} in a critical section?"
            )
        }
        None if children.len() == 1 => format!("{waiting} has waited {waited} for {whom} only; is it a `#[daemon]`?"),
        None => format!("{waiting} has waited {waited} for {whom} only; are they `#[daemon]`s?"),
    };
    let Some(trace) = &group.member.trace else { return };
    if let Some(listener) = &trace.listener {
        // This thread has no subscriber of its own.
        tracing::dispatcher::with_default(listener, || {
            trace.inside(|| tracing::warn!(group = %name, "{text}"));
        });
    }
}
