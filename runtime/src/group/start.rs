//! A group as a value: how that of a function is made, what awaiting it starts, and what it shows of itself before.

use std::{fmt, future::Future, marker::PhantomData, pin::Pin};

use crate::{
    error::{Chain, Failure},
    group::{
        Group,
        running::Running,
        supervisor::{Ends, Supervisor},
    },
    machine::{
        nodes::{And, Both, Nil, Nodes},
        outcome::Policy,
    },
    name::Name,
    policy::{FailFast, Finish, FunctionFlow},
    runtime::Here,
    task_fn::{Body, Hub, Returned, Returns},
};

impl<E> Group<E, Nil> {
    /// Makes the group of a `#[task_group]` function.
    pub(crate) fn function(name: &'static str, here: Here) -> Group<E, Nil> {
        Group::new(Nil, Chain::UNKNOWN, here).set(|options| options.name = Some(Name::literal(name)))
    }
}

/// A group whose failures go to a closure. rustc quotes the first line of such a method in an error about the closure.
type Supervised<E, C, P, O, F> = Group<E, C, P, And<O, Supervisor<F, E>>>;

// Of any children, although it is called without: rustc writes the type that an implementation is for into errors.
impl<E, C, P: Policy, O> Group<E, C, P, O> {
    /// `#[task_group(supervise = f)]`. The type that the function returns names `E`, which the closure may need to know.
    #[doc(hidden)]
    pub fn supervise_unnamed<T, F, R>(self, _: PhantomData<T>, f: F) -> Supervised<E, C, P, O, F>
    where
        T: Returned<Error = E>,
        F: FnMut(&Name, Failure<E>) -> R,
        R: FunctionFlow<E>,
    {
        let group = self.set(|options| {
            options.supervises = true;
            if let Some(convert) = R::convert() {
                options.can_cancel(Some(convert));
            }
        });
        group.with(Supervisor::new(f, |f, child, failure| f(child, failure).breaks(), Ends::Function))
    }
}

impl<T, E> Returns<Result<T, E>> {
    /// Adds the body of a `#[task_group]` function to its options.
    #[allow(clippy::type_complexity, reason = "the type is never written out")]
    pub fn run<'a, B, O>(
        self,
        options: Group<E, Nil, FailFast, O>,
        hub: &'a Hub<E>,
        body: Pin<&'a mut Option<B>>,
    ) -> Group<E, Body<'a, B, T, E>, FailFast, O>
    where
        B: Future<Output = Result<T, E>>,
    {
        let Group { options, core, policy, chain, limit, here, .. } = options;
        Group { children: Body::new(hub, body), options, core, policy, chain, limit, here }
    }
}

impl<C, E, P, O> IntoFuture for Group<E, C, P, O>
where
    C: Nodes<E>,
    O: Nodes<E>,
    P: Finish<C, E>,
{
    type Output = P::Output;
    type IntoFuture = Running<E, C, P, O>;

    #[inline(always)]
    fn into_future(self) -> Self::IntoFuture {
        let Self { children, options, mut core, policy, limit, here, .. } = self;
        // One that is never reached is none: such a group can still do without a machine.
        if C::SHAPE.can_reach(limit) {
            core.make(P::RULE, here).options().limit = limit;
        }
        if Running::<E, C, P, O>::CAN_BE_LEAN {
            if let Some(core) = core.made() {
                core.may_run_lean();
            }
        }
        Running::new(Both { children, options }, core, policy, here)
    }
}

impl<C, E, P, O> fmt::Debug for Group<E, C, P, O> {
    // Nothing of the children: what they hold need not be `Debug`, and there is no result before the join.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut group = f.debug_struct("Group");
        if !self.core.is_absent() {
            group.field("name", &self.core.name());
        }
        group.field("location", &format_args!("{}", self.here.location())).finish_non_exhaustive()
    }
}
