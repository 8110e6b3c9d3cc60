//! Lines on standard error.

use std::io::{self, Write};

/// Writes lines to standard error, all but the first one indented. Errors are ignored, because they can't be reported.
pub(crate) fn eprint_lines(lines: &[String]) {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { "  " });
        text.push_str(line);
        text.push('\n');
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
