//! One call: its attempts, each authenticated separately, and the delays between them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tracing::Instrument;

use super::attempt;
use super::call_timer::CallTimer;
use super::context::InContext;
use super::retry::RetryDecision;
use super::retry_budget::MAX_RETRIES;
use crate::auth::session::CallRecovery;
use crate::client::Inner;
use crate::constraints::OperationMeta;
use crate::error::{Cause, Error, ErrorKind};
use crate::log;
use crate::operation::{Operation, OperationRequest};
use crate::pagination::page::FetchedPage;

/// The reason why a request with an unverified access key is not retried.
const REFUSED: &str = "not retried: each request with this access key that receives no response may count as a failure, and \
                       the 6th failure locks the key for 5 minutes";

/// Requests a page of the client's project, with retries.
pub(crate) async fn call<O: Operation>(
    client: &Inner,
    request: &OperationRequest<'_, O>,
) -> Result<FetchedPage<O::Item>, Error> {
    let recovery = &CallRecovery::default();
    let transport = client.session.transport();
    let sent = &AtomicU32::new(0);
    let attempt = || async move {
        let project_id = &client.session.project_id().await?;
        let send = |authentication| {
            InContext::new(async move {
                let authentication = &authentication;
                let send_to = |endpoint| async move {
                    let span = log::attempt_span(O::META.method, sent.fetch_add(1, Ordering::Relaxed));
                    attempt::run(transport, endpoint, project_id, request, authentication).instrument(span).await
                };
                client.endpoints.exchange(transport, send_to).await
            })
        };
        client.session.exchange(recovery, send).await
    };
    let result = with_retries(client, O::META, attempt).instrument(log::call_span(O::META)).await;
    let page = result.map_err(|error| error.with_operation(O::META))?;
    Ok(page.map_next_page_error(|error| error.with_operation(O::META)))
}

/// Makes attempts until one succeeds, or until the retry policy or the call timeout ends them with the last error.
async fn with_retries<T, F>(
    client: &Inner,
    operation: &OperationMeta,
    attempt: impl Fn() -> F,
) -> Result<FetchedPage<T>, Error>
where
    F: Future<Output = Result<FetchedPage<T>, Error>>,
{
    let mut timer = CallTimer::start(client.call_timeout);
    let mut previous: Option<Error> = None;
    let mut number = 1;
    let error = loop {
        let error = match (timer.run(&attempt).await, previous.take()) {
            (Ok(Ok(page)), _) => {
                client.session.transport().retry_budget.refill(number);
                return Ok(page.map_next_page_error(|error| error.with_attempts(number, timer.elapsed())));
            }
            (Ok(Err(error)), Some(previous)) if error.cause() == Cause::Refused => {
                // The failure of the last request says more than the refusal to send another one.
                number -= 1;
                break previous.with_note(REFUSED);
            }
            (Ok(Err(error)), _) => error,
            (Err(call_timeout), previous) => break call_timeout_error(call_timeout, previous),
        };
        match decide(client, &error, number, timer.elapsed()) {
            RetryDecision::RetryAfter(wait) => {
                log::retrying(operation, &error, number, client.retry_policy.limits().0, wait);
                timer.wait(wait).await;
            }
            RetryDecision::GiveUp { reason: Some(reason) } => break error.with_note(&reason),
            RetryDecision::GiveUp { reason: None } => break error,
        }
        previous = Some(error);
        number += 1;
    };
    Err(error.with_attempts(number, timer.elapsed()))
}

/// Decides what follows a failed attempt: by the retry policy, the call timeout, and the retry budget.
fn decide(client: &Inner, error: &Error, number: u32, elapsed: Duration) -> RetryDecision {
    let give_up = |reason| RetryDecision::GiveUp { reason: Some(format!("not retried: {reason}")) };
    match client.retry_policy.decide(error, number, elapsed) {
        RetryDecision::RetryAfter(wait) => match client.call_timeout {
            Some(call_timeout) if wait >= call_timeout.saturating_sub(elapsed) => {
                give_up(format!("the call timeout of {call_timeout:?} would elapse"))
            }
            _ if !client.session.transport().retry_budget.take() => {
                give_up(format!("most calls of this client fail, so its budget of {MAX_RETRIES} retries is used up"))
            }
            _ => RetryDecision::RetryAfter(wait),
        },
        give_up => give_up,
    }
}

/// The error of a call whose timeout elapsed during an attempt; `previous` is the error of the attempt before it.
fn call_timeout_error(call_timeout: Duration, previous: Option<Error>) -> Error {
    let error = Error::new(ErrorKind::Timeout, format!("call timed out after {call_timeout:?}"));
    match previous {
        Some(previous) => {
            let note = format!("previous attempt: {previous}");
            error.with_note(&note).with_source(previous)
        }
        None => error,
    }
}
