//! The thread's stack of groups: which groups are being polled, and which child of the innermost.
//!
//! The state belongs to the *poll*, not to the task: a group enters when it polls its children and leaves when they
//! return. Nothing is allocated for that. Only when the token is asked for does [`current`] make the scopes of every group
//! that is being polled on this thread, and each group takes its own along when it leaves.
//!
//! One word says where the code that runs now is. So an entry and an exit are a few instructions, and a look for a cancellation
//! is one load where no token has been asked for:
//!
//! ```text
//! depth = 3, top = 2, and flags such as `asked`
//!
//! level 1   group A   SCOPES[0] = (1, scope of A)
//! level 2   group B   SCOPES[1] = (2, scope of B)    top: the nearest scope that exists. C is cancelled if B is
//! level 3   group C   none: no code of C has asked   depth: the group whose child runs now
//! ```
//!
//! A group has a level only while it is polled. What belongs to it goes along in its [`SavedContext`] from one poll to the
//! next, on whatever thread that is: [`within`] pushes its scope when it enters, and takes it back, with the flags, when it
//! leaves. Nothing of a group may stay behind on the thread (3).
//!
//! 1. `depth` is the number of groups that are being polled on this thread.
//! 2. `SCOPES` holds the scopes that exist, of distinct depths, in ascending order; `top` is the depth of the last one,
//!    0 if there is none. With `top == 0` no group can have been cancelled, so a check for cancellation is one load.
//! 3. Every entry is followed by its exit, also when a child panics: every `f` below catches what it runs. Otherwise all
//!    that runs on this thread later would be taken for code of that group.
//! 4. `asked` is set when the code of the innermost group looked at the token. A group notes it when it leaves, so that it
//!    knows whether a last poll is of use, and hands it on to the enclosing group, whose last poll reaches that code too.
//!    `listens` is narrower (DESIGN §1): the code asked whether it is cancelled, or was answered that it is. A `recv` that
//!    waits, or a group further in, only looks. It belongs to the child that is polled, whose poller takes it; the code that
//!    asks notes its arm too, for a pass that looks at no child after its poll.
//! 5. The answers that are free (DESIGN §2.9) are counted in one poll of a child, in the word that holds its key: the count
//!    begins where the child is noted, and every exit brings that of the enclosing child back. A poll of a group counts as one
//!    answer to the child that it is in, if one of its own children was answered: a loop around such a group ends too.
//! 6. An end of a channel that is dropped in a poll becomes visible to other threads when the poll has left the outermost
//!    group on this thread. A failure in that poll has been noted by then (`context/first.rs`), or is with its owner; and the
//!    child that dropped it has been named (`context/ends.rs`).

pub(crate) mod asking;
pub(crate) mod backstop;
pub(crate) mod carry;
pub(crate) mod child_guard;
mod current;
pub(crate) mod deadlines;
pub(crate) mod dropped;
pub(crate) mod elsewhere;
mod enclosing;
pub(crate) mod ends;
mod epoch;
mod first;
mod frame;
pub(crate) mod gate;
pub(crate) mod key;
pub(crate) mod live_guard;
pub(crate) mod living;
pub(crate) mod members;
mod notes;
mod open_gates;
pub(crate) mod orders;
pub(crate) mod orphans;
pub(crate) mod promise;
pub(crate) mod scope;
mod sections;
mod stack;
pub(crate) mod turn;
pub(crate) mod withheld;
mod word;

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

pub use self::current::Current;
pub(crate) use self::frame::Frame;
use self::{key::Key, notes::Running, promise::Promise, scope::Scope, stack::Stack, word::Word};
use crate::name::Name;

/// How long an end of a channel stays invisible to other threads if the poll that dropped it does not return. Much longer
/// than a busy machine keeps a thread from running: with 20 ms, and five runnable threads for each core, one in some 10,000
/// failures was taken for the one that followed from it.
pub(crate) const LONGEST_WITHHOLDING: Duration = Duration::from_millis(100);

thread_local! {
    static HERE: Current = const { Current::new() };
    static SCOPES: Stack = const { Stack::new() };
}

