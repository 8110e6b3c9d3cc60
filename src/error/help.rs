//! The likely cause of an error, and what to do.

use super::predicates::UNKNOWN_USER;
use super::{Error, ErrorKind};

impl Error {
    /// Returns the likely cause and what to do. They are also the last part of the text. `None` if they are unknown, or
    /// the [message](Self::message) already states them.
    pub fn help(&self) -> Option<String> {
        help(self)
    }
}

fn help(error: &Error) -> Option<String> {
    match error.kind() {
        // Their messages name the value, the bound and the remedy.
        ErrorKind::InvalidInput | ErrorKind::Configuration => None,
        ErrorKind::Connection => Some(
            "Likely cause: a wrong endpoint, a proxy, a firewall, an untrusted TLS certificate, or an interrupted \
             connection. Check that the endpoint is reachable from this machine, then retry the call"
                .to_owned(),
        ),
        ErrorKind::Timeout => Some(
            "Likely cause: a slow network or an overloaded service. Retry the call; if this happens often, increase \
             the client's timeouts"
                .to_owned(),
        ),
        ErrorKind::UnexpectedResponse => Some(
            "Likely cause: a proxy or another service responds at this endpoint, or the service has changed. Compare \
             the endpoint with the console's Overview page; do not draw conclusions from this response"
                .to_owned(),
        ),
        ErrorKind::Credentials if error.is_unauthorized() => Some(
            "Likely cause: a wrong account (domain), user or password, or a user without API access. The login is not \
             retried, because repeated failures lock the user"
                .to_owned(),
        ),
        ErrorKind::Credentials => None,
        ErrorKind::Service => service_help(error),
    }
}

fn service_help(error: &Error) -> Option<String> {
    let text = match error.status()? {
        300..=399 => {
            "Redirects are never followed, because they would send the credential to another host. Configure the final \
             endpoint"
        }
        _ if error.is_unauthorized() => {
            "Likely cause: a token that is wrong, expired (after 24 hours) or from another region's IAM endpoint; with \
             an access key: a wrong or disabled key, a wrong clock, or the wrong signing algorithm for this host. \
             Check the clock and the signing algorithm, or replace the credential"
        }
        _ if error.is_throttled() => {
            "The service limits the request rate. Reduce the request rate or concurrency, and retry the call later"
        }
        403 if error.has_code(UNKNOWN_USER) => {
            "Likely cause: IoTDA is not subscribed in this region, or the account uses a standard or enterprise \
             instance, but this is the shared endpoint of the basic edition. Use the endpoint that the console's \
             Overview page shows"
        }
        _ if error.is_not_found() => return Some(not_found(error)),
        403 => return Some(forbidden(error)),
        400 => "The service rejected the request. Compare its values with the bounds in the documentation",
        407 => "The proxy requires authentication; configure it with ClientBuilder::configure_http",
        408 | 500 | 502 | 503 | 504 if error.request_id().is_none() => {
            "The service or its gateway failed temporarily. Retry the call; if the error persists, contact Huawei \
             Cloud support with the time of the call"
        }
        408 | 500 | 502 | 503 | 504 => {
            "The service or its gateway failed temporarily. Retry the call; if the error persists, contact Huawei \
             Cloud support with the request ID"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn not_found(error: &Error) -> String {
    match error.code() {
        Some("APIGW.0101" | "APIG.0101") => {
            "Likely cause: the endpoint belongs to another service or contains a wrong path. Compare it with the \
             console's Overview page"
        }
        _ => {
            "Likely cause: the resource does not exist in this project and instance. Check the resource ID, the \
             project ID, the endpoint's region and the instance ID"
        }
    }
    .to_owned()
}

fn forbidden(error: &Error) -> String {
    let action = error.0.operation.map_or("for this operation", |operation| operation.iam_action);
    format!(
        "Likely cause: the user lacks permission for the IAM action {action}. Ask the account's administrator to grant it for \
         this project and instance"
    )
}
