//! The host names at which the server can be reached.
//!
//! A page in a browser can let its own name resolve to this server (DNS rebinding). The browser then treats the server as
//! part of the page, without CORS. The header `Host` contains the page's name, so that the server can reject it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::recording::RecordedRequest;

/// The host names that are allowed in addition to IP addresses and `localhost`. `*` is any name.
pub(super) struct AllowedHosts {
    names: Vec<String>,
    /// Names without a dot are allowed, too. DNS has none that a page could use.
    without_dot: bool,
}

impl AllowedHosts {
    /// Returns those of a server at this address. Other machines and containers use names of their network, if they can
    /// reach the server.
    pub(super) fn new(address: IpAddr, names: Vec<String>) -> Self {
        Self { names, without_dot: !address.is_loopback() }
    }

    /// Returns the host name of a request if it is not allowed.
    pub(super) fn forbidden<'a>(&self, request: &'a RecordedRequest) -> Option<&'a str> {
        let hosts = request.headers.iter().filter(|(name, _)| name == "host");
        hosts.map(|(_, host)| without_port(host)).find(|name| !self.is_allowed(name))
    }

    fn is_allowed(&self, name: &str) -> bool {
        let is_same = |allowed: &String| allowed == "*" || allowed.eq_ignore_ascii_case(name);
        is_address(name)
            || is_localhost(name)
            || (self.without_dot && !name.contains('.'))
            || self.names.iter().any(is_same)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Returns true for an IP address. A browser never resolves it to another one.
fn is_address(name: &str) -> bool {
    let in_brackets = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match in_brackets {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok(),
    }
}

/// Returns true for `localhost` and names below it, which browsers resolve to a loopback address.
fn is_localhost(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}
