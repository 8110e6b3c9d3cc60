//! The effective settings and their origins, without secrets.

use std::env;

use huaweicloud_iotda::Client;

use super::report::Report;
use crate::failure::Failure;
use crate::settings::{CredentialSetting, Setting, Settings};

const NOT_SET: &str = "not set";

/// The proxy variables for encrypted requests, in the HTTP client's order.
const PROXIES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Prints all settings, including all that are missing. `client` is `None` if a setting is missing or invalid.
pub(super) fn print(report: &mut Report<'_>, settings: &Settings, client: Option<&Client>) -> Result<(), Failure> {
    let Settings { endpoint, region, project_id, instance_id, iam_endpoint, credential, credential_failure, .. } =
        settings;
    let implied_region = match (region, client.map(Client::region)) {
        (None, Some(Some(region))) => format!("{region}, from the endpoint's host name"),
        (None, Some(None)) => "none (not implied by the endpoint)".to_owned(),
        _ => "from the endpoint's host name, if it contains one".to_owned(),
    };
    let no_region = region.is_none() && client.is_some_and(|client| client.region().is_none());
    let default_iam = if no_region { "none, because the region is unknown" } else { "endpoint of the region" };
    let steps: [(&str, &Option<Setting>, &str); 5] = [
        ("endpoint", endpoint, "shared endpoint of the region"),
        ("region", region, &implied_region),
        ("project", project_id, "the region's project, looked up via IAM"),
        ("instance", instance_id, "none (some instances require --instance-id)"),
        ("IAM", iam_endpoint, default_iam),
    ];
    let region_mismatch = settings.region_mismatch();
    for (step, setting, default) in steps {
        match (setting, &region_mismatch) {
            (Some(_), Some(failure)) if step == "region" => report.failed(step, failure)?,
            (None, _) if step == "endpoint" && region.is_none() => {
                report.failed(step, &Settings::missing_endpoint())?;
            }
            (None, _) => report.setting(step, default, NOT_SET)?,
            (Some(Setting { value, origin }), _) => report.setting(step, &redact_url(value), &origin.to_string())?,
        }
    }
    match (credential_failure, credential) {
        (Some(failure), _) => report.failed("credential", failure)?,
        (None, Some(CredentialSetting { kind, origin, .. })) => {
            report.setting("credential", &kind.to_string(), &origin.to_string())?;
        }
        (None, None) => report.failed("credential", &CredentialSetting::missing())?,
    }
    print_call_options(report, settings)
}

/// Prints proxy, timeout, retries and rate limit.
fn print_call_options(report: &mut Report<'_>, settings: &Settings) -> Result<(), Failure> {
    let source = |is_set: bool, option: &str| if is_set { format!("option {option}") } else { NOT_SET.to_owned() };
    let (proxy, variable) = proxy(settings);
    report.setting("proxy", &proxy, &variable.map_or(NOT_SET.to_owned(), |name| format!("variable {name}")))?;
    let Settings { timeout, retries, rate_limit, .. } = settings;
    let seconds = timeout.map_or("30s".to_owned(), |timeout| format!("{timeout:?}"));
    report.setting("timeout", &format!("{seconds} per attempt"), &source(timeout.is_some(), "--timeout"))?;
    report.setting("retries", &retries.unwrap_or(4).to_string(), &source(retries.is_some(), "--retries"))?;
    let limit = rate_limit.map_or("no limit".to_owned(), |limit| format!("{limit} requests per second"));
    report.setting("rate limit", &limit, &source(rate_limit.is_some(), "--rate-limit"))
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

/// Removes the parts of a URL that may be secret: user name, password and query.
fn redact_url(value: &str) -> String {
    let (before, rest) = value.rsplit_once('@').map_or(("", value), |(_, rest)| ("[redacted]@", rest));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{before}{rest}")
}
