//! What a run uses, and where each of it comes from: an option, else a variable, else the profile.
//!
//! The names are those of `Client::from_env`; unlike it, nothing needs to be there until it is needed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use huaweicloud_iotda::{Client, ClientBuilder, Credentials, RetryPolicy, Signing};

use crate::arguments::{Flags, SigningKind};
use crate::failure::Failure;

mod login;

pub(crate) use login::Login;

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(String),
    Profile(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "option {name}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Profile(path) => write!(f, "profile {}", path.display()),
        }
    }
}

/// A value that may be shown, and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

impl Setting {
    pub(crate) fn flag(name: &'static str, value: impl Into<String>) -> Self {
        Self { value: value.into(), origin: Origin::Flag(name) }
    }
}

/// Reads a variable; unset and empty are the same.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn first_variable(names: &[&str]) -> Option<Setting> {
    names.iter().find_map(|name| {
        let origin = Origin::Variable((*name).to_owned());
        Some(Setting { value: variable(name)?, origin })
    })
}

#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) endpoint: Option<Setting>,
    pub(crate) region: Option<Setting>,
    pub(crate) project_id: Option<Setting>,
    pub(crate) instance_id: Option<Setting>,
    pub(crate) iam_endpoint: Option<Setting>,
    pub(crate) login: Option<Login>,
    /// Why the credential that is named can't be read.
    pub(crate) broken: Option<Failure>,
    pub(crate) signing: SigningKind,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retries: Option<u32>,
    pub(crate) rate_limit: Option<u32>,
}

impl Settings {
    /// Those of the options, the environment and the profile.
    pub(crate) fn find(flags: &Flags) -> Self {
        let flag = |name, value: &Option<String>| value.as_ref().map(|value| Setting::flag(name, value));
        let region = flag("--region", &flags.region);
        // A region that is asked for is not overruled by the endpoint of the environment.
        let general = if region.is_none() { first_variable(&["HUAWEICLOUD_IOTDA_ENDPOINT"]) } else { None };
        let region = region.or_else(|| first_variable(&["HW_REGION_NAME"]));
        let of_region = region.as_ref().and_then(|region| {
            let region = region.value.to_ascii_uppercase().replace('-', "_");
            first_variable(&[&format!("HUAWEICLOUD_SDK_REGION_IOTDA_{region}")])
        });
        let (login, mut broken) = match Login::find(flags) {
            Ok(login) => (login, None),
            Err(failure) => (None, Some(failure)),
        };
        let profile = login.as_ref().and_then(Login::profile);
        let read = profile.map(|(profile, _)| Ok((profile.project_id()?, profile.iam_endpoint()?)));
        let (project, iam) = read.unwrap_or(Ok((None, None))).unwrap_or_else(|error: huaweicloud_iotda::Error| {
            broken = Some(error.into());
            (None, None)
        });
        let of_profile = |value: Option<String>| {
            let origin = Origin::Profile(profile?.1.clone());
            Some(Setting { value: value?, origin })
        };
        Self {
            endpoint: flag("--endpoint", &flags.endpoint).or(general).or(of_region),
            region,
            project_id: flag("--project-id", &flags.project_id)
                .or_else(|| first_variable(&["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"]))
                .or_else(|| of_profile(project)),
            instance_id: flag("--instance-id", &flags.instance_id)
                .or_else(|| first_variable(&["HUAWEICLOUD_IOTDA_INSTANCE_ID"])),
            iam_endpoint: first_variable(&["HUAWEICLOUD_SDK_IAM_ENDPOINT"]).or_else(|| of_profile(iam)),
            login,
            broken,
            ..Self::tuning(flags)
        }
    }

    /// Those that say how calls are made, not where to.
    pub(crate) fn tuning(flags: &Flags) -> Self {
        let Flags { signing, timeout, retries, rate_limit, .. } = *flags;
        Self { signing, timeout, retries, rate_limit, ..Self::default() }
    }

    /// The client of these settings. Nothing is sent.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        if self.endpoint.is_none() && self.region.is_none() {
            return Err(Self::no_endpoint());
        }
        let Some(login) = &self.login else { return Err(Login::missing()) };
        let builder = self.builder().credentials(login.credentials.clone());
        let by_host = builder.build().map_err(|error| self.explain(error.into()))?;
        let signing = match (self.signing, by_host.signing(), by_host.region()) {
            (SigningKind::Auto, ..) | (SigningKind::Derived, Signing::Derived { .. }, _) => return Ok(by_host),
            (SigningKind::Standard, ..) => Signing::Standard,
            (SigningKind::Derived, _, Some(region)) => Signing::Derived { region: region.to_owned() },
            (SigningKind::Derived, _, None) => {
                return Err(Failure::Usage(
                    "the derived signature needs a region, and the endpoint's name tells none: give --region, or set \
                     HW_REGION_NAME"
                        .to_owned(),
                ));
            }
        };
        let builder = self.builder().credentials(login.credentials.clone()).signing(signing);
        Ok(builder.build()?)
    }

    pub(crate) fn no_endpoint() -> Failure {
        Failure::Usage(
            "no endpoint: give --endpoint (the console's Overview page shows it) or --region, or set \
             HUAWEICLOUD_IOTDA_ENDPOINT or HW_REGION_NAME; --demo needs none"
                .to_owned(),
        )
    }

    fn builder(&self) -> ClientBuilder {
        let mut builder = Client::builder();
        for (setting, setter) in [
            (&self.endpoint, ClientBuilder::endpoint as fn(_, String) -> _),
            (&self.region, ClientBuilder::region),
            (&self.project_id, ClientBuilder::project_id),
            (&self.instance_id, ClientBuilder::instance_id),
            (&self.iam_endpoint, ClientBuilder::iam_endpoint),
        ] {
            if let Some(setting) = setting {
                builder = setter(builder, setting.value.clone());
            }
        }
        if let Some(timeout) = self.timeout {
            builder = builder.attempt_timeout(timeout);
        }
        if let Some(retries) = self.retries {
            builder = builder.retry_policy(RetryPolicy::default().max_attempts(retries.saturating_add(1)));
        }
        match self.rate_limit {
            Some(rate_limit) => builder.rate_limit(rate_limit),
            None => builder,
        }
    }

    /// The library names a method to call; here it is an option or a variable.
    fn explain(&self, failure: Failure) -> Failure {
        let no_project = self.project_id.is_none() && self.region.is_none();
        match failure {
            Failure::Call { error, .. } if no_project && error.message().contains("has no project") => Failure::Usage(
                "no project: give --project-id, or --region, by which IAM is asked for it, or set \
                 HUAWEICLOUD_SDK_PROJECT_ID or HW_REGION_NAME"
                    .to_owned(),
            ),
            failure => failure,
        }
    }
}

/// What both the demo and the environment hand over.
pub(crate) fn token(text: String, origin: Origin) -> Login {
    Login { credentials: Credentials::token(text), what: "a token", origin, profile: None }
}
