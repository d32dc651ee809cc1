// Input:
//     #[spawn]
//     pages = for url in urls { fetch(client.clone(), url) },
//     #[blocking]
//     sums = for path in paths {
//         let salt = salt.clone();
//         move || sum(&path, &salt)
//     },
// Output:
async fn output() {
    let output = ((taskgroup::__private::group(|needs| taskgroup::__private::here(
        needs,
    )))
        .each_spawn(
            &("pages", ::core::line!()),
            urls,
            |url| { fetch(client.clone(), url) },
        )
        .at_drain())
        .each_blocking(
            &("sums", ::core::line!()),
            paths,
            |path| {
                let salt = salt.clone();
                move || sum(&path, &salt)
            },
        )
        .at_drain()
        .into_group(0, 0);
}
