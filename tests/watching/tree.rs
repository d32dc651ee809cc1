//! `tree::snapshot`, `live_count`.

use std::{
    future::{IntoFuture, pending},
    pin::pin,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use futures::poll;
use taskgroup::{
    Child, group, live_count, orphans, task_group,
    tree::{Kind, Node, Snapshot, State, snapshot},
};
use tokio::{
    select,
    sync::Notify,
    task::yield_now,
    time::{sleep, timeout},
};

use crate::{look, look_at, many_threads, on_both, one_thread};

/// The children of the group, or child, of that name. Other tests run beside this one.
fn below(tree: &Snapshot, name: &str) -> Vec<Node> {
    let parent = tree.iter().find(|node| node.name == name).map(|node| node.id);
    tree.iter().filter(|node| parent.is_some() && node.parent == parent).cloned().collect()
}

fn find(tree: &Snapshot, name: &str) -> Option<Node> {
    tree.iter().find(|node| node.name == name).cloned()
}

type Seen = (String, Kind, bool, State);

fn seen(nodes: &[Node]) -> Vec<Seen> {
    nodes.iter().map(|node| (node.name.to_string(), node.kind, node.daemon, node.state)).collect()
}

#[test]
fn two_waiting_children_are_shown_with_name_state_and_parent_and_are_gone_after() {
    on_both(async || {
        let both = group!(
            left = pending::<Result<(), _>>(),
            #[spawn]
            right = pending::<Result<(), _>>(),
            look = async {
                sleep(Duration::from_millis(20)).await;
                let tree = look(|tree| {
                    let waits = |node: &&Node| node.state == State::Waiting;
                    below(tree, "two and a look").iter().filter(waits).count() == 2
                })
                .await;
                let children = below(&tree, "two and a look");
                let expected = [
                    ("left".to_owned(), Kind::Inline, false, State::Waiting),
                    ("right".to_owned(), Kind::Spawned, false, State::Waiting),
                    ("look".to_owned(), Kind::Inline, false, State::Running),
                ];
                assert_eq!(seen(&children), expected);
                assert!(children.iter().all(|child| child.age >= Duration::from_millis(15) && !child.adopted));
                assert!(live_count() >= 4);
                Err::<(), ()>(())
            },
        )
        .name("two and a look");
        both.await.expect_err("the look ends it");
        let tree = snapshot();
        assert!(find(&tree, "two and a look").is_none() && find(&tree, "left").is_none());
    });
}

fn from_another_thread() -> Snapshot {
    std::thread::spawn(snapshot).join().expect("a snapshot does not panic")
}

/// It has no options, so it is polled without a machine until the child that fails does.
#[test]
fn a_group_of_inline_children_is_shown_from_its_first_poll_to_its_end() {
    on_both(async || {
        let lean = group!(
            lean_waits = pending::<Result<(), _>>(),
            lean_looks = async {
                for poll in 1..=2 {
                    let tree = from_another_thread();
                    let alive = |name| find(&tree, name).expect("it is alive");
                    let (waits, looks) = (alive("lean_waits"), alive("lean_looks"));
                    let group = tree.iter().find(|node| Some(node.id) == looks.parent).expect("so is its group");
                    assert_eq!(
                        (group.kind, group.polls, group.place.map(|place| place.file)),
                        (Kind::Group, poll, Some(file!()))
                    );
                    assert_eq!((waits.parent, waits.state, waits.polls), (looks.parent, State::Waiting, poll));
                    assert_eq!((looks.state, looks.polls), (State::Running, poll));
                    assert!(waits.idle.is_some() && looks.running.is_some());
                    assert_eq!(find(&tree, "lean_later").is_some(), poll > 1, "it has begun in the poll before");
                    yield_now().await;
                }
                Err::<(), _>(())
            },
            lean_later = pending::<Result<(), _>>(),
        );
        lean.await.expect_err("it looks twice, then fails");
        let tree = snapshot();
        assert!(["lean_waits", "lean_looks", "lean_later"].iter().all(|name| find(&tree, name).is_none()));
    });
}

#[test]
fn a_group_of_inline_children_that_is_dropped_is_not_shown_any_more() {
    on_both(async || {
        {
            let mut group = pin!(group!(dropped_with_its_group = pending::<Result<(), ()>>()).into_future());
            assert!(poll!(&mut group).is_pending());
            assert!(find(&snapshot(), "dropped_with_its_group").is_some());
        }
        assert!(find(&snapshot(), "dropped_with_its_group").is_none());
    });
}

async fn sleep_ok(millis: u64) -> Result<(), ()> {
    sleep(Duration::from_millis(millis)).await;
    Ok(())
}

#[test]
fn every_kind_of_child_and_the_groups_below_them() {
    let looked = Arc::new(Mutex::new(Snapshot::default()));
    let tree = looked.clone();
    let has_begun = |tree: &Snapshot| {
        let all = below(tree, "all kinds");
        let waits = |node: &&Node| node.kind == Kind::Blocking || node.state == State::Waiting;
        let inner = |name| below(tree, name).first().is_some_and(|node| node.state == State::Waiting);
        all.iter().filter(waits).count() == 8 && inner("in inline") && inner("in spawned")
    };
    many_threads().block_on(async move {
        let all = group!(
            inline = async { group!(below = pending::<Result<(), ()>>()).name("in inline").await },
            #[spawn]
            spawned = async {
                group!(
                    #[spawn]
                    below = pending::<Result<(), ()>>()
                )
                .name("in spawned")
                .await
            },
            #[blocking]
            blocking = move || {
                let runtime = tokio::runtime::Handle::current();
                *looked.lock().expect("no panic") = runtime.block_on(look(has_begun));
                Err::<(), _>(())
            },
            #[daemon]
            #[spawn]
            daemon = pending(),
            each = for _ in 0..2 {
                pending::<Result<(), _>>()
            },
            #[spawn]
            many = for _ in 0..2 {
                pending::<Result<(), _>>()
            },
        )
        .name("all kinds");
        all.await.map(drop).expect_err("the look ends it");
    });
    let tree = tree.lock().expect("no panic").clone();
    let of = |name: &str, kind, daemon, state| (name.to_owned(), kind, daemon, state);
    let mut children = seen(&below(&tree, "all kinds"));
    children.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        children,
        [
            of("blocking", Kind::Blocking, false, State::Running),
            of("daemon", Kind::Spawned, true, State::Waiting),
            of("each[0]", Kind::Inline, false, State::Waiting),
            of("each[1]", Kind::Inline, false, State::Waiting),
            of("inline", Kind::Inline, false, State::Waiting),
            of("many[0]", Kind::Spawned, false, State::Waiting),
            of("many[1]", Kind::Spawned, false, State::Waiting),
            of("spawned", Kind::Spawned, false, State::Waiting),
        ]
    );
    for name in ["inline", "spawned"] {
        let inner = below(&tree, name);
        assert_eq!(seen(&inner), [of(&format!("in {name}"), Kind::Group, false, State::Running)]);
        let below = below(&tree, &format!("in {name}"));
        assert_eq!((below.len(), &*below[0].name), (1, "below"));
    }
}

