// errors: 1
// The same: blocking_closure_borrows.
#![allow(unused)]
use taskgroup_documents::*;

fn example() {
    let image = vec![1];
    std::thread::spawn(|| render(&image));
    println!("{image:?}");
}

fn main() {}
