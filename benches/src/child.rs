//! Children, and the runtimes they run on. All are opaque to the optimizer.

use std::{
    cell::{Cell, RefCell},
    hint::black_box,
    pin::{Pin, pin},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
};

use tokio::runtime::{Builder, Runtime};

/// The error type of all children.
#[derive(Debug)]
pub struct Failed;

impl From<taskgroup::Cancelled> for Failed {
    fn from(_: taskgroup::Cancelled) -> Self {
        Self
    }
}

/// The value of a child.
pub type Output = Result<u64, Failed>;

/// Ready at its first poll.
#[derive(Debug)]
pub struct Ready(u64);

/// Ready at its first poll.
pub fn ready(value: u64) -> Ready {
    Ready(value)
}

impl Future for Ready {
    type Output = Output;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Output> {
        black_box(Poll::Ready(Ok(self.0)))
    }
}

/// Wakes itself a given number of times before it is ready.
#[derive(Debug)]
pub struct Yields {
    left: u32,
    value: u64,
}

/// Wakes itself `times` times before it yields `value`.
pub fn yields(times: u32, value: u64) -> Yields {
    Yields { left: times, value }
}

impl Future for Yields {
    type Output = Output;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        if self.left == 0 {
            return Poll::Ready(Ok(black_box(self.value)));
        }
        self.left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Holds the wakers of idle children.
#[derive(Debug, Default)]
pub struct Bell {
    rung: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Bell {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        self.rung.store(true, Relaxed);
        for waker in self.waiting().drain(..) {
            waker.wake();
        }
    }
}

/// Waits for the bell as a child waits for a socket: it keeps its waker, and replaces it only if necessary.
#[derive(Debug)]
pub struct Idle<'a> {
    bell: &'a Bell,
    waker: Option<Waker>,
    value: u64,
}

/// Waits for `bell`, then yields `value`.
pub fn idle(bell: &Bell, value: u64) -> Idle<'_> {
    Idle { bell, waker: None, value }
}

impl Future for Idle<'_> {
    type Output = Output;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        if self.bell.rung.load(Relaxed) {
            return Poll::Ready(Ok(black_box(self.value)));
        }
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.waker = Some(cx.waker().clone());
            self.bell.waiting().push(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Wakes itself a given number of times, then rings the bell.
#[derive(Debug)]
pub struct Hot<'a> {
    bell: &'a Bell,
    left: u32,
}

/// Wakes itself `times` times, then rings `bell`.
pub fn hot(bell: &Bell, times: u32) -> Hot<'_> {
    Hot { bell, left: times }
}

impl Future for Hot<'_> {
    type Output = Output;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        if self.left == 0 {
            self.bell.ring();
            return Poll::Ready(Ok(black_box(1)));
        }
        self.left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Wakes children in a random order, some at a time.
#[derive(Debug)]
pub struct Shuffle {
    order: Vec<usize>,
    wakers: RefCell<Vec<Option<Waker>>>,
    waiting: Cell<usize>,
}

impl Shuffle {
    /// Creates one for `count` children. The order is the same in every run.
    pub fn new(count: usize) -> Self {
        let mut order: Vec<usize> = (0..count).collect();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for last in (1..count).rev() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            order.swap(last, (state % (last as u64 + 1)) as usize);
        }
        Self { order, wakers: RefCell::new(vec![None; count]), waiting: Cell::new(0) }
    }

    /// Polls `future` until all its children wait, then wakes 64 of them and polls it again, until it is ready.
    pub fn drive<F: IntoFuture>(&self, future: F) -> F::Output {
        let mut future = pin!(future.into_future());
        let mut cx = Context::from_waker(Waker::noop());
        let mut rest = self.order.chunks(64);
        self.waiting.set(0);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            if self.waiting.get() < self.order.len() {
                continue;
            }
            for &index in rest.next().unwrap_or(&[]) {
                let waker = self.wakers.borrow_mut()[index].take();
                waker.into_iter().for_each(Waker::wake);
            }
        }
    }
}

/// Pends once, and is woken when its turn comes.
#[derive(Debug)]
pub struct Turn<'a> {
    of: &'a Shuffle,
    index: usize,
    polled: bool,
}

/// Returns child number `index` of `of`.
pub fn turn(of: &Shuffle, index: usize) -> Turn<'_> {
    Turn { of, index, polled: false }
}

impl Future for Turn<'_> {
    type Output = Output;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        if self.polled {
            return Poll::Ready(Ok(black_box(1)));
        }
        self.polled = true;
        self.of.wakers.borrow_mut()[self.index] = Some(cx.waker().clone());
        self.of.waiting.set(self.of.waiting.get() + 1);
        Poll::Pending
    }
}

/// Polls a future that is ready at once.
#[inline]
pub fn poll_once<F: IntoFuture>(future: F, cx: &mut Context<'_>) -> F::Output {
    let mut future = pin!(future.into_future());
    match future.as_mut().poll(cx) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("its children are ready"),
    }
}

/// Polls a future that wakes itself until it is ready.
#[inline]
pub fn poll_through<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

/// Creates a current-thread runtime.
pub fn current_thread() -> Runtime {
    runtime(&mut Builder::new_current_thread())
}

/// Creates a multi-thread runtime with one worker per core.
pub fn multi_thread() -> Runtime {
    runtime(&mut Builder::new_multi_thread())
}

fn runtime(builder: &mut Builder) -> Runtime {
    match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime: {error}"),
    }
}

/// Runs `future` as a task of `runtime`, where wake-ups go through the scheduler.
pub fn in_task<F>(runtime: &Runtime, future: F) -> F::Output
where
    F: Future<Output: Send> + Send + 'static,
{
    match runtime.block_on(runtime.spawn(future)) {
        Ok(output) => output,
        Err(error) => panic!("{error}"),
    }
}
