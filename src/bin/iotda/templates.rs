//! `iotda templates`: the device authentication templates.

use huaweicloud_iotda::Client;
use huaweicloud_iotda::types::{AuthenticationTemplateSimple, TemplateStatus, Timestamp};

use crate::arguments::{Status, Templates};
use crate::exit::{Exit, Tally};
use crate::failure::Failure;
use crate::listing::{Part, start};
use crate::output::{Cell, Column, Printer, Row, column};
use crate::run::Context;

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
    // The count is that of the whole listing: not of what follows a marker.
    let mut counted = arguments.pages.marker.is_some();
    let place = context.standing.add(LISTING.to_owned(), arguments.pages.marker.clone());
    context.screen.begin(LISTING);
    let mut printer = Printer::new(context.format, COLUMNS, &context.screen);
    let mut tally = Tally::default();
    let mut pages = start(request, Part::new(&arguments.pages, None));
    while let Some(page) = pages.recv().await {
        match page {
            Ok(page) => {
                if !counted {
                    context.screen.expect(page.total.unwrap_or_default());
                    counted = true;
                }
                let wanted = page.items.iter().filter(|template| has(template, arguments.status));
                let rows: Vec<_> = wanted.map(row).collect();
                context.standing.print(place, rows.len(), page.next_marker.as_ref(), || printer.rows(&rows))?;
                tally.answered |= !rows.is_empty();
                context.screen.advance(page.items.len() as u64);
            }
            Err(error) => {
                let failure = Failure::from(error);
                tally.failures.push(failure.exit());
                context.screen.failure(&failure, context.standing.resume(place));
            }
        }
    }
    context.screen.end();
    tally.end(|| printer.end())
}

/// The service has no such filter.
fn has(template: &AuthenticationTemplateSimple, wanted: Option<Status>) -> bool {
    let wanted = match wanted {
        None => return true,
        Some(Status::Active) => TemplateStatus::Active,
        Some(Status::Inactive) => TemplateStatus::Inactive,
    };
    template.status == Some(wanted)
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
