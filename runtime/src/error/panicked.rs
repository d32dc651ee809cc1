//! A panic as an error.

use std::{any::Any, error::Error, fmt, io};

use crate::{name::Name, sync::Mutex, unwind::Payload};

/// A child panicked.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::{Panicked, group};
///
/// let broken = async { if true { panic!("a bug") } else { Ok::<(), Panicked>(()) } };
/// let panicked = group!(render = broken).catch_panics().await.unwrap_err();
/// assert_eq!((panicked.child(), panicked.message()), (&"render".into(), "a bug"));
/// assert_eq!(panicked.into_payload().downcast_ref(), Some(&"a bug"));
/// # });
/// ```
// Behind one pointer, because every slot of a group has room for one: they are 64 bytes smaller by it.
pub struct Panicked(Box<Panic>);

struct Panic {
    child: Name,
    // A payload is `Send` only; behind a lock, the error is `Sync` too.
    payload: Mutex<Payload>,
    message: Box<str>,
}

impl Panicked {
    pub(crate) fn new(child: Name, payload: Payload) -> Self {
        let message = Self::text(&*payload).into();
        Self(Box::new(Panic { child, payload: Mutex::new(payload), message }))
    }

    /// Returns the text of a payload, or a sentence in place of it.
    pub(crate) fn text(payload: &(dyn Any + Send)) -> &str {
        match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
            // `panic!` makes a `&'static str` of a literal, and a `String` of a text with arguments.
            (Some(text), _) => text,
            (None, Some(text)) => text,
            (None, None) => "a panic whose payload is not text",
        }
    }

    /// Returns the name of the child that panicked.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use taskgroup::{Panicked, group};
    /// let broken = async { if true { panic!("a bug") } else { Ok::<(), Panicked>(()) } };
    /// let panicked = group!(render = broken).catch_panics().await.unwrap_err();
    /// assert_eq!(&**panicked.child(), "render");
    /// # });
    /// ```
    pub fn child(&self) -> &Name {
        &self.0.child
    }

    /// Returns the text of the panic, or a sentence that says that it has none.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use taskgroup::{Panicked, group};
    /// let broken = async { if true { panic!("a bug") } else { Ok::<(), Panicked>(()) } };
    /// let panicked = group!(render = broken).catch_panics().await.unwrap_err();
    /// assert_eq!(panicked.message(), "a bug");
    /// # });
    /// ```
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the payload of the panic, for [`std::panic::resume_unwind`].
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use taskgroup::{Panicked, group};
    /// let broken = async { if true { panic!("a bug") } else { Ok::<(), Panicked>(()) } };
    /// let panicked = group!(render = broken).catch_panics().await.unwrap_err();
    /// assert_eq!(panicked.into_payload().downcast_ref(), Some(&"a bug"));
    /// # });
    /// ```
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.0.payload.into_inner()
    }
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panicked").field("child", self.child()).field("message", &self.message()).finish()
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` panicked: {}", self.child(), self.message())
    }
}

impl Error for Panicked {}

impl From<Panicked> for io::Error {
    fn from(panicked: Panicked) -> Self {
        Self::other(panicked)
    }
}
