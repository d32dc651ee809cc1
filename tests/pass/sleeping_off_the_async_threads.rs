use taskgroup::group;
use taskgroup_tests::app::*;

async fn run() -> Result<(), AppError> {
    let _ = group!(
        #[blocking]
        nap = || {
            std::thread::sleep(Duration::ZERO);
            Ok(())
        },
        #[blocking]
        naps = for length in [Duration::ZERO] {
            move || {
                std::thread::sleep(length);
                Ok(())
            }
        },
        other = async {
            let _ = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::ZERO)).await;
            tokio::task::spawn_blocking::<_, ()>(move || std::thread::sleep(Duration::ZERO)).await.map_err(|_| AppError)
        },
    )
    .await?;
    Ok(())
}

fn main() {
    drop(run());
}
