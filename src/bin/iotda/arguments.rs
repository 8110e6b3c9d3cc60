//! Command-line arguments and their help.

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::exit;
use crate::output::Format;
use crate::sample_data::CERTIFICATE;

mod devices;
mod duration;
mod flags;
mod mock;
mod pages;
mod rate;

pub(crate) use devices::{DeviceFilter, Devices, GroupBy};
use flags::VARIABLES;
pub(crate) use flags::{Flags, SigningAlgorithm};
pub(crate) use mock::{Access, FaultOptions, Mock, Records};
pub(crate) use pages::PageOptions;
pub(crate) use rate::Rate;

const ABOUT: &str = "\
Find the devices that use a Huawei Cloud IoTDA device certificate.

Which devices are cut off if the certificate is disabled? iotda lists them, counts them by product, resource space and \
gateway, finds unused certificates, and lists device authentication templates. It only reads; it never changes anything.";

const DIFF_STATUS: &str = "\
Exit status, like that of diff: 0 if there is no difference, 1 if there are differences, 2 after a failure.";

const DIFF_EXAMPLES: &str = "\
Examples:
  iotda devices ID -o csv > before.csv     save a listing, then replace the certificate
  iotda diff before.csv                    compare it with the service
  iotda diff before.csv --certificate ID2  also read a certificate that no device used
  iotda devices ID --direct -o csv | iotda diff direct.csv -
                                           compare a listing that was saved with --direct";

/// Returns titles and texts of the manual page of a command. The text of a title in the help is omitted.
pub(crate) fn manual_sections(command: &str) -> Vec<(&'static str, &'static str)> {
    let without_title = |text: &'static str| text.split_once(":\n").map_or(text, |(_, text)| text);
    match command {
        "iotda" => vec![("ENVIRONMENT", VARIABLES), ("EXIT STATUS", without_title(exit::HELP))],
        "devices" => vec![("EXAMPLES", without_title(devices::EXAMPLES))],
        "diff" => vec![("EXIT STATUS", DIFF_STATUS), ("EXAMPLES", without_title(DIFF_EXAMPLES))],
        _ => Vec::new(),
    }
}

