//! No lint fires in the user's code because of what a `group!` expands to.
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

use taskgroup::group;
use taskgroup_tests::app::{AppError, Client, User, fetch, fetch_owned, fetch_user, heartbeat, look_up, parse, render};
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

#[test]
fn they_compile() {
    drop(every_arm(&Client, &[]));
    drop(bodies(&Client));
    drop(endless(&Client));
}
