// errors: 2
// The same: seed_027, seed_050.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    async fn pages(client: &Client) -> Result<(), AppError> {
        let mut names = vec![7.to_owned()];
        for n in 1..18 {
            names.push(format!("{}{n}", names[n - 1]));
        }
        for name in &names {
            fetch(client, name).await?;
        }
        Ok(())
    }
    pages(&Client).await?;
    Ok(())
}

fn main() {}
