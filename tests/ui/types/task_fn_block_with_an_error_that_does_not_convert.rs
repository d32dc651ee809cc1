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

// Applied:
// - let bytes = move || std::fs::read(path);
// + let bytes = move || std::fs::read(path).map_err(|_| std::fmt::Error);

// Applied:
// - #[task_group]
// + struct Failure;
// +
// + impl From<std::io::Error> for Failure {
// + fn from(_: std::io::Error) -> Self {
// + Self
// + }
// + }
// +
// + #[task_group]
// - async fn read(path: std::path::PathBuf) -> Result<usize, std::fmt::Error> {
// + async fn read(path: std::path::PathBuf) -> Result<usize, Failure> {
