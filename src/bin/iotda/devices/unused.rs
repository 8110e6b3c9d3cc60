//! `--unused`: lists the certificates that no device uses.

use futures_util::{StreamExt, stream};
use huaweicloud_iotda::Client;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listing::MAX_CONCURRENT_LISTINGS;
use crate::output::{Column, Printer, column};
use crate::tally::Tally;

const COLUMNS: &[Column] = &[column("certificate_id", 0)];

pub(super) async fn run(
    context: &mut Context,
    client: &Client,
    certificates: &[String],
    fail_if_used: bool,
) -> Result<Exit, Failure> {
    context.status_line.start("certificates", 1, client);
    context.status_line.bar.set_total(0, certificates.len() as u64);
    let mut printer = Printer::new(&context.output, COLUMNS, &context.status_line)?;
    let mut tally = Tally::default();
    let mut unused = 0;
    // Reads a device, because the service's count is only a hint, and an empty page may not be the last one.
    let first_device = async |certificate| {
        let device = client.list_device_by_device_certificate(certificate).limit(1).items().try_next().await;
        (certificate, device)
    };
    let mut results = stream::iter(certificates).map(first_device).buffered(MAX_CONCURRENT_LISTINGS);
    while let Some((certificate, result)) = results.next().await {
        context.status_line.bar.advance(1);
        match result.map_err(|error| Failure::for_certificate(certificate, error)) {
            Ok(device) => {
                tally.any_success = true;
                if device.is_none() {
                    unused += 1;
                    if let Err(error) = printer.rows(&[vec![certificate.as_str().into()]]) {
                        return tally.stopped_by(error.into());
                    }
                }
            }
            Err(failure) => {
                tally.failures.push(failure.exit());
                let stops = failure.affects_all_calls();
                let note = "the certificates after it were not checked";
                context.status_line.failure(&failure, stops.then(|| note.to_owned()));
                if stops {
                    break;
                }
            }
        }
    }
    context.status_line.clear();
    let result = tally.finish(|| printer.finish());
    let incomplete = if tally.failures.is_empty() { "" } else { "; some could not be read" };
    context.status_line.note(&format!("unused certificates: {unused} of {}{incomplete}", certificates.len()));
    let is_used = unused < certificates.len();
    result.map(|exit| if exit == Exit::Success && is_used && fail_if_used { Exit::InUse } else { exit })
}
