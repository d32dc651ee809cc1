//! What a group keeps of the signals that its options received.
//!
//! An option drops its future as soon as that has resolved, and the group may then take long to drain or to clean up.
//! Signals are still its own until it has ended.

use std::cell::RefCell;

/// Something whose destructor gives up a signal. Boxed, because this file does not know signals.
type Registration = Box<dyn Send + Sync>;

/// The signals that an option of a group received; they are given up with the group.
#[derive(Default)]
pub(crate) struct Kept(Vec<Registration>);

thread_local! {
    /// The registrations that are given up while an option is polled or dropped; `None` at any other time.
    static COLLECTED: RefCell<Option<Vec<Registration>>> = const { RefCell::new(None) };
}

impl Kept {
    /// Runs `part`, which must not unwind, and keeps the registrations of the signals that resolved and are dropped in it.
    pub(crate) fn collect<R>(&mut self, part: impl FnOnce() -> R) -> R {
        // Taken out and restored: a group inside the option's future collects for itself.
        let outer = COLLECTED.try_with(|collected| collected.replace(Some(Vec::new()))).ok().flatten();
        let result = part();
        let collected = COLLECTED.try_with(|collected| collected.replace(outer)).ok().flatten();
        // Until the group is dropped: a second signal while it cleans up is answered by it too.
        self.0.extend(collected.into_iter().flatten());
        result
    }
}

/// Hands a registration to the option that is being polled or dropped; returns it if there is none.
#[cfg(all(feature = "signal", any(unix, windows)))]
pub(super) fn keep(registration: impl Send + Sync + 'static) -> Option<Registration> {
    let mut registration: Option<Registration> = Some(Box::new(registration));
    // A thread that is ending collects nothing.
    let _ = COLLECTED.try_with(|collected| {
        if let Some(collected) = &mut *collected.borrow_mut() {
            collected.extend(registration.take());
        }
    });
    registration
}
