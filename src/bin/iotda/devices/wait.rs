//! `--unused --wait`: waits until no device uses the certificates.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use huaweicloud_iotda::{Client, Error, ErrorKind};
use tokio::time::{Instant, sleep, timeout};

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
    interval: Duration,
    max_wait: Option<Duration>,
) -> Result<Exit, Failure> {
    context.status_line.start("certificates", 1, client);
    let used = certificates.iter().map(|id| (id.as_str(), None)).collect();
    let printer = Printer::new(&context.output, COLUMNS, &context.status_line)?;
    let mut wait = Wait { context, client, printer, tally: Tally::default(), used, unused: Vec::new(), first: None };
    let result = match max_wait {
        Some(max_wait) => timeout(max_wait, wait.until_unused(interval)).await.ok(),
        None => Some(wait.until_unused(interval).await),
    };
    context.status_line.clear();
    let Wait { printer, mut tally, used, .. } = wait;
    match result {
        Some(Err(failure)) => return tally.stopped_by(failure),
        Some(Ok(())) => {}
        None => {
            let failure = Failure::StillInUse(still_in_use(&used, max_wait.unwrap_or_default()));
            context.status_line.failure(&failure, []);
            tally.any_success |= tally.failures.is_empty();
            return tally.finish(|| printer.finish()).map(|_| failure.exit());
        }
    }
    let result = tally.finish(|| printer.finish());
    context.status_line.note(&format!(
        "unused certificates: {} of {}",
        certificates.len() - used.len(),
        certificates.len()
    ));
    result
}

/// A certificate and its last known number of devices.
type Used<'a> = (&'a str, Option<u64>);

struct Wait<'a> {
    context: &'a Context,
    client: &'a Client,
    printer: Printer<'a>,
    tally: Tally,
    /// The certificates that are not known to be unused.
    used: Vec<Used<'a>>,
    /// The certificates that were printed, because no device used them.
    unused: Vec<&'a str>,
    /// The first number of devices of all certificates, and its time.
    first: Option<(u64, Instant)>,
}

impl Wait<'_> {
    /// Returns when all certificates are unused or cannot be read.
    async fn until_unused(&mut self, interval: Duration) -> Result<(), Failure> {
        let mut is_last_check = false;
        loop {
            self.request_counts().await?;
            if self.used.is_empty() && (is_last_check || self.unused.len() < 2) {
                return Ok(());
            }
            // A device may have started to use one certificate while the others were waited for.
            is_last_check = self.used.is_empty();
            if is_last_check {
                self.used = self.unused.iter().map(|id| (*id, None)).collect();
                continue;
            }
            self.show();
            sleep(interval).await;
        }
    }

    /// Requests the number of devices of each certificate, and prints the certificates that are unused.
    async fn request_counts(&mut self) -> Result<(), Failure> {
        let client = self.client;
        let certificates: Vec<_> = self.used.iter().map(|(certificate, _)| *certificate).collect();
        let request = async |certificate| (certificate, devices(client, certificate).await);
        let mut results = stream::iter(certificates).map(request).buffered(MAX_CONCURRENT_LISTINGS);
        while let Some((certificate, result)) = results.next().await {
            match result {
                Ok(0) => {
                    self.tally.any_success = true;
                    self.used.retain(|(used, _)| *used != certificate);
                    if !self.unused.contains(&certificate) {
                        self.unused.push(certificate);
                        self.printer.rows(&[vec![certificate.into()]])?;
                    }
                }
                Ok(count) => {
                    self.used.iter_mut().filter(|(used, _)| *used == certificate).for_each(|used| used.1 = Some(count))
                }
                // When the last device leaves, the count may lag behind the list, which is an undocumented response.
                Err(error) if error.is_retryable() || error.kind() == ErrorKind::UnexpectedResponse => {
                    let status_line = &self.context.status_line;
                    status_line.warning(&format!("certificate {certificate}: {}; still waiting", error.message()));
                }
                Err(error) => {
                    let failure = Failure::for_certificate(certificate, error);
                    if failure.affects_all_calls() {
                        return Err(failure);
                    }
                    self.context.status_line.failure(&failure, []);
                    self.tally.failures.push(failure.exit());
                    self.used.retain(|(used, _)| *used != certificate);
                }
            }
        }
        Ok(())
    }

    /// Shows how many devices are left, and how fast their number falls.
    fn show(&mut self) {
        let left = self.used.iter().filter_map(|(_, count)| *count).sum();
        let (first, since) = *self.first.get_or_insert_with(|| (left, Instant::now()));
        let minutes = since.elapsed().as_secs_f64() / 60.0;
        let speed = match first.checked_sub(left) {
            Some(gone @ 1..) => format!(", {:.0} fewer per minute", gone as f64 / minutes),
            _ => String::new(),
        };
        let certificates = self.used.len();
        let text = format!("waiting: {left} of {first} devices left{speed}, certificates in use: {certificates}");
        self.context.status_line.bar.set_text(text);
    }
}

/// Returns the number of devices. A count of 0 is only a hint, so the listing is read then.
async fn devices(client: &Client, certificate: &str) -> Result<u64, Error> {
    let count = client.list_device_by_device_certificate(certificate).total().await?;
    if count > 0 {
        return Ok(count);
    }
    let device = client.list_device_by_device_certificate(certificate).limit(1).items().try_next().await?;
    Ok(u64::from(device.is_some()))
}

fn still_in_use(used: &[Used<'_>], max_wait: Duration) -> String {
    let certificate = |(id, count): &Used<'_>| match count {
        Some(count) => format!("certificate {id} ({count} devices)"),
        None => format!("certificate {id} (number of devices unknown)"),
    };
    let certificates: Vec<_> = used.iter().map(certificate).collect();
    format!("still in use after {max_wait:?}: {}; run again, or use a longer --timeout", certificates.join(", "))
}
