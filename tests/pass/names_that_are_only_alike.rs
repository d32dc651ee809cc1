//! None of these is one of the functions that children must not call.

use std::thread;

use taskgroup::group;
use taskgroup_tests::app::*;

struct Pool;

impl Pool {
    fn spawn<F>(&self, child: F) -> F {
        child
    }
}

mod my {
    pub mod tokio {
        pub fn spawn<F>(child: F) -> F {
            child
        }
    }
    pub mod std {
        pub mod thread {
            pub fn sleep(_: u64) {}
        }
    }
}

fn spawn<F>(child: F) -> F {
    child
}

macro_rules! text_of {
    ($($tokens:tt)*) => {
        stringify!($($tokens)*)
    };
}

async fn run(client: &Client) -> Result<(), AppError> {
    let pool = Pool;
    let _ = group!(
        pool.spawn(fetch_user(client, 1)),
        spawn(fetch_user(client, 2)),
        my::tokio::spawn(fetch_user(client, 3)),
        self::my::tokio::spawn(fetch_user(client, 4)),
        async {
            // tokio::spawn(fetch_user(client, 5));
            println!("tokio::spawn(…), std::thread::sleep(…)");
            my::std::thread::sleep(1);
            Ok(text_of!(tokio::spawn).len())
        },
        async {
            // A shorter path could be anything.
            let handle = thread::current();
            thread::sleep(Duration::ZERO);
            Ok(handle.id())
        },
    )
    .await?;
    Ok(())
}

fn main() {
    drop(run(&Client));
}
