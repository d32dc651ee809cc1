// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let name;
    #[child]
    heartbeat(client);
    name = look_up(client, "a").await?;
    println!("{name}");
    Ok(())
}

fn main() {}

// Applied:
// - let name;
// - name = look_up(client, "a").await?;
// + let name = look_up(client, "a").await?;

// Applied:
// - let name;
// + let mut name = "";
