//! `taskgroup` under another name, in an older edition, re-exported under a third name.

/// As a crate would do that builds on `taskgroup`.
pub mod prelude {
    pub use tg::group as together;
}

#[cfg(test)]
mod tests {
    use crate::prelude::together;

    #[derive(Debug)]
    struct Failed;

    async fn double(n: u64) -> Result<u64, Failed> {
        Ok(n * 2)
    }

    #[tokio::test]
    async fn the_macro_finds_its_crate() {
        let (one, two, three, four) = together!(
            one = double(1),
            #[spawn]
            two = double(2),
            #[blocking]
            three = || Ok(3),
            four = for n in [1, 2] {
                double(n)
            },
        )
        .await
        .expect("all");
        assert_eq!((one, two, three, four), (2, 4, 3, vec![2, 4]));
        assert_eq!(tg::group!(double(1)).await.expect("one"), 2);
    }
}
