//! The children of a group as a list of types, one node an arm, and what the machine asks of it.

use std::{cell::Cell, ops::Range, pin::Pin, task::Context};

use pin_project_lite::pin_project;

use crate::{
    ambient::Key,
    error::Cause,
    group::{Core, Pulled},
    policy::Policy,
};

/// What a list is asked to do. One function for all of it: a node has two or three lines for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// Begin what may begin; poll what has begun and may have something to say.
    Run,
    /// Give up what has not begun.
    Close,
    /// Give up the sources only.
    Drain,
    /// Drop, or tell to stop, what has not ended; a critical section goes on.
    Stop,
    /// The owner is going: drop everything now.
    Drop,
    /// Tell the listener of the late errors.
    Late,
    /// Count what is under way, in a group that had no machine so far.
    Resume {
        /// How many arms have been polled.
        begun: usize,
    },
    /// Hand in failures, and errors that came late.
    Gather,
}

/// One step, and for whom.
pub struct Turn<'a, 'b> {
    pub(crate) op: Op,
    pub(crate) cx: &'a mut Context<'b>,
    /// Where the child that is about to run is noted.
    pub(crate) child: &'a Cell<Key>,
    /// Which arms are meant by [`Op::Run`].
    pub(crate) arms: Range<usize>,
}

/// What one pass found in a group without a machine.
pub enum Sweep<E> {
    /// All have their values.
    Done,
    /// Somebody has not.
    Pending,
    /// This ends it.
    Failed(E),
}

/// One arm, or one option that holds a future.
pub trait Node<E> {
    /// Does it stand in the source as an arm?
    const ARM: bool = true;
    /// An ordinary child that begins in its turn.
    const STATIC: usize = 0;
    /// A `for`.
    const SOURCES: usize = 0;
    /// A `for` whose source may be idle.
    const STREAMS: usize = 0;
    /// A child nobody waits for.
    const DAEMONS: usize = 0;
    /// Does it want the late errors?
    const HEARS_LATE: bool = false;
    /// Can it do without a machine as long as all goes well?
    const LEAN: bool = false;

    /// The results of the arms `B` before it, and its own.
    type Row<P: Policy, B>;

    /// A pass without a machine.
    #[inline(always)]
    fn sweep(self: Pin<&mut Self>, _: &mut Context<'_>) -> Sweep<E> {
        Sweep::Pending
    }

    /// A step of the machine.
    fn drive(self: Pin<&mut Self>, arm: usize, turn: &mut Turn<'_, '_>, core: &mut Core<E>);

    /// A source's turn to give children.
    fn pull(self: Pin<&mut Self>, _arm: usize, _: &mut Turn<'_, '_>, _: &mut Core<E>, _: &mut Pulled) {}

    /// The result, at the end.
    fn take<P: Policy, B>(self: Pin<&mut Self>, before: B, cause: Option<&Cause>) -> Self::Row<P, B>;
}

/// A list of nodes.
pub trait Nodes<E> {
    /// How many nodes are arms.
    const ARMS: usize;
    /// The sums of what [`Node`] says of each.
    const STATIC: usize;
    /// Likewise.
    const SOURCES: usize;
    /// Likewise.
    const STREAMS: usize;
    /// Likewise.
    const DAEMONS: usize;
    /// Is it so of any?
    const HEARS_LATE: bool;
    /// Is it so of all?
    const LEAN: bool;

    /// The results, nested to the left.
    type Slots<P: Policy>;

    /// A pass without a machine; `child` says how far it came.
    fn sweep(self: Pin<&mut Self>, cx: &mut Context<'_>, child: &Cell<Key>) -> Sweep<E>;
    /// A step of the machine.
    fn drive(self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut Core<E>);
    /// A source's turn.
    fn pull(self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut Core<E>, pulled: &mut Pulled);
    /// The results.
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> Self::Slots<P>;
}

/// The empty list.
pub struct Nil;

impl<E> Nodes<E> for Nil {
    const ARMS: usize = 0;
    const STATIC: usize = 0;
    const SOURCES: usize = 0;
    const STREAMS: usize = 0;
    const DAEMONS: usize = 0;
    const HEARS_LATE: bool = false;
    const LEAN: bool = true;

    type Slots<P: Policy> = ();

