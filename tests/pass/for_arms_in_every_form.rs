use std::collections::HashMap;

use taskgroup::group;
use taskgroup_tests::app::*;

enum Job {
    Old(u64),
    New(u64),
}

async fn run(client: &Client, urls: Vec<String>) -> Result<(), AppError> {
    let names = HashMap::from([("a", 1)]);
    let _: (Vec<String>, Vec<String>, Vec<u64>, Vec<u64>, Vec<(usize, String)>) = group!(
        for url in &urls { fetch(client, url) },
        for url in urls.clone() { fetch(client, &url) },
        for (_, id) in &names { async move { Ok(*id) } },
        for Job::Old(id) | Job::New(id) in [Job::Old(1), Job::New(2)] {
            if id == 1 {
                return Ok(0);
            }
            let known = look_up(client, "a").await?;
            async move { Ok(id + known.len() as u64) }
        },
        for (n, mut url) in urls.clone().into_iter().enumerate() {
            'words: for word in ["a", "b"] {
                loop {
                    if url.contains(word) {
                        continue 'words;
                    }
                    break;
                }
                url += word;
            }
            async move { Ok((n, fetch(client, &url).await?)) }
        },
    )
    .await?;
    let mut started = 0;
    let (owned, parsed) = group!(
        #[spawn]
        for url in ["a", "b"] {
            started += 1;
            let client = client.clone();
            async move {
                if url.is_empty() {
                    return Err(AppError);
                }
                fetch_owned(client, url).await
            }
        },
        #[blocking]
        for text in urls {
            move || {
                let number = parse(&text)?;
                Ok(number)
            }
        },
    )
    .await?;
    let _: (Vec<&str>, Vec<u64>, i32) = (owned, parsed, started);
    Ok(())
}

fn main() {
    fn is_send<T: Send>(_: T) {}
    is_send(run(&Client, Vec::new()));
}
