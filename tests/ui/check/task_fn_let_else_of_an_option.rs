// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let Some(number) = load::<Option<u8>>(client) else { return Ok(()) };
    println!("{number}");
    Ok(())
}

fn main() {}

// Applied:
// - let Some(number) = load::<Option<u8>>(client) else { return Ok(()) };
// + let number = load::<Option<u8>>(client);
// + let Some(number) = number.await else { return Ok(()) };