    #[inline(always)]
    fn sweep(self: Pin<&mut Self>, _: &mut Context<'_>, _: &Cell<Key>) -> Sweep<E> {
        Sweep::Done
    }
    fn drive(self: Pin<&mut Self>, _: &mut Turn<'_, '_>, _: &mut Core<E>) {}
    fn pull(self: Pin<&mut Self>, _: &mut Turn<'_, '_>, _: &mut Core<E>, _: &mut Pulled) {}
    #[inline(always)]
    fn take<P: Policy>(self: Pin<&mut Self>, _: Option<&Cause>) {}
}

pin_project! {
    /// A list and its last node.
    pub struct And<L, N> {
        #[pin]
        pub(crate) rest: L,
        #[pin]
        pub(crate) last: N,
    }
}

impl<E, L: Nodes<E>, N: Node<E>> Nodes<E> for And<L, N> {
    const ARMS: usize = L::ARMS + N::ARM as usize;
    const STATIC: usize = L::STATIC + N::STATIC;
    const SOURCES: usize = L::SOURCES + N::SOURCES;
    const STREAMS: usize = L::STREAMS + N::STREAMS;
    const DAEMONS: usize = L::DAEMONS + N::DAEMONS;
    const HEARS_LATE: bool = L::HEARS_LATE || N::HEARS_LATE;
    const LEAN: bool = L::LEAN && N::LEAN;

    type Slots<P: Policy> = N::Row<P, L::Slots<P>>;

    #[inline(always)]
    fn sweep(self: Pin<&mut Self>, cx: &mut Context<'_>, child: &Cell<Key>) -> Sweep<E> {
        let this = self.project();
        let before = this.rest.sweep(cx, child);
        if let Sweep::Failed(_) = before {
            return before;
        }
        child.set(Key::arm(L::ARMS));
        match this.last.sweep(cx) {
            Sweep::Done => before,
            other => other,
        }
    }

    fn drive(self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        let this = self.project();
        this.rest.drive(turn, core);
        let arm = L::ARMS;
        if turn.op == Op::Run && (core.is_decided() || !turn.arms.contains(&arm) || (N::ARM && core.puts_off(arm))) {
            return;
        }
        this.last.drive(arm, turn, core);
    }

    fn pull(self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut Core<E>, pulled: &mut Pulled) {
        let this = self.project();
        if N::SOURCES == 1 && pulled.source == L::SOURCES {
            this.last.pull(L::ARMS, turn, core, pulled);
        } else {
            this.rest.pull(turn, core, pulled);
        }
    }

    #[inline(always)]
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> Self::Slots<P> {
        let this = self.project();
        let before = this.rest.take::<P>(cause);
        this.last.take::<P, _>(before, cause)
    }
}

pin_project! {
    /// The children, and the options that came after them.
    pub struct Both<C, O> {
        #[pin]
        pub(crate) children: C,
        #[pin]
        pub(crate) options: O,
    }
}

impl<E, C: Nodes<E>, O: Nodes<E>> Nodes<E> for Both<C, O> {
    const ARMS: usize = C::ARMS;
    const STATIC: usize = C::STATIC;
    const SOURCES: usize = C::SOURCES;
    const STREAMS: usize = C::STREAMS;
    const DAEMONS: usize = C::DAEMONS;
    const HEARS_LATE: bool = O::HEARS_LATE;
    const LEAN: bool = C::LEAN && O::LEAN;

    type Slots<P: Policy> = C::Slots<P>;

    #[inline(always)]
    fn sweep(self: Pin<&mut Self>, cx: &mut Context<'_>, child: &Cell<Key>) -> Sweep<E> {
        self.project().children.sweep(cx, child)
    }

    fn drive(self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        let this = self.project();
        this.children.drive(turn, core);
        // Options come after every child, also when the arms are polled in two halves.
        if turn.op != Op::Run || turn.arms.start == 0 {
            let arms = std::mem::replace(&mut turn.arms, 0..usize::MAX);
            this.options.drive(turn, core);
            turn.arms = arms;
        }
    }

    fn pull(self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut Core<E>, pulled: &mut Pulled) {
        self.project().children.pull(turn, core, pulled);
    }

    #[inline(always)]
    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> Self::Slots<P> {
        self.project().children.take::<P>(cause)
    }
}
