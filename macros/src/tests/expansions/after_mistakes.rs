// Input:
//     user = fetch_user(&client).await?,
//     #[spawned]
//     posts = fetch_posts(client.clone()),
//     for url in &urls { if url.is_empty() { continue } fetch(&client, url) };
//     size = measure(&image)
// Output:
async fn output() {
    let output = {
        ::core::compile_error! {
            "this awaits the child before the group runs, so it would not be concurrent [TG030]\nremove the `.await`, and a `?` after it: the group awaits it"
        }
        ::core::compile_error! {
            "`#[spawned]` is not an attribute of arms [TG020]\ndid you mean `#[spawn]`?"
        }
        ::core::compile_error! {
            "arms are separated by `,` [TG003]\nwrite `,` in place of `;`"
        }
        ::core::compile_error! {
            "a `for` arm is not a loop: `continue` cannot skip an item [TG037]\nfilter the source (`.filter(…)`), or end this child early with `return Ok(…)`"
        }
        taskgroup::__private::group(|needs| taskgroup::__private::here(needs))
            .inline(
                &("user", ::core::line!()),
                {
                    if false {
                        let _ = fetch_user(&client).await?;
                    }
                    ::core::future::pending()
                },
            )
            .inline(
                &("posts", ::core::line!()),
                {
                    if false {
                        let _ = fetch_posts(client.clone());
                    }
                    ::core::future::pending()
                },
            )
            .inline(
                &("#3", ::core::line!()),
                {
                    if false {
                        let _ = async {
                            for url in &urls {
                                let _ = {
                                    if url.is_empty() {
                                        continue;
                                    }
                                    fetch(&client, url)
                                };
                            }
                            ::core::future::pending().await
                        };
                    }
                    ::core::future::pending()
                },
            )
            .inline(&("size", ::core::line!()), measure(&image))
            .into_group(0u8, 0u8)
    };
}
