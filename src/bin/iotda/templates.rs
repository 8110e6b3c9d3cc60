//! `iotda templates`: lists device authentication templates.

use huaweicloud_iotda::Client;
use huaweicloud_iotda::types::{AuthenticationTemplateSimple, TemplateStatus, Timestamp};

use crate::arguments::{Status, Templates};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listing::{Listing, ReadOptions};
use crate::output::{Cell, Column, Printer, Row, column};
use crate::tally::Tally;

const COLUMNS: &[Column] = &[
    column("template_id", 0),
    column("template_name", 0),
    column("status", 0),
    column("create_time", 3),
    column("update_time", 1),
    column("description", 2),
];

const LISTING: &str = "templates";

pub(crate) async fn run(context: &mut Context, client: &Client, arguments: Templates) -> Result<Exit, Failure> {
    let mut request = client.list_device_authentication_templates();
    if let Some(name) = &arguments.name {
        request = request.template_name(name);
    }
    // The service's count includes the records before a marker, so it is no total for the rest.
    let mut has_total = arguments.pages.marker.is_some();
    let index = context.progress.add(LISTING.to_owned(), arguments.pages.marker.clone());
    context.status_line.start(LISTING, 1, client);
    let mut printer = Printer::new(&context.output, COLUMNS, &context.status_line)?;
    let mut tally = Tally::new(&arguments.pages);
    let (mut read, mut printed) = (0, 0);
    let mut pages = Listing::start(request, ReadOptions::new(&arguments.pages, None));
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                if !has_total {
                    context.status_line.bar.set_total(0, page.total.unwrap_or_default());
                    has_total = true;
                }
                let matching = page.items.iter().filter(|template| has_status(template, arguments.status));
                let rows: Vec<_> = matching.map(row).collect();
                let next = page.next_marker.as_ref();
                printer.page(&rows, || context.progress.printed(index, rows.len(), next))?;
                (read, printed) = (read + page.items.len(), printed + rows.len());
                tally.any_success |= !rows.is_empty();
                context.status_line.bar.advance(page.items.len() as u64);
            }
            Err(error) => {
                let failure = Failure::from(error);
                tally.failures.push(failure.exit());
                context.status_line.failure(&failure, context.progress.resume(index));
            }
        }
    }
    tally.check_end(&context.status_line, LISTING, pages.end().await);
    context.status_line.clear();
    let result = tally.finish(|| printer.finish());
    let of_all = if arguments.status.is_some() { format!(" of {read}") } else { String::new() };
    context.status_line.note(&format!("{printed}{of_all} templates"));
    result
}

/// Filters by status, because the service can't.
fn has_status(template: &AuthenticationTemplateSimple, status: Option<Status>) -> bool {
    let status = match status {
        None => return true,
        Some(Status::Active) => TemplateStatus::Active,
        Some(Status::Inactive) => TemplateStatus::Inactive,
    };
    template.status == Some(status)
}

fn row(template: &AuthenticationTemplateSimple) -> Row {
    let time = |time: &Option<Timestamp>| Cell::Text(time.as_ref().map(|time| time.as_str().to_owned()));
    vec![
        (&template.template_id).into(),
        (&template.template_name).into(),
        Cell::Text(template.status.as_ref().map(|status| status.as_str().to_owned())),
        time(&template.create_time),
        time(&template.update_time),
        (&template.description).into(),
    ]
}

#[cfg(test)]
mod tests {
    use huaweicloud_iotda::mock::sample_template;

    use super::{COLUMNS, row};
    use crate::output::assert_every_field_is_printed;

    #[test]
    fn every_field_of_a_template_is_printed() -> serde_json::Result<()> {
        let template = sample_template(1);
        assert_every_field_is_printed("AuthenticationTemplateSimple", file!(), COLUMNS, &template, &row(&template))
    }
}
