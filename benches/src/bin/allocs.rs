//! `allocs [FILTER]`: one line per scenario and contestant, `scenario \t contestant \t allocations \t bytes`, per operation.
//! A separate program, because the counting allocator is slower.

use std::{alloc::System, env};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use taskgroup_benches::scenarios;

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let filter = env::args().nth(1).unwrap_or_default();
    for scenario in scenarios(&filter) {
        for contestant in &scenario.contestants {
            let mut run = (contestant.prepare)();
            run(2); // allocates one-time data, such as a runtime's queues
            let operations = (10_000 / scenario.children).max(3);
            let region = Region::new(COUNTING);
            run(operations);
            let stats = region.change();
            let per = |count: usize| count as f64 / operations as f64;
            let (allocations, bytes) = (stats.allocations + stats.reallocations, stats.bytes_allocated);
            println!("{}\t{}\t{}\t{}", scenario.name, contestant.name, per(allocations), per(bytes));
        }
    }
}
