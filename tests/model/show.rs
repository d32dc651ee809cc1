//! A case as a small program, and a run as a list.

use std::fmt::{self, Display, Formatter};

use crate::{
    case::{Asking, Case, End, Event, Group, Run, Script, Step},
    compare::{Wrong, name},
    shape::{Flow, Item, Kind, SHAPES},
};

impl Display for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.asking {
            Asking::All => {}
            Asking::Some => writeln!(f, "// some never look at the token")?,
            Asking::None => writeln!(f, "// none looks at the token")?,
        }
        (0..self.groups.len()).filter(|at| *at == 0 || self.is_used(*at)).try_for_each(|at| self.show(f, at))
    }
}

impl Case {
    fn is_used(&self, group: usize) -> bool {
        let all =
            self.groups.iter().flat_map(|text| text.body.iter().chain(text.children.iter().map(|child| &child.script)));
        all.flat_map(|script| &script.steps)
            .any(|step| matches!(step, Step::Group { group: this, .. } if usize::from(*this) == group))
    }

    fn show(&self, f: &mut Formatter<'_>, at: usize) -> fmt::Result {
        let group = &self.groups[at];
        let shape = &SHAPES[group.shape];
        let options = options(group);
        if !shape.is_function() {
            writeln!(f, "let group_{at} = group!( // {}", shape.name)?;
            (0..group.children.len()).try_for_each(|child| arm(f, group, child, "    "))?;
            return writeln!(f, "){options};");
        }
        writeln!(f, "#[task_group({options})]\nasync fn function_{at}() {{ // {}", shape.name)?;
        if group.bomb {
            writeln!(f, "    let _bomb = PanicsInDrop;")?;
        }
        for item in shape.plan {
            match *item {
                Item::Part(part) => script(f, &group.body[usize::from(part)], "    ")?,
                Item::Start(statement) | Item::Each(statement) => {
                    let first = group.first(usize::from(statement));
                    let all = &group.children[first..first + usize::from(group.counts[usize::from(statement)])];
                    if all.len() > 3 && all.iter().all(|child| *child == all[0]) {
                        writeln!(f, "    // {} times:", all.len())?;
                        arm(f, group, first, "    ")?;
                        if let Item::Each(_) = item {
                            writeln!(f, "    c{first}.await;")?;
                        }
                        continue;
                    }
                    for child in (first..).take(usize::from(group.counts[usize::from(statement)])) {
                        arm(f, group, child, "    ")?;
                        if let Item::Each(_) = item {
                            writeln!(f, "    c{child}.await;")?;
                        }
                    }
                }
            }
        }
        writeln!(f, "}}")
    }
}

fn options(group: &Group) -> String {
    let options = &group.options;
    let mut list = vec![format!("{:?}, {:?}", options.variant, options.policy)];
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            list.push(format!("{name} = {value}"));
        }
    };
    let millis = |time: &u64| format!("{time} ms");
    add("limit", options.limit.map(|limit| limit.to_string()));
    add("timeout", options.timeout.as_ref().map(millis));
    add("grace", options.grace.as_ref().map(millis));
    add("cancel_on", options.cancel_on.map(|trigger| format!("{trigger:?}")));
    add("drain_on", options.drain_on.map(|trigger| format!("{trigger:?}")));
    add("drain_timeout", options.drain_timeout.as_ref().map(millis));
    list.join(", ")
}

fn arm(f: &mut Formatter<'_>, group: &Group, child: usize, indent: &str) -> fmt::Result {
    let statement = SHAPES[group.shape].statements[group.statement(child)];
    let word = match statement.kind {
        Kind::Inline => "#[child]",
        Kind::Spawn => "#[spawn]",
        Kind::Daemon => "#[daemon]",
        Kind::SpawnDaemon => "#[daemon] #[spawn]",
    };
    let given = match statement.flow {
        Flow::Given | Flow::Before => group.children[child].given.iter().map(|given| format!(" c{given}")).collect(),
        Flow::Alone => String::new(),
    };
    let in_loop = match (statement.repeats, statement.accepted) {
        (true, true) => " // of a loop over what was accepted",
        (true, false) => " // of a loop",
        (false, _) => "",
    };
    writeln!(f, "{indent}{word} let c{child} = async move{given} {{{in_loop}")?;
    script(f, &group.children[child].script, &format!("{indent}    "))?;
    writeln!(f, "{indent}}};")
}

fn script(f: &mut Formatter<'_>, script: &Script, indent: &str) -> fmt::Result {
    for step in &script.steps {
        let text = match step {
            Step::Yield(times) => format!("yield_now().await; // {times} times"),
            Step::Sleep(time) => format!("sleep({time} ms).await;"),
            Step::Budget(units) => format!("for _ in 0..{units} {{ consume_budget().await }}"),
            Step::Await(child) => format!("c{child}.await;"),
            Step::Cancel(child) => format!("Child::cancel(c{child}).await;"),
            Step::Forget(child) => format!("drop(c{child});"),
            Step::Ask => "cause();".to_owned(),
            Step::UntilCancelled => "cancelled().await;".to_owned(),
            Step::OrCancelled(time) => format!("or_cancelled(sleep({time} ms)).await;"),
            Step::AskDraining => "is_draining();".to_owned(),
            Step::UntilDraining => "draining().await;".to_owned(),
            Step::Shield(steps) => format!("shield({steps:?}).await;"),
            Step::Open(gate) => format!("gate_{gate}.open();"),
            Step::Wait(gate) => format!("gate_{gate}.wait().await;"),
            Step::Group { group, question } => format!("group_{group}.await{};", if *question { "?" } else { "" }),
            Step::Forever => "pending().await".to_owned(),
        };
        writeln!(f, "{indent}{text}")?;
    }
    match script.end {
        Some(End::Fail) => writeln!(f, "{indent}return Err(own);"),
        Some(End::Panic) => writeln!(f, "{indent}panic!();"),
        Some(End::Ok) | None => Ok(()),
    }
}

/// What should have happened, beside what did.
pub fn report(case: &Case, wrong: &Wrong) -> String {
    let mut text = format!("{case}\n{}\n", wrong.what);
    if let Some(expected) = &wrong.expected {
        text += &format!("expected:\n{}", list(case, expected));
    }
    text + &format!("actual:\n{}", list(case, &wrong.actual))
}

/// The beginning and the end of what happened.
fn list(case: &Case, run: &Run) -> String {
    const FIRST: usize = 12;
    const LAST: usize = 36;
    let line = |event: &Event| format!("  {:>5} ms  {}: {:?}\n", event.at, name(case, event.id), event.what);
    let left_out = run.events.len().saturating_sub(FIRST + LAST);
    let (first, rest) = run.events.split_at(run.events.len().min(FIRST));
    let mut text: String = first.iter().map(line).collect();
    if left_out > 0 {
        text += &format!("  … {left_out} more\n");
    }
    text.extend(rest[left_out..].iter().map(line));
    text + &format!("  {:>5} ms  {:?}\n", run.at, run.got)
}
