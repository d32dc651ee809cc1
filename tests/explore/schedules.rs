//! The order of polls, drawn from seeds, and the reports of all findings.

use std::{
    cell::Cell,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use taskgroup::{
    group, or_cancelled, task_group,
    testing::{Explorer, Finding, Interference, explore, point},
};
use tokio::{sync::Mutex, task::yield_now, time::sleep};

const SECOND: Duration = Duration::from_secs(1);

fn schedules() -> Explorer<'static> {
    Explorer::new().only([Interference::Schedule])
}

async fn deposit(balance: &Mutex<i64>) -> io::Result<()> {
    let before = *balance.lock().await;
    *balance.lock().await = before + 10;
    Ok(())
}

/// What `found` shows is found again by its name, and with the changes that it names.
fn is_shown_again<Fut: Future>(found: &Finding, code: impl Fn() -> Fut) {
    assert!(found.repeats() && found.replay().starts_with("schedule@"), "{found}");
    let again = |name: &str| Explorer::new().replay(name).try_run(&code).unwrap_err();
    assert_eq!(again(&found.replay()).problem(), found.problem());
    if let Some(name) = found.fewest_changes() {
        // Numbers in the message may differ: the same assertion failed in another order.
        let text = |found: &Finding| found.problem().to_string().replace(|char: char| char.is_ascii_digit(), "");
        assert_eq!((again(name).replay().as_str(), text(&again(name))), (name, text(found)));
    }
}

#[test]
fn inline_children_are_interrupted_between_two_awaits_that_are_ready() {
    let code = || async {
        let balance = Mutex::new(0);
        group!(a = deposit(&balance), b = deposit(&balance)).await.unwrap();
        assert_eq!(*balance.lock().await, 20);
    };
    let found = Explorer::new().try_run(code).unwrap_err();
    is_shown_again(&found, code);
    let report = found.to_string();
    assert!(report.contains("it is interrupted at its first await of what is ready"), "{report}");
}

#[test]
fn items_of_a_for_and_spawned_children_change_places() {
    // Each believes that those before it have been polled.
    let inline = || async {
        let next = Cell::new(0);
        group!(
            all = for n in 0..4 {
                async {
                    assert_eq!(next.replace(n + 1), n, "out of turn");
                    Ok::<_, io::Error>(yield_now().await)
                }
            }
        )
        .await
        .unwrap();
    };
    is_shown_again(&schedules().try_run(inline).unwrap_err(), inline);
    let spawned = || async {
        let next = Arc::new(AtomicUsize::new(0));
        group!(
            #[spawn]
            all = for n in 0..4 {
                let next = next.clone();
                async move {
                    assert_eq!(next.swap(n + 1, SeqCst), n, "out of turn");
                    Ok::<_, io::Error>(())
                }
            }
        )
        .await
        .unwrap();
    };
    is_shown_again(&schedules().try_run(spawned).unwrap_err(), spawned);
}

#[task_group]
async fn stages() -> io::Result<()> {
    let done = Cell::new(0);
    #[child]
    let first = async {
        done.set(1);
        Ok::<_, io::Error>(())
    };
    #[child]
    let second = async {
        assert_eq!(done.get(), 1, "out of turn");
        Ok::<_, io::Error>(())
    };
    second.await;
    first.await;
    Ok(())
}

#[test]
fn statements_of_a_function_change_places() {
    let code = || async { stages().await.unwrap() };
    is_shown_again(&schedules().try_run(code).unwrap_err(), code);
}

#[test]
fn a_point_in_a_task_of_another_crate_is_passed_earlier_or_later() {
    let code = || async {
        let ready = Arc::new(AtomicBool::new(false));
        let sets = tokio::spawn({
            let ready = ready.clone();
            async move {
                point("is about to be ready").await;
                ready.store(true, SeqCst);
            }
        });
        for _ in 0..3 {
            yield_now().await;
        }
        assert!(ready.load(SeqCst), "it took three turns so far");
        sets.await.unwrap();
    };
    let found = schedules().try_run(code).unwrap_err();
    is_shown_again(&found, code);
    assert!(found.to_string().contains("`is about to be ready`, poll 1: it comes"), "{found}");
}

#[test]
fn a_child_whose_sibling_fails_has_its_last_poll_in_every_order() {
    let code = || async {
        let tidied = Arc::new(AtomicUsize::new(0));
        let listens = |tidied: Arc<AtomicUsize>| async move {
            if or_cancelled(sleep(10 * SECOND)).await.is_err() {
                tidied.fetch_add(1, SeqCst);
            }
            Ok::<_, io::Error>(())
        };
        let fails = async { Err::<(), _>(io::Error::other(sleep(SECOND).await.type_name())) };
        let ended = group!(
            inline = listens(tidied.clone()),
            fails = fails,
            #[spawn]
            spawned = listens(tidied.clone()),
        );
        ended.await.unwrap_err();
        assert_eq!(tidied.load(SeqCst), 2);
    };
    schedules().schedules(300).run(code);
}

trait TypeName {
    fn type_name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }
}

impl TypeName for () {}

#[test]
fn children_that_wait_for_a_timer_do_not_keep_each_other_busy() {
    // Each of them is polled when any is, and each of those polls could be put off in turn: virtual time would stand still.
    let explored = explore(|| async {
        group!(
            all = for n in 0..5_u32 {
                async move { Ok::<_, io::Error>(sleep(n * SECOND).await) }
            },
            more = async { Ok(sleep(3 * SECOND).await) },
        )
        .await
        .unwrap();
    });
    assert_eq!(explored.runs_with(Interference::Schedule), 100);
}

