//! A whole function, with everything in it.

use std::num::ParseIntError;
use std::time::Duration;

use taskgroup::task_group;
use tokio::task::yield_now;

use crate::support::Error;

#[derive(Debug, PartialEq)]
struct User(u64);

struct Session;

async fn fetch_user(_: &Session, id: u64) -> Result<User, Error> {
    yield_now().await;
    Ok(User(id))
}

async fn fetch_posts(id: u64) -> Result<Vec<u64>, ParseIntError> {
    yield_now().await;
    Ok(vec![id; 3])
}

async fn fetch_friends(user: &User) -> Result<u64, Error> {
    yield_now().await;
    Ok(user.0 + 1)
}

async fn audit(_: &Session, item: &str) -> Result<u64, ParseIntError> {
    yield_now().await;
    item.parse()
}

async fn report_progress(_: &Session) -> Result<(), Error> {
    loop {
        yield_now().await;
    }
}

#[task_group(timeout = Duration::from_secs(5), limit = 4)]
async fn dashboard(items: &[&str], id: u64) -> Result<(User, Vec<u64>, u64), Error> {
    let session = Session;
    #[child]
    let user = fetch_user(&session, id);
    #[spawn]
    let posts: Vec<u64> = fetch_posts(id);
    #[daemon]
    report_progress(&session);
    yield_now().await;
    let user = user.await;
    #[child]
    let friends = fetch_friends(&user);
    for item in items {
        #[child]
        audit(&session, item);
    }
    let (posts, friends) = (posts, friends).join().await;
    Ok((User(user.0), posts, friends))
}

#[tokio::test]
async fn everything_at_once() {
    assert_eq!(dashboard(&["1", "2", "3"], 7).await, Ok((User(7), vec![7; 3], 8)));
    assert_eq!(dashboard(&["1", "x", "3"], 7).await, Err(Error::Parse));
    let spawned = tokio::spawn(dashboard(&["1"], 1)).await.expect("no panic");
    assert_eq!(spawned, Ok((User(1), vec![1; 3], 2)));
}
