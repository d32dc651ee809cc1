// Input:
//     #[stream]
//     for message in inbox { handle(&state, message) },
//     #[stream]
//     #[spawn]
//     served = for connection in listener { serve(connection) },
// Output:
async fn output() {
    let output = (taskgroup::__private::group(|needs| taskgroup::__private::here(needs))
        .each_stream(
            &("handle", ::core::line!()),
            inbox,
            async |message| (handle(&state, message)).await,
        )
        .at_drain())
        .each_stream_spawn(
            &("served", ::core::line!()),
            listener,
            |connection| { serve(connection) },
        )
        .at_drain()
        .into_group(0, 0);
}
