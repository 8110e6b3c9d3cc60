//! The help for an error, with the options and variables of the CLI.

use std::time::Duration;

use huaweicloud_iotda::{Error, ErrorKind};

use crate::credential_kind::ConfiguredCredential;

/// Returns the library's help; if that names a method of the library, an option or a variable instead.
pub(crate) fn help(error: &Error, credential: Option<ConfiguredCredential>) -> Option<String> {
    if let Some(delay) = requested_delay(error) {
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        return Some(format!(
            "The service asks for a delay of {delay:?}. Run again after it, or use --max-wait {seconds}"
        ));
    }
    let text = match error.kind() {
        ErrorKind::Timeout if error.message().starts_with("connect timed out") => {
            "Likely cause: a wrong endpoint, a port that does not use TLS, a proxy or firewall that drops the connection, or a \
             slow network. Check the endpoint's host and port and the proxy variables, or increase --connect-timeout"
        }
        ErrorKind::Timeout => "Likely cause: a slow network or an overloaded service. Retry, or increase --timeout",
        _ if error.is_throttled() => {
            "The service limits the request rate. Run again later, with --rate-limit or a higher --retries"
        }
        ErrorKind::Service if error.is_unauthorized() => match credential {
            Some(ConfiguredCredential::Token) => TOKEN,
            Some(ConfiguredCredential::Password) => PASSWORD,
            Some(ConfiguredCredential::AccessKey | ConfiguredCredential::ProfileAccessKey) => ACCESS_KEY,
            Some(
                ConfiguredCredential::IdToken
                | ConfiguredCredential::Oidc
                | ConfiguredCredential::PodIdentity
                | ConfiguredCredential::Metadata,
            ) => ISSUED_KEY,
            None => return error.help(),
        },
        _ => return error.help(),
    };
    Some(text.to_owned())
}

const TOKEN: &str = "Likely cause: the token is wrong, expired (after 24 hours) or from another region's IAM endpoint. \
                     Replace it with a new one";
const PASSWORD: &str = "Likely cause: IAM of another region or cloud issued the token. Compare the endpoint's region with \
                        the IAM endpoint that iotda doctor shows";
const ACCESS_KEY: &str = "Likely cause: a wrong or disabled access key, a wrong clock, or the wrong signing algorithm for \
                          this host. Check the clock and the algorithm with iotda doctor, or replace the key";

const ISSUED_KEY: &str = "Likely cause: a wrong clock, the wrong signing algorithm for this host, or a key of another cloud. \
                          Check the clock, the algorithm and the endpoints with iotda doctor";

/// Returns the delay that the service requested, if it is more than `--max-wait`.
fn requested_delay(error: &Error) -> Option<Duration> {
    error.retry_after().filter(|_| error.message().contains("more than max_backoff"))
}
