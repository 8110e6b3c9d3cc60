//! What would be used, and where each of it comes from; never a secret.

use std::env;

use huaweicloud_iotda::Client;

use super::{Outcome, Report};
use crate::failure::Failure;
use crate::settings::{Login, Setting, Settings};

const NOT_SET: &str = "not set";

/// In the order in which the HTTP client looks for them, where requests are encrypted.
const PROXIES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

impl Report<'_> {
    /// What is missing is told all at once. The client is there if nothing is.
    pub(super) fn settings(&mut self, settings: &Settings, client: Option<&Client>) -> Result<(), Failure> {
        let Settings { endpoint, region, project_id, instance_id, iam_endpoint, login, broken, .. } = settings;
        let by_name = match (region, client.map(Client::region)) {
            (None, Some(Some(region))) => format!("{region}, by the endpoint's name"),
            (None, Some(None)) => "none: the endpoint's name tells none".to_owned(),
            _ => "by the endpoint's name, if it tells one".to_owned(),
        };
        let no_region = region.is_none() && client.is_some_and(|client| client.region().is_none());
        let iam = if no_region { "none, for no region is known" } else { "the region's" };
        let shown: [(&str, &Option<Setting>, &str); 5] = [
            ("endpoint", endpoint, "the region's shared one"),
            ("region", region, &by_name),
            ("project", project_id, "IAM is asked for the region's"),
            ("instance", instance_id, "none; professional editions want it (--instance-id)"),
            ("IAM", iam_endpoint, iam),
        ];
        for (step, setting, without) in shown {
            match setting {
                None if step == "endpoint" && region.is_none() => self.failed(step, &Settings::no_endpoint())?,
                None => self.set(step, without, NOT_SET)?,
                Some(Setting { value, origin }) => self.set(step, &without_secrets(value), &origin.to_string())?,
            }
        }
        match (broken, login) {
            (Some(failure), _) => self.failed("credential", failure)?,
            (None, Some(Login { what, origin, .. })) => self.set("credential", what, &origin.to_string())?,
            (None, None) => self.failed("credential", &Login::missing())?,
        }
        self.calls(settings)
    }

    /// How calls are made.
    fn calls(&mut self, settings: &Settings) -> Result<(), Failure> {
        let source = |is_set: bool, option: &str| if is_set { format!("option {option}") } else { NOT_SET.to_owned() };
        let (proxy, variable) = proxy(settings);
        self.set("proxy", &proxy, &variable.map_or(NOT_SET.to_owned(), |name| format!("variable {name}")))?;
        let Settings { timeout, retries, rate_limit, .. } = settings;
        let seconds = timeout.map_or("30s".to_owned(), |timeout| format!("{timeout:?}"));
        self.set("timeout", &format!("{seconds} for one attempt"), &source(timeout.is_some(), "--timeout"))?;
        self.set("retries", &retries.unwrap_or(4).to_string(), &source(retries.is_some(), "--retries"))?;
        let limit = rate_limit.map_or("no limit".to_owned(), |limit| format!("{limit} requests a second"));
        self.set("rate limit", &limit, &source(rate_limit.is_some(), "--rate-limit"))
    }

    fn set(&mut self, step: &str, detail: &str, source: &str) -> Result<(), Failure> {
        self.step(step, Outcome::Set, detail, source, "")
    }
}

/// The proxy's host, and the variable that names it.
fn proxy(settings: &Settings) -> (String, Option<&'static str>) {
    let is_plain = |setting: &Option<Setting>| {
        setting.as_ref().is_some_and(|setting| setting.value.to_ascii_lowercase().starts_with("http://"))
    };
    let found = |names: &[&'static str; 2]| {
        let (name, value) = names.iter().find_map(|name| Some((*name, env::var(name).ok()?)))?;
        (!value.is_empty()).then_some((name, value))
    };
    let Some((name, value)) = PROXIES.iter().find_map(found) else { return ("none".to_owned(), None) };
    if is_plain(&settings.endpoint) || is_plain(&settings.iam_endpoint) {
        return ("none, for requests to a plain http:// address use no proxy".to_owned(), None);
    }
    let host = value.rsplit_once('@').map_or(value.as_str(), |(_, rest)| rest);
    let host = host.split_once("://").map_or(host, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let but = found(&NO_PROXY).map(|(name, _)| format!(", but for the hosts that {name} names"));
    (format!("{host}{}", but.unwrap_or_default()), Some(name))
}

/// A value without what may be secret in a URL: the user and the password, and the query.
fn without_secrets(value: &str) -> String {
    let (before, rest) = value.rsplit_once('@').map_or(("", value), |(_, rest)| ("[redacted]@", rest));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{before}{rest}")
}
