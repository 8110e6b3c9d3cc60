//! Command-line arguments and their help.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use huaweicloud_iotda::types::PageLimit;

use crate::exit;
use crate::output::Format;
use crate::sample_data::CERTIFICATE;

mod duration;
mod flags;
mod mock;
mod rate;

use flags::VARIABLES;
pub(crate) use flags::{Flags, SigningAlgorithm};
pub(crate) use mock::{Access, FaultOptions, Mock, Records};
pub(crate) use rate::Rate;

const ABOUT: &str = "\
Find the devices that use a Huawei Cloud IoTDA device certificate.

Which devices are cut off if the certificate is disabled? iotda lists them, counts them by product, resource space and \
gateway, finds unused certificates, and lists device authentication templates. It only reads; it never changes anything.";

const DEVICES_EXAMPLES: &str = "\
Examples:
  iotda devices ID                             list all devices of a certificate
  iotda devices ID --output csv > devices.csv  save them for a spreadsheet
  iotda devices ID --marker MARKER             resume an interrupted run
  iotda devices ID1 ID2 --out devices.csv      save them; after a kill, run the same command again
  iotda devices --summary ID1 ID2              count devices, and find devices that use both
  iotda devices --unused - < ids.txt           find certificates that no device uses
  iotda devices --unused --fail-if-used ID     in scripts: exit with status 7 if it is used
  iotda devices --unused --wait ID --timeout 2h && revoke ID
                                               rotate, wait until it is unused, revoke";

const DIFF_EXAMPLES: &str = "\
Exit status, like that of diff: 0 if there is no difference, 1 if there are differences, 2 after a failure.

Examples:
  iotda devices ID -o csv > before.csv    save a listing, then replace the certificate on the devices
  iotda diff before.csv                   compare it with the service
  iotda devices ID | iotda diff before.csv -";

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
    #[arg(long, global = true, value_name = "COLUMN", help_heading = "Output", hide_short_help = true)]
    pub(crate) sort: Option<String>,

    /// Omit the header line of a table or of CSV, for example to append to a file
    #[arg(long, global = true, help_heading = "Output", hide_short_help = true)]
    pub(crate) no_header: bool,

    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the devices that use a certificate and are cut off if it is disabled
    #[command(after_help = DEVICES_EXAMPLES)]
    Devices(Devices),
    /// List the device authentication templates of the project
    Templates(Templates),
    /// Compare two saved listings, or a saved listing and the service
    ///
    /// Prints one row for each added or removed record, and for each changed field. Fields that only one listing has are
    /// not compared.
    #[command(after_help = DIFF_EXAMPLES)]
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
pub(crate) struct Devices {
    /// Certificate IDs from the IoTDA console; use - to read them from stdin, one per line
    ///
    /// On stdin, empty lines and comments (# ...) are skipped, and quotes around an ID are removed. The CSV or JSON Lines
    /// output of --unused can be read again.
    ///
    /// Up to 4 certificates are read at a time. They are printed in the order of the arguments. If one certificate
    /// cannot be read, the others are still printed, unless the error affects all of them, for example a rejected
    /// credential.
    #[arg(required = true, value_name = "CERTIFICATE")]
    pub(crate) certificates: Vec<String>,

    /// Count devices by product, resource space and gateway instead of listing them
    ///
    /// The column `group` has one of these values: all; direct (devices connected without a gateway); product,
    /// resource_space and gateway (devices connected through this gateway), one row for each ID. In the last rows,
    /// `group` is `shared`: a device that uses several of the certificates has one row for each of them. A certificate
    /// that cannot be read completely is not counted. A table contains the largest groups only (--top).
    #[arg(long, conflicts_with_all = ["unused", "max", "marker"])]
    pub(crate) summary: bool,

