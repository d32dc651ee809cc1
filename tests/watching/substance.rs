//! What the tree says of each node besides its name and state.

use std::{future::pending, thread, time::Duration};

use taskgroup::{
    cancelled, channel, draining, group, is_cancelled, spawner, task_group,
    tree::{Kind, Node, Place, Snapshot, Wait, snapshot},
};
use tokio::time::sleep;

use crate::{look, look_at, on_both, one_thread};

fn find(tree: &Snapshot, name: &str) -> Node {
    tree.iter().find(|node| node.name == name).cloned().unwrap_or_else(|| panic!("`{name}` in {tree}"))
}

fn place(tree: &Snapshot, name: &str) -> (String, u32) {
    let Place { file, line, .. } = find(tree, name).place.expect("a place");
    (file.to_owned(), line)
}

#[test]
fn a_node_has_the_file_and_line_of_its_arm() {
    on_both(async || {
        let first = line!();
        let places = group!(
            place_one = pending::<Result<(), ()>>(),
            #[spawn]
            place_two = pending_ok(),
            #[blocking]
            place_three = || {
                while !is_cancelled() {
                    thread::yield_now();
                }
                Ok(())
            },
            place_four = for _ in 0..1 {
                pending::<Result<(), ()>>()
            },
            #[daemon]
            place_look = async {
                check(first).await;
                Err::<(), _>(())
            },
        )
        .name("places");
        places.await.expect_err("the look ends it");
    });
    async fn check(first: u32) {
        let tree = look_at(&["place_one", "place_two", "place_three", "place_four[0]"]).await;
        let here = |line| (file!().to_owned(), first + line);
        assert_eq!(place(&tree, "places"), here(1));
        assert_eq!(place(&tree, "place_one"), here(2));
        assert_eq!(place(&tree, "place_two"), here(4));
        assert_eq!(place(&tree, "place_three"), here(6));
        assert_eq!(place(&tree, "place_four[0]"), here(12));
        assert_eq!(place(&tree, "place_look"), here(16));
        let text = find(&tree, "place_two").to_string();
        assert!(text.ends_with(&format!("{}:{}", file!(), first + 4)), "{text}");
    }
}

#[test]
fn a_node_has_the_file_and_line_of_its_child_statement() {
    const FIRST: u32 = line!();
    #[task_group]
    async fn stated() -> Result<(), ()> {
        #[child]
        pending_ok();
        for _ in 0..1 {
            #[spawn]
            pending_ok();
        }
        let tree = look(|tree| below(tree, "stated").len() == 2).await;
        let lines: Vec<_> =
            below(&tree, "stated").iter().map(|node| node.place.expect("a place").line - FIRST).collect();
        assert_eq!(lines, [4, 7]);
        Err(())
    }
    on_both(async || stated().await.expect_err("it ends so"));
}

fn below(tree: &Snapshot, name: &str) -> Vec<Node> {
    let Some(parent) = tree.iter().find(|node| node.name == name).map(|node| node.id) else { return Vec::new() };
    tree.iter().filter(|node| node.parent == Some(parent)).cloned().collect()
}

async fn pending_ok() -> Result<(), ()> {
    pending().await
}

#[test]
fn a_node_says_how_often_it_was_polled_and_how_long_ago() {
    // Outside a runtime with a clock that is stopped, times would have bounds on one side only.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let polled = group!(
            #[spawn]
            thrice = async {
                for _ in 0..2 {
                    sleep(Duration::from_secs(1)).await;
                }
                pending::<Result<(), ()>>().await
            },
            #[spawn]
            once = pending_ok(),
            looks_at_polls = async {
                sleep(Duration::from_secs(10)).await;
                let tree = snapshot();
                let (thrice, once, looks) = (find(&tree, "thrice"), find(&tree, "once"), find(&tree, "looks_at_polls"));
                assert_eq!((thrice.polls, thrice.idle), (3, Some(Duration::from_secs(8))));
                assert_eq!((once.polls, once.idle), (1, Some(Duration::from_secs(10))));
                assert_eq!((looks.polls, looks.idle, looks.running), (2, None, Some(Duration::ZERO)));
                let group = find(&tree, "polled");
                assert_eq!((group.kind, group.polls > 1), (Kind::Group, true));
                let text = thrice.to_string();
                assert!(text.contains("; ran 8.0 s ago; 3 polls; busy 0.0 s; "), "{text}");
                Err::<(), ()>(())
            },
        )
        .name("polled");
        polled.await.expect_err("the look ends it");
    });
}

#[test]
fn busy_is_the_time_of_all_polls_the_present_one_included() {
    const EACH: Duration = Duration::from_millis(20);
    on_both(async || {
        #[allow(clippy::let_underscore_must_use, reason = "only the look is of interest")]
        let _: Result<_, ()> = group!(
            #[allow(blocking_sleep)]
            works = async {
                thread::sleep(EACH);
                tokio::task::yield_now().await;
                thread::sleep(EACH);
                let tree = snapshot();
                let works = find(&tree, "works");
                assert!(works.busy >= EACH * 2 && works.running >= Some(EACH), "{works}");
                assert!(works.running < Some(works.busy), "{works}");
                Ok(())
            },
        )
        .await;
    });
}

