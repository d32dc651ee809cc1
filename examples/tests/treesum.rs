//! Runs the program as its users do: compares it with `sha256sum`, and tries every kind of faulty tree.
#![cfg(unix)]

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Read,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{PermissionsExt, symlink},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use taskgroup_examples::treesum::{Batches, Meter, list, sum_batch};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_treesum");

/// Longer than any of these runs may take. Anything longer counts as a hang.
const PATIENCE: Duration = Duration::from_secs(60);

fn tree(files: &[(&[u8], &[u8])]) -> TempDir {
    let dir = TempDir::new().expect("a temporary directory");
    for (name, content) in files {
        let path = dir.path().join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().expect("a file has a parent")).expect("directories");
        fs::write(path, content).expect("a file");
    }
    dir
}

fn run(command: &mut Command) -> Output {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut stdout = child.stdout.take().expect("piped");
    let mut stderr = child.stderr.take().expect("piped");
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes)
    });
    let complaints = thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).map(|_| bytes)
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().expect("a child can be killed");
            panic!("{command:?} hangs");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let collect = |reader: thread::JoinHandle<std::io::Result<Vec<u8>>>| {
        reader.join().expect("reading does not panic").expect("a pipe can be read")
    };
    Output { status, stdout: collect(reader), stderr: collect(complaints) }
}

fn treesum(inside: &Path, arguments: &[&str]) -> Output {
    run(Command::new(PROGRAM).current_dir(inside).args(arguments))
}

