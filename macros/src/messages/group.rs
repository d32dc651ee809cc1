//! The sentences of `group!`.

use proc_macro2::Ident;

use super::{Message, Sentences};
use crate::ast::Place;

/// For an arm that is one child.
pub(crate) const ARM: Sentences = Sentences {
    attribute_arguments,
    duplicate_attribute,
    contradiction,
    // An arm with `#[child]` has been reported, and is read without it.
    child_daemon: contradiction,
    awaited: awaited_arm,
    tried: tried_arm,
    closure: |place| super::closure("TG032", place),
    async_closure: || super::async_closure("TG032"),
    blocking_future: || super::blocking_future("TG033"),
    detached,
    blocking_sleep,
    closure_with_arguments,
    if_without_else: || super::if_without_else("TG053"),
    block_without_child: || super::block_without_child("TG056"),
    without_ok: || super::without_ok("TG057"),
};

/// For the end of a `for` arm's body.
pub(crate) const ITEM: Sentences = Sentences { awaited: awaited_item, tried: tried_item, closure: closure_item, ..ARM };

// How arms are written.

pub(crate) fn cannot_read(why: &syn::Error) -> Message {
    let why = why.to_string();
    let instead = if why.contains("operators cannot be chained") {
        "write type arguments with `::`: `load::<User>(…)`"
    } else if why.starts_with("expected `,`") {
        // Inside parentheses or brackets, where it is of no use to say what an arm is.
        "write `,` before this if it is the next argument or element"
    } else if why.ends_with("expected `;`") {
        "write `;` before this if it is the next statement, or remove it"
    } else {
        "an arm is `name = expression` or `name = for PATTERN in SOURCE { CHILD }`; the name may be left out"
    };
    Message::replacing("TG001", format!("this arm cannot be read: {why}"), instead)
}

pub(crate) fn unexpected_token() -> Message {
    Message::replacing(
        "TG001",
        "this does not belong to the arm before it",
        "remove it, or write `,` before the next arm",
    )
}

pub(crate) fn missing_expression() -> Message {
    Message::replacing("TG002", "an expression is missing here", "write the child: `name = fetch(&client)`")
}

pub(crate) fn stray_comma() -> Message {
    Message::new("TG002", "there is no arm before this `,`", "remove the `,`")
}

pub(crate) fn comma_after_name(name: &Ident) -> Message {
    Message::new(
        "TG003",
        format!("this `,` cuts the name `{name}` off its arm"),
        format!("write `,` before the name, and nothing after it: `{name} = f()`"),
    )
}

pub(crate) fn missing_comma() -> Message {
    Message::new("TG003", "a `,` is missing before this arm", "write `,` after each arm")
}

pub(crate) fn semicolon() -> Message {
    Message::new("TG003", "arms are separated by `,`", "write `,` in place of `;`")
}

pub(crate) fn after_for() -> Message {
    Message::replacing(
        "TG004",
        "nothing can follow the body of a `for` arm",
        "the arm produces a `Vec` with one result per item: use it after the group's `.await`",
    )
}

pub(crate) fn handler() -> Message {
    Message::replacing(
        "TG004",
        "an arm has no handler",
        "the results come together after the `.await`: `let (a, b) = group!(a = f(), b = g()).await?;`",
    )
}

pub(crate) fn let_arm() -> Message {
    Message::new("TG005", "an arm is not a statement", "write `name = expression`, without `let`")
}

pub(crate) fn name_sign(name: &Ident, sign: &str) -> Message {
    Message::new("TG005", format!("an arm is not named with `{sign}`"), format!("write `{name} = expression`"))
}

pub(crate) fn not_a_name() -> Message {
    Message::replacing(
        "TG006",
        "the name of an arm is one identifier",
        "take results apart after the `.await`: `let ((a, b), c) = group!(f(), g()).await?;`",
    )
}

