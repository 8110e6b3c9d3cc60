//! Options that are settings: endpoint, credential and calls.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::duration::duration;
use super::rate::Rate;
use crate::credential_provider::Provider;
use crate::failure::Failure;

pub(super) const VARIABLES: &str = "\
Settings are resolved in this order: option, environment variable, profile.
  endpoint    --endpoint
              HUAWEICLOUD_IOTDA_ENDPOINT
              HUAWEICLOUD_SDK_REGION_IOTDA_<REGION> (the region in upper case, with _ for -),
                for example ..._CN_NORTH_4
              otherwise the region's shared endpoint
              Several are separated by commas: the next one is used if no connection can be made.
  region      --region; HW_REGION_NAME
              otherwise the region in the endpoint's host name
  cloud       the domain in the endpoint's host name; HW_CLOUD
              without an endpoint, otherwise myhuaweicloud.com (.eu for eu-west-1xx)
  project     --project-id; HUAWEICLOUD_SDK_PROJECT_ID; HW_PROJECT_ID
              project_id of the profile
              otherwise the project HW_PROJECT_NAME, or with the region's name, looked up via IAM
  instance    --instance-id; HUAWEICLOUD_IOTDA_INSTANCE_ID
  credential  --token-file; --credentials-file; --credentials; then the first of:
              HW_AUTH_TOKEN
              HUAWEICLOUD_SDK_IDP_ID, HUAWEICLOUD_SDK_ID_TOKEN_FILE
              HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK (HUAWEICLOUD_SDK_SECURITY_TOKEN)
              HUAWEICLOUD_SDK_CREDENTIALS_FILE, the path of a profile
              HW_ACCESS_KEY, HW_SECRET_KEY (HW_SECURITY_TOKEN)
              HW_USER_PASSWORD, HW_USER_ID
              HW_USER_PASSWORD, HW_USER_NAME, HW_DOMAIN_ID or HW_DOMAIN_NAME
              HUAWEICLOUD_OIDC_PROVIDER_URN, HUAWEICLOUD_OIDC_AGENCY_URN,
                HUAWEICLOUD_OIDC_TOKEN_FILE or HUAWEICLOUD_OIDC_ID_TOKEN
                (HUAWEICLOUD_OIDC_SESSION_NAME, HUAWEICLOUD_OIDC_DURATION_SECONDS,
                HUAWEICLOUD_OIDC_POLICY, HUAWEICLOUD_OIDC_POLICY_IDS)
              HC_CONTAINER_CREDENTIALS_FULL_URI, HC_CONTAINER_AUTHORIZATION_TOKEN_FILE
              the profile ~/.huaweicloud/credentials
  STS         HUAWEICLOUD_SDK_STS_ENDPOINT
              otherwise that of the region and cloud
  IAM         HUAWEICLOUD_SDK_IAM_ENDPOINT; HW_AUTH_URL; iam_endpoint of the profile
              otherwise that of the region and cloud
  metadata    HUAWEICLOUD_IOTDA_METADATA_ENDPOINT (only to test)
              otherwise http://169.254.169.254
  proxy       HTTPS_PROXY, ALL_PROXY, NO_PROXY
  TLS         --ca-file; HW_CACERT (a file, or the certificates in PEM form)
              in addition to SSL_CERT_FILE or the platform's root certificates
These variables have no effect, and errors about a missing credential name them: other HUAWEICLOUD_SDK_*,
HW_AGENCY_DOMAIN_NAME, HW_AGENCY_NAME, HW_ASSUME_ROLE_*, HW_DELEGATED_PROJECT, HW_ENABLE_FORCE_NEW,
HW_ENTERPRISE_PROJECT_ID, HW_INSECURE, HW_MAX_RETRIES, HW_PROFILE, HW_SHARED_CONFIG_FILE, HW_SIGNING_ALGORITHM.
It is an error if the endpoint's host name contains a region other than the one that is set.
iotda doctor prints the effective settings. NO_COLOR disables colors.";

