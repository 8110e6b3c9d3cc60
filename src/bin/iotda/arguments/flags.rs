//! The options that are settings: where the service is, who asks, and how calls are made.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::failure::Failure;

pub(super) const VARIABLES: &str = "\
Each setting is that of its option, else of a variable, else of the profile:
  endpoint    --endpoint, or --region alone
              HUAWEICLOUD_IOTDA_ENDPOINT
              HUAWEICLOUD_SDK_REGION_IOTDA_<REGION>, as ..._CN_NORTH_4, of the region
  region      --region; HW_REGION_NAME
  project     --project-id; HUAWEICLOUD_SDK_PROJECT_ID; HW_PROJECT_ID
              the profile's project_id; without any, IAM is asked for the region's
  instance    --instance-id; HUAWEICLOUD_IOTDA_INSTANCE_ID
  credential  --token-file or --profile; else the first of these:
              HW_AUTH_TOKEN
              HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK (HUAWEICLOUD_SDK_SECURITY_TOKEN)
              HUAWEICLOUD_SDK_CREDENTIALS_FILE, the path of a profile
              HW_ACCESS_KEY, HW_SECRET_KEY (HW_SECURITY_TOKEN)
              HW_DOMAIN_NAME, HW_USER_NAME, HW_USER_PASSWORD
              the profile ~/.huaweicloud/credentials
  IAM         HUAWEICLOUD_SDK_IAM_ENDPOINT; the profile's iam_endpoint
  proxy       HTTPS_PROXY, ALL_PROXY, NO_PROXY
iotda doctor shows which of them are used. NO_COLOR switches colours off.";

/// The settings; in the short help only that there are more.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Flags {
    /// Use an embedded server with sample data instead of the service; no account is needed
    #[arg(long, global = true)]
    pub(crate) demo: bool,

    /// Endpoint, as the console's Overview page shows it
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub(crate) endpoint: Option<String>,

    /// Region; its shared endpoint is used unless --endpoint is given
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) region: Option<String>,

    /// Project id; IAM is asked for the region's project without it
    #[arg(long, global = true, value_name = "ID", hide_short_help = true)]
    pub(crate) project_id: Option<String>,

    /// Instance id; professional editions want it
    #[arg(long, global = true, value_name = "ID", hide_short_help = true)]
    pub(crate) instance_id: Option<String>,

    /// File that holds an IAM user token; - is standard input
    ///
    /// A secret is never taken as an option's value, where other users and the shell's history would see it.
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub(crate) token_file: Option<PathBuf>,

    /// Profile with an access key: an INI file with ak and sk in its section basic, as the vendor's SDKs read it
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub(crate) profile: Option<PathBuf>,

    /// Kind of signature that an access key makes
    #[arg(long, global = true, value_name = "KIND", default_value = "auto", hide_short_help = true)]
    pub(crate) signing: SigningKind,

    /// Seconds that one attempt of a call may take, connecting included [default: 30]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds, hide_short_help = true)]
    pub(crate) timeout: Option<Duration>,

    /// How often a call that failed for the moment is tried again [default: 4]
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub(crate) retries: Option<u32>,

    /// Requests a second at most, all certificates together [default: no limit]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), hide_short_help = true)]
    pub(crate) rate_limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SigningKind {
    /// What the endpoint's host takes
    #[default]
    Auto,
    /// SDK-HMAC-SHA256, for shared endpoints
    Standard,
    /// V11-HMAC-SHA256, for instances' own hosts
    Derived,
}

impl Flags {
    /// What contradicts each other. (clap sees this only where both stand on the same side of the command's name.)
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let demo = [
            ("--endpoint", self.endpoint.is_some()),
            ("--region", self.region.is_some()),
            ("--project-id", self.project_id.is_some()),
            ("--instance-id", self.instance_id.is_some()),
            ("--token-file", self.token_file.is_some()),
            ("--profile", self.profile.is_some()),
        ];
        match demo.iter().find(|(_, given)| self.demo && *given) {
            Some((name, _)) => Err(Failure::Usage(format!("--demo has settings of its own: give it without {name}"))),
            None if self.token_file.is_some() && self.profile.is_some() => {
                Err(Failure::Usage("--token-file and --profile are two credentials: give one".to_owned()))
            }
            None => Ok(()),
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds, as 30 or 0.5".to_owned())?;
    let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| "must be more than 0".to_owned())
}
