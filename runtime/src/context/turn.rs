//! What one poll of a child is given, and whether it was a whole one.

use std::task::{Context, Poll};

use crate::{
    budget,
    context::{Current, HERE},
    probe,
};

/// Polls for leave to answer at once what is ready for ever in a cancelled group. A loop that takes such answers, and does
/// not leave, would hold its thread, so that neither the grace period nor a drop could end it.
///
/// The first 32 in one poll of a child are free, which is enough to clean up, and does not depend on what tokio's budget was
/// used for. Then it pends, with a wake-up. Outside any group, tokio's budget bounds a poll.
pub(crate) fn poll_answer(cx: &mut Context<'_>) -> Poll<()> {
    let (word, child) = HERE.with(|here| (here.word.get(), here.child.get()));
    if word.depth() == 0 {
        return budget::poll_proceed(cx);
    }
    HERE.with(Current::note_answer);
    if word.answers(child) {
        return Poll::Ready(());
    }
    probe::answers_used_up();
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Notes that the group which was just left has not finished a round that counts as one poll of its child: the enclosing
/// groups do not take this poll for the child's last one.
pub(crate) fn put_off() {
    HERE.with(|here| {
        let word = here.word.get();
        here.word.set(word.put_off(word.depth() > 0));
    });
}

/// Returns whether a group inside the child that was just polled has not finished its round. The caller polls that child
/// once more.
pub(crate) fn take_put_off() -> bool {
    HERE.with(|here| {
        let word = here.word.get();
        here.word.set(word.put_off(false));
        word.is_put_off()
    })
}
