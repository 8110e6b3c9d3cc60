//! `iotda doctor`: what would be used, whether it works, and what to do where it does not.

use std::time::{Duration, SystemTime};

use huaweicloud_iotda::{Client, Signing};

use crate::arguments::{Format, SigningKind};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Cell, Column, Printer, Row, column};
use crate::run::Context;
use crate::settings::Settings;

mod used;

const COLUMNS: &[Column] =
    &[column("step", 0), column("result", 0), column("detail", 0), column("source", 0), column("advice", 0)];

/// The service refuses a signature that is off by more than this.
const LARGEST_SKEW: Duration = Duration::from_secs(15 * 60);
/// What a header of whole seconds and a network's delay make.
const NO_SKEW: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// What would be used.
    Set,
    Ok,
    Warning,
    Failed,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// Tells each step as soon as it is done.
struct Report<'a> {
    format: Format,
    printer: Printer<'a>,
    exit: Exit,
}

pub(crate) async fn run(context: &mut Context, settings: &Settings) -> Result<Exit, Failure> {
    let printer = Printer::new(context.format, COLUMNS, &context.screen);
    let mut report = Report { format: context.format, printer, exit: Exit::Success };
    let client = settings.client();
    report.settings(settings, client.as_ref().ok())?;
    match client {
        // What is missing has been told.
        _ if report.exit != Exit::Success => {}
        Ok(client) => report.check(&client, settings).await?,
        Err(failure) => report.failed("settings", &failure)?,
    }
    let Report { format, printer, exit } = report;
    if format != Format::Table {
        printer.end()?;
    }
    Ok(exit)
}

impl Report<'_> {
    fn step(&mut self, step: &str, outcome: Outcome, detail: &str, source: &str, advice: &str) -> Result<(), Failure> {
        let text = |text: &str| Cell::Text((!text.is_empty()).then(|| text.to_owned()));
        let row: Row = vec![step.into(), outcome.name().into(), text(detail), text(source), text(advice)];
        if self.format != Format::Table {
            return Ok(self.printer.rows(&[row])?);
        }
        let source = if source.is_empty() { String::new() } else { format!("  ({source})") };
        let mut lines = format!("{:<8} {step:<11} {}{source}\n", outcome.name(), detail.replace('\n', "\n    "));
        if !advice.is_empty() {
            lines.push_str(&format!("    {}\n", advice.replace('\n', "\n    ")));
        }
        Ok(output::write(lines.as_bytes())?)
    }

    fn failed(&mut self, step: &str, failure: &Failure) -> Result<(), Failure> {
        if self.exit == Exit::Success {
            self.exit = failure.exit();
        }
        let lines = failure.lines();
        let (first, others) = lines.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        self.step(step, Outcome::Failed, first, "", &others.join("\n"))
    }

    async fn check(&mut self, client: &Client, settings: &Settings) -> Result<(), Failure> {
        self.step("host", Outcome::Ok, &kind(client), "", "")?;
        let signing = match client.signing() {
            Signing::Derived { region } => format!("derived (V11-HMAC-SHA256) for {region}"),
            _ => "standard (SDK-HMAC-SHA256)".to_owned(),
        };
        let signing = match &settings.login {
            Some(login) if login.signs() => signing,
            _ => format!("none, for a token is sent; an access key would make the {signing}"),
        };
        let source = if settings.signing == SigningKind::Auto { "by the host" } else { "option --signing" };
        self.step("signature", Outcome::Ok, &signing, source, "")?;

        let before = SystemTime::now();
        let server_time = match client.server_time().await {
            Ok(time) => time,
            // Nothing else can work.
            Err(error) => return self.failed("connection", &error.into()),
        };
        let took = before.elapsed().unwrap_or_default();
        self.step("connection", Outcome::Ok, &format!("answered within {took:.1?}"), "", "")?;
        self.clock(server_time, before + took / 2)?;

        match client.project_id().await {
            Ok(id) if settings.project_id.is_some() => self.step("project", Outcome::Ok, &id, "as set", "")?,
            Ok(id) => self.step("project", Outcome::Ok, &id, "told by IAM", "")?,
            Err(error) => return self.failed("project", &error.into()),
        }
        match client.list_device_authentication_templates().limit(1).send().await {
            Ok(page) => {
                let templates = page.total.map_or("an unknown number of".to_owned(), |total| total.to_string());
                let request = page.request_id.unwrap_or_else(|| "unknown".to_owned());
                let detail = format!("the service has {templates} templates (request id {request})");
                self.step("call", Outcome::Ok, &detail, "", "")
            }
            Err(error) => self.failed("call", &error.into()),
        }
    }

    fn clock(&mut self, server_time: Option<SystemTime>, ours: SystemTime) -> Result<(), Failure> {
        let Some(theirs) = server_time else {
            return self.step("clock", Outcome::Warning, "the answer tells no time to compare with", "", "");
        };
        let (off, how) = match theirs.duration_since(ours) {
            Ok(off) => (off, "behind"),
            Err(error) => (error.duration(), "ahead of"),
        };
        let advice = "An access key's signature is refused when the clock is off by more than 15 minutes. Set this \
                      machine's clock, by NTP say; a token does without";
        let detail = format!("this machine's clock is {} seconds {how} the service's", off.as_secs());
        match off {
            off if off <= NO_SKEW => self.step("clock", Outcome::Ok, "as the service's", "", ""),
            off if off <= LARGEST_SKEW / 3 => self.step("clock", Outcome::Ok, &detail, "", ""),
            _ => self.step("clock", Outcome::Warning, &detail, "", advice),
        }
    }
}

/// What sort of host the endpoint names.
fn kind(client: &Client) -> String {
    let endpoint = client.endpoint();
    let host = endpoint.split("://").nth(1).unwrap_or(endpoint).split('/').next().unwrap_or_default();
    let kind = if host.contains(".iotda-app.") {
        "the own host of a standard or enterprise instance"
    } else if host.starts_with("iotda.") && host.ends_with(".myhuaweicloud.com") {
        "a region's shared endpoint (basic edition)"
    } else if endpoint.starts_with("http://") {
        "this machine, unencrypted: a test server"
    } else {
        "a name of your own; behind it, say by --signing what an access key must make"
    };
    format!("{host}: {kind}")
}