#[task_group(name = "a function")]
async fn function() -> Result<Vec<Seen>, ()> {
    let has_looked = Notify::new();
    #[child]
    let a = async {
        has_looked.notified().await;
        Ok(())
    };
    #[spawn]
    let b = pending::<Result<(), ()>>();
    #[daemon]
    pending();
    let tree = look(|tree| below(tree, "a function").len() == 3).await;
    has_looked.notify_one();
    a.await;
    Child::cancel(b).await;
    Ok(seen(&below(&tree, "a function")))
}

#[test]
fn the_children_of_a_function() {
    on_both(async || {
        let children = function().await.expect("nobody fails");
        let kinds: Vec<_> = children.iter().map(|child| (&*child.0, child.1, child.2)).collect();
        let expected = [("a", Kind::Inline, false), ("b", Kind::Spawned, false), ("pending", Kind::Inline, true)];
        assert_eq!(kinds, expected);
        assert!(find(&snapshot(), "a function").is_none());
    });
}

#[test]
fn a_group_says_where_it_stands() {
    one_thread().block_on(async {
        let state = |name: &str| find(&snapshot(), name).map(|node| node.state);
        let stands = group!(
            child = async {
                assert_eq!(state("stands"), Some(State::Running));
                taskgroup::draining().await;
                assert_eq!(state("stands"), Some(State::Draining));
                taskgroup::cancelled().await;
                assert_eq!(state("stands"), Some(State::Cancelled));
                Ok::<_, ()>(())
            },
        )
        .outcome()
        .name("stands")
        .drain_on(sleep(Duration::from_millis(1)))
        .drain_timeout(Duration::from_millis(1));
        assert!(stands.await.is_ok());
    });
}

