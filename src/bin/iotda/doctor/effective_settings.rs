//! The effective settings and their origins, without secrets.

use std::time::Duration;

use huaweicloud_iotda::{Client, Route};

use super::report::{Report, StepResult};
use crate::failure::Failure;
use crate::settings::{CallOptions, CredentialSetting, DEFAULT_RETRIES, Setting, Settings};

/// The options that have the purpose of a variable without an effect.
const ALTERNATIVES: [(&str, &str); 5] = [
    ("HW_INSECURE", "--ca-file"),
    ("HW_MAX_RETRIES", "--retries"),
    ("HW_PROFILE", "--credentials-file"),
    ("HW_SHARED_CONFIG_FILE", "--credentials-file"),
    ("HW_SIGNING_ALGORITHM", "--signing"),
];

/// The variables that replace the platform's root certificates.
const ROOT_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Prints all settings, including all that are missing. `client` is `None` if a setting is missing or invalid.
pub(super) fn print(report: &mut Report<'_>, settings: &Settings, client: Option<&Client>) -> Result<(), Failure> {
    let preview = if client.is_none() { settings.preview() } else { None };
    let known = client.or(preview.as_ref());
    let Settings { endpoint, region, cloud, project_id, project_name, instance_id, iam_endpoint, .. } = settings;
    let implied_region = match (region, known.map(Client::region)) {
        (None, Some(Some(region))) => format!("{region}, from the endpoint's host name"),
        (None, Some(None)) => "none (not implied by the endpoint)".to_owned(),
        _ => "from the endpoint's host name, if it contains one".to_owned(),
    };
    let iam = match known.map(Client::iam_endpoint) {
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
    print_proxy(report, settings, client)?;
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
    let is_set = |(name, _): &&(&str, &str)| unsupported.iter().any(|other| other == name);
    let alternatives = ALTERNATIVES.iter().filter(is_set).map(|(name, option)| format!("{option} instead of {name}"));
    let alternatives = alternatives.collect::<Vec<_>>().join(", ");
    let remedy = if alternatives.is_empty() { String::new() } else { format!(". Use {alternatives}") };
    let help = format!("The official SDKs or the Terraform provider read these variables; iotda does not{remedy}");
    report.step("variables", StepResult::Warning, &format!("no effect: {}", unsupported.join(", ")), "", &help)
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
        return report.setting("proxy", &detail, source.as_deref());
    }
    for (host, route) in routes {
        let (detail, source) = describe(&route);
        report.setting("proxy", &format!("{host}: {detail}"), source.as_deref())?;
    }
    Ok(())
}

/// Describes a route, and returns its source.
fn describe(route: &Route) -> (String, Option<String>) {
    let source = |variable: &Option<&str>| variable.map(|name| format!("variable {name}"));
    match route {
        Route::Proxy { host, variable, .. } => {
            (format!("through {host}"), source(variable).or_else(|| Some("operating system".to_owned())))
        }
        Route::Direct { reason, variable, .. } => (format!("none, because {reason}"), source(variable)),
        _ => ("unknown".to_owned(), None),
    }
}

/// Prints root certificates, timeouts, retries and rate limit.
fn print_call_options(report: &mut Report<'_>, settings: &Settings) -> Result<(), Failure> {
    print_root_certificates(report, settings)?;
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

/// Prints the root certificates, unless they are those of the platform.
fn print_root_certificates(report: &mut Report<'_>, settings: &Settings) -> Result<(), Failure> {
    let path = |name| Some((name, std::env::var_os(name)?.to_string_lossy().into_owned()));
    // On other platforms, they have no effect.
    let variable = ROOT_VARIABLES.into_iter().find_map(path).filter(|_| cfg!(target_os = "linux"));
    let others = match &variable {
        Some((name, path)) => format!("those in {path} ({name})"),
        None => "the platform's root certificates".to_owned(),
    };
    match (&settings.root_certificates, variable) {
        (Some(roots), _) => {
            let detail = format!("{}, and {others}", roots.location());
            report.setting("trusted CAs", &detail, Some(&roots.origin.to_string()))
        }
        (None, Some((name, path))) => report.setting("trusted CAs", &path, Some(&format!("variable {name}"))),
        (None, None) => Ok(()),
    }
}

/// Returns the host and port of a URL; the port only if it is not the default.
pub(super) fn host(url: &str) -> &str {
    url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or_default()
}
