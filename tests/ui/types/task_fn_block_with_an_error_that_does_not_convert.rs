// errors: 1
use taskgroup::task_group;

#[task_group]
async fn read(path: std::path::PathBuf) -> Result<usize, std::fmt::Error> {
    #[blocking]
    let bytes = move || std::fs::read(path);
    Ok(bytes.await.len())
}

fn main() {
    let _ = read("a".into());
}
