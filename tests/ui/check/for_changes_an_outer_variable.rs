// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let mut total = 0;
    group!(for url in ["a", "b"] {
        total += url.len();
        fetch(client, url)
    })
    .await?;
    println!("{total}");
    Ok(())
}

fn main() {}

// Applied:
// - let mut total = 0;
// - group!(for url in ["a", "b"] {
// + let lengths = group!(for url in ["a", "b"] {
// - total += url.len();
// - fetch(client, url)
// + async move { Ok::<_, AppError>((url.len(), fetch(client, url).await?)) }
// - println!("{total}");
// + let total: usize = lengths.iter().map(|(length, _)| length).sum();
// + println!("{total}");
