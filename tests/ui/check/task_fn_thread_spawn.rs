// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    std::thread::spawn(|| find_page("a"));
    Ok(())
}

fn main() {}

// Applied:
// - std::thread::spawn(|| find_page("a"));
// + #[blocking]
// + move || find_page("a");

// Applied:
// - #[task_group]
// + #[task_group(allow(detached))]
