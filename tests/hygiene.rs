//! The code that contains a `group!` does not change its meaning, and what the macro emits is not visible there.

#[path = "hygiene/functions.rs"]
mod functions;

use taskgroup_tests::app::{AppError, Client, User, fetch, fetch_user};

#[no_implicit_prelude]
mod without_a_prelude {
    use ::taskgroup_tests::app::{AppError, Client, fetch, fetch_owned, heartbeat, parse};

    pub(super) async fn run(client: &Client) -> ::core::result::Result<usize, AppError> {
        let (page, owned, number, pages, never) = ::taskgroup::group!(
            fetch(client, "a"),
            #[spawn]
            owned = fetch_owned(::core::clone::Clone::clone(client), "b"),
            #[blocking]
            || parse("3"),
            for url in ["c", "d"] {
                fetch(client, url)
            },
            #[daemon]
            heartbeat(client),
            async { ::core::result::Result::Ok(5) },
        )
        .await?;
        ::core::result::Result::Ok(page.len() + owned.len() + number as usize + pages.len() + never)
    }
}

/// Types, modules, functions and variables that are called like what an expansion names.
#[allow(dead_code)]
mod with_names_like_ours {
    use taskgroup_tests::app::{AppError, Client, User, fetch_user};

    pub(super) mod core {}
    pub(super) mod taskgroup {}
    struct Infallible;
    fn group() {}
    fn into_group() {}

    /// Methods that everything has.
    trait Everywhere: Sized {
        fn inline(self) -> Self {
            self
        }
        fn spawn(self) -> Self {
            self
        }
        fn each(self) -> Self {
            self
        }
        fn into_group(self) -> Self {
            self
        }
    }
    impl<T> Everywhere for T {}

    pub(super) async fn run(__private: &Client) -> Result<(User, Vec<User>), AppError> {
        let group = __private;
        let name = 1;
        let inline = 2;
        ::taskgroup::group!(
            group = fetch_user(group, name),
            inline = for name in [name, inline] {
                fetch_user(__private, name)
            },
        )
        .await
    }
}

/// The arms of a group, passed on as they are.
macro_rules! forward {
    ($($arms:tt)*) => { taskgroup::group!($($arms)*) };
}

/// Every kind of fragment that an arm can be made from.
macro_rules! from_fragments {
    ($name:ident, $first:expr, $second:block, for $pat:pat in $source:expr => $body:block, $closure:expr) => {
        taskgroup::group!(
            $name = $first,
            $second,
            #[spawn]
            async { Ok::<_, AppError>($name()) },
            for $pat in $source $body,
            #[blocking]
            $closure,
        )
    };
}

/// As many arms as there are arguments.
macro_rules! all {
    ($($child:expr),* $(,)?) => { taskgroup::group!($($child),*).await };
}

/// An attribute from outside.
macro_rules! with_attribute {
    ($attribute:meta, $child:expr) => {
        taskgroup::group!(
            #[$attribute]
            child = $child
        )
    };
}

fn seven() -> u8 {
    7
}

#[tokio::test]
async fn modules_without_a_prelude() {
    assert_eq!(without_a_prelude::run(&Client).await.expect("a sum"), 1 + 1 + 3 + 2 + 5);
}

#[tokio::test]
async fn names_like_ours() {
    let (user, users) = with_names_like_ours::run(&Client).await.expect("users");
    assert_eq!((user.name.as_str(), users.len()), ("1", 2));
}

#[tokio::test]
async fn enclosing_macros() {
    let client = Client;
    let (user, pages) = forward!(
        user = fetch_user(&client, 1),
        pages = for url in ["a", "b"] {
            fetch(&client, url)
        },
    )
    .await
    .expect("both");
    assert_eq!((user.name.as_str(), pages.len()), ("1", 2));

    let (user, page, seven, pages, bytes) = from_fragments!(
        seven,
        fetch_user(&client, 2),
        { fetch(&client, "b") },
        for (n, url) in ["a", "b"].into_iter().enumerate() => { let _ = n; fetch(&client, url) },
        move || Ok(vec![1_u8])
    )
    .await
    .expect("all");
    assert_eq!((user.name.as_str(), page.as_str(), seven, pages.len(), bytes), ("2", "b", 7, 2, vec![1]));

    let (one, two): (User, String) = all!(fetch_user(&client, 1), fetch(&client, "a")).expect("both");
    assert_eq!(one.name.len(), two.len());

    assert_eq!(with_attribute!(spawn, async { Ok::<_, AppError>(1) }).await.expect("one"), 1);
    assert_eq!(with_attribute!(blocking, || Ok::<_, AppError>(1)).await.expect("one"), 1);
}

#[tokio::test]
async fn groups_inside_groups() {
    let client = Client;
    let ((user, page), pages) = taskgroup::group!(
        taskgroup::group!(fetch_user(&client, 1), fetch(&client, "a")),
        for id in [1, 2] {
            taskgroup::group!(
                fetch_user(&client, id),
                for url in ["b"] {
                    fetch(&client, url)
                }
            )
        },
    )
    .await
    .expect("all");
    assert_eq!((user.name.as_str(), page.as_str(), pages.len()), ("1", "a", 2));
}

#[tokio::test]
async fn enclosing_closures_and_generics() {
    async fn sum<const N: usize, T: Into<u64> + Copy>(values: [T; N]) -> Result<u64, AppError> {
        let sums = taskgroup::group!(for value in values {
            async move { Ok::<_, AppError>(value.into() + N as u64) }
        })
        .await?;
        Ok(sums.into_iter().sum())
    }
    let pair = |id| async move { taskgroup::group!(fetch_user(&Client, id), sum([1_u8, 2])).await };
    let (user, sum) = pair(3).await.expect("both");
    assert_eq!((user.name.as_str(), sum), ("3", 7));
}

#[tokio::test]
async fn line_numbers_are_the_users() {
    let first = line!();
    let (one, two, lines, (column, _)) = taskgroup::group!(
        async { Ok::<_, AppError>(line!()) },
        #[blocking]
        || Ok(line!()),
        for _ in 0..1 {
            let line = line!();
            async move { Ok((line, line!())) }
        },
        async { Ok((column!(), line!())) },
    )
    .await
    .expect("all");
    assert_eq!((one, two, lines), (first + 2, first + 4, vec![(first + 6, first + 7)]));
    assert_eq!(column, 21);
}
