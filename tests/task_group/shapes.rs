//! Every kind of function that can have children. Compiled in two editions.

#![allow(clippy::needless_return, reason = "a shape that people write")]

use std::cell::Cell;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use taskgroup::{Child, task_group};
use tokio::task::yield_now;

#[derive(Debug, Clone, PartialEq)]
struct Failed;

impl From<std::num::ParseIntError> for Failed {
    fn from(_: std::num::ParseIntError) -> Self {
        Self
    }
}

async fn double(n: u64) -> Result<u64, Failed> {
    yield_now().await;
    Ok(n * 2)
}

async fn length(text: &str) -> Result<usize, Failed> {
    yield_now().await;
    Ok(text.len())
}

fn is_send<T: Send>(value: T) -> T {
    value
}

// Functions.

#[task_group]
async fn without_children(n: u64) -> Result<u64, Failed> {
    Ok(double(n).await? + "1".parse::<u64>()?)
}

#[task_group]
async fn lifetimes<'a, 'b: 'a>(long: &'b str, short: &'a str) -> Result<&'a str, Failed> {
    #[child]
    let a = length(long);
    #[child]
    let b = length(short);
    let (a, b) = (a, b).join().await;
    Ok(if a > b { long } else { short })
}

#[task_group]
async fn elided(text: &mut String) -> Result<&mut String, Failed> {
    {
        #[child]
        let n = double(4);
        let n = n.await;
        text.push_str(&n.to_string());
    }
    Ok(&mut *text)
}

#[task_group]
async fn generic<T, F, const N: usize>(parts: [T; N], make: impl Fn(&T) -> F) -> Result<Vec<F::Output>, Failed>
where
    T: Display,
    F: Future<Output: Clone>,
{
    let parts = &parts;
    let make = &make;
    let mut handles = Vec::new();
    for part in parts {
        #[child]
        let made = async move { Ok(make(part).await) };
        handles.push(made);
    }
    Ok(handles.join().await)
}

#[task_group]
async fn opaque(text: &str) -> Result<impl Display + use<'_>, Failed> {
    #[child]
    let n = length(text);
    let n = n.await;
    Ok(format!("{text}: {n}"))
}

#[task_group]
async fn opaque_iterator(n: u64) -> Result<impl Iterator<Item = u64>, Failed> {
    #[child]
    let n = double(n);
    let n = n.await;
    let parsed: u64 = "1".parse()?;
    Ok(0..n + parsed)
}

type Fallible<T> = Result<T, Failed>;

#[task_group]
async fn aliased() -> Fallible<u64> {
    #[child]
    let n = async {
        let n: u64 = "4".parse()?;
        Ok(n)
    };
    Ok(n.await)
}

mod io {
    pub(super) type Result<T> = std::io::Result<T>;
}

#[task_group]
async fn io_result() -> io::Result<()> {
    #[child]
    async {
        Ok(())
    };
    std::io::Error::other("x").to_string();
    Ok(())
}

/// Neither `Send` nor `'static`.
#[task_group]
async fn local(count: &Rc<Cell<u64>>) -> Result<u64, Failed> {
    for n in 0..10 {
        #[child]
        async move {
            yield_now().await;
            count.set(count.get() + n);
            Ok(())
        };
    }
    let all = Rc::clone(count);
    #[child]
    let doubled = async move {
        yield_now().await;
        double(all.get()).await
    };
    Ok(doubled.await)
}

#[task_group]
async fn every_kind(client: &str) -> Result<(usize, u64, u64), Failed> {
    #[child]
    let inline = length(client);
    #[spawn]
    let spawned: u64 = double(1);
    #[blocking]
    let blocking = || Ok("3".parse()?);
    #[daemon]
    async {
        loop {
            yield_now().await;
        }
    };
    #[daemon]
    #[spawn]
    async {
        std::future::pending::<()>().await;
        Ok(())
    };
    #[daemon]
    #[blocking]
    || Ok(());
    #[child]
    let mut later = async move { Ok(inline.await + 1) };
    (&mut later).await;
    let (spawned, blocking) = (spawned, blocking).join().await;
    Ok((client.len(), spawned, blocking))
}

