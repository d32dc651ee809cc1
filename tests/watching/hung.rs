//! A program whose runtime hangs: its only worker is blocked by one child, and its main thread waits for ever.

use std::{future::pending, process, thread, time::Duration};

use taskgroup::{channel, group, tree};
use tokio::signal::unix::SignalKind;

fn main() -> std::io::Result<()> {
    tree::dump_on(SignalKind::user_defined1())?;
    // A test that finds nothing comes to an end all the same.
    thread::spawn(|| {
        thread::sleep(Duration::from_secs(60));
        process::exit(3);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let (sender, mut receiver) = channel::bounded::<u8>(1);
    let hung = group!(
        #[spawn]
        reader = async move {
            drop(receiver.recv().await);
            Ok(())
        },
        #[spawn]
        hog = async move {
            println!("hung");
            loop {
                thread::park();
            }
        },
        waits = pending::<Result<(), ()>>(),
    )
    .name("hung");
    // Kept, so that `reader` waits.
    let _sender = sender;
    let _ended = runtime.block_on(async { hung.await });
    Ok(())
}
