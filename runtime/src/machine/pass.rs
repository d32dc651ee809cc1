//! One pass over all children, and where it goes on if it was cut short.
//!
//! A waker polls the group again for everything that waits for something outside it. What has nothing outside to wait for,
//! because only its turn is missing, is polled again by one of these:
//!
//! | what | called by | because | what follows |
//! | --- | --- | --- | --- |
//! | `poll_again` | a node, the sources, the machine | the budget or a bound is used up | another poll of the task: `Machine::pending` wakes it |
//! | `request_round` | a function's children and handles, the machine | what ended, was cancelled or gave room back concerns a child or a source that had its turn in this pass | another pass in the same poll, up to `MOST_ROUNDS`; then as above |
//! | `set_everyone` | the machine, at a cancellation | every child has one more poll, woken or not | passes until `resume_at` stays empty |
//! | `yields_before`, `yields_within` | the lists and the sites, before each arm and each child | such a pass is out of budget | it goes on there, at `resume_at`, in the next poll of the task |
//! | `rotate` | `Machine::pass` | any other pass is out of budget | the next one begins with another arm (2) |
//! | `options_must_wait` | an option | the children left it no budget | it is polled before them in the next pass, which `poll_again` brings |
//!
//! 1. A pass over everyone is one round, however many polls of the task it takes. Without tokio's budget a poll does not
//!    count, because every tokio resource, `select!` included, would return `Pending` without looking.
//! 2. In any other pass, the arm that used up the budget is polled last the next time: the next pass begins with the arm
//!    after it. So an arm that always has something to do cannot starve the others, and uses up no second budget before
//!    every other arm has had a turn with one.
//!    A child whose own groups were cut short in its poll is polled again in the next one, for the same reason. That ends,
//!    because each of those groups makes one such pass.
//! 3. A pass that was cut short always leads to another poll of the group: `poll_again` or `resume_at` is set.

use tokio::task::coop;

/// Where a pass over everyone goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Resume {
    arm: usize,
    /// Some children of the arm have had their poll.
    within: bool,
}

#[derive(Default)]
pub(crate) struct Pass {
    /// Whether the group is to be polled again at once.
    again: bool,
    /// Whether something in this pass concerns children that have been polled in it already.
    round_requested: bool,
    /// How many rounds this poll of the group has had.
    rounds: u8,
    /// Whether every child is due, woken or not.
    everyone: bool,
    /// The arm at which a pass over everyone goes on in the next poll of the task.
    resume_at: Option<Resume>,
    /// The arm at which this one goes on.
    resuming_at: Option<Resume>,
    /// The arm that is polled first: it moves when one arm used up the whole budget. The sources count as one more.
    first_arm: usize,
    /// The arm with which the next pass begins, if the budget of this one ran out.
    next_first: Option<usize>,
    /// The source that is pulled first.
    first_source: usize,
    /// Whether the options that hold a future had no budget in the last pass: then they come first in this one.
    options_wait: bool,
    /// The turn of the options in this pass.
    options: OptionsTurn,
}

/// The turn of the options that hold a future, in one pass.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum OptionsTurn {
    #[default]
    AfterChildren,
    First,
    Done,
}

/// The most rounds in one poll of a group. Without a bound, a body that always finds its children ready would never let the
/// timers, and the other tasks, have their turn.
const MOST_ROUNDS: u8 = 32;

impl Pass {
    /// Begins a poll of the group.
    pub(super) fn begin_poll(&mut self) {
        self.rounds = 0;
    }

    /// Begins a pass; returns the arm with which it begins.
    pub(super) fn begin(&mut self) -> usize {
        self.again = false;
        self.round_requested = false;
        self.next_first = None;
        self.options =
            if std::mem::take(&mut self.options_wait) { OptionsTurn::First } else { OptionsTurn::AfterChildren };
        // Taken, so that a pass that is cut short again notes where anew.
        self.resuming_at = self.resume_at.take();
        if self.everyone {
            return self.resuming_at.map_or(0, |resume| resume.arm);
        }
        self.notes_budget(self.first_arm);
        self.first_arm
    }

    pub(super) fn poll_again(&mut self) {
        self.again = true;
    }

    /// Requests another pass in the same poll.
    pub(super) fn request_round(&mut self) {
        self.round_requested = true;
    }

    /// Returns whether the requested pass follows at once. If not, it is made in the next poll.
    pub(super) fn goes_round(&mut self) -> bool {
        // Each condition keeps one poll of the group bounded (rule 9).
        let goes = self.round_requested && self.rounds < MOST_ROUNDS && coop::has_budget_remaining();
        self.rounds += u8::from(goes);
        goes
    }

