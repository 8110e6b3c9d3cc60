//! One run of the CLI, from the arguments to the exit status.

use std::path::PathBuf;

use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::MockServer;

use crate::activity::observe;
use crate::arguments::{Arguments, Command, Devices, Diff, Flags};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::handle_signals;
use crate::output::{CsvOptions, Destination, Format, SelectionOptions, Stdout};
use crate::progress::Progress;
use crate::retries::Retries;
use crate::settings::{CredentialSetting, Settings};
use crate::status_line::StatusLine;
use crate::{arguments, demo, devices, diff, doctor, man, mock, output, spec, templates};

pub(crate) async fn run(arguments: Arguments) -> Exit {
    let mut context = context(&arguments);
    let is_server = matches!(arguments.command, Command::Mock(_));
    handle_signals(&context.progress, &context.output.stdout, is_server).await;
    let is_diff = matches!(arguments.command, Command::Diff(_));
    let exit = match command(&mut context, arguments).await {
        Ok(exit) => exit,
        Err(failure) => {
            context.status_line.clear();
            // If writing to standard output failed, the user can resume the run with another output.
            let resume = if matches!(failure, Failure::Output(_)) { context.progress.unfinished() } else { Vec::new() };
            context.status_line.failure(&failure, resume);
            // Status 1 of diff means that there are differences.
            if is_diff { Exit::Usage } else { failure.exit() }
        }
    };
    context.status_line.clear();
    exit
}

fn context(arguments: &Arguments) -> Context {
    // The report of doctor is for people, also in a pager.
    let default = match &arguments.command {
        Command::Doctor => Format::Table,
        Command::Devices(Devices { out: Some(file), .. }) => Format::of_file(file),
        _ => Format::default(),
    };
    let csv = CsvOptions { byte_order_mark: arguments.csv_bom, guard_formulas: arguments.csv_guard };
    let Arguments { columns, sort, no_header, .. } = arguments;
    let selection = SelectionOptions { columns: columns.clone(), sort: sort.clone(), no_header: *no_header };
    let format = arguments.output.unwrap_or(default);
    let output = Destination { format, csv, selection, stdout: Stdout::default() };
    let retries = Retries::default();
    // Without a response, they are the cause that a wait reports.
    let needs_retries = matches!(&arguments.command, Command::Devices(Devices { wait: true, .. }));
    let (lines, warning) = match observe(arguments.verbose, &retries, needs_retries) {
        Ok(lines) => (lines, None),
        Err(warning) => (None, Some(warning)),
    };
    let status_line = StatusLine::new(lines, retries);
    if let Some(warning) = warning {
        status_line.warning(&warning);
    }
    Context { output, status_line, progress: Progress::default(), instance_id: None }
}

async fn command(context: &mut Context, arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { command, flags, output, csv_bom, csv_guard, .. } = arguments;
    if (csv_bom || csv_guard) && context.output.format != Format::Csv {
        return Err(Failure::Usage("--csv-bom and --csv-guard require --output csv".to_owned()));
    }
    match command {
        Command::Spec(_) if output.is_some() => {
            Err(Failure::Usage("spec does not support --output; use --format yaml or --format json".to_owned()))
        }
        Command::Devices(devices) => {
            let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
            if flags.token_file.as_ref().is_some_and(is_stdin) && devices.certificates.iter().any(|id| id == "-") {
                let text = "--token-file - and CERTIFICATE - both read stdin; only one of them can use it";
                return Err(Failure::Usage(text.to_owned()));
            }
            // With --wait, --timeout limits the whole run, not an attempt.
            let mut flags = flags;
            let wait_timeout = if devices.wait { flags.timeout.take() } else { None };
            let (client, _server) = connect(context, &flags).await?;
            devices::run(context, &client, devices, wait_timeout).await
        }
        Command::Templates(templates) => {
            let (client, _server) = connect(context, &flags).await?;
            templates::run(context, &client, templates).await
        }
        Command::Diff(Diff { before, after, certificates }) => {
            let is_stdin = |file: Option<&str>| file == Some("-");
            if is_stdin(Some(&before)) && is_stdin(after.as_deref()) {
                return Err(Failure::Usage("only one of BEFORE and AFTER can be read from stdin".to_owned()));
            }
            let before = diff::read(&before)?;
            let after = match after {
                Some(file) => diff::read(&file)?,
                None => {
                    let (client, _server) = connect(context, &flags).await?;
                    diff::read_service(context, &client, &before, certificates).await?
                }
            };
            diff::run(context, &before, &after)
        }
        Command::Doctor => {
            let (settings, _server) = settings(&flags).await?;
            doctor::run(context, &settings).await
        }
        Command::Spec(options) => spec::run(&options),
        Command::Mock(options) => mock::run(options, &flags).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut arguments::command(), "iotda", &mut script);
            output::write(&script)?;
            Ok(Exit::Success)
        }
        Command::Man(options) => man::run(&options),
    }
}

/// Returns the client and, with `--demo`, the server, which must outlive the client.
async fn connect(context: &mut Context, flags: &Flags) -> Result<(Client, Option<MockServer>), Failure> {
    let (mut settings, server) = settings(flags).await?;
    context.instance_id = settings.instance_id.as_ref().map(|setting| setting.value.clone());
    context.status_line.credential = settings.credential.as_ref().map(|credential| credential.kind);
    if let Some(warning) = settings.credential.as_ref().and_then(CredentialSetting::warning) {
        context.status_line.warning(&warning);
    }
    match settings.credential_failure.take() {
        Some(failure) => Err(failure),
        None => Ok((settings.client()?, server)),
    }
}

async fn settings(flags: &Flags) -> Result<(Settings, Option<MockServer>), Failure> {
    flags.check()?;
    if !flags.demo {
        return Ok((Settings::resolve(flags), None));
    }
    let failure = |error| Failure::Local(format!("cannot start the embedded mock server: {error}"));
    let (server, settings) = demo::start(flags).await.map_err(failure)?;
    Ok((settings, Some(server)))
}
