//! `--unused --wait`: waits until no device uses the certificates.

use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use huaweicloud_iotda::{Client, Error, ErrorKind};
use tokio::time::{self, Instant, sleep};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listing::MAX_CONCURRENT_LISTINGS;
use crate::output::{Column, Printer, column};
use crate::tally::Tally;

mod timeout;

use timeout::Used;

const COLUMNS: &[Column] = &[column("certificate_id", 0)];

pub(super) async fn run(
    context: &mut Context,
    client: &Client,
    certificates: &[String],
    interval: Duration,
    max_wait: Option<Duration>,
) -> Result<Exit, Failure> {
    context.status_line.start("certificates", 1, client);
    let context = &*context;
    let used = certificates.iter().map(|certificate| Used { certificate, devices: None, error: None }).collect();
    let printer = Printer::new(&context.output, COLUMNS, &context.status_line)?;
    let mut wait = Wait { context, client, printer, tally: Tally::default(), used, unused: Vec::new(), first: None };
    let (result, retry) = wait.until_timeout(interval, max_wait).await;
    context.status_line.clear();
    let Wait { printer, mut tally, used, unused, .. } = wait;
    match result {
        Some(Err(failure)) => return tally.stopped_by(failure),
        Some(Ok(())) => {}
        None => {
            let exit = timeout::report(context, &mut tally, used, &unused, max_wait.unwrap_or_default(), retry);
            return tally.finish(|| printer.finish()).map(|all| exit.unwrap_or(all));
        }
    }
    let result = tally.finish(|| printer.finish());
    let failed = if tally.failures.is_empty() { "" } else { "; some could not be read" };
    context.status_line.note(&format!("unused certificates: {} of {}{failed}", unused.len(), certificates.len()));
    result
}

struct Wait<'a> {
    context: &'a Context,
    client: &'a Client,
    printer: Printer<'a>,
    tally: Tally,
    used: Vec<Used<'a>>,
    /// The certificates that were printed, because no device used them, except those that could not be read later.
    unused: Vec<&'a str>,
    /// The first number of devices of all certificates, and its time.
    first: Option<(u64, Instant)>,
}

impl Wait<'_> {
    /// Returns the result of [`until_unused`](Self::until_unused), `None` after the timeout, and the retry that goes on then.
    async fn until_timeout(
        &mut self,
        interval: Duration,
        max_wait: Option<Duration>,
    ) -> (Option<Result<(), Failure>>, Option<String>) {
        let context = self.context;
        let mut wait = pin!(self.until_unused(interval));
        match max_wait {
            Some(max_wait) => match time::timeout(max_wait, wait.as_mut()).await {
                Ok(result) => (Some(result), None),
                // The retry ends when the future is dropped.
                Err(_) => (None, context.status_line.current_retry()),
            },
            None => (Some(wait.await), None),
        }
    }

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
                self.used =
                    self.unused.iter().map(|certificate| Used { certificate, devices: None, error: None }).collect();
                continue;
            }
            self.show();
            sleep(interval).await;
        }
    }

    /// Requests the number of devices of each certificate, and prints the certificates that are unused.
    async fn request_counts(&mut self) -> Result<(), Failure> {
        let client = self.client;
        let certificates: Vec<_> = self.used.iter().map(|used| used.certificate).collect();
        let request = async |certificate| (certificate, devices(client, certificate).await);
        let mut results = stream::iter(certificates).map(request).buffered(MAX_CONCURRENT_LISTINGS);
        while let Some((certificate, result)) = results.next().await {
            match result {
                Ok(0) => {
                    self.tally.any_success = true;
                    self.used.retain(|used| used.certificate != certificate);
                    if !self.unused.contains(&certificate) {
                        self.unused.push(certificate);
                        self.printer.rows(&[vec![certificate.into()]])?;
                    }
                }
                Ok(count) => self.update(certificate, |used| (used.devices, used.error) = (Some(count), None)),
                // When the last device leaves, the count may lag behind the list, which is an undocumented response.
                Err(error) if error.is_retryable() || error.kind() == ErrorKind::UnexpectedResponse => {
                    let status_line = &self.context.status_line;
                    status_line.warning(&format!("certificate {certificate}: {}; still waiting", error.message()));
                    self.update(certificate, |used| used.error = Some(error));
                }
                Err(error) => {
                    let failure = Failure::for_certificate(certificate, error);
                    if failure.affects_all_calls() {
                        return Err(failure);
                    }
                    self.context.status_line.failure(&failure, []);
                    self.tally.failures.push(failure.exit());
                    self.used.retain(|used| used.certificate != certificate);
                    self.unused.retain(|unused| *unused != certificate);
                }
            }
        }
        Ok(())
    }

    fn update(&mut self, certificate: &str, change: impl FnOnce(&mut Used<'_>)) {
        if let Some(used) = self.used.iter_mut().find(|used| used.certificate == certificate) {
            change(used);
        }
    }

    /// Shows how many devices are left, and how fast their number falls.
    fn show(&mut self) {
        let certificates = self.used.len();
        let left = self.used.iter().map(|used| used.devices).sum::<Option<u64>>();
        let Some(left) = left else {
            let not_read = self.used.iter().filter(|used| used.devices.is_none()).count();
            let text = format!("waiting: certificates that could not be read: {not_read} of {certificates}");
            return self.context.status_line.bar.set_text(text);
        };
        let (first, since) = *self.first.get_or_insert_with(|| (left, Instant::now()));
        let minutes = since.elapsed().as_secs_f64() / 60.0;
        let speed = match first.checked_sub(left) {
            Some(gone @ 1..) => format!(", {:.0} fewer per minute", gone as f64 / minutes),
            _ => String::new(),
        };
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
