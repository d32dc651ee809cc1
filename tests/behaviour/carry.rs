//! Values of `task_local!` that go along.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use taskgroup::group;
use taskgroup_tests::*;

tokio::task_local! {
    static ID: u32;
    static CELL: Cell<u32>;
    static COUNTED: Counted;
}

struct Counted(Arc<AtomicUsize>, Arc<AtomicUsize>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.fetch_add(1, Ordering::SeqCst);
        Self(self.0.clone(), self.1.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn yields_once() -> Result<(), ()> {
    yields(1).await;
    Ok(())
}

fn id() -> Option<u32> {
    ID.try_with(|id| *id).ok()
}

on_both_runtimes! {
    // Documented: the value is read when the group is first polled.
    async fn the_value_is_read_once_by_a_group_whose_children_need_no_copy() {
        let (clones, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(1)));
        let counted = Counted(clones.clone(), alive.clone());
        let ended = COUNTED
            .scope(counted, async { group!(a = async { Ok::<_, ()>(1) }, b = yields_once()).carry(&COUNTED).await })
            .await;
        assert_eq!(ended, Ok((1, ())));
        assert_eq!((clones.load(Ordering::SeqCst), alive.load(Ordering::SeqCst)), (1, 0));
    }

    async fn it_reaches_every_kind_of_child_and_their_children() {
        let ended = ID.scope(7, async {
            group!(
                inline = async { Ok::<_, &str>(id()) },
                #[spawn] spawned = async { yields(3).await; Ok(id()) },
                #[blocking] blocking = || Ok(id()),
                #[spawn] xs = for _ in 0..3 { async { Ok(id()) } },
                #[spawn] nested = async { group!(#[spawn] deep = async { Ok(id()) }).carry(&ID).await },
            )
            .carry(&ID)
            .await
        })
        .await;
        assert_eq!(ended, Ok((Some(7), Some(7), Some(7), vec![Some(7); 3], Some(7))));
    }

    async fn without_it_a_spawned_child_has_none() {
        let ended = ID.scope(7, async { group!(#[spawn] a = async { Ok::<_, ()>(id()) }).await }).await;
        assert_eq!(ended, Ok(None));
    }

    async fn it_is_absent_if_it_is_not_set() {
        assert_eq!(group!(#[spawn] a = async { Ok::<_, ()>(id()) }).carry(&ID).await, Ok(None));
    }

    async fn it_is_read_at_the_first_poll() {
        let group = ID.sync_scope(1, || group!(#[spawn] a = async { Ok::<_, ()>(id()) }).carry(&ID));
        assert_eq!(ID.scope(2, group.into_future()).await, Ok(Some(2)));
    }

    async fn a_change_of_one_child_does_not_reach_its_siblings_and_lasts_from_poll_to_poll() {
        let ended = CELL.scope(Cell::new(1), async {
            group!(
                #[spawn] changes = async {
                    CELL.with(|cell| cell.set(2));
                    yields(5).await;
                    Ok::<_, &str>(CELL.with(Cell::get))
                },
                #[spawn] sibling = async { yields(9).await; Ok(CELL.with(Cell::get)) },
            )
            .carry(&CELL)
            .await
            .map(|both| (both, CELL.with(Cell::get)))
        })
        .await;
        assert_eq!(ended, Ok(((2, 1), 1)));
    }

    async fn it_is_cloned_once_for_each_child_and_dropped_with_it() {
        let (clones, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(1)));
        let value = Counted(clones.clone(), alive.clone());
        let ended = COUNTED.scope(value, async {
            group!(#[spawn] xs = for _ in 0..5 { async { yields(2).await; Ok::<_, &str>(()) } }).carry(&COUNTED).await
        })
        .await;
        assert!(ended.is_ok());
        assert_eq!(clones.load(Ordering::SeqCst), 6); // one read, five children
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    }

    async fn several_can_be_carried() {
        let ended = ID.scope(7, CELL.scope(Cell::new(9), async {
            group!(#[spawn] a = async { Ok::<_, &str>((id(), CELL.with(Cell::get))) }).carry(&ID).carry(&CELL).await
        }))
        .await;
        assert_eq!(ended, Ok((Some(7), 9)));
    }

    async fn it_is_there_while_the_destructor_of_the_child_runs() {
        struct Looks(Trail);
        impl Drop for Looks {
            fn drop(&mut self) {
                self.0.say(format!("{:?}", id()));
            }
        }
        let (trail, ready) = (Trail::new(), Ready::new());
        let (looks, begun) = (Looks(trail.clone()), ready.reach(1));
        let ended = ID.scope(7, async {
            group!(
                #[spawn] a = async move { ready.tick(); forever::<_, Result<(), &str>>(looks).await },
                fails = async { begun.await; Err::<(), _>("boom") },
            )
            .carry(&ID)
            .await
        })
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["Some(7)"]);
    }
}
