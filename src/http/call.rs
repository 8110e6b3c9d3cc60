//! One call: its attempts, each authenticated separately, and the delays between them.

use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;

use super::attempt;
use super::classify::PAUSE;
use super::retry::RetryDecision;
use super::retry_budget::MAX_RETRIES;
use crate::auth::session::CallRecovery;
use crate::client::Inner;
use crate::constraints::OperationMeta;
use crate::error::{Cause, Error, ErrorKind};
use crate::log;
use crate::operation::{Operation, OperationRequest};
use crate::pagination::page::FetchedPage;

/// The maximum number of pauses in one call. Without it, a consumer that never polls long enough would repeat a request
/// forever.
const MAX_PAUSES: u32 = 20;

/// The reason why a request with an unverified access key is not retried.
const REFUSED: &str = "not retried: each request with this access key that receives no response may count as a failure, and \
                       the 6th failure locks the key for 5 minutes";

/// Requests a page of the client's project, with retries.
pub(crate) async fn call<O: Operation>(
    client: &Inner,
    request: &OperationRequest<'_, O>,
) -> Result<FetchedPage<O::Item>, Error> {
    let recovery = &CallRecovery::default();
    let attempt = |number| async move {
        let project_id = &client.session.project_id().await?;
        let exchange = |authentication| {
            let sent_at = Instant::now();
            let observed = async move {
                let result = attempt::run(client, project_id, request, authentication).await;
                client.session.transport().pace.observe(sent_at, result.as_ref().err().map(|failed| &failed.error));
                result
            };
            // Boxed, because it is large and each future around it would move it.
            Box::pin(observed).instrument(log::attempt_span(number))
        };
        client.session.exchange(recovery, exchange).await
    };
    let started = Instant::now();
    let result = with_retries(client, O::META, started, attempt).instrument(log::call_span(O::META)).await;
    let (page, attempts) = result.map_err(|error| error.with_operation(O::META))?;
    Ok(page.map_next_page_error(|error| error.with_operation(O::META).with_attempts(attempts, started.elapsed())))
}

/// Makes attempts until one succeeds, and returns its number; or until the retry policy or the call timeout ends them, and
/// returns the last error.
///
/// A consumer that stops polling a stream for longer than a timeout costs a fresh attempt, and counts toward no limit.
async fn with_retries<T, F>(
    client: &Inner,
    operation: &OperationMeta,
    mut started: Instant,
    attempt: impl Fn(u32) -> F,
) -> Result<(T, u32), Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let retry_budget = &client.session.transport().retry_budget;
    let call_timeout = client.call_timeout.unwrap_or(Duration::MAX);
    let mut previous: Option<Error> = None;
    let mut number = 1;
    let mut pauses = 0;
    loop {
        let attempt_started = Instant::now();
        let remaining = client.call_timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
        let result = with_deadline(remaining, pin!(attempt(number))).await;
        let is_paused = match &result {
            Some(result) => result.as_ref().is_err_and(is_paused),
            None => started.elapsed() > call_timeout.saturating_add(PAUSE),
        };
        if is_paused && pauses < MAX_PAUSES {
            pauses += 1;
            started += attempt_started.elapsed();
            continue;
        }
        let error = match result {
            Some(Ok(response)) => {
                retry_budget.refill(number);
                return Ok((response, number));
            }
            Some(Err(error)) => match previous.take().filter(|_| error.cause() == Cause::Refused) {
                // The failure of the last request says more than the refusal to send another one.
                Some(last) => return Err(last.with_note(REFUSED).with_attempts(number - 1, started.elapsed())),
                None => error,
            },
            None => {
                return Err(call_timeout_error(call_timeout, previous).with_attempts(number, started.elapsed()));
            }
        };
        let wait = match decide(client, &error, number, started.elapsed()) {
            RetryDecision::RetryAfter(wait) => wait,
            RetryDecision::GiveUp { reason } => {
                let error = error.with_attempts(number, started.elapsed());
                return Err(reason.into_iter().fold(error, |error, reason| error.with_note(&reason)));
            }
        };
        log::retrying(operation, &error, number, client.retry_policy.limits().0, wait);
        let backoff = sleep(wait);
        let deadline = backoff.deadline();
        backoff.await;
        started += Some(deadline.elapsed()).filter(|pause| *pause > PAUSE).unwrap_or_default();
        previous = Some(error);
        number += 1;
    }
}

/// Returns `true` if the caller did not poll the attempt.
fn is_paused(error: &Error) -> bool {
    matches!(error.cause(), Cause::NoResponse { paused: true, .. })
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

/// Awaits the future for at most this time.
async fn with_deadline<F: Future>(remaining: Option<Duration>, future: Pin<&mut F>) -> Option<F::Output> {
    match remaining {
        Some(remaining) => timeout(remaining, future).await.ok(),
        None => Some(future.await),
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
