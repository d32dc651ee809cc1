//! The tree as one page, without a script.
//!
//! The page is for a person, so it is bounded: what has waited for longest is shown, and the page says how much is not.

use std::{
    cmp::Reverse,
    collections::HashMap,
    fmt::{self, Write as _},
    time::Duration,
};

use super::snapshot::{Node, Snapshot};
use crate::observe::{Kind, state::State};

/// At most so many nodes are on the page: some 400 kB.
const MOST_NODES: usize = 1500;
/// Deeper ones are left out: browsers give up at some 500 nested elements, and a phone is 40 letters wide.
const MOST_LEVELS: usize = 24;
/// The rows of the table of the longest waits.
const MOST_ROWS: usize = 12;
/// Of them, from one place in the source.
const MOST_ALIKE: usize = 3;
/// The characters of a name that are shown.
const MOST_LETTERS: usize = 120;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>taskgroup: the live tree</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #777; --mark: #b45309 }
@media (prefers-color-scheme: dark) { :root { --soft: #999; --mark: #fbbf24 } }
body { font: 16px/1.4 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: .75rem; overflow-wrap: anywhere }
h1 { font-size: 1.25rem; margin: 0 }
h2 { font-size: 1rem; margin: 1.25rem 0 .25rem }
p { margin: .25rem 0; color: var(--soft) }
ol { list-style: none; margin: 0; padding: 0 }
ol li { border-top: 1px solid var(--line); padding: .35rem 0 }
details > div { border-left: 2px solid var(--line); margin-left: .4rem; padding-left: .6rem }
summary { cursor: pointer; padding: .25rem 0 }
.leaf { padding: .25rem 0 .25rem 1.1rem }
.more { color: var(--soft); font-style: italic }
b { font-weight: 600 }
small { color: var(--soft) }
i { border: 1px solid var(--line); border-radius: .3rem; font-size: .8rem; font-style: normal; padding: 0 .3rem }
.still { color: var(--mark) }
</style>
</head>
<body>
"#;

impl Snapshot {
    /// Returns the tree as one page of HTML, for a route such as `/debug/tasks`.
    ///
    /// It needs neither scripts nor other files, and can be read on a phone. What has not run for longest, or has been in
    /// the same poll for longest, is on top. At most 1,500 nodes are shown; the page says how many it leaves out, and where.
    /// Names are escaped, so a name that a user of the program chose is no way into the page.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// use taskgroup::{group, tree};
    ///
    /// let page = group!(looks = async { Ok::<_, ()>(tree::snapshot().to_html()) }).name("<front>").await.unwrap();
    /// assert!(page.contains("looks") && page.contains("&lt;front&gt;"));
    /// # });
    /// ```
    pub fn to_html(&self) -> String {
        let mut page = String::from(HEAD);
        // Writing to a `String` does not fail.
        let _ = self.write_summary(&mut page).and_then(|()| self.write_longest(&mut page)).and_then(|()| {
            page.push_str("<h2>All</h2>\n");
            Sorted::of(self).write(&mut page)
        });
        page.push_str("</body>\n</html>\n");
        page
    }

    fn write_summary(&self, page: &mut String) -> fmt::Result {
        let groups = self.nodes.iter().filter(|node| node.kind == Kind::Group).count();
        writeln!(page, "<h1>{groups} groups, {} children</h1>", self.nodes.len() - groups)?;
        page.push_str("<p>");
        let children = |state| move |node: &&Node| node.kind != Kind::Group && node.state == state;
        for (at, state) in [State::Running, State::Waiting, State::Queued, State::Stopping].into_iter().enumerate() {
            let count = self.nodes.iter().filter(children(state)).count();
            write!(page, "{}{count} {state}", if at > 0 { ", " } else { "" })?;
        }
        page.push_str("</p>\n");
        Ok(())
    }

    /// Writes the children that have stood still for longest: the innermost ones, since the others wait for those.
    fn write_longest(&self, page: &mut String) -> fmt::Result {
        // A parent is directly before its first child.
        let is_parent = |at: usize| self.nodes.get(at + 1).is_some_and(|next| next.depth > self.nodes[at].depth);
        let is_leaf = |at: &usize| self.nodes[*at].kind != Kind::Group && !is_parent(*at);
        let mut leaves: Vec<usize> = (0..self.nodes.len()).filter(is_leaf).collect();
        leaves.sort_by_key(|at| Reverse(self.nodes[*at].stands_still()));
        let all = leaves.len();
        // The items of one `for` are alike: a few are enough, or they fill the table.
        let mut alike = HashMap::new();
        leaves.retain(|at| {
            let rows = alike.entry(self.nodes[*at].place).or_insert(0);
            *rows += 1;
            *rows <= MOST_ALIKE
        });
        leaves.truncate(MOST_ROWS);
        let left_out = all - leaves.len();
        if leaves.is_empty() {
            return Ok(());
        }
        let by_id: HashMap<u64, &Node> = self.nodes.iter().map(|node| (node.id, node)).collect();
        page.push_str("<h2>Longest waits</h2>\n<ol>\n");
        for leaf in leaves {
            let node = &self.nodes[leaf];
            write!(page, "<li><span class=\"still\">{}</span> ", Seconds(node.stands_still()))?;
            write_node(page, node)?;
            let enclosing = node.parent.and_then(|id| by_id.get(&id));
            if let Some(group) = enclosing {
                write!(page, "<small>, in {}</small>", Escaped(&group.name))?;
            }
            page.push_str("</li>\n");
        }
        page.push_str("</ol>\n");
        if left_out > 0 {
            writeln!(
                page,
                "<p class=\"more\">{left_out} more are not listed: at most {MOST_ALIKE} of one arm are, and {MOST_ROWS} in all</p>"
            )?;
        }
        Ok(())
    }
}

/// The children of every node, the ones with the longest waits first.
struct Sorted<'a> {
    nodes: &'a [Node],
    roots: Vec<usize>,
    below: Vec<Vec<usize>>,
    /// How many nodes are below each, on all levels.
    count: Vec<usize>,
    /// The number of each among the siblings that come from the same place in the source: the items of one `for`.
    rank: Vec<usize>,
    /// At most so many siblings from one place are shown.
    most: usize,
}

impl<'a> Sorted<'a> {
    fn of(tree: &'a Snapshot) -> Self {
        let nodes = &tree.nodes;
        let mut this = Self {
            nodes,
            roots: Vec::new(),
            below: vec![Vec::new(); nodes.len()],
            count: vec![0; nodes.len()],
            rank: vec![0; nodes.len()],
            most: MOST_NODES,
        };
        let mut longest: Vec<Duration> = nodes.iter().map(Node::stands_still).collect();
        let mut parents = vec![None; nodes.len()];
        let mut path: Vec<usize> = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            path.truncate(node.depth);
            parents[at] = path.last().copied();
            path.push(at);
        }
        // From the end: what is below a node comes after it.
        for at in (0..nodes.len()).rev() {
            match parents[at] {
                None => this.roots.push(at),
                Some(parent) => {
                    this.below[parent].push(at);
                    this.count[parent] += this.count[at] + 1;
                    longest[parent] = longest[parent].max(longest[at]);
                }
            }
        }
        for list in this.below.iter_mut().chain([&mut this.roots]) {
            // Equally long waits in the order in which they began.
            list.sort_unstable_by_key(|at| (Reverse(longest[*at]), *at));
            let mut alike = HashMap::new();
            for at in list {
                let next = alike.entry(nodes[*at].place).or_insert(0);
                this.rank[*at] = *next;
                *next += 1;
            }
        }
        // The same bound everywhere, and not the first ones only: the page shows the shape of the tree, and the many items of
        // one arm hide no other arm.
        while this.most > 1 && nodes.len() > MOST_NODES && this.shown() == MOST_NODES {
            this.most = this.most * 2 / 3;
        }
        this
    }

    /// Visits what is shown, a parent before its children; the number says how many nodes on that level are left out.
    fn visit(&self, mut visit: impl FnMut(Visit)) {
        let mut next: Vec<Visit> = Vec::new();
        let mut left = MOST_NODES;
        let push = |next: &mut Vec<Visit>, list: &[usize], level: usize| {
            let most = if level < MOST_LEVELS { self.most } else { 0 };
            let is_shown = |at: &&usize| self.rank[**at] < most;
            let hidden: usize = list.iter().filter(|at| !is_shown(at)).map(|at| self.count[*at] + 1).sum();
            if hidden > 0 {
                next.push(Visit::LeftOut(hidden));
            }
            next.extend(list.iter().rev().filter(is_shown).map(|at| Visit::Node(*at, level)));
        };
        push(&mut next, &self.roots, 0);
        let mut skipped = 0;
        while let Some(visited) = next.pop() {
            match visited {
                // Whatever the bound is for one place, deep and wide trees end here.
                Visit::Node(at, _) if left == 0 => skipped += self.count[at] + 1,
                Visit::LeftOut(count) => skipped += count,
                Visit::Node(at, level) => {
                    visit(visited);
                    left -= 1;
                    if !self.below[at].is_empty() {
                        next.push(Visit::End);
                        push(&mut next, &self.below[at], level + 1);
                    }
                }
                Visit::End => {
                    if skipped > 0 {
                        visit(Visit::LeftOut(std::mem::take(&mut skipped)));
                    }
                    visit(Visit::End);
                }
            }
        }
        if skipped > 0 {
            visit(Visit::LeftOut(skipped));
        }
    }

    fn shown(&self) -> usize {
        let mut shown = 0;
        self.visit(|visit| shown += usize::from(matches!(visit, Visit::Node(..))));
        shown
    }

    fn write(&self, page: &mut String) -> fmt::Result {
        let mut result = Ok(());
        self.visit(|visit| {
            let written = self.write_visited(page, visit);
            result = result.and(written);
        });
        let shown = self.shown();
        if shown < self.nodes.len() {
            writeln!(page, "<p class=\"more\">{shown} of {} are shown here</p>", self.nodes.len())?;
        }
        result
    }

    fn write_visited(&self, page: &mut String, visit: Visit) -> fmt::Result {
        match visit {
            Visit::Node(at, _) if self.below[at].is_empty() => {
                page.push_str("<div class=\"leaf\">");
                write_node(page, &self.nodes[at])?;
                page.push_str("</div>\n");
            }
            Visit::Node(at, level) => {
                // A tree that fits is open; of a large one, what is on top.
                let open = if self.nodes.len() <= 60 || level < 2 { " open" } else { "" };
                write!(page, "<details{open}><summary>")?;
                write_node(page, &self.nodes[at])?;
                write!(page, "<small>, {} below</small></summary>\n<div>\n", self.count[at])?;
            }
            Visit::LeftOut(count) => writeln!(page, "<div class=\"leaf more\">{count} more not shown</div>")?,
            Visit::End => page.push_str("</div>\n</details>\n"),
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Visit {
    Node(usize, usize),
    LeftOut(usize),
    End,
}

fn write_node(page: &mut String, node: &Node) -> fmt::Result {
    write!(page, "<b>{}</b> {}", Escaped(&node.name), node.kind)?;
    if node.daemon {
        page.push_str(" daemon");
    }
    write!(page, " <i>{}</i>", node.state)?;
    if !node.waits_in.is_empty() {
        write!(page, " <span class=\"still\">in {}</span>", node.waits_in)?;
    }
    write!(page, " <small>{} old", Seconds(node.age))?;
    if node.polls > 0 {
        let polls = if node.polls == 1 { "poll" } else { "polls" };
        write!(page, ", {} {polls}, {} busy", node.polls, Seconds(node.busy))?;
    }
    if let Some(running) = node.running {
        write!(page, ", in this poll for {}", Seconds(running))?;
    }
    if let Some(idle) = node.idle {
        write!(page, ", ran {} ago", Seconds(idle))?;
    }
    if node.adopted {
        page.push_str(", adopted");
    }
    if let Some(place) = node.place {
        write!(page, ", {}:{}", Escaped(place.file), place.line)?;
    }
    page.push_str("</small>");
    Ok(())
}

/// A time in few letters.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(f, "{} ms", self.0.as_millis()),
            1..60 => write!(f, "{:.1} s", self.0.as_secs_f64()),
            60..3600 => write!(f, "{} min {} s", seconds / 60, seconds % 60),
            _ => write!(f, "{} h {} min", seconds / 3600, seconds / 60 % 60),
        }
    }
}

/// A text of the program, as text of the page: shortened, without what HTML or a terminal would obey.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, letter) in self.0.chars().enumerate() {
            if at == MOST_LETTERS {
                return f.write_char('…');
            }
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Line breaks, and what would turn the direction of the text.
                _ if letter.is_control() || matches!(letter, '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                    write!(f, "{}", letter.escape_unicode())?;
                }
                _ => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}
