//! One case: groups inside each other, what their children do, and what was asked for.

use crate::shape::{Kind, SHAPES, Statement};

/// Milliseconds of virtual time since the beginning of the case.
pub type Ms = u64;

/// The number of a body among the children of its function.
pub const BODY: u8 = u8::MAX;

/// A child, or the body of a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Id {
    pub group: u8,
    pub child: u8,
}

impl Id {
    pub fn body(group: u8) -> Self {
        Self { group, child: BODY }
    }

    /// The value, error or payload that tells who it came from.
    pub fn code(self) -> u16 {
        u16::from(self.group) * 1_000 + u16::from(self.child)
    }
}

/// One thing that a child does.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// Is pending so many times, awake.
    Yield(u8),
    Sleep(Ms),
    /// Takes so many units of tokio's cooperative budget.
    Budget(u32),
    /// Awaits the handle of a child of the same group.
    Await(u8),
    /// `Child::cancel` of it.
    Cancel(u8),
    /// Drops it.
    Forget(u8),
    /// `cause()`
    Ask,
    /// `cancelled().await`
    UntilCancelled,
    /// `or_cancelled(sleep(…)).await`
    OrCancelled(Ms),
    /// `is_draining()`
    AskDraining,
    /// `draining().await`
    UntilDraining,
    /// A critical section of yields and sleeps.
    Shield(Vec<Step>),
    /// Opens a gate, for good.
    Open(u8),
    /// Waits until a gate is open.
    Wait(u8),
    /// Runs another group of the case; with `question`, its error is this child's.
    Group {
        group: u8,
        question: bool,
    },
    Forever,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Ok,
    Fail,
    Panic,
}

/// What one child does, or one part of a body.
#[derive(Clone, PartialEq, Debug)]
pub struct Script {
    pub steps: Vec<Step>,
    /// `None` only in a body, where it goes on with what follows.
    pub end: Option<End>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct ChildCase {
    pub script: Script,
    /// The children whose handles it is given at its statement, if the body still has them.
    pub given: Vec<u8>,
}

/// When the future of an option resolves, and how much budget it takes before that.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Trigger {
    pub at: Ms,
    pub budget: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    FailFast,
    Settle,
    Race,
}

/// What the static code of a function has; a group has what its case says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// `limit`
    Plain,
    /// `limit`, `timeout`, `cancel_on`, `drain_on`, `drain_timeout`
    Bound,
    /// The same, and `grace`.
    Grace,
    /// As `Bound`, and `catch_panics`.
    Catch,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    pub variant: Variant,
    pub policy: Policy,
    pub limit: Option<usize>,
    pub timeout: Option<Ms>,
    pub grace: Option<Ms>,
    pub cancel_on: Option<Trigger>,
    pub drain_on: Option<Trigger>,
    pub drain_timeout: Option<Ms>,
}

impl Options {
    pub fn catches(&self) -> bool {
        self.variant == Variant::Catch
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// An index into [`SHAPES`](crate::shape::SHAPES).
    pub shape: usize,
    pub options: Options,
    /// The parts of the body of a function.
    pub body: Vec<Script>,
    /// How many children each statement starts.
    pub counts: Vec<u8>,
    pub children: Vec<ChildCase>,
    /// A local of the body, above all stages, panics when it is dropped.
    pub bomb: bool,
}

impl Group {
    /// Without any option.
    pub fn is_bare(&self) -> bool {
        self.options.variant == Variant::Plain && self.options.limit.is_none()
    }

    /// Inline children without options, which need no machine as long as all goes well.
    pub fn is_lean(&self) -> bool {
        let shape = &SHAPES[self.shape];
        let is_plain = |statement: &Statement| statement.kind == Kind::Inline && !statement.repeats;
        let is_plain = !shape.is_function() && shape.statements.iter().all(is_plain);
        is_plain && self.is_bare() && self.options.policy == Policy::FailFast
    }

    /// The first child of a statement.
    pub fn first(&self, statement: usize) -> usize {
        self.counts[..statement].iter().map(|count| usize::from(*count)).sum()
    }

    /// The statement of a child.
    pub fn statement(&self, child: usize) -> usize {
        let mut first = 0;
        self.counts
            .iter()
            .position(|count| {
                first += usize::from(*count);
                child < first
            })
            .expect("a child of this group")
    }
}

/// The first group is the outermost.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    pub seed: u64,
    pub groups: Vec<Group>,
    pub asking: Asking,
}

/// Who asks for the cause at the beginning, and so listens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asking {
    All,
    /// Some do, and some never look at the token.
    Some,
    /// None does, nor looks at the token in any other way.
    None,
}

impl Case {
    pub fn asks(&self, id: Id) -> bool {
        match self.asking {
            Asking::All => true,
            Asking::Some => (u64::from(id.group) * 5 + u64::from(id.child) * 3 + self.seed) % 5 == 0,
            Asking::None => false,
        }
    }
}

impl Case {
    pub const GATES: usize = 3;
}

/// Why a token is cancelled, without the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    Failed,
    Panicked,
    TimedOut,
    Requested,
    Finished,
    Dropped,
}

/// The error of every child.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Error {
    Own(u16),
    Cancelled,
    Panicked(u16),
}

/// One place in the result of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    Done(u16),
    Failed(Error),
    Panicked(u16),
    Cancelled(Option<Error>),
    NeverStarted,
}

/// How a group ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Got {
    Value(Vec<Slot>),
    Error(Error),
    /// Of a race: all failed, or it was cancelled.
    Failures(Vec<Error>),
    Panic(u16),
    /// Nothing goes on, and nothing ever will.
    Hung,
}

/// What a step brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Saw {
    Nothing,
    Value(u16),
    /// There was no such handle any more, or no value.
    No,
    Yes,
    Cause(Option<Cause>),
    Got(Got),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// It was polled for the first time, and saw this cause.
    Enter(Option<Cause>),
    Done(u16, Saw),
    End(End),
    /// It was dropped before its end.
    Gone,
    /// The value of a child of a function was destroyed: its handle had been dropped.
    Destroyed,
}

/// Something that everybody can see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    pub at: Ms,
    pub id: Id,
    pub what: What,
}

/// What is compared.
#[derive(Clone, Debug)]
pub struct Run {
    pub got: Got,
    pub at: Ms,
    pub events: Vec<Event>,
}