pub(crate) fn second_name(name: &str) -> Message {
    Message::replacing("TG006", "an arm has one name", format!("remove `{name} =`"))
}

pub(crate) fn field_for_a_name(place: &str) -> Message {
    Message::replacing(
        "TG006",
        format!("`{place}` is not a name: an arm assigns to nothing"),
        format!("assign the result after the `.await`: `{place} = group!(f()).await?;`"),
    )
}

pub(crate) fn no_word_for_a_name() -> Message {
    Message::replacing("TG006", "the name of an arm is one identifier", "write for example `user_1 = f()`")
}

pub(crate) fn mut_name() -> Message {
    Message::new(
        "TG006",
        "the name of an arm is not a variable: there is no `mut`",
        "write `mut` where the results are bound: `let (mut a, b) = group!(a = f(), b = g()).await?;`",
    )
}

pub(crate) fn underscore_name() -> Message {
    Message::new("TG006", "`_` is not a name", "leave the name out, and ignore the slot after the `.await`")
}

pub(crate) fn keyword_name(name: &Ident) -> Message {
    Message::new("TG006", format!("`{name}` is a keyword"), "choose another name for the arm")
}

pub(crate) fn duplicate_name(name: &str) -> Message {
    Message::new("TG007", format!("two arms are called `{name}`"), "errors and logs show the names: give each its own")
}

pub(crate) fn label() -> Message {
    Message::new(
        "TG008",
        "a `for` arm is not a loop and takes no label",
        "remove the label: the items are independent children",
    )
}

pub(crate) fn for_await() -> Message {
    Message::replacing(
        "TG009",
        "`for await` is not supported here",
        "write `#[stream]` before the arm: `#[stream] for x in stream { … }`",
    )
}

// Groups.

pub(crate) fn empty_group() -> Message {
    Message::new("TG010", "this group has no child", "write at least one arm: `group!(name = fetch(&client))`")
}

pub(crate) fn only_daemons() -> Message {
    Message::new(
        "TG011",
        "this group has only daemons: there is nothing to wait for, so they would be stopped at once",
        "remove `#[daemon]` from the children that the group is to wait for",
    )
}

pub(crate) fn too_many_slots(most: usize) -> Message {
    Message::new(
        "TG012",
        format!("a group has at most {most} slots, and this arm is one too many"),
        "use a `for` arm for children of one kind, or group some of them: `group!(part = group!(…), …)`",
    )
}

// Attributes.

pub(crate) fn unknown_attribute(name: &str, nearest: Option<&str>) -> Message {
    let instead = match nearest {
        Some(known) => format!("did you mean `#[{known}]`?"),
        None => "an arm takes `#[spawn]`, `#[blocking]`, `#[daemon]`, `#[stream]` and `#[allow(…)]`".to_owned(),
    };
    Message::replacing("TG020", format!("`#[{name}]` is not an attribute of arms"), instead)
}

pub(crate) fn inline_attribute() -> Message {
    Message::new("TG020", "`#[inline]` is not an attribute of arms", "remove it: an arm without an attribute is inline")
}

pub(crate) fn child_attribute() -> Message {
    Message::new("TG020", "`#[child]` is for statements under `#[task_group]`", "remove it: each arm is a child")
}

pub(crate) fn option_attribute(option: &str) -> Message {
    Message::new(
        "TG020",
        format!("`{option}` is an option of the group, not of an arm"),
        format!("write it as a method: `group!(…).{option}(…)`"),
    )
}

pub(crate) fn doc_comment() -> Message {
    Message::new("TG020", "an arm takes no doc comment", "write it with `//`")
}

pub(crate) fn conditional_arm() -> Message {
    Message::replacing(
        "TG020",
        "an arm cannot depend on `cfg`: the result has one slot per arm",
        "put the `cfg` on two versions of the function that the arm calls, or of the whole `group!`",
    )
}

