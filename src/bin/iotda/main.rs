//! `iotda`: the questions that operators ask about device certificates, answered at the terminal.

mod arguments;
mod demo;
mod devices;
mod doctor;
mod exit;
mod failure;
mod interrupt;
mod listing;
mod output;
mod run;
mod screen;
mod server;
mod settings;
mod summary;
mod templates;
mod unused;

use std::process::ExitCode;

use clap::FromArgMatches;

use arguments::Arguments;
use exit::Exit;

fn main() -> ExitCode {
    let arguments = Arguments::from_arg_matches(&arguments::command().get_matches());
    let arguments = arguments.unwrap_or_else(|error| error.exit());
    // A thread beside this one: Ctrl-C is heard also while this one waits for whoever reads our output.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let Ok(runtime) = runtime else { return Exit::Other.into() };
    let exit = runtime.block_on(run::run(arguments));
    // What was read ahead is not waited for.
    runtime.shutdown_background();
    exit.into()
}
