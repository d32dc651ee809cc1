//! Random cases.
//!
//! Who is polled in a fixed order, bodies and inline children outside loops, sleeps for multiples of one unit, so that they
//! often wake at the same time. Everybody else, and each option, has a lane of its own: a remainder of that unit at which
//! nobody else wakes by himself.

use crate::{
    case::{Asking, Case, ChildCase, End, Group, Ms, Options, Policy, Script, Step, Trigger, Variant},
    features::Features,
    random::Random,
    shape::{FUNCTIONS, Flow, Item, Kind, SHAPES, Shape, Statement},
};

/// One unit of sleep.
const UNIT: Ms = 64;

pub struct Generator<'f> {
    random: Random,
    features: &'f Features,
    lane: Ms,
    asking: Asking,
    groups: Vec<Option<Group>>,
    /// Nobody panics if a local does: two in one frame are beyond anybody.
    calm: bool,
    /// Budget in this case: none, some, or more than a poll has.
    budget: u32,
}

pub fn generate(seed: u64, features: &Features) -> Case {
    let mut random = Random::new(seed);
    let asking = random.pick(&[Asking::All, Asking::Some, Asking::Some, Asking::Some, Asking::None]);
    let chatty = features.budgets && random.percent(15);
    let budget = match (chatty, random.below(12)) {
        (false, _) => 3,
        (true, 0) => 2_500,
        (true, 1..4) => 60,
        (true, _) => 150,
    };
    let calm = features.panicking_locals && random.percent(3);
    let mut generator = Generator { random, features, lane: 0, asking, groups: vec![None], calm, budget };
    let root = generator.group(0);
    generator.groups[0] = Some(root);
    let groups = generator.groups.into_iter().map(|group| group.expect("each is made")).collect();
    Case { seed, groups, asking }
}

/// What a script is for.
struct Role {
    lane: Ms,
    /// The children whose handles it may have.
    handles: Vec<u8>,
    depth: usize,
    is_daemon: bool,
    is_body: bool,
    /// It is one of many: short.
    is_item: bool,
}

