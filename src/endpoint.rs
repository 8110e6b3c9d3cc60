//! Where the service is, and what may stand in a path or a header.

use std::net::IpAddr;

use reqwest::Url;

use crate::constraints::quoted;
use crate::error::Error;

/// A service's address, checked.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Without a slash at its end.
    pub(crate) base_url: String,
    pub(crate) host: String,
    pub(crate) is_plain_http: bool,
}

impl Endpoint {
    /// A region's shared endpoint.
    ///
    /// Source: the document's first server.
    pub(crate) fn of_region(region: &str, allow_http: bool) -> Result<Self, Error> {
        check_region(region)?;
        Self::parse("endpoint", &format!("https://iotda.{region}.myhuaweicloud.com"), allow_http)
    }

    /// A region's IAM.
    pub(crate) fn iam_of_region(region: &str) -> Result<Self, Error> {
        check_region(region)?;
        Self::parse("iam_endpoint", &format!("https://iam.{region}.myhuaweicloud.com"), false)
    }

    /// An endpoint as the console shows it: a URL, or a host alone (then https).
    pub(crate) fn parse(setting: &str, text: &str, allow_http: bool) -> Result<Self, Error> {
        let refuse = |why: &str| {
            let shown = redacted_endpoint(text);
            Err(Error::configuration(format!("{setting} is {shown}, but {why}; give {}", example(setting))))
        };
        // What URL parsers mend in silence, and mend differently.
        if text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\') {
            return refuse("it has a blank, a control character or a backslash");
        }
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        if text.starts_with('/') || (!text.contains("://") && text.contains(":/")) {
            return refuse("that is neither a URL nor a host");
        }
        let Ok(url) = Url::parse(&full) else { return refuse("that is neither a URL nor a host") };
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
                    "plain http to a host that is not this machine would show the credential to the network: use https, \
                     or say allow_http(true)",
                );
            }
            _ => return refuse("its scheme is not https"),
        }
        Ok(Self {
            base_url: url.as_str().trim_end_matches('/').to_owned(),
            host: host.to_owned(),
            is_plain_http: url.scheme() == "http",
        })
    }

    /// The region of an instance's own host, `….iotda-app.{region}.…`.
    pub(crate) fn instance_region(&self) -> Option<&str> {
        let mut labels = self.host.split('.');
        labels.by_ref().skip(1).find(|label| *label == "iotda-app")?;
        labels.next().filter(|region| labels.next().is_some() && check_region(region).is_ok())
    }

    /// The region that the host's name tells.
    pub(crate) fn region(&self) -> Option<&str> {
        let shared = self.host.strip_prefix("iotda.").and_then(|host| host.strip_suffix(".myhuaweicloud.com"));
        self.instance_region().or(shared.filter(|region| check_region(region).is_ok()))
    }
}

fn example(setting: &str) -> &'static str {
    match setting {
        "endpoint" => {
            "the host that the IoTDA console shows on its Overview page, as \
             https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com"
        }
        _ => "a URL as https://iam.cn-north-4.myhuaweicloud.com",
    }
}

pub(crate) fn check_region(region: &str) -> Result<(), Error> {
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !region.is_empty() && region.bytes().all(valid) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "region is {}, but must be a region's id of lower-case letters, digits and hyphens, as cn-north-4",
        quoted(region)
    )))
}

/// The endpoint for an error, without what may be secret in it: a password, a query.
pub(crate) fn redacted_endpoint(endpoint: &str) -> String {
    // A password may hold any character: all before the last `@` goes first.
    let (user, rest) = endpoint.rsplit_once('@').map_or(("", endpoint), |(_, rest)| ("[redacted]@", rest));
    let visible = rest.split(['?', '#']).next().unwrap_or_default();
    quoted(&format!("{user}{visible}"))
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
    Err(Error::invalid_input(format!("{field} is {}, but {why}; give the id as the console shows it", quoted(id))))
}
