//! The static code of the groups and functions of the cases, as data: what `functions.rs` and `groups.rs` write out.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Inline,
    Spawn,
    Daemon,
    SpawnDaemon,
}

impl Kind {
    pub fn is_daemon(self) -> bool {
        matches!(self, Self::Daemon | Self::SpawnDaemon)
    }

    pub fn is_spawned(self) -> bool {
        matches!(self, Self::Spawn | Self::SpawnDaemon)
    }
}

/// Where the handles come from that a child of a statement is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// It has none.
    Alone,
    /// The body hands over those that the case says.
    Given,
    /// The handle of the statement before, in the same stage.
    Before,
}

/// A child statement of a function, or an arm of a group.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    pub kind: Kind,
    pub stage: u8,
    pub repeats: bool,
    /// A drain pulls its source to the end.
    pub accepted: bool,
    pub flow: Flow,
}

impl Statement {
    /// Does a drain leave what has not been pulled?
    pub fn is_dropped_by(&self, drain: bool) -> bool {
        drain && self.repeats && !self.accepted
    }
}

/// What the body of a function does, in the order of the text.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// A part of the script of the body.
    Part(u8),
    /// All children of a statement.
    Start(u8),
    /// All children of a statement, each awaited before the next is started.
    Each(u8),
}

#[derive(Debug)]
pub struct Shape {
    pub name: &'static str,
    /// Empty for `group!`.
    pub plan: &'static [Item],
    pub statements: &'static [Statement],
}

impl Shape {
    pub fn is_function(&self) -> bool {
        !self.plan.is_empty()
    }

    pub fn parts(&self) -> usize {
        self.plan.iter().filter(|item| matches!(item, Item::Part(_))).count()
    }

    pub fn stages(&self) -> u8 {
        self.statements.iter().map(|statement| statement.stage + 1).max().unwrap_or(0)
    }
}

const fn statement(kind: Kind, stage: u8) -> Statement {
    Statement { kind, stage, repeats: false, accepted: false, flow: Flow::Given }
}

const fn alone(kind: Kind, stage: u8) -> Statement {
    Statement { kind, stage, repeats: false, accepted: false, flow: Flow::Alone }
}

const fn chained(stage: u8) -> Statement {
    Statement { kind: Kind::Inline, stage, repeats: false, accepted: false, flow: Flow::Before }
}

const fn many(kind: Kind, stage: u8) -> Statement {
    Statement { kind, stage, repeats: true, accepted: false, flow: Flow::Alone }
}

const fn accepted(kind: Kind, stage: u8) -> Statement {
    Statement { kind, stage, repeats: true, accepted: true, flow: Flow::Alone }
}

use Item::{Each, Part, Start};
use Kind::{Daemon, Inline, Spawn, SpawnDaemon};

/// Functions first, in the order of `functions.rs`, then groups, in the order of `groups.rs`.
pub const SHAPES: &[Shape] = &[
    Shape {
        name: "trio",
        plan: &[Part(0), Start(0), Start(1), Start(2), Part(1)],
        statements: &[alone(Inline, 0), alone(Inline, 0), alone(Inline, 0)],
    },
    Shape {
        name: "chain",
        plan: &[Part(0), Start(0), Start(1), Start(2), Part(1)],
        statements: &[alone(Inline, 0), chained(0), chained(0)],
    },
    Shape {
        name: "two_then_one",
        plan: &[Part(0), Start(0), Start(1), Part(1), Start(2), Part(2)],
        statements: &[alone(Inline, 0), alone(Inline, 0), statement(Inline, 1)],
    },
    Shape {
        name: "three_stages",
        plan: &[Part(0), Start(0), Part(1), Start(1), Part(2), Start(2), Part(3)],
        statements: &[alone(Inline, 0), statement(Inline, 1), statement(Inline, 2)],
    },
    Shape {
        name: "four_stages",
        plan: &[Part(0), Start(0), Part(1), Start(1), Part(2), Start(2), Part(3), Start(3), Part(4)],
        statements: &[alone(Inline, 0), statement(Inline, 1), statement(Inline, 2), statement(Inline, 3)],
    },
    Shape {
        name: "loop_then_one",
        plan: &[Part(0), Start(0), Part(1), Start(1), Part(2)],
        statements: &[many(Inline, 0), statement(Inline, 1)],
    },
    Shape {
        name: "spawned_then_inline",
        plan: &[Part(0), Start(0), Start(1), Part(1), Start(2), Part(2)],
        statements: &[alone(Spawn, 0), alone(Inline, 0), statement(Inline, 1)],
    },
    Shape {
        name: "alternating",
        plan: &[Part(0), Start(0), Part(1), Start(1), Part(2), Start(2), Part(3)],
        statements: &[alone(Spawn, 0), statement(Inline, 1), alone(Spawn, 2)],
    },
    Shape {
        name: "with_daemon",
        plan: &[Part(0), Start(0), Start(1), Part(1), Start(2), Part(2)],
        statements: &[alone(Daemon, 0), alone(Inline, 0), statement(Inline, 1)],
    },
    Shape {
        name: "with_spawned_daemon",
        plan: &[Part(0), Start(0), Start(1), Part(1), Start(2), Part(2)],
        statements: &[alone(SpawnDaemon, 0), alone(Inline, 0), statement(Inline, 1)],
    },
    Shape {
        name: "spawned_loop_then_one",
        plan: &[Part(0), Start(0), Part(1), Start(1), Part(2)],
        statements: &[many(Spawn, 0), statement(Inline, 1)],
    },
    Shape {
        name: "one_two_loops",
        plan: &[Part(0), Start(0), Part(1), Start(1), Start(2), Part(2)],
        statements: &[alone(Inline, 0), many(Inline, 1), many(Spawn, 2)],
    },
    Shape {
        name: "one_by_one",
        plan: &[Part(0), Start(0), Part(1), Each(1), Part(2)],
        statements: &[alone(Inline, 0), many(Inline, 1)],
    },
    Shape { name: "two", plan: &[], statements: &[alone(Inline, 0), alone(Inline, 0)] },
    Shape {
        name: "four",
        plan: &[],
        statements: &[alone(Inline, 0), alone(Inline, 0), alone(Inline, 0), alone(Inline, 0)],
    },
    Shape { name: "mixed", plan: &[], statements: &[alone(Inline, 0), alone(Spawn, 0), alone(Inline, 0)] },
    Shape {
        name: "daemons",
        plan: &[],
        statements: &[alone(Inline, 0), alone(Daemon, 0), alone(SpawnDaemon, 0), alone(Inline, 0)],
    },
    Shape { name: "items", plan: &[], statements: &[alone(Inline, 0), many(Inline, 0)] },
    Shape { name: "spawned_items", plan: &[], statements: &[many(Spawn, 0), alone(Inline, 0)] },
    Shape { name: "accepted_items", plan: &[], statements: &[accepted(Inline, 0), alone(Inline, 0)] },
];

/// How many of them are functions.
pub const FUNCTIONS: usize = 13;
