// Input:
//     for (n, url) in urls.iter().enumerate() {
//         let path = root.join(n.to_string());
//         async move { save(&path, fetch(&client, url).await?).await }
//     }
// Output:
async fn output() {
    let output = taskgroup::__private::group(|needs| taskgroup::__private::here(needs))
        .each(
            &("#1", ::core::line!()),
            urls.iter().enumerate(),
            async |(n, url)| {
                ({
                    let path = root.join(n.to_string());
                    async move { save(&path, fetch(&client, url).await?).await }
                })
                    .await
            },
        )
        .at_drain()
        .into_group(0, 0);
}
