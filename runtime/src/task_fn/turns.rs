//! The turns of the children of one statement: a round of those of a loop, and the order that an exploration draws.

use tokio::task::coop;

use crate::{
    machine::{core::Core, nodes::StepCx},
    probe,
    task_fn::driver::Driver,
};

impl<E> Driver<'_, '_, E> {
    /// Polls the children that are due.
    pub(super) fn run_round(&mut self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // A round that was cut short keeps its list: a new one would put the children polled first at its front again.
        if !core.resumes_within(self.statement.arm) {
            self.children.store().start_round(scx.cx.waker(), core.polls_everyone());
        }
        let crowded = self.children.store().is_crowded();
        let mut put_off = Vec::new();
        while !core.is_decided() && !core.yields_within(self.statement.arm) {
            // Without budget, every tokio resource returns `Pending`: the remaining children come first the next time, or
            // one with a backlog would starve them (rule 9). Before each child of a loop, the first one too: if the body had
            // used up the budget, that poll would count as the turn of a child that could not use it. Reading handles of
            // tasks does not depend on the budget.
            let needs_budget = !self.children.elsewhere() && !core.polls_everyone();
            if needs_budget && self.children.store().has_due() && !coop::has_budget_remaining() {
                core.poll_again();
                break;
            }
            let Some(place) = self.children.store().next_due() else { break };
            if self.puts_turn_off(place, core) {
                put_off.push(place);
                continue;
            }
            self.poll(place, crowded, scx, core);
        }
        // They stay due, and come after those that this round did not reach.
        for place in put_off {
            self.children.store().put_back(place);
        }
    }

    /// Returns `true` if an exploration lets others go before this child.
    pub(super) fn puts_turn_off(&mut self, place: usize, core: &mut Core<E>) -> bool {
        // A child elsewhere is put off there: here, only its end is read.
        probe::reorders() && !self.children.elsewhere() && {
            let item = self.children.store().record(place).map_or(0, |record| record.item);
            core.puts_turn_off(self.statement.arm, item, self.statement.who(item))
        }
    }
}
