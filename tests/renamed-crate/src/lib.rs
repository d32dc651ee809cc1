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

    mod deep {
        pub(super) use tg as renamed;
    }

    #[tg::task_group(crate = tg, limit = 2)]
    async fn function(n: u64) -> Result<u64, Failed> {
        #[child]
        let one = double(n);
        for n in 0..3 {
            #[spawn]
            double(n);
        }
        Ok(one.await)
    }

    #[tg::task_group(crate = self::deep::renamed)]
    async fn through_a_path(n: u64) -> Result<u64, Failed> {
        #[child]
        let one = function(n);
        Ok(one.await)
    }

    #[tokio::test]
    async fn the_attribute_takes_the_path_of_its_crate() {
        assert_eq!(through_a_path(4).await.expect("a number"), 8);
    }
}
