// errors: 1
// The same: never_awaited.
#![deny(unused_must_use)]

fn example() {
    [1].iter().map(|n| n + 1);
}

fn main() {}
