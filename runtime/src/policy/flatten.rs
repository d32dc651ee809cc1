//! Turns results that are nested to the left into the output: the value of one slot, or a tuple of several.

/// Results nested to the left.
#[diagnostic::on_unimplemented(message = "a group has between 1 and 32 slots")]
pub trait Flatten {
    /// The value, or the flat tuple.
    type Output;

    #[doc(hidden)]
    fn flatten(self) -> Self::Output;
}

impl<T> Flatten for ((), T) {
    type Output = T;

    #[inline(always)]
    fn flatten(self) -> T {
        self.1
    }
}

/// One implementation for each number of slots. The nested type and the nested pattern grow by one pair a step; a
/// parenthesised type or pattern is a single token tree, which is what lets a macro nest to the left.
macro_rules! tuples {
    ($nested:tt $pattern:tt [$($slot:ident $value:ident)*] $next:ident $last:ident $($rest:ident $binding:ident)*) => {
        impl<$($slot,)* $next> Flatten for ($nested, $next) {
            type Output = ($($slot,)* $next);

            #[inline(always)]
            fn flatten(self) -> Self::Output {
                let ($pattern, $last) = self;
                ($($value,)* $last)
            }
        }
        tuples!(($nested, $next) ($pattern, $last) [$($slot $value)* $next $last] $($rest $binding)*);
    };
    ($nested:tt $pattern:tt [$($slot:ident $value:ident)*]) => {};
}

tuples! {
    ((), T1) ((), v1) [T1 v1]
    T2 v2 T3 v3 T4 v4 T5 v5 T6 v6 T7 v7 T8 v8 T9 v9 T10 v10 T11 v11 T12 v12 T13 v13 T14 v14 T15 v15 T16 v16 T17 v17
    T18 v18 T19 v19 T20 v20 T21 v21 T22 v22 T23 v23 T24 v24 T25 v25 T26 v26 T27 v27 T28 v28 T29 v29 T30 v30 T31 v31
    T32 v32
}
