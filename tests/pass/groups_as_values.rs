//! A group that was not awaited is a value like any other: branches of one `if`, elements of one array, arguments, fields, and
//! what a function returns. Its type cannot be written out, and two groups whose children have the same types are of one type.

use std::future::{Future, IntoFuture};

use taskgroup::{Group, group};
use taskgroup_tests::app::*;

async fn branches(client: &Client, first: bool) -> Result<User, AppError> {
    let chosen = if first { group!(fetch_user(client, 1)) } else { group!(fetch_user(client, 2)) };
    chosen.await
}

async fn arms_of_a_match(client: &Client, id: u64) -> Result<User, AppError> {
    match id {
        0 => group!(fetch_user(client, 1)),
        _ => group!(fetch_user(client, id)),
    }
    .await
}

async fn elements(client: &Client) -> Result<usize, AppError> {
    let mut users = Vec::new();
    for group in [group!(fetch_user(client, 1)), group!(fetch_user(client, 2))] {
        users.push(group.await?);
    }
    Ok(users.len())
}

fn argument<C>(group: Group<AppError, C>) -> Group<AppError, C> {
    group
}

struct Held<C> {
    group: Group<AppError, C>,
}

fn returned<'a>(
    client: &'a Client,
    name: &'a str,
) -> impl IntoFuture<Output = Result<(User, &'a str), AppError>, IntoFuture: Send> + 'a {
    group!(fetch_user(client, 1), async move { Ok(name) })
}

fn as_a_future(client: &Client) -> impl Future<Output = Result<User, AppError>> + Send + '_ {
    group!(fetch_user(client, 1)).limit(1).into_future()
}

async fn generic<T, E>(
    first: impl Future<Output = Result<T, E>>,
    second: impl Future<Output = Result<T, E>>,
) -> Result<(T, T), E> {
    group!(first, second).await
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn main() {
    let all = is_send(async {
        let client = &Client;
        let name = String::from("posts");
        branches(client, true).await?;
        arms_of_a_match(client, 3).await?;
        assert_eq!(elements(client).await?, 2);
        argument(group!(fetch_user(client, 1))).await?;
        let held = Held { group: group!(fetch_user(client, 1)) };
        held.group.limit(1).await?;
        assert_eq!(returned(client, &name).await?.1, "posts");
        as_a_future(client).await?;
        generic(fetch_user(client, 1), fetch_user(client, 2)).await.map(drop)
    });
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(all).unwrap();
}