/// The arguments of all commands.
#[derive(Debug, Parser)]
#[command(name = "iotda", version, about = ABOUT, max_term_width = 110)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = format!(
    "Run iotda --help for all settings, environment variables and exit statuses.\n\
     Try it without an account: iotda --demo devices {}", CERTIFICATE
))]
#[command(after_long_help = format!(
    "{VARIABLES}\n\n{}\n\nTry it without an account: iotda --demo devices {}", exit::HELP, CERTIFICATE
))]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Output format [default: table on a terminal, jsonl otherwise]
    ///
    /// Records are written to standard output and errors to standard error. Progress and notes are written to standard
    /// error only if it is a terminal. For a spreadsheet, see --csv-bom and --csv-guard.
    #[arg(long, short, global = true, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) output: Option<Format>,

    /// Start CSV output with a byte order mark, so that Excel reads it as UTF-8
    #[arg(long, global = true, help_heading = "Output", hide_short_help = true)]
    pub(crate) csv_bom: bool,

    /// In CSV output, put an apostrophe before values that a spreadsheet would run as a formula
    ///
    /// Such a value starts with =, +, -, @, a tab or a carriage return.
    #[arg(long, global = true, help_heading = "Output", hide_short_help = true)]
    pub(crate) csv_guard: bool,

    /// Columns to print, separated by commas, in this order [default: all]
    #[arg(
        long,
        global = true,
        value_name = "COLUMN,...",
        value_delimiter = ',',
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(crate) columns: Vec<String>,

    /// Sort the rows by a column; nothing is printed before everything is read
    ///
    /// The table of --summary is sorted within each kind of group, and the row of the others is the last one.
    #[arg(long, global = true, value_name = "COLUMN", help_heading = "Output", hide_short_help = true)]
    pub(crate) sort: Option<String>,

    /// Omit the header line of a table or of CSV, for example to append to a file
    #[arg(long, global = true, help_heading = "Output", hide_short_help = true)]
    pub(crate) no_header: bool,

    /// Print each retry to standard error; -vv also prints each request with status, time and request ID
    ///
    /// Without it, the variable RUST_LOG selects the events, for example RUST_LOG=huaweicloud_iotda=debug.
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,

    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the devices that use a certificate and are cut off if it is disabled
    #[command(after_help = devices::EXAMPLES)]
    Devices(Devices),
    /// List the device authentication templates of the project
    Templates(Templates),
    /// Compare two saved listings, or a saved listing and the service
    ///
    /// Prints one row for each added or removed record, and for each changed field. Fields that only one listing has are
    /// not compared.
    ///
    /// Without AFTER, all devices of the certificates in BEFORE are read. A certificate that no device used is not in
    /// BEFORE: name it with --certificate. A listing that was saved with filters does not say so, and all
    /// other devices would be reported as added: compare it with a listing with the same filters.
    #[command(after_help = format!("{DIFF_STATUS}\n\n{DIFF_EXAMPLES}"))]
    Diff(Diff),
    /// Check settings, credential and connection, and suggest fixes
    ///
    /// Prints the effective settings and the source of each one. Then connects to the endpoint, compares the clocks, looks up
    /// the project and lists one template. Secrets are never printed.
    Doctor,
    /// Print the OpenAPI document of the two operations that iotda calls, or its JSON Schemas
    Spec(Spec),
    /// Run an in-memory IoTDA mock server on 127.0.0.1 until Ctrl-C or SIGTERM
    ///
    /// Prints the IDs of its certificates, and the environment variables to export so that iotda and other applications
    /// use this server. The server accepts the token and the access key among these variables.
    ///
    /// Tests in any language can script failures and read the received requests at /mock/...: the OpenAPI document
    /// /mock/openapi.yaml describes these routes.
    #[command(after_help = mock::EXAMPLES)]
    Mock(Mock),
    /// Print the completion script of a shell
    ///
    /// For bash, in ~/.local/share/bash-completion/completions (create it first): iotda completions bash > iotda
    Completions { shell: Shell },
    /// Print the manual page of iotda or of a command
    ///
    /// To read it: iotda man devices > page.1 && man ./page.1
    Man(Man),
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Command [default: the page of iotda, with all settings, variables and exit statuses]
    pub(crate) command: Option<String>,
    /// Write all pages to this folder instead, for example ~/.local/share/man/man1, and print their paths
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Spec {
    /// Document format
    #[arg(long, default_value = "yaml")]
    pub(crate) format: SpecFormat,
    /// Print only this schema, with --format json-schema [default: all, one per line]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
    /// Reject unknown fields, with --format json-schema; use it to validate fixtures
    #[arg(long)]
    pub(crate) strict: bool,
    /// Write to files in this folder, with the version of the OpenAPI document in their names, and print their paths
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SpecFormat {
    /// OpenAPI 3.0.3 in YAML
    Yaml,
    /// OpenAPI 3.0.3 in JSON
    Json,
    /// OpenAPI 3.1.0 in JSON
    #[value(name = "openapi-3.1")]
    OpenApi31,
    /// The schemas as JSON Schema 2020-12, each self-contained
    JsonSchema,
}

#[derive(Debug, Args)]
pub(crate) struct Templates {
    /// Print only the template with this name
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Print only templates with this status
    #[arg(long)]
    pub(crate) status: Option<Status>,

    #[command(flatten)]
    pub(crate) pages: PageOptions,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Saved listing in CSV, JSON Lines or JSON; - is stdin
    pub(crate) before: String,

    /// Another saved listing [default: all devices that the service lists now for the certificates in BEFORE]
    pub(crate) after: Option<String>,

    /// Also read the devices of these certificates from the service, if BEFORE has none of them; can be repeated
    #[arg(long = "certificate", value_name = "ID,...", value_delimiter = ',', conflicts_with = "after")]
    pub(crate) certificates: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Status {
    Active,
    Inactive,
}

/// Parses the arguments of the process. An error is printed, and ends the process.
pub(crate) fn parse() -> Arguments {
    let mut command = command();
    let matches = command.get_matches_mut();
    let arguments = mock::check(&matches, &mut command).and_then(|()| Arguments::from_arg_matches(&matches));
    arguments.unwrap_or_else(|error| error.exit())
}

/// Returns the command line; the help of each command shows only the options that affect it.
pub(crate) fn command() -> clap::Command {
    // Without this, the help shows the file name, which is iotda.exe on Windows.
    let mut command = Arguments::command().bin_name("iotda");
    command.build();
    for name in ["spec", "mock", "completions", "man"] {
        let adapt = |arg: clap::Arg| match name {
            _ if !arg.is_global_set() => arg,
            "mock" => mock::for_server(arg),
            _ => arg.hide(true),
        };
        command = command.mut_subcommand(name, |command| command.mut_args(adapt));
    }
    command
}
