//! The source keeps to the layers that `DEVELOPMENT.md` lists, and its files and functions stay short.
//!
//! The blocks that begin with "```layers" there list the rooms of a `src` folder from top to bottom. A room `x` is `x.rs`
//! with everything in `x/`, unless the block lists rooms inside `x/` too: then each file of that folder has to be listed.
//! A room may import from itself and from the lines below its own. Every `use` of `crate`, `self` and `super` is read, and
//! every path of that kind in the code; modules under `#[cfg(test)]` are left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The longest file, in lines.
const MOST_LINES: usize = 450;

/// The longest function, from the line of its `fn` to that of its closing brace. Blank lines, and lines that are nothing
/// but a comment, are not counted: an explanation should cost nothing. Only braces are counted, after comments and the
/// contents of literals have been blanked out; a function inside another counts in both.
const MOST_LINES_IN_A_FUNCTION: usize = 70;

/// The source below one `src` folder: the path of each file without `.rs`, and its code.
struct Source {
    folder: String,
    rooms: Vec<Vec<String>>,
    files: BTreeMap<String, String>,
}

/// Replaces comments, and what is inside literals, by spaces. Lines stay as they are.
fn code_only(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let raw = rest.strip_prefix('r').map(|raw| raw.trim_start_matches('#')).filter(|raw| raw.starts_with('"'));
        let is_word = code.ends_with(|char: char| char.is_alphanumeric() || char == '_');
        let escaped =
            ["'\\''", "'\\\\'", "'\"'", "'{'", "'}'", "'\\\"'"].into_iter().find(|char| rest.starts_with(char));
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = raw.filter(|_| !is_word) {
            let start = rest.len() - raw.len() + 1;
            let end = format!("\"{}", "#".repeat(start - 2));
            rest[start..].find(&end).map_or(rest.len(), |found| start + found + end.len())
        } else if first == '"' {
            let mut is_escaped = false;
            let ends = |char: char| {
                let ends = char == '"' && !is_escaped;
                is_escaped = char == '\\' && !is_escaped;
                ends
            };
            rest[1..].find(ends).map_or(rest.len(), |end| end + 2)
        } else if let Some(char) = escaped {
            char.len()
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..length].chars().map(|char| if char == '\n' { '\n' } else { ' ' }));
        rest = &rest[length..];
    }
    code
}

/// The length of the block that begins with the first `{`, that brace included.
fn block(code: &str) -> Option<usize> {
    let start = code.find('{')?;
    let mut depth = 0;
    let end = code[start..].find(|char| {
        depth += i32::from(char == '{') - i32::from(char == '}');
        depth == 0
    });
    end.map(|end| start + end + 1)
}

/// The code without its `#[cfg(test)] mod name { … }`.
fn without_tests(code: &str) -> String {
    const TEST: &str = "#[cfg(test)]\nmod ";
    match code.find(TEST) {
        Some(start) if code[start..].find('{') < code[start..].find(';') || !code[start..].contains(';') => {
            let end = block(&code[start..]).map_or(code.len(), |length| start + length);
            format!("{}{}", &code[..start], without_tests(&code[end..]))
        }
        _ => code.to_owned(),
    }
}

/// Every path in a tree of imports, its segments separated by `::`.
fn expand(tree: &str, before: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let (head, nested) = tree.split_once('{').map_or((tree, None), |(head, nested)| (head, Some(nested)));
    let head = head.split(" as ").next().unwrap_or_default().split_whitespace().collect::<String>();
    let Some(nested) = nested else { return paths.push(format!("{before}{head}")) };
    let nested = nested.rsplit_once('}').map_or(nested, |(nested, _)| nested);
    let (mut depth, mut start) = (0, 0);
    for (at, char) in nested.char_indices().chain([(nested.len(), ',')]) {
        depth += i32::from(char == '{') - i32::from(char == '}');
        if char == ',' && depth == 0 {
            if !nested[start..at].trim().is_empty() {
                expand(&nested[start..at], &format!("{before}{head}"), paths);
            }
            start = at + 1;
        }
    }
}

/// The paths that a file names, those of its imports first, then those in its code that begin with `crate` or `super`.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut at = 0;
    let ends_word = |text: &str| text.ends_with(|char: char| char.is_alphanumeric() || char == '_' || char == '$');
    while let Some(found) = ["use ", "crate::", "super::"].iter().filter_map(|word| code[at..].find(word)).min() {
        let start = at + found;
        let rest = &code[start..];
        at = start + 4;
        if ends_word(&code[..start]) {
            continue;
        }
        if let Some(tree) = rest.strip_prefix("use ") {
            let length = tree.find(';').unwrap_or(tree.len());
            expand(&tree[..length], "", &mut paths);
            at += length;
        } else {
            let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == ':';
            let length = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
            paths.push(rest[..length].to_owned());
            at = start + length;
        }
    }
    paths
}

