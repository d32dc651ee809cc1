// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

fn spawn(future: impl Future + Send + 'static) {
    drop(future);
}

#[task_group]
async fn run(client: Client) -> Result<(), AppError> {
    #[child]
    heartbeat(&client);
    let posts = std::rc::Rc::new(1);
    heartbeat(&client).await?;
    println!("{posts}");
    Ok(())
}

fn main() {
    spawn(run(Client));
}
