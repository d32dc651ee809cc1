// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        a1 = fetch_user(client, 1),
        a2 = fetch_user(client, 2),
        a3 = fetch_user(client, 3),
        a4 = fetch_user(client, 4),
        a5 = fetch_user(client, 5),
        a6 = fetch_user(client, 6),
        a7 = fetch_user(client, 7),
        a8 = fetch_user(client, 8),
        a9 = fetch_user(client, 9),
        a10 = fetch_user(client, 10),
        a11 = fetch_user(client, 11),
        a12 = fetch_user(client, 12),
        a13 = fetch_user(client, 13),
        a14 = fetch_user(client, 14),
        a15 = fetch_user(client, 15),
        a16 = fetch_user(client, 16),
        a17 = fetch_user(client, 17),
        a18 = fetch_user(client, 18),
        a19 = fetch_user(client, 19),
        a20 = fetch_user(client, 20),
        a21 = fetch_user(client, 21),
        a22 = fetch_user(client, 22),
        a23 = fetch_user(client, 23),
        a24 = fetch_user(client, 24),
        a25 = fetch_user(client, 25),
        a26 = fetch_user(client, 26),
        a27 = fetch_user(client, 27),
        a28 = fetch_user(client, 28),
        a29 = fetch_user(client, 29),
        a30 = fetch_user(client, 30),
        a31 = fetch_user(client, 31),
        a32 = fetch_user(client, 32),
        a33 = fetch_user(client, 33),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - a32 = fetch_user(client, 32),
// + part = group!(
// + a32 = fetch_user(client, 32),
// - a33 = fetch_user(client, 33),
// + a33 = fetch_user(client, 33),
// + ),

// Applied:
// - a32 = fetch_user(client, 32),
// + rest = for id in [32, 33] { fetch_user(client, id) },
// - a33 = fetch_user(client, 33),
