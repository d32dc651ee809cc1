// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

use taskgroup::Child;

struct Server<'a> {
    user: Child<'a, User>,
}

#[task_group]
async fn start(client: &Client) -> Result<Server<'_>, AppError> {
    #[child]
    let user = fetch_user(client, 1);
    Ok(Server { user })
}

fn main() {}