impl Generator<'_> {
    fn lane(&mut self) -> Ms {
        self.lane = self.lane % (UNIT - 1) + 1;
        self.lane
    }

    fn group(&mut self, depth: usize) -> Group {
        let function = self.random.percent(if depth == 0 { 80 } else { 60 });
        let shape = if function {
            self.random.below(FUNCTIONS as u64) as usize
        } else {
            self.random.within(FUNCTIONS as u64, SHAPES.len() as u64 - 1) as usize
        };
        let text = &SHAPES[shape];
        let counts: Vec<u8> = text.statements.iter().map(|statement| self.count(text, statement)).collect();
        let options = self.options(text, depth, &counts);
        let bomb = depth == 0 && self.calm && text.is_function();
        let mut group = Group { shape, options, body: Vec::new(), counts, children: Vec::new(), bomb };
        let mut shared = self.shared_out(text, &group).into_iter();
        for (at, statement) in text.statements.iter().enumerate() {
            for _ in 0..group.counts[at] {
                let handles = shared.next().unwrap_or_default();
                let role = self.role(text, statement, handles.clone(), depth);
                let is_long = group.counts[at] > 20;
                let script =
                    if is_long { Script { steps: Vec::new(), end: Some(End::Ok) } } else { self.script(&role) };
                group.children.push(ChildCase { script, given: handles });
            }
        }
        for part in 0..text.parts() {
            let script = self.part(text, &group, part, depth);
            group.body.push(script);
        }
        self.settled_daemon(text, &mut group);
        self.fails_at_once(text, &mut group);
        if text.is_function() {
            self.early_error(text, &mut group);
        }
        self.cut_last_poll(text, &mut group);
        group
    }

    fn count(&mut self, shape: &Shape, statement: &Statement) -> u8 {
        let each = shape.plan.iter().any(|item| matches!(item, Item::Each(_)));
        match statement.repeats {
            false => 1,
            true if each && self.features.ready_loops && self.random.percent(20) => self.random.within(100, 120) as u8,
            // So many that each gets a waker of its own.
            true if !each && self.random.percent(5) => self.random.within(9, 12) as u8,
            true => self.random.within(1, 4) as u8,
        }
    }

    fn role(&mut self, shape: &Shape, statement: &Statement, handles: Vec<u8>, depth: usize) -> Role {
        let is_free = statement.kind.is_spawned() || statement.repeats;
        let lane = if is_free || !self.has_ties(shape) { self.lane() } else { 0 };
        let (is_daemon, is_item) = (statement.kind.is_daemon(), statement.repeats);
        Role { lane, handles, depth, is_daemon, is_body: false, is_item }
    }

    /// Do those who have an order wake at the same time? Where budget runs out there is no order.
    fn has_ties(&self, shape: &Shape) -> bool {
        self.budget < 10 && (self.features.order_in_functions || !shape.is_function())
    }

    /// Which handles the body gives to which child.
    fn shared_out(&mut self, shape: &Shape, group: &Group) -> Vec<Vec<u8>> {
        let mut given = vec![Vec::new(); group.counts.iter().map(|count| usize::from(*count)).sum()];
        let mut free = Vec::new();
        for (at, statement) in shape.statements.iter().enumerate() {
            let first = group.first(at) as u8;
            match statement.flow {
                Flow::Before => given[usize::from(first)].push(first - 1),
                Flow::Given => free.retain(|handle| {
                    let taken = self.random.percent(50);
                    if taken {
                        given[usize::from(first)].push(*handle);
                    }
                    !taken
                }),
                Flow::Alone => {}
            }
            let each = shape.plan.iter().any(|item| matches!(item, Item::Each(this) if usize::from(*this) == at));
            if !statement.kind.is_daemon() && !each {
                free.extend(first..first + group.counts[at]);
            }
        }
        given
    }

    fn options(&mut self, shape: &Shape, depth: usize, counts: &[u8]) -> Options {
        let children: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        let variant = match depth {
            0 => self.random.pick(&[Variant::Plain, Variant::Bound, Variant::Grace, Variant::Grace, Variant::Catch]),
            // Those can say that they were cancelled.
            _ if self.features.groups_that_answer && self.random.percent(65) => {
                self.random.pick(&[Variant::Bound, Variant::Bound, Variant::Grace])
            }
            _ => Variant::Plain,
        };
        let policy = match (shape.is_function(), depth) {
            (true, _) => Policy::FailFast,
            (false, 0) => self.random.pick(&[Policy::FailFast, Policy::FailFast, Policy::Settle, Policy::Race]),
            (false, _) if self.features.groups_that_answer => self.random.pick(&[Policy::FailFast, Policy::Settle]),
            (false, _) => Policy::FailFast,
        };
        // So that a drain finds something in the source that was accepted.
        let accepted = shape.statements.iter().any(|statement| statement.accepted);
        let (limited, drained) = if accepted { (80, 90) } else { (35, 60) };
        let limit = self.random.percent(limited).then(|| self.random.within(1, children.min(3)) as usize);
        let mut options = Options {
            variant,
            policy,
            limit,
            timeout: None,
            grace: None,
            cancel_on: None,
            drain_on: None,
            drain_timeout: None,
        };
        if variant == Variant::Plain {
            return options;
        }
        options.timeout = self.random.percent(50).then(|| self.lane_time(1, 8));
        options.cancel_on = self.random.percent(35).then(|| self.trigger(depth));
        options.drain_on = self.random.percent(drained).then(|| self.trigger(depth));
        options.drain_timeout = self.random.percent(40).then(|| self.lane_time(0, 3));
        if variant == Variant::Grace {
            options.grace = Some(self.lane_time(0, 4));
        }
        options
    }

    fn lane_time(&mut self, least: u64, most: u64) -> Ms {
        UNIT * self.random.within(least, most) + self.lane()
    }

    fn trigger(&mut self, depth: usize) -> Trigger {
        // A group inside may be polled several times in one poll of the whole.
        let budget = if depth == 0 && self.features.trigger_budgets && self.random.percent(12) { 300 } else { 0 };
        Trigger { at: self.lane_time(0, 6), budget }
    }

    fn script(&mut self, role: &Role) -> Script {
        let mut steps = Vec::new();
        if self.budget > 10 && self.random.percent(60) {
            // At the same time as the others.
            steps.push(Step::Budget(self.units()));
        }
        if role.lane > 0 {
            steps.push(Step::Sleep(UNIT * self.random.below(3) + role.lane));
        }
        let most = if role.is_item { 2 } else { 5 };
        let mut handles = role.handles.clone();
        for _ in 0..self.random.below(most + 1) {
            let step = self.step(role, &mut handles);
            let is_last = matches!(step, Step::Forever);
            steps.push(step);
            if is_last {
                break;
            }
        }
        if role.is_daemon && self.random.percent(85) {
            steps.push(if self.asking != Asking::None { Step::UntilCancelled } else { Step::Forever });
        }
        for handle in handles {
            if self.random.percent(60) {
                steps.push(Step::Await(handle));
            }
        }
        let end = match self.random.below(100) {
            0..12 => End::Fail,
            12..16 if !self.calm => End::Panic,
            _ => End::Ok,
        };
        Script { steps, end: Some(end) }
    }

    fn step(&mut self, role: &Role, handles: &mut Vec<u8>) -> Step {
        if !handles.is_empty() && self.random.percent(45) {
            let handle = handles.swap_remove(self.random.below(handles.len() as u64) as usize);
            return match self.random.below(10) {
                0..5 => Step::Await(handle),
                5..9 => Step::Cancel(handle),
                _ => Step::Forget(handle),
            };
        }
        let all = if self.features.groups_that_answer { 118 } else { 100 };
        match self.random.below(if self.asking == Asking::None { 70 } else { all }) {
            0..30 => Step::Sleep(UNIT * self.random.within(1, 4)),
            30..46 => Step::Yield(self.random.within(1, 3) as u8),
            46..54 => Step::Open(self.random.below(Case::GATES as u64) as u8),
            54..56 => Step::Wait(self.random.below(Case::GATES as u64) as u8),
            56..57 if !role.is_body => Step::Forever,
            56..70 => Step::Budget(self.units()),
            70..75 => Step::Ask,
            75..79 => Step::UntilCancelled,
            79..87 => Step::OrCancelled(UNIT * self.random.within(1, 5)),
            87..89 => Step::AskDraining,
            89..91 => Step::UntilDraining,
            91..97 => Step::Shield(self.section()),
            _ if role.depth < 2 && !role.is_item && self.groups.len() < 3 => self.nested(role.depth + 1),
            _ => Step::Yield(1),
        }
    }

    fn units(&mut self) -> u32 {
        match self.budget {
            budget if budget < 10 => self.random.within(1, u64::from(budget)) as u32,
            budget => self.random.pick(&[2, 10, 10, budget, budget]),
        }
    }

    fn section(&mut self) -> Vec<Step> {
        (0..self.random.within(1, 2))
            .map(|_| match self.random.percent(70) {
                true => Step::Sleep(UNIT * self.random.within(1, 2)),
                false => Step::Yield(1),
            })
            .collect()
    }

    fn nested(&mut self, depth: usize) -> Step {
        let at = self.groups.len();
        self.groups.push(None);
        let group = self.group(depth);
        self.groups[at] = Some(group);
        Step::Group { group: at as u8, question: self.random.percent(50) }
    }

    /// A part of a body, with the handles that it has by then.
    fn part(&mut self, shape: &Shape, group: &Group, part: usize, depth: usize) -> Script {
        let is_last = part + 1 == shape.parts();
        let mut handles = Vec::new();
        for item in shape.plan {
            match *item {
                Item::Part(this) if usize::from(this) == part => break,
                Item::Start(at) if !shape.statements[usize::from(at)].kind.is_daemon() => {
                    let first = group.first(usize::from(at)) as u8;
                    handles.extend(first..first + group.counts[usize::from(at)]);
                }
                _ => {}
            }
        }
        handles.retain(|handle| !group.children.iter().any(|child| child.given.contains(handle)));
        if part > 0 && !is_last {
            // Some stay for later.
            handles.retain(|_| self.random.percent(50));
        }
        let lane = if self.has_ties(shape) { 0 } else { self.lane() };
        let role = Role { lane, handles: handles.clone(), depth, is_daemon: false, is_body: true, is_item: false };
        let mut steps = Vec::new();
        if self.budget > 10 && self.random.percent(40) {
            steps.push(Step::Budget(self.units()));
        }
        let most = if is_last { 4 } else { 3 };
        for _ in 0..self.random.below(most) {
            if lane > 0 && !steps.iter().any(|step| matches!(step, Step::Sleep(_))) {
                steps.push(Step::Sleep(UNIT * self.random.below(2) + lane));
            }
            steps.push(self.step(&role, &mut handles));
        }
        if is_last {
            steps.extend(handles.into_iter().filter(|_| self.random.percent(50)).map(Step::Await));
        }
        let end = match self.random.below(100) {
            0..4 => Some(End::Fail),
            4..6 if !self.calm => Some(End::Panic),
            _ => None,
        };
        Script { steps, end }
    }

    /// A daemon panics where every child is settled, and panics are caught.
    fn settled_daemon(&mut self, shape: &Shape, group: &mut Group) {
        let options = &group.options;
        if self.calm || options.policy != Policy::Settle || !options.catches() || self.random.percent(50) {
            return;
        }
        for at in (0..shape.statements.len()).filter(|at| shape.statements[*at].kind.is_daemon()) {
            let steps = vec![Step::Sleep(self.lane())];
            let child = group.first(at);
            group.children[child].script = Script { steps, end: Some(End::Panic) };
        }
    }

    /// The first child of a loop fails in its first poll: the others never begin.
    fn fails_at_once(&mut self, shape: &Shape, group: &mut Group) {
        let is_loop = |at: &usize| shape.statements[*at].repeats && shape.statements[*at].kind == Kind::Inline;
        let Some(at) = (0..shape.statements.len()).find(is_loop) else { return };
        if self.random.percent(6) {
            let first = group.first(at);
            group.children[first].script = Script { steps: Vec::new(), end: Some(End::Fail) };
        }
    }

    /// The last poll of the children of a loop is cut short, and goes on with those that have not had theirs: the first
    /// child would do more if it had another.
    fn cut_last_poll(&mut self, shape: &Shape, group: &mut Group) {
        let is_awaited =
            |at: usize| shape.plan.iter().any(|item| matches!(item, Item::Each(this) if usize::from(*this) == at));
        let is_loop = |at: &usize| {
            let statement = &shape.statements[*at];
            statement.repeats && statement.kind == Kind::Inline && !is_awaited(*at) && group.counts[*at] > 1
        };
        let Some(at) = (0..shape.statements.len()).find(is_loop) else { return };
        let can_be = self.asking == Asking::All && self.features.budgets && group.options.variant != Variant::Grace;
        if !can_be || self.random.percent(92) {
            return;
        }
        let first = group.first(at);
        for (number, child) in group.children[first..][..usize::from(group.counts[at])].iter_mut().enumerate() {
            let more = match number {
                0 => vec![Step::Yield(1)],
                1 => vec![Step::Budget(150)],
                _ => Vec::new(),
            };
            let steps = [vec![Step::UntilCancelled], more].concat();
            child.script = Script { steps, end: Some(End::Ok) };
        }
        match group.body.last_mut() {
            Some(last) if group.options.variant == Variant::Plain => last.end = Some(End::Fail),
            _ if group.options.variant == Variant::Plain => {}
            _ => group.options.timeout = Some(self.lane_time(0, 4)),
        }
    }

    /// A spawned child fails, and before anybody has seen that, the body cancels it.
    fn early_error(&mut self, shape: &Shape, group: &mut Group) {
        let spawned =
            shape.statements.iter().position(|statement| statement.kind.is_spawned() && !statement.kind.is_daemon());
        let Some(at) = spawned.filter(|_| self.features.early_error_before_cancel && self.random.percent(8)) else {
            return;
        };
        let child = group.first(at) as u8;
        if group.counts[at] == 0 || group.children.iter().any(|other| other.given.contains(&child)) {
            return;
        }
        group.children[usize::from(child)].script = Script { steps: vec![Step::Wait(2)], end: Some(End::Fail) };
        let last = group.body.last_mut().expect("a function has a last part");
        last.steps.retain(
            |step| !matches!(step, Step::Await(this) | Step::Cancel(this) | Step::Forget(this) if *this == child),
        );
        // The child has a turn before the body has its next, which is the first in which it could be seen.
        let turns = self.random.within(1, 2) as u8;
        last.steps.splice(0..0, [Step::Open(2), Step::Yield(turns), Step::Cancel(child)]);
    }
}
