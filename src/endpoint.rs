//! Endpoints: the addresses of the service and of IAM, and what a host name reveals about both.

use std::net::IpAddr;

use reqwest::Url;

use crate::constraints::quoted;
use crate::error::Error;
use crate::settings::{flaw, is_region};

/// The validated address of a service.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// The URL without a trailing slash.
    pub(crate) base_url: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) is_plain_http: bool,
}

impl Endpoint {
    /// Returns a region's endpoint of a service; for IoTDA, it is the shared one. In the cloud `myhuaweicloud.com`, that is
    /// the first server of the OpenAPI document.
    pub(crate) fn of_region(service: &str, region: &str, domain: &str) -> Result<Self, Error> {
        Self::parse("endpoint", &format!("https://{service}.{region}.{domain}"), false)
    }

    /// Parses the URI of an agent on this machine or its host, which may have a query. Plain HTTP is accepted only for a
    /// loopback or link-local address.
    pub(crate) fn parse_agent(setting: &str, uri: &str) -> Result<Self, Error> {
        let endpoint = Self::parse(setting, uri.split_once('?').map_or(uri, |(address, _)| address), true)?;
        if !endpoint.is_plain_http || is_loopback(&endpoint.host) || is_link_local(&endpoint.host) {
            return Ok(endpoint);
        }
        Err(Error::configuration(format!(
            "{setting} is {}, but plain http is accepted only for a loopback or link-local address, because another \
             machine could read the key; use https",
            redacted_endpoint(uri)
        )))
    }

    /// Parses the endpoint of IAM. It may end with `/v3`, which the variable `HW_AUTH_URL` usually does.
    pub(crate) fn parse_iam(text: &str, allow_http: bool) -> Result<Self, Error> {
        let endpoint = Self::parse("iam_endpoint", text, allow_http)?;
        let base_url = endpoint.base_url.strip_suffix("/v3").unwrap_or(&endpoint.base_url);
        Ok(Self { base_url: base_url.trim_end_matches('/').to_owned(), ..endpoint })
    }

    /// Parses the endpoints of the service, which are separated by commas.
    pub(crate) fn parse_list(text: &str, allow_http: bool) -> Result<Vec<Self>, Error> {
        // A password may contain a comma; `parse` rejects it without showing it.
        if text.contains('@') || !text.contains(',') {
            return Ok(vec![Self::parse("endpoint", text, allow_http)?]);
        }
        text.split(',').map(|endpoint| Self::parse("endpoint", endpoint.trim(), allow_http)).collect()
    }

    /// Parses an endpoint in the console's form: a URL, or a host (then https). `setting` is its name in errors.
    pub(crate) fn parse(setting: &str, text: &str, allow_http: bool) -> Result<Self, Error> {
        let reject = |why: &str| {
            let redacted = redacted_endpoint(text);
            let expected = expected_endpoint(setting);
            Error::configuration(format!("{setting} is {redacted}, but {why}; expected {expected}"))
        };
        // URL parsers silently correct these, each in its own way.
        if let Some(why) = placeholder(text).or_else(|| flaw(text, is_url_character)) {
            return Err(reject(&why));
        }
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        if text.starts_with('/') || (!text.contains("://") && text.contains(":/")) {
            return Err(reject("must be a URL or a host"));
        }
        let Ok(url) = Url::parse(&full) else { return Err(reject("must be a URL or a host")) };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return Err(reject("has no host")) };
        check_url(&url, host, allow_http).map_err(reject)?;
        Ok(Self {
            base_url: url.as_str().trim_end_matches('/').to_owned(),
            host: host.to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            is_plain_http: url.scheme() == "http",
        })
    }

    /// Returns host and port, for errors.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Returns the region of an instance's host, `….iotda-app.{region}.…`.
    pub(crate) fn instance_region(&self) -> Option<&str> {
        self.instance_location().map(|(region, _)| region)
    }

    /// Returns the region that the host name contains.
    pub(crate) fn region(&self) -> Option<&str> {
        self.location().map(|(region, _)| region)
    }

    /// Returns the domain of the cloud that the host name contains.
    pub(crate) fn domain(&self) -> Option<&str> {
        self.location().map(|(_, domain)| domain)
    }

    /// Returns the region and the domain of the host of an instance, or of a region's shared endpoint,
    /// `iotda.{region}.{domain}`. Because a custom host name may start with `iotda.`, too, its second label must look like
    /// a region, such as `eu-de`.
    fn location(&self) -> Option<(&str, &str)> {
        let shared = || {
            let (region, domain) = self.host.strip_prefix("iotda.")?.split_once('.')?;
            (is_region(region) && region.contains('-') && domain.contains('.')).then_some((region, domain))
        };
        self.instance_location().or_else(shared)
    }

    fn instance_location(&self) -> Option<(&str, &str)> {
        let (_, rest) = self.host.split_once(".iotda-app.")?;
        rest.split_once('.').filter(|(region, domain)| is_region(region) && !domain.is_empty())
    }
}

