//! From results nested to the left to what the user wrote: one slot is its value, more are a tuple.
//!
//! Written out for one slot to thirty-two, because `macro_rules!` cannot open a pattern on the left.

/// Results nested to the left.
#[diagnostic::on_unimplemented(message = "a group has between 1 and 32 slots")]
pub trait Flatten {
    /// As the user wrote them.
    type Output;

    #[doc(hidden)]
    fn flatten(self) -> Self::Output;
}

#[rustfmt::skip]
impl<T1> Flatten for ((), T1) {
    type Output = T1;
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((), v1) = self;
        v1
    }
}

#[rustfmt::skip]
impl<T1, T2> Flatten for (((), T1), T2) {
    type Output = (T1, T2);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((), v1), v2) = self;
        (v1, v2)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3> Flatten for ((((), T1), T2), T3) {
    type Output = (T1, T2, T3);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((), v1), v2), v3) = self;
        (v1, v2, v3)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4> Flatten for (((((), T1), T2), T3), T4) {
    type Output = (T1, T2, T3, T4);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((), v1), v2), v3), v4) = self;
        (v1, v2, v3, v4)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5> Flatten for ((((((), T1), T2), T3), T4), T5) {
    type Output = (T1, T2, T3, T4, T5);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((), v1), v2), v3), v4), v5) = self;
        (v1, v2, v3, v4, v5)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6> Flatten for (((((((), T1), T2), T3), T4), T5), T6) {
    type Output = (T1, T2, T3, T4, T5, T6);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((), v1), v2), v3), v4), v5), v6) = self;
        (v1, v2, v3, v4, v5, v6)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7> Flatten for ((((((((), T1), T2), T3), T4), T5), T6), T7) {
    type Output = (T1, T2, T3, T4, T5, T6, T7);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((), v1), v2), v3), v4), v5), v6), v7) = self;
        (v1, v2, v3, v4, v5, v6, v7)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8> Flatten for (((((((((), T1), T2), T3), T4), T5), T6), T7), T8) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((), v1), v2), v3), v4), v5), v6), v7), v8) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9> Flatten for ((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> Flatten for (((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> Flatten for ((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> Flatten for (((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> Flatten for ((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> Flatten for (((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15> Flatten for ((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16> Flatten for (((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17> Flatten for ((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18> Flatten for (((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19> Flatten for ((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20> Flatten for (((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21> Flatten for ((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22> Flatten for (((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23> Flatten for ((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24> Flatten for (((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25> Flatten for ((((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24), T25) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24), v25) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26> Flatten for (((((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24), T25), T26) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24), v25), v26) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27> Flatten for ((((((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24), T25), T26), T27) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24), v25), v26), v27) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28> Flatten for (((((((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24), T25), T26), T27), T28) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24), v25), v26), v27), v28) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29> Flatten for ((((((((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24), T25), T26), T27), T28), T29) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24), v25), v26), v27), v28), v29) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29, T30> Flatten for (((((((((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24), T25), T26), T27), T28), T29), T30) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29, T30);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24), v25), v26), v27), v28), v29), v30) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29, T30, T31> Flatten for ((((((((((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24), T25), T26), T27), T28), T29), T30), T31) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29, T30, T31);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let ((((((((((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24), v25), v26), v27), v28), v29), v30), v31) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31)
    }
}

#[rustfmt::skip]
impl<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29, T30, T31, T32> Flatten for (((((((((((((((((((((((((((((((((), T1), T2), T3), T4), T5), T6), T7), T8), T9), T10), T11), T12), T13), T14), T15), T16), T17), T18), T19), T20), T21), T22), T23), T24), T25), T26), T27), T28), T29), T30), T31), T32) {
    type Output = (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29, T30, T31, T32);
    #[inline(always)]
    fn flatten(self) -> Self::Output {
        let (((((((((((((((((((((((((((((((((), v1), v2), v3), v4), v5), v6), v7), v8), v9), v10), v11), v12), v13), v14), v15), v16), v17), v18), v19), v20), v21), v22), v23), v24), v25), v26), v27), v28), v29), v30), v31), v32) = self;
        (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31, v32)
    }
}
