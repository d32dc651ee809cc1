//! The reports of nodes to the core of their group.
//!
//! Each report does two things, in this order: it counts (how many children are left, how much room there is), and it lets
//! the [`Verdict`](crate::machine::verdict::Verdict) judge. It returns what the child's slot holds.
//!
//! 1. Each child is reported once; one on the owner's task after its future has been dropped, because its destructor may be
//!    what fails.
//! 2. A report never cancels anything. The machine does, after the pass, so that no child sees a cancellation whose cause
//!    is still to be recorded.

use std::task::{Poll, Waker};

use crate::{
    context,
    error::{Failure, Panicked},
    machine::{
        core::{Core, Request},
        late::Reporter,
        outcome::{End, Outcome, Rule},
        verdict::{Before, Origin},
    },
    name::{LazyName, Name},
    unwind::{Payload, discard, guard},
};

impl<E> Core<E> {
    /// Notes the request of an option.
    pub(crate) fn request(&mut self, request: Request) {
        // A cancellation outranks a drain.
        if self.request.is_none() || request == Request::Cancel {
            self.request = Some(request);
        }
    }

    /// Notes that the ends of channels which were dropped just now, in a poll or by a destructor, were dropped by this child.
    #[inline(always)]
    pub(crate) fn name_ends(&self, who: LazyName) {
        if context::ends::has_dropped_end() {
            self.name_dropped_ends(who);
        }
    }

    #[cold]
    #[inline(never)]
    fn name_dropped_ends(&self, who: LazyName) {
        context::ends::name_ends(self.given_names.name(who));
    }

    /// Accounts for an ordinary child that had room and has ended. Returns what its slot holds.
    #[inline(always)]
    pub(crate) fn ended<T>(&mut self, who: LazyName, end: End<Result<T, E>>) -> Outcome<T, E> {
        self.counts.child_ends();
        match end {
            End::Returned(Ok(value)) if self.rule().keeps_values() => {
                self.given_names.forget(who);
                Outcome::Done(value)
            }
            // A value decides a race, for instance, so it takes the longer way too.
            end => self.ended_otherwise(who, false, end),
        }
    }

    /// Accounts for an ordinary child that had room, and has returned a value that stays in its slot. It had no name but that
    /// of its item.
    #[inline(always)]
    pub(crate) fn ended_with_value(&mut self) {
        self.counts.child_ends();
    }

    /// Accounts for an ordinary child that had room, and was dropped because its group is ending. It has no value, and is no
    /// failure.
    #[inline]
    pub(crate) fn stopped(&mut self, who: LazyName) {
        self.counts.child_ends();
        self.verdict.misses();
        self.given_names.forget(who);
        if self.rule() == Rule::First {
            self.expect_values(Some(who));
        }
    }

    /// Accounts for an ordinary child that will never begin. It had no room that it could give back. Its destructor may
    /// have panicked, which a policy that keeps panics in their slots keeps too.
    pub(crate) fn never_begins<T>(&mut self, who: LazyName, dropped: Result<(), Payload>) -> Outcome<T, E> {
        self.counts.roomless_ends();
        self.verdict.misses();
        match dropped {
            Ok(()) => Outcome::NeverStarted,
            // It has a slot although it never began, so a policy that keeps panics keeps this one.
            Err(payload) => self.panicked(Panicked::new(self.given_names.name(who), payload), Origin::Slot),
        }
    }

    /// Accounts for a daemon that has ended.
    pub(crate) fn daemon_ended(&mut self, who: LazyName, end: End<Result<(), E>>) {
        self.counts.daemon_ends();
        if self.options.supervises {
            self.supervised(who, true, end);
        } else {
            self.ended_otherwise(who, true, end);
        }
    }

