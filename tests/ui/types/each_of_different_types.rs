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
