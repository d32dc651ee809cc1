//! All findings of an exploration, as text, as JSON, and as JUnit's XML.

use std::{fmt, thread};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::{explored::Explored, finding::Finding, json::Json, problem::Problem};
use crate::probe::Change;

/// The result of an exploration: how much was tried, and one finding for each cause.
///
/// # Example
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use std::{cell::Cell, time::Duration};
/// use taskgroup::testing::Explorer;
/// use tokio::time::sleep;
///
/// let open = Cell::new(false);
/// let report = Explorer::new()
///     .check(|_| assert!(!open.take(), "a file is still open"))
///     .report(async || {
///         open.set(true);
///         sleep(Duration::from_secs(1)).await;
///         open.set(false);
///     });
/// let [finding] = report.findings() else { panic!("{report}") };
/// assert_eq!(finding.replay(), "drop@1");
/// assert!(finding.also_in().any(|run| run == "stop@1")); // the same, and so the same cause
/// assert!(report.explored().runs() > finding.runs());
/// assert!(report.to_json().contains("drop@1") && report.to_junit().contains("<failure"));
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    explored: Explored,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(explored: Explored, findings: Vec<Finding>) -> Self {
        Self { explored, findings }
    }

    pub(super) fn into_explored(self) -> Explored {
        self.explored
    }

    /// Returns how much was tried.
    ///
    /// See the [example](Self#example).
    pub fn explored(&self) -> &Explored {
        &self.explored
    }

    /// Returns the findings, one for each cause, in the order in which they were found.
    ///
    /// Two problems have the same cause if their texts are the same except for numbers.
    ///
    /// See the [example](Self#example).
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the report as JSON, for a tool that reads it.
    ///
    /// See the [example](Self#example).
    pub fn to_json(&self) -> String {
        let runs = self.explored.by_interference().map(|(interference, runs)| {
            Json::Object(vec![("interference", interference.to_string().into()), ("runs", runs.into())])
        });
        let report = Json::Object(vec![
            ("test", test_name().into()),
            ("runs", self.explored.runs().into()),
            ("polls", self.explored.polls().into()),
            ("complete", Json::Bool(self.explored.is_complete())),
            ("interferences", Json::list(runs)),
            ("findings", Json::list(self.findings.iter().map(finding))),
        ]);
        report.to_string()
    }

    /// Returns the report in the format of JUnit, which CI systems show as tests: one failed case for each finding, and one
    /// that passed for each interference without a finding.
    ///
    /// See the [example](Self#example).
    pub fn to_junit(&self) -> String {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        // Writing to memory does not fail.
        let _ = self.write_junit(&mut writer);
        String::from_utf8(writer.into_inner()).unwrap_or_default()
    }

    fn write_junit(&self, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let test = test_name();
        let fine: Vec<_> = self
            .explored
            .by_interference()
            .filter(|(interference, _)| self.findings.iter().all(|finding| finding.interference() != *interference))
            .collect();
        let (tests, failures) = ((fine.len() + self.findings.len()).to_string(), self.findings.len().to_string());
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let counts = [("tests", tests.as_str()), ("failures", failures.as_str()), ("errors", "0")];
        let suite = [("name", test.as_str())].into_iter().chain(counts);
        writer.create_element("testsuites").with_attributes(counts).write_inner_content(|writer| {
            writer.create_element("testsuite").with_attributes(suite).write_inner_content(|writer| {
                for finding in &self.findings {
                    write_finding(writer, &test, finding)?;
                }
                for (interference, runs) in fine {
                    let name = format!("{interference}: {runs} runs");
                    let case = [("classname", test.as_str()), ("name", name.as_str())];
                    writer.create_element("testcase").with_attributes(case).write_empty()?;
                }
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    }
}

fn write_finding(writer: &mut Writer<Vec<u8>>, test: &str, finding: &Finding) -> std::io::Result<()> {
    let (name, line) = (finding.replay(), finding.arm().map(|arm| arm.line().to_string()));
    let mut case = vec![("classname", test), ("name", name.as_str())];
    if let (Some(arm), Some(line)) = (finding.arm(), &line) {
        case.extend([("file", arm.file()), ("line", line.as_str())]);
    }
    let message = printable(&finding.problem().to_string());
    let failure = [("type", finding.problem().kind()), ("message", message.as_str())];
    writer.create_element("testcase").with_attributes(case).write_inner_content(|writer| {
        let text = printable(&finding.to_string());
        writer.create_element("failure").with_attributes(failure).write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

/// Replaces what XML cannot hold, however it is escaped: the message of a panic may have colours, for instance.
fn printable(text: &str) -> String {
    text.replace(|char: char| char.is_control() && !matches!(char, '\n' | '\t'), "\u{fffd}")
}

/// Returns the name of the running test, which the test harness gives to its thread.
fn test_name() -> String {
    thread::current().name().filter(|name| *name != "main").unwrap_or("explore").to_owned()
}

fn finding(finding: &Finding) -> Json {
    let arm = finding.arm().map(|arm| {
        Json::Object(vec![("name", arm.name().into()), ("file", arm.file().into()), ("line", arm.line().into())])
    });
    let points = finding.facts.trail.iter();
    let points =
        points.map(|(steps, point)| Json::Object(vec![("name", (*point).into()), ("poll", (steps + 1).into())]));
    Json::Object(vec![
        ("replay", finding.replay().into()),
        ("interference", finding.interference().to_string().into()),
        ("at", finding.at().into()),
        ("problem", problem(finding.problem())),
        ("what_was_done", finding.what_was_done().into()),
        ("arm", arm.into()),
        ("points", Json::list(points)),
        ("changes", Json::list(finding.facts.changes.iter().map(change))),
        ("fewest_changes", finding.fewest_changes().into()),
        ("repeats", Json::Bool(finding.repeats())),
        ("runs", finding.runs().into()),
        ("also_in", Json::list(finding.also_in().map(Json::from))),
    ])
}

fn problem(problem: &Problem) -> Json {
    Json::Object(vec![("kind", problem.kind().into()), ("message", problem.to_string().into())])
}

fn change(change: &Change) -> Json {
    Json::Object(vec![
        ("name", (&*change.who.name).into()),
        ("file", change.who.file.into()),
        ("line", change.who.line.into()),
        ("poll", (change.polls + 1).into()),
        ("turns_later", change.choice.later.into()),
        ("interrupted_after", change.choice.left.into()),
    ])
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.as_slice() {
            [] => write!(f, "nothing was found in {}", self.explored),
            [only] => fmt::Display::fmt(only, f),
            all => {
                write!(f, "{} causes were found in {}", all.len(), self.explored)?;
                for (number, finding) in all.iter().enumerate() {
                    write!(f, "\n\n{}. {finding}", number + 1)?;
                }
                Ok(())
            }
        }
    }
}
