//! The live tree: the groups and children that exist at this moment, with their states and parents.
//!
//! It needs the feature `tree`. The cost is an entry in a table for each group and each child, added when it begins and
//! removed when it has ended, and two readings of the clock for each of its polls; nothing is allocated for an entry, once the
//! table is as large as the tree ever was.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use taskgroup::{group, tree};
//!
//! group!(
//!     waits = async {
//!         tokio::task::yield_now().await;
//!         Ok(())
//!     },
//!     looks = async {
//!         let tree = tree::snapshot();
//!         let waits = tree.iter().find(|node| node.name == "waits").unwrap();
//!         assert_eq!(waits.state, tree::State::Waiting);
//!         println!("{tree}");
//!         // `front page`  group, running, 0.0 s; src/main.rs:5
//!         // ├─ `waits`  inline, waiting, 0.0 s; ran 0.0 s ago; 1 poll; busy 0.0 s; src/main.rs:6
//!         // └─ `looks`  inline, running, 0.0 s; in this poll for 0.0 s; 1 poll; busy 0.0 s; src/main.rs:10
//!         Ok::<_, ()>(())
//!     },
//! )
//! .name("front page")
//! .await
//! # .unwrap(); assert_eq!(taskgroup::live_count(), 0); });
//! ```

mod html;
#[cfg(all(feature = "signal", unix))]
mod signal;
mod snapshot;
mod text;

#[cfg(all(feature = "signal", unix))]
pub use self::signal::dump_on;
pub use self::snapshot::{Node, Snapshot, live_count, snapshot};
pub use crate::observe::{Kind, Wait, Waits, registry::Place, state::State};
