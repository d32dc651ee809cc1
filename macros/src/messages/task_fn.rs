//! The sentences of `#[task_group]`.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Expr;

use super::{Message, Sentences};
use crate::ast::Inside;

/// For a child statement.
pub(crate) const STATEMENT: Sentences = Sentences {
    attribute_arguments,
    duplicate_attribute,
    contradiction,
    child_daemon,
    awaited,
    tried,
    closure: |place| super::closure("TG142", place),
    async_closure: || super::async_closure("TG142"),
    blocking_future: || super::blocking_future("TG143"),
    detached,
    blocking_sleep,
    closure_with_arguments,
    if_without_else: || super::if_without_else("TG147"),
    block_without_child: || super::block_without_child("TG148"),
    without_ok: || super::without_ok("TG149"),
};

// Options.

pub(crate) fn unknown_option(name: &str, nearest: Option<&str>, all: &[&str]) -> Message {
    let instead = match nearest {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("the options are `{}`", all.join("`, `")),
    };
    Message::new("TG100", format!("`#[task_group]` has no option `{name}`"), instead)
}

pub(crate) fn policy_option(name: &str) -> Message {
    Message::new(
        "TG100",
        format!("`{name}` is for groups: a function ends with its first failure"),
        format!("write it in the body: `group!(…).{name}(…)`"),
    )
}

pub(crate) fn duplicate_option(name: &str) -> Message {
    Message::new("TG101", format!("the option `{name}` is given twice"), "remove one of them")
}

pub(crate) fn option_value(name: &str) -> Message {
    Message::new("TG102", format!("the option `{name}` needs a value"), format!("write `{name} = …`"))
}

pub(crate) fn option_without_value(name: &str) -> Message {
    Message::new("TG102", format!("the option `{name}` takes no value"), format!("write `{name}`"))
}

pub(crate) fn crate_path() -> Message {
    Message::new("TG102", "`crate` takes the path of this crate", "write for example `crate = my_crate::taskgroup`")
}

pub(crate) fn allow_arguments() -> Message {
    Message::new(
        "TG103",
        "here, `allow` takes `detached` and `blocking_sleep`",
        "write `allow(detached)`; lint attributes go on the function: `#[allow(…)]`",
    )
}

pub(crate) fn option_comma() -> Message {
    Message::new("TG104", "a `,` is missing before this", "write `,` after each option")
}

pub(crate) fn unreadable_option(why: &syn::Error) -> Message {
    Message::new("TG104", format!("this option cannot be read: {why}"), "an option is `name = expression`")
}

pub(crate) fn boxed_already() -> Message {
    Message::new("TG105", "this function already returns a boxed future", "remove `boxed`")
}

// The function.

pub(crate) fn not_a_function() -> Message {
    Message::new(
        "TG110",
        "`#[task_group]` belongs on an `async fn`",
        "write it on the function that starts the children",
    )
}

/// What is behind [`not_a_function`] in a function that only syn cannot read, as the text of a lint.
pub(crate) const UNREADABLE: &str = "the body of this function cannot be read [TG110]: write it in older syntax";

pub(crate) fn cannot_read(why: &syn::Error) -> Message {
    Message::new("TG110", format!("this function cannot be read: {why}"), "`#[task_group]` belongs on an `async fn`")
}

pub(crate) fn no_body() -> Message {
    Message::new(
        "TG111",
        "this function has no body to start children in",
        "write `#[task_group]` on the functions that implement it",
    )
}

pub(crate) fn not_async() -> Message {
    Message::new("TG112", "this function is not `async`, so it cannot wait for its children", "write `async fn`")
}

pub(crate) fn const_function() -> Message {
    Message::new("TG112", "a `const fn` cannot wait for children", "write `async fn` in place of `const fn`")
}

pub(crate) fn recursion(name: &Ident) -> Message {
    Message::new(
        "TG117",
        format!("`{name}` starts itself on a task, and whether its future is `Send` depends on itself"),
        "write `#[task_group(boxed)]`",
    )
}

pub(crate) fn swap_with_tokio() -> Message {
    Message::new(
        "TG113",
        "`#[tokio::main]` and `#[tokio::test]` have made this a sync function already",
        "swap the two: `#[task_group]` first, the other one below it",
    )
}

pub(crate) fn returns_nothing() -> Message {
    Message::new(
        "TG114",
        "this function does not return a `Result`, but its children can fail",
        "write for example `-> Result<(), Error>`, and end with `Ok(())`",
    )
}

pub(crate) fn not_a_result() -> Message {
    Message::new(
        "TG114",
        "this is not a `Result`, but the function's children can fail",
        "write for example `-> Result<Value, Error>`, and end with `Ok(value)`",
    )
}