/// The part of the context that a group keeps between two polls.
#[derive(Default)]
pub(crate) struct SavedContext {
    /// The scope, once it exists.
    pub(crate) frame: Option<Frame>,
    /// Whether any code of the group has looked at the token.
    pub(crate) asked: bool,
    /// Whether any of it listens.
    pub(crate) listens: bool,
    /// The arms of a group that do, one bit for each of the first 32.
    pub(crate) listeners: u32,
    /// Whether a group inside was not finished with the last poll of its children when this one was left.
    pub(crate) put_off: bool,
    /// Whether any dropped an end of a channel in the last poll in which something was noted.
    pub(crate) drops_ends: bool,
}

/// Runs `f`, which must not unwind, in the context of the group that owns `place`. `f` notes which child runs.
#[inline(always)]
pub(crate) fn within<R>(place: &mut SavedContext, f: impl FnOnce(&Current) -> R) -> R {
    let (result, unnoted) = within_unnoted(place, f);
    if !unnoted && place.drops_ends {
        ends::close(&|_| None);
    }
    result
}

/// Does what [`within`] does, for a pass that looks at no child after its poll, and returns also whether all was left as it was
/// found: then nothing was noted, and the group has no scope. If it was not, and `drops_ends`, then [`ends::close`] is to follow.
#[inline(always)]
pub(crate) fn within_unnoted<R>(place: &mut SavedContext, f: impl FnOnce(&Current) -> R) -> (R, bool) {
    HERE.with(|here| {
        let mut entered = enter(place);
        let inside = entered.inside();
        let result = f(here);
        let unnoted = entered.leave(here, inside);
        // It has been left; what its drop would do is for a panic.
        std::mem::forget(entered);
        (result, unnoted)
    })
}

/// Enters the context of the group that owns `place`, until what it returns is dropped. As [`within`], for where groups and
/// functions nest: without optimization, a closure costs half a kilobyte of stack on each level.
#[inline]
pub(crate) fn enter(place: &mut SavedContext) -> Entered<'_> {
    HERE.with(|here| {
        let before = here.word.get();
        let child = here.child.get();
        here.checked.set(epoch::NEVER);
        let inside = before.deeper(child);
        // A group without a scope only counts a level: no list is touched.
        if place.frame.is_some() {
            push(here, place, inside);
        } else {
            here.word.set(inside);
        }
        Entered { place, before, child, listeners: here.listeners.get() }
    })
}

/// An entry on the thread's stack of groups, removed when this is dropped: also if what runs meanwhile unwinds, which it must
/// not. On a thread whose stack stays one too deep, all that follows would be taken for code of a group that is over.
pub(crate) struct Entered<'a> {
    place: &'a mut SavedContext,
    before: Word,
    /// The child of the enclosing group in whose poll this is.
    child: Running,
    listeners: u32,
}

impl Entered<'_> {
    /// Returns the word of the way in, if the group has no scope. Not a field, which would cost stack in each nested group.
    #[inline(always)]
    fn inside(&self) -> Word {
        self.before.deeper(self.child)
    }

    /// Returns whether there was nothing to take along: no scope was made and nothing noted, which is the usual case.
    #[inline(always)]
    fn leave(&mut self, here: &Current, inside: Word) -> bool {
        here.child.set(self.child);
        let unnoted = here.word.get() == inside;
        if unnoted {
            here.word.set(self.before);
        } else {
            leave(here, self.place, self.before, self.listeners);
        }
        unnoted
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if !HERE.with(|here| self.leave(here, self.inside())) && self.place.drops_ends {
            ends::close(&|_| None);
        }
    }
}

/// Notes which child of the innermost group is about to run.
#[inline]
pub(crate) fn set_child(child: Key) {
    HERE.with(|here| here.set(child));
}

#[cold]
#[inline(never)]
fn push(here: &Current, place: &mut SavedContext, inside: Word) {
    let depth = inside.depth();
    // A thread that is ending has no `SCOPES` any more: then no token can be found, and the frame stays where it is.
    let pushed = SCOPES.try_with(|scopes| {
        if let Some(frame) = place.frame.take() {
            scopes.push(depth, frame);
        }
    });
    // Noted in either case: what has a frame is not left as it was found.
    here.word.set(if pushed.is_ok() { inside.with_top(depth) } else { inside.asked(true) });
}

