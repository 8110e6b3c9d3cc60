//! Writes events to standard error, above the progress bar.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::Context;

use super::event;
use crate::progress_bar::Bar;
use crate::stderr::eprint_lines;

/// The crate whose events `-v` shows.
pub(super) const LIBRARY: &str = "huaweicloud_iotda";
/// Lines that cannot be written within this time are abandoned at the end of a run.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

enum Message {
    Line(String),
    /// Requests a reply when all lines before it were written.
    Flush(Sender<()>),
}

/// Writes lines in a separate thread. A client that logs never waits for the progress bar, which is locked while a reader of
/// standard output blocks this process.
#[derive(Clone)]
pub(crate) struct Lines {
    messages: Sender<Message>,
    bar: Arc<Mutex<Option<Bar>>>,
}

impl Lines {
    pub(super) fn start() -> Self {
        let (messages, received) = channel();
        let bar = Arc::default();
        let lines = Self { messages, bar: Arc::clone(&bar) };
        // The thread ends with the process.
        let _ = thread::Builder::new().spawn(move || write_lines(&received, &bar));
        lines
    }

    /// Writes the following lines above this bar.
    pub(crate) fn set_bar(&self, bar: &Bar) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    }

    /// Waits until all lines are written.
    pub(crate) fn flush(&self) {
        let (reply, written) = channel();
        if self.messages.send(Message::Flush(reply)).is_ok() {
            let _ = written.recv_timeout(FLUSH_TIMEOUT);
        }
    }
}

fn write_lines(messages: &Receiver<Message>, bar: &Mutex<Option<Bar>>) {
    for message in messages {
        match message {
            Message::Line(line) => {
                let bar = bar.lock().unwrap_or_else(PoisonError::into_inner).clone();
                match bar {
                    Some(bar) => bar.suspend(|| eprint_lines(&[line])),
                    None => eprint_lines(&[line]),
                }
            }
            Message::Flush(reply) => drop(reply.send(())),
        }
    }
}

pub(super) struct LineLayer(pub(super) Lines);

impl<S: Subscriber> Layer<S> for LineLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut time = String::new();
        // Writing to a string cannot fail.
        let _ = SystemTime.format_time(&mut Writer::new(&mut time));
        let text = event::Event::new(event).line();
        let metadata = event.metadata();
        // The texts of this crate's events need no origin.
        let target = Some(metadata.target()).filter(|target| !target.starts_with(LIBRARY));
        let origin = target.map(|target| format!("{target}: ")).unwrap_or_default();
        let _ = self.0.messages.send(Message::Line(format!("{time} {} {origin}{text}", metadata.level())));
    }
}