#[task_group]
async fn flow(n: u64) -> Result<u64, Failed> {
    let mut sum = 0;
    if n == 0 {
        return Err(Failed);
    }
    'outer: for i in 0..n {
        for j in 0..n {
            #[child]
            let part = double(i * j);
            if j == 2 {
                continue 'outer;
            }
            sum += part.await;
            if i == 3 {
                break 'outer;
            }
        }
    }
    #[allow(clippy::never_loop, reason = "the shape is what counts")]
    let doubled = loop {
        #[child]
        let doubled = double(sum);
        let doubled = doubled.await;
        if doubled > 0 {
            break doubled;
        }
        return Ok(sum);
    };
    match doubled {
        0 => Err(Failed),
        n if n > 1_000 => {
            #[child]
            let more = double(n);
            let more = more.await;
            return Ok(more);
        }
        n => {
            helper()?;
            Ok(n)
        }
    }
}

fn helper() -> Result<(), Failed> {
    Ok(())
}

#[task_group]
async fn items_below(n: u64) -> Result<u64, Failed> {
    let first = twice(n);
    #[child]
    let second = double(first);
    let second = second.await;
    return Ok(second + twice(FIVE));

    const FIVE: u64 = 5;
    fn twice(n: u64) -> u64 {
        n * 2
    }
}

#[task_group]
async fn moved(list: Vec<u64>, text: String) -> Result<(Vec<u64>, String), Failed> {
    let mut numbers = Vec::new();
    numbers.push(1);
    #[child]
    let n = length(&text);
    numbers.push(n.await as u64);
    numbers.extend(list);
    #[child]
    let m = double(numbers.len() as u64);
    assert_eq!(m.await, 6);
    Ok((numbers, text.clone()))
}

#[task_group(boxed)]
async fn tree(depth: u64, name: &'static str) -> Result<u64, Failed> {
    if depth == 0 {
        return Ok(name.len() as u64);
    }
    #[spawn]
    let left = tree(depth - 1, name);
    #[spawn]
    let right = tree(depth - 1, name);
    let (left, right) = (left, right).join().await;
    Ok(left + right)
}

#[task_group(boxed)]
async fn boxed_with_borrows<T: Display + Send + Sync>(
    text: &str,
    others: &mut Vec<T>,
    (a, mut b): (u64, u64),
) -> Result<usize, Failed> {
    b += a;
    others.pop();
    #[child]
    let n = length(text);
    Ok(n.await + others.len() + b as usize)
}

#[task_group]
async fn recursive(n: u64) -> Result<u64, Failed> {
    if n < 2 {
        return Ok(1);
    }
    #[child]
    let a = Box::pin(recursive(n - 1));
    #[child]
    let b = Box::pin(recursive(n - 2));
    let (a, b) = (a, b).join().await;
    Ok(a + b)
}

// Methods.

struct Shop {
    name: String,
    sold: u64,
}

impl Shop {
    #[task_group(limit = 2, timeout = Duration::from_secs(self.sold + 60), catch_panics)]
    async fn by_ref(&self, more: &str) -> Result<usize, Rich> {
        #[child]
        let a = rich_length(&self.name);
        #[child]
        let b = rich_length(more);
        let [a, b] = [a, b].join().await;
        Ok(a + b)
    }

    #[task_group]
    async fn by_mut(&mut self) -> Result<&mut Self, Failed> {
        let name = self.name.clone();
        #[child]
        let n = length(&name);
        self.sold += n.await as u64;
        Ok(self)
    }

    #[task_group]
    async fn by_value(self, mut list: Vec<u64>) -> Result<(Self, Vec<u64>), Failed> {
        for n in 0..3 {
            #[child]
            let n = double(n);
            list.push(n.await);
        }
        Ok((self, list))
    }

    #[task_group(boxed)]
    async fn boxed(&self, text: &str) -> Result<u64, Failed> {
        #[child]
        let n = length(text);
        Ok(self.sold + n.await as u64)
    }

    #[task_group]
    async fn shared(self: Arc<Self>) -> Result<u64, Failed> {
        #[spawn]
        let n = double(self.sold);
        Ok(n.await)
    }
}

#[derive(Debug, PartialEq)]
struct Rich;

impl From<taskgroup::Cancelled> for Rich {
    fn from(_: taskgroup::Cancelled) -> Self {
        Self
    }
}

impl From<taskgroup::Panicked> for Rich {
    fn from(_: taskgroup::Panicked) -> Self {
        Self
    }
}

async fn rich_length(text: &str) -> Result<usize, Rich> {
    yield_now().await;
    Ok(text.len())
}

// Traits.

