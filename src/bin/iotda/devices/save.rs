//! `--out FILE`: saves the devices of certificates, one after the other, so that a run that was killed can continue.

use std::path::Path;

use huaweicloud_iotda::Client;

use super::{filter, list, totals};
use crate::arguments::Devices;
use crate::checkpoint::{CheckpointedFile, Content, Position};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listing::ListingEnd;
use crate::output::{Destination, Format, TextWriter};
use crate::tally::Tally;

pub(super) async fn run(
    context: &mut Context,
    client: &Client,
    certificates: &[String],
    arguments: &Devices,
    path: &Path,
) -> Result<Exit, Failure> {
    if !matches!(context.output.format, Format::Csv | Format::Jsonl) || context.output.selection.sort.is_some() {
        return Err(Failure::Usage("--out supports --output csv and jsonl, without --sort".to_owned()));
    }
    let writer = TextWriter::new(&context.output, list::COLUMNS)?;
    let instance = context.instance_id.as_deref().unwrap_or("none");
    let service = format!("{} project {} instance {instance}", client.endpoint(), client.project_id().await?);
    let options = options(&context.output, arguments);
    let strict = arguments.pages.strict;
    let content = Content { service, options, certificates: certificates.to_vec() };
    let file = CheckpointedFile::open(path, content, strict)?;
    context.progress.set_hint(format!("{}: run the same command again to continue", path.display()));
    context.status_line.start("devices", certificates.len(), client);
    context.status_line.bar.resume(file.read());
    totals::request(client, certificates, None, &context.status_line);
    let mut tally = Tally::new(&arguments.pages);
    tally.run_again = if strict {
        "run the same command again before you act; it reads everything again"
    } else {
        "run it again with another file before you act"
    };
    let mut run = Run { context, client, arguments, writer, file, tally };
    run.file.write_header(&run.writer.header()?)?;
    for (number, certificate) in certificates.iter().enumerate() {
        run.context.status_line.bar.set_certificate(number + 1, certificates.len());
        match run.save(certificate, number).await {
            Ok(()) => run.tally.any_success = true,
            Err(failure @ Failure::Call { .. }) => {
                run.file.roll_back()?;
                run.tally.failures.push(failure.exit());
                let again = format!("{}: run the same command again to continue", path.display());
                run.context.status_line.failure(&failure, [again]);
                if failure.affects_all_calls() {
                    break;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    run.context.status_line.clear();
    let read = run.file.read();
    run.file.finish(strict)?;
    let exit = run.tally.exit();
    if exit == Exit::Success && !run.tally.any_incomplete {
        let devices = filter::shown_count(read, read);
        run.context.status_line.note(&format!("{}: complete, {devices} devices were read", path.display()));
    }
    Ok(exit)
}

/// Returns the options that the content of the file depends on.
fn options(output: &Destination, arguments: &Devices) -> String {
    format!("{:?} {:?} {:?} {:?}", output.format, output.csv, output.selection, arguments.filter)
}

struct Run<'a> {
    context: &'a Context,
    client: &'a Client,
    arguments: &'a Devices,
    writer: TextWriter,
    file: CheckpointedFile,
    tally: Tally,
}

impl Run<'_> {
    /// Saves the rest of a certificate's devices.
    async fn save(&mut self, certificate: &str, number: usize) -> Result<(), Failure> {
        let pages = &self.arguments.pages;
        let mut request = self.client.list_device_by_device_certificate(certificate);
        request = request.limit(pages.page_size.get()).concurrency(pages.concurrency);
        let bar = &self.context.status_line.bar;
        let (position, mut read) = self.file.position(number);
        let (mut first_count, mut last_count) = (None, None);
        match position {
            Position::Start => {}
            Position::After { marker, counted } => {
                request = request.marker(marker);
                first_count = counted;
            }
            Position::Done => {
                bar.end_listing(number, read);
                return Ok(());
            }
            Position::Incomplete { counted } => {
                self.report_incomplete(certificate, read, counted);
                self.context.status_line.bar.end_listing(number, read);
                return Ok(());
            }
        }
        let mut pages = request.pages();
        while let Some(page) = pages.try_next().await.map_err(|error| Failure::for_certificate(certificate, error))? {
            bar.set_total(number, page.total.unwrap_or_default());
            bar.advance(page.items.len() as u64);
            if read == 0 {
                first_count = page.total;
            }
            last_count = page.total;
            read += page.items.len() as u64;
            let matching = page.items.iter().filter(|device| filter::matches(&self.arguments.filter, device));
            let rows: Vec<_> = matching.map(|device| list::row(certificate, device)).collect();
            self.file.append(&self.writer.rows(&rows)?)?;
            // A page without a marker is complete only at the end of the listing, because an error may follow.
            if let Some(next) = page.next_marker {
                self.file.set_position(number, Position::After { marker: next, counted: first_count }, read)?;
            }
        }
        // The library's summary covers only this run, so a resumed listing is compared by the same rule here.
        let counted = first_count.into_iter().chain(last_count).min();
        let is_complete = pages.summary().is_some_and(|summary| summary.is_complete());
        let position = match counted {
            _ if !is_complete => Position::Incomplete { counted },
            Some(counted) if read < counted => Position::Incomplete { counted: Some(counted) },
            _ => Position::Done,
        };
        if let Position::Incomplete { counted } = position {
            self.report_incomplete(certificate, read, counted);
        }
        self.context.status_line.bar.end_listing(number, read);
        self.file.set_position(number, position, read)
    }

    fn report_incomplete(&mut self, certificate: &str, read: u64, counted: Option<u64>) {
        let end = ListingEnd { read, counted, is_complete: false };
        self.tally.check_end(&self.context.status_line, &format!("certificate {certificate}"), Some(end));
    }
}
