use std::future::{Future, Ready, ready};
use std::pin::Pin;

use taskgroup::group;
use taskgroup_tests::app::*;

fn deferred(text: &str) -> Result<Ready<Result<u64, AppError>>, AppError> {
    let number = text.parse()?;
    Ok(ready(Ok(number)))
}

async fn token() -> Result<String, AppError> {
    Ok("token".to_owned())
}

async fn run(client: &Client, fast: bool) -> Result<(), AppError> {
    let boxed: Pin<Box<dyn Future<Output = Result<u8, AppError>> + Send>> = Box::pin(async { Ok(1) });
    let job = || Ok(5_u8);
    let stored = fetch_user(client, 1);
    let ready_soon = deferred("1")?;
    let (_, _, _, _, _, _, _, _, _, _) = group!(
        boxed,
        stored,
        // An argument is the owner's to await.
        fetch(client, &token().await?),
        ready_soon,
        if fast { fetch_user(client, 1) } else { fetch_user(client, 2) },
        match fast {
            true => fetch_user(client, 3),
            false => fetch_user(client, 4),
        },
        {
            let id = 5;
            fetch_user(client, id)
        },
        #[blocking]
        job,
        #[blocking]
        move || -> Result<u8, AppError> { Ok(u8::from(fast)) },
        #[blocking]
        typed = {
            let image = vec![1];
            move || render(&image)
        },
    )
    .await?;
    // One arm is its own value, with a comma after it or without.
    let _: User = group!(fetch_user(client, 1)).await?;
    let _: User = group! { user = fetch_user(client, 1), }.await?;
    Ok(())
}

async fn endless(client: &Client) -> Result<(), AppError> {
    group!(
        #[daemon]
        async {
            loop {
                heartbeat(client).await?;
            }
        },
        serve = async {
            'serve: loop {
                let found = loop {
                    if client.is_open() {
                        break 1;
                    }
                    continue 'serve;
                };
                fetch_user(client, found).await?;
            }
        },
        #[spawn]
        async {
            loop {
                tokio::task::yield_now().await;
            }
        },
        // This one ends, and says how by itself.
        async {
            loop {
                if client.is_open() {
                    break Ok(1);
                }
            }
        },
        async {
            loop {
                if client.is_open() {
                    return Ok("a");
                }
                tokio::task::yield_now().await;
            }
        },
    )
    // Nothing here says of which type the values are that never come.
    .await
    .map(|_| ())
}

fn main() {
    fn is_send<T: Send>(_: T) {}
    is_send(run(&Client, true));
    is_send(endless(&Client));
}
