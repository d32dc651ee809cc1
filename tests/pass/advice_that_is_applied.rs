//! What the messages say to write, written: each function is a case of `ui/`, named here, after its advice was applied.

use taskgroup::{Child, group, task_group};
use taskgroup_tests::app::*;

/// TG005, TG006, TG055: names.
async fn names(client: &Client) -> Result<(), AppError> {
    struct View {
        user: Option<User>,
    }
    let (mut user, page) = group!(user = fetch_user(client, 1), page = fetch(client, "a")).await?;
    user.name.push('!');
    let ((text, _), page_1) = group!(fetch_pair(client), page_1 = fetch(client, &page)).await?;
    let mut view = View { user: None };
    view.user = Some(group!(fetch_user(client, 1)).await?);
    println!("{text} {page_1} {:?}", view.user);
    Ok(())
}

/// TG009, TG026, TG027: loops in groups.
async fn loops(client: &Client) -> Result<(), AppError> {
    group!(
        #[stream]
        name = for item in futures::stream::iter(["a", "b"]) { fetch(client, item) },
        #[daemon]
        async {
            for url in ["a", "b"] {
                fetch(client, url).await?;
            }
            Ok(())
        },
    )
    .await?;
    Ok(())
}

/// TG030, TG031, TG041: items.
async fn items(client: &Client) -> Result<(), AppError> {
    group!(
        for url in ["a", "b"] { fetch(client, url) },
        for url in ["a", "b"] { async move { fetch(client, url).await } },
        for url in ["a", "b"] { async move { Ok::<_, AppError>(url) } },
        #[blocking]
        for n in [1, 2] { move || { Ok(n) } },
    )
    .await?;
    Ok(())
}

/// TG032, TG033: closures.
async fn closures(client: &Client) -> Result<(), AppError> {
    group!(
        #[blocking]
        || parse("1"),
        #[blocking]
        move || parse("2"),
        async { fetch_user(client, 1).await },
        #[spawn]
        fetch_posts(client.clone(), 1),
    )
    .await?;
    Ok(())
}

/// TG034: loops as arms.
async fn loops_as_arms(client: &Client) -> Result<(), AppError> {
    group!(
        async {
            while client.is_open() {
                fetch(client, "a").await?;
            }
            Ok::<_, AppError>(())
        },
        async {
            for url in ["a", "b"] {
                fetch(client, url).await?;
            }
            Ok(())
        },
        async {
            loop {
                if !client.is_open() {
                    break;
                }
                fetch(client, "a").await?;
            }
            Ok(())
        },
    )
    .await?;
    Ok(())
}

/// TG036, TG037: jumps.
async fn jumps(client: &Client) -> Result<(), AppError> {
    group!(
        for url in ["a", "b"].into_iter().take(1) { fetch(client, url) },
        for url in ["a", "b"].into_iter().filter(|url| !url.is_empty()) { fetch(client, url) },
        for url in ["a", "b"] {
            if url.is_empty() {
                return Ok(String::new());
            }
            fetch(client, url)
        },
    )
    .await?;
    Ok(())
}

/// TG038: bodies that the owner runs.
async fn owned(client: &Client) -> Result<(), AppError> {
    let client = client.clone();
    group!(
        #[spawn]
        for url in ["a", "b"] {
            let client = client.clone();
            async move {
                let page = fetch_owned(client, url).await?;
                println!("{page}");
                Ok::<_, AppError>(())
            }
        }
    )
    .await?;
    Ok(())
}

/// TG039, TG040: what is detached, and what sleeps.
async fn detached(client: &Client) -> Result<(), AppError> {
    group!(
        #[spawn]
        name = fetch_posts(client.clone(), 1),
        #[blocking]
        other = move || parse("1"),
        async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        },
        #[blocking]
        || {
            std::thread::sleep(Duration::from_secs(1));
            Ok(())
        },
        #[allow(detached)]
        async {
            drop(tokio::spawn(std::future::ready(())));
            Ok(())
        },
        #[allow(blocking_sleep)]
        async {
            std::thread::sleep(Duration::from_millis(1));
            Ok(())
        },
    )
    .await?;
    Ok(())
}

/// TG050 to TG057: habits from elsewhere.
async fn habits(client: &Client, wanted: bool) -> Result<(), AppError> {
    group!(fetch_user(client, 1), fetch(client, "a")).limit(8).await?;
    let first = group!(fetch(client, "a"), fetch(client, "b")).race().await;
    group!(
        async { if wanted { Ok(Some(fetch_user(client, 1).await?)) } else { Ok(None) } },
        async move { if wanted { Ok(Some(fetch(client, "a").await?)) } else { Ok(None) } },
        async { fetch(client, "a").await },
        #[spawn]
        fetch_posts(client.clone(), 1),
        async {
            fetch(client, "a").await?;
            Ok(())
        },
        taskgroup::ok(count(client)),
    )
    .await?;
    println!("{}", first.is_ok());
    Ok(())
}

/// TG116, TG122, TG135, TG136: how statements are written.
#[task_group]
async fn statements(client: &Client) -> Result<(), AppError> {
    for url in ["a", "b"] {
        #[child]
        fetch(client, url);
    }
    #[child]
    let pair = fetch_pair(client);
    let (text, number) = pair.await;
    #[child]
    let child = fetch(client, &text);
    let page = child.await;
    println!("{page} {number}");
    Ok(())
}

/// TG117: recursion.
#[task_group(boxed)]
async fn walk(depth: u32) -> Result<(), AppError> {
    if depth > 0 {
        #[spawn]
        walk(depth - 1);
    }
    Ok(())
}

/// TG125, TG138, TG139: handles.
#[task_group]
async fn handles(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    #[child]
    let page = fetch(client, "a");
    let (user, page) = (user, page).join().await;
    #[spawn]
    async move {
        println!("{} {page}", user.name);
        Ok(())
    };
    #[child]
    let last = fetch(client, "b");
    if !Child::is_finished(&last) {
        Child::cancel(last).await;
    }
    Ok(())
}

/// TG140 to TG149: what statements start.
#[task_group]
async fn started(client: &Client, wanted: bool) -> Result<(), AppError> {
    #[blocking]
    let name = move || parse("1");
    #[spawn]
    let posts = fetch_posts(client.clone(), 1);
    #[child]
    async move { if wanted { Ok(Some(fetch(client, "a").await?)) } else { Ok(None) } };
    #[child]
    async {
        fetch(client, "a").await?;
        Ok(())
    };
    println!("{} {:?}", name.await, posts.await);
    Ok(())
}

fn main() {
    drop((names(&Client), loops(&Client), items(&Client), closures(&Client), loops_as_arms(&Client), jumps(&Client)));
    drop((owned(&Client), detached(&Client), habits(&Client, true), statements(&Client), walk(1), handles(&Client)));
    drop(started(&Client, true));
}
