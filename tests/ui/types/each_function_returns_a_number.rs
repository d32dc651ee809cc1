// errors: 1
use taskgroup::group;

async fn user() -> Result<u64, std::io::Error> {
    Ok(1)
}

fn main() {
    let _ = async { group!(user()).each(|_, user| user).await };
}

// Applied:
// - let _ = async { group!(user()).each(|_, user| user).await };
// + let _ = async { group!(user()).each(|_, user| { println!("{user}"); }).await };

// Applied:
// - let _ = async { group!(user()).each(|_, user| user).await };
// + let _ = async { group!(user()).each(|_, user| { println!("{user}"); std::ops::ControlFlow::Continue(()) }).await };

// Applied:
// - let _ = async { group!(user()).each(|_, user| user).await };
// + let _ = async { group!(user()).each(|_, user| { println!("{user}"); std::ops::ControlFlow::Break(()) }).await };
