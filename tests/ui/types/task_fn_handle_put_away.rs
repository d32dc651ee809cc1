// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run<'a>(client: &'a Client, place: &mut Vec<taskgroup::Child<'a, User>>) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    place.push(user);
    Ok(())
}

fn main() {}
