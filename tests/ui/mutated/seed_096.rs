// errors: 1
// Seed 96: a number in place of "a".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let lengths = group!(
        #[spawn]
        for url in [7, "b"] {
            let client = client.clone();
            async move {
                let page = fetch_owned(client, url).await?;
                Ok::<_, AppError>(page.len())
            }
        }
    )
    .await?;
    Ok(())
}

fn main() {}
