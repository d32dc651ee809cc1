//! The sentences of `group!` about what other libraries and languages write.

use super::Message;
use crate::ast::Place;

pub(crate) fn option_among_arms(option: &str) -> Message {
    Message::new(
        "TG050",
        format!("`{option}` is an option of the group, and here is a place for an arm"),
        format!("write it as a method: `group!(…).{option}(…)`"),
    )
}

pub(crate) fn biased() -> Message {
    Message::new(
        "TG051",
        "a group polls all of its children: there is no `biased`",
        "remove `biased;`; for the first result only, write `group!(…).race()`",
    )
}

pub(crate) fn guard() -> Message {
    Message::new(
        "TG052",
        "an arm has no condition after it",
        "put the condition into the child: `async { if wanted { f().await.map(Some) } else { Ok(None) } }`",
    )
}

pub(crate) fn some_of_the_items() -> Message {
    Message::new(
        "TG058",
        "a `for` arm starts a child for every item, and this pattern is not for `None`",
        "write `.flatten()` after the source, and no `Some`: `for x in source.into_iter().flatten() { … }`",
    )
}

pub(crate) fn result_branch(place: Place) -> Message {
    let child = match place {
        Place::Inline | Place::Spawned => "`async move { … }`, with `.await` in the other branches",
        Place::Blocking => "`move || { … }`, with a result in every branch",
    };
    Message::replacing(
        "TG041",
        "the body of a `for` arm evaluates to the child itself, and this branch is a result",
        format!("make all of it the child: {child}"),
    )
}

pub(crate) fn starter(word: &str, braced: bool) -> Message {
    let instead = match (word, braced) {
        ("blocking", true) => "write `#[blocking] move || { … }`".to_owned(),
        ("daemon", true) => "write `#[daemon] async { … }`".to_owned(),
        (_, true) => "write `async { … }`, or `#[spawn] async move { … }` for a task of its own".to_owned(),
        ("blocking" | "daemon", false) => format!("write it as an attribute: `#[{word}]`"),
        (_, false) => "write the child alone: `f()`, or `#[spawn] f()` for a task of its own".to_owned(),
    };
    Message::replacing("TG054", format!("`{word}` does not start a child: every arm is one"), instead)
}

pub(crate) fn tail() -> Message {
    Message::new(
        "TG055",
        "a group is not a block: its value is the results of all arms, in the order written",
        "remove this line",
    )
}