    /// With --summary in a table: rows per kind of group; the others are counted in one row
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) top: u32,

    /// Instead of devices, print the certificates that no device uses
    #[arg(long, conflicts_with_all = ["max", "marker", "page_size", "concurrency"])]
    pub(crate) unused: bool,

    /// Instead of devices, print the number of devices of each certificate that match the filters
    ///
    /// Reads all devices, because the count of the service is only a hint.
    #[arg(long, conflicts_with_all = ["summary", "unused", "max", "marker"])]
    pub(crate) count: bool,

    /// With --unused: exit with status 7 if a device uses one of the certificates
    #[arg(long, requires = "unused", conflicts_with = "wait")]
    pub(crate) fail_if_used: bool,

    /// With --unused: wait until no device uses the certificates, or until --timeout
    ///
    /// Requests the number of devices again and again, and reads the listing before a certificate is printed as unused.
    /// Exits with status 8 if --timeout elapses before all certificates are unused. Transient failures do not end it.
    #[arg(long, requires = "unused")]
    pub(crate) wait: bool,

    /// With --wait: time between two requests for the number of devices, such as 30s or 5m
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::duration)]
    pub(crate) interval: Duration,

    /// Save the devices to FILE in CSV or JSON Lines; if the run is killed, the same command continues
    ///
    /// The progress is in FILE.checkpoint until all devices are saved. A file that exists is never overwritten. The default
    /// format is csv for a FILE that ends with .csv, otherwise jsonl.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["summary", "unused", "count", "max", "marker"])]
    pub(crate) out: Option<PathBuf>,

    /// Maximum number of devices per certificate [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max: Option<u64>,

    #[command(flatten)]
    pub(crate) filter: DeviceFilter,

    #[command(flatten)]
    pub(crate) pages: PageOptions,
}

/// The devices to print. They are filtered after reading, because the service cannot.
#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct DeviceFilter {
    /// Only devices of this product
    #[arg(long, value_name = "ID", conflicts_with_all = ["unused", "max"])]
    pub(crate) product: Option<String>,

    /// Only devices with this gateway ID
    #[arg(long, value_name = "ID", conflicts_with_all = ["unused", "max"])]
    pub(crate) gateway: Option<String>,

    /// Only devices of this resource space (app_id)
    #[arg(long, value_name = "ID", conflicts_with_all = ["unused", "max"])]
    pub(crate) app: Option<String>,

    /// Only devices whose name matches this pattern; * is any text, ? is any character
    #[arg(long, value_name = "GLOB", conflicts_with_all = ["unused", "max"])]
    pub(crate) name: Option<String>,

    /// Only devices that are connected without a gateway
    #[arg(long, conflicts_with_all = ["unused", "max"])]
    pub(crate) direct: bool,
}

/// Options for reading a listing.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options")]
pub(crate) struct PageOptions {
    /// Records per page, 1 to 50
    #[arg(long, value_name = "N", default_value_t = PageLimit::MAX, value_parser = page_size)]
    pub(crate) page_size: PageLimit,

    /// Pages fetched in parallel per listing
    ///
    /// Speeds up long listings if the network latency is high. It is safe: each record that exists during the whole run is
    /// printed exactly once. At the default page size, values above 11 have no further effect.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) concurrency: u32,

    /// Resume from the marker printed by an earlier run
    #[arg(long)]
    pub(crate) marker: Option<String>,

    /// Exit with status 6 if a listing has fewer records than the service counts
    ///
    /// Without it, this is a warning on standard error. Records that come or go meanwhile also cause it.
    #[arg(long)]
    pub(crate) strict: bool,
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

    /// Another saved listing [default: the devices that the service lists now for the certificates in BEFORE]
    pub(crate) after: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Status {
    Active,
    Inactive,
}

fn page_size(text: &str) -> Result<PageLimit, String> {
    let size = text.parse().ok().and_then(|size: u32| PageLimit::try_from(size).ok());
    size.ok_or_else(|| format!("must be a number from {} to {}", PageLimit::MIN, PageLimit::MAX))
}

/// Returns the command line; the help of each command shows only the options that affect it.
pub(crate) fn command() -> clap::Command {
    // Without this, the help shows the file name, which is iotda.exe on Windows.
    let mut command = Arguments::command().bin_name("iotda");
    command.build();
    let hide = |arg: clap::Arg| if arg.is_global_set() { arg.hide(true) } else { arg };
    for name in ["spec", "completions"] {
        command = command.mut_subcommand(name, |command| command.mut_args(hide));
    }
    let for_mock = |arg: clap::Arg| if arg.is_global_set() { mock::for_server(arg) } else { arg };
    command = command.mut_subcommand("mock", |command| command.mut_args(for_mock));
    command
}
