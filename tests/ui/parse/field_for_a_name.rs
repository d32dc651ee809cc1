// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    struct View {
        user: Option<User>,
    }
    let view = View { user: None };
    let user = group!(view.user = fetch_user(client, 1)).await?;
    println!("{user:?} {:?}", view.user);
    Ok(())
}

fn main() {}

// Applied:
// - let view = View { user: None };
// + let mut view = View { user: None };
// - let user = group!(view.user = fetch_user(client, 1)).await?;
// + view.user = Some(group!(fetch_user(client, 1)).await?);
// - println!("{user:?} {:?}", view.user);
// + println!("{:?}", view.user);
