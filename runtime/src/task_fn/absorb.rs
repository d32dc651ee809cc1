//! How the error of a literal `async` block or closure becomes that of its function.
//!
//! A call says itself what its error is, and `From` converts it. A literal may not: nothing determines to which type each `?`
//! in it converts, unless its error is the function's own. So it is converted where its error is known, and otherwise has the
//! type of the function. The expansion passes an integer literal for that: both implementations below apply to an error that
//! is not known, and then rustc makes the literal an `i32`; only the second one applies to an error of another type.
//! `error/chain.rs` uses the same rule.

/// An error type to which the error `X` of a literal block converts.
#[diagnostic::on_unimplemented(
    message = "this child fails with `{X}`, which does not convert to `{Self}`",
    label = "its error is `{X}`, and that of the function is `{Self}`",
    note = "write `impl From<{X}> for {Self}`, or convert in the child, with `.map_err(…)`"
)]
pub trait Absorbs<X, K>: Sized {
    #[doc(hidden)]
    fn absorb(error: X) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E> Absorbs<E, i32> for E {
    fn absorb(error: E) -> E {
        error
    }
}

#[diagnostic::do_not_recommend]
impl<E: From<X>, X> Absorbs<X, u8> for E {
    fn absorb(error: X) -> E {
        E::from(error)
    }
}

/// An error type to which the error `X` of a child converts that is no literal. `From` itself would be reported with all that
/// `E` converts from.
#[diagnostic::on_unimplemented(
    message = "this child fails with `{X}`, which does not convert to `{Self}`",
    label = "its error is `{X}`, and that of the function is `{Self}`",
    note = "write `impl From<{X}> for {Self}`, or convert in the child, with `.map_err(…)`"
)]
pub trait Converts<X>: From<X> {}

#[diagnostic::do_not_recommend]
impl<E: From<X>, X> Converts<X> for E {}
