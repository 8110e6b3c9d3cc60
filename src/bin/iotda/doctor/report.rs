//! The report: one row for each step.

use crate::context::Context;
use crate::credential_kind::ConfiguredCredential;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Cell, Column, Format, Printer, Row, column};
use crate::status_line::colored;

const COLUMNS: &[Column] =
    &[column("step", 0), column("result", 0), column("detail", 0), column("source", 0), column("help", 0)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepResult {
    /// A setting that was set; nothing was checked.
    Set,
    /// A setting that was not set, and its default.
    Default,
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
            Self::Default => "default",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Unused => "unused",
        }
    }

    /// Returns the escape sequence of its color.
    fn color(self) -> &'static str {
        match self {
            Self::Set => "\x1b[1m",
            Self::Default | Self::Unused => "\x1b[2m",
            Self::Ok => "\x1b[1;32m",
            Self::Warning => "\x1b[1;33m",
            Self::Failed => "\x1b[1;31m",
        }
    }
}

/// Prints each step as soon as it is done.
pub(super) struct Report<'a> {
    format: Format,
    printer: Printer<'a>,
    colored: bool,
    credential: Option<ConfiguredCredential>,
    /// The exit status of the first failed step.
    exit: Exit,
    failed_steps: Vec<String>,
}

impl<'a> Report<'a> {
    pub(super) fn new(context: &'a Context, credential: Option<ConfiguredCredential>) -> Result<Self, Failure> {
        let printer = Printer::new(&context.output, COLUMNS, &context.status_line)?;
        let colored = colored(&console::Term::stdout());
        Ok(Self {
            format: context.output.format,
            printer,
            colored,
            credential,
            exit: Exit::Success,
            failed_steps: Vec::new(),
        })
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
        let (start, end) = if self.colored { (result.color(), "\x1b[0m") } else { ("", "") };
        let detail = detail.replace('\n', "\n    ");
        let mut lines = format!("{start}{:<8}{end} {step:<16} {detail}{source}\n", result.name());
        if !help.is_empty() {
            lines.push_str(&format!("    {}\n", help.replace('\n', "\n    ")));
        }
        Ok(output::write(lines.as_bytes())?)
    }

    /// Prints an effective setting and its source; without one, it is the default.
    pub(super) fn setting(&mut self, step: &str, detail: &str, source: Option<&str>) -> Result<(), Failure> {
        let result = if source.is_some() { StepResult::Set } else { StepResult::Default };
        self.step(step, result, detail, source.unwrap_or_default(), "")
    }

    pub(super) fn failed(&mut self, step: &str, failure: &Failure) -> Result<(), Failure> {
        if self.exit == Exit::Success {
            self.exit = failure.exit();
        }
        self.failed_steps.push(step.to_owned());
        let lines = failure.lines(self.credential);
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
            return Ok(self.exit);
        }
        let summary = match self.failed_steps.as_slice() {
            [] => "\nNo problems were found that prevent calls.\n".to_owned(),
            steps => format!(
                "\nFailed: {}. The lines that start with \"failed\" say why, and what to do\n",
                steps.join(", ")
            ),
        };
        output::write(summary.as_bytes())?;
        Ok(self.exit)
    }
}
