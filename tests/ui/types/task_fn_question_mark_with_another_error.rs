// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let text = async {
        let text = read_text().await?;
        Ok(text)
    };
    println!("{}", text.await);
    Ok(())
}

fn main() {}
