//! The options of `iotda mock`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command};
use reqwest::Url;

use super::duration::duration;
use super::rate::Rate;
use crate::sample_data::{DEVICES, TEMPLATES};

pub(super) const EXAMPLES: &str = "\
SIGTERM stops the server with exit status 0, Ctrl-C with 130.

Examples:
  iotda mock --port 8080                     serve sample data on a fixed port
  iotda devices ID -o jsonl > devices.jsonl && iotda mock --data devices.jsonl
                                             serve the devices of a certificate
  iotda mock --throttle 50/1s --log          limit the rate, and log each request
  iotda mock --identities DIR                also accept workload identities
  curl -d '{\"status\": 503, \"times\": 2}' http://127.0.0.1:8080/mock/responses
                                             let the next two requests fail";

/// A year.
const MAX_LIFETIME: Duration = Duration::from_secs(8760 * 60 * 60);

/// The settings that affect a server.
const SETTINGS: [&str; 2] = ["signing", "region"];

#[derive(Debug, Args)]
pub(crate) struct Mock {
    /// Port to listen on; 0 selects a free port
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,

    /// IP address to listen on; 0.0.0.0 lets other machines connect, for example in a container
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,

    /// Also let pages of this origin (scheme, host and port) use the server in a browser; * is any origin
    ///
    /// Pages of this machine may always use it. Can be repeated.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub(crate) allow_origin: Vec<String>,

    /// Also accept requests to this host name; * is any name
    ///
    /// IP addresses and localhost are always accepted and, with another --host than a loopback address, names without a dot,
    /// such as those of containers. Others are rejected, because a page in a browser could use them (DNS rebinding). Can be
    /// repeated.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub(crate) allow_host: Vec<String>,

    /// Log each request to standard error: time, method, target, paging parameters, status and duration
    ///
    /// The log contains no secret.
    #[arg(long)]
    pub(crate) log: bool,

    #[command(flatten)]
    pub(crate) records: Records,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) faults: FaultOptions,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Records")]
pub(crate) struct Records {
    /// Serve the records in FILE instead of sample data; - is stdin; can be repeated
    ///
    /// JSON Lines, such as iotda devices and iotda templates print with -o jsonl, in the order of the listing. An
    /// object with only a certificate_id is a certificate without devices.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["devices", "templates"])]
    pub(crate) data: Vec<PathBuf>,

    /// Number of devices of the first certificate
    #[arg(long, value_name = "N", default_value_t = DEVICES)]
    pub(crate) devices: usize,

    /// Number of authentication templates
    #[arg(long, value_name = "N", default_value_t = TEMPLATES)]
    pub(crate) templates: usize,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Authentication")]
pub(crate) struct Access {
    /// Accept this access key instead of the printed one; can be repeated
    ///
    /// Use an invented key: other users of the machine can see the option.
    #[arg(long, value_name = "AK:SK")]
    pub(crate) access_key: Vec<String>,

    /// Also accept workload identities; writes their token files to DIR, and prints the variables to export
    ///
    /// OIDC federation (STS), an ID token at IAM, the pod identity of CCE, and the metadata of an ECS instance. The server
    /// checks audience and expiry of an ID token, not its signature.
    #[arg(long, value_name = "DIR")]
    pub(crate) identities: Option<PathBuf>,

    /// Audience that an ID token must have
    #[arg(long, requires = "identities", default_value = "iotda-mock")]
    pub(crate) audience: String,

    /// Lifetime of the ID token in DIR, such as 90s or 1h
    #[arg(long, value_name = "DURATION", requires = "identities", default_value = "24h", value_parser = lifetime)]
    pub(crate) id_token_lifetime: Duration,

    /// Lifetime of the access keys that are issued for a workload identity [default: the requested one, or 1h]
    #[arg(long, value_name = "DURATION", requires = "identities", value_parser = lifetime)]
    pub(crate) key_lifetime: Option<Duration>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Failures")]
pub(crate) struct FaultOptions {
    /// Added latency of each response, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,

    /// Fraction of requests that fail, 0 to 1: throttling, server errors and broken responses
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = fault_rate)]
    pub(crate) fault_rate: f64,

    /// Throttle requests above this rate (HTTP 429), such as 50/1s [default: no limit]
    #[arg(long, value_name = "RATE")]
    pub(crate) throttle: Option<Rate>,

    /// Random seed of the fault injection; the same seed causes the same failures
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text)?;
    if lifetime <= MAX_LIFETIME { Ok(lifetime) } else { Err("must be at most 8760h (a year)".to_owned()) }
}

fn fault_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    rate.ok_or_else(|| "must be a number from 0 to 1, for example 0.1".to_owned())
}

/// Checks an origin, in the form in which browsers send it.
fn origin(text: &str) -> Result<String, String> {
    let is_origin = |url: &Url| {
        let has_only_an_origin = url.has_host() && url.username().is_empty() && matches!(url.path(), "" | "/");
        has_only_an_origin && url.as_str().trim_end_matches('/') == text && !text.contains('*')
    };
    let is_valid = matches!(text, "*" | "null") || Url::parse(text).is_ok_and(|url| is_origin(&url));
    let invalid = "must be scheme, host and port (without the default one) in lower case, for example \
                   https://example.com or http://localhost:8081; or null or *";
    if is_valid { Ok(text.to_owned()) } else { Err(invalid.to_owned()) }
}

fn host_name(text: &str) -> Result<String, String> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    let is_valid = text == "*" || (!text.is_empty() && text.chars().all(is_allowed));
    let invalid = "must be a host name without scheme and port, for example mock.example.com; or *";
    if is_valid { Ok(text.to_owned()) } else { Err(invalid.to_owned()) }
}

/// Rejects options of other commands, which would have no effect.
pub(super) fn check(matches: &ArgMatches, command: &mut Command) -> Result<(), clap::Error> {
    let Some(("mock", of_mock)) = matches.subcommand() else { return Ok(()) };
    let is_given = |arg: &&clap::Arg| of_mock.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let is_unused = |arg: &&clap::Arg| arg.is_global_set() && !SETTINGS.contains(&arg.get_id().as_str());
    let unused = command.get_arguments().filter(is_unused).find(is_given).and_then(|arg| arg.get_long());
    match unused.map(str::to_owned) {
        Some(name) => Err(command.error(ErrorKind::ArgumentConflict, format!("--{name} cannot be used with mock"))),
        None => Ok(()),
    }
}

/// Hides a setting, or changes its help if it has another meaning for a server.
pub(super) fn for_server(arg: clap::Arg) -> clap::Arg {
    let arg = arg.help_heading(None);
    match arg.get_id().as_str() {
        "signing" => {
            let help = "Accept only this signing algorithm of access keys: standard or derived [default: both]";
            arg.help(help).long_help(None).hide_possible_values(true).hide_default_value(true).hide_short_help(false)
        }
        "region" => {
            arg.help("Region of derived signatures and of the project [default: cn-north-4]").hide_short_help(false)
        }
        _ => arg.hide(true),
    }
}
