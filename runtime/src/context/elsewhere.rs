//! The context of a child that runs elsewhere: on a task, or a thread, of its own.

use crate::context::{Current, Entered, HERE, SCOPES, SavedContext, enter, epoch, key::Key, stack::Stack, word::Word};

/// Does what [`within`](crate::context::within) does, for a part of a child that runs elsewhere, whose scope exists. As a rule, its
/// thread polls no group further out, and nothing is noted: then the scope is lent to the thread and taken back, and that is all.
#[inline(always)]
pub(crate) fn within<R>(place: &mut SavedContext, child: Key, f: impl FnOnce() -> R) -> R {
    HERE.with(|here| {
        let entered = enter_elsewhere(here, place);
        here.set(child);
        let result = f();
        leave(entered, here);
        result
    })
}

#[inline(always)]
fn enter_elsewhere<'a>(here: &Current, place: &'a mut SavedContext) -> Entered<'a> {
    if here.word.get() != Word::OUTSIDE {
        return enter(place);
    }
    let child = here.child.get();
    here.checked.set(epoch::NEVER);
    let lent = SCOPES.try_with(|scopes| scopes.lend(&mut place.frame));
    // A thread that is ending has no `SCOPES` any more: as where any other group is entered.
    here.word.set(if lent.is_ok() { Word::ELSEWHERE } else { Word::OUTSIDE.deeper(child).asked(true) });
    Entered { place, before: Word::OUTSIDE, child, listeners: 0 }
}

#[inline(always)]
fn leave(entered: Entered<'_>, here: &Current) {
    // Anything else is left by the drop: something was noted, or a group further out is polled here.
    if here.word.get() == Word::ELSEWHERE && entered.before == Word::OUTSIDE {
        here.child.set(entered.child);
        here.word.set(Word::OUTSIDE);
        entered.place.put_off = false;
        entered.place.drops_ends = false;
        entered.place.frame = SCOPES.with(Stack::give_back);
        std::mem::forget(entered);
    }
}
