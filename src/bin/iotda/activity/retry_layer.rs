//! Observes the retries that the progress bar shows.

use tracing::span::Id;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::event;
use crate::retries::Retries;

/// The span of a call, with all its attempts.
const CALL: &str = "iotda.call";

pub(super) struct RetryLayer(pub(super) Retries);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for RetryLayer {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let call = context.event_scope(event).and_then(|mut spans| spans.find(|span| span.name() == CALL));
        let Some(call) = call.map(|span| span.id().into_u64()) else { return };
        let event = event::Event::new(event);
        if event.is_retry() {
            self.0.start(call, event.short_retry());
        } else if event.is_attempt() {
            self.0.end(call);
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.0.end(id.into_u64());
    }
}
