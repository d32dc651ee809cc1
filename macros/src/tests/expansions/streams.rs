// Input:
//     #[stream]
//     for message in inbox { handle(&state, message) },
//     #[stream]
//     #[spawn]
//     served = for connection in listener { serve(connection) },
// Output:
async fn output() {
    let output = (taskgroup::__private::group()
        .each_stream("handle", inbox, async |message| (handle(&state, message)).await))
        .each_stream_spawn("served", listener, |connection| serve(connection))
        .into_group(0, 0);
}