/// Each of these waits in one thing, and is named after it.
#[test]
fn a_child_says_what_it_waits_in() {
    one_thread().block_on(async {
        let (sender, mut empty) = channel::bounded::<u8>(1);
        let (full, _receiver) = channel::bounded(1);
        full.send(1_u8).await.expect("room");
        let (jobs_spawner, mut jobs) = spawner::bounded::<()>(1);
        let (crowded, _jobs) = spawner::bounded::<()>(1);
        crowded.try_spawn(pending()).expect("room");
        let waits = group!(
            in_recv = async {
                empty.recv().await.map_err(drop)?;
                Ok(())
            },
            in_send = async { full.send(2).await.map_err(drop) },
            in_cancelled = async {
                cancelled().await;
                Err::<(), ()>(())
            },
            #[spawn]
            in_draining = async {
                draining().await;
                Err::<(), ()>(())
            },
            in_jobs = async {
                jobs.next().await;
                Ok(())
            },
            in_spawn = async { crowded.spawn(pending()).await.map_err(drop) },
            in_closed = async {
                jobs_spawner.closed().await;
                Err::<(), ()>(())
            },
            in_nothing = pending::<Result<(), ()>>(),
            in_two = async {
                tokio::select! {
                    _ = cancelled() => Err::<(), ()>(()),
                    _ = draining() => Err(()),
                }
            },
            in_look = async {
                let tree = look_at(&[
                    "in_recv",
                    "in_send",
                    "in_cancelled",
                    "in_draining",
                    "in_jobs",
                    "in_spawn",
                    "in_closed",
                    "in_nothing",
                    "in_two",
                ])
                .await;
                let waits = |name: &str| find(&tree, name).waits_in.iter().collect::<Vec<_>>();
                assert_eq!(waits("in_recv"), [Wait::Recv]);
                assert_eq!(waits("in_send"), [Wait::Send]);
                assert_eq!(waits("in_cancelled"), [Wait::Cancelled]);
                assert_eq!(waits("in_draining"), [Wait::Draining]);
                assert_eq!(waits("in_jobs"), [Wait::Jobs]);
                assert_eq!(waits("in_spawn"), [Wait::Spawn]);
                assert_eq!(waits("in_closed"), [Wait::Closed]);
                assert_eq!(waits("in_two"), [Wait::Cancelled, Wait::Draining]);
                assert_eq!(waits("in_nothing"), []);
                assert_eq!(waits("in_look"), []);
                let text = find(&tree, "in_two").to_string();
                assert!(text.contains("; in cancelled or draining; "), "{text}");
                let json = serde_json::to_value(&tree).expect("JSON");
                let node = json.as_array().expect("a list").iter().find(|node| node["name"] == "in_recv").expect("it");
                assert_eq!(node["waits_in"], serde_json::json!(["recv"]));
                assert_eq!(node["file"], file!());
                assert!(node["polls"].as_u64() > Some(1), "{node}");
                Err::<(), ()>(())
            },
        )
        .await;
        waits.expect_err("the look ends it");
        drop(sender);
    });
}

#[test]
fn what_a_child_waited_in_is_forgotten_at_its_next_poll() {
    one_thread().block_on(async {
        let (sender, mut receiver) = channel::bounded::<u8>(1);
        let waits = group!(
            forgets = async {
                receiver.recv().await.map_err(drop)?;
                pending().await
            },
            look = async {
                let polls =
                    find(&look(|tree| find(tree, "forgets").waits_in.contains(Wait::Recv)).await, "forgets").polls;
                sender.send(1).await.map_err(drop)?;
                let tree = look(|tree| find(tree, "forgets").polls > polls).await;
                assert!(find(&tree, "forgets").waits_in.is_empty());
                Err::<(), ()>(())
            },
        );
        waits.await.map(|((), ())| ()).expect_err("the look ends it");
    });
}

#[test]
fn a_group_says_that_it_waits_for_room() {
    #[task_group(limit = 1)]
    async fn crowded() -> Result<(), ()> {
        for _ in 0..2 {
            #[spawn]
            pending_ok();
        }
        Ok(())
    }
    one_thread().block_on(async {
        let rooms = group!(
            function = crowded(),
            arms = group!(a = pending_ok(), b = pending_ok()).limit(1).name("crowded arms"),
            items = group!(for _ in 0..2 {
                pending_ok()
            })
            .limit(1)
            .name("crowded items"),
            roomy = group!(a = pending_ok(), b = pending_ok()).limit(2).name("roomy arms"),
            look = async {
                let waits = |tree: &Snapshot, name: &str| {
                    tree.iter().any(|node| node.name == name && node.waits_in.contains(Wait::Room))
                };
                let crowded = ["crowded", "crowded arms", "crowded items"];
                let tree =
                    look(|tree| crowded.iter().all(|name| waits(tree, name)) && below(tree, "roomy arms").len() == 2)
                        .await;
                assert!(!waits(&tree, "roomy arms"), "{tree}");
                Err::<(), ()>(())
            },
        );
        rooms.await.map(drop).expect_err("the look ends it");
    });
}

#[test]
fn a_function_says_that_it_waits_for_a_child() {
    #[task_group]
    async fn awaits() -> Result<(), ()> {
        #[child]
        let value = pending_ok();
        value.await;
        Ok(())
    }
    one_thread().block_on(async {
        let waits = group!(
            function = awaits(),
            look = async {
                // Until then, this goes on.
                look(|tree| find(tree, "awaits").waits_in.contains(Wait::Child)).await;
                Err::<(), ()>(())
            },
        );
        waits.await.map(drop).expect_err("the look ends it");
    });
}
