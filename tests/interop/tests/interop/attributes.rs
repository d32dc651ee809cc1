//! Attributes of others on a function with `#[task_group]`. Attributes expand from top to bottom, and one that moves the body
//! into another function without this attribute has to stand below it: `tests/ui` of the crate has the message for the others.

use std::{sync::Arc, time::Duration};

use rstest::rstest;
use taskgroup::{group, task_group};

async fn double(n: u32) -> Result<u32, String> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok(n * 2)
}

#[task_group]
#[tokio::test(start_paused = true)]
async fn a_test_of_tokio() -> Result<(), String> {
    #[child]
    let four = double(2);
    assert_eq!(four.await, 4);
    Ok(())
}

#[task_group]
#[rstest]
#[case(1, 2)]
#[case(2, 4)]
#[tokio::test]
async fn cases_of_rstest(#[case] n: u32, #[case] doubled: u32) -> Result<(), String> {
    #[spawn]
    let found = double(n);
    assert_eq!(found.await, doubled);
    Ok(())
}

#[task_group]
#[test_log::test(tokio::test)]
async fn a_test_with_a_log() -> Result<(), String> {
    #[child]
    let two = double(1);
    tracing::info!("in a test");
    assert_eq!(two.await, 2);
    Ok(())
}

#[task_group]
#[tracing::instrument(ret, err, fields(n))]
async fn instrumented_below(n: u32) -> Result<u32, String> {
    #[child]
    let found = double(n);
    Ok(found.await)
}

#[tracing::instrument]
#[task_group(limit = 2)]
async fn instrumented_above(n: u32) -> Result<u32, String> {
    #[child]
    let found = double(n);
    Ok(found.await)
}

#[tokio::test]
async fn spans_around_functions() {
    assert_eq!(instrumented_below(1).await, Ok(2));
    assert_eq!(instrumented_above(1).await, Ok(2));
}

#[async_trait::async_trait]
trait Store: Send + Sync {
    async fn load(&self, n: u32) -> Result<u32, String>;
    async fn change(&mut self, n: u32) -> Result<u32, String>;
}

struct Memory(u32);

#[async_trait::async_trait]
impl Store for Memory {
    #[task_group]
    async fn load(&self, n: u32) -> Result<u32, String> {
        #[child]
        let found = double(n + self.0);
        Ok(found.await)
    }

    #[task_group]
    async fn change(&mut self, n: u32) -> Result<u32, String> {
        #[child]
        let found = double(n);
        self.0 = found.await;
        Ok(self.0)
    }
}

#[tokio::test]
async fn methods_of_async_trait() {
    let mut store: Box<dyn Store> = Box::new(Memory(1));
    assert_eq!(store.change(2).await, Ok(4));
    let store: Arc<dyn Store> = Arc::from(store);
    assert_eq!(group!(store.load(1), store.load(2)).await, Ok((10, 12)));
}

trait Fetch {
    async fn fetch(&self, n: u32) -> Result<u32, String>;

    #[task_group]
    async fn both(&self, a: u32, b: u32) -> Result<(u32, u32), String> {
        #[child]
        let a = self.fetch(a);
        #[child]
        let b = self.fetch(b);
        Ok((a, b).join().await)
    }
}

/// It makes the methods of the trait `fn`s that return a future before their own attributes expand, so a default method cannot have
/// `#[task_group]` there; those of an implementation can.
#[trait_variant::make(SendDouble: Send)]
trait Double {
    async fn double(&self, n: u32) -> Result<u32, String>;
}

struct Doubles;

impl Fetch for Doubles {
    async fn fetch(&self, n: u32) -> Result<u32, String> {
        double(n).await
    }
}

impl SendDouble for Doubles {
    #[task_group]
    async fn double(&self, n: u32) -> Result<u32, String> {
        #[spawn]
        let found = double(n);
        Ok(found.await)
    }
}

#[tokio::test]
async fn async_functions_in_traits() {
    assert_eq!(Fetch::both(&Doubles, 1, 2).await, Ok((2, 4)));
    let spawned = tokio::spawn(async { SendDouble::double(&Doubles, 4).await });
    assert_eq!(spawned.await.unwrap(), Ok(8));
}