pub(crate) fn malformed_attribute() -> Message {
    Message::replacing("TG021", "this is not an attribute", "write for example `#[spawn]`")
}

pub(crate) fn attribute_without_sign(word: &str) -> Message {
    Message::replacing("TG021", "this is not an attribute", format!("write `#[{word}]`"))
}

fn attribute_arguments(name: &str) -> Message {
    Message::new("TG021", format!("`#[{name}]` takes no arguments"), format!("write `#[{name}]`"))
}

pub(crate) fn allow_arguments() -> Message {
    Message::new(
        "TG022",
        "on an arm, `allow` takes `detached`, `blocking_sleep` and `outer_token`",
        "write lint attributes on the statement or the function that contains the group",
    )
}

pub(crate) fn late_attribute() -> Message {
    Message::new("TG023", "attributes come before the name", "write `#[spawn] name = expression`")
}

fn duplicate_attribute(name: &str) -> Message {
    Message::new("TG024", format!("`#[{name}]` is written twice on this arm"), "remove one of them")
}

fn contradiction() -> Message {
    Message::replacing(
        "TG025",
        "a child is either `#[spawn]` or `#[blocking]`",
        "keep `#[spawn]` for a future that gets its own task, `#[blocking]` for a closure on a blocking thread",
    )
}

pub(crate) fn daemon_for() -> Message {
    Message::replacing(
        "TG026",
        "a daemon is one child and cannot be a `for`",
        "put the loop into the daemon: `#[daemon] async { for x in source { … } Ok(()) }`",
    )
}

pub(crate) fn stream_without_for() -> Message {
    Message::replacing(
        "TG027",
        "`#[stream]` belongs on a `for` arm",
        "write `#[stream] name = for item in stream { f(item) }`",
    )
}

// What arms do.

fn awaited_arm() -> Message {
    Message::replacing(
        "TG030",
        "this awaits the child before the group runs, so it would not be concurrent",
        "remove the `.await`, and a `?` after it: the group awaits it",
    )
}

fn awaited_item() -> Message {
    Message::replacing(
        "TG030",
        "the body of a `for` arm evaluates to the child itself, and this awaits it",
        "remove the `.await`, and a `?` after it: `fetch(&client, url)`; or make all of it the child: \
         `async move { fetch(&client, url).await }`",
    )
}

fn tried_arm() -> Message {
    Message::replacing(
        "TG031",
        "this `?` is applied before the group runs, to a child that has no result yet",
        "remove the `?` and write it after the group's `.await`; or bind its value before the group",
    )
}

fn tried_item() -> Message {
    Message::replacing(
        "TG031",
        "the body of a `for` arm evaluates to the child itself, which has no result yet",
        "remove the `?`: a child's error ends the group; if this is no future, write `async move { … }` with it",
    )
}

fn closure_item(place: Place) -> Message {
    let attribute = if place == Place::Spawned { "in place of `#[spawn]`" } else { "before the arm" };
    Message::replacing(
        "TG032",
        "a closure is not a future",
        format!("write `#[blocking]` {attribute}, or `async move {{ … }}` in place of the closure"),
    )
}

fn closure_with_arguments() -> Message {
    Message::replacing(
        "TG032",
        "a closure is not a future, and a group calls none with an argument",
        "write the child itself: `fetch(&client)`, or `async { … }`",
    )
}

pub(crate) fn loop_arm(keyword: &str) -> Message {
    // Without a value after it, only a `loop` that never ends is a child.
    let child = match keyword {
        "loop" => "`async { loop { … } }`, with `Ok(())` after the loop if it can end",
        "while" => "`async { while … { … } Ok(()) }`; if nothing else says its error, `Ok::<_, Error>(())`",
        _ => "`async { for … { … } Ok(()) }`; if nothing else says its error, `Ok::<_, Error>(())`",
    };
    Message::replacing("TG034", "this loop would run before the group does", format!("put it into the child: {child}"))
}

