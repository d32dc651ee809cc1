// errors: 1
// The same: result_taken_apart_without_a_question_mark.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (user, page) = tokio::try_join!(fetch_user(&client, 1), fetch(&client, "a"));
    Ok(())
}

fn main() {}
