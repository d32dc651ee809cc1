// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
struct Run;

fn main() {}
