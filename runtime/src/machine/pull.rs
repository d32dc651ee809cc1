//! The sources of a group, pulled in turn.

use std::pin::Pin;

use tokio::task::coop;

use crate::machine::{
    core_box::CoreBox,
    nodes::{Pulled, Shape, StepCx, Steps},
};

/// Pulls children from the sources, in turn, while there is room; a bounded number in each poll (rule 9).
#[inline(never)]
pub(super) fn pull<E>(
    children: Pin<&mut (dyn Steps<E> + '_)>,
    shape: Shape,
    core: &mut CoreBox<E>,
    scx: &mut StepCx<'_, '_>,
) {
    pull_in_turn(children, shape.sources, core, scx);
    // The sources have the turn after the last arm.
    core.notes_budget(shape.arms + 1);
}

fn pull_in_turn<E>(
    mut children: Pin<&mut (dyn Steps<E> + '_)>,
    sources: usize,
    core: &mut CoreBox<E>,
    scx: &mut StepCx<'_, '_>,
) {
    /// The most children that one poll of a group takes from its sources: an endless source would never let it return.
    const PER_POLL: usize = 128;
    // Of our own: an iterator takes nothing from tokio's.
    let mut budget = PER_POLL;
    // Under a limit, each source gets room for one child in its turn, or the first one would take all of it.
    let quantum = if sources > 1 { if core.options.limit == usize::MAX { 32 } else { 1 } } else { PER_POLL };
    let mut without = 0;
    while without < sources
        && budget > 0
        && core.is_running()
        && !core.stops_beginning
        && !core.is_decided()
        // An option that resolved in this pass is acted on after it: a drain pulls nothing more (state 20).
        && core.request.is_none()
        && core.has_room()
    {
        let source = core.pass.first_source(sources);
        let mut pulled = Pulled { source, most: quantum.min(budget), taken: 0 };
        children.as_mut().pull(scx, core, &mut pulled);
        // Until all sources in turn had nothing: one idle stream must not end the turn of the others.
        if pulled.taken == 0 {
            without += 1;
        } else {
            without = 0;
            budget -= pulled.taken;
        }
        // Whatever it gave: an idle stream must not keep the first turn.
        core.pass.source_had_its_turn(source);
        // Without budget a stream returns `Pending` although it has items: it would never wake the group.
        if !coop::has_budget_remaining() {
            core.poll_again();
            return;
        }
    }
    // The source was not asked to the end, so nothing would wake the group for what is left in it.
    if budget == 0 {
        core.poll_again();
    }
}
