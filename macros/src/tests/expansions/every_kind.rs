// Input:
//     user = fetch_user(&client, id),
//     #[spawn]
//     posts = fetch_posts(client.clone(), id),
//     #[blocking]
//     thumb = move || render(&image),
//     #[daemon]
//     heartbeat(&client),
//     pages = for url in &urls { fetch(&client, url) },
// Output:
async fn output() {
    let output = ((taskgroup::__private::group(|needs| taskgroup::__private::here(needs))
        .inline(&("user", ::core::line!()), fetch_user(&client, id)))
        .spawn(&("posts", ::core::line!()), fetch_posts(client.clone(), id)))
        .blocking(&("thumb", ::core::line!()), move || render(&image))
        .daemon(&("heartbeat", ::core::line!()), heartbeat(&client))
        .each(
            &("pages", ::core::line!()),
            &urls,
            async |url| (fetch(&client, url)).await,
        )
        .at_drain()
        .into_group(0, 0);
}
