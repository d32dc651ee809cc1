// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    {
        let page = fetch(client, "a").await?;
        println!("{page}");
    };
    Ok(())
}

fn main() {}

// Applied:
// - {
// + async {
// - println!("{page}");
// + println!("{page}");
// + Ok(())

// Applied:
// - {
// + async {
// - println!("{page}");
// + println!("{page}");
// + Ok::<_, AppError>(())
