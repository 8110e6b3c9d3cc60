//! `iotda man`: prints the manual pages, or writes them to files.

use std::path::Path;
use std::{fs, io};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::arguments::{self, Man as Options};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// The settings are only on the page of `iotda`.
const SETTINGS: &str = "Settings";

pub(crate) fn run(options: &Options) -> Result<Exit, Failure> {
    let command = arguments::command().mut_subcommand("help", |help| help.hide(true));
    if let Some(folder) = &options.out {
        return write(folder, command);
    }
    let page = match &options.command {
        Some(name) => command.find_subcommand(name).cloned().ok_or_else(|| unknown(name, &command))?,
        None => command,
    };
    output::write(&render(page)?)?;
    Ok(Exit::Success)
}

fn unknown(name: &str, command: &Command) -> Failure {
    let names: Vec<_> = pages(command).map(Command::get_name).collect();
    Failure::Usage(format!("there is no command {name:?}; the commands are {}", names.join(", ")))
}

/// Returns the commands that have a page.
fn pages(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

fn write(folder: &Path, command: Command) -> Result<Exit, Failure> {
    let failure = |path: &Path, error| Failure::Local(format!("cannot write {}: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| failure(folder, error))?;
    let commands: Vec<_> = pages(&command).cloned().collect();
    for command in [command].into_iter().chain(commands) {
        let path = folder.join(Man::new(command.clone()).get_filename());
        fs::write(&path, render(command)?).map_err(|error| failure(&path, error))?;
        output::write(format!("{}\n", path.display()).as_bytes())?;
    }
    Ok(Exit::Success)
}

/// Renders a page in the language of man.
fn render(mut command: Command) -> io::Result<Vec<u8>> {
    let name = command.get_name().to_owned();
    let usage = command.render_usage().to_string().replacen("Usage: ", "", 1);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let long_about = command.get_long_about().map_or_else(|| about.clone(), ToString::to_string);
    let summary = about.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
    command = command.override_usage(usage).about(summary).long_about(long_about);
    let is_command = !command.has_subcommands();
    command = command.mut_args(|arg| {
        let is_elsewhere = is_command && arg.get_help_heading() == Some(SETTINGS);
        let is_hidden = is_elsewhere || arg.is_hide_set();
        // Otherwise, the renderer omits a help that is shown only by --help and consists of one paragraph.
        arg.hide(is_hidden).hide_short_help(false)
    });
    let man = Man::new(command).source(concat!("iotda ", env!("CARGO_PKG_VERSION"))).manual("iotda");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if !is_command {
        man.render_subcommands_section(&mut page)?;
    }
    for (title, text) in arguments::manual_sections(&name) {
        page.extend(section(title, text));
    }
    if is_command {
        page.extend(section(
            "SEE ALSO",
            "iotda(1) describes the settings, the environment variables and the exit statuses.",
        ));
    }
    Ok(page)
}

/// Renders a section. Several lines are preformatted.
fn section(title: &str, text: &str) -> Vec<u8> {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    if text.contains('\n') {
        roff.control("nf", []);
    }
    for line in text.lines() {
        roff.text([roman(line)]);
    }
    roff.to_roff().into_bytes()
}
