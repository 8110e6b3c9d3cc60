//! The likely cause of an error, and what to do.

use super::body::BodyForm;
use super::connect_failure::PROXY_AUTHENTICATION;
use super::issuer_help::{self, issuer_help};
use super::predicates::UNKNOWN_USER;
use super::{Cause, Error, ErrorKind};

/// Part of the messages about connections through a proxy.
const THROUGH_PROXY: &str = " through the proxy ";
const REDIRECT: &str = "Redirects are never followed, because they would send the credential to another host. Likely \
                        cause: an http:// endpoint, or a proxy or sign-on page of the network. Use the endpoint that the \
                        console's Overview page shows, not the target of the redirect";
const URL_TOO_LONG: &str = "The URL is longer than the server, or a proxy in front of it, accepts. Check the certificate \
                            ID, the project ID and the endpoint's path";
const REQUEST_TOO_LARGE: &str = "The request is larger than the server, or a proxy in front of it, accepts. Check the \
                                 credential, which is usually the largest part, and the instance ID";
const CONTRADICTION: &str = "The response contradicts itself or an earlier one. List again; if the error persists, contact \
                             Huawei Cloud support with the request ID; do not draw conclusions from this response";
const COMPRESSED: &str = "Likely cause: a proxy or gateway compresses responses, although the client does not request \
                          it. Turn off the compression there, or use the endpoint that the console's Overview page \
                          shows; do not draw conclusions from this response";

const CONNECTION: &str = "Likely cause: a wrong endpoint, a proxy, a firewall, or an interrupted connection. Check that the endpoint is reachable from this machine, then retry the call";
const TIMEOUT: &str = "Likely cause: a slow network or an overloaded service. Retry the call; if this happens often, increase \
                       the client's timeouts";
const UNDOCUMENTED: &str = "Likely cause: a proxy or another service responds at this endpoint, or the service has changed. Compare \
                            the endpoint with the console's Overview page; do not draw conclusions from this response";
const ERROR_IN_SUCCESS: &str = "The service reports an error with the status of a success. Look up the error code in the API \
                                reference, then list again; do not draw conclusions from this response";
const PROXY_CONNECTION: &str = "Likely cause: a wrong proxy variable, a proxy that does not run or is overloaded, or an interrupted connection. \
                                Check that the proxy is reachable from this machine, then retry the call";

impl Error {
    /// Returns the likely cause and what to do. They are also the last part of the text. `None` if they are unknown, or
    /// the [message](Self::message) already states them.
    pub fn help(&self) -> Option<String> {
        let is_from_service = self.0.text.form == BodyForm::Object;
        let text = match (self.0.kind, self.0.cause) {
            (_, Cause::NoResponse { permanent: Some(failure), .. }) => failure.help,
            // Their messages name the value, the bound and the remedy.
            (ErrorKind::InvalidInput | ErrorKind::Configuration, _) => return None,
            (ErrorKind::Connection, _) if self.0.text.message.contains(THROUGH_PROXY) => PROXY_CONNECTION,
            (ErrorKind::Connection, _) => CONNECTION,
            (ErrorKind::Timeout, _) => TIMEOUT,
            (ErrorKind::UnexpectedResponse, _) if self.0.text.form == BodyForm::Compressed => COMPRESSED,
            (ErrorKind::UnexpectedResponse, Cause::Contradiction) => CONTRADICTION,
            (ErrorKind::UnexpectedResponse, Cause::Rejected(help)) => help,
            (ErrorKind::UnexpectedResponse, _) if self.code().is_some_and(|code| code.starts_with("IOTDA.")) => {
                ERROR_IN_SUCCESS
            }
            (ErrorKind::UnexpectedResponse, _) => UNDOCUMENTED,
            (ErrorKind::Service, _) if is_from_service => return service_help(self),
            (ErrorKind::Service | ErrorKind::Credentials, _) if !is_from_service => return other_server(self),
            (_, Cause::Rejected(help)) => help,
            _ if self.is_retryable() => return service_help(self),
            _ => return server_help(self).or_else(|| issuer_help(self)).map(str::to_owned),
        };
        Some(text.to_owned())
    }
}

