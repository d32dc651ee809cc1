//! Code that only looks like a habit from elsewhere, or like a handle that is read.

use taskgroup::{Child, group, ok, task_group};
use taskgroup_tests::app::*;

struct Name;

impl std::future::Future for Name {
    type Output = Result<u64, AppError>;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        std::task::Poll::Ready(Ok(1))
    }
}

trait Measured: Sized {
    fn measured(self) -> Self {
        self
    }
}

impl<F: std::future::Future> Measured for F {}

/// Names of options and of starters, for ordinary arms.
async fn names(client: &Client) -> Result<u64, AppError> {
    let biased = fetch(client, "a");
    let (limit, timeout, spawn, task, _, name) = group!(
        limit = fetch_user(client, 1),
        timeout = async { tokio::time::timeout(Duration::from_secs(1), fetch(client, "a")).await.map_err(|_| AppError)? },
        spawn = fetch(client, "b"),
        task = fetch(client, "c"),
        biased,
        name = Name,
    )
    .await?;
    println!("{limit:?} {timeout} {spawn} {task}");
    Ok(name)
}

async fn conditions(client: &Client, wanted: bool) -> Result<(), AppError> {
    let (page, user, pages) = group!(
        if wanted { fetch(client, "a") } else { fetch(client, "b") },
        async move { if wanted { Ok(Some(fetch_user(client, 1).await?)) } else { Ok(None) } },
        for url in ["a", "b"] { async move { if wanted { fetch(client, url).await } else { Ok(String::new()) } } },
    )
    .await?;
    println!("{page} {user:?} {pages:?}");
    let sum = group!({
        let client = client.clone();
        async move { count(&client).await; Ok::<_, AppError>(stringify!(tokio::spawn(count(&client)))) }
    })
    .await?;
    println!("{sum}");
    Ok(())
}

struct Page {
    user: User,
    len: usize,
}

#[task_group]
async fn handles(client: &Client) -> Result<usize, AppError> {
    #[child]
    let user = fetch_user(client, 1);
    #[child]
    let page = fetch(client, "a").measured();
    // Another variable of the name, a field and a named argument.
    let greeting = |user: &User| user.greeting();
    println!("{user}", user = "nobody");
    if Child::is_finished(&user) {
        println!("{}", Child::name(&user));
    }
    let (user, page) = (user, page).join().await;
    println!("{} {} {}", user.name, page.len(), greeting(&user));
    let page = Page { user, len: page.len() };
    #[child]
    let length = fetch(client, &page.user.name);
    #[spawn]
    let posts = fetch_posts(client.clone(), length.await.len() as u64);
    let posts = posts.await;
    #[spawn]
    let again = async move { Ok(posts.len()) };
    #[child]
    let measured = async { Ok(again.measured().await) };
    Ok(page.len + measured.await)
}

#[task_group]
async fn blocks(client: &Client) -> Result<(), AppError> {
    #[child]
    {
        let client = client.clone();
        async move { heartbeat(&client).await }
    };
    for url in ["a", "b"] {
        if !url.is_empty() {
            #[child]
            fetch(client, url);
        }
    }
    // In the tokens of a macro that has a meaning of its own for the attribute.
    let posts = group!(#[spawn] fetch_posts(client.clone(), 1)).await?;
    println!("{posts:?} {}", stringify!(#[child] f()));
    Ok(())
}

mod other {
    use super::*;

    pub async fn walk(depth: u32) -> Result<u32, AppError> {
        Ok(depth)
    }
}

#[task_group]
async fn walk(depth: u32) -> Result<u32, AppError> {
    #[spawn]
    let below = other::walk(depth);
    #[child]
    let same = Box::pin(ok(count(&Client)));
    Ok(below.await + same.await as u32)
}

fn main() {
    drop((names(&Client), conditions(&Client, true), handles(&Client), blocks(&Client), walk(1)));
}