pub(crate) fn body_without_child() -> Message {
    Message::replacing(
        "TG035",
        "the body of a `for` arm ends without a child",
        "end it with the child's future, without `;`: `for url in urls { fetch(url) }`",
    )
}

pub(crate) fn body_of_a_child() -> Message {
    Message::replacing(
        "TG035",
        "the body of a `for` arm ends without a child",
        "make all of it the child: `async move { … }`, with `Ok(())` at its end; if nothing else says its error, \
         `Ok::<_, Error>(())`",
    )
}

pub(crate) fn result_item(place: Place) -> Message {
    let child = match place {
        Place::Inline | Place::Spawned => "`async move { … }`",
        Place::Blocking => "`move || { … }`",
    };
    Message::replacing(
        "TG041",
        "the body of a `for` arm evaluates to the child itself, and this is a result",
        format!("put it into the child: {child}; if nothing else says its error, end it with `Ok::<_, Error>(…)`"),
    )
}

pub(crate) fn changed_in_for(name: &Ident) -> Message {
    Message::replacing(
        "TG042",
        format!("the children of a `for` arm share `{name}`: they can read it, not change it"),
        "return the value as the child's result, and combine the results after the `.await`",
    )
}

pub(crate) fn break_in_for() -> Message {
    Message::replacing(
        "TG036",
        "a `for` arm is not a loop: `break` cannot end it",
        "end the source early (`.take(n)`, `.take_while(…)`), or fail with an `Err`, which ends the group",
    )
}

pub(crate) fn continue_in_for() -> Message {
    Message::replacing(
        "TG037",
        "a `for` arm is not a loop: `continue` cannot skip an item",
        "filter the source (`.filter(…)`), or end this child early with `return Ok(…)`",
    )
}

pub(crate) fn continue_in_owned_for() -> Message {
    Message::replacing(
        "TG037",
        "a `for` arm is not a loop: `continue` cannot skip an item",
        "filter the source: `.filter(…)`",
    )
}

pub(crate) fn owned_body(what: &str, place: Place) -> Message {
    let (attribute, child) = match place {
        Place::Inline | Place::Spawned => ("#[spawn]", "`async move { … }`"),
        Place::Blocking if what == ".await" => ("#[blocking]", "`async move { … }`, under `#[spawn]`"),
        Place::Blocking => ("#[blocking]", "`move || { … }`"),
    };
    Message::replacing(
        "TG038",
        format!(
            "under `{attribute}`, the body of a `for` arm runs in the owner and only creates the child: no `{what}` here"
        ),
        format!("put it into the child: {child}; if nothing else says its error, end it with `Ok::<_, Error>(…)`"),
    )
}

fn detached(path: &str) -> Message {
    let instead = if path.starts_with("std") || path.ends_with("spawn_blocking") {
        "make it an arm, `#[blocking] name = move || …`, and the group waits for it; or allow it: `#[allow(detached)]`"
    } else {
        "make it an arm, `#[spawn] name = …`, and the group owns the task; or allow it: `#[allow(detached)]`"
    };
    Message::replacing("TG039", format!("`{path}` starts something that outlives this group"), instead)
}

fn blocking_sleep() -> Message {
    Message::new(
        "TG040",
        "`std::thread::sleep` blocks the whole thread, and every other child on it",
        "write `tokio::time::sleep(…).await`, or make the child `#[blocking]`; or allow it: `#[allow(blocking_sleep)]`",
    )
}

pub(crate) fn outer_token(name: &str) -> Message {
    let called = if name == "in_current_group" { "in_current_group(…)" } else { &format!("{name}()") };
    Message::new(
        "TG043",
        format!("`{called}` is called before this group exists, and belongs to the enclosing one"),
        "write `async { … .await }`, so that the child calls it; if the enclosing group is meant, allow it: \
         `#[allow(outer_token)]`",
    )
}
