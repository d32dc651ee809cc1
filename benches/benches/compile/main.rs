//! `cargo bench -p taskgroup-benches --bench compile [-- --quick]`: what a call site costs the compiler and the program, in the
//! tables of `docs/PERFORMANCE.md`. It takes minutes, and needs Linux.
//!
//! Crates with several call sites of eight children, each child of its own type, are compiled again in rounds, in which each of
//! them has its turn. The time is the processor's for cargo and its compilers; that of a crate without call sites is
//! subtracted. A ratio is that of the same round.

mod cargo;
mod crates;
mod sizes;

use std::{env, fs};

use taskgroup_benches::Ratio;

use crate::{
    cargo::{MODES, Mode},
    crates::{Crate, Crates, Form},
};

/// How many call sites the crates of a form have. The first few bring in what there is once for an error type; what the further
/// ones add is their own.
fn counts(form: Form) -> [usize; 2] {
    match form {
        Form::Group | Form::TryJoin => [4, 20],
        // Each takes the compiler seconds.
        Form::Function => [1, 5],
    }
}

fn main() {
    let quick = env::args().any(|word| word == "--quick");
    sizes::print();
    println!();
    sites(if quick { 3 } else { 5 });
    println!();
    dependents(if quick { 1 } else { 3 });
}

fn sites(rounds: usize) {
    let forms = [Form::Group, Form::Function, Form::TryJoin];
    let many = forms.map(|form| Crate { form, sites: counts(form)[1] });
    let few = forms.map(|form| Crate { form, sites: counts(form)[0] });
    let zero = Crate { form: Form::TryJoin, sites: 0 };
    let folder = Crates::write(&many.iter().chain(&few).chain([&zero]).collect::<Vec<_>>());

    let text = |it: &Crate| {
        let name = it.name();
        cargo::run(&folder.folder, Mode::Release, &["--bin", &name, "-p", &name]);
        cargo::text(&folder.folder.join("target/release").join(name))
    };
    let texts: Vec<Option<f64>> = (many.iter().zip(&few))
        .map(|(many, few)| Some((text(many)? - text(few)?) / (many.sites - few.sites) as f64))
        .collect();

    let measured: Vec<&Crate> = many.iter().chain([&zero]).collect();
    let compile = |it: &Crate, mode| {
        let name = it.name();
        cargo::run(&folder.folder, mode, &["--lib", "-p", &name])
    };
    // What they depend on is compiled before the rounds.
    for mode in MODES {
        compile(&zero, mode);
    }
    let mut seconds = vec![MODES.map(|_| Vec::new()); measured.len()];
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        for turn in 0..measured.len() {
            // No crate is always the first.
            let index = (turn + round) % measured.len();
            folder.touch(measured[index], round + 1);
            for (mode, seconds) in MODES.into_iter().zip(&mut seconds[index]) {
                seconds.push(compile(measured[index], mode));
            }
        }
    }
    print(&forms, &seconds, &texts);
}

/// Prints a line for each of `forms`. Of `seconds`, the last element is the zero, and the one before it the peer.
fn print(forms: &[Form], seconds: &[[Vec<f64>; 3]], texts: &[Option<f64>]) {
    let (zero, its) = (seconds.len() - 1, seconds.len() - 2);
    // Milliseconds of a call site, round by round.
    let cost = |index: usize, mode: usize| -> Vec<f64> {
        let sites = counts(forms[index])[1] as f64;
        (seconds[index][mode].iter().zip(&seconds[zero][mode])).map(|(its, zero)| (its - zero) * 1e3 / sites).collect()
    };
    println!(
        "| site of 8 children | check | debug | release | check, ours / it | debug, ours / it | release, ours / it | text |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (index, form) in forms.iter().enumerate() {
        let name = match form {
            Form::Group => "`group!`",
            Form::Function => "a `#[task_group]` function",
            Form::TryJoin => "`tokio::try_join!`",
        };
        print!("| {name} |");
        for mode in 0..MODES.len() {
            print!(" {:.0} ms |", median(cost(index, mode)));
        }
        for mode in 0..MODES.len() {
            match form {
                Form::TryJoin => print!(" 1 |"),
                _ => print!(" {} |", Ratio::of(&cost(index, mode), &cost(its, mode))),
            }
        }
        println!(" {} |", texts[index].map_or("–".to_owned(), |bytes| format!("{:.1} kB", bytes / 1e3)));
    }
}

/// Compiles a crate without code and all that it depends on, from nothing.
fn dependents(rounds: usize) {
    let folders = [true, false].map(crates::dependent);
    let mut seconds = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (folder, seconds) in folders.iter().zip(&mut seconds) {
            let target = folder.join("target");
            if target.exists() {
                fs::remove_dir_all(target).expect("removed");
            }
            seconds.push(cargo::run(folder, Mode::Debug, &[]));
        }
    }
    let ratio = Ratio::of(&seconds[0], &seconds[1]);
    let [ours, its] = seconds.map(median);
    println!("| clean debug build of a dependent | of tokio alone | ours / it |");
    println!("| ---: | ---: | ---: |");
    println!("| {ours:.1} s | {its:.1} s | {ratio} |");
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