/// The settings; the short help shows only the first one.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Flags {
    /// Use an embedded mock server with sample data; no account is needed
    #[arg(long, global = true)]
    pub(crate) demo: bool,

    /// Endpoint URL or host, from the Overview page of the IoTDA console
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub(crate) endpoint: Option<String>,

    /// Region; its shared endpoint is used if no endpoint is set
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) region: Option<String>,

    /// Project ID [default: looked up via IAM by the region]
    #[arg(long, global = true, value_name = "ID", hide_short_help = true)]
    pub(crate) project_id: Option<String>,

    /// Instance ID, from the console's Overview page; set it if unsure
    #[arg(long, global = true, value_name = "ID", hide_short_help = true)]
    pub(crate) instance_id: Option<String>,

    /// Read an IAM user token from FILE (- for stdin)
    ///
    /// No option accepts a secret as its value, because other users and the shell history could see it.
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub(crate) token_file: Option<PathBuf>,

    /// Read an access key from a profile: an INI file with ak and sk in the section "basic"
    ///
    /// The official Huawei Cloud SDKs read the same file.
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub(crate) credentials_file: Option<PathBuf>,

    /// Use the credential of this provider only [default: the first one that is set completely]
    ///
    /// The order of the default is env, oidc, pod, profile. It is an error if only a part is set and no other one is
    /// complete.
    #[arg(long, global = true, value_name = "PROVIDER", hide_short_help = true)]
    pub(crate) credentials: Option<Provider>,

    /// Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub(crate) ca_file: Option<PathBuf>,

    /// Signing algorithm for access keys
    #[arg(long, global = true, value_name = "ALGORITHM", default_value = "auto", hide_short_help = true)]
    pub(crate) signing: SigningAlgorithm,

    /// Timeout of one attempt in seconds, including connecting [default: 30]
    ///
    /// With devices --unused --wait, it is the time after which waiting ends [default: no limit]. A unit is possible: 2h.
    #[arg(long, global = true, value_name = "SECONDS", value_parser = duration, hide_short_help = true)]
    pub(crate) timeout: Option<Duration>,

    /// Timeout of connecting in seconds, including DNS and TLS [default: 10]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = duration, hide_short_help = true)]
    pub(crate) connect_timeout: Option<Duration>,

    /// Number of retries for transient failures [default: 4]
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub(crate) retries: Option<u32>,

    /// Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]
    ///
    /// Retries end after 2 minutes; this option adds the longest wait before each of them to that time.
    #[arg(long, global = true, value_name = "SECONDS", value_parser = duration, hide_short_help = true)]
    pub(crate) max_wait: Option<Duration>,

    /// Maximum rate of requests, across all certificates [default: learned if the service throttles]
    ///
    /// Requests per second, such as 7 or 0.5, or requests in a window, such as 50/1s or 300/5m.
    #[arg(long, global = true, value_name = "RATE", hide_short_help = true)]
    pub(crate) rate_limit: Option<Rate>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SigningAlgorithm {
    /// Selected by the endpoint's host name
    #[default]
    Auto,
    /// SDK-HMAC-SHA256 (shared endpoints)
    Standard,
    /// V11-HMAC-SHA256 (hosts of instances)
    Derived,
}

impl Flags {
    /// Rejects contradictory options. clap detects them only on the same side of the command name.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let replaced_by_demo = [
            ("--endpoint", self.endpoint.is_some()),
            ("--region", self.region.is_some()),
            ("--project-id", self.project_id.is_some()),
            ("--instance-id", self.instance_id.is_some()),
            ("--token-file", self.token_file.is_some()),
            ("--credentials-file", self.credentials_file.is_some()),
            ("--credentials", self.credentials.is_some()),
        ];
        let credentials = replaced_by_demo[4..].iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name);
        match replaced_by_demo.iter().find(|(_, is_set)| self.demo && *is_set) {
            Some((name, _)) => Err(Failure::Usage(format!("--demo cannot be used with {name}; remove one of them"))),
            None => match credentials.collect::<Vec<_>>()[..] {
                [first, second, ..] => {
                    Err(Failure::Usage(format!("{first} cannot be used with {second}; remove one of them")))
                }
                _ => Ok(()),
            },
        }
    }
}
