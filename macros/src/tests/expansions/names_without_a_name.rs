// Input:
//     api::v1::fetch::<User>(id),
//     client.session(id).boxed(),
//     async { Ok(1) },
//     futures[0].clone(),
//     r#type = kind(),
// Output:
async fn output() {
    let output = taskgroup::__private::group(|needs| taskgroup::__private::here(needs))
        .inline(&("api::v1::fetch", ::core::line!()), api::v1::fetch::<User>(id))
        .inline(&("boxed", ::core::line!()), client.session(id).boxed())
        .inline(&("#3", ::core::line!()), async { Ok(1) })
        .inline(&("clone", ::core::line!()), futures[0].clone())
        .inline(&("type", ::core::line!()), kind())
        .into_group(0, 0);
}
