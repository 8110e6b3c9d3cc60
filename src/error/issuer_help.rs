//! The likely cause of a rejection by IAM, or by another server that issues credentials or reports projects.

use super::Error;

pub(super) const REDIRECT: &str = "Redirects are never followed, because they would send the credential to another host. \
                                   Likely cause: an http:// endpoint, or a proxy or sign-on page of the network. Check the \
                                   endpoint that the message names, and do not use the target of the redirect";

pub(crate) const UNDOCUMENTED: &str = "Likely cause: a proxy or another server responds instead of the one that the message \
                                       names. Check that endpoint; if it is correct, ask the administrator of the network";

/// Returns the help for a status that does not mean the same for every server.
pub(super) fn issuer_help(error: &Error) -> Option<&'static str> {
    Some(match error.status()? {
        400 => {
            "Likely cause: a proxy changed the request, the endpoint that the message names is not that of IAM, or IAM does \
             not know the account, the user or the project in this form. Check the endpoint and these names"
        }
        _ if error.is_unauthorized() => {
            "Likely cause: a wrong account (domain), user or password, or a user without API access. The login is not \
             retried, because repeated failures lock the user"
        }
        403 => {
            "Likely cause: the user may not log in through the API, or has no access to the project. Check the account, the \
             user and the project, or ask the account's administrator for the permission"
        }
        404 | 405 => {
            "Likely cause: the endpoint that the message names is not that of IAM or contains a wrong path (it may only end \
             with /v3), or the account or the project does not exist. Check the endpoint, the account and the project"
        }
        _ => {
            "Likely cause: another server than IAM responds at the endpoint that the message names, or IAM has changed. \
             Check the endpoint; if it is correct, contact Huawei Cloud support with the message"
        }
    })
}
