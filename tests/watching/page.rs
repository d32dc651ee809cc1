//! `Snapshot::to_html`. The tests run one after the other, because the page of one would show the groups of another.

use std::{
    future::{Future, pending},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use taskgroup::{channel, group, tree::snapshot};
use tokio::{runtime::Builder, time::sleep};

static ONE_TEST: Mutex<()> = Mutex::new(());

fn run<F: Future>(test: F) -> F::Output {
    let _one = ONE_TEST.lock().unwrap_or_else(PoisonError::into_inner);
    // A clock that stands still: every wait is as long as the test says.
    Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime").block_on(test)
}

/// Returns the part of the page that shows the whole tree.
fn all(page: &str) -> &str {
    page.split_once("<h2>All</h2>").expect("the heading").1
}

#[test]
fn the_page_is_whole_and_has_no_script() {
    run(async {
        let (_sender, mut receiver) = channel::bounded::<u8>(1);
        let page = group!(
            on_page = async { receiver.recv().await.map(drop).map_err(drop) },
            look = async {
                tokio::task::yield_now().await;
                let page = snapshot().to_html();
                assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
                assert!(page.contains("name=\"viewport\""));
                for active in ["<script", "javascript:", " src=", " href=", " onclick", "http://", "https://"] {
                    assert!(!page.contains(active), "{active}");
                }
                let tags =
                    |tag: &str| (page.matches(&format!("<{tag}")).count(), page.matches(&format!("</{tag}>")).count());
                for tag in ["details", "summary", "div", "ol", "li", "b", "i", "small", "span", "p"] {
                    let (opened, closed) = match tag {
                        // Other tags begin with the same letters.
                        "b" | "i" | "p" => (
                            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count(),
                            tags(tag).1,
                        ),
                        _ => tags(tag),
                    };
                    assert_eq!(opened, closed, "{tag}");
                }
                let node = all(&page).lines().find(|line| line.contains("<b>on_page</b>")).expect("the child");
                assert!(node.contains("inline <i>waiting</i>") && node.contains("in recv"), "{node}");
                assert!(node.contains("watching/page.rs:"), "{node}");
                Err::<(), ()>(())
            },
        )
        .await;
        page.map(drop).expect_err("the look ends it");
    });
}

#[test]
fn a_name_is_text_of_the_page() {
    run(async {
        let name = "<img src=x onerror=alert(1)> & \"'\u{202e}\n".to_owned() + &"long".repeat(1_000);
        let page = group!(look = async { Ok::<_, ()>(snapshot().to_html()) }).name(name).await.expect("a page");
        assert!(!page.contains("<img"));
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;&#39;\\u{202e}\\u{a}long"));
        assert!(!page.contains(&"long".repeat(100)));
    });
}

#[test]
fn the_longest_waits_are_on_top() {
    run(async {
        let waits = group!(
            #[spawn]
            waits_little = async {
                sleep(Duration::from_secs(90)).await;
                pending::<Result<(), ()>>().await
            },
            #[spawn]
            outer = async {
                sleep(Duration::from_secs(95)).await;
                group!(
                    #[spawn]
                    waits_long = async { pending::<Result<(), ()>>().await },
                )
                .await
            },
            #[spawn]
            waits_most = async { pending::<Result<(), ()>>().await },
            look = async {
                sleep(Duration::from_secs(100)).await;
                let page = snapshot().to_html();
                let (table, tree) = page.split_once("<h2>All</h2>").expect("the heading");
                let order = |text: &str, names: &[&str]| {
                    let at = names
                        .iter()
                        .map(|name| text.find(&format!("<b>{name}</b>")).unwrap_or_else(|| panic!("{name}")));
                    assert!(at.is_sorted(), "{text}");
                };
                order(table, &["waits_most", "waits_little", "waits_long"]);
                order(tree, &["waits_most", "waits_little", "outer", "waits_long", "look"]);
                assert!(table.contains("<span class=\"still\">1 min 40 s</span> <b>waits_most</b>"), "{table}");
                Err::<(), ()>(())
            },
        )
        .await;
        waits.map(drop).expect_err("the look ends it");
    });
}

#[test]
fn a_large_tree_is_bounded_and_the_page_says_what_it_leaves_out() {
    const MANY: usize = 20_000;
    run(async {
        let many = group!(
            few = group!(
                #[spawn]
                few_one = pending::<Result<(), ()>>(),
                #[spawn]
                few_two = pending::<Result<(), ()>>()
            ),
            many = for _ in 0..MANY {
                pending::<Result<(), ()>>()
            },
            look = async {
                // The items are pulled a bounded number at a time.
                while snapshot().len() < MANY + 3 {
                    tokio::task::yield_now().await;
                }
                sleep(Duration::from_secs(1)).await;
                let tree = snapshot();
                let page = tree.to_html();
                let shown = all(&page).matches("<b>").count();
                assert!((500..=1_500).contains(&shown), "{shown}");
                assert!(page.len() < 600_000, "{}", page.len());
                let told: usize = page
                    .split(" more not shown")
                    .filter_map(|text| text.rsplit('>').next()?.parse::<usize>().ok())
                    .sum();
                assert_eq!(shown + told, tree.len());
                assert!(page.contains(&format!("{shown} of {} are shown here", tree.len())));
                assert!(page.contains("<b>few_two</b>"), "few children are not crowded out");
                Err::<(), ()>(())
            },
        )
        .await;
        many.map(drop).expect_err("the look ends it");
    });
}

#[test]
fn a_deep_tree_is_bounded_too() {
    fn deep(levels: usize) -> std::pin::Pin<Box<dyn Future<Output = Result<(), ()>> + Send>> {
        Box::pin(async move {
            if levels == 0 {
                check();
                return Err(());
            }
            group!(
                #[spawn]
                deeper = deep(levels - 1)
            )
            .await
        })
    }
    fn check() {
        let page = snapshot().to_html();
        let depth = page.lines().fold((0_usize, 0), |(now, most), line| {
            let now = now + line.matches("<details").count() - line.matches("</details").count();
            (now, most.max(now))
        });
        assert_eq!(depth.0, 0);
        assert!((10..50).contains(&depth.1), "{depth:?}");
        assert!(page.contains(" more not shown"));
    }
    run(deep(500)).expect_err("the look ends it");
}
