//! One run: from the arguments to the exit status.

use std::path::PathBuf;

use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::spec::{OPENAPI_JSON, OPENAPI_YAML};

use crate::arguments::{Arguments, Command, Flags, Format, SpecFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::{Standing, watch};
use crate::screen::Screen;
use crate::settings::Settings;
use crate::{arguments, demo, devices, doctor, server, templates};

/// What every command has.
pub(crate) struct Context {
    pub(crate) format: Format,
    pub(crate) screen: Screen,
    pub(crate) standing: Standing,
}

pub(crate) async fn run(arguments: Arguments) -> Exit {
    let format = Format::or_default(arguments.output);
    let mut context = Context { format, screen: Screen::new(), standing: Standing::default() };
    watch(context.standing.clone()).await;
    match command(&mut context, arguments).await {
        Ok(exit) => exit,
        Err(failure) => {
            context.screen.end();
            // What can't be written here may be written elsewhere, from where it broke off.
            let resume = if matches!(failure, Failure::Output(_)) { context.standing.unfinished() } else { Vec::new() };
            context.screen.failure(&failure, resume);
            failure.exit()
        }
    }
}

async fn command(context: &mut Context, arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { command, flags, output } = arguments;
    match command {
        Command::Spec { .. } if output.is_some() => {
            Err(Failure::Usage("spec prints no records: give --format yaml or --format json, not --output".to_owned()))
        }
        Command::Devices(devices) => {
            let is_input = |path: &PathBuf| path.as_os_str() == "-";
            if flags.token_file.as_ref().is_some_and(is_input) && devices.certificates.iter().any(|id| id == "-") {
                let both =
                    "standard input can't hold both the token and the certificates' ids: give one of them otherwise";
                return Err(Failure::Usage(both.to_owned()));
            }
            let (client, _server) = connect(&flags).await?;
            devices::run(context, &client, devices).await
        }
        Command::Templates(templates) => {
            let (client, _server) = connect(&flags).await?;
            templates::run(context, &client, templates).await
        }
        Command::Doctor => {
            let (settings, _server) = settings(&flags).await?;
            doctor::run(context, &settings).await
        }
        Command::Spec { format } => {
            let text = match format {
                SpecFormat::Yaml => OPENAPI_YAML.to_owned(),
                SpecFormat::Json => format!("{OPENAPI_JSON}\n"),
            };
            crate::output::write(text.as_bytes())?;
            Ok(Exit::Success)
        }
        Command::Mock(mock) => server::run(mock).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut arguments::command(), "iotda", &mut script);
            crate::output::write(&script)?;
            Ok(Exit::Success)
        }
    }
}

/// The client, and the server that must live as long as it is used.
async fn connect(flags: &Flags) -> Result<(Client, Option<MockServer>), Failure> {
    let (mut settings, server) = settings(flags).await?;
    match settings.broken.take() {
        Some(failure) => Err(failure),
        None => Ok((settings.client()?, server)),
    }
}

async fn settings(flags: &Flags) -> Result<(Settings, Option<MockServer>), Failure> {
    flags.check()?;
    if !flags.demo {
        return Ok((Settings::find(flags), None));
    }
    let failed = |error| Failure::Local(format!("the embedded server can't start: {error}"));
    let (server, settings) = demo::start(flags).await.map_err(failed)?;
    Ok((settings, Some(server)))
}
