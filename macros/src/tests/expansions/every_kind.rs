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
    let output = ((taskgroup::__private::group().inline("user", fetch_user(&client, id)))
        .spawn("posts", fetch_posts(client.clone(), id)))
        .blocking("thumb", move || render(&image))
        .daemon("heartbeat", heartbeat(&client))
        .each("pages", &urls, async |url| (fetch(&client, url)).await)
        .at_drain()
        .into_group(0, 0);
}