/// Returns the output of `find ROOT -type f`, sorted by bytes, and `sha256sum` for the same tree.
fn reference(inside: &Path, root: &str) -> Vec<u8> {
    let script = r#"find "$1" -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum"#;
    let output = run(Command::new("sh").current_dir(inside).args(["-c", script, "sh", root]));
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn lines(stderr: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(stderr).lines().map(str::to_owned).collect()
}

fn code(status: ExitStatus) -> i32 {
    status.code().expect("the program was not killed")
}

#[track_caller]
fn assert_complains(output: &Output, expected: i32, what: &str) {
    assert_eq!(code(output.status), expected, "{output:?}");
    assert_eq!(lines(&output.stderr).len(), 1, "one line: {output:?}");
    assert!(lines(&output.stderr)[0].contains(what), "{what:?} in {output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn every_name_is_printed_as_sha256sum_prints_it() {
    let large = vec![7; 300_000];
    let dir = tree(&[
        (b"empty", b""),
        (b"large", &large),
        (b"new\nline", b"1"),
        (b"back\\slash", b"2"),
        (b"return\r", b"3"),
        (b"all\\\n\r of them", b"4"),
        (b"tab\tand space ", b"5"),
        (b"not text \xff\xfe", b"6"),
        (b"-option", b"7"),
        (b"*star", b"8"),
        (b"dir\nwith\\both/file", b"9"),
        ("grüße".as_bytes(), b"10"),
        (b".hidden/.git/file", b"11"),
    ]);
    let output = treesum(dir.path(), &["."]);
    assert_eq!(output.stdout, reference(dir.path(), "."));
    assert_eq!(code(output.status), 0);
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn paths_are_sorted_by_their_bytes_across_directories() {
    let names: [&[u8]; 9] = [b"a", b"a-b", b"a.txt", b"ab/x", b"a0", b"b/c", b"b-c/d", b"b.d", b"B"];
    let dir = tree(&names.map(|name| (name, name)));
    let output = treesum(dir.path(), &["."]);
    assert_eq!(output.stdout, reference(dir.path(), "."));
}

#[test]
fn the_root_is_printed_as_given() {
    let dir = tree(&[(b"top/sub/file", b"x"), (b"top/other", b"y"), (b"-top/file", b"z")]);
    for root in [".", "top", "top/", "top//", "./top", "top/../top/sub"] {
        let output = treesum(dir.path(), &[root]);
        assert_eq!(output.stdout, reference(dir.path(), root), "{root}");
        assert_eq!(code(output.status), 0);
    }
    assert_eq!(treesum(dir.path(), &[]).stdout, reference(dir.path(), "."));
    assert!(String::from_utf8_lossy(&treesum(dir.path(), &["--", "-top"]).stdout).ends_with("  -top/file\n"));
}

#[test]
fn sha256sum_accepts_the_list_whatever_the_number_of_threads() {
    let files: Vec<(Vec<u8>, Vec<u8>)> =
        (0..2_000).map(|n| (format!("{}/{n}", n % 37).into_bytes(), vec![n as u8; n])).collect();
    let files: Vec<(&[u8], &[u8])> = files.iter().map(|(name, content)| (&name[..], &content[..])).collect();
    let dir = tree(&files);
    let expected = reference(dir.path(), ".");
    for jobs in ["1", "2", "7", "1000"] {
        let output = treesum(dir.path(), &["-j", jobs, "."]);
        assert!(output.stdout == expected, "with {jobs} threads");
    }
    fs::write(dir.path().join("list"), expected).expect("a file");
    let check = run(Command::new("sha256sum").current_dir(dir.path()).args(["-c", "--quiet", "list"]));
    assert!(check.status.success() && check.stdout.is_empty(), "{check:?}");
}

#[test]
fn a_missing_directory() {
    let dir = tree(&[]);
    assert_complains(&treesum(dir.path(), &["nowhere"]), 1, "nowhere: No such file or directory");
    assert_complains(&treesum(dir.path(), &["no\nwhere"]), 1, "no\\nwhere: No such file");
}

#[test]
fn an_empty_directory() {
    let dir = tree(&[]);
    assert_complains(&treesum(dir.path(), &["."]), 0, ".: no files");
}

#[test]
fn a_file_instead_of_a_directory() {
    let dir = tree(&[(b"file", b"x")]);
    assert_complains(&treesum(dir.path(), &["file"]), 1, "file: not a directory");
    assert_complains(&treesum(dir.path(), &["file/"]), 1, "file/: Not a directory");
}

#[test]
fn a_wrong_command_line() {
    let dir = tree(&[]);
    for arguments in [&["-j", "0"][..], &["-j", "many"], &["--no-such-option"], &["two", "directories"]] {
        let output = treesum(dir.path(), arguments);
        assert_eq!(code(output.status), 2, "{output:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{output:?}");
    }
}

#[test]
fn symbolic_links_are_not_followed() {
    let dir = tree(&[(b"top/file", b"x"), (b"elsewhere/file", b"y")]);
    let at = |name: &str| dir.path().join(name);
    symlink("..", at("top/loop")).expect("a link");
    symlink("self", at("top/self")).expect("a link");
    symlink("file", at("top/alias")).expect("a link");
    symlink("../elsewhere", at("top/away")).expect("a link");
    symlink("nowhere", at("top/dangling")).expect("a link");
    let output = treesum(dir.path(), &["top"]);
    assert_eq!(output.stdout, reference(dir.path(), "top"));
    assert_eq!(lines(&output.stdout).len(), 1);
    assert_eq!(code(output.status), 0);

    // The root is the exception, because it is named on the command line.
    symlink("top", at("link")).expect("a link");
    assert_eq!(treesum(dir.path(), &["link"]).stdout, reference(dir.path(), "link/"));
    assert_complains(&treesum(dir.path(), &["top/self"]), 1, "top/self: Too many levels of symbolic links");
}

#[test]
fn what_is_not_a_regular_file_is_passed_over() {
    let dir = tree(&[(b"file", b"x")]);
    let made = run(Command::new("mkfifo").current_dir(dir.path()).arg("pipe"));
    assert!(made.status.success(), "{made:?}");
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).expect("a socket");
    let output = treesum(dir.path(), &["."]);
    assert_eq!(output.stdout, reference(dir.path(), "."));
    assert_eq!(code(output.status), 0);
}

/// Runs the program as a user to whom the file modes apply; root can read everything.
fn treesum_as_nobody(inside: &Path, arguments: &[&str]) -> Output {
    let mut program = PathBuf::from(PROGRAM);
    let home = TempDir::new().expect("a temporary directory");
    let mut command = if fs::read(inside.join("secret")).is_ok() {
        let copy = home.path().join("treesum");
        fs::copy(&program, &copy).expect("a copy");
        for open in [home.path(), inside] {
            fs::set_permissions(open, fs::Permissions::from_mode(0o755)).expect("modes");
        }
        program = copy;
        let mut command = Command::new(&program);
        command.uid(65_534).gid(65_534);
        command
    } else {
        Command::new(&program)
    };
    run(command.current_dir(inside).args(arguments))
}

fn lock(path: PathBuf) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("modes");
}

#[test]
fn an_unreadable_file_has_its_line_and_the_others_are_summed() {
    let dir = tree(&[(b"a", b"1"), (b"secret", b"2"), (b"z", b"3")]);
    let mut expected = lines(&reference(dir.path(), "."));
    expected.retain(|line| !line.ends_with("secret"));
    lock(dir.path().join("secret"));

    let output = treesum_as_nobody(dir.path(), &["."]);
    assert_eq!(lines(&output.stdout), expected);
    assert_eq!(
        lines(&output.stderr),
        ["treesum: ./secret: Permission denied (os error 13)", "treesum: 2 files summed, 1 not readable"]
    );
    assert_eq!(code(output.status), 1);

    assert_complains(&treesum_as_nobody(dir.path(), &["--fail-fast", "."]), 1, "./secret: Permission denied");
}

#[test]
fn an_unreadable_directory_has_its_line_and_the_others_are_summed() {
    let dir = tree(&[(b"a", b"1"), (b"locked/file", b"2"), (b"secret", b"3"), (b"z", b"4")]);
    lock(dir.path().join("locked"));
    lock(dir.path().join("secret"));

    let output = treesum_as_nobody(dir.path(), &["."]);
    assert_eq!(lines(&output.stdout).len(), 2, "{output:?}");
    let stderr = lines(&output.stderr);
    assert!(stderr[0].starts_with("treesum: ./locked: Permission denied"), "{stderr:?}");
    assert!(stderr[1].starts_with("treesum: ./secret: Permission denied"), "{stderr:?}");
    assert_eq!(stderr[2], "treesum: 2 files summed, 2 not readable");
    assert_eq!(code(output.status), 1);

    assert_complains(&treesum_as_nobody(dir.path(), &["--fail-fast", "."]), 1, "./locked: Permission denied");
    fs::set_permissions(dir.path().join("locked"), fs::Permissions::from_mode(0o755)).expect("modes");
}

#[test]
fn a_file_deleted_after_it_was_listed_is_an_unreadable_one() {
    let dir = tree(&[(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]);
    let meter = Meter::hidden();
    let found = list(dir.path(), false, &meter).expect("a list");
    fs::remove_file(dir.path().join("b")).expect("it was there");
    let batch = Batches::new(found.files).next().expect("three files");
    let sums = sum_batch(batch.clone(), false, &meter).expect("no end");
    assert_eq!(sums.iter().map(|(_, digest)| digest.is_some()).collect::<Vec<_>>(), [true, false, true]);
    assert!(sum_batch(batch, true, &meter).is_err());
}

#[test]
fn files_that_come_and_go_while_it_runs_do_no_harm() {
    let dir = tree(&[(b"steady", b"x")]);
    let path = dir.path().to_owned();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let churn = thread::spawn(move || {
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            for n in 0..300 {
                fs::write(path.join(n.to_string()), b"y").expect("a file");
            }
            for n in 0..300 {
                fs::remove_file(path.join(n.to_string())).expect("it was there");
            }
        }
    });
    for _ in 0..30 {
        let output = treesum(dir.path(), &["."]);
        let (out, err) = (lines(&output.stdout), lines(&output.stderr));
        assert!(out.iter().any(|line| line.ends_with("  ./steady")), "{output:?}");
        // Each file that was gone, and the line that counts them.
        assert!(err.iter().rev().skip(1).all(|line| line.contains("No such file or directory")), "{output:?}");
        assert_eq!(code(output.status), i32::from(!err.is_empty()), "{output:?}");
    }
    drop(stop);
    churn.join().expect("no panic");
}

#[test]
fn ctrl_c_ends_it_within_a_second_and_says_how_far_it_got() {
    let dir = tree(&[(b"a", b"1")]);
    // Holes: many minutes of reading, no disk.
    for name in ["b", "c", "d"] {
        fs::File::create(dir.path().join(name)).and_then(|file| file.set_len(1 << 38)).expect("a sparse file");
    }
    let mut child = Command::new(PROGRAM)
        .current_dir(dir.path())
        .args(["-j", "2", "."])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().expect("a child can be waited for").is_none(), "it is still reading");
    let pressed = Instant::now();
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill starts").success());
    while child.try_wait().expect("a child can be waited for").is_none() {
        assert!(pressed.elapsed() < PATIENCE, "it hangs");
        thread::sleep(Duration::from_millis(2));
    }
    let took = pressed.elapsed();
    let output = child.wait_with_output().expect("pipes can be read");
    assert_complains(&output, 130, "interrupted: 1 of 4 files summed, ");
    let (read, all) = lines(&output.stderr)[0]
        .rsplit_once(" of ")
        .map(|(read, all)| (read.to_owned(), all.to_owned()))
        .expect("so much of so much");
    assert!(all == "768.00 GiB" && !read.ends_with(&all), "{output:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_reason_to_complain() {
    let names: Vec<OsString> = (0..3_000).map(|n| OsString::from_vec(format!("{n:0100}").into_bytes())).collect();
    let files: Vec<(&[u8], &[u8])> = names.iter().map(|name| (name.as_bytes(), &b"x"[..])).collect();
    let dir = tree(&files);
    let script = format!("'{PROGRAM}' . | head -n 1");
    let output = run(Command::new("sh").current_dir(dir.path()).args(["-c", &script]));
    assert_eq!(lines(&output.stdout).len(), 1);
    assert!(output.stderr.is_empty(), "{output:?}");
}
