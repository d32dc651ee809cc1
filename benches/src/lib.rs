//! Compares `taskgroup` with its peers on the same work.
//!
//! A [`Scenario`] is one piece of work and the [`Contestant`]s that do it, ours first. Three programs run them: `table`
//! (a bench target) measures time as a paired ratio and prints the table, `allocs` counts allocations under a counting
//! allocator, `ops` only runs one contestant, so that callgrind can count its instructions. A second bench target, `compile`, measures what call sites cost the compiler.

pub mod child;
mod ratio;
pub mod scenarios;

pub use ratio::Ratio;

/// Runs a given number of operations, one after another.
pub type Run = Box<dyn FnMut(u64)>;

/// One way to do the work of a scenario.
pub struct Contestant {
    /// The name of the contestant.
    pub name: &'static str,
    /// Performs the setup that is not measured, such as creating a runtime.
    pub prepare: fn() -> Run,
}

/// The same work, done in several ways.
pub struct Scenario {
    /// A description of the work, by which the command line filters.
    pub name: &'static str,
    /// The number of children of one operation if figures are given per child, otherwise 1.
    pub children: u64,
    /// Whether all of the work is done on the thread that runs it, so that its time and its instructions can be counted.
    pub one_thread: bool,
    /// The contestants, ours first.
    pub contestants: Vec<Contestant>,
}

/// Returns every scenario whose name contains `filter`.
pub fn scenarios(filter: &str) -> Vec<Scenario> {
    let mut all = scenarios::all();
    all.retain(|scenario| scenario.name.contains(filter));
    all
}
