//! `iotda doctor`: prints the effective settings, checks them, and suggests fixes.

use std::time::{Duration, SystemTime};

use huaweicloud_iotda::{Client, Signing};

use crate::arguments::{Format, SigningAlgorithm};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Cell, Column, Printer, Row, column};
use crate::run::Context;
use crate::settings::Settings;

mod effective_settings;

const COLUMNS: &[Column] =
    &[column("step", 0), column("result", 0), column("detail", 0), column("source", 0), column("help", 0)];

/// The service rejects a signature if the clocks differ by more than this.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(15 * 60);
/// Differences up to this are caused by the whole seconds of the header and by network latency.
const NEGLIGIBLE_CLOCK_SKEW: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StepResult {
    /// An effective setting; nothing was checked.
    Set,
    Ok,
    Warning,
    Failed,
}

impl StepResult {
    fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// Prints each step as soon as it is done.
struct Report<'a> {
    format: Format,
    printer: Printer<'a>,
    exit: Exit,
}

pub(crate) async fn run(context: &mut Context, settings: &Settings) -> Result<Exit, Failure> {
    let printer = Printer::new(context.format, COLUMNS, &context.status_line);
    let mut report = Report { format: context.format, printer, exit: Exit::Success };
    let client = settings.client();
    report.settings(settings, client.as_ref().ok())?;
    match client {
        // The failed settings were printed.
        _ if report.exit != Exit::Success => {}
        Ok(client) => report.check(&client, settings).await?,
        Err(failure) => report.failed("settings", &failure)?,
    }
    let Report { format, printer, exit } = report;
    if format != Format::Table {
        printer.finish()?;
    }
    Ok(exit)
}

impl Report<'_> {
    fn step(&mut self, step: &str, result: StepResult, detail: &str, source: &str, help: &str) -> Result<(), Failure> {
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

    fn failed(&mut self, step: &str, failure: &Failure) -> Result<(), Failure> {
        if self.exit == Exit::Success {
            self.exit = failure.exit();
        }
        let lines = failure.lines();
        let (first, others) = lines.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        self.step(step, StepResult::Failed, first, "", &others.join("\n"))
    }

    async fn check(&mut self, client: &Client, settings: &Settings) -> Result<(), Failure> {
        self.step("host", StepResult::Ok, &host_kind(client), "", "")?;
        let signing = match client.signing() {
            Signing::Derived { region } => format!("derived (V11-HMAC-SHA256) for {region}"),
            _ => "standard (SDK-HMAC-SHA256)".to_owned(),
        };
        let signing = match &settings.credential {
            Some(credential) if credential.kind.signs_requests() => signing,
            _ => format!("not signed, because a token is sent; an access key would use {signing}"),
        };
        let source =
            if settings.signing == SigningAlgorithm::Auto { "selected by the host" } else { "option --signing" };
        self.step("signing", StepResult::Ok, &signing, source, "")?;

        let sent_at = SystemTime::now();
        let server_time = match client.server_time().await {
            Ok(time) => time,
            // All other checks would fail, too.
            Err(error) => return self.failed("connection", &error.into()),
        };
        let elapsed = sent_at.elapsed().unwrap_or_default();
        self.step("connection", StepResult::Ok, &format!("response after {elapsed:.1?}"), "", "")?;
        self.clock(server_time, sent_at + elapsed / 2)?;

        match client.project_id().await {
            Ok(id) if settings.project_id.is_some() => self.step("project", StepResult::Ok, &id, "as set", "")?,
            Ok(id) => self.step("project", StepResult::Ok, &id, "looked up via IAM", "")?,
            Err(error) => return self.failed("project", &error.into()),
        }
        match client.list_device_authentication_templates().limit(1).send().await {
            Ok(page) => {
                let templates = page.total.map_or("unknown".to_owned(), |total| total.to_string());
                let request = page.request_id.unwrap_or_else(|| "unknown".to_owned());
                let detail = format!("number of templates: {templates} (request ID {request})");
                self.step("call", StepResult::Ok, &detail, "", "")
            }
            Err(error) => self.failed("call", &error.into()),
        }
    }

    fn clock(&mut self, server_time: Option<SystemTime>, local_time: SystemTime) -> Result<(), Failure> {
        let Some(server_time) = server_time else {
            let detail = "not checked: the response has no valid Date header";
            return self.step("clock", StepResult::Warning, detail, "", "");
        };
        let (skew, direction) = match server_time.duration_since(local_time) {
            Ok(skew) => (skew, "behind"),
            Err(error) => (error.duration(), "ahead of"),
        };
        let help = "The service rejects access key signatures if the clocks differ by more than 15 minutes. Synchronize \
                    this machine's clock, for example with NTP; tokens are not affected";
        let detail = format!("this machine's clock is {} seconds {direction} the server's clock", skew.as_secs());
        match skew {
            skew if skew <= NEGLIGIBLE_CLOCK_SKEW => {
                self.step("clock", StepResult::Ok, "in sync with the server", "", "")
            }
            skew if skew <= MAX_CLOCK_SKEW / 3 => self.step("clock", StepResult::Ok, &detail, "", ""),
            _ => self.step("clock", StepResult::Warning, &detail, "", help),
        }
    }
}

/// Returns the endpoint's host and its kind.
fn host_kind(client: &Client) -> String {
    let endpoint = client.endpoint();
    let host = endpoint.split("://").nth(1).unwrap_or(endpoint).split('/').next().unwrap_or_default();
    let kind = if host.contains(".iotda-app.") {
        "host of a standard or enterprise instance"
    } else if host.starts_with("iotda.") && host.ends_with(".myhuaweicloud.com") {
        "shared endpoint of a region (basic edition)"
    } else if endpoint.starts_with("http://") {
        "test server on this machine, unencrypted"
    } else {
        "custom host name; with an access key, set the algorithm of the service behind it with --signing"
    };
    format!("{host}: {kind}")
}
