//! `iotda devices --unused`: the certificates that no device uses, which may be cleaned up.

use futures_util::{StreamExt, stream};
use huaweicloud_iotda::Client;

use crate::exit::{Exit, Tally};
use crate::failure::Failure;
use crate::listing::TOGETHER;
use crate::output::{Column, Printer, column};
use crate::run::Context;

const COLUMNS: &[Column] = &[column("certificate_id", 0)];

pub(crate) async fn run(context: &mut Context, client: &Client, certificates: &[String]) -> Result<Exit, Failure> {
    context.screen.begin("certificates");
    context.screen.expect(certificates.len() as u64);
    let mut printer = Printer::new(context.format, COLUMNS, &context.screen);
    let mut tally = Tally::default();
    let mut unused = 0;
    // A page of one record tells it: the service's count is but a hint.
    let ask =
        async |certificate| (certificate, client.list_device_by_device_certificate(certificate).limit(1).send().await);
    let mut answers = stream::iter(certificates).map(ask).buffered(TOGETHER);
    while let Some((certificate, answer)) = answers.next().await {
        context.screen.advance(1);
        match answer.map_err(|error| Failure::of_certificate(certificate, error)) {
            Ok(page) => {
                tally.answered = true;
                if page.items.is_empty() {
                    unused += 1;
                    if let Err(error) = printer.rows(&[vec![certificate.as_str().into()]]) {
                        return tally.ended_by(error.into());
                    }
                }
            }
            Err(failure) => {
                tally.failures.push(failure.exit());
                let ends = failure.concerns_all();
                context.screen.failure(&failure, ends.then(|| "those after it were not looked at".to_owned()));
                if ends {
                    break;
                }
            }
        }
    }
    context.screen.end();
    let ended = tally.end(|| printer.end());
    let unread = if tally.failures.is_empty() { "" } else { "; not all could be read" };
    context.screen.note(&format!("{unused} of {} certificates are used by no device{unread}", certificates.len()));
    ended
}
