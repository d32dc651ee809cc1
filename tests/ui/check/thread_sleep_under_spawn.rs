// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawn]
        posts = async {
            ::std::thread::sleep(Duration::from_millis(1));
            Ok::<_, AppError>(())
        },
    )
    .await?;
    Ok(())
}

fn main() {}
