//! A proxy variable: its value is a URL, and may contain a password.
//!
//! The HTTP client ignores a value that it cannot parse, and connects directly. Here, it is an error, which names the
//! variable and never its value.

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::error::Error;
use crate::settings::flaw;

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The name and the value of a variable. Bytes that are not UTF-8 are U+FFFD.
pub(super) type Raw = (&'static str, String);

/// A variable with a proxy that can be used.
pub(super) struct ProxyVariable {
    pub(super) name: &'static str,
    /// The proxy with its user name and password.
    pub(super) url: Url,
    /// Host and port of the proxy.
    pub(super) host: String,
}

/// Returns the first variable that is set, unless it is empty.
pub(super) fn first_variable(names: &[&'static str]) -> Option<Raw> {
    let (name, value) = names.iter().find_map(|name| Some((*name, std::env::var_os(name)?)))?;
    (!value.is_empty()).then(|| (name, value.to_string_lossy().into_owned()))
}

impl ProxyVariable {
    pub(super) fn parse((name, value): Raw) -> Result<Self, Error> {
        let result = parse(&value);
        let (url, host) = result.map_err(|why| {
            Error::configuration(format!(
                "the proxy variable {name} cannot be used: its value {why}. Write it as http://host:port or \
                 http://user:password@host:port, with special characters in user name and password percent-encoded (%23 \
                 for #, %2F for /, %40 for @), or unset it to connect without a proxy"
            ))
        })?;
        Ok(Self { name, url, host })
    }
}

/// Returns the URL of a proxy, with its host and port.
fn parse(value: &str) -> Result<(Url, String), String> {
    // The URL parser would remove or ignore these characters.
    if let Some(why) = flaw(value, |letter| !letter.is_control() && letter != '\u{feff}') {
        return Err(why);
    }
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let scheme = scheme.to_ascii_lowercase();
    // The URL parser would insert or remove slashes: `http:host`, `//host`.
    let is_scheme = |start: &str| SCHEMES.iter().any(|scheme| start.eq_ignore_ascii_case(scheme));
    let is_malformed_scheme = rest == value && (value.contains("//") || value.split(':').next().is_some_and(is_scheme));
    if rest.starts_with('/') || is_malformed_scheme {
        return Err("is not the URL of a proxy".to_owned());
    }
    if !SCHEMES.contains(&scheme.as_str()) {
        return Err(format!("must start with {}://", SCHEMES.join("://, ")));
    }
    if scheme == "https" && !cfg!(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")) {
        return Err("must not start with https://, because this build has no TLS".to_owned());
    }
    check_user_info(rest)?;
    let not_a_url = || "is not the URL of a proxy".to_owned();
    let mut url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| not_a_url())?;
    if scheme.starts_with("socks") && url.port().is_none() {
        url.set_port(Some(1080)).map_err(|()| not_a_url())?;
    }
    // The parser of the HTTP client.
    let destination = "https://host".parse().map_err(|_| not_a_url())?;
    let proxy = Matcher::builder().all(url.as_str()).build().intercept(&destination).ok_or_else(not_a_url)?;
    let host = authority(&proxy).filter(|host| !host.starts_with(':')).ok_or_else(not_a_url)?;
    Ok((url, host))
}

/// Rejects characters in user name and password that end them too early.
fn check_user_info(rest: &str) -> Result<(), String> {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let Some((user_info, _)) = rest.rsplit_once('@') else { return Ok(()) };
    if user_info.len() > authority.len() || user_info.contains('@') {
        return Err("contains / ? # @ or \\ in its user name or password, which must be percent-encoded".to_owned());
    }
    match percent_decode_str(user_info).decode_utf8() {
        Ok(_) => Ok(()),
        Err(_) => Err("contains percent-encoded bytes that are not UTF-8".to_owned()),
    }
}

/// Returns host and port of a proxy, without user info.
pub(super) fn authority(proxy: &Intercept) -> Option<String> {
    let proxy = proxy.uri();
    let default_port = match proxy.scheme_str() {
        Some("https") => 443,
        Some("http") => 80,
        _ => 1080,
    };
    Some(format!("{}:{}", proxy.host()?, proxy.port_u16().unwrap_or(default_port)))
}