impl Source {
    fn read(root: &Path, folder: &str, rooms: Vec<Vec<String>>) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![root.join(folder)];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next).expect("a readable folder") {
                let path = entry.expect("an entry").path();
                let below = path.strip_prefix(root.join(folder)).expect("a path below it").with_extension("");
                let name = below.to_str().expect("a path in Unicode").replace('\\', "/");
                if name == "tests" {
                    continue; // the tests of the macros
                } else if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    files.insert(name, fs::read_to_string(&path).expect("a text file"));
                }
            }
        }
        Self { folder: folder.to_owned(), rooms, files }
    }

    /// The file that a path leads to from `file`, if it is one of this crate: the last module on the way.
    fn target(&self, file: &str, path: &str) -> Option<String> {
        let mut module: Vec<&str> = if file == "lib" { Vec::new() } else { file.split('/').collect() };
        let is_file = |module: &[&str], next: &str| {
            let below = module.iter().copied().chain([next]).collect::<Vec<_>>().join("/");
            self.files.contains_key(&below)
        };
        let mut is_ours = false;
        for segment in path.split("::") {
            match segment {
                "crate" => module.clear(),
                "super" => drop(module.pop()),
                "self" => {}
                _ if is_file(&module, segment) => module.push(segment),
                _ if is_ours => break,
                _ => return None,
            }
            is_ours = true;
        }
        Some(if module.is_empty() { "lib".to_owned() } else { module.join("/") })
    }

    /// Which files each file imports from.
    fn imports(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let imports = self.files.iter().map(|(file, text)| {
            let code = without_tests(&code_only(text));
            let targets = paths(&code).into_iter().filter_map(|path| self.target(file, &path));
            (file.as_str(), targets.filter(|target| target != file).collect())
        });
        imports.collect()
    }

    /// The room of a file, and the line on which it is listed.
    fn room(&self, file: &str) -> Option<(usize, &str)> {
        let rooms =
            || self.rooms.iter().enumerate().flat_map(|(line, rooms)| rooms.iter().map(move |room| (line, room)));
        let is_split = |folder: &str| rooms().any(|(_, room)| room.starts_with(&format!("{folder}/")));
        let has = |room: &str| room == file || (file.starts_with(&format!("{room}/")) && !is_split(room));
        rooms().find(|(_, room)| has(room)).map(|(line, room)| (line, room.as_str()))
    }

    /// A circle of imports through `start`, as the files on it.
    fn circle(imports: &BTreeMap<&str, BTreeSet<String>>, start: &str) -> Option<Vec<String>> {
        let mut from: BTreeMap<String, String> = BTreeMap::new();
        let mut next = vec![start.to_owned()];
        while let Some(file) = next.pop() {
            for target in imports.get(file.as_str()).into_iter().flatten() {
                if target == start {
                    let mut circle = vec![start.to_owned(), file];
                    while let Some(before) = circle.last().and_then(|file| from.get(file)) {
                        circle.push(before.clone());
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !from.contains_key(target) {
                    from.insert(target.clone(), file.clone());
                    next.push(target.clone());
                }
            }
        }
        None
    }

    fn mistakes(&self) -> Vec<String> {
        let folder = &self.folder;
        let mut mistakes = Vec::new();
        let imports = self.imports();
        for (file, targets) in &imports {
            let Some((line, room)) = self.room(file) else {
                mistakes.push(format!(
                    "{folder}/{file}.rs is in no room: add it to the block of {folder} in DEVELOPMENT.md, below all that \
                     import it and above all that it imports"
                ));
                continue;
            };
            for target in targets {
                match self.room(target) {
                    Some((below, other)) if other != room && below <= line => mistakes.push(format!(
                        "{folder}: {file}.rs -> {target}.rs runs upward, from `{room}` to `{other}`: move what is imported \
                         below `{room}`, or pass it in as an argument or a trait"
                    )),
                    _ => {}
                }
            }
        }
        // A circle through several rooms has an import that runs upward, which is reported already.
        let mut within_rooms = imports.clone();
        for (file, targets) in &mut within_rooms {
            targets.retain(|target| self.room(target) == self.room(file));
        }
        let mut seen = BTreeSet::new();
        for file in within_rooms.keys() {
            let circle = if seen.contains(*file) { None } else { Self::circle(&within_rooms, file) };
            if let Some(circle) = circle {
                let files = circle.iter().map(|file| format!("{file}.rs")).collect::<Vec<_>>().join(" -> ");
                mistakes.push(format!("{folder}: {files} is a circle: move what they share to a file below them"));
                seen.extend(circle);
            }
        }
        mistakes
    }

    fn too_long(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        for (file, text) in &self.files {
            let lines = text.lines().count();
            if lines > MOST_LINES {
                mistakes.push(format!("{}/{file}.rs has {lines} lines: split it by what it does", self.folder));
            }
            for (name, lines) in functions(&code_only(text)) {
                if lines > MOST_LINES_IN_A_FUNCTION {
                    let folder = &self.folder;
                    mistakes.push(format!("{folder}/{file}.rs: `{name}` has {lines} lines: split it by what it does"));
                }
            }
        }
        mistakes
    }
}

/// The functions with a body, and how many lines of code each has.
fn functions(code: &str) -> Vec<(&str, usize)> {
    let starts = code.match_indices("fn ").filter(|(at, _)| {
        !code[..*at].ends_with(|char: char| char.is_alphanumeric() || char == '_') && !code[..*at].ends_with('(')
    });
    let with_body = starts.filter_map(|(start, word)| {
        let rest = &code[start..];
        let length = block(rest).filter(|_| rest.find('{') < Some(rest.find(';').unwrap_or(rest.len())))?;
        let name = rest[word.len()..].split(|char: char| !char.is_alphanumeric() && char != '_').next()?;
        Some((name, rest[..length].lines().filter(|line| !line.trim().is_empty()).count()))
    });
    with_body.collect()
}

/// The sources for which `DEVELOPMENT.md` lists rooms.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("DEVELOPMENT.md")).expect("DEVELOPMENT.md");
    let blocks = text.split("\n```layers ").skip(1).map(|block| {
        let (folder, block) = block.split_once('\n').expect("a block with lines");
        let lines = block.lines().take_while(|line| *line != "```");
        let rooms = lines.map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
        let rooms = rooms.map(|rooms| rooms.map(str::to_owned).collect()).collect();
        Source::read(&root, folder.trim(), rooms)
    });
    let sources: Vec<_> = blocks.collect();
    assert_eq!(sources.len(), 2, "DEVELOPMENT.md lists the rooms of runtime/src and of macros/src");
    sources
}

