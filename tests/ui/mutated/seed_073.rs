// errors: 1
// Seed 73: a number in place of "{}{n}".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn pages(client: &Client) -> Result<(), AppError> {
        let mut names = vec!["0".to_owned()];
        for n in 1..18 {
            names.push(format!(7, names[n - 1]));
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

// Applied:
// - names.push(format!(7, names[n - 1]));
// +             names.push(format!("{} {}", 7, names[n - 1]));
