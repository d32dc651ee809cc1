//! The live tree: the groups and children that exist at this moment, with their states and parents.
//!
//! It needs the feature `tree`. The cost is an entry in a table for each group and each child, added when it begins and
//! removed when it has ended.
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
//!         // `front page`  group, running, 0.0 s
//!         // ├─ `waits`  inline, waiting, 0.0 s
//!         // └─ `looks`  inline, running, 0.0 s
//!         Ok::<_, ()>(())
//!     },
//! )
//! .name("front page")
//! .await
//! # .unwrap(); assert_eq!(taskgroup::live_count(), 0); });
//! ```

use std::{collections::HashMap, fmt, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeStruct};
use tokio::time::Instant;

pub use crate::observe::{Kind, registry::State};
use crate::{
    name::Name,
    observe::registry::{self, Entry},
};

/// One group or child that is alive.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Node {
    /// A number that is unique while the program runs.
    pub id: u64,
    /// The `id` of the group of a child, of the child in which a group runs, or of the group that adopted it.
    pub parent: Option<u64>,
    /// Depth in the tree.
    pub depth: usize,
    /// The name.
    pub name: Name,
    /// The kind of entry.
    pub kind: Kind,
    /// Whether this is a child that its group does not wait for.
    pub daemon: bool,
    /// The current state.
    pub state: State,
    /// Time since it was started.
    pub age: Duration,
    /// Whether its group was dropped, so that an enclosing group waits for it. Without a `parent`,
    /// [`orphans`](crate::orphans) does.
    pub adopted: bool,
}

/// The tree as it was at one moment: every parent before its children, siblings in the order in which they began.
///
/// [`Display`](fmt::Display) draws it. Serialized, it is a flat list of objects with `id` and `parent`: groups can be nested
/// more deeply than parsers accept.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    nodes: Vec<Node>,
}

/// Returns the live groups and children of the whole program.
///
/// An entry that is being added or removed at the same time may or may not be included; each entry is consistent.
pub fn snapshot() -> Snapshot {
    let now = Instant::now();
    let entries = registry::entries();
    let mut below: HashMap<Option<u64>, Vec<&Entry>> = HashMap::new();
    for entry in &entries {
        below.entry(entry.parent).or_default().push(entry);
    }
    let mut nodes = Vec::with_capacity(entries.len());
    let mut next: Vec<(usize, &Entry)> = Vec::new();
    let mut push = |next: &mut Vec<(usize, _)>, parent, depth| {
        // Removed, so that each is drawn once; reversed, because the list gives the last one first.
        next.extend(below.remove(&parent).into_iter().flatten().rev().map(|entry| (depth, entry)));
    };
    push(&mut next, None, 0);
    // Not by recursion: groups may be deep.
    while let Some((depth, entry)) = next.pop() {
        push(&mut next, Some(entry.serial), depth + 1);
        let member = &entry.member;
        nodes.push(Node {
            id: entry.serial,
            parent: entry.parent,
            depth,
            name: member.name.clone(),
            kind: member.kind,
            daemon: member.daemon,
            // A child whose group was dropped has been ordered to stop, which its own entry does not know.
            state: if entry.adopted && member.kind != Kind::Group { State::Stopping } else { member.state() },
            // It may have begun after `now` was read.
            age: now.saturating_duration_since(member.since),
            adopted: entry.adopted,
        });
    }
    Snapshot { nodes }
}

/// Returns the number of groups and children that are alive, adopted ones included.
pub fn live_count() -> usize {
    registry::count()
}

impl Snapshot {
    /// Iterates over the nodes, every parent before its children.
    pub fn iter(&self) -> std::slice::Iter<'_, Node> {
        self.nodes.iter()
    }

    /// Returns the number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns `true` if nothing is alive.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

impl<'a> IntoIterator for &'a Snapshot {
    type Item = &'a Node;
    type IntoIter = std::slice::Iter<'a, Node>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl State {
    /// Returns the word that the tree shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Draining => "draining",
            Self::Cancelled => "cancelled",
            Self::Stopping => "stopping",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, state, .. } = self;
        // A name that contains a line break would break the drawing.
        write!(f, "`{}`  {kind}", name.escape_debug())?;
        if self.daemon {
            f.write_str(" daemon")?;
        }
        write!(f, ", {state}, {:.1} s", self.age.as_secs_f64())?;
        if self.adopted {
            f.write_str(", adopted")?;
        }
        Ok(())
    }
}

impl fmt::Display for Snapshot {
    /// Draws the tree, with one line for each node.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From the end, because whether another sibling follows at a depth is known only then.
        let mut follows = vec![false; self.nodes.len()];
        let mut open: Vec<bool> = Vec::new();
        for (node, follows) in self.nodes.iter().zip(&mut follows).rev() {
            // Shortened too: what was open further in belongs to another parent.
            open.resize(node.depth + 1, false);
            *follows = std::mem::replace(&mut open[node.depth], true);
        }
        let mut bars: Vec<bool> = Vec::new();
        for (index, (node, follows)) in self.nodes.iter().zip(&follows).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            bars.truncate(node.depth);
            // The outermost level has no line beside it.
            for bar in bars.iter().skip(1) {
                f.write_str(if *bar { "│  " } else { "   " })?;
            }
            if node.depth > 0 {
                f.write_str(if *follows { "├─ " } else { "└─ " })?;
            }
            bars.push(*follows);
            write!(f, "{node}")?;
        }
        Ok(())
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.nodes)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut node = serializer.serialize_struct("Node", 8)?;
        node.serialize_field("id", &self.id)?;
        node.serialize_field("parent", &self.parent)?;
        node.serialize_field("name", &*self.name)?;
        node.serialize_field("kind", self.kind.as_str())?;
        node.serialize_field("daemon", &self.daemon)?;
        node.serialize_field("state", self.state.as_str())?;
        node.serialize_field("age", &self.age.as_secs_f64())?;
        node.serialize_field("adopted", &self.adopted)?;
        node.end()
    }
}
