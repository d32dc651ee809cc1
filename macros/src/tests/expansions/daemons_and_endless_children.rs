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
    let output = (((taskgroup::__private::group())
        .daemon_spawn("metrics", push_metrics()))
        .daemon_blocking("watch", || watch())
        .inline::<
            _,
            ::core::convert::Infallible,
        >(
            "#3",
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
            "#4",
            async move {
                loop {
                    tick().await;
                }
            },
        )
        .into_group(0, 0);
}
