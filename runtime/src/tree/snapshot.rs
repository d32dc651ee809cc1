//! The nodes of the tree at one moment.

use std::{collections::HashMap, time::Duration};

use crate::{
    name::Name,
    observe::{
        Kind, Waits,
        figures::Moment,
        registry::{self, Entry, Place},
        state::State,
    },
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
    /// Time since it was started; of an item of a `#[spawn] for`, since the poll of its group that started it began.
    pub age: Duration,
    /// The place in the source: of a group, where it is written, of a child, its arm or statement. `None` for one that is
    /// polled elsewhere: see [`Spawner::track`](crate::spawner::Spawner::track).
    pub place: Option<Place>,
    /// How often it was polled. The inline arms of one `group!` are polled together, whichever of them was woken.
    pub polls: usize,
    /// How long its polls took, the one that is under way included. What runs inside it counts too.
    pub busy: Duration,
    /// How long the poll has lasted that is under way. A long time means that it blocks its thread.
    pub running: Option<Duration>,
    /// Time since its last poll ended; `None` if one is under way, or none was.
    pub idle: Option<Duration>,
    /// What it waits in, if that is something of this crate.
    pub waits_in: Waits,
    /// Whether its group was dropped, so that an enclosing group waits for it. Without a `parent`,
    /// [`orphans`](crate::orphans) does.
    pub adopted: bool,
}

/// The tree as it was at one moment: every parent before its children, siblings in the order in which they began.
///
/// [`Display`](std::fmt::Display) draws it. Serialized, it is a flat list of objects with `id` and `parent`: groups can be nested
/// more deeply than parsers accept.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::{group, live_count, tree::{self, Kind, State, Wait}};
///
/// let looks = async {
///     tokio::task::yield_now().await;
///     let tree = tree::snapshot();
///     assert!(!tree.is_empty() && tree.len() >= 3 && live_count() >= 3);
///     let waits = tree.iter().find(|node| node.name == "waits").unwrap();
///     assert_eq!((waits.kind.as_str(), waits.state.as_str()), (Kind::Inline.as_str(), State::Waiting.as_str()));
///     assert!(!waits.waits_in.is_empty() && waits.waits_in.contains(Wait::Cancelled));
///     assert_eq!(waits.waits_in.iter().map(Wait::as_str).collect::<Vec<_>>(), ["cancelled"]);
///     Ok(())
/// };
/// group!(#[daemon] waits = async { Ok(drop(taskgroup::cancelled().await)) }, looks = looks).error::<()>().await
/// # .unwrap();
/// # });
/// ```
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(super) nodes: Vec<Node>,
}

/// Returns the live groups and children of the whole program.
///
/// An entry that is being added or removed at the same time may or may not be included; each entry is consistent.
///
/// ```
/// assert!(taskgroup::tree::snapshot().is_empty()); // no group exists
/// ```
pub fn snapshot() -> Snapshot {
    let now = Moment::now();
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
        nodes.push(Node::of(entry, depth, now));
    }
    Snapshot { nodes }
}

impl Node {
    fn of(entry: &Entry, depth: usize, now: Moment) -> Self {
        let (member, figures) = (&entry.member, &entry.figures);
        // A child whose group was dropped has been ordered to stop, which its own entry does not know.
        let is_stopping = entry.adopted && member.kind != Kind::Group;
        let age = now.since(member.since);
        let since_last = figures.since_last(now, age);
        // A blocking child is one poll. Of a group, the time between two polls is not of use: its children tell more.
        let is_running = figures.state == State::Running && member.kind != Kind::Group;
        let running = since_last.filter(|_| is_running);
        Self {
            id: entry.serial,
            parent: entry.parent,
            depth,
            name: member.who.name(),
            kind: member.kind,
            daemon: member.daemon,
            state: if is_stopping { State::Stopping } else { figures.state },
            age,
            place: Some(Place { file: member.at.file(), line: member.line }).filter(|place| place.line > 0),
            polls: figures.polls,
            busy: figures.busy + running.unwrap_or_default(),
            running,
            idle: since_last.filter(|_| !is_running),
            waits_in: if is_running { Waits::default() } else { figures.waits },
            adopted: entry.adopted,
        }
    }

    /// Returns how long it has been waiting, or running in one poll: what has done that for longest is what to look at first.
    pub(super) fn stands_still(&self) -> Duration {
        match (self.kind, self.running.or(self.idle)) {
            (Kind::Group, _) => Duration::ZERO,
            (_, Some(still)) => still,
            (_, None) => self.age,
        }
    }
}

/// Returns the number of groups and children that are alive, adopted ones included.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let alive = async { Ok::<_, ()>(taskgroup::live_count()) };
/// assert_eq!(taskgroup::group!(alive).await, Ok(2)); // the group and its child
/// # });
/// ```
pub fn live_count() -> usize {
    registry::count()
}

impl Snapshot {
    /// Iterates over the nodes, every parent before its children.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let child = async {
    ///     assert!(taskgroup::tree::snapshot().iter().any(|node| &*node.name == "child"));
    ///     Ok::<_, ()>(())
    /// };
    /// taskgroup::group!(child = child).await.unwrap();
    /// # });
    /// ```
    pub fn iter(&self) -> std::slice::Iter<'_, Node> {
        self.nodes.iter()
    }

    /// Returns the number of nodes.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let child = async {
    ///     assert_eq!(taskgroup::tree::snapshot().len(), 2); // the group and its child
    ///     Ok::<_, ()>(())
    /// };
    /// taskgroup::group!(child = child).await.unwrap();
    /// # });
    /// ```
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns `true` if nothing is alive.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let child = async {
    ///     assert!(!taskgroup::tree::snapshot().is_empty());
    ///     Ok::<_, ()>(())
    /// };
    /// taskgroup::group!(child = child).await.unwrap();
    /// # });
    /// ```
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