/// Leaves a group in which something was noted, or whose scope is to be taken along. `here` has the enclosing child already.
#[cold]
#[inline(never)]
fn leave(here: &Current, place: &mut SavedContext, before: Word, listeners: u32) {
    let (now, child) = (here.word.get(), here.get());
    here.checked.set(epoch::NEVER);
    place.asked |= now.is_asked();
    if now.is_listening() {
        place.listens = true;
        place.listeners |= here.listeners.get();
    }
    place.put_off = now.is_put_off();
    let mut top = before.top();
    // A scope of this group is on the list: it was brought along, or made in this poll.
    if now.top() > before.depth() {
        SCOPES.with(|scopes| {
            // Unless it was promised only, and nothing asked for it.
            if scopes.last_depth() > before.depth() {
                place.frame = scopes.pop();
            }
            // That of the enclosing group may be promised, too.
            top = top.max(scopes.last_depth());
            // An open section holds the child of the enclosing group too, in whose poll this one was.
            if let (Some(frame), true) = (&place.frame, child != Key::OWNER) {
                scopes.last(|depth, outer| {
                    if depth == before.depth() {
                        frame.scope().link_sections(outer.scope(), child, matches!(outer, Frame::Scope(_)));
                    }
                });
            }
        });
    }
    here.word.set(before.with_top(top));
    here.listeners.set(listeners);
    // Handed on: the last poll of an enclosing group reaches this code too, so that group has to give one. Outside any group
    // there is nothing that would have to know.
    if before.depth() > 0 {
        if now.is_listening() {
            here.note_listener();
        }
        if now.is_answered() {
            here.note_answer();
        }
        here.word.set(here.word.get().after(now));
    }
    place.drops_ends = now.is_withholding();
}

/// Returns the scope of the innermost group. Makes it, and those of the enclosing groups, if they do not exist yet.
#[cold]
#[inline(never)]
pub(crate) fn current() -> Option<Frame> {
    let word = HERE.with(|here| here.word.get());
    let depth = word.depth();
    if depth == 0 {
        return None;
    }
    let mut kept = Vec::new();
    let frame = SCOPES
        .try_with(|scopes| {
            // From the outermost inwards, because each scope is linked to the enclosing one when it is made.
            for depth in 1..=depth {
                if scopes.at(depth, |_| ()).is_some() {
                    continue;
                }
                let parent = scopes.at(depth - 1, |frame| frame.scope().clone());
                let promise = HERE.with(|here| promise::take(here, depth));
                let promised = promise.as_ref().and_then(|promise| promise.options.as_ref()?.deadline);
                let scope = Scope::group(parent, HERE.with(|here| deadlines::take(here, depth)).or(promised));
                if is_undroppable(depth - 1) {
                    scope.set_undroppable();
                }
                kept.extend(promise.map(|promise| (scope.clone(), promise)));
                scopes.insert(depth, Frame::Scope(scope));
            }
            HERE.with(|here| {
                here.word.set(word.with_top(depth));
                here.checked.set(epoch::NEVER);
            });
            scopes.last(|_, frame| frame.clone())
        })
        .ok()
        .flatten();
    // With nothing borrowed, and from the outermost inwards: the cause of an enclosing group is that of those inside.
    for (scope, Promise { place, options }) in kept {
        scope.drop_group(options.and_then(|options| options.name).unwrap_or_else(|| Name::of_place(place)));
    }
    frame
}

/// Returns `true` if no group can drop what the code at this depth of this thread runs: it is run by a blocking child, or on a
/// foreign task.
fn is_undroppable(depth: u32) -> bool {
    depth > 0 && HERE.with(|here| here.blocks.get() == depth || here.foreign.get() == depth)
}

/// Runs `f`, which must not unwind, and which enters a group on a task that belongs to another owner.
pub(crate) fn foreign<R>(f: impl FnOnce() -> R) -> R {
    let before = HERE.with(|here| here.foreign.replace(here.word.get().depth() + 1));
    let result = f();
    HERE.with(|here| here.foreign.set(before));
    result
}

/// Makes the scope of a group that is about to be polled for the first time, with its deadline.
pub(crate) fn scope_with_deadline(at: Instant) -> Arc<Scope> {
    let scope = Scope::group(current().map(|frame| frame.scope().clone()), Some(at));
    if is_undroppable(HERE.with(|here| here.word.get()).depth()) {
        scope.set_undroppable();
    }
    scope
}

