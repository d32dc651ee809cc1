//! The errors of literal `async` blocks and closures in a function convert as those of calls do.

use std::{fs, io, num::ParseIntError};

use taskgroup::task_group;
use taskgroup_tests::*;

#[derive(Debug)]
enum AppError {
    Io(io::ErrorKind),
    Parse(#[allow(dead_code, reason = "shown")] ParseIntError),
    Own,
}

impl From<io::Error> for AppError {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

impl From<ParseIntError> for AppError {
    fn from(error: ParseIntError) -> Self {
        Self::Parse(error)
    }
}

async fn parse(text: &'static str) -> Result<u64, ParseIntError> {
    after(1, text.parse()).await
}

virtual_time! {
    async fn a_closure_with_another_error_converts() {
        #[task_group]
        async fn read(path: &'static str) -> Result<Vec<u8>, AppError> {
            #[blocking]
            let bytes = move || fs::read(path);
            Ok(bytes.await)
        }
        assert!(matches!(read("/nowhere/at/all").await, Err(AppError::Io(io::ErrorKind::NotFound))));
    }

    async fn an_async_block_with_another_error_converts() {
        #[task_group]
        async fn sum(a: &'static str, b: &'static str) -> Result<u64, AppError> {
            #[child]
            let a = async { parse(a).await };
            #[spawn]
            let b = async move { parse(b).await };
            Ok(a.await + b.await)
        }
        assert_eq!(sum("1", "2").await.unwrap(), 3);
        assert!(matches!(sum("one", "2").await, Err(AppError::Parse(_))));
        assert!(matches!(sum("1", "two").await, Err(AppError::Parse(_))));
    }

    async fn in_a_block_whose_error_nothing_determines_it_is_that_of_the_function() {
        #[task_group]
        async fn sum(texts: &'static [&'static str]) -> Result<u64, AppError> {
            #[child]
            let first = async { Ok(parse(texts[0]).await?) };
            #[blocking]
            let all = || {
                let numbers: Vec<u64> = texts.iter().map(|text| Ok(text.parse()?)).collect::<Result<_, AppError>>()?;
                if numbers.is_empty() { Err(AppError::Own) } else { Ok(numbers.len() as u64) }
            };
            #[spawn]
            let into = async { if texts.len() > 9 { Err(io::Error::from(io::ErrorKind::Other).into()) } else { Ok(1_u64) } };
            Ok(first.await + all.await + into.await)
        }
        assert_eq!(sum(&["1", "2"]).await.unwrap(), 4);
        assert!(matches!(sum(&["one"]).await, Err(AppError::Parse(_))));
    }

    async fn a_supervised_block_with_another_error_converts() {
        #[task_group(supervise = |_, failure| seen.say(format!("{failure:?}")))]
        async fn serve(seen: &Trail) -> Result<(), AppError> {
            #[child]
            async { parse("one").await };
            Ok(())
        }
        let seen = Trail::new();
        serve(&seen).await.unwrap();
        assert!(seen.read()[0].starts_with("Failed(Parse("), "{seen:?}");
    }
}