trait Service {
    async fn call(&self, text: &str) -> Result<usize, Failed>;

    #[task_group]
    async fn twice(&self, text: &str) -> Result<usize, Failed> {
        #[child]
        let a = self.call(text);
        #[child]
        let b = self.call(text);
        let (a, b) = (a, b).join().await;
        Ok(a + b)
    }
}

impl Service for Shop {
    #[task_group]
    async fn call(&self, text: &str) -> Result<usize, Failed> {
        #[child]
        let n = length(text);
        Ok(n.await + self.name.len())
    }
}

#[async_trait::async_trait]
trait Dynamic: Send + Sync {
    async fn call(&self, text: &str, extra: Vec<u64>) -> Result<usize, Failed>;

    #[task_group]
    async fn default(&mut self, (a, b): (u64, u64)) -> Result<u64, Failed>
    where
        Self: Sized,
    {
        #[child]
        let n = double(a);
        Ok(n.await + b)
    }
}

#[async_trait::async_trait]
impl Dynamic for Shop {
    #[task_group(limit = 1)]
    async fn call(&self, text: &str, mut extra: Vec<u64>) -> Result<usize, Failed> {
        let name = &self.name;
        extra.push("1".parse()?);
        #[child]
        let n = length(text);
        #[child]
        let m = length(name);
        if text.is_empty() {
            return Err(Failed);
        }
        let (n, m) = (n, m).join().await;
        Ok(n + m + extra.len())
    }
}

#[async_trait::async_trait]
impl Dynamic for String {
    #[tracing::instrument(skip_all, err(Debug))]
    #[task_group]
    async fn call(&self, text: &str, _: Vec<u64>) -> Result<usize, Failed> {
        #[child]
        let n = length(text);
        Ok(n.await)
    }
}

#[async_trait::async_trait]
impl Dynamic for u64 {
    #[task_group]
    #[tracing::instrument(skip_all, ret)]
    async fn call(&self, text: &str, _: Vec<u64>) -> Result<usize, Failed> {
        #[child]
        let n = length(text);
        Ok(n.await)
    }
}

// Other attributes.

/// Documented.
#[tracing::instrument]
#[task_group]
#[inline]
async fn instrumented_outside(text: &str) -> Result<usize, Failed> {
    #[child]
    let n = length(text);
    Ok(n.await)
}

#[task_group]
#[tracing::instrument(skip(text))]
async fn instrumented_inside(text: &str) -> Result<usize, Failed> {
    #[child]
    let n = length(text);
    Ok(n.await)
}

#[tracing::instrument(err(Debug), ret)]
#[task_group]
async fn instrumented_with_both(text: &str) -> Result<usize, Failed> {
    let n = async { 1 }.await;
    #[child]
    let m = length(text);
    Ok(n + m.await)
}

/// The shape that others write by hand.
#[task_group]
fn by_hand(text: &str) -> Pin<Box<dyn Future<Output = Result<usize, Failed>> + Send + '_>> {
    Box::pin(async move {
        #[child]
        let n = length(text);
        Ok(n.await)
    })
}

#[task_group]
#[allow(clippy::manual_async_fn, reason = "that is the shape")]
fn by_hand_unboxed(text: &str) -> impl Future<Output = Result<usize, Failed>> + use<'_> {
    async move {
        #[child]
        let n = length(text);
        Ok(n.await)
    }
}

