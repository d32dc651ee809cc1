// errors: 1
// Seed 57: a text in place of 1.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    async fn tick(_second: u64) -> Result<(), AppError> {
        sleep(Duration::from_secs(1)).await;
        Ok(())
    }
    let client = Client;
    let user = group!(
        user = fetch_user(&client, "7"),
        #[daemon]
        async {
            for second in 0.. {
                tick(second).await?;
            }
            Ok(())
        },
    )
    .await?;
    Ok(())
}

fn main() {}