/// Returns the domain of the vendor's cloud that contains a region: that of Huawei Cloud Europe for `eu-west-1xx`.
pub(crate) fn default_domain(region: &str) -> &'static str {
    let is_europe = region
        .strip_prefix("eu-west-1")
        .is_some_and(|rest| rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit()));
    if is_europe { "myhuaweicloud.eu" } else { "myhuaweicloud.com" }
}

/// The characters of URLs (RFC 3986), except those of placeholders.
fn is_url_character(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~:/?#[]@!$&()*+,;=%".contains(letter)
}

/// Describes a placeholder of the documentation that was not replaced, such as `{instance}`.
fn placeholder(text: &str) -> Option<String> {
    let start = text.find(['{', '<'])?;
    let length = text[start..].find(['}', '>'])?;
    let name = &text[start + 1..start + length];
    let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_. ".contains(letter));
    is_name.then(|| format!("contains the placeholder {}, which must be replaced", &text[start..=start + length]))
}

fn check_url(url: &Url, host: &str, allow_http: bool) -> Result<(), &'static str> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain user info (a user name or a password)");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not contain a query or a fragment");
    }
    // The URL parser accepts others, but the HTTP client does not.
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || "-._:[]".contains(letter);
    if !host.chars().all(is_host) {
        return Err("its host contains a character that a host name cannot contain");
    }
    if !host.starts_with('[') && !host.trim_end_matches('.').split('.').all(is_host_label) {
        return Err(
            "its host has an empty part, a part that starts or ends with a hyphen, or one of more than 63 characters",
        );
    }
    match url.scheme() {
        "https" if cfg!(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")) => Ok(()),
        "https" => Err("this build has no TLS: enable the feature `rustls` (a default feature), `rustls-ring` \
                        or `native-tls` of huaweicloud-iotda"),
        "http" if allow_http || is_loopback(host) => Ok(()),
        "http" => Err("plain http to another machine would send the credential unencrypted: use https, or call \
                       allow_http(true)"),
        _ => Err("its scheme must be https"),
    }
}

/// Returns `true` for a part of a host name (RFC 1123). Private names may contain an underscore.
fn is_host_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
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

/// Formats an endpoint without its user info and its query, which may be secret.
pub(crate) fn redacted_endpoint(endpoint: &str) -> String {
    // A password may contain any character, so everything before the last `@` is removed.
    let (user, rest) = endpoint.rsplit_once('@').map_or(("", endpoint), |(_, rest)| ("[redacted]@", rest));
    let visible = rest.split(['?', '#']).next().unwrap_or_default();
    quoted(&format!("{user}{visible}"))
}

/// Returns `true` for 127.0.0.0/8, ::1 and `localhost` (RFC 6761).
fn is_loopback(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(|address| address.is_loopback())
}

/// Returns `true` for 169.254.0.0/16 and fe80::/10.
fn is_link_local(host: &str) -> bool {
    address(host).is_some_and(|address| match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    })
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}