macro_rules! function {
    ($name:ident, $child:expr, $($word:ident)?) => {
        #[task_group]
        async fn $name(text: &str) -> Result<usize, Failed> {
            $(#[$word])?
            let n = $child;
            let m = text.len();
            Ok(n.await as usize + m)
        }
    };
}

function!(generated, double(4), child);
function!(generated_spawned, double(4), spawn);
function!(generated_block, async { Ok("4".parse::<u64>()?) }, child);

// The attribute below.

#[task_group]
#[tokio::test]
async fn below_a_test() -> Result<(), Failed> {
    #[child]
    let n = double(2);
    assert_eq!(n.await, 4);
    Ok(())
}

#[task_group(timeout = Duration::from_secs(60), catch_panics)]
#[tokio::test(flavor = "multi_thread")]
async fn below_a_test_with_options() -> Result<(), Rich> {
    #[child]
    let n = rich_length("two");
    assert_eq!(n.await, 3);
    Ok(())
}

// Everything runs.

#[tokio::test]
async fn functions() {
    assert_eq!(is_send(without_children(1)).await, Ok(3));
    assert_eq!(is_send(lifetimes("long", "sho")).await, Ok("long"));
    assert_eq!(is_send(elided(&mut String::from("a"))).await, Ok(&mut String::from("a8")));
    assert_eq!(generic(["a", "bc"], |part| std::future::ready(part.len())).await, Ok(vec![1, 2]));
    assert_eq!(is_send(opaque("a")).await.map(|it| it.to_string()), Ok("a: 1".to_owned()));
    assert_eq!(is_send(opaque_iterator(2)).await.map(Iterator::sum), Ok(10_u64));
    assert_eq!(is_send(aliased()).await, Ok(4));
    io_result().await.expect("done");
    assert_eq!(local(&Rc::new(Cell::new(1))).await.map(|n| n >= 2), Ok(true));
    assert_eq!(is_send(every_kind("abc")).await, Ok((3, 2, 3)));
    assert_eq!(is_send(flow(0)).await, Err(Failed));
    assert_eq!(is_send(flow(4)).await, Ok(12));
    assert_eq!(is_send(items_below(1)).await, Ok(14));
    assert_eq!(is_send(moved(vec![5], "abc".to_owned())).await, Ok((vec![1, 3, 5], "abc".to_owned())));
    assert_eq!(tree(4, "ab").await, Ok(32));
    assert_eq!(boxed_with_borrows("abc", &mut vec!["x", "y"], (1, 2)).await, Ok(7));
    assert_eq!(is_send(recursive(10)).await, Ok(89));
}

#[tokio::test]
async fn methods() {
    let mut shop = Shop { name: "shop".to_owned(), sold: 1 };
    assert_eq!(is_send(shop.by_ref("ab")).await, Ok(6));
    assert_eq!(is_send(shop.by_mut()).await.map(|shop| shop.sold), Ok(5));
    assert_eq!(shop.boxed("ab").await, Ok(7));
    let (shop, list) = is_send(shop.by_value(vec![9])).await.expect("done");
    assert_eq!(list, [9, 0, 2, 4]);
    assert_eq!(is_send(Arc::new(shop).shared()).await, Ok(10));
}

#[tokio::test]
async fn traits() {
    let mut shop = Shop { name: "shop".to_owned(), sold: 1 };
    assert_eq!(Service::call(&shop, "ab").await, Ok(6));
    assert_eq!(is_send(shop.twice("ab")).await, Ok(12));
    assert_eq!(shop.default((1, 2)).await, Ok(4));
    let services: [Box<dyn Dynamic>; 3] = [Box::new(shop), Box::new(String::new()), Box::new(1)];
    let mut found = Vec::new();
    for service in services {
        found.push(is_send(service.call("ab", vec![1])).await.expect("done"));
    }
    assert_eq!(found, [8, 2, 2]);
}

#[tokio::test]
async fn attributes() {
    assert_eq!(is_send(instrumented_outside("ab")).await, Ok(2));
    assert_eq!(is_send(instrumented_inside("ab")).await, Ok(2));
    assert_eq!(is_send(instrumented_with_both("ab")).await, Ok(3));
    assert_eq!(is_send(by_hand("ab")).await, Ok(2));
    assert_eq!(is_send(by_hand_unboxed("ab")).await, Ok(2));
    assert_eq!(generated("ab").await, Ok(10));
    assert_eq!(generated_spawned("ab").await, Ok(10));
    assert_eq!(generated_block("ab").await, Ok(6));
}

/// Handles are values: they go into functions and collections.
#[task_group]
async fn handles(log: &Mutex<Vec<u64>>) -> Result<Vec<u64>, Failed> {
    async fn first(child: Child<'_, u64>, log: &Mutex<Vec<u64>>) -> u64 {
        let value = child.await;
        log.lock().expect("no panic").push(value);
        value
    }
    #[child]
    let a = double(1);
    #[child]
    let b = double(2);
    let a = first(a, log).await;
    let mut all = vec![a, b.await];
    let mut waiting = Vec::new();
    for n in 3..5 {
        #[child]
        let more = double(n);
        waiting.push(more);
    }
    all.extend(waiting.join().await);
    Ok(all)
}

#[tokio::test]
async fn handles_are_values() {
    assert_eq!(is_send(handles(&Mutex::default())).await, Ok(vec![2, 4, 6, 8]));
}
