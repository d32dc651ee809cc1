//! The same for `#[task_group]`.

use taskgroup::task_group;
use taskgroup_tests::app::{AppError, Client, User, fetch, fetch_user};

#[no_implicit_prelude]
mod without_a_prelude {
    use ::taskgroup_tests::app::{AppError, Client, fetch, fetch_owned, heartbeat, parse};

    #[::taskgroup::task_group(limit = 8, grace = ::core::time::Duration::from_secs(1))]
    pub(super) async fn run(client: &Client) -> ::core::result::Result<usize, AppError> {
        #[child]
        let page = fetch(client, "a");
        #[spawn]
        let owned = fetch_owned(::core::clone::Clone::clone(client), "b");
        #[blocking]
        let number = || parse("3");
        #[daemon]
        heartbeat(client);
        for url in ["c", "d"] {
            #[child]
            fetch(client, url);
        }
        #[child]
        let five = async { ::core::result::Result::Ok(5) };
        let (page, owned, number, five) = (page, owned, number, five).join().await;
        ::core::result::Result::Ok(page.len() + owned.len() + number as usize + five)
    }
}

/// Types, modules, functions, traits and variables that are called like what an expansion names.
#[allow(dead_code)]
mod with_names_like_ours {
    use taskgroup_tests::app::{AppError, Client, User, fetch_user};

    pub(super) mod core {}
    pub(super) mod taskgroup {}
    pub(super) mod std {}
    struct Hub;
    struct Site;
    struct Child;
    struct Group;
    fn hub() {}
    fn stage() {}

    #[::taskgroup::task_group(limit = 2)]
    pub(super) async fn run(client: &Client, __result: u64) -> Result<(User, User, u64), AppError> {
        let __rest = __result + 1;
        let __sites_of_mine = 7;
        #[child]
        let user = fetch_user(client, __result);
        let __body = __rest;
        #[child]
        let rest = fetch_user(client, __body);
        let (user, rest) = (user, rest).join().await;
        Ok((user, rest, __sites_of_mine))
    }
}

/// A prelude turned upside down.
#[allow(dead_code, non_camel_case_types)]
mod with_another_prelude {
    use taskgroup_tests::app::{AppError, Client, fetch};

    struct Some;
    struct None;
    struct Ok;
    struct Err;
    struct Option;
    struct Box;
    trait Future {}
    trait IntoFuture {}
    trait Iterator {}
    trait Send {}
    trait Join {}
    type Result<T> = core::result::Result<T, AppError>;

    #[taskgroup::task_group]
    pub(super) async fn function(client: &Client) -> Result<String> {
        for url in ["a", "b"] {
            #[child]
            fetch(client, url);
        }
        #[child]
        let page = fetch(client, "c");
        let page = page.await;
        Result::Ok(page)
    }

    pub(super) async fn group(client: &Client) -> Result<usize> {
        let (page, pages) = taskgroup::group!(
            fetch(client, "a"),
            for url in ["a", "b"] {
                fetch(client, url)
            },
        )
        .await?;
        Result::Ok(page.len() + pages.len())
    }
}

/// A trait of the same name, with a method of the same name, for other types.
trait Join {
    fn join(&self) -> usize;
}

impl Join for Client {
    fn join(&self) -> usize {
        4
    }
}

#[task_group]
async fn other_joins(client: &Client) -> Result<(String, usize, String), AppError> {
    #[child]
    let page = fetch(client, "a");
    #[child]
    let other = fetch(client, "b");
    let (page, other) = (page, other).join().await;
    Ok(([page, other].join("+"), client.join(), ["x", "y"].concat()))
}

/// A function made from every kind of fragment.
macro_rules! function {
    ($(#[$attribute:meta])* $name:ident($($argument:ident: $type:ty),*) -> $output:ty, $child:ident = $value:expr, $body:block, $statement:stmt) => {
        $(#[$attribute])*
        async fn $name($($argument: $type),*) -> $output {
            #[child]
            let $child = $value;
            $statement;
            let second = {
                #[child]
                let inner = $body;
                inner.await
            };
            Ok(($child.await, second))
        }
    };
}

function! {
    #[task_group(limit = 3)]
    from_fragments(client: &Client, id: u64) -> Result<(User, String), AppError>,
    user = fetch_user(client, id),
    { fetch(client, "b") },
    let _unused = id
}

/// The attribute stands in the macro.
macro_rules! service {
    ($name:ident, $client:ident, $($body:tt)*) => {
        #[task_group]
        async fn $name($client: &Client) -> Result<usize, AppError> { $($body)* }
    };
}

service! { passed_on, client,
    #[child]
    let page = fetch(client, "abc");
    Ok(page.await.len())
}

struct Row<const N: usize>([u64; N]);

impl<const N: usize> Row<N> {
    const WIDTH: usize = N;

    #[task_group(limit = N + 1)]
    async fn users<const M: usize>(&self, more: [u64; M]) -> Result<[usize; 2], AppError>
    where
        [(); M]: Sized,
    {
        let mut users = Vec::with_capacity(N + M);
        for id in self.0.into_iter().chain(more) {
            #[child]
            let user = fetch_user(&Client, id);
            users.push(user);
        }
        let users = users.join().await;
        Ok([users.len(), const { Self::WIDTH }])
    }

    async fn in_a_group(&self) -> Result<[User; 2], AppError> {
        let users = taskgroup::group!(for id in self.0 {
            fetch_user(&Client, id + N as u64)
        })
        .await?;
        <[User; 2]>::try_from(users).map_err(|_| AppError)
    }
}

#[tokio::test]
async fn modules_without_a_prelude() {
    assert_eq!(without_a_prelude::run(&Client).await.expect("a sum"), 1 + 1 + 3 + 5);
}

#[tokio::test]
async fn names_like_ours() {
    let (user, rest, seven) = with_names_like_ours::run(&Client, 1).await.expect("users");
    assert_eq!((user.name.as_str(), rest.name.as_str(), seven), ("1", "2", 7));
}

#[tokio::test]
async fn another_prelude() {
    assert_eq!(with_another_prelude::function(&Client).await.expect("a page"), "c");
    assert_eq!(with_another_prelude::group(&Client).await.expect("pages"), 3);
}

#[tokio::test]
async fn other_methods_called_join() {
    let (pages, four, text) = other_joins(&Client).await.expect("pages");
    assert_eq!((pages.as_str(), four, text.as_str()), ("a+b", 4, "xy"));
}

#[tokio::test]
async fn enclosing_macros() {
    let (user, page) = from_fragments(&Client, 5).await.expect("both");
    assert_eq!((user.name.as_str(), page.as_str()), ("5", "b"));
    assert_eq!(passed_on(&Client).await.expect("a page"), 3);
}

#[tokio::test]
async fn enclosing_const_generics() {
    assert_eq!(Row([1, 2]).users([3, 4, 5]).await.expect("users"), [5, 2]);
    let users = Row([1, 2]).in_a_group().await.expect("users");
    assert_eq!(users.map(|user| user.name), ["3", "4"]);
}

#[tokio::test]
async fn functions_inside_closures_and_functions() {
    let run = |id| async move {
        #[task_group]
        async fn inner(client: &Client, id: u64) -> Result<User, AppError> {
            #[child]
            let user = fetch_user(client, id);
            Ok(user.await)
        }
        taskgroup::group!(inner(&Client, id), inner(&Client, id + 1)).await
    };
    let (one, two) = run(1).await.expect("users");
    assert_eq!((one.name.as_str(), two.name.as_str()), ("1", "2"));
}
