// errors: 1
use taskgroup::group;

async fn page() -> Result<u64, std::io::Error> {
    Ok(1)
}

fn main() {
    let _ = async { group!(page()).error::<std::fmt::Error>().await };
}
