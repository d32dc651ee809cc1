//! `fetch_many` returns the pages that arrived in time, and reports the others.

use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};

fn fetch_many(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fetch_many")).args(arguments).output().expect("the program runs")
}

/// Done, failed, cancelled, never started.
fn counts(run: &Output) -> [u64; 4] {
    let text = String::from_utf8_lossy(&run.stdout);
    let numbers: Vec<u64> = text.split([' ', ';']).filter_map(|word| word.parse().ok()).collect();
    assert_eq!(numbers[0], numbers[1..5].iter().sum::<u64>(), "every page is accounted for: {text}");
    [numbers[1], numbers[2], numbers[3], numbers[4]]
}

#[test]
fn everything_is_fetched_from_a_server_in_a_good_mood() {
    let run = fetch_many(&["--pages", "200", "--failing", "0", "--silent", "0"]);
    assert_eq!(run.status.code(), Some(0));
    assert_eq!(counts(&run), [200, 0, 0, 0]);
}

#[test]
fn one_good_mirror_is_enough() {
    // The server behaves the same way in every run: with one mirror, most pages are missing; with twenty, none.
    let moods = ["--pages", "60", "--failing", "60", "--silent", "10", "--slowest", "5"];
    let one = fetch_many(&[&moods[..], &["--mirrors", "1", "--per-request", "300"]].concat());
    let many = fetch_many(&[&moods[..], &["--mirrors", "20"]].concat());
    assert_eq!(one.status.code(), Some(1));
    assert!(counts(&one)[1] > 30, "{:?}", counts(&one));
    assert_eq!(many.status.code(), Some(0));
    assert_eq!(counts(&many), [60, 0, 0, 0]);
}

#[test]
fn a_page_has_its_own_deadline_and_all_of_them_have_another() {
    let began = Instant::now();
    let run = fetch_many(&[
        "--pages",
        "50",
        "--silent",
        "100",
        "--limit",
        "10",
        "--per-request",
        "400",
        "--total",
        "600",
        "-v",
    ]);
    assert!(began.elapsed() >= Duration::from_millis(600));
    assert_eq!(run.status.code(), Some(1));
    // Ten ran into their own deadline, ten into the common one, and thirty were never requested.
    assert_eq!(counts(&run), [0, 10, 10, 30]);
    let why = String::from_utf8_lossy(&run.stderr);
    assert!(why.contains("cancelled: `page 3` timed out"), "{why}");
    assert!(why.contains("page 12: cancelled: `pages` timed out"), "{why}");
    assert!(why.contains("page 49: never asked for"), "{why}");
}

#[test]
fn every_mirror_says_why_it_has_no_page() {
    let run = fetch_many(&["--pages", "1", "--mirrors", "3", "--failing", "100", "--silent", "0", "-v"]);
    assert_eq!(run.status.code(), Some(1));
    let why = String::from_utf8_lossy(&run.stderr);
    for mirror in 0..3 {
        assert!(why.contains(&format!("`mirrors[{mirror}]`: the server answered 503")), "{why}");
    }
}
