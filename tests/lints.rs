//! No lint fires in the user's code because of what a `group!` or a `#[task_group]` expands to.
//!
//! `cargo clippy` reads this file too. That the user's own lints go on firing is in `ui/lints`.

#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    meta_variable_misuse,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    rust_2018_idioms,
    rust_2024_compatibility,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unreachable_pub,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results
)]
#![deny(
    clippy::await_holding_lock,
    clippy::redundant_closure_call,
    clippy::redundant_async_block,
    clippy::shadow_unrelated,
    clippy::default_numeric_fallback,
    clippy::absolute_paths,
    clippy::unwrap_used,
    clippy::panic,
    clippy::let_underscore_untyped,
    clippy::let_underscore_must_use,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use std::convert::Infallible;

use taskgroup::{group, task_group};
use taskgroup_tests::app::{
    AppError, Client, Duration, User, fetch, fetch_owned, fetch_user, heartbeat, look_up, parse, render,
};
use tokio::task::yield_now;

type Everything = (User, &'static str, Vec<u8>, Vec<String>, Vec<&'static str>, Vec<u64>, u8);

async fn every_arm(client: &Client, urls: &[String]) -> Result<Everything, AppError> {
    let image = [1_u8];
    group!(
        user = fetch_user(client, 1),
        #[spawn]
        owned = fetch_owned(client.clone(), "a"),
        #[blocking]
        thumb = move || render(&image),
        #[daemon]
        heartbeat(client),
        #[daemon]
        #[blocking]
        || Ok(()),
        #[daemon]
        #[spawn]
        async {
            loop {
                yield_now().await;
            }
        },
        pages = for url in urls {
            fetch(client, url)
        },
        #[spawn]
        copies = for url in ["a", "b"] {
            fetch_owned(client.clone(), url)
        },
        #[blocking]
        numbers = for text in ["1", "2"] {
            move || parse(text)
        },
        {
            let known = look_up(client, "a").await?;
            async move { u8::try_from(known.len()).map_err(|_| AppError) }
        },
    )
    .await
}

async fn bodies(client: &Client) -> Result<(Vec<usize>, Vec<String>), AppError> {
    group!(
        for (n, url) in ["a", "b"].into_iter().enumerate() {
            if url.is_empty() {
                return Err(AppError);
            }
            let page = fetch(client, url).await?;
            async move { Ok(page.len() + n) }
        },
        for url in ["a", "b"] {
            { fetch(client, url) }
        },
    )
    .await
}

async fn endless(client: &Client) -> Result<Infallible, AppError> {
    group!(
        serve = async {
            loop {
                heartbeat(client).await?;
            }
        },
    )
    .await
}

struct Desk {
    client: Client,
    seen: usize,
}

impl Desk {
    /// Every kind of child statement.
    #[task_group(limit = 4, grace = Duration::from_secs(1))]
    async fn every_statement(&mut self, urls: &[String]) -> Result<(User, usize, u64), AppError> {
        let client = &self.client;
        #[child]
        let user = fetch_user(client, 1);
        #[spawn]
        let owned: &str = fetch_owned(client.clone(), "a");
        #[blocking]
        let number = || parse("3");
        #[daemon]
        heartbeat(client);
        #[daemon]
        #[spawn]
        async {
            loop {
                yield_now().await;
            }
        };
        let user = user.await;
        let mut pages = Vec::new();
        for url in urls {
            #[child]
            let page = fetch(client, url);
            pages.push(page);
        }
        let (owned, number) = (owned, number).join().await;
        let pages = pages.join().await;
        if pages.is_empty() {
            #[child]
            fetch(client, &user.name);
            return Err(AppError);
        }
        self.seen += 1;
        Ok((User { name: user.name.clone() }, pages.len() + owned.len(), number))
    }

    #[task_group]
    async fn no_name_and_no_await(&self) -> Result<(), AppError> {
        #[child]
        heartbeat(&self.client);
        Ok(())
    }
}

#[task_group(boxed)]
async fn boxed(client: &Client, depth: u8) -> Result<u8, AppError> {
    if depth == 0 {
        return Ok(0);
    }
    #[child]
    let below = boxed(client, depth - 1);
    Ok(below.await + 1)
}

/// Nothing here is waited for: without children the attribute still compiles.
#[task_group]
async fn nothing_to_start(client: &Client) -> Result<User, AppError> {
    fetch_user(client, 1).await
}

#[test]
fn they_compile() {
    drop(every_arm(&Client, &[]));
    drop(bodies(&Client));
    drop(endless(&Client));
    let mut desk = Desk { client: Client, seen: 0 };
    drop(desk.every_statement(&[]));
    drop(desk.no_name_and_no_await());
    drop(boxed(&Client, 1));
    drop(nothing_to_start(&Client));
}
