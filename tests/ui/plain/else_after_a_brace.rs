// errors: 1
// The same: task_fn_else_after_a_brace.
async fn example() {
    let Some(user) = { Some(1) } else { return };
}

fn main() {}
