//! The `iotda` command-line tool, which lists and checks the devices of device certificates.

mod activity;
mod arguments;
mod checkpoint;
mod context;
mod credential_kind;
mod credential_provider;
mod demo;
mod devices;
mod diff;
mod doctor;
mod env_group;
mod exit;
mod failure;
mod help;
#[path = "../../hidden.rs"]
mod hidden;
mod interrupt;
mod listing;
mod locale;
mod man;
mod mock;
mod output;
mod progress;
mod progress_bar;
mod progress_line;
#[path = "../../quotes.rs"]
mod quotes;
mod retries;
mod run;
mod sample_data;
mod settings;
mod spec;
mod status_line;
mod stderr;
mod tally;
mod templates;
mod text_input;

use std::process::ExitCode;

use exit::Exit;

fn main() -> ExitCode {
    let arguments = arguments::parse();
    // A worker thread handles Ctrl-C while this thread is blocked by a reader of standard output.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let Ok(runtime) = runtime else { return Exit::Other.into() };
    let exit = runtime.block_on(run::run(arguments));
    // Do not wait for prefetched pages.
    runtime.shutdown_background();
    exit.into()
}
