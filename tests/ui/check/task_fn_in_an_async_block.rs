// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let later = async {
        #[child]
        let user = fetch_user(client, 1);
        user.await.name
    };
    println!("{}", later.await);
    Ok(())
}

fn main() {}
