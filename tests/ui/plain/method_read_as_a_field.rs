// errors: 1
// The same: result_read_before_the_join_field.
#![allow(unused)]
use taskgroup_documents::*;

struct Other;

impl Other {
    fn name(&self, name: &str) {}
}

fn example() {
    let _ = Other.name;
}

fn main() {}
