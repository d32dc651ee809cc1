// errors: 2
use taskgroup::{group, task_group};
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, thumb) = group!(
        user = fetch_user(client, 1),
        #[blocking]
        thumb = { render(&[]) },
    )
    .await?;
    println!("{user:?} {thumb:?}");
    Ok(())
}

#[task_group]
async fn serve(client: &Client) -> Result<(), AppError> {
    #[blocking]
    let thumb = {
        let image = [1, 2];
        render(&image)
    };
    println!("{client:?} {:?}", thumb.await);
    Ok(())
}

fn main() {}