pub(crate) fn too_many_stages(most: usize) -> Message {
    Message::new(
        "TG115",
        format!("this function starts children in more than {most} places, each of which may borrow what is above it"),
        "write child statements next to each other, or move some of them into a function of their own",
    )
}

pub(crate) fn late_value(name: &Ident) -> Message {
    Message::new(
        "TG116",
        format!("`{name}` is declared above a child statement, and gets its value below it"),
        format!(
            "the statements below a child statement are a stage of their own: declare it there (`let {name} = …`), or above \
             with a value (`let mut {name} = …`)"
        ),
    )
}

// Places of child statements.

pub(crate) fn child_inside(inside: Inside) -> Message {
    let (problem, instead) = match inside {
        Inside::Closure => (
            "a closure is not part of the function's body: no child can be started in it",
            "start the child in the body, in a loop if there are several; or use `group!` with a `for` arm",
        ),
        Inside::AsyncBlock => (
            "an inner `async` block is not part of the function's body: no child can be started in it",
            "start the child in the body; or give the block a group of its own: `async { group!(…).await }`",
        ),
        Inside::Item => (
            "an inner item is not part of the function's body: no child can be started in it",
            "write `#[task_group]` on the inner function too",
        ),
    };
    Message::new("TG120", problem, instead)
}

pub(crate) fn child_tail() -> Message {
    Message::replacing(
        "TG121",
        "a child is started here, and its value would be the value of the block",
        "end it with `;`, and write `Ok(())` after it if the function ends here; or, to wait for its value, remove the \
         attribute and `.await` it",
    )
}

pub(crate) fn child_loop(attribute: &str, keyword: &str) -> Message {
    let problem = format!("a `{keyword}` loop is not a child");
    let instead = if keyword == "loop" {
        // In a loop without an end, each round would start a child, and none would be waited for.
        format!(
            "put it into the child: `#[{attribute}] async move {{ loop {{ … }} }}`, with `Ok(())` after the loop if it can end"
        )
    } else {
        format!(
            "write `#[{attribute}]` in the loop, on the statement that starts a child: `{keyword} … {{ #[{attribute}] f(); }}`"
        )
    };
    Message::new("TG122", problem, instead)
}

pub(crate) fn child_item(attribute: &str) -> Message {
    Message::new(
        "TG122",
        "an item is not a child",
        format!("write `#[{attribute}]` on the statement that calls it: `#[{attribute}] f();`"),
    )
}

pub(crate) fn child_assignment(attribute: &str, place: &Expr) -> Message {
    let place = place.to_token_stream().to_string().replace(' ', "");
    Message::new(
        "TG122",
        "an assignment is not a child",
        format!(
            "bind the child to a name of its own, and assign its value: `#[{attribute}] let child = f(); {place} = child.await;`"
        ),
    )
}

pub(crate) fn child_declared_before(attribute: &str, name: &Ident) -> Message {
    Message::new(
        "TG122",
        format!("an assignment is not a child, and `{name}` has no value before it"),
        format!("remove `let {name};` above, and write `let` here: `#[{attribute}] let {name} = f();`"),
    )
}

pub(crate) fn child_undeclared(attribute: &str, name: &Ident) -> Message {
    Message::new(
        "TG122",
        format!("an assignment is not a child, and `{name}` is not declared"),
        format!("write `let`: `#[{attribute}] let {name} = f();`"),
    )
}

pub(crate) fn child_jump(keyword: &str) -> Message {
    Message::replacing(
        "TG122",
        format!("a `{keyword}` is not a child"),
        format!("remove the `{keyword}`: `#[child] f();`; the function waits for the child before it returns"),
    )
}

pub(crate) fn child_print(name: &str) -> Message {
    Message::new("TG122", format!("`{name}!` is not a child"), "remove the attribute")
}

pub(crate) fn child_in_macro(attribute: &str) -> Message {
    Message::new(
        "TG125",
        format!("`#[{attribute}]` starts nothing in the tokens of another macro"),
        format!("start the child in a statement of the function's body: `#[{attribute}] let name = f();`"),
    )
}

pub(crate) fn late_attribute() -> Message {
    Message::new(
        "TG123",
        "this attribute belongs at the beginning of the statement",
        "write `#[child] let name = f();`",
    )
}

pub(crate) fn conditional_child() -> Message {
    Message::new(
        "TG124",
        "`#[cfg]` cannot decide here whether there is a child",
        "put the statement in `if cfg!(…) { … }`, or in a function that has the `#[cfg]`",
    )
}

// How they are written.

pub(crate) fn unknown_attribute(name: &str, known: &str) -> Message {
    Message::new(
        "TG130",
        format!("`#[{name}]` is not an attribute of child statements"),
        format!("did you mean `#[{known}]`?"),
    )
}

fn attribute_arguments(name: &str) -> Message {
    Message::new("TG131", format!("`#[{name}]` takes no arguments"), format!("write `#[{name}]`"))
}

