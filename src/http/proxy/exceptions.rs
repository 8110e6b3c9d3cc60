//! The hosts of the variable `NO_PROXY`.

use std::collections::BTreeMap;

use hyper_util::client::proxy::matcher::Matcher;

use super::variable::first_variable;
use crate::settings::without_mistakes;

const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The hosts that are connected to without a proxy.
pub(super) struct Exceptions {
    /// The name of the variable.
    name: &'static str,
    hosts: Vec<Hosts>,
}

/// The hosts of all entries with the same port, or without one.
struct Hosts {
    port: Option<u16>,
    /// The rules of the HTTP client: domains with their subdomains, addresses, networks, and `*` for all.
    matcher: Matcher,
    /// Names with a wildcard, in lower case. The HTTP client would ignore them.
    patterns: Vec<String>,
}

impl Exceptions {
    pub(super) fn read() -> Self {
        let (name, value) = first_variable(&NO_PROXY).unwrap_or((NO_PROXY[0], String::new()));
        let mut by_port = BTreeMap::<_, Vec<_>>::new();
        let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '|');
        let entries = value.split(is_separator).map(host_part);
        for entry in entries.filter(|entry| !entry.is_empty()) {
            let (host, port) = split_port(entry);
            by_port.entry(port).or_default().push(host);
        }
        let hosts = by_port.into_iter().map(|(port, hosts)| Hosts::new(port, &hosts)).collect();
        Self { name, hosts }
    }

    /// Returns the name of the variable if it contains the host, or the host with this port.
    pub(super) fn matching(&self, host: &str, port: Option<u16>) -> Option<&'static str> {
        let of_port = |hosts: &&Hosts| hosts.port.is_none() || hosts.port == port;
        self.hosts.iter().filter(of_port).any(|hosts| hosts.contains(host)).then_some(self.name)
    }
}

/// Removes what is around a host by mistake: quotes, invisible characters, a scheme, a slash, the final dot of a name.
fn host_part(entry: &str) -> &str {
    let entry = without_mistakes(entry);
    entry.split_once("://").map_or(entry, |(_, rest)| rest).trim_end_matches(['/', '.'])
}

/// Splits `host:port`. An IPv6 address contains a colon, too.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    let split = entry.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
    match split.and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host, Some(port)),
        None => (entry, None),
    }
}

impl Hosts {
    fn new(port: Option<u16>, entries: &[&str]) -> Self {
        let is_pattern = |entry: &&&str| entry.contains('*') && **entry != "*";
        // The HTTP client compares addresses without brackets.
        let without_brackets = |entry: &&str| entry.trim_matches(['[', ']']).to_owned();
        let others: Vec<_> = entries.iter().filter(|entry| !is_pattern(entry)).map(without_brackets).collect();
        // It returns `None` for an exception, and this proxy for all other hosts.
        let matcher = Matcher::builder().all("http://proxy").no(others.join(",")).build();
        let patterns = entries.iter().filter(is_pattern).map(|entry| entry.to_ascii_lowercase()).collect();
        Self { port, matcher, patterns }
    }

    fn contains(&self, host: &str) -> bool {
        let is_exception = match format!("http://{host}").parse() {
            Ok(uri) => self.matcher.intercept(&uri).is_none(),
            Err(_) => false,
        };
        let is_in_pattern = || {
            let host = host.to_ascii_lowercase();
            self.patterns.iter().any(|pattern| matches(pattern, &host))
        };
        is_exception || is_in_pattern()
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
