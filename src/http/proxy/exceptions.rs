//! The hosts of the variable `NO_PROXY`.

use hyper_util::client::proxy::matcher::Matcher;

use super::variable::first_variable;

const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The hosts that are connected to without a proxy.
pub(super) struct Exceptions {
    /// The name of the variable.
    name: &'static str,
    /// The rules of the HTTP client: domains with their subdomains, addresses, networks, and `*` for all.
    matcher: Matcher,
    /// Names with a wildcard, in lower case. The HTTP client would ignore them.
    patterns: Vec<String>,
}

impl Exceptions {
    pub(super) fn read() -> Self {
        let (name, value) = first_variable(&NO_PROXY).unwrap_or((NO_PROXY[0], String::new()));
        let entries = || value.split([',', ' ', '\t', '\r', '\n']).filter(|entry| !entry.is_empty());
        let is_pattern = |entry: &&str| entry.contains('*') && *entry != "*";
        let others: Vec<_> = entries().filter(|entry| !is_pattern(entry)).collect();
        // It returns `None` for an exception, and this proxy for all other hosts.
        let matcher = Matcher::builder().all("http://proxy").no(others.join(",")).build();
        let patterns = entries().filter(is_pattern).map(str::to_ascii_lowercase).collect();
        Self { name, matcher, patterns }
    }

    /// Returns the name of the variable if it contains the host.
    pub(super) fn matching(&self, host: &str) -> Option<&'static str> {
        let is_exception = match format!("http://{host}").parse() {
            Ok(uri) => self.matcher.intercept(&uri).is_none(),
            Err(_) => false,
        };
        let is_in_pattern = || {
            let host = host.to_ascii_lowercase();
            self.patterns.iter().any(|pattern| matches(pattern, &host))
        };
        (is_exception || is_in_pattern()).then_some(self.name)
    }
}

/// Compares a host with a pattern, in which `*` is any text.
fn matches(pattern: &str, host: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == host,
        Some((start, rest)) => host.strip_prefix(start).is_some_and(|end| {
            let mut ends = end.char_indices().map(|(index, _)| &end[index..]).chain([""]);
            ends.any(|end| matches(rest, end))
        }),
    }
}
