//! The parts of the example programs that are worth testing on their own.

pub mod accept;
#[cfg(feature = "services")]
pub mod aggregator;
pub mod chance;
pub mod director;
pub mod fetch_many;
pub mod kv;
pub mod output;
pub mod relay;
pub mod treesum;
pub mod workers;
