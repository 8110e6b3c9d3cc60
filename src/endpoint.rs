//! Where the service is, and what may stand in a path or a header.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::Error;
use crate::facts::shown;

/// The base URL of a region's shared endpoint.
///
/// Source: the document's first server.
pub(crate) fn of_region(region: &str, allow_http: bool) -> Result<String, Error> {
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.is_empty() || !region.bytes().all(valid) {
        return Err(Error::configuration(format!(
            "region is {}, but must be a region's id of lower-case letters, digits and hyphens, as cn-north-4",
            shown(region)
        )));
    }
    base_url(&format!("https://iotda.{region}.myhuaweicloud.com"), allow_http)
}

/// The base URL of an endpoint as the console shows it: a URL, or a host alone (then https).
pub(crate) fn base_url(endpoint: &str, allow_http: bool) -> Result<String, Error> {
    let refuse = |why: &str| {
        Err(Error::configuration(format!(
            "endpoint is {}, but {why}; give the host that the IoTDA console shows on its Overview page, as \
             https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com",
            shown_endpoint(endpoint)
        )))
    };
    let text = if endpoint.contains("://") { endpoint.to_owned() } else { format!("https://{endpoint}") };
    let Ok(url) = Url::parse(&text) else { return refuse("that is not a URL") };
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return refuse("it has no host") };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("a URL with a user or a password is not taken");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("it has a query or a fragment");
    }
    match url.scheme() {
        "https" if cfg!(any(feature = "rustls", feature = "native-tls")) => {}
        "https" => {
            return refuse(
                "this build has no TLS: switch on feature `rustls` (a default feature) or `native-tls` of \
                 huaweicloud-iotda",
            );
        }
        "http" if allow_http || is_loopback(host) => {}
        "http" => {
            return refuse(
                "plain http to a host that is not this machine would show the credential to the network: use https, or \
                 say allow_http(true)",
            );
        }
        _ => return refuse("its scheme is not https"),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The endpoint for an error, without a password that may stand in it.
fn shown_endpoint(endpoint: &str) -> String {
    match endpoint.rsplit_once('@') {
        Some((_, host)) => shown(&format!("[redacted]@{host}")),
        None => shown(endpoint),
    }
}

/// 127.0.0.0/8, ::1 and `localhost` (RFC 6761).
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Refuses an id that is empty or could change the path that it stands in. A backslash is one of those: URL parsers
/// take it for a slash. Everything else is percent-encoded, not refused.
pub(crate) fn check_id(field: &str, id: &str) -> Result<(), Error> {
    let why = if id.is_empty() {
        "must not be empty"
    } else if id == "." || id == ".." {
        "must not be a dot segment, which would change the path"
    } else if id.contains(['/', '\\']) {
        "must not have a slash, which would change the path"
    } else if id.contains(char::is_control) {
        "must not have a control character"
    } else {
        return Ok(());
    };
    Err(Error::invalid_input(format!("{field} is {}, but {why}; give the id as the console shows it", shown(id))))
}
