// errors: 5
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    #[child]
    let greeting = fetch(client, &user.name);
    let user = user.await;
    println!("{greeting} {}", user.name);
    println!("{}", greeting.len());
    println!("{}", greeting);
    if greeting.is_empty() {
        println!("nobody");
    }
    println!("{}", greeting.await);
    Ok(())
}

fn main() {}

// Applied:
// - let user = fetch_user(client, 1);
// + let user = fetch_user(client, 1);
// + let user = user.await;
// - let greeting = fetch(client, &user.name);
// + let greeting = fetch(client, &user.name);
// + let greeting = greeting.await;
// - let user = user.await;
// - println!("{}", greeting.await);
// + println!("{}", greeting);
