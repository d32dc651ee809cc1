// errors: 1
use taskgroup::group;

async fn user() -> Result<u64, std::io::Error> {
    Ok(1)
}

async fn page() -> Result<String, std::io::Error> {
    Ok(String::new())
}

fn main() {
    let _ = async { group!(user(), pages = for _ in 0..3 { page() }).each(|_, _| {}).await };
}

// Applied:
// - async fn page() -> Result<String, std::io::Error> {
// + enum Value {
// + User,
// + Page,
// + }
// +
// + async fn page() -> Result<String, std::io::Error> {
// - let _ = async { group!(user(), pages = for _ in 0..3 { page() }).each(|_, _| {}).await };
// + let _ = async { group!(async { user().await.map(|_| Value::User) }, pages = for _ in 0..3 { async { page().await.map(|_| Value::Page) } }).each(|_, _| {}).await };