    #[cold]
    #[inline(never)]
    fn ended_otherwise<T>(&mut self, who: LazyName, daemon: bool, end: End<Result<T, E>>) -> Outcome<T, E> {
        if self.rule() == Rule::Supervise {
            return self.supervised(who, daemon, end);
        }
        let outcome = match end {
            End::Returned(Ok(value)) => match self.rule() {
                _ if daemon => return Outcome::Done(value),
                Rule::Each | Rule::First => return self.arrives(value),
                Rule::Race => match self.verdict.wins(value) {
                    Ok(value) => return Outcome::Done(value),
                    // A second value of a race: its destructor may panic, and that must not change the outcome.
                    Err(value) => {
                        discard(value);
                        Outcome::Cancelled { late: None }
                    }
                },
                Rule::FailFast | Rule::Settle | Rule::Supervise => return Outcome::Done(value),
            },
            End::Returned(Err(error)) => self.failed(self.given_names.name(who), daemon, error),
            End::Panicked(payload) => {
                let origin = if daemon { Origin::Daemon } else { Origin::Slot };
                self.panicked(Panicked::new(self.given_names.name(who), payload), origin)
            }
            // Not a failure: its group ordered it, and the cause is that of the group.
            End::Stopped => Outcome::Cancelled { late: None },
            End::NeverStarted => Outcome::NeverStarted,
            // No order explains the missing value, so it is reported as a failure of its own.
            End::Lost => self.lost_with_runtime(self.given_names.name(who)),
        };
        // Every other end leaves the slot empty. A daemon has none.
        if !daemon {
            self.verdict.misses();
            self.expect_values(Some(who));
        }
        outcome
    }

    /// Accounts for a child whose failure ends nothing: it is reported, and nothing is kept of the child.
    pub(crate) fn supervised<T>(&mut self, who: LazyName, daemon: bool, end: End<Result<T, E>>) -> Outcome<T, E> {
        // The destructor of a value that is dropped here is the last code of its child.
        let end = match end {
            End::Returned(Ok(value)) => guard(|| drop(value)).map_or_else(End::Panicked, |()| End::Returned(Ok(()))),
            end => end.map(|result| result.map(drop)),
        };
        let failure = match end {
            End::Returned(Ok(())) => None,
            End::Returned(Err(error)) => Some(Failure::Failed(error)),
            End::Panicked(payload) => Some(Failure::Panicked(Panicked::new(self.given_names.name(who), payload))),
            End::Lost => {
                discard(self.lost_with_runtime::<T>(self.given_names.name(who)));
                None
            }
            // By a cancellation, which is then what the group returns.
            End::Stopped | End::NeverStarted => {
                if !daemon {
                    self.verdict.misses();
                }
                None
            }
        };
        if failure.is_some_and(|failure| self.reports_later(self.given_names.name(who), failure)) && !daemon {
            self.verdict.misses();
        }
        self.given_names.forget(who);
        Outcome::Cancelled { late: None }
    }

    /// Keeps a failure for the function of `.supervise(…)`; returns `true` if it came too late for that.
    fn reports_later(&mut self, child: Name, failure: Failure<E>) -> bool {
        // It decides nothing, so it does not matter which failure was the first; but the note of it is used up.
        self.precedence();
        let answers = self.is_cancelled();
        let by = Reporter { options: &self.options, watch: &self.watch };
        self.verdict.supervised(child, failure, answers, &by)
    }

    /// Counts the body of a function, which is waited for and takes no room.
    pub(crate) fn body_begins(&mut self) {
        self.counts.body_begins();
    }

    /// Accounts for the body of a function.
    pub(crate) fn body_ended(&mut self, function: &'static str, end: End<Result<(), E>>) {
        self.counts.roomless_ends();
        let name = Name::literal(function);
        match end {
            End::Returned(Ok(())) => return,
            // Only the verdict counts: the body has no slot in the list, its value is in its stage.
            End::Returned(Err(error)) => discard(self.failed::<()>(name, false, error)),
            End::Panicked(payload) => self.slotless_panic(name, payload),
            End::Stopped | End::NeverStarted | End::Lost => {}
        }
        self.verdict.misses();
    }

