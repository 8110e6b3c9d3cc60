//! The effective settings and their origins, without secrets.

use std::env;
use std::time::Duration;

use huaweicloud_iotda::Client;

use super::report::{Report, StepResult};
use crate::failure::Failure;
use crate::settings::{CallOptions, CredentialSetting, DEFAULT_RETRIES, Setting, Settings};

/// The proxy variables for encrypted requests, in the HTTP client's order.
const PROXIES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

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
            None => report.setting(step, default, None)?,
        }
        if let Some(failure) = region_mismatch.as_ref().filter(|_| step == "region") {
            report.failed(step, failure)?;
        }
    }
    print_credential(report, settings)?;
    print_call_options(report, settings)
}

fn print_setting(report: &mut Report<'_>, settings: &Settings, step: &str, setting: &Setting) -> Result<(), Failure> {
    match settings.setting_failure(setting) {
        Some(failure) => report.failed(step, &failure),
        None => {
            let is_name = settings.project_id.is_none() && settings.project_name.as_ref() == Some(setting);
            let lookup = if is_name { ", looked up via IAM" } else { "" };
            report.setting(step, &format!("{}{lookup}", setting.shown()), Some(&setting.origin.to_string()))
        }
    }
}

/// Prints the credential, why others are not used, and the variables without an effect.
fn print_credential(report: &mut Report<'_>, settings: &Settings) -> Result<(), Failure> {
    let invalid = settings.invalid_credential();
    match (settings.credential_failure.as_ref().or(invalid.as_ref()), &settings.credential) {
        (Some(failure), _) => report.failed("credential", failure)?,
        (None, Some(credential)) => {
            let (kind, origin) = (credential.kind.to_string(), credential.origin.to_string());
            match credential.warning() {
                Some(warning) => report.step("credential", StepResult::Warning, &kind, &origin, &warning)?,
                None => report.setting("credential", &kind, Some(&origin))?,
            }
        }
        (None, None) => report.failed("credential", &CredentialSetting::missing())?,
    }
    for reason in &settings.unused_credentials {
        report.step("credential", StepResult::Unused, reason, "", "")?;
    }
    let unsupported = Client::unsupported_variables();
    if unsupported.is_empty() {
        return Ok(());
    }
    let help = "The official SDKs or the Terraform provider read these variables; iotda does not";
    report.step("variables", StepResult::Warning, &format!("no effect: {}", unsupported.join(", ")), "", help)
}

/// Prints proxy, timeouts, retries and rate limit.
fn print_call_options(report: &mut Report<'_>, settings: &Settings) -> Result<(), Failure> {
    let (proxy, variable) = proxy(settings);
    report.setting("proxy", &proxy, variable.map(|name| format!("variable {name}")).as_deref())?;
    let CallOptions { timeout, connect_timeout, retries, max_wait, rate_limit, .. } = &settings.calls;
    let seconds =
        |value: &Option<Duration>, default: u64| format!("{:?}", value.unwrap_or(Duration::from_secs(default)));
    let retry_count = retries.unwrap_or(DEFAULT_RETRIES).to_string();
    let rate = rate_limit.map_or("learned if the service throttles".to_owned(), |limit| limit.to_string());
    let options = [
        ("timeout", "--timeout", timeout.is_some(), format!("{} per attempt", seconds(timeout, 30))),
        ("connect timeout", "--connect-timeout", connect_timeout.is_some(), seconds(connect_timeout, 10)),
        ("retries", "--retries", retries.is_some(), retry_count),
        ("max wait", "--max-wait", max_wait.is_some(), format!("{} before a retry", seconds(max_wait, 20))),
        ("rate limit", "--rate-limit", rate_limit.is_some(), rate),
    ];
    for (step, option, is_set, detail) in options {
        report.setting(step, &detail, is_set.then(|| format!("option {option}")).as_deref())?;
    }
    Ok(())
}

/// Returns the proxy's host and the variable that sets it.
fn proxy(settings: &Settings) -> (String, Option<&'static str>) {
    let is_plain_http = |setting: &Option<Setting>| {
        setting.as_ref().is_some_and(|setting| setting.value.to_ascii_lowercase().starts_with("http://"))
    };
    let find = |names: &[&'static str; 2]| {
        let (name, value) = names.iter().find_map(|name| Some((*name, env::var(name).ok()?)))?;
        (!value.is_empty()).then_some((name, value))
    };
    let Some((name, value)) = PROXIES.iter().find_map(find) else { return ("none".to_owned(), None) };
    if is_plain_http(&settings.endpoint) || is_plain_http(&settings.iam_endpoint) {
        return ("none, because an endpoint uses plain http".to_owned(), None);
    }
    let without_user = value.rsplit_once('@').map_or(value.as_str(), |(_, rest)| rest);
    let without_scheme = without_user.split_once("://").map_or(without_user, |(_, rest)| rest);
    let host = without_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let exceptions = find(&NO_PROXY).map(|(name, _)| format!(", except for the hosts in {name}"));
    (format!("{host}{}", exceptions.unwrap_or_default()), Some(name))
}
