// errors: 1
// Seed 50: a number in place of "0".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn pages(client: &Client) -> Result<(), AppError> {
        let mut names = vec![7.to_owned()];
        for n in 1..18 {
            names.push(format!("{}{n}", names[n - 1]));
        }
        for name in &names {
            #[child]
            fetch(client, name);
        }
        Ok(())
    }
    pages(&Client).await?;
    Ok(())
}

fn main() {}
