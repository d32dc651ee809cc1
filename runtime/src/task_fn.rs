//! `#[task_group]`: a function that owns its tasks.
//!
//! The function's body is the only arm of an ordinary group, with a machine and options like any other. What is special
//! is that the body starts children while it runs. Each child statement has a [`Site`](site::Site) on the function's own
//! frame, typed by the child's future, so nothing is erased and a child may borrow everything that is declared above its
//! site. Each run of child statements opens a [`Stage`](stage::Stage) whose tail is the rest of the body:
//!
//! ```text
//! run(&hub, async {                   stage 0: no sites
//!     let session = …;
//!     let (a, b) = (site, site);
//!     stage(&hub, (&a, (&b, ())), async {
//!         let user = a.start(fetch(&session));
//!         …
//!         let c = site;
//!         stage(&hub, (&c, ()), async { … Ok(value) }).await
//!     }).await
//! })
//! ```
//!
//! 1. A body that has begun the next stage does nothing but await it. So only the innermost body is the user's running
//!    code, and polling an outer body is how the machine's steps reach the stages inside.
//! 2. The machine never polls the sites itself, because they are borrowed by the bodies: it lends its core to the hub,
//!    notes the [`Relay`](hub::Relay) there and polls the outermost body; every stage on the way does its part, and its
//!    children report to the core directly, as arms do.
//! 3. The innermost body is dropped before any child of any stage; an outer body only after all children have ended. A
//!    child may borrow a local of an outer body, so that body must outlive it.

mod absorb;
mod body;
mod children;
mod driver;
mod handle;
mod hub;
mod join;
mod record;
mod returns;
mod site;
mod stage;
mod statement;
mod store;
mod stub;
mod turns;

pub use self::{
    body::Body,
    handle::Child,
    hub::{Hub, hub},
    join::Join,
    returns::Returns,
    site::Site,
    stub::Returned,
};