/// The help for a response of any server on the way to the service.
fn server_help(error: &Error) -> Option<&'static str> {
    match error.status()? {
        300..=399 if error.kind() == ErrorKind::Credentials => Some(issuer_help::REDIRECT),
        300..=399 => Some(REDIRECT),
        407 => Some(PROXY_AUTHENTICATION.help),
        414 => Some(URL_TOO_LONG),
        413 | 431 | 494 => Some(REQUEST_TOO_LARGE),
        _ => None,
    }
}

/// Returns the name of the part that identifies the call for the support.
fn quote(error: &Error) -> &'static str {
    if error.request_id().is_some() { "the request ID" } else { "the time of the call" }
}

fn service_help(error: &Error) -> Option<String> {
    let text = match error.status()? {
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
        _ if error.is_retryable() => {
            return Some(format!(
                "The service or its gateway failed temporarily. Retry the call; if the error persists, contact Huawei \
                 Cloud support with {}",
                quote(error)
            ));
        }
        405 => {
            "Likely cause: the endpoint belongs to another service or contains a wrong path, or a proxy does not allow this \
             method. Compare the endpoint with the console's Overview page"
        }
        _ => return Some(server_help(error).map_or_else(|| undocumented_status(error), str::to_owned)),
    };
    Some(text.to_owned())
}

fn undocumented_status(error: &Error) -> String {
    match error.code() {
        None => {
            "Likely cause: a proxy or another server sent this response, because it has no error code of IoTDA. Compare the \
             endpoint with the console's Overview page"
                .to_owned()
        }
        Some(_) => format!(
            "The API reference does not list this status for the operation. Look up the error code there; if it is missing, \
             contact Huawei Cloud support with {}",
            quote(error)
        ),
    }
}

/// The help for a body that is not of the service: a page of another server, or compressed.
fn other_server(error: &Error) -> Option<String> {
    if let Some(help) = server_help(error) {
        return Some(help.to_owned());
    }
    let text = match error.status()? {
        429 => {
            "The service, or a proxy or firewall in front of it, limits the request rate. Reduce the request rate or \
             concurrency, and retry the call later"
        }
        _ if error.is_retryable() => {
            return Some(format!(
                "The service, or a proxy or gateway in front of it, failed temporarily. Retry the call; if the error \
                 persists, contact the administrator of the proxy, or Huawei Cloud support with {}",
                quote(error)
            ));
        }
        _ if error.0.text.form == BodyForm::Compressed => COMPRESSED,
        _ if error.kind() == ErrorKind::Credentials => {
            "Likely cause: a proxy, a firewall, a sign-on page or another server sent this response instead of the \
             issuer of credentials, so it says nothing about the credential. Check the endpoint that the message names; \
             if it is correct, ask the administrator of the network to allow the request"
        }
        401 => {
            "Likely cause: a proxy, a sign-on page or another server asks for a login, not IoTDA, so this does not mean \
             that the credential is wrong. Compare the endpoint with the console's Overview page; if it is correct, \
             sign in to the network, or ask its administrator to allow the request"
        }
        _ => {
            "Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says \
             nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; \
             if it is correct, ask the administrator of the network, proxy or firewall to allow the request"
        }
    };
    Some(text.to_owned())
}

fn not_found(error: &Error) -> String {
    match error.code() {
        Some("APIGW.0101" | "APIG.0101") => {
            "Likely cause: the endpoint belongs to another service or contains a wrong path. Compare it with the \
             console's Overview page"
        }
        None => {
            "Likely cause: the endpoint belongs to another service or contains a wrong path, because the response has \
             no error code of IoTDA; or the resource does not exist in this project and instance. Check the endpoint, \
             the resource ID, the project ID and the instance ID"
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
    if error.code().is_none() {
        return format!(
            "Likely cause: the user lacks permission for the IAM action {action}; or, because the response has no \
             error code of IoTDA, a proxy or firewall rejected the request. Ask the account's administrator to grant \
             it for this project and instance, or the administrator of the network to allow the request"
        );
    }
    if error.code().is_some_and(|code| code.starts_with("APIG")) {
        return "The API gateway rejected the request before the service checked permissions, for example because of this \
                machine's IP address or an access list. Compare the message with the gateway's rules, or ask the account's \
                administrator"
            .to_owned();
    }
    format!(
        "Likely cause: the user lacks permission for the IAM action {action}. Ask the account's administrator to grant it for \
         this project and instance"
    )
}
