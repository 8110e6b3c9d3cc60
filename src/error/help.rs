//! The likely cause of an error and what to do, for its text.

use super::predicates::UNKNOWN_USER;
use super::{Error, ErrorKind};

pub(super) fn help(error: &Error) -> Option<String> {
    match error.kind() {
        // Their messages name value, bound and remedy themselves.
        ErrorKind::InvalidInput | ErrorKind::Configuration => None,
        ErrorKind::Connection => Some(
            "Likely cause: the endpoint's name or address, a proxy, a firewall or the TLS certificate; or the connection \
             broke. Check that the endpoint can be reached from here; the call may be sent again"
                .to_owned(),
        ),
        ErrorKind::Timeout => Some(
            "Likely cause: a slow network path or an overloaded service. The call may be sent again; raise the \
             client's timeouts if this happens often"
                .to_owned(),
        ),
        ErrorKind::UnexpectedResponse => Some(
            "Likely cause: a proxy or another service answers at this endpoint, or the service has changed. Compare the \
             endpoint with the console's Overview page; nothing may be concluded from this answer"
                .to_owned(),
        ),
        ErrorKind::Credentials if error.is_unauthorized() => Some(
            "Likely cause: the account (domain), the user or the password is wrong, or the user may not use the API. Nothing \
             is tried again by itself, for repeated failures lock the user"
                .to_owned(),
        ),
        ErrorKind::Credentials => None,
        ErrorKind::Service => service_help(error),
    }
}

fn service_help(error: &Error) -> Option<String> {
    let text = match error.status()? {
        300..=399 => {
            "Redirects are never followed, for a credential must not travel to another host. Configure the final endpoint"
        }
        _ if error.is_unauthorized() => {
            "Likely cause: a token that is wrong, expired (24 hours) or of another region's IAM endpoint; with an access key, a \
             wrong or disabled key, a clock that is off, or the wrong kind of signature for this host. Replace the credential"
        }
        _ if error.is_throttled() => {
            "The service limits the rate of calls. Wait before the next call, and read with fewer at a time"
        }
        403 if error.has_code(UNKNOWN_USER) => {
            "Likely cause: IoTDA is not subscribed in this region, or the account belongs to an instance and this is the \
             shared endpoint. Use the endpoint that the console's Overview page shows"
        }
        _ if error.is_not_found() => return Some(not_found(error)),
        403 => return Some(forbidden(error)),
        400 => "The service refuses the request. Compare its values with the bounds in the documentation",
        407 => "The proxy wants a login: give it by ClientBuilder::configure_http",
        408 | 500 | 502 | 503 | 504 if error.request_id().is_none() => {
            "The service or its gateway failed for the moment. The call may be sent again; if it goes on failing, tell the \
             vendor when"
        }
        408 | 500 | 502 | 503 | 504 => {
            "The service or its gateway failed for the moment. The call may be sent again; if it goes on failing, quote the \
             request id to the vendor"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn not_found(error: &Error) -> String {
    match error.code() {
        Some("APIGW.0101" | "APIG.0101") => {
            "Likely cause: the endpoint is that of another service or has a wrong path. Compare it with the console's \
             Overview page"
        }
        _ => {
            "Likely cause: no such thing in this project and instance. Compare the id, the project id, the region of the \
             endpoint and the instance id"
        }
    }
    .to_owned()
}

fn forbidden(error: &Error) -> String {
    let action = error.0.operation.map_or("for this operation", |operation| operation.iam_action);
    format!(
        "Likely cause: the user lacks the IAM permission {action}. Ask the account's administrator to grant it for this \
         project and instance"
    )
}