    /// Waits for room for a child statement. Returns the waker that is no longer needed, to be dropped outside the lock.
    pub(crate) fn poll_room(&mut self, waker: &mut Option<Waker>) -> (Poll<()>, Option<Waker>) {
        // Without room forever, the wait ends too: the statement then refuses its child, and the body goes on.
        if self.counts.room() > 0 || self.refuses_statements(false) {
            return (Poll::Ready(()), self.room_waiter.take());
        }
        // One is enough: only the body waits for room, at one statement at a time.
        (Poll::Pending, std::mem::replace(&mut self.room_waiter, waker.take()))
    }

    /// Wakes the body if it waits for room and there is some, after children have ended.
    #[inline]
    pub(crate) fn wake_for_room(&mut self) {
        if self.room_waiter.is_some() {
            self.wake_if_there_is_room();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake_if_there_is_room(&mut self) {
        if self.counts.room() == 0 && !self.refuses_statements(false) {
            return;
        }
        // Taken, so that it is called once; a body that still finds no room leaves another.
        if let Some(waker) = self.room_waiter.take() {
            // The body comes before its children in a pass, so it has had its turn already.
            self.request_round();
            // No lock is held: the core is with the machine here, and not with the hub.
            waker.wake();
        }
    }

    /// Returns `true` if child statements no longer start children: once the group has cancelled itself, nothing begins any
    /// more (rule 2). Cancelled from outside, only a child that would have to wait for room is refused (rule 5).
    pub(crate) fn refuses_statements(&self, daemon: bool) -> bool {
        !self.is_running() || (!daemon && self.stops_beginning && self.options.limit < usize::MAX)
    }

    /// Counts a child that a child statement starts.
    pub(crate) fn statement_begins(&mut self, daemon: bool) {
        if daemon {
            self.counts.daemon_begins();
        } else {
            self.counts.child_begins();
            self.note_room();
        }
    }

    /// Accounts for a child statement whose child never starts.
    pub(crate) fn statement_refused(&mut self, daemon: bool) {
        if !daemon {
            self.verdict.misses();
        }
    }

    /// Returns `true` if the children of a statement that has no name are supervised.
    pub(crate) fn supervises(&self) -> bool {
        self.options.supervises
    }

    /// Accounts for the child of a child statement; `by_owner` if its handle cancelled it.
    pub(crate) fn statement_ended<T>(
        &mut self,
        who: LazyName,
        end: End<Result<T, E>>,
        by_owner: bool,
        supervised: bool,
    ) -> Outcome<T, E> {
        self.counts.child_ends();
        self.note_room();
        match end {
            End::Returned(Ok(value)) => Outcome::Done(value),
            // A child stopped by its owner is not a failure, whatever it returns: its siblings go on.
            End::Returned(Err(error)) if by_owner => {
                let name = self.given_names.name(who);
                self.verdict.late(name, error)
            }
            End::Stopped | End::NeverStarted if by_owner => Outcome::Cancelled { late: None },
            end if supervised => self.supervised(who, false, end),
            end => self.ended_otherwise(who, false, end),
        }
    }

    /// Updates what `has_room()` reads, which the body may call.
    fn note_room(&self) {
        if self.options.limit < usize::MAX {
            // Only under a limit: this makes the scope, which a function without one may never need.
            if let Some(frame) = context::current() {
                frame.scope().set_full(self.counts.room() == 0);
            }
        }
    }

    /// Reports a child that was lost because the runtime was shut down. A panic: no value could be returned for it, and
    /// waiting for it would never end.
    fn lost_with_runtime<T>(&mut self, child: Name) -> Outcome<T, E> {
        let group = self.name();
        let text =
            format!("the tokio runtime was shut down while the group `{group}` was waiting for its child `{child}`");
        self.panicked(Panicked::new(child, Box::new(text)), Origin::Other)
    }

    fn failed<T>(&mut self, child: Name, daemon: bool, error: E) -> Outcome<T, E> {
        // Before the error is recorded: whether it counts depends on what came first (rules 4 and 6).
        let cancelled = self.is_cancelled();
        let before = Before { cancelled, precedence: self.precedence() };
        let by = Reporter { options: &self.options, watch: &self.watch };
        self.verdict.failed(child, daemon, error, before, &by)
    }

    fn panicked<T>(&mut self, panicked: Panicked, origin: Origin) -> Outcome<T, E> {
        if self.rule() == Rule::Supervise && origin != Origin::Other {
            self.reports_later(panicked.child().clone(), Failure::Panicked(panicked));
            return Outcome::Cancelled { late: None };
        }
        let precedence = self.precedence();
        let by = Reporter { options: &self.options, watch: &self.watch };
        self.verdict.panicked(panicked, origin, precedence, &by)
    }

    /// Reports a panic of something that has no slot: an option, a source that is closed, a destructor.
    pub(crate) fn slotless_panic(&mut self, name: Name, payload: Payload) {
        discard(self.panicked::<()>(Panicked::new(name, payload), Origin::Other));
    }

    /// Reports a panic of a source, or of the body of its `for`. Returns the outcome of the item that it was about to yield.
    pub(crate) fn source_panicked<T>(&mut self, who: LazyName, payload: Payload) -> Outcome<T, E> {
        if self.rule() != Rule::Supervise {
            self.verdict.misses();
        }
        self.panicked(Panicked::new(self.given_names.name(who), payload), Origin::Slot)
    }

    /// Accounts for a source that yields nothing more. `cut_short`: not everything was taken that it could have yielded.
    pub(crate) fn source_ended(&mut self, cut_short: bool) {
        self.counts.source_ends();
        if cut_short {
            self.verdict.misses();
        }
        self.expect_values(None);
    }

    /// Counts an arm of a group that had no machine so far. Returns how it ended, if the pass stopped there.
    pub(crate) fn resume(&mut self, arm: usize, has_begun: bool) -> Option<Result<E, Payload>> {
        let ended = self.resumed.take_if(|(at, _)| *at == arm).map(|(_, ended)| ended);
        self.counts.resume(has_begun || ended.is_some());
        ended
    }

    /// Counts an arm that had returned its value already, if its destructor panicked after that; returns the payload.
    pub(crate) fn resume_delivered(&mut self, arm: usize) -> Option<Payload> {
        // An arm that returned its value was not counted, as it is done: only this panic makes it count again.
        let payload = self.resumed.take_if(|(at, _)| *at == arm)?.1.err()?;
        self.counts.resume(true);
        Some(payload)
    }

    /// See [`Verdict::gather`].
    pub(crate) fn gather<T>(&mut self, who: LazyName, slot: &mut Outcome<T, E>) {
        let given_names = &self.given_names;
        self.verdict.gather(|| given_names.name(who), slot);
    }

    /// Decides by the failure that is held, because no earlier one came.
    pub(crate) fn confirm(&mut self) {
        self.verdict.confirm(&self.watch);
    }

    pub(crate) fn has_reports(&mut self) -> bool {
        !self.verdict.reports().is_empty()
    }

    /// Takes the failures for the function of `.supervise(…)`.
    pub(crate) fn take_reports(&mut self) -> Vec<(Name, Failure<E>)> {
        std::mem::take(self.verdict.reports())
    }

    /// Accounts for a failure that the function of `.supervise(…)` is not called with any more.
    pub(crate) fn comes_late(&mut self, child: Name, failure: Failure<E>) {
        let by = Reporter { options: &self.options, watch: &self.watch };
        self.verdict.late_ends().failure(child, failure, &by);
    }

    pub(crate) fn has_late(&mut self) -> bool {
        !self.verdict.late_ends().is_empty()
    }

    /// Takes the late errors, for `.on_late_error`.
    pub(crate) fn take_late(&mut self) -> Vec<(Name, E)> {
        self.verdict.late_ends().take()
    }

    /// Reports the late errors that `.on_late_error` has not taken.
    pub(crate) fn report_late(&mut self) {
        let by = Reporter { options: &self.options, watch: &self.watch };
        self.verdict.late_ends().report(&by);
    }
}
