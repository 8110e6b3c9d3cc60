//! The report: one row for each step.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Cell, Column, Format, Printer, Row, column};

const COLUMNS: &[Column] =
    &[column("step", 0), column("result", 0), column("detail", 0), column("source", 0), column("help", 0)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepResult {
    /// An effective setting; nothing was checked.
    Set,
    Ok,
    Warning,
    Failed,
    /// An alternative that is not used.
    Unused,
}

impl StepResult {
    fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Unused => "unused",
        }
    }
}

/// Prints each step as soon as it is done.
pub(super) struct Report<'a> {
    format: Format,
    printer: Printer<'a>,
    /// The exit status of the first failed step.
    exit: Exit,
}

impl<'a> Report<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        let printer = Printer::new(context.format, COLUMNS, &context.status_line);
        Self { format: context.format, printer, exit: Exit::Success }
    }

    pub(super) fn step(
        &mut self,
        step: &str,
        result: StepResult,
        detail: &str,
        source: &str,
        help: &str,
    ) -> Result<(), Failure> {
        let text = |text: &str| Cell::Text((!text.is_empty()).then(|| text.to_owned()));
        let row: Row = vec![step.into(), result.name().into(), text(detail), text(source), text(help)];
        if self.format != Format::Table {
            return Ok(self.printer.rows(&[row])?);
        }
        let source = if source.is_empty() { String::new() } else { format!("  ({source})") };
        let mut lines = format!("{:<8} {step:<11} {}{source}\n", result.name(), detail.replace('\n', "\n    "));
        if !help.is_empty() {
            lines.push_str(&format!("    {}\n", help.replace('\n', "\n    ")));
        }
        Ok(output::write(lines.as_bytes())?)
    }

    /// Prints an effective setting.
    pub(super) fn setting(&mut self, step: &str, detail: &str, source: &str) -> Result<(), Failure> {
        self.step(step, StepResult::Set, detail, source, "")
    }

    pub(super) fn failed(&mut self, step: &str, failure: &Failure) -> Result<(), Failure> {
        if self.exit == Exit::Success {
            self.exit = failure.exit();
        }
        let lines = failure.lines();
        let (first, others) = lines.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        self.step(step, StepResult::Failed, first, "", &others.join("\n"))
    }

    pub(super) fn has_failed(&self) -> bool {
        self.exit != Exit::Success
    }

    /// Completes the output after the last step.
    pub(super) fn finish(self) -> Result<Exit, Failure> {
        if self.format != Format::Table {
            self.printer.finish()?;
        }
        Ok(self.exit)
    }
}
