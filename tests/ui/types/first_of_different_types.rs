// errors: 1
use taskgroup::group;

async fn user() -> Result<u64, std::io::Error> {
    Ok(1)
}

async fn page() -> Result<String, std::io::Error> {
    Ok(String::new())
}

fn main() {
    let _ = async { group!(user(), page()).first(1).await };
}

// Applied:
// - async fn page() -> Result<String, std::io::Error> {
// + enum Value {
// + User,
// + Page,
// + }
// +
// + async fn page() -> Result<String, std::io::Error> {
// - let _ = async { group!(user(), page()).first(1).await };
// + let _ = async { group!(async { user().await.map(|_| Value::User) }, async { page().await.map(|_| Value::Page) }).first(1).await };
