//! The reasons why no connection can be made: the failures that another attempt would only repeat.
//!
//! The HTTP client and its TLS libraries report most of them only as text.

use std::time::{Duration, SystemTime};

/// A permanent failure to connect. Every other one, such as a refused connection, is transient.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConnectFailure {
    /// The texts of reqwest and hyper-util, rustls, OpenSSL, and the operating systems.
    texts: &'static [&'static str],
    description: &'static str,
    /// The likely cause and the remedy.
    pub(super) help: &'static str,
}

/// The proxy requires authentication.
pub(super) const PROXY_AUTHENTICATION: ConnectFailure = ConnectFailure {
    texts: &[
        "proxy authorization required",
        "server does not support user/pass authentication",
        "credentials not accepted",
    ],
    description: "the proxy requires authentication, or rejects the user name or password",
    help: "The proxy requires authentication. Add the user name and password, percent-encoded, to the proxy \
           variable, for example HTTPS_PROXY=http://user:password@host:port, or configure \
           the proxy with ClientBuilder::configure_http",
};

const UNTRUSTED: &str = "Likely cause: a proxy or firewall that inspects TLS, a private certificate authority, or outdated root \
                         certificates of this machine (package ca-certificates). Add the missing root certificate with ClientBuilder::root_certificates, or set SSL_CERT_FILE to a file with all trusted root \
                         certificates (PEM; Linux only). Do not turn off the verification";
const WRONG_TIME: &str = "Check this machine's clock. If it is correct, the administrator of the server, or of a proxy that \
                          inspects TLS, must renew the certificate";

/// The first match counts.
const FAILURES: [&ConnectFailure; 13] = [
    &PROXY_AUTHENTICATION,
    &ConnectFailure {
        texts: &["tunnel error: unsuccessful", "proxy response headers too long", "connection not allowed"],
        description: "the proxy refuses to connect to the host, or could not",
        help: "Check the host name, and ask the proxy's administrator to allow it; if this machine can reach the host without \
               the proxy, add the host name, without the port, to the variable NO_PROXY",
    },
    &ConnectFailure {
        texts: &[
            "Name or service not known",
            "No address associated with hostname",
            "Name does not resolve",
            "Name has no usable address",
            "nodename nor servname provided",
            "(os error 11001)",
        ],
        description: "the host name does not exist",
        help: "Check the endpoint's host name for typing errors, or that of the proxy. If it is correct, this machine's \
               name server does not know it: a private name may need a VPN, and behind a proxy, set HTTPS_PROXY",
    },
    &ConnectFailure {
        texts: &["invalid URL, ", "Invalid Server Name", "invalid dns name", "Invalid argument (os error 22)"],
        description: "the address is invalid",
        help: "Check the endpoint, and the proxy variables",
    },
    &ConnectFailure {
        texts: &["CaUsedAsEndEntity", "self-signed certificate)", "self signed certificate)"],
        description: "the server's certificate is self-signed, so it is not trusted",
        help: UNTRUSTED,
    },
    &ConnectFailure {
        texts: &[
            "invalid peer certificate: UnknownIssuer",
            // Another authority has the same name.
            "invalid peer certificate: BadSignature",
            "certificate signature failure",
            "unable to get local issuer certificate",
            "in certificate chain)",
            "unable to verify the first certificate",
            // Windows and macOS.
            "os error -2146762487",
            "is not trusted",
        ],
        description: "the server's certificate is not trusted: it is self-signed, or its issuer is not among the \
                      root certificates of this machine",
        help: UNTRUSTED,
    },
    &ConnectFailure {
        texts: &["certificate expired", "invalid peer certificate: Expired", "certificate has expired"],
        description: "the server's certificate has expired",
        help: WRONG_TIME,
    },
    &ConnectFailure {
        texts: &["certificate not valid yet", "NotValidYet", "certificate is not yet valid"],
        description: "the server's certificate is not yet valid",
        help: WRONG_TIME,
    },
    &ConnectFailure {
        texts: &["certificate not valid for name", "NotValidForName", "ostname mismatch", "IP address mismatch"],
        description: "the server's certificate is for another host",
        help: "Likely cause: a wrong endpoint, a reverse proxy without a certificate for this host name, or a sign-on \
               page of the network. Compare the endpoint with the console's Overview page, and use the host name that \
               the certificate is for",
    },
    &ConnectFailure {
        texts: &["invalid peer certificate", "certificate verify failed"],
        description: "the server's certificate is invalid",
        help: "The administrator of the server, or of a proxy that inspects TLS, must replace it",
    },
    &ConnectFailure {
        texts: &["alert: CertificateRequired", "alert certificate required"],
        description: "the server requires a client certificate",
        help: "Set a client certificate with ClientBuilder::configure_http",
    },
    &ConnectFailure {
        texts: &["InvalidContentType", "wrong version number", "http request", "packet length too long"],
        description: "the port does not use TLS: the server sent something else, for example plain http",
        help: "Check the port and the scheme of the endpoint. If there is a proxy, check its variable: most proxies \
               need http://, even HTTPS_PROXY",
    },
    &ConnectFailure {
        texts: &[
            "alert: ProtocolVersion",
            "alert: HandshakeFailure",
            "peer is incompatible",
            "unsupported protocol",
            "alert protocol version",
            "handshake failure",
        ],
        description: "the server supports no TLS version and cipher of this client (TLS 1.2 or 1.3)",
        help: "Likely cause: an old server or proxy, which its administrator must update, or a server that requires \
               another cipher",
    },
];

impl ConnectFailure {
    /// Reads the text of the innermost cause. Returns `None` for a transient or unknown failure.
    pub(crate) fn of(cause: &str) -> Option<&'static Self> {
        FAILURES.into_iter().find(|failure| failure.texts.iter().any(|text| cause.contains(text)))
    }

    /// Describes the failure, with the dates and names that the cause contains.
    pub(crate) fn describe(&self, cause: &str) -> String {
        let (after, before) = (date(cause, "not valid after ", "at"), date(cause, "not valid before ", "before"));
        format!("{}{after}{before}{}", self.description, names(cause))
    }
}

/// Returns the date of a number of seconds in a text of rustls.
fn date(cause: &str, before: &str, connective: &str) -> String {
    /// The first second of the year 10000.
    const END: u64 = 253_402_300_800;
    let text = cause.split_once(before).map_or("", |(_, rest)| rest);
    let digits = text.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
    match digits.parse() {
        Ok(seconds) if seconds < END => {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            format!(" ({connective} {})", httpdate::fmt_http_date(time))
        }
        _ => String::new(),
    }
}

/// Returns the names of the certificate in a text of rustls, such as `only valid for DnsName("a") or IpAddress(...)`.
fn names(cause: &str) -> String {
    /// A certificate may have hundreds.
    const MAX_NAMES: usize = 5;
    let Some((_, list)) = cause.split_once("only valid for ") else { return String::new() };
    let unwrap = |name: &str| match name.split_once('(') {
        Some((_, name)) => name.trim_end_matches(')').trim_matches('"').to_owned(),
        None => name.to_owned(),
    };
    let all: Vec<_> = list.split(", ").flat_map(|names| names.split(" or ")).map(unwrap).collect();
    let others = if all.len() > MAX_NAMES { format!(" and {} more", all.len() - MAX_NAMES) } else { String::new() };
    format!(": {}{others}", all[..all.len().min(MAX_NAMES)].join(", "))
}
