//! The report of `--wait` after its timeout: the certificates that are in use, and those that could not be read.

use std::time::Duration;

use huaweicloud_iotda::Error;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::tally::Tally;

/// A certificate that is not known to be unused.
pub(super) struct Used<'a> {
    pub(super) certificate: &'a str,
    /// Its last known number of devices.
    pub(super) devices: Option<u64>,
    /// The failure of the last request.
    pub(super) error: Option<Error>,
}

/// Reports the certificates that are in use or could not be read; `unused` are those that were unused before. Returns the exit
/// status if one is in use.
pub(super) fn report(
    context: &Context,
    tally: &mut Tally,
    used: Vec<Used<'_>>,
    unused: &[&str],
    max_wait: Duration,
    retry: Option<String>,
) -> Option<Exit> {
    let (in_use, not_read): (Vec<_>, Vec<_>) = used.into_iter().partition(|used| used.devices.is_some());
    for Used { certificate, error, .. } in not_read {
        let failure = match error {
            Some(error) => Failure::for_certificate(certificate, error),
            None => {
                let cause = retry.as_deref().unwrap_or("no response; use a longer --timeout");
                Failure::NoResponse(format!("certificate {certificate}: not read within {max_wait:?}: {cause}"))
            }
        };
        tally.failures.push(failure.exit());
        let note = match unused.contains(&certificate) {
            true => "it was unused before, but could not be checked again",
            false => "it is not known whether a device uses this certificate",
        };
        context.status_line.failure(&failure, [note.to_owned()]);
    }
    if in_use.is_empty() {
        return None;
    }
    tally.any_success = true;
    let failure = Failure::StillInUse(still_in_use(&in_use, max_wait));
    context.status_line.failure(&failure, []);
    Some(failure.exit())
}

fn still_in_use(used: &[Used<'_>], max_wait: Duration) -> String {
    let certificate = |Used { certificate, devices, error }: &Used<'_>| {
        let devices = devices.unwrap_or_default();
        let age = if error.is_some() { ", but the last request failed" } else { "" };
        format!("certificate {certificate} ({devices} devices{age})")
    };
    let certificates: Vec<_> = used.iter().map(certificate).collect();
    format!("still in use after {max_wait:?}: {}; run again, or use a longer --timeout", certificates.join(", "))
}
