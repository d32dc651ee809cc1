//! The turns of the children of one statement: a round of those of a loop, and the order that an exploration draws.

use tokio::task::coop;

use crate::{
    machine::{core::Core, nodes::StepCx},
    probe,
    task_fn::{
        children::{Children, Statement},
        store::Store,
    },
};

impl<S: Store, T, E> Children<S, T, E> {
    /// Polls the children of a loop that are due.
    // A function of its own: without optimization, its variables would be part of the frame that each nested function
    // leaves, also of those whose statements are outside loops.
    pub(super) fn run_round(&mut self, statement: &Statement<'_, T>, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // A round that was cut short keeps its list: a new one would put the children polled first at its front again.
        if !core.resumes_within(statement.arm) {
            self.store.start_round(scx.cx.waker(), core.polls_everyone());
        }
        let crowded = self.store.is_crowded();
        let mut put_off = Vec::new();
        while !core.is_decided() && !core.yields_within(statement.arm) {
            // Without budget, every tokio resource returns `Pending`: the remaining children come first the next time, or
            // one with a backlog would starve them (rule 9). Before each child of a loop, the first one too: if the body had
            // used up the budget, that poll would count as the turn of a child that could not use it. Reading handles of
            // tasks does not depend on the budget.
            let needs_budget = statement.repeats && !self.elsewhere && !core.polls_everyone();
            if needs_budget && self.store.has_due() && !coop::has_budget_remaining() {
                core.poll_again();
                break;
            }
            let Some(place) = self.store.next_due() else { break };
            if self.puts_turn_off(statement, place, core) {
                put_off.push(place);
                continue;
            }
            self.poll(statement, place, crowded, scx, core);
        }
        // They stay due, and come after those that this round did not reach.
        for place in put_off {
            self.store.put_back(place);
        }
    }

    /// Returns `true` if an exploration lets others go before this child.
    // Not `always`: without optimization, its variables would be part of the frame that each nested function leaves.
    #[inline]
    pub(super) fn puts_turn_off(&mut self, statement: &Statement<'_, T>, place: usize, core: &mut Core<E>) -> bool {
        // A child elsewhere is put off there: here, only its end is read.
        probe::reorders() && !self.elsewhere && {
            let item = self.store.record(place).map_or(0, |record| record.item);
            core.puts_turn_off(statement.arm, item, statement.who(item))
        }
    }
}
