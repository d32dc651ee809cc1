// Input:
//     #[daemon]
//     #[spawn]
//     metrics = push_metrics(),
//     #[daemon]
//     #[blocking]
//     || watch(),
//     async { loop { let (socket, _) = listener.accept().await?; handle(socket).await; } },
//     #[spawn]
//     async move { loop { tick().await; } },
// Output:
async fn output() {
    let output = (((taskgroup::__private::group(|needs| taskgroup::__private::here(
        needs,
    )))
        .daemon_spawn(&("metrics", ::core::line!()), push_metrics()))
        .daemon_blocking(&("watch", ::core::line!()), || watch())
        .inline::<
            _,
            ::core::convert::Infallible,
        >(
            &("#3", ::core::line!()),
            async {
                loop {
                    let (socket, _) = listener.accept().await?;
                    handle(socket).await;
                }
            },
        ))
        .spawn::<
            _,
            ::core::convert::Infallible,
        >(
            &("#4", ::core::line!()),
            async move {
                loop {
                    tick().await;
                }
            },
        )
        .into_group(0, 0);
}