    pub(super) fn is_to_be_repeated(&self) -> bool {
        self.again || self.round_requested || self.everyone
    }

    pub(super) fn set_everyone(&mut self, everyone: bool) {
        self.everyone = everyone;
        // A pass over everyone that was cut short is not gone on with: this one begins with the first arm.
        self.resume_at = None;
    }

    pub(super) fn polls_everyone(&self) -> bool {
        self.everyone
    }

    /// Ends a pass over everyone, unless it was cut short.
    pub(super) fn end_of_everyone(&mut self) {
        self.everyone = self.resume_at.is_some();
        if !self.everyone && self.is_resumed() {
            // It went on after the children that had their poll in an earlier poll of the task. What woke them since, their
            // own budget for instance, has been used up by this poll, and would never come again.
            self.again = true;
        }
    }

    /// Returns `true` if this pass began in an earlier poll: then the first children may have been woken since.
    pub(super) fn is_resumed(&self) -> bool {
        self.resuming_at.is_some()
    }

    /// Whether some children of the arm had their poll in an earlier poll of the task.
    pub(super) fn resumes_within(&self, arm: usize) -> bool {
        self.resuming_at == Some(Resume { arm, within: true })
    }

    /// Returns `true` if a pass over everyone has used up the budget before this arm; it goes on with that arm then.
    #[inline]
    pub(super) fn yields_before(&mut self, arm: usize) -> bool {
        // An arm that is resumed goes on where it stopped, also if it stops again before its next child.
        self.everyone && self.yields(Resume { arm, within: self.resumes_within(arm) })
    }

    /// The same between two children of one arm.
    #[inline]
    pub(super) fn yields_within(&mut self, arm: usize) -> bool {
        self.everyone && self.yields(Resume { arm, within: true })
    }

    /// In a pass over everyone: no other is cut short.
    fn yields(&mut self, resume: Resume) -> bool {
        if !coop::has_budget_remaining() {
            self.cut_short(resume);
        }
        self.is_cut_short()
    }

    /// Returns `true` if a pass over everyone has stopped at some child, with which it goes on in the next poll.
    #[inline]
    pub(super) fn is_cut_short(&self) -> bool {
        self.resume_at.is_some()
    }

    /// Cuts a pass over everyone short at a child whose own groups have not finished theirs: this was no last poll of it.
    pub(super) fn puts_off(&mut self, arm: usize, within: bool) {
        self.cut_short(Resume { arm, within });
    }

    fn cut_short(&mut self, resume: Resume) {
        if self.everyone && self.resume_at.is_none() {
            self.resume_at = Some(resume);
        }
    }

    /// Called before each turn that could come first in the next pass. If the budget has run out since the last call, the
    /// next pass begins with `arm`: what came before it used the budget up.
    #[inline]
    pub(super) fn notes_budget(&mut self, arm: usize) {
        if self.next_first.is_none() && !coop::has_budget_remaining() {
            self.next_first = Some(arm);
        }
    }

    /// Returns `true` if some arm of this pass used up the budget.
    #[inline]
    pub(super) fn is_out_of_budget(&self) -> bool {
        self.next_first.is_some()
    }

    /// Ends a pass that did not poll everyone: the arm that used up the budget is polled last the next time. With budget
    /// left, no arm was cut short, so there is no reason to change the order.
    pub(super) fn rotate(&mut self, turns: usize) {
        if let Some(first) = self.next_first {
            self.first_arm = if turns == 0 { 0 } else { first % turns };
        }
    }

    /// Returns `true` once if the options go first in this pass.
    pub(super) fn options_go_first(&mut self) -> bool {
        let first = self.options == OptionsTurn::First;
        if first {
            self.options = OptionsTurn::Done;
        }
        first
    }

    /// Returns `true` if the options are polled after the children in this pass.
    pub(super) fn options_go_last(&self) -> bool {
        self.options == OptionsTurn::AfterChildren
    }

    /// Notes that the children left no budget for an option. It is polled before them in the next pass, which follows at once.
    pub(super) fn options_must_wait(&mut self) {
        // Both: without the second, the group would sleep with an option that has not left its waker anywhere.
        self.options_wait = true;
        self.again = true;
    }

    pub(super) fn first_source(&self, sources: usize) -> usize {
        self.first_source % sources
    }

    pub(super) fn source_had_its_turn(&mut self, source: usize) {
        self.first_source = source + 1;
    }
}
