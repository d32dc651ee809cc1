//! `.join()` on several children at once.

use std::future::Future;

use crate::{sealed::Sealed, task_fn::handle::Child};

/// Several children, joined: handles in, values out. In scope in every `#[task_group]` function.
///
/// All of them run whether or not they are awaited, so waiting for one after the other takes as long as the slowest.
///
/// It is implemented for tuples of up to 12 children, arrays and `Vec`s, and cannot be implemented for other types.
#[diagnostic::on_unimplemented(
    message = "`.join()` waits for children: a tuple of up to 12, an array, or a `Vec` of `Child`",
    label = "not children"
)]
#[doc(alias = "join_all")]
pub trait Join {
    // Only children can be joined: a type of the user's own that is `Join` would keep the trait from growing.
    #[doc(hidden)]
    const SEALED: Sealed;

    /// The values, in the shape of the handles.
    type Output;

    /// Waits for all of the children.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// #[taskgroup::task_group]
    /// async fn bill(prices: &[u64]) -> Result<(String, u64, Vec<u64>), ()> {
    ///     #[child]
    ///     let title = async { Ok(format!("{} items", prices.len())) };
    ///     #[child]
    ///     let sum = async { Ok(prices.iter().sum::<u64>()) };
    ///     let mut taxes = Vec::new();
    ///     for price in prices {
    ///         #[child]
    ///         let tax = async move { Ok(price / 5) };
    ///         taxes.push(tax);
    ///     }
    ///     let (title, sum) = (title, sum).join().await; // a tuple: each has a type of its own
    ///     let taxes = taxes.join().await; // a `Vec`, or an array: in the order of the handles
    ///     Ok((title, sum, taxes))
    /// }
    /// assert_eq!(bill(&[10, 25]).await, Ok(("2 items".to_owned(), 35, vec![2, 5])));
    /// # });
    /// ```
    fn join(self) -> impl Future<Output = Self::Output>;
}

impl<T> Join for Vec<Child<'_, T>> {
    const SEALED: Sealed = Sealed;

    type Output = Vec<T>;

    async fn join(self) -> Vec<T> {
        let mut values = Vec::with_capacity(self.len());
        // One after the other: all of them run, awaited or not, and a failure ends the function whichever is awaited.
        for child in self {
            values.push(child.await);
        }
        values
    }
}

impl<T, const N: usize> Join for [Child<'_, T>; N] {
    const SEALED: Sealed = Sealed;

    type Output = [T; N];

    async fn join(self) -> [T; N] {
        let values = Vec::from(self).join().await;
        match values.try_into() {
            Ok(values) => values,
            Err(_) => unreachable!("one value for each child"),
        }
    }
}

macro_rules! tuples {
    ($($name:ident $value:ident),*) => {
        tuples!(@ $($name $value),*);
    };
    (@ $first:ident $f:ident $(, $name:ident $value:ident)*) => {
        impl<$first $(, $name)*> Join for (Child<'_, $first>, $(Child<'_, $name>,)*) {
            const SEALED: Sealed = Sealed;

            type Output = ($first, $($name,)*);

            async fn join(self) -> Self::Output {
                let ($f, $($value,)*) = self;
                ($f.await, $($value.await,)*)
            }
        }
        tuples!(@ $($name $value),*);
    };
    (@) => {};
}

tuples!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l);
