//! What keeps a public trait from being implemented elsewhere.

/// The value of a hidden constant of each public trait that is not to be implemented elsewhere.
///
/// It has no public name, so the constant cannot be written there. A supertrait would do too, but rustc would name it in errors
/// about the bound.
pub struct Sealed;
