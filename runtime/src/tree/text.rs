//! The tree as text and as JSON.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::snapshot::{Node, Snapshot};
use crate::observe::{Kind, Wait, registry::Place, state::State};

impl State {
    /// Returns the word that the tree shows.
    ///
    /// ```
    /// assert_eq!(taskgroup::tree::State::Running.as_str(), "running");
    /// ```
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

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Node {
    /// Writes what it has done, and where it is, each part behind a semicolon.
    fn write_details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.waits_in.is_empty() {
            write!(f, "; in {}", self.waits_in)?;
        }
        if let Some(running) = self.running {
            write!(f, "; in this poll for {:.1} s", running.as_secs_f64())?;
        }
        if let Some(idle) = self.idle {
            write!(f, "; ran {:.1} s ago", idle.as_secs_f64())?;
        }
        if self.polls > 0 {
            let polls = if self.polls == 1 { "poll" } else { "polls" };
            write!(f, "; {} {polls}; busy {:.1} s", self.polls, self.busy.as_secs_f64())?;
        }
        match self.place {
            Some(place) => write!(f, "; {place}"),
            None => Ok(()),
        }
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
        self.write_details(f)
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
        let mut node = serializer.serialize_struct("Node", 15)?;
        node.serialize_field("id", &self.id)?;
        node.serialize_field("parent", &self.parent)?;
        node.serialize_field("name", &*self.name)?;
        node.serialize_field("kind", self.kind.as_str())?;
        node.serialize_field("daemon", &self.daemon)?;
        node.serialize_field("state", self.state.as_str())?;
        node.serialize_field("age", &self.age.as_secs_f64())?;
        node.serialize_field("file", &self.place.map(|place| place.file))?;
        node.serialize_field("line", &self.place.map(|place| place.line))?;
        node.serialize_field("polls", &self.polls)?;
        node.serialize_field("busy", &self.busy.as_secs_f64())?;
        node.serialize_field("running", &self.running.map(|running| running.as_secs_f64()))?;
        node.serialize_field("idle", &self.idle.map(|idle| idle.as_secs_f64()))?;
        node.serialize_field("waits_in", &self.waits_in.iter().map(Wait::as_str).collect::<Vec<_>>())?;
        node.serialize_field("adopted", &self.adopted)?;
        node.end()
    }
}
