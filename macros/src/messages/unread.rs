//! The sentences of `group!` about tokens that are missing, or in another order than Rust has them.

use super::Message;

pub(crate) fn sign_before_the_name(name: &str) -> Message {
    Message::replacing("TG001", format!("this `=` is before the name `{name}`"), format!("write `{name} =`"))
}

pub(crate) fn sign_without_a_name() -> Message {
    Message::replacing("TG001", "there is no name before this `=`", "write a name before it, or remove the `=`")
}

pub(crate) fn second_sign() -> Message {
    Message::replacing("TG001", "an arm has one `=`", "remove this `=`")
}

pub(crate) fn sign_after_the_function(name: &str, begin: &str) -> Message {
    Message::replacing("TG001", format!("the `=` is not after the name `{name}`"), format!("write `{name} = {begin}`"))
}

pub(crate) fn nothing_between(name: &str) -> Message {
    Message::replacing(
        "TG003",
        format!("there is nothing between `{name}` and this"),
        format!("write `{name} = …` if it is the name of this arm, and `{name}, …` if it is an arm"),
    )
}

pub(crate) fn for_after_the_pattern(pattern: &str) -> Message {
    Message::replacing(
        "TG001",
        format!("this `for` is after its pattern `{pattern}`"),
        format!("write `for {pattern} in`"),
    )
}

pub(crate) fn no_call(path: &str, is_call: bool) -> Message {
    let instead = if is_call {
        format!("write `{path}(…)` around this to call it, `::` between the parts of a path, and `,` between two arms")
    } else {
        format!("write `{path}(…)` to call it, and `,` between two arms")
    };
    Message::replacing("TG001", format!("there is nothing between `{path}` and this"), instead)
}

pub(crate) fn one_colon() -> Message {
    Message::replacing("TG001", "the parts of a path are separated by `::`", "write `::` in place of `:`")
}

pub(crate) fn function_in_parentheses(function: &str) -> Message {
    Message::replacing(
        "TG001",
        format!("`{function}` is inside the parentheses, and so it is not called"),
        format!("write it before them: `{function}(…)`"),
    )
}

pub(crate) fn nothing_before_comma() -> Message {
    Message::replacing("TG001", "there is nothing before this `,`", "remove the `,`, or write what is missing")
}

pub(crate) fn sign_after_operand(sign: char, operand: &str) -> Message {
    Message::replacing("TG001", format!("this `{sign}` is after its operand"), format!("write `{sign}{operand}`"))
}

pub(crate) fn await_without_dot() -> Message {
    Message::replacing("TG001", "there is no `.` before this `await`", "write `.await`")
}

pub(crate) fn nothing_after_dot() -> Message {
    Message::replacing("TG001", "there is nothing after this `.`", "remove the `.`, or write a method after it")
}

pub(crate) fn async_without_block() -> Message {
    Message::replacing(
        "TG001",
        "there is no block after this `async`",
        "write `async { … }`; a call alone is a child without `async`",
    )
}

pub(crate) fn move_before_async() -> Message {
    Message::replacing("TG001", "this `move` is before `async`", "write `async move { … }`")
}

pub(crate) fn move_of_a_closure() -> Message {
    Message::replacing("TG001", "this `move` is not before the `||` of a closure", "write `move || …`")
}

pub(crate) fn closure_of_one_sign() -> Message {
    Message::replacing("TG001", "a closure begins with two `|`", "write `|| …`")
}

pub(crate) fn let_without_sign(name: &str) -> Message {
    Message::replacing("TG001", format!("there is no `=` after `let {name}`"), format!("write `let {name} = …`"))
}

pub(crate) fn arguments_without_parentheses(function: &str) -> Message {
    Message::replacing(
        "TG001",
        format!("there is nothing between `{function}` and this"),
        format!("the arguments of a call are in parentheses: `{function}(…)`"),
    )
}

pub(crate) fn block_after_a_word(word: &str) -> Message {
    Message::replacing("TG001", format!("`{word}` does not begin a block"), "write `async { … }`")
}

pub(crate) fn comma_in_for() -> Message {
    Message::new("TG001", "a `for` arm has no `,` before its body", "remove the `,`")
}

pub(crate) fn block_without_else() -> Message {
    Message::new("TG053", "this block is after an `if`, and not its `else`", "write `else` before it")
}

pub(crate) fn closure_without_a_sign(name: &str) -> Message {
    Message::replacing(
        "TG005",
        format!("there is no `=` after the name `{name}`, and so `||` means \"or\""),
        format!("write `{name} = || …`"),
    )
}

pub(crate) fn function_before_closure(function: &str) -> Message {
    Message::replacing(
        "TG001",
        format!("`{function}` is before the `||` of the closure, and so `||` means \"or\""),
        format!("write `|| {function}(…)`"),
    )
}
