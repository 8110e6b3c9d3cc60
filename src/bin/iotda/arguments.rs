//! The command line: what can be asked for, and how it is explained.

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use huaweicloud_iotda::types::PageLimit;

use crate::{demo, exit};

mod flags;

use flags::VARIABLES;
pub(crate) use flags::{Flags, SigningKind};

const ABOUT: &str = "\
Who is cut off if a device certificate of Huawei Cloud IoTDA is disabled?

Lists all devices that use a certificate, counts them by product, resource space and gateway, finds certificates that no \
device uses, and lists the device authentication templates. It only reads.";

const DEVICES: &str = "\
Examples:
  iotda devices ID                             all devices of a certificate
  iotda devices ID --output csv > devices.csv  the same for a spreadsheet
  iotda devices ID --marker MARKER             go on where a run was broken off
  iotda devices --summary ID1 ID2              how many of which, and which use both
  iotda devices --unused - < ids.txt           which certificates may be cleaned up";

/// The first lines of `--help`, and what belongs to every command.
#[derive(Debug, Parser)]
#[command(name = "iotda", version, about = ABOUT, max_term_width = 110)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = format!(
    "iotda --help explains all settings, their variables and the exit status.\n\
     Try it without an account: iotda --demo devices {}", demo::CERTIFICATE
))]
#[command(after_long_help = format!(
    "{VARIABLES}\n\n{}\n\nTry it without an account: iotda --demo devices {}", exit::HELP, demo::CERTIFICATE
))]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// How to print [default: table on a terminal, jsonl otherwise]
    ///
    /// Data goes to standard output; progress and notes to standard error, if that is a terminal.
    #[arg(long, short, global = true, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) output: Option<Format>,

    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for reading; those that do not fit the terminal are left out, and a note says which
    Table,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a heading line
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The devices that use a certificate: all that are cut off when it is disabled
    #[command(after_help = DEVICES)]
    Devices(Devices),
    /// The device authentication templates of the project
    Templates(Templates),
    /// Check the settings, the credential and the connection, and say what to do
    ///
    /// Shows what would be used and where each setting comes from, then reaches the endpoint, compares the clocks, finds the
    /// project and lists one template. No secret is shown.
    Doctor,
    /// The OpenAPI document of the two operations that this program calls
    Spec {
        /// How to print it
        #[arg(long, default_value = "yaml")]
        format: SpecFormat,
    },
    /// An IoTDA in memory to test against, on 127.0.0.1, until Ctrl-C
    ///
    /// Prints its address, the ids of its certificates, and the variables to export so that this program, and whatever else
    /// reads them, talks to it. It takes one token, which is printed too.
    Mock(Mock),
    /// The completion script of a shell
    ///
    /// For bash: iotda completions bash > ~/.local/share/bash-completion/completions/iotda
    Completions { shell: Shell },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SpecFormat {
    Yaml,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Devices {
    /// Ids of certificates, as the IoTDA console shows them; - reads them from standard input, one a line
    ///
    /// Several are read together and printed in this order. One that can't be read does not stop the others.
    #[arg(required = true, value_name = "CERTIFICATE")]
    pub(crate) certificates: Vec<String>,

    /// Count the devices instead of listing them: what would be hit?
    ///
    /// For each certificate, the column group is: all; direct (connected without a gateway); product, resource_space and
    /// gateway (devices behind it), once for each id. At the end shared: each device that uses more than one of the
    /// certificates, once for each of these. A certificate that can't be read to its end is left out as a whole.
    #[arg(long, conflicts_with_all = ["unused", "max", "marker"])]
    pub(crate) summary: bool,

    /// Print the certificates that no device uses, instead of devices
    #[arg(long, conflicts_with_all = ["max", "marker", "page_size", "concurrency"])]
    pub(crate) unused: bool,

    /// Print at most so many devices of each certificate
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max: Option<u64>,

    #[command(flatten)]
    pub(crate) pages: Pages,
}

/// How a listing is read.
#[derive(Debug, Args)]
pub(crate) struct Pages {
    /// Records that one call asks for, 1 to 50
    #[arg(long, value_name = "N", default_value_t = PageLimit::MAX, value_parser = page_size)]
    pub(crate) page_size: PageLimit,

    /// Pages that are asked for at once, of each listing
    ///
    /// Where the way to the service takes longer than its answer, a long listing is read that many times faster. It is as
    /// safe as reading page by page: what is there throughout is printed once. Above 11 more has no effect.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) concurrency: u32,

    /// Go on where an earlier run ended: the marker that it printed
    #[arg(long)]
    pub(crate) marker: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Templates {
    /// Only the template of this name
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Only templates of this status
    #[arg(long)]
    pub(crate) status: Option<Status>,

    #[command(flatten)]
    pub(crate) pages: Pages,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Status {
    Active,
    Inactive,
}

#[derive(Debug, Args)]
pub(crate) struct Mock {
    /// Port to listen on; 0 is any free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,

    /// Devices of its first certificate
    #[arg(long, value_name = "N", default_value_t = demo::DEVICES)]
    pub(crate) devices: usize,

    /// Authentication templates
    #[arg(long, value_name = "N", default_value_t = demo::TEMPLATES)]
    pub(crate) templates: usize,

    /// Milliseconds that every answer is held back
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,

    /// Part of the requests that fail, from 0 (none) to 1 (all): throttled, failing and broken answers
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = part)]
    pub(crate) fault_rate: f64,

    /// What the choice of the failing requests starts from: the same seed, the same failures
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u64,
}

fn page_size(text: &str) -> Result<PageLimit, String> {
    let size = text.parse().ok().and_then(|size: u32| PageLimit::try_from(size).ok());
    size.ok_or_else(|| format!("give a number from {} to {}", PageLimit::MIN, PageLimit::MAX))
}

fn part(text: &str) -> Result<f64, String> {
    let part = text.parse().ok().filter(|part| (0.0..=1.0).contains(part));
    part.ok_or_else(|| "give a number from 0 to 1, as 0.1".to_owned())
}

/// The command line, of which a command's help shows what has an effect on it.
pub(crate) fn command() -> clap::Command {
    let mut command = Arguments::command();
    command.build();
    for name in ["spec", "mock", "completions"] {
        let hide = |arg: clap::Arg| if arg.is_global_set() { arg.hide(true) } else { arg };
        command = command.mut_subcommand(name, |command| command.mut_args(hide));
    }
    command
}
