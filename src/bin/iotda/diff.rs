//! `iotda diff`: compares two saved listings, or a saved listing and the service.

use std::{fs, io};

use huaweicloud_iotda::Client;
use serde_json::Value;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Column, Printer, Row, column};
use crate::text_input::{decode, read_all};

mod compare;
mod records;

use compare::{Counts, Difference, compare};
use records::Record;

const COLUMNS: &[Column] = &[
    column("change", 0),
    column("certificate_id", 3),
    column("id", 0),
    column("name", 2),
    column("field", 0),
    column("before", 1),
    column("after", 1),
];

/// More certificates than this number are counted in a note.
const MAX_LISTED_CERTIFICATES: usize = 3;

/// A saved listing.
pub(crate) struct Saved {
    file: String,
    records: Vec<Record>,
}

/// Reads a saved listing; `-` is standard input.
pub(crate) fn read(file: &str) -> Result<Saved, Failure> {
    let failure = |reason: String| Failure::Local(format!("cannot read the listing {file}: {reason}"));
    let bytes = if file == "-" { read_all(io::stdin()) } else { fs::read(file) };
    let text = bytes.and_then(decode).map_err(|error| failure(error.to_string()))?;
    let records = records::parse(&text).map_err(failure)?;
    Ok(Saved { file: file.to_owned(), records })
}

/// Reads all devices of the certificates in a saved listing, and of these ones, from the service.
pub(crate) async fn read_service(
    context: &mut Context,
    client: &Client,
    before: &Saved,
    additional: Vec<String>,
) -> Result<Saved, Failure> {
    let certificates = certificates(before, additional)?;
    context.status_line.start("devices", certificates.len(), client);
    let mut records = Vec::new();
    for (number, certificate) in certificates.iter().enumerate() {
        let mut pages = client.list_device_by_device_certificate(certificate).pages();
        // An incomplete listing would look like removed devices, so the first failure ends the run.
        while let Some(page) = pages.try_next().await.map_err(|error| Failure::for_certificate(certificate, error))? {
            context.status_line.bar.set_total(number, page.total.unwrap_or_default());
            context.status_line.bar.advance(page.items.len() as u64);
            let objects = page.items.iter().filter_map(|device| match serde_json::to_value(device) {
                Ok(Value::Object(object)) => Some(Record::of_object(Some(certificate), object)),
                _ => None,
            });
            records.extend(objects);
        }
        if pages.summary().is_some_and(|summary| !summary.is_complete()) {
            return Err(Failure::Local(format!(
                "certificate {certificate}: the listing has fewer records than the service counts; run it again"
            )));
        }
    }
    context.status_line.clear();
    let names = match certificates.as_slice() {
        few if few.len() <= MAX_LISTED_CERTIFICATES => few.join(", "),
        many => format!("{} certificates", many.len()),
    };
    context.status_line.note(&format!("read from the service, without filters: {names}"));
    Ok(Saved { file: "the service".to_owned(), records })
}

/// Returns the certificates in a saved listing, and these ones.
fn certificates(before: &Saved, additional: Vec<String>) -> Result<Vec<String>, Failure> {
    let Saved { file, records } = before;
    let saved = records.iter().map(|record| record.text("certificate_id").map(str::to_owned));
    let Some(mut certificates) = saved.collect::<Option<Vec<_>>>() else {
        let text = format!("{file} has no certificate_id, so it cannot be compared with the service; specify AFTER");
        return Err(Failure::Usage(text));
    };
    certificates.extend(additional);
    certificates.sort_unstable();
    certificates.dedup();
    if certificates.is_empty() {
        let text = format!("{file} contains no device; name the certificates with --certificate, or specify AFTER");
        return Err(Failure::Usage(text));
    }
    Ok(certificates)
}

/// Prints the differences. The exit statuses are those of `diff`: 0 for none, 1 for some; 2 is a failure.
pub(crate) fn run(context: &Context, before: &Saved, after: &Saved) -> Result<Exit, Failure> {
    let compared = compare(&before.records, &after.records);
    let (differences, counts) = compared
        .map_err(|error| Failure::Local(format!("cannot compare {} with {}: {error}", before.file, after.file)))?;
    let rows: Vec<_> = differences.iter().map(row).collect();
    let exit = if rows.is_empty() { Exit::Success } else { Exit::Other };
    let mut printer = Printer::new(&context.output, COLUMNS, &context.status_line)?;
    match printer.rows(&rows).and_then(|()| printer.finish()).map_err(Failure::from) {
        Err(failure) if failure.is_closed_pipe() => return Ok(exit),
        result => result?,
    }
    let Counts { added, removed, changed, unchanged } = counts;
    context
        .status_line
        .note(&format!("added: {added}, removed: {removed}, changed: {changed}, unchanged: {unchanged}"));
    Ok(exit)
}

fn row(difference: &Difference<'_>) -> Row {
    let Difference { change, record, field } = difference;
    let text = |text: Option<&str>| Cell::Text(text.map(str::to_owned));
    let (name, before, after) = field.map_or((None, None, None), |(name, before, after)| (Some(name), before, after));
    vec![
        (*change).into(),
        text(record.text("certificate_id")),
        text(record.text("device_id").or_else(|| record.text("template_id"))),
        text(record.text("device_name").or_else(|| record.text("template_name"))),
        text(name),
        text(before),
        text(after),
    ]
}