#[test]
fn what_was_dropped_is_marked_as_adopted_until_it_has_ended() {
    on_both(async || {
        let adopts = group!(
            child = async {
                let (held, holds) = mpsc::channel::<()>();
                let dropped = group!(
                    #[blocking]
                    stubborn = move || {
                        holds.recv().expect_err("it is let go");
                        Ok::<_, ()>(())
                    }
                )
                .name("dropped");
                select! {
                    _ = dropped.into_future() => unreachable!("it is held"),
                    _ = look_at(&["stubborn"]) => {}
                }
                let tree = snapshot();
                assert!(find(&tree, "dropped").is_none());
                let stubborn = find(&tree, "stubborn").expect("it goes on");
                assert!(stubborn.adopted);
                assert_eq!(stubborn.state, State::Stopping);
                assert_eq!(stubborn.parent, below(&tree, "adopts").first().map(|child| child.id));
                drop(held);
                Ok::<_, ()>(())
            }
        )
        .name("adopts");
        adopts.await.expect("nobody fails");
        assert!(find(&snapshot(), "stubborn").is_none());
        // Outside any group, it is an orphan.
        let (held, holds) = mpsc::channel::<()>();
        let dropped = group!(
            #[blocking]
            orphan = move || {
                holds.recv().expect_err("it is let go");
                Ok::<_, ()>(())
            }
        );
        select! {
            _ = dropped.into_future() => unreachable!("it is held"),
            _ = look_at(&["orphan"]) => {}
        }
        let orphan = find(&snapshot(), "orphan").expect("it goes on");
        assert_eq!((orphan.adopted, orphan.parent), (true, None));
        drop(held);
        orphans().await;
        assert!(find(&snapshot(), "orphan").is_none());
    });
}

#[test]
fn odd_names_stay_valid_json_and_one_line_each() {
    const ODD: &str = "\"quoted\", {braced}\n\\ \u{7}\u{1f600} \u{202e}";
    on_both(async || {
        let odd = group!(
            child = async {
                let tree = snapshot();
                let json = serde_json::to_string(&tree).expect("JSON");
                let nodes: Vec<serde_json::Value> = serde_json::from_str(&json).expect("valid JSON");
                let group = nodes.iter().find(|node| node["name"] == ODD).expect("the group");
                let child = nodes.iter().find(|node| node["parent"] == group["id"]).expect("its child");
                assert_eq!(group["kind"], "group");
                assert_eq!(
                    (&child["name"], &child["kind"], &child["state"]),
                    (&"child".into(), &"inline".into(), &"running".into())
                );
                assert_eq!((&child["daemon"], &child["adopted"]), (&false.into(), &false.into()));
                assert!(child["age"].is_f64());
                assert_eq!(tree.to_string().lines().count(), tree.len());
                Ok::<_, ()>(())
            }
        )
        .name(ODD);
        odd.await.expect("nobody fails");
    });
}

#[test]
fn the_picture_of_a_tree() {
    one_thread().block_on(async {
        let picture = group!(
            a = async {
                group!(
                    x = sleep_ok(30),
                    #[daemon]
                    y = pending()
                )
                .name("inner")
                .await
            },
            look = async {
                tokio::task::yield_now().await;
                let tree = snapshot().to_string();
                let lines = tree.lines().skip_while(|line| !line.contains("picture")).take(6);
                // Depth and age depend on what else runs in this process.
                let text: Vec<_> = lines.map(|line| line.rsplit_once(", ").expect("an age").0).collect();
                assert_eq!(
                    text,
                    [
                        "`picture`  group, running",
                        "├─ `a`  inline, waiting",
                        "│  └─ `inner`  group, running",
                        "│     ├─ `x`  inline, waiting",
                        "│     └─ `y`  inline daemon, waiting",
                        "└─ `look`  inline, running",
                    ]
                );
                Ok::<_, ()>(())
            },
        )
        .name("picture");
        picture.await.expect("nobody fails");
    });
}

#[test]
fn deep_trees_are_shown_and_taken_down() {
    fn deep(levels: usize) -> std::pin::Pin<Box<dyn Future<Output = Result<(), ()>> + Send>> {
        Box::pin(async move {
            if levels == 0 {
                return pending().await;
            }
            group!(
                #[spawn]
                deeper = deep(levels - 1)
            )
            .name("deep")
            .await
        })
    }
    on_both(async || {
        {
            let group = deep(2_000);
            let _ = timeout(Duration::from_millis(700), group).await;
        }
        let tree = snapshot();
        drop(tree.to_string());
        drop(serde_json::to_string(&tree).expect("JSON"));
        orphans().await;
        assert!(find(&snapshot(), "deep").is_none());
    });
}
