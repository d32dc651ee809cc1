// errors: 1
// Seed 53: `move` and `|` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let image = vec![1, 2, 3];
    let thumb = group!(
        #[blocking]
        thumb =  | move | render(&image)
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - thumb =  | move | render(&image)
// + thumb =  move || render(&image)