/// Returns the scope of the innermost group, as [`current`] does. Made already, it costs one clone.
#[inline]
pub(crate) fn scope() -> Option<Arc<Scope>> {
    let (word, promises) = HERE.with(|here| (here.word.get(), here.promises.get()));
    if word.top() == word.depth() && promises == 0 {
        // Outside any group, both are 0, and there is none.
        return SCOPES.try_with(|scopes| scopes.last(|_, frame| frame.scope().clone())).ok().flatten();
    }
    current().map(|frame| frame.scope().clone())
}

/// Looks at the nearest scope that exists. A group without a scope is cancelled if an enclosing one is, and not otherwise.
#[inline]
pub(crate) fn peek<R>(look: impl FnOnce(&Arc<Scope>) -> R) -> Option<R> {
    if HERE.with(|here| here.word.get()).top() == 0 { None } else { nearest(look) }
}

/// Looks at the scope of the innermost group, if it exists.
pub(crate) fn peek_own<R>(look: impl FnOnce(&Arc<Scope>) -> R) -> Option<R> {
    let word = HERE.with(|here| here.word.get());
    // Otherwise the nearest scope is that of an enclosing group.
    if word.top() == 0 || word.top() != word.depth() { None } else { nearest(look) }
}

#[cold]
#[inline(never)]
fn nearest<R>(look: impl FnOnce(&Arc<Scope>) -> R) -> Option<R> {
    HERE.with(|here| promise::keep(here, current));
    // A clone, so that `look` runs with nothing borrowed: it may call back into this file.
    let scope = SCOPES.try_with(|scopes| scopes.last(|_, frame| frame.scope().clone())).ok().flatten();
    scope.as_ref().map(look)
}

/// Returns `true` if this is the code of any group.
#[inline]
pub(crate) fn is_inside() -> bool {
    HERE.with(|here| here.word.get()).depth() > 0
}

/// Returns `true` if the code that runs would be dropped with the owner of the innermost group: it has no task of its own.
pub(crate) fn is_inline() -> bool {
    let is_scope = SCOPES.try_with(|scopes| scopes.last(|_, frame| matches!(frame, Frame::Scope(_))));
    is_scope.ok().flatten().unwrap_or(true)
}

/// Returns the child of the innermost group that is being polled.
pub(crate) fn child() -> Key {
    HERE.with(Current::get)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{context::asking::note_and_is_cancelled, unwind::guard};

    fn depth_and_scopes() -> (u32, usize) {
        (HERE.with(|here| here.word.get().depth()), SCOPES.with(Stack::len))
    }

    #[test]
    fn nothing_is_made_until_the_token_is_asked_for() {
        let (mut outer, mut inner) = (SavedContext::default(), SavedContext::default());
        within(&mut outer, |_| within(&mut inner, |_| assert_eq!(depth_and_scopes(), (2, 0))));
        assert!(outer.frame.is_none() && inner.frame.is_none());
    }

    #[test]
    fn a_group_takes_its_own_scope_along_and_no_other() {
        let (mut outer, mut inner) = (SavedContext::default(), SavedContext::default());
        within(&mut outer, |_| {
            within(&mut inner, |_| assert!(current().is_some()));
            assert_eq!(depth_and_scopes(), (1, 1));
        });
        assert!(outer.frame.is_some() && inner.frame.is_some());
        assert_eq!(depth_and_scopes(), (0, 0));
    }

    #[test]
    fn looking_is_noted_in_every_enclosing_group() {
        let (mut outer, mut inner) = (SavedContext::default(), SavedContext::default());
        within(&mut outer, |_| within(&mut inner, |_| assert!(!note_and_is_cancelled())));
        assert!(outer.asked && inner.asked && outer.listens && inner.listens);
        assert!(!HERE.with(|here| here.word.get()).is_asked());
    }

    #[test]
    fn a_panic_leaves_the_stack_clean() {
        let mut place = SavedContext::default();
        let ended = within(&mut place, |_| {
            guard(|| {
                current();
                panic!("boom")
            })
        });
        assert!(ended.is_err() && place.frame.is_some());
        assert_eq!(depth_and_scopes(), (0, 0));
    }
}
