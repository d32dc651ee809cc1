// Input:
//     api::v1::fetch::<User>(id),
//     client.session(id).boxed(),
//     async { Ok(1) },
//     futures[0].clone(),
//     r#type = kind(),
// Output:
async fn output() {
    let output = taskgroup::__private::group()
        .inline("api::v1::fetch", api::v1::fetch::<User>(id))
        .inline("boxed", client.session(id).boxed())
        .inline("#3", async { Ok(1) })
        .inline("clone", futures[0].clone())
        .inline("type", kind())
        .into_group(0, 0);
}
