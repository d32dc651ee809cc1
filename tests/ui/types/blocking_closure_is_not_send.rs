// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;
use std::rc::Rc;
async fn run(client: &Client) -> Result<(), AppError> {
    let image = Rc::new(vec![1]);
    let _ = group!(
        user = fetch_user(client, 1),
        #[blocking]
        thumb = move || render(&image),
    )
    .await?;
    Ok(())
}

fn main() {}
