// errors: 1
// The same: for_with_a_refutable_pattern.
fn example() {
    let _ = async |Ok(n): Result<u64, ()>| n;
}

fn main() {}
