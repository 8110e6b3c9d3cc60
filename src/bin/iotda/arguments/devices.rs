//! Options of `iotda devices`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::duration::duration;
use super::pages::PageOptions;

pub(super) const EXAMPLES: &str = "\
Examples:
  iotda devices ID                             list all devices of a certificate
  iotda devices ID --output csv > devices.csv  save them for a spreadsheet
  iotda devices ID --marker MARKER             resume an interrupted run
  iotda devices ID1 ID2 --out devices.csv      save them; after a kill, run the same command again
  iotda devices ID --product P --name 'pump-*' --count
                                               count the devices that match the filters
  iotda devices ID --columns device_name,gateway_id --sort device_name
                                               print two columns in this order
  iotda devices --summary ID1 ID2              count devices, and find devices that use both
  iotda devices --summary --by product --top 5 ID
                                               the five products with the most devices
  iotda devices --unused - < ids.txt           find certificates that no device uses
  iotda devices --unused --fail-if-used ID     in scripts: exit with status 7 if it is used
  iotda devices --unused --wait ID --timeout 2h && revoke ID
                                               rotate, wait until it is unused, revoke
  iotda devices ID -vv > devices.jsonl         show each request and each retry";

#[derive(Debug, Args)]
pub(crate) struct Devices {
    /// Certificate IDs from the IoTDA console, also separated by commas; use - to read them from stdin
    ///
    /// On stdin, an ID is on its own line, or separated by a comma or semicolon. Empty lines, comments (# ...) and lines that
    /// start with ; or // are skipped, and quotes around an ID are removed. Instead, stdin can be a JSON array of IDs, or the
    /// CSV, JSON Lines or JSON output of iotda with a certificate_id, for example of --unused: of CSV, the first column is
    /// read if its name is certificate_id.
    ///
    /// Up to 4 certificates are read at a time. They are printed in the order of the arguments. If one certificate
    /// cannot be read, the others are still printed, unless the error affects all of them, for example a rejected
    /// credential.
    #[arg(required = true, value_name = "CERTIFICATE")]
    pub(crate) certificates: Vec<String>,

    /// Count devices by certificate, product, resource space and gateway instead of listing them
    ///
    /// The column `group` has one of these values: all; direct (devices connected without a gateway); product,
    /// resource_space and gateway (devices connected through this gateway), one row for each ID. `percent` is the share of
    /// all devices of the certificate. --by selects the groups; `direct` belongs to gateway.
    ///
    /// With several certificates, rows without a certificate_id contain the totals: each device is counted once. There,
    /// `group` can also be certificate, and shared (devices that use several of the certificates). In the last rows, each
    /// shared device has one row for each of its certificates. Both belong to --by certificate. A certificate that cannot be
    /// read completely is not counted.
    ///
    /// A table contains bars, the largest groups (--top), and of several certificates only the totals. The other formats
    /// contain all rows.
    #[arg(long, conflicts_with_all = ["unused", "max", "marker"])]
    pub(crate) summary: bool,

    /// With --summary: count by these groups only [default: all]
    #[arg(long, value_name = "GROUP,...", value_delimiter = ',', requires = "summary")]
    pub(crate) by: Vec<GroupBy>,

    /// With --summary in a table: rows per kind of group; the others are counted in one row
    #[arg(long, value_name = "N", default_value_t = 10, requires = "summary", value_parser = clap::value_parser!(u32).range(1..))]
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
    /// Exits with status 8 if a certificate is still in use when --timeout elapses. Transient failures do not end it, but if a
    /// certificate could not be read at all, the exit status is 6 if another one was read, otherwise that of the failure.
    #[arg(long, requires = "unused")]
    pub(crate) wait: bool,

    /// With --wait: time between two requests for the number of devices, such as 30s or 5m
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(crate) interval: Duration,

    /// Save the devices to FILE in CSV or JSON Lines; if the run is killed, the same command continues
    ///
    /// The progress is in FILE.checkpoint until all devices are saved. A file without a checkpoint is never overwritten. After
    /// exit status 6 because of --strict, the same command reads everything again. The default format is csv for a FILE that
    /// ends with .csv, otherwise jsonl.
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

/// The groups of `--summary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupBy {
    Product,
    /// Resource spaces
    #[value(alias = "resource_space")]
    Space,
    /// Gateways, and devices connected without one
    Gateway,
    /// Of several certificates: each of them, and devices that use several
    Certificate,
}
