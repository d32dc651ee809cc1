//! One look at all the children, and where it goes on if it was cut short.
//!
//! A pass that polls everyone is one round, however many polls of the task it takes: without tokio's budget a poll is
//! none, because tokio's resources, `select!` included, would not look at anything.

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
    /// There is more to do at once.
    again: bool,
    /// Something that happened in this pass concerns those that have been polled in it already.
    round_requested: bool,
    /// How many rounds this poll of the group has had.
    rounds: u8,
    /// Everyone is due, woken or not.
    everyone: bool,
    /// The arm at which a pass over everyone goes on in the next poll of the task.
    resume_at: Option<Resume>,
    /// The arm at which this one goes on.
    resuming_at: Option<Resume>,
    /// The arm that is polled first: it moves when one arm used up the whole budget. The sources count as one more.
    first_arm: usize,
    /// The source that is asked first.
    first_source: usize,
    /// Whether the options that hold a future had no budget in the last pass: then they come first in this one.
    options_wait: bool,
    /// When the options have their turn in this pass.
    options: OptionsTurn,
}

/// When the options that hold a future are polled in a pass.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum OptionsTurn {
    #[default]
    AfterChildren,
    First,
    Done,
}

/// So many rounds may one poll of a group take: a body that always finds its children ready still lets the options, and
/// the other tasks, have their turn.
const MOST_ROUNDS: u8 = 32;

impl Pass {
    /// The group is polled.
    pub(super) fn begin_poll(&mut self) {
        self.rounds = 0;
    }

    /// A pass begins; the arm with which it does.
    pub(super) fn begin(&mut self) -> usize {
        self.again = false;
        self.round_requested = false;
        self.options =
            if std::mem::take(&mut self.options_wait) { OptionsTurn::First } else { OptionsTurn::AfterChildren };
        self.resuming_at = self.resume_at.take();
        if self.everyone { self.resuming_at.map_or(0, |resume| resume.arm) } else { self.first_arm }
    }

    pub(super) fn poll_again(&mut self) {
        self.again = true;
    }

    /// Another pass is due, in which everyone may have something to report again.
    pub(super) fn request_round(&mut self) {
        self.round_requested = true;
    }

    /// Whether that pass follows at once; if not now, the group comes back for it.
    pub(super) fn goes_round(&mut self) -> bool {
        let goes = self.round_requested && self.rounds < MOST_ROUNDS && coop::has_budget_remaining();
        self.rounds += u8::from(goes);
        goes
    }

    pub(super) fn is_to_be_repeated(&self) -> bool {
        self.again || self.round_requested
    }

    pub(super) fn set_everyone(&mut self, everyone: bool) {
        self.everyone = everyone;
    }

    pub(super) fn polls_everyone(&self) -> bool {
        self.everyone
    }

    /// After a pass over everyone: it is over unless it was cut short.
    pub(super) fn end_of_everyone(&mut self) {
        self.everyone = self.resume_at.is_some();
    }

    /// Whether this pass began in an earlier poll: then those who were first may have been woken since.
    pub(super) fn is_resumed(&self) -> bool {
        self.resuming_at.is_some()
    }

    /// Whether some children of the arm had their poll in an earlier poll of the task.
    pub(super) fn resumes_within(&self, arm: usize) -> bool {
        self.resuming_at == Some(Resume { arm, within: true })
    }

    /// Whether the budget is used up before the arm had the poll that is due to everyone; then the pass goes on with it.
    #[inline]
    pub(super) fn yields_before(&mut self, arm: usize) -> bool {
        // An arm that is resumed goes on where it stopped, also if it stops again before its next child.
        self.yields(Resume { arm, within: self.resumes_within(arm) })
    }

    /// The same between two children of one arm.
    #[inline]
    pub(super) fn yields_within(&mut self, arm: usize) -> bool {
        self.yields(Resume { arm, within: true })
    }

    fn yields(&mut self, resume: Resume) -> bool {
        if self.everyone && self.resume_at.is_none() && !coop::has_budget_remaining() {
            self.resume_at = Some(resume);
        }
        self.resume_at.is_some()
    }

    /// After a pass that did not poll everyone: whoever used up the budget goes last the next time.
    pub(super) fn rotate(&mut self, first: usize, turns: usize) {
        if !coop::has_budget_remaining() {
            self.first_arm = if turns == 0 { 0 } else { (first + 1) % turns };
        }
    }

    /// Whether the options go first in this pass, which they do once.
    pub(super) fn options_go_first(&mut self) -> bool {
        let first = self.options == OptionsTurn::First;
        if first {
            self.options = OptionsTurn::Done;
        }
        first
    }

    /// Whether the options are still to be polled, after the children.
    pub(super) fn options_go_last(&self) -> bool {
        self.options == OptionsTurn::AfterChildren
    }

    /// The children left no budget for an option: it is polled before them in the next pass, which follows at once.
    pub(super) fn options_must_wait(&mut self) {
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
