//! The items of a `#[spawn] for`, as it begins them: see [`rows`](super::rows).

use std::sync::atomic::Ordering::Relaxed;

use super::{
    batch,
    figures::{Figures, Home, PollBegan},
    registry::{Listed, give_back, next_serial, release, take_batch},
    rows::Arm,
};

/// The entries that a `#[spawn] for` has taken for its next items.
#[derive(Default)]
pub(crate) struct Items {
    left: &'static [Figures],
    /// The poll of the group that begins them: the clock is not read for each.
    began: PollBegan,
}

impl Items {
    /// Adds an item, which waits for its first poll.
    #[inline]
    pub(super) fn begin(&mut self, item: usize, arm: Arm) -> Listed {
        let (figures, left) = match self.left {
            [next, left @ ..] => (next, left),
            [] => first_of(take_batch(arm)),
        };
        self.left = left;
        let since = arm.parent.poll_began(&mut self.began);
        figures.live.fetch_add(1, Relaxed);
        arm.parent.begun.fetch_add(1, Relaxed);
        figures.begin_item(item, since, next_serial());
        Listed(figures)
    }
}

fn first_of(batch: &'static [Figures]) -> (&'static Figures, &'static [Figures]) {
    (&batch[0], &batch[1..])
}

impl Drop for Items {
    fn drop(&mut self) {
        // What was left over is never used.
        if let Some(Home::Batch(batch, first)) = self.left.first().map(|entry| &entry.home) {
            release(batch.ends(batch::from(*first)).then(|| give_back(batch)).flatten());
        }
    }
}

#[cfg(feature = "tree")]
#[cfg(test)]
mod tests {
    use std::{collections::HashSet, panic::Location};

    use super::*;
    use crate::{
        name::Label,
        observe::{
            kind::Kind,
            registry::{entries, find},
        },
    };

    fn arm(group: &Listed) -> Arm {
        Arm { label: Label::new(&("item", 7)), kind: Kind::Spawned, at: Location::caller(), parent: group.0 }
    }

    fn end(listed: Listed) {
        listed.unlist();
    }

    fn number(listed: &Listed) -> usize {
        match listed.0.home {
            Home::Batch(batch, _) => batch.number,
            Home::Slot(_) => unreachable!("it is an item"),
        }
    }

    #[test]
    fn an_item_is_shown_with_its_number_below_its_group() {
        let group = Listed::named("group of items", None);
        let mut items = Items::default();
        let listed: Vec<_> = (0..40).map(|item| items.begin(item, arm(&group))).collect();
        let parent = group.0.serial.load(Relaxed);
        let shown = || entries().into_iter().filter(|entry| entry.parent == Some(parent)).collect::<Vec<_>>();
        let names: Vec<_> = shown().iter().map(|entry| entry.member.who.name().to_string()).collect();
        assert_eq!(names, (0..40).map(|item| format!("item[{item}]")).collect::<Vec<_>>());
        assert!(shown().iter().all(|entry| entry.member.kind == Kind::Spawned && entry.member.line == 7));
        let mut listed = listed.into_iter();
        let first = listed.next();
        listed.for_each(end);
        let shown: Vec<_> = shown().iter().map(|entry| entry.serial).collect();
        assert_eq!(shown, first.iter().map(|first| first.0.serial.load(Relaxed)).collect::<Vec<_>>());
        first.into_iter().for_each(end);
        end(group);
    }

    #[test]
    fn what_is_below_an_item_keeps_the_group_and_is_adopted_by_it() {
        let group = Listed::named("group that adopts", None);
        let serial = group.0.serial.load(Relaxed);
        let mut items = Items::default();
        let item = items.begin(0, arm(&group));
        let below = Listed::named("below an item", Some(&item));
        drop(items);
        let at_first = find("below an item").expect("it is alive");
        assert_eq!((at_first.parent, at_first.adopted), (Some(item.0.serial.load(Relaxed)), false));
        end(item);
        let adopted = find("below an item").expect("it is alive");
        assert_eq!((adopted.parent, adopted.adopted), (Some(serial), true));
        let figures = group.0;
        end(group);
        assert_eq!(figures.serial.load(Relaxed), serial, "its slot is taken by what is below");
        end(below);
        assert_ne!(figures.serial.load(Relaxed), serial, "nothing uses its slot");
    }

    #[test]
    fn a_batch_is_used_again_when_each_of_its_items_has_ended_or_was_left_over() {
        let batches: HashSet<_> = (0..1000)
            .map(|begun| {
                let group = Listed::named("group of a batch", None);
                let mut items = Items::default();
                let listed: Vec<_> = (0..begun % 40).map(|item| items.begin(item, arm(&group))).collect();
                let last = listed.last().map(number);
                // Some end before their arm, the others after it.
                let (before, after): (Vec<_>, Vec<_>) = listed.into_iter().enumerate().partition(|(at, _)| at % 3 == 0);
                before.into_iter().for_each(|(_, item)| end(item));
                drop(items);
                after.into_iter().for_each(|(_, item)| end(item));
                let (figures, serial) = (group.0, group.0.serial.load(Relaxed));
                end(group);
                assert_ne!(figures.serial.load(Relaxed), serial, "no batch uses the group");
                last
            })
            .collect();
        assert!(batches.len() < 20, "{} batches", batches.len());
    }
}
