// errors: 1
use taskgroup::group;

async fn user() -> Result<u64, std::io::Error> {
    Ok(1)
}

fn main() {
    let _ = async { group!(user()).each(|_, user| user).await };
}
