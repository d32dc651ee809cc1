//! The charts of `docs/PERFORMANCE.md` are drawn from its own tables: each table of ratios under a heading has
//! `docs/charts/<heading>.svg`. `TASKGROUP_BLESS=1 cargo test -p taskgroup-documents --test charts` draws them again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const HEADER: &str = "| scenario | time | Ir | allocations | bytes | against | time, ours / it | Ir, ours / it |";
/// The width of the names, of a ratio of one, and of the whole. A longer bar than `MOST` is cut off; its number stands beside it.
const NAMES: f64 = 430.0;
const ONE: f64 = 120.0;
const MOST: f64 = 2.5;
const WIDTH: f64 = NAMES + MOST * ONE + 60.0;
const ROW: f64 = 30.0;
/// The height of the title and of the legend.
const TOP: f64 = 64.0;
const TIME: &str = "#3b6ea5";
const INSTRUCTIONS: &str = "#e0a030";

struct Chart<'a> {
    title: &'a str,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    scenario: &'a str,
    against: &'a str,
    /// Ours divided by the peer's, where it is known.
    time: Option<f64>,
    instructions: Option<f64>,
}

/// Reads the tables of ratios, each with the heading above it.
fn charts(page: &str) -> Vec<Chart<'_>> {
    let mut charts: Vec<Chart<'_>> = Vec::new();
    let mut title = "";
    let mut is_inside = false;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            title = heading;
        }
        is_inside = line == HEADER || (is_inside && line.starts_with('|'));
        if line == HEADER {
            charts.push(Chart { title, rows: Vec::new() });
        } else if let (true, false, Some(chart)) = (is_inside, line.starts_with("| ---"), charts.last_mut()) {
            chart.rows.push(row(line).unwrap_or_else(|| panic!("not a row of the table: {line}")));
        }
    }
    charts
}

fn row(line: &str) -> Option<Row<'_>> {
    let [_, scenario, _, _, _, _, against, time, instructions, _] =
        line.split('|').map(str::trim).collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let ratio = |text: &str| text.split(' ').next().and_then(|first| first.parse().ok());
    Some(Row { scenario, against, time: ratio(time), instructions: ratio(instructions) })
}

fn file(chart: &Chart<'_>) -> PathBuf {
    let name: String = (chart.title.to_lowercase().chars())
        .filter_map(|c| if c.is_ascii_alphanumeric() { Some(c) } else { (c == ' ').then_some('-') })
        .collect();
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/charts").join(name).with_extension("svg")
}

fn svg(chart: &Chart<'_>) -> Result<String, std::fmt::Error> {
    let Chart { title, rows } = chart;
    let bottom = TOP + ROW * rows.len() as f64;
    let height = bottom + 14.0;
    let one = NAMES + ONE;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" width=\"{WIDTH:.0}\" \
         height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n\
         <title>{title}: the cost of ours divided by the peer's</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"14\" font-weight=\"bold\" fill=\"#222222\">{title}: ours / the peer's</text>\n\
         <rect x=\"12\" y=\"34\" width=\"10\" height=\"10\" fill=\"{TIME}\"/><text x=\"27\" y=\"43\" fill=\"#222222\">time</text>\n\
         <rect x=\"72\" y=\"34\" width=\"10\" height=\"10\" fill=\"{INSTRUCTIONS}\"/>\
         <text x=\"87\" y=\"43\" fill=\"#222222\">instructions</text>\n\
         <text x=\"{one:.0}\" y=\"52\" text-anchor=\"middle\" fill=\"#b5483f\">alike</text>\n"
    );
    for (index, row) in rows.iter().enumerate() {
        let top = TOP + ROW * index as f64;
        let (scenario, against) = (escaped(row.scenario), escaped(row.against));
        writeln!(out, "<text x=\"12\" y=\"{:.0}\" fill=\"#222222\">{scenario}, {against}</text>", top + 17.0)?;
        for (ratio, colour, from) in [(row.time, TIME, top + 2.0), (row.instructions, INSTRUCTIONS, top + 14.0)] {
            let Some(ratio) = ratio else { continue };
            let width = ratio.min(MOST) * ONE;
            writeln!(
                out,
                "<rect x=\"{NAMES:.0}\" y=\"{from:.0}\" width=\"{width:.1}\" height=\"11\" fill=\"{colour}\"/>\
                 <text x=\"{:.1}\" y=\"{:.0}\" font-size=\"10\" fill=\"#222222\">{ratio:.2}</text>",
                NAMES + width + 4.0,
                from + 9.0
            )?;
        }
    }
    writeln!(
        out,
        "<line x1=\"{one:.0}\" y1=\"{:.0}\" x2=\"{one:.0}\" y2=\"{bottom:.0}\" stroke=\"#b5483f\" stroke-dasharray=\"4 3\"/>",
        TOP - 8.0
    )?;
    out += "</svg>\n";
    Ok(out)
}

fn escaped(text: &str) -> String {
    text.replace('`', "").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn each_table_of_ratios_has_its_chart() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/PERFORMANCE.md");
    let page = fs::read_to_string(path).expect("docs/PERFORMANCE.md");
    let charts = charts(&page);
    let mut wrong = Vec::new();
    for chart in &charts {
        let drawn = svg(chart).expect("a string grows");
        let file = file(chart);
        if env::var_os("TASKGROUP_BLESS").is_some() {
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(&file, &drawn).expect("written");
        }
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        if fs::read_to_string(&file).ok().as_ref() != Some(&drawn) || !page.contains(&format!("charts/{name})")) {
            wrong.push(name);
        }
    }
    assert!(charts.len() >= 4, "the tables have moved");
    assert!(wrong.is_empty(), "not what the table says, or not shown: {wrong:?}");
}