#[test]
fn as_many_schedules_are_tried_as_were_asked_for() {
    let explored = Explorer::new().schedules(7).run(|| async {});
    assert_eq!(explored.runs_with(Interference::Schedule), 7);
    assert!(explored.is_complete());
    assert_eq!(Explorer::new().schedules(0).run(|| async {}).runs_with(Interference::Schedule), 0);
}

// Reports.

#[test]
fn a_finding_that_does_not_repeat_says_so() {
    let runs = Cell::new(0);
    let code = || {
        runs.set(runs.get() + 1);
        let fails = runs.get() == 3;
        async move { assert!(!fails, "the third run") }
    };
    let found = Explorer::new().try_run(code).unwrap_err();
    assert!(!found.repeats());
    assert!(found.to_string().contains("it did not fail a second time"), "{found}");
}

#[test]
fn every_cause_is_reported_once_with_the_other_runs_that_show_it() {
    let (lost, running) = (Cell::new(false), Cell::new(false));
    let report = Explorer::new()
        .check(|run| {
            let (lost, running) = (lost.replace(false), running.replace(false));
            assert!(!lost, "a ticket is lost in {}", run.replay());
            assert!(!running, "the engine runs on");
        })
        .report(|| async {
            lost.set(true);
            sleep(SECOND).await;
            sleep(SECOND).await;
            lost.set(false);
            running.set(true);
            sleep(SECOND).await;
            running.set(false);
        });
    let [lost, running] = report.findings() else { panic!("{report}") };
    assert_eq!((lost.replay().as_str(), running.replay().as_str()), ("drop@1", "drop@3"));
    assert!(lost.also_in().any(|run| run == "drop@2") && lost.also_in().any(|run| run == "stop@1"), "{report}");
    let text = report.to_string();
    assert!(text.contains("2 causes were found") && text.contains("the same in: `drop@2`, `stop@1`"), "{text}");
}

#[test]
fn a_finding_names_the_file_and_the_line_of_the_arm() {
    static GROUP: AtomicU32 = AtomicU32::new(0);
    let report = Explorer::new().report(|| async {
        let leaks = async {
            point("before the leak").await;
            tokio::spawn(std::future::pending::<()>());
            Ok::<_, io::Error>(sleep(SECOND).await)
        };
        GROUP.store(line!() + 1, SeqCst);
        group!(
            #[spawn]
            leaks = leaks
        )
        .await
        .unwrap();
    });
    let [found] = report.findings() else { panic!("{report}") };
    let arm = found.arm().unwrap();
    assert_eq!(arm.name(), "leaks");
    assert!(arm.file().ends_with("schedules.rs"), "{arm}");
    // The line of the arm, and not that of its group.
    let group = GROUP.load(SeqCst);
    assert!((group + 1..group + 3).contains(&arm.line()), "{arm}, in a group at line {group}");
    assert_eq!(found.points().collect::<Vec<_>>(), ["before the leak"]);
    // The same in both formats for tools.
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let finding = &json["findings"][0];
    assert_eq!((&finding["arm"]["name"], &finding["arm"]["line"]), (&"leaks".into(), &arm.line().into()));
    assert_eq!(
        (&finding["problem"]["kind"], &finding["points"][0]["name"]),
        (&"leak".into(), &"before the leak".into())
    );
    let junit = report.to_junit();
    assert!(junit.contains("<failure type=\"leak\""), "{junit}");
    assert!(junit.contains(&format!("line=\"{}\"", arm.line())), "{junit}");
    assert!(junit.contains("classname=\"schedules::a_finding_names_the_file_and_the_line_of_the_arm\""), "{junit}");
}

#[test]
fn a_message_is_escaped_in_junit() {
    let report = Explorer::new().report(|| async { panic!("<a> & \"b\" \u{1b}[31m") });
    let junit = report.to_junit();
    assert!(junit.contains("&lt;a&gt; &amp; &quot;b&quot; \u{fffd}[31m"), "{junit}");
    assert!(!junit.contains('\u{1b}'), "{junit}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["findings"][0]["problem"]["message"], "it panics: <a> & \"b\" \u{1b}[31m");
}

#[test]
fn what_is_fine_is_a_report_without_findings() {
    let report = Explorer::new().report(|| async { sleep(SECOND).await });
    assert!(report.findings().is_empty());
    assert!(report.to_string().starts_with("nothing was found in "), "{report}");
    assert!(report.to_junit().contains("failures=\"0\""));
}

#[test]
fn a_child_that_is_put_off_keeps_its_room_under_a_limit() {
    // If a later child took it, the end of that child would be the last event, and come after the turn of the first.
    let groups = || async {
        let begun = Cell::new(false);
        let first = async {
            begun.set(true);
            Ok::<_, io::Error>(())
        };
        let second = async {
            assert!(begun.get(), "the second arm began first, under a limit of one");
            Ok(())
        };
        group!(first = first, second = second).limit(1).await.unwrap();
        let ok = || async { Ok::<_, io::Error>(()) };
        group!(
            inline = ok(),
            #[spawn]
            spawned = ok(),
            #[spawn]
            other = ok(),
        )
        .limit(1)
        .await
        .unwrap();
        group!(
            first = ok(),
            all = for _ in 0..3 {
                ok()
            },
            last = ok(),
        )
        .limit(1)
        .await
        .unwrap();
    };
    schedules().schedules(200).try_run(groups).unwrap();

    #[task_group(limit = 1)]
    async fn function() -> io::Result<()> {
        #[child]
        let first = async { Ok::<_, io::Error>(()) };
        #[spawn]
        let second = async { Ok::<_, io::Error>(()) };
        #[child]
        let third = async { Ok::<_, io::Error>(()) };
        third.await;
        second.await;
        first.await;
        Ok(())
    }
    schedules().schedules(200).try_run(function).unwrap();
}
