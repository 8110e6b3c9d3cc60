//! Validation of endpoints, regions and IDs.

use std::net::IpAddr;

use reqwest::Url;

use crate::constraints::quoted;
use crate::error::Error;

/// The validated address of a service.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// The URL without a trailing slash.
    pub(crate) base_url: String,
    pub(crate) host: String,
    pub(crate) is_plain_http: bool,
}

impl Endpoint {
    /// Returns a region's shared endpoint, the first server of the OpenAPI document.
    pub(crate) fn of_region(region: &str, allow_http: bool) -> Result<Self, Error> {
        check_region(region)?;
        Self::parse("endpoint", &format!("https://iotda.{region}.myhuaweicloud.com"), allow_http)
    }

    /// Returns a region's IAM endpoint.
    pub(crate) fn iam_of_region(region: &str) -> Result<Self, Error> {
        check_region(region)?;
        Self::parse("iam_endpoint", &format!("https://iam.{region}.myhuaweicloud.com"), false)
    }

    /// Parses an endpoint in the console's form: a URL, or a host (then https). `setting` is its name in errors.
    pub(crate) fn parse(setting: &str, text: &str, allow_http: bool) -> Result<Self, Error> {
        let reject = |why: &str| {
            let redacted = redacted_endpoint(text);
            let expected = expected_endpoint(setting);
            Err(Error::configuration(format!("{setting} is {redacted}, but {why}; expected {expected}")))
        };
        // URL parsers silently correct these, each in its own way.
        if text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\') {
            return reject("contains whitespace, a control character or a backslash");
        }
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        if text.starts_with('/') || (!text.contains("://") && text.contains(":/")) {
            return reject("must be a URL or a host");
        }
        let Ok(url) = Url::parse(&full) else { return reject("must be a URL or a host") };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return reject("has no host") };
        if !url.username().is_empty() || url.password().is_some() {
            return reject("must not contain user info (a user name or a password)");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return reject("must not contain a query or a fragment");
        }
        match url.scheme() {
            "https" if cfg!(any(feature = "rustls", feature = "native-tls")) => {}
            "https" => {
                return reject(
                    "this build has no TLS: enable the feature `rustls` (a default feature) or `native-tls` of \
                     huaweicloud-iotda",
                );
            }
            "http" if allow_http || is_loopback(host) => {}
            "http" => {
                return reject(
                    "plain http to another machine would send the credential unencrypted: use https, or call \
                     allow_http(true)",
                );
            }
            _ => return reject("its scheme must be https"),
        }
        Ok(Self {
            base_url: url.as_str().trim_end_matches('/').to_owned(),
            host: host.to_owned(),
            is_plain_http: url.scheme() == "http",
        })
    }

    /// Returns the region of an instance's host, `….iotda-app.{region}.…`.
    pub(crate) fn instance_region(&self) -> Option<&str> {
        let mut labels = self.host.split('.');
        labels.by_ref().skip(1).find(|label| *label == "iotda-app")?;
        labels.next().filter(|region| labels.next().is_some() && check_region(region).is_ok())
    }

    /// Returns the region that the host name contains.
    pub(crate) fn region(&self) -> Option<&str> {
        let shared = self.host.strip_prefix("iotda.").and_then(|host| host.strip_suffix(".myhuaweicloud.com"));
        self.instance_region().or(shared.filter(|region| check_region(region).is_ok()))
    }
}

fn expected_endpoint(setting: &str) -> &'static str {
    match setting {
        "endpoint" => {
            "the endpoint that the IoTDA console shows on its Overview page, for example \
             https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com"
        }
        _ => "a URL, for example https://iam.cn-north-4.myhuaweicloud.com",
    }
}

pub(crate) fn check_region(region: &str) -> Result<(), Error> {
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !region.is_empty() && region.bytes().all(valid) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "region is {}, but must be a region ID of lowercase letters, digits and hyphens, for example cn-north-4",
        quoted(region)
    )))
}

/// Formats an endpoint without its user info and its query, which may be secret.
pub(crate) fn redacted_endpoint(endpoint: &str) -> String {
    // A password may contain any character, so everything before the last `@` is removed.
    let (user, rest) = endpoint.rsplit_once('@').map_or(("", endpoint), |(_, rest)| ("[redacted]@", rest));
    let visible = rest.split(['?', '#']).next().unwrap_or_default();
    quoted(&format!("{user}{visible}"))
}

/// Returns `true` for 127.0.0.0/8, ::1 and `localhost` (RFC 6761).
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Rejects an ID that is empty or would change the request's path. A backslash would, because URL parsers convert it to
/// a slash. Other characters are percent-encoded.
pub(crate) fn check_id(field: &str, id: &str) -> Result<(), Error> {
    let why = if id.is_empty() {
        "must not be empty"
    } else if id == "." || id == ".." {
        "must not be a dot segment, because it would change the path"
    } else if id.contains(['/', '\\']) {
        "must not contain a slash or a backslash, because it would change the path"
    } else if id.contains(char::is_control) {
        "must not contain a control character"
    } else {
        return Ok(());
    };
    Err(Error::invalid_input(format!("{field} is {}, but {why}; copy the ID from the console", quoted(id))))
}
