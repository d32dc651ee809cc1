// Input:
//     user = fetch_user(&client id),
//     posts = fetch_posts(&client),
// Output:
async fn output() {
    let output = {
        ::core::compile_error! {
            "this arm cannot be read: expected `,` [TG001]\nan arm is `name = expression` or `name = for PATTERN in SOURCE { CHILD }`; the name may be left out"
        }
        let _ = taskgroup::__private::group()
            .inline(&("posts", ::core::line!()), fetch_posts(&client));
        taskgroup::__private::group()
            .inline(&("", 0), ::core::future::pending())
            .into_group(0u8, 0u8)
    };
}
