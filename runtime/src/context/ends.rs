//! The ends of channels that the code of a child drops: when they become visible, and which child dropped them.
//!
//! The name of a child is known where the child is polled, by its node or its wrapper, and not where its code drops something.
//! So an end that is dropped marks the poll, and the name is added when that poll returns: before a sibling on this thread
//! is polled, and before other threads see the end. Only a pass without a machine looks at no child after its poll. There the
//! names are added when the pass is over, also before other threads see the ends; and a sibling in the same pass that receives
//! the end of its stream does so in its next poll, when the name is known.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use crate::{
    context::{
        Current, HERE,
        key::Key,
        withheld::{DeferredClose, Release},
    },
    name::{LazyName, Name},
    unwind::discard,
};

/// How often a sibling in the same pass is put off until the name is known. It is polled that often only by an executor of its
/// own, inside its poll, and the pass is not over before that executor is.
const MOST_PUT_OFF: u32 = 16;

/// The code that dropped an end: how deep its group is on the thread's stack, and which child of that group it is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Dropper {
    depth: u32,
    child: Key,
}

impl Dropper {
    fn here(here: &Current) -> Self {
        Self { depth: here.word.get().depth(), child: here.get() }
    }
}

/// An end that waits for the name of the child.
struct Unnamed {
    dropper: Dropper,
    end: Arc<dyn Release>,
    put_off: u32,
}

thread_local! {
    /// The ends that were dropped in the poll that is under way on this thread.
    static WITHHELD: RefCell<Vec<DeferredClose>> = const { RefCell::new(Vec::new()) };
    /// Those of them that wait for the name of the child. Each is in `WITHHELD` too.
    static UNNAMED: RefCell<Vec<Unnamed>> = const { RefCell::new(Vec::new()) };
    /// The blocking child that runs on this thread, if it has a name.
    static BLOCKING: Cell<Option<LazyName>> = const { Cell::new(None) };
}

/// Returns `true` if `end` is what these two are.
fn is_same<T>(held: &Arc<dyn Release>, end: &T) -> bool {
    // By address alone: the one pointer has a vtable, and the other has none.
    std::ptr::addr_eq(Arc::as_ptr(held), end)
}

/// Notes an end of a channel that is about to be dropped, if this is the code of a child: it becomes visible to other
/// threads when the poll is over. With `named`, it is noted there which child dropped it.
pub(crate) fn withhold(hold: impl FnOnce() -> DeferredClose, named: Option<&dyn Release>) {
    HERE.with(|here| {
        let word = here.word.get();
        if word.depth() == 0 {
            return;
        }
        // A blocking child has no polls: the end is visible at once.
        if here.blocks.get() > 0 {
            if let (Some(end), Some(who)) = (named, BLOCKING.get()) {
                end.dropped_by(who.name());
            }
            return;
        }
        let held = hold();
        let end = held.end().clone();
        // On a thread that is ending, the end is visible at once.
        if WITHHELD.try_with(|withheld| withheld.borrow_mut().push(held)).is_err() {
            return;
        }
        let word = word.withholds();
        here.word.set(if named.is_some() { word.drops_end() } else { word });
        if named.is_some() {
            let unnamed = Unnamed { dropper: Dropper::here(here), end, put_off: 0 };
            let _ = UNNAMED.try_with(|list| list.borrow_mut().push(unnamed));
        }
    });
}

/// Returns `true` if this thread withholds `end`.
pub(crate) fn withholds<T>(end: &T) -> bool {
    WITHHELD.try_with(|withheld| withheld.borrow().iter().any(|held| is_same(held.end(), end))).unwrap_or(false)
}

/// Returns `true` if a receiver is to wait, because `end` waits for the name of the child that dropped it, and this is not the
/// code of that child.
pub(crate) fn puts_off<T>(end: &T) -> bool {
    let here = HERE.with(Dropper::here);
    let puts_off = |list: &RefCell<Vec<Unnamed>>| {
        let mut list = list.borrow_mut();
        let Some(unnamed) = list.iter_mut().find(|held| held.dropper != here && is_same(&held.end, end)) else {
            return false;
        };
        unnamed.put_off += 1;
        unnamed.put_off <= MOST_PUT_OFF
    };
    UNNAMED.try_with(puts_off).unwrap_or(false)
}

/// Returns `true` if what was dropped in the poll that has just returned waits for the name of the child.
#[inline(always)]
pub(crate) fn has_dropped_end() -> bool {
    HERE.with(|here| here.word.get().has_dropped_end())
}

/// Notes that what was dropped in the poll that has just returned was dropped by this child.
// No closure for the name, and apart from the check: without optimization, both would be on the stack in each nested poll.
#[cold]
#[inline(never)]
pub(crate) fn name_ends(child: Name) {
    HERE.with(|here| {
        let word = here.word.get();
        let is_left = name_each(word.depth(), &|_| Some(child.clone()));
        here.word.set(word.with_dropped_end(is_left));
    });
}

/// Names the children of the group at this depth that dropped an end, as far as `name` knows them. What the code of the owner
/// dropped stays: it belongs to a child of the enclosing group. Returns whether anything does.
fn name_each(depth: u32, name: &dyn Fn(Key) -> Option<Name>) -> bool {
    let mut is_left = false;
    let _ = UNNAMED.try_with(|list| {
        list.borrow_mut().retain(|Unnamed { dropper, end, .. }| {
            let is_here = dropper.depth == depth;
            let name = if is_here && dropper.child != Key::OWNER { name(dropper.child) } else { None };
            is_left |= is_here && name.is_none();
            name.map(|name| end.dropped_by(name)).is_none()
        });
    });
    is_left
}

/// Sees to the ends that were dropped in a poll of the group that has just been left. `name` knows the children that have not been
/// named yet. What it does not know belongs to the child of the enclosing group in whose poll this was; outside any group there
/// is none, and all ends become visible.
#[cold]
#[inline(never)]
pub(crate) fn close(name: &dyn Fn(Key) -> Option<Name>) {
    HERE.with(|here| {
        let enclosing = Dropper::here(here);
        let is_left = name_each(enclosing.depth + 1, name);
        if enclosing.depth == 0 {
            let _ = UNNAMED.try_with(|list| list.borrow_mut().clear());
            // Guarded: it calls wakers.
            return discard(WITHHELD.try_with(RefCell::take));
        }
        if is_left {
            here.word.set(here.word.get().drops_end());
            let _ = UNNAMED.try_with(|list| {
                for unnamed in list.borrow_mut().iter_mut().filter(|unnamed| unnamed.dropper.depth > enclosing.depth) {
                    unnamed.dropper = enclosing;
                }
            });
        }
    });
}

/// Runs `f`, which must not unwind, as a blocking child.
pub(crate) fn blocking<R>(who: Option<LazyName>, f: impl FnOnce() -> R) -> R {
    let outer = BLOCKING.replace(who);
    // One deeper: `f` enters the context in which the closure runs.
    let before = HERE.with(|here| here.blocks.replace(here.word.get().depth() + 1));
    let result = f();
    HERE.with(|here| here.blocks.set(before));
    BLOCKING.set(outer);
    result
}
