// errors: 1
use taskgroup::group;

async fn page() -> Result<u64, std::io::Error> {
    Ok(1)
}

fn main() {
    let _ = async { group!(page()).error::<std::fmt::Error>().await };
}

// Applied:
// - let _ = async { group!(page()).error::<std::fmt::Error>().await };
// + let _ = async { group!(async { page().await.map_err(|_| std::fmt::Error) }).error::<std::fmt::Error>().await };

// Applied:
// - async fn page() -> Result<u64, std::io::Error> {
// + struct Failure;
// +
// + impl From<std::io::Error> for Failure {
// + fn from(_: std::io::Error) -> Self {
// + Self
// + }
// + }
// +
// + async fn page() -> Result<u64, std::io::Error> {
// - let _ = async { group!(page()).error::<std::fmt::Error>().await };
// + let _ = async { group!(async { Ok(page().await?) }).error::<Failure>().await };
