//! The effective settings and their origins, without secrets.

use huaweicloud_iotda::{Client, Route};

use super::report::{Report, StepResult};
use crate::failure::Failure;
use crate::settings::{CredentialSetting, Setting, Settings};

const NOT_SET: &str = "not set";

/// Prints all settings, including all that are missing. `client` is `None` if a setting is missing or invalid.
pub(super) fn print(report: &mut Report<'_>, settings: &Settings, client: Option<&Client>) -> Result<(), Failure> {
    let Settings { endpoint, region, cloud, project_id, project_name, instance_id, iam_endpoint, .. } = settings;
    let implied_region = match (region, client.map(Client::region)) {
        (None, Some(Some(region))) => format!("{region}, from the endpoint's host name"),
        (None, Some(None)) => "none (not implied by the endpoint)".to_owned(),
        _ => "from the endpoint's host name, if it contains one".to_owned(),
    };
    let iam = match client.map(Client::iam_endpoint) {
        Some(Some(endpoint)) => endpoint,
        Some(None) => "none (not implied by the endpoint)",
        None => "that of the endpoint's region and cloud",
    };
    let project = project_id.clone().or_else(|| project_name.clone());
    let steps: [(&str, &Option<Setting>, &str); 6] = [
        ("endpoint", endpoint, "shared endpoint of the region"),
        ("region", region, &implied_region),
        ("cloud", cloud, ""),
        ("project", &project, "the region's project, looked up via IAM"),
        ("instance", instance_id, "none (some instances require --instance-id)"),
        ("IAM", iam_endpoint, iam),
    ];
    let region_mismatch = settings.region_mismatch();
    for (step, setting, default) in steps {
        match setting {
            Some(_) if step == "region" && region_mismatch.is_some() => {}
            Some(setting) => print_setting(report, settings, step, setting)?,
            None if step == "endpoint" && region.is_none() => report.failed(step, &Settings::missing_endpoint())?,
            None if default.is_empty() => {}
            None => report.setting(step, default, NOT_SET)?,
        }
        if let Some(failure) = region_mismatch.as_ref().filter(|_| step == "region") {
            report.failed(step, failure)?;
        }
    }
    print_credential(report, settings)?;
    print_proxy(report, settings, client)?;
    print_call_options(report, settings)
}

fn print_setting(report: &mut Report<'_>, settings: &Settings, step: &str, setting: &Setting) -> Result<(), Failure> {
    match settings.setting_failure(setting) {
        Some(failure) => report.failed(step, &failure),
        None => {
            let is_name = settings.project_id.is_none() && settings.project_name.as_ref() == Some(setting);
            let lookup = if is_name { ", looked up via IAM" } else { "" };
            report.setting(step, &format!("{}{lookup}", setting.shown()), &setting.origin.to_string())
        }
    }
}

/// Prints the credential, and the variables without an effect.
fn print_credential(report: &mut Report<'_>, settings: &Settings) -> Result<(), Failure> {
    let invalid = settings.invalid_credential();
    match (settings.credential_failure.as_ref().or(invalid.as_ref()), &settings.credential) {
        (Some(failure), _) => report.failed("credential", failure)?,
        (None, Some(credential)) => {
            let (kind, origin) = (credential.kind.to_string(), credential.origin.to_string());
            match credential.warning() {
                Some(warning) => report.step("credential", StepResult::Warning, &kind, &origin, &warning)?,
                None => report.setting("credential", &kind, &origin)?,
            }
        }
        (None, None) => report.failed("credential", &CredentialSetting::missing())?,
    }
    let unsupported = Client::unsupported_variables();
    if unsupported.is_empty() {
        return Ok(());
    }
    let help = "The official SDKs or the Terraform provider read these variables; iotda does not";
    report.step("variables", StepResult::Warning, &format!("no effect: {}", unsupported.join(", ")), "", help)
}

/// Prints the way to each host. Without a client, only a proxy variable that cannot be used is printed.
fn print_proxy(report: &mut Report<'_>, settings: &Settings, client: Option<&Client>) -> Result<(), Failure> {
    let Some(client) = client else {
        return match settings.network_failure() {
            Some(failure) => report.failed("network", &failure),
            None => Ok(()),
        };
    };
    let mut urls = vec![client.endpoint()];
    urls.extend(client.iam_endpoint().filter(|iam| host(iam) != host(client.endpoint())));
    let routes: Vec<_> = urls.into_iter().map(|url| (host(url), client.route(url))).collect();
    if routes.iter().all(|(_, route)| *route == routes[0].1) && !matches!(routes[0].1, Route::Proxy { .. }) {
        let (detail, source) = describe(&routes[0].1);
        return report.setting("proxy", &detail, &source);
    }
    for (host, route) in routes {
        let (detail, source) = describe(&route);
        report.setting("proxy", &format!("{host}: {detail}"), &source)?;
    }
    Ok(())
}

/// Describes a route, and returns its source.
fn describe(route: &Route) -> (String, String) {
    let source = |variable: &Option<&str>, otherwise: &str| match variable {
        Some(name) => format!("variable {name}"),
        None => otherwise.to_owned(),
    };
    match route {
        Route::Proxy { host, variable, .. } => (format!("through {host}"), source(variable, "operating system")),
        Route::Direct { reason, variable, .. } => (format!("none, because {reason}"), source(variable, NOT_SET)),
        _ => ("unknown".to_owned(), String::new()),
    }
}

/// Prints root certificates, timeout, retries and rate limit.
fn print_call_options(report: &mut Report<'_>, settings: &Settings) -> Result<(), Failure> {
    let source = |is_set: bool, option: &str| if is_set { format!("option {option}") } else { NOT_SET.to_owned() };
    let Settings { timeout, retries, rate_limit, ca_file, .. } = settings;
    if let Some(path) = ca_file {
        let detail = format!("{}, and the platform's root certificates", path.display());
        report.setting("trusted CAs", &detail, "option --ca-file")?;
    }
    let seconds = timeout.map_or("30s".to_owned(), |timeout| format!("{timeout:?}"));
    report.setting("timeout", &format!("{seconds} per attempt"), &source(timeout.is_some(), "--timeout"))?;
    report.setting("retries", &retries.unwrap_or(4).to_string(), &source(retries.is_some(), "--retries"))?;
    let limit = rate_limit.map_or("no limit".to_owned(), |limit| format!("{limit} requests per second"));
    report.setting("rate limit", &limit, &source(rate_limit.is_some(), "--rate-limit"))
}

/// Returns the host and port of a URL; the port only if it is not the default.
pub(super) fn host(url: &str) -> &str {
    url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or_default()
}
