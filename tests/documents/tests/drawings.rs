//! The drawings of the guide are made from text: each `.svg` in `docs/guide/drawings` is that of the `.txt` beside it.
//! `TASKGROUP_BLESS=1 cargo test -p taskgroup-documents --test drawings` draws them again.
//!
//! The text has a line `title …`, lines `mark AT …` for moments, and lines `lane …`, each followed by the spans of the
//! lane: `FROM-TO KIND …`. Time goes from 0 to 100.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The width of the names of the lanes, of one step of time, and of the whole.
const NAMES: f64 = 96.0;
const STEP: f64 = 6.2;
const WIDTH: f64 = NAMES + 100.0 * STEP + 14.0;
const LANE: f64 = 34.0;
/// The height of the title.
const TOP: f64 = 34.0;

/// The colour of a span, and that of its text.
const KINDS: [(&str, &str, &str); 5] = [
    ("runs", "#3b6ea5", "#ffffff"),
    ("waits", "#dfe3e8", "#333333"),
    ("cleans", "#e0a030", "#222222"),
    ("leaks", "#b5483f", "#ffffff"),
    ("stops", "#8a8f98", "#ffffff"),
];

#[derive(Default)]
struct Drawing<'a> {
    title: &'a str,
    marks: Vec<(f64, &'a str)>,
    lanes: Vec<Lane<'a>>,
}

struct Lane<'a> {
    name: &'a str,
    spans: Vec<Span<'a>>,
}

struct Span<'a> {
    from: f64,
    to: f64,
    kind: &'a str,
    label: &'a str,
}

fn parse(text: &str) -> Option<Drawing<'_>> {
    let mut drawing = Drawing::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ')?;
        let rest = rest.trim();
        match word {
            "title" => drawing.title = rest,
            "mark" => {
                let (at, label) = rest.split_once(' ')?;
                drawing.marks.push((at.parse().ok()?, label));
            }
            "lane" => drawing.lanes.push(Lane { name: rest, spans: Vec::new() }),
            span => {
                let (from, to) = span.split_once('-')?;
                let (kind, label) = rest.split_once(' ').unwrap_or((rest, ""));
                let span = Span { from: from.parse().ok()?, to: to.parse().ok()?, kind, label };
                drawing.lanes.last_mut()?.spans.push(span);
            }
        }
    }
    Some(drawing)
}

fn x(time: f64) -> f64 {
    NAMES + time * STEP
}

fn svg(drawing: &Drawing<'_>) -> Result<String, std::fmt::Error> {
    let Drawing { title, marks, lanes } = drawing;
    let lanes_top = TOP + 16.0 * marks.len() as f64 + 6.0;
    let bottom = lanes_top + LANE * lanes.len() as f64;
    let height = bottom + 12.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" width=\"{WIDTH:.0}\" \
         height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n\
         <title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"14\" font-weight=\"bold\" fill=\"#222222\">{title}</text>\n"
    );
    for (index, lane) in lanes.iter().enumerate() {
        let top = lanes_top + LANE * index as f64;
        let middle = top + LANE / 2.0 + 4.0;
        writeln!(out, "<text x=\"12\" y=\"{middle:.1}\" fill=\"#222222\">{}</text>", lane.name)?;
        for Span { from, to, kind, label } in &lane.spans {
            let (_, fill, text) = KINDS.iter().find(|(name, ..)| name == kind).expect("a kind of span");
            let (left, width) = (x(*from), (to - from) * STEP);
            writeln!(
                out,
                "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" rx=\"3\" fill=\"{fill}\"/>",
                top + 4.0,
                LANE - 8.0
            )?;
            if !label.is_empty() {
                let center = left + width / 2.0;
                writeln!(
                    out,
                    "<text x=\"{center:.1}\" y=\"{middle:.1}\" text-anchor=\"middle\" fill=\"{text}\">{label}</text>"
                )?;
            }
        }
    }
    for (index, (at, label)) in marks.iter().enumerate() {
        let (left, top) = (x(*at), TOP + 16.0 * index as f64);
        // A label that would end outside begins at the left of its line.
        let (anchor, side) = if *at > 70.0 { ("end", left - 5.0) } else { ("start", left + 5.0) };
        writeln!(
            out,
            "<line x1=\"{left:.1}\" y1=\"{top:.1}\" x2=\"{left:.1}\" y2=\"{bottom:.1}\" stroke=\"#b5483f\" \
             stroke-dasharray=\"4 3\"/>\n\
             <text x=\"{side:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\" fill=\"#b5483f\">{label}</text>",
            top + 12.0
        )?;
    }
    out += "</svg>\n";
    Ok(out)
}

fn texts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/drawings");
    let entries = fs::read_dir(folder).expect("the drawings");
    let mut texts: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    texts.sort();
    texts
}

#[test]
fn each_drawing_is_that_of_its_text() {
    let mut wrong = Vec::new();
    for path in texts() {
        let text = fs::read_to_string(&path).expect("a text");
        let drawing = parse(&text).unwrap_or_else(|| panic!("{} cannot be read", path.display()));
        let drawn = svg(&drawing).expect("a string grows");
        let file = path.with_extension("svg");
        if env::var_os("TASKGROUP_BLESS").is_some() {
            fs::write(&file, &drawn).expect("written");
        }
        if fs::read_to_string(&file).ok().as_ref() != Some(&drawn) {
            wrong.push(file);
        }
    }
    assert!(texts().len() >= 4, "the texts have moved");
    assert!(wrong.is_empty(), "not what their texts say: {wrong:#?}");
}

/// Text that ends outside of its span, or two spans of one lane at one time, cannot be read.
#[test]
fn the_labels_of_a_drawing_have_room() {
    for path in texts() {
        let text = fs::read_to_string(&path).expect("a text");
        let drawing = parse(&text).expect("a drawing");
        for lane in &drawing.lanes {
            let mut end = 0.0;
            for Span { from, to, label, .. } in &lane.spans {
                let needs = 6.2 * label.chars().count() as f64;
                let (lane, file) = (lane.name, path.display());
                assert!(needs <= (to - from) * STEP, "{file}: {lane}: `{label}` does not fit");
                assert!(*from >= end && to > from && *to <= 100.0, "{file}: {lane}: {from}-{to} is out of order");
                end = *to;
            }
        }
    }
}

#[test]
fn a_text_that_is_not_a_drawing_is_refused() {
    assert!(parse("title a\nlane b\n0-5 runs\n5-9 waits for b").is_some());
    for wrong in ["title", "lane a\n0 runs", "0-5 runs", "mark x y", "mark 5"] {
        assert!(parse(wrong).is_none(), "{wrong}");
    }
}
