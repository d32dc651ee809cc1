// errors: 6
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group(timout = 1)]
async fn run(client: &Client) -> Result<(), AppError> {
    let late;
    #[chlid]
    let user = fetch_user(client, 1).await?;
    #[daemon]
    let beat = heartbeat(client);
    late = 1;
    let (a, b) = (user, beat).join().await;
    println!("{} {b:?} {late}", a.name);
    let wrong: u8 = "text";
    drop(wrong);
    Ok(())
}

fn main() {}
