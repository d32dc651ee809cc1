// errors: 1
// The same: two_policies.
#![allow(unused)]
use taskgroup_documents::*;

struct Other;

impl Other {
    fn grace(self, grace: Duration) {}
}

fn example() {
    Other.race();
}

fn main() {}
