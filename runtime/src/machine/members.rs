//! The wait for the members of a group that are polled elsewhere.

use std::task::Context;

use crate::{context::SavedContext, observe};

/// Notes how the group is observed, for the members that are shown below it.
#[inline]
pub(super) fn show_group(saved: &SavedContext, group: &observe::Group) {
    if observe::ON {
        if let Some(frame) = &saved.frame {
            frame.scope().show(group);
        }
    }
}

/// Returns `true` if the group has members that are polled elsewhere: it waits for them as for its own children. It takes no
/// more of them, or another could come between the last count and the end.
pub(super) fn waits_for_members(saved: &SavedContext, cx: &Context<'_>) -> bool {
    saved.frame.as_ref().is_some_and(|frame| {
        frame.scope().close_gates();
        !frame.scope().members_are_gone(cx.waker())
    })
}
