//! The sources of a child's error, in the errors of a group that is generic over it.
//!
//! [`Stopped`](crate::Stopped) and [`Failures`](crate::Failures) are errors whatever they carry: a thiserror enum, which
//! implements `Error`; `anyhow::Error`, which does not, but dereferences to one that does; a `&str`, which has no sources.
//! So `source()` cannot ask for `E: Error`. Instead, the type is looked at where it is known: `group!` expands to
//! `.into_group(0, 0)`, and each of the two traits below has an implementation for `u8`, without a bound, and one for `i32`,
//! with one. If only the first applies, the literal is a `u8`. If both do, nothing decides between them before rustc makes
//! every integer literal that is still open an `i32`. Nothing is asked of `E`, and it may become known later than the call.

use std::{error::Error, ops::Deref};

type Source<E> = fn(&E) -> Option<&(dyn Error + 'static)>;

/// The source of errors of one type, if it is known to have one.
pub struct Chain<E>(Option<Source<E>>);

impl<E> Clone for Chain<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Chain<E> {}

impl<E> Chain<E> {
    /// The sources of errors about which nothing is known: none.
    pub(crate) const UNKNOWN: Self = Self(None);

    /// The sources of errors, by what the type implements where it is known.
    #[inline(always)]
    pub(crate) fn of<A, B>() -> Self
    where
        E: Itself<A> + Behind<B>,
    {
        Self(<E as Itself<A>>::SOURCE.or(<E as Behind<B>>::SOURCE))
    }

    /// Returns `true` if the sources can be read.
    pub(crate) fn is_known(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn source<'e>(&self, error: &'e E) -> Option<&'e (dyn Error + 'static)> {
        self.0.and_then(|source| source(error))
    }
}

/// A type that is an error itself, under `i32`.
pub trait Itself<A>: Sized {
    #[doc(hidden)]
    const SOURCE: Option<Source<Self>>;
}

#[diagnostic::do_not_recommend]
impl<E> Itself<u8> for E {
    const SOURCE: Option<Source<E>> = None;
}

#[diagnostic::do_not_recommend]
impl<E: Error> Itself<i32> for E {
    const SOURCE: Option<Source<E>> = Some(|error| error.source());
}

/// A type that dereferences to an error, under `i32`.
pub trait Behind<B>: Sized {
    #[doc(hidden)]
    const SOURCE: Option<Source<Self>>;
}

#[diagnostic::do_not_recommend]
impl<E> Behind<u8> for E {
    const SOURCE: Option<Source<E>> = None;
}

#[diagnostic::do_not_recommend]
impl<E: Deref> Behind<i32> for E
where
    E::Target: Error,
{
    const SOURCE: Option<Source<E>> = Some(|error| error.deref().source());
}
