//! The picture in README.md and docs/ is drawn from the output of `iotda` on a terminal.
//! `./x picture` draws it again.

use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect_file;
use huaweicloud_iotda::mock::MockServer;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::terminal::{Terminal, run_blocking};

const COMMAND: &str = "iotda --demo devices --summary 61c970ce2d63eb6ee655dbf0 61c970ce2d63eb6ee655dbf1 --top 5";
const COLUMNS: u16 = 104;

/// The size of a character and the margin, in pixels.
const CHAR_WIDTH: f64 = 8.4;
const LINE_HEIGHT: usize = 20;
const MARGIN: usize = 16;

/// The characters of a URL that Markdown or a browser would not accept, or that end a Markdown link.
const IN_URL: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'(').add(b')');

/// A part of a line: characters of one kind.
#[derive(Debug, PartialEq)]
enum Part<'a> {
    Text(&'a str),
    /// A bar, in eighths of a character.
    Bar(usize),
}

/// Returns the number of eighths that a block fills.
fn eighths(letter: char) -> Option<usize> {
    "▏▎▍▌▋▊▉█".chars().position(|block| block == letter).map(|index| index + 1)
}

/// Returns the parts of a line with the columns at which they start. Spaces are not a part.
fn parts(line: &str) -> Vec<(usize, Part<'_>)> {
    let mut parts = Vec::new();
    let mut column = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        let eighths: Option<usize> = word.chars().map(eighths).sum();
        match eighths {
            Some(0) => {}
            Some(eighths) => parts.push((column, Part::Bar(eighths))),
            None => parts.push((column, Part::Text(word))),
        }
        column += length + 1;
    }
    parts
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Draws the lines of a terminal. The first one is the command, the second one the header.
fn svg(lines: &[String]) -> String {
    let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let width = (columns as f64 * CHAR_WIDTH).ceil() as usize + 2 * MARGIN;
    let height = lines.len() * LINE_HEIGHT + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\">\n\
         <title>Devices by certificate, product, resource space and gateway</title>\n\
         <style>\n\
         text {{ font: 14px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328 }}\n\
         .page {{ fill: #f6f8fa }} .bar {{ fill: #0969da }} .bold {{ font-weight: bold }}\n\
         @media (prefers-color-scheme: dark) {{\n\
         text {{ fill: #e6edf3 }} .page {{ fill: #161b22 }} .bar {{ fill: #4493f8 }}\n\
         }}\n\
         </style>\n\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n"
    );
    for (number, line) in lines.iter().enumerate() {
        for (column, part) in parts(line) {
            let (x, y) = (MARGIN as f64 + column as f64 * CHAR_WIDTH, MARGIN + number * LINE_HEIGHT);
            // Writing to a string cannot fail.
            let _ = match part {
                Part::Text(text) => {
                    let class = if number == 1 { " class=\"bold\"" } else { "" };
                    let length = text.chars().count() as f64 * CHAR_WIDTH;
                    writeln!(
                        svg,
                        "<text{class} x=\"{x:.1}\" y=\"{}\" textLength=\"{length:.1}\">{}</text>",
                        y + 15,
                        escaped(text)
                    )
                }
                Part::Bar(eighths) => {
                    let width = eighths as f64 / 8.0 * CHAR_WIDTH;
                    writeln!(
                        svg,
                        "<rect class=\"bar\" x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"14\"/>",
                        y + 3
                    )
                }
            };
        }
    }
    svg + "</svg>\n"
}

#[tokio::test]
async fn picture_shows_the_output() {
    let server = MockServer::start().await.expect("a port");
    let arguments: Vec<_> = COMMAND.split(' ').skip(1).collect();
    let mut terminal = Terminal::start(&server, COLUMNS, &arguments, &[("LC_ALL", "C.UTF-8")]);
    let (status, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    assert_eq!(status, Some(0));
    let lines: Vec<_> = [format!("$ {COMMAND}")].into_iter().chain(terminal.lines()).collect();
    let svg = svg(&lines);
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
    expect_file![images.join("summary.svg")].assert_eq(&svg);
    // rustdoc cannot include files, so its pages contain the picture as a URL.
    let url = utf8_percent_encode(svg.trim_end(), IN_URL).to_string();
    expect_file![images.join("summary.md")].assert_eq(&format!("[summary]: data:image/svg+xml,{url}\n"));
}

#[test]
fn bars_and_words_are_the_parts_of_a_line() {
    let expected = [(0, Part::Text("all")), (5, Part::Text("-")), (8, Part::Bar(20))];
    assert_eq!(parts("all  -  ██▌"), expected);
}
