// errors: 1
// Seed 98: a text in place of 0.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    async fn tick(_second: u64) -> Result<(), AppError> {
        sleep(Duration::from_secs(1)).await;
        Ok(())
    }
    let client = Client;
    let user = group!(
        user = fetch_user(&client, 1),
        #[daemon]
        async {
            for second in "7".. {
                tick(second).await?;
            }
            Ok(())
        },
    )
    .await?;
    Ok(())
}

fn main() {}
