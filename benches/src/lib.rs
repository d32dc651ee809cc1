//! `taskgroup` side by side with its peers, on the same work.
//!
//! A [`Scenario`] is one piece of work and the [`Contestant`]s that do it, ours first. Three programs run them: `table`
//! (a bench target) measures time as a paired ratio and prints the table, `allocs` counts allocations under a counting
//! allocator, `ops` does nothing but run one contestant, for callgrind to count its instructions.

pub mod child;
pub mod scenarios;

/// Runs so many operations, one after the other.
pub type Run = Box<dyn FnMut(u64)>;

/// One way to do the work of a scenario.
pub struct Contestant {
    /// What people call it.
    pub name: &'static str,
    /// Sets up what is not measured, a runtime for instance.
    pub prepare: fn() -> Run,
}

/// The same work, done in several ways.
pub struct Scenario {
    /// What is done; also what the command line filters by.
    pub name: &'static str,
    /// How many children one operation has, when figures are given per child; else 1.
    pub children: u64,
    /// Whether counting instructions makes sense: not for what several threads do.
    pub instructions: bool,
    /// Ours first.
    pub contestants: Vec<Contestant>,
}

/// Every scenario whose name contains `filter`.
pub fn scenarios(filter: &str) -> Vec<Scenario> {
    let mut all = scenarios::all();
    all.retain(|scenario| scenario.name.contains(filter));
    all
}
