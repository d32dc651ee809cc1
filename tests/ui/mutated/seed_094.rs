// errors: 1
// Seed 94: a text in place of 1.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let user = group!(async {
        sleep(Duration::from_secs("7")).await;
        fetch_user(&client, 1).await
    })
    .await?;
    Ok(())
}

fn main() {}