#[test]
fn imports_run_downward_and_in_no_circle() {
    let mistakes: Vec<_> = sources().iter().flat_map(Source::mistakes).collect();
    assert!(mistakes.is_empty(), "{} imports to mend:\n{}", mistakes.len(), mistakes.join("\n"));
}

#[test]
fn every_room_that_is_listed_exists() {
    for source in sources() {
        for room in source.rooms.iter().flatten() {
            assert!(source.files.contains_key(room), "{} has no {room}.rs: DEVELOPMENT.md lists it", source.folder);
        }
    }
}

#[test]
fn files_and_functions_are_short() {
    let mistakes: Vec<_> = sources().iter().flat_map(Source::too_long).collect();
    assert!(mistakes.is_empty(), "{} to split:\n{}", mistakes.len(), mistakes.join("\n"));
}

#[test]
fn imports_are_resolved_to_files() {
    let files = ["lib", "a", "a/b", "a/c", "d"].map(|file| (file.to_owned(), String::new()));
    let source = Source { folder: String::new(), rooms: Vec::new(), files: files.into() };
    let code = code_only(
        "use crate::{a::{self, b::{X, Y as Z}}, d}; // use crate::nowhere;\n\
         pub(crate) use super::c::*;\nuse std::fmt;\nfn f() -> impl Sized + use<'_> { $crate::a::g(\"crate::d\"); crate::a::h() }",
    );
    let targets: Vec<_> = paths(&code).iter().filter_map(|path| source.target("a/b", path)).collect();
    assert_eq!(targets, ["a", "a/b", "a/b", "d", "a/c", "a"]);
    let tested = "use a;\n#[cfg(test)]\nmod tests {\n    fn f() {}\n}\nuse b;";
    assert_eq!(without_tests(tested), "use a;\n\nuse b;");
    assert_eq!(functions("fn f() {\n\n    g();\n}\ntrait T { fn h(); }\nfn i() {}"), [("f", 3), ("i", 1)]);
}

#[test]
fn upward_imports_circles_and_unknown_files_are_found() {
    let files = [("lib", ""), ("a", "use self::c::X;"), ("a/c", "use super::Y;"), ("b", "use crate::a::Z;"), ("d", "")];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let rooms = ["lib", "a", "b"].map(|room| vec![room.to_owned()]);
    let source = Source { folder: "src".to_owned(), rooms: rooms.into(), files: files.into() };
    let mistakes = source.mistakes();
    let begins = ["src: b.rs -> a.rs runs upward", "src/d.rs is in no room", "src: a.rs -> a/c.rs -> a.rs is a circle"];
    assert_eq!(mistakes.len(), begins.len(), "{mistakes:?}");
    for (mistake, begin) in mistakes.iter().zip(begins) {
        assert!(mistake.starts_with(begin), "{mistake}");
    }
}
