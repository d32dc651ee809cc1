//! What a group returns, when everything is over.

use super::{Reference, machine::Fatal};
use crate::case::{BODY, Error, Got, Id, Policy, Slot};

impl Reference<'_> {
    /// What the policy makes of it.
    pub(super) fn got(&self, group: usize) -> Got {
        let (grp, text) = (&self.groups[group], &self.case.groups[group]);
        let bomb = text.bomb.then_some(Id::body(group as u8).code());
        let catches = text.options.catches();
        // Where the body fails before any stage, the local goes with its own `?`: as everywhere in Rust, the panic is what
        // comes out.
        let fatal = match (grp.fatal, bomb) {
            (Some(Fatal::Panicked(code)), _) => Some(Fatal::Panicked(code)),
            (Some(Fatal::Failed(_)), Some(code)) if grp.fails_before_stages => Some(Fatal::Panicked(code)),
            (Some(failed), Some(_)) if catches => Some(failed),
            (_, Some(code)) => Some(Fatal::Panicked(code)),
            (fatal, None) => fatal,
        };
        match fatal {
            Some(Fatal::Panicked(code)) if !catches => return Got::Panic(code),
            Some(fatal) if text.options.policy != Policy::Settle => {
                let error = match fatal {
                    Fatal::Failed(error) => error,
                    Fatal::Panicked(code) => Error::Panicked(code),
                };
                if text.options.policy == Policy::Race {
                    let mut failures: Vec<Error> = grp.failures.iter().map(|(_, error)| *error).collect();
                    failures.push(error);
                    return Got::Failures(failures);
                }
                return Got::Error(error);
            }
            _ => {}
        }
        match text.options.policy {
            Policy::Race => match grp.winner {
                Some(value) => Got::Value(vec![Slot::Done(value)]),
                None => Got::Failures(grp.failures.iter().map(|(_, error)| *error).collect()),
            },
            Policy::Settle => Got::Value(self.slots(group)),
            Policy::FailFast if grp.lost > 0 => Got::Error(Error::Cancelled),
            Policy::FailFast if self.shape(group).is_function() => match grp.value {
                Some(value) => Got::Value(vec![Slot::Done(value)]),
                None => Got::Error(Error::Cancelled),
            },
            Policy::FailFast => Got::Value(self.slots(group)),
        }
    }

    fn slots(&self, group: usize) -> Vec<Slot> {
        let children = self.actors[group].iter().filter(|actor| actor.id.child != BODY && !actor.daemon);
        children.filter_map(|actor| self.groups[group].slots[usize::from(actor.id.child)]).collect()
    }
}