fn duplicate_attribute(name: &str) -> Message {
    Message::new("TG132", format!("`#[{name}]` is written twice on this child"), "remove one of them")
}

fn contradiction() -> Message {
    Message::new(
        "TG133",
        "a child is one of `#[child]`, `#[spawn]` and `#[blocking]`",
        "keep `#[child]` for one that runs on this task and may borrow, `#[spawn]` for a task of its own, `#[blocking]` \
         for a closure on a blocking thread",
    )
}

fn child_daemon() -> Message {
    Message::new(
        "TG133",
        "`#[child]` is waited for, `#[daemon]` is stopped when all other children are done",
        "remove one of them",
    )
}

pub(crate) fn daemon_let(name: &Ident) -> Message {
    Message::new(
        "TG134",
        format!("a daemon ends when it is stopped: `{name}` would never have a value"),
        "write it without `let`; or `#[child]` in place of `#[daemon]`, if the function is to wait for it",
    )
}

pub(crate) fn child_pattern() -> Message {
    Message::replacing(
        "TG135",
        "a child has one name until its value is available",
        "take the value apart after the join: `#[child] let pair = f(); let (a, b) = pair.await;`",
    )
}

pub(crate) fn underscore_child() -> Message {
    Message::new("TG135", "`_` is not a name", "a child without a name is a plain statement: `#[child] f();`")
}

pub(crate) fn child_else() -> Message {
    Message::replacing(
        "TG135",
        "a child always starts, so there is no `else`",
        "match its value after the join: `#[child] let x = f(); let Some(x) = x.await else { … };`",
    )
}

pub(crate) fn child_without_value() -> Message {
    Message::new("TG136", "there is no child here", "write the child's future: `#[child] let name = f();`")
}

pub(crate) fn never_joined(name: &Ident) -> Message {
    Message::new(
        "TG137",
        format!("`{name}` is never joined"),
        format!(
            "join it where its value is needed: `let {name} = {name}.await;`; or, as the function waits for it anyway, \
             leave the name out"
        ),
    )
}

// Handles.

pub(crate) fn read_before_join(name: &Ident, what: &str) -> Message {
    Message::new(
        "TG138",
        format!("`{name}` is a child that has not been joined: its value, and so its {what}, is not there yet"),
        format!("await it first: `let {name} = {name}.await;`"),
    )
}

pub(crate) fn function_of_handle(name: &Ident, method: &str) -> Message {
    let instead = match method {
        "cancel" | "abort" => format!("write `taskgroup::Child::cancel({name}).await`"),
        _ => format!("write `taskgroup::Child::is_finished(&{name})`"),
    };
    Message::new(
        "TG138",
        format!("`{method}` is not a method of a child, so that no method of its value is hidden"),
        instead,
    )
}

pub(crate) fn tuple_awaited(tuple: &str) -> Message {
    Message::new("TG139", "a tuple of children is not awaited, but joined", format!("write `{tuple}.join().await`"))
}

pub(crate) fn handle_moved(name: &Ident) -> Message {
    Message::new(
        "TG139",
        format!("`{name}` is a child of this function, and a child on a task or thread of its own cannot hold it"),
        format!(
            "await it first, and move its value: `let {name} = {name}.await;`; or make this one `#[child] async {{ … }}`"
        ),
    )
}

// What they start.

fn awaited() -> Message {
    Message::replacing(
        "TG140",
        "this awaits the child before it is started, so it would not be concurrent",
        "remove the `.await`, and a `?` after it; await the name where the value is needed: `let user = user.await;`",
    )
}

fn tried() -> Message {
    Message::replacing(
        "TG141",
        "this `?` is applied to a child that has no result yet",
        "remove the `?`: a child's error ends the function by itself",
    )
}

fn closure_with_arguments() -> Message {
    Message::replacing(
        "TG142",
        "a closure is not a future, and a function calls none with an argument",
        "write the child itself: `fetch(&client)`, or `async { … }`",
    )
}

fn detached(path: &str) -> Message {
    let blocks = path.starts_with("std") || path.ends_with("spawn_blocking");
    let (attribute, child) = if blocks { ("#[blocking]", "move || …") } else { ("#[spawn]", "f()") };
    Message::new(
        "TG144",
        format!("`{path}` starts something that outlives this function"),
        format!(
            "write `{attribute} {child};`, with `let name =` if its value is needed; or allow it: \
             `#[task_group(allow(detached))]`"
        ),
    )
}

fn blocking_sleep() -> Message {
    Message::new(
        "TG145",
        "`std::thread::sleep` blocks the whole thread, and every other child on it",
        "write `tokio::time::sleep(…).await`, or make the child `#[blocking]`; or allow it: \
         `#[task_group(allow(blocking_sleep))]`",
    )
}
