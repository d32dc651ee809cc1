// Input:
//     user = fetch_user(&client id),
//     posts = fetch_posts(&client),
// Output:
async fn output() {
    let output = {
        ::core::compile_error! {
            "this arm cannot be read: expected `,` [TG001]\nwrite `,` before this if it is the next argument or element"
        }
        let _ = taskgroup::__private::group(|needs| taskgroup::__private::here(needs))
            .inline(&("posts", ::core::line!()), fetch_posts(&client));
        taskgroup::__private::group(|needs| taskgroup::__private::here(needs))
            .inline(&("", 0), ::core::future::pending())
            .into_group(0u8, 0u8)
    };
}
