//! `iotda doctor`: prints the effective settings, checks them, and suggests fixes.

use std::time::{Duration, SystemTime};

use huaweicloud_iotda::{Client, Signing};

use crate::arguments::SigningAlgorithm;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

mod effective_settings;
mod report;

use effective_settings::host;
use report::{Report, StepResult};

/// The service rejects a signature if the clocks differ by more than this.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(15 * 60);
/// Differences up to this are caused by the whole seconds of the header and by network latency.
const NEGLIGIBLE_CLOCK_SKEW: Duration = Duration::from_secs(5);

pub(crate) async fn run(context: &mut Context, settings: &Settings) -> Result<Exit, Failure> {
    let mut report = Report::new(context, settings.credential.as_ref().map(|credential| credential.kind))?;
    let client = settings.client();
    effective_settings::print(&mut report, settings, client.as_ref().ok())?;
    match client {
        // The failed settings were printed.
        _ if report.has_failed() => {}
        Ok(client) => check(&mut report, &client, settings).await?,
        Err(failure) => report.failed("settings", &failure)?,
    }
    report.finish()
}

async fn check(report: &mut Report<'_>, client: &Client, settings: &Settings) -> Result<(), Failure> {
    report.step("host", StepResult::Ok, &host_kind(client), "", "")?;
    let algorithm = match client.signing() {
        Signing::Derived { region } => format!("derived (V11-HMAC-SHA256) for {region}"),
        _ => "standard (SDK-HMAC-SHA256)".to_owned(),
    };
    let detail = match &settings.credential {
        Some(credential) if credential.kind.signs_requests() => algorithm,
        _ => format!("not signed, because a token is sent; an access key would use {algorithm}"),
    };
    let source =
        if settings.calls.signing == SigningAlgorithm::Auto { "selected by the host" } else { "option --signing" };
    report.step("signing", StepResult::Ok, &detail, source, "")?;

    let first_host = host(client.endpoint()).to_owned();
    let sent_at = SystemTime::now();
    let server_time = match client.server_time().await {
        Ok(time) => time,
        // All other checks would fail, too.
        Err(error) => return report.failed("connection", &error.into()),
    };
    let elapsed = sent_at.elapsed().unwrap_or_default();
    let responding = host(client.endpoint());
    let detail = format!("response after {elapsed:.1?} from {responding}");
    if responding == first_host {
        report.step("connection", StepResult::Ok, &detail, "", "")?;
    } else {
        let detail = format!("no connection to {first_host}; {detail}");
        let help = "Another endpoint of the list is used. Check why no connection to the first one can be made";
        report.step("connection", StepResult::Warning, &detail, "", help)?;
    }
    check_clock(report, server_time, sent_at + elapsed / 2)?;

    match client.project_id().await {
        // The call checks it.
        Ok(_) if settings.project_id.is_some() => {}
        Ok(id) => {
            let iam = client.iam_endpoint().map_or("IAM", host);
            report.step("project", StepResult::Ok, &id, &format!("looked up via {iam}"), "")?;
        }
        Err(error) => return report.failed("project", &error.into()),
    }
    match client.list_device_authentication_templates().limit(1).send().await {
        Ok(page) => {
            let templates = page.total.map_or("unknown".to_owned(), |total| total.to_string());
            let request = page.request_id.unwrap_or_else(|| "unknown".to_owned());
            let detail = format!("number of templates: {templates} (request ID {request})");
            report.step("call", StepResult::Ok, &detail, "", "")
        }
        Err(error) => report.failed("call", &error.into()),
    }
}

fn check_clock(
    report: &mut Report<'_>,
    server_time: Option<SystemTime>,
    local_time: SystemTime,
) -> Result<(), Failure> {
    let Some(server_time) = server_time else {
        let detail = "not checked: the response has no valid Date header";
        return report.step("clock", StepResult::Warning, detail, "", "");
    };
    let (skew, direction) = match server_time.duration_since(local_time) {
        Ok(skew) => (skew, "behind"),
        Err(error) => (error.duration(), "ahead of"),
    };
    let help = "The service rejects signatures of access keys if the clocks differ by more than 15 minutes. iotda then sends \
                the request again with the service's time, other programs fail. Synchronize this machine's clock, for \
                example with NTP";
    let detail = format!("this machine's clock is {} seconds {direction} the server's clock", skew.as_secs());
    match skew {
        skew if skew <= NEGLIGIBLE_CLOCK_SKEW => {
            report.step("clock", StepResult::Ok, "in sync with the server", "", "")
        }
        skew if skew <= MAX_CLOCK_SKEW / 3 => report.step("clock", StepResult::Ok, &detail, "", ""),
        _ => report.step("clock", StepResult::Warning, &detail, "", help),
    }
}

/// Returns the endpoint's host and its kind.
fn host_kind(client: &Client) -> String {
    let endpoint = client.endpoint();
    let host = host(endpoint);
    let kind = if host.contains(".iotda-app.") {
        "host of a standard or enterprise instance"
    } else if client.region().is_some_and(|region| host.starts_with(&format!("iotda.{region}."))) {
        "shared endpoint of a region (basic edition)"
    } else if endpoint.starts_with("http://") {
        "test server on this machine, unencrypted"
    } else {
        "custom host name; with an access key, set the algorithm of the service behind it with --signing"
    };
    format!("{host}: {kind}")
}
