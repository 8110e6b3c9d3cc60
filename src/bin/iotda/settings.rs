//! The settings of a run and the origin of each: an option, a variable or the profile.
//!
//! The variables are those of `Client::from_env`. Unlike there, a missing setting is an error only when it is needed.

use std::env;

use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, Profile, Signing};

use crate::arguments::{Flags, SigningAlgorithm};
use crate::credential_provider::Provider;
use crate::failure::Failure;

mod call_options;
mod checks;
mod credential;
mod root_certificates;
mod setting;

pub(crate) use call_options::{CallOptions, DEFAULT_RETRIES};
use checks::{check_iam_endpoint, complete_builder, name_origin, offline};
pub(crate) use credential::CredentialSetting;
use root_certificates::RootCertificates;
use setting::first_variable;
pub(crate) use setting::{Origin, Setting};

/// The start of the names of variables with the endpoints of a region.
const REGION_ENDPOINT: &str = "HUAWEICLOUD_SDK_REGION_IOTDA_";

fn region_endpoint_variable(region: &str) -> String {
    format!("{REGION_ENDPOINT}{}", region.to_ascii_uppercase().replace('-', "_"))
}

/// Returns the first variable with the endpoints of a region, and the region.
fn unused_region_endpoint() -> Option<(String, String)> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let name = names.filter(|name| name.starts_with(REGION_ENDPOINT)).min()?;
    let region = name[REGION_ENDPOINT.len()..].to_ascii_lowercase().replace('_', "-");
    Some((name, region))
}

/// Returns why each provider is not used, except for the one in use.
fn unused_credentials(flags: &Flags) -> Vec<String> {
    match (&flags.token_file, &flags.credentials_file, flags.credentials) {
        (Some(_), ..) => Provider::unused(None, Some("--token-file")),
        (None, Some(_), _) => Provider::unused(Some(Provider::Profile), Some("--credentials-file")),
        (None, None, Some(provider)) => Provider::unused(Some(provider), Some("--credentials")),
        (None, None, None) => Provider::unused(Provider::in_use(), None),
    }
}

type Setter = fn(ClientBuilder, String) -> ClientBuilder;

#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) endpoint: Option<Setting>,
    pub(crate) region: Option<Setting>,
    pub(crate) cloud: Option<Setting>,
    pub(crate) project_id: Option<Setting>,
    pub(crate) project_name: Option<Setting>,
    pub(crate) instance_id: Option<Setting>,
    pub(crate) iam_endpoint: Option<Setting>,
    pub(crate) credential: Option<CredentialSetting>,
    /// The failure to read the credential that is set.
    pub(crate) credential_failure: Option<Failure>,
    /// The other credential providers, and why each of them is not used.
    pub(crate) unused_credentials: Vec<String>,
    pub(crate) calls: CallOptions,
    pub(crate) root_certificates: Option<RootCertificates>,
}

impl Settings {
    /// Reads the options, the environment and the profile. Each setting is resolved independently of the others.
    pub(crate) fn resolve(flags: &Flags) -> Self {
        let flag = |name, value: &Option<String>| value.as_ref().map(|value| Setting::flag(name, value));
        let region = flag("--region", &flags.region).or_else(|| first_variable(&["HW_REGION_NAME"]));
        let region_endpoint = || first_variable(&[&region_endpoint_variable(&region.as_ref()?.value)]);
        let endpoint = flag("--endpoint", &flags.endpoint)
            .or_else(|| first_variable(&["HUAWEICLOUD_IOTDA_ENDPOINT"]))
            .or_else(region_endpoint);
        let (credential, mut credential_failure) = match CredentialSetting::resolve(flags) {
            Ok(credential) => (credential, None),
            Err(failure) => (None, Some(failure)),
        };
        let profile = credential.as_ref().and_then(CredentialSetting::profile);
        let read = |profile: &Profile| {
            profile.validate()?;
            Ok::<_, Error>((profile.project_id()?, profile.iam_endpoint()?))
        };
        let values = profile.map(|(profile, _)| read(profile));
        let (project_id, iam_endpoint) = match values {
            None => (None, None),
            Some(Ok(values)) => values,
            Some(Err(error)) => {
                credential_failure = Some(error.into());
                (None, None)
            }
        };
        let from_profile = |value: Option<String>| {
            let origin = Origin::Profile(profile?.1.clone());
            Some(Setting { value: value?, origin })
        };
        Self {
            endpoint,
            region,
            cloud: first_variable(&["HW_CLOUD"]),
            project_name: first_variable(&["HW_PROJECT_NAME"]),
            project_id: flag("--project-id", &flags.project_id)
                .or_else(|| first_variable(&["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"]))
                .or_else(|| from_profile(project_id)),
            instance_id: flag("--instance-id", &flags.instance_id)
                .or_else(|| first_variable(&["HUAWEICLOUD_IOTDA_INSTANCE_ID"])),
            iam_endpoint: first_variable(&["HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL"])
                .or_else(|| from_profile(iam_endpoint)),
            credential,
            credential_failure,
            unused_credentials: unused_credentials(flags),
            calls: CallOptions::new(flags),
            root_certificates: RootCertificates::resolve(flags),
        }
    }

    /// Builds the client of these settings. Nothing is sent.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        if self.endpoint.is_none() && self.region.is_none() {
            return Err(Self::missing_endpoint());
        }
        if let Some(failure) = self.region_mismatch() {
            return Err(failure);
        }
        let Some(credential) = &self.credential else { return Err(CredentialSetting::missing()) };
        if self.endpoint_client().is_some_and(|client| client.region().is_none())
            && self.region.is_none()
            && self.project_id.is_none()
            && self.project_name.is_none()
        {
            return Err(Failure::Usage(
                "missing project: use --project-id or set HUAWEICLOUD_SDK_PROJECT_ID; or use --region and set HW_CLOUD or \
                 HUAWEICLOUD_SDK_IAM_ENDPOINT, to look it up via IAM"
                    .to_owned(),
            ));
        }
        let mut builder = self.builder()?.credentials(credential.credentials.clone());
        if self.calls.signing != SigningAlgorithm::Auto {
            // The hosts in a list of endpoints may require different algorithms.
            builder = builder.signing(Signing::Standard);
        }
        let client = self.build(builder)?;
        check_iam_endpoint(&client, credential.kind, self.project_id.is_some())?;
        let signing = match (self.calls.signing, client.signing(), client.region()) {
            (SigningAlgorithm::Auto, ..) | (SigningAlgorithm::Derived, Signing::Derived { .. }, _) => {
                return Ok(client);
            }
            (SigningAlgorithm::Standard, ..) => Signing::Standard,
            (SigningAlgorithm::Derived, _, Some(region)) => Signing::Derived { region: region.to_owned() },
            (SigningAlgorithm::Derived, _, None) => {
                return Err(Failure::Usage(
                    "--signing derived requires a region, and the endpoint's host name contains none: use --region or \
                     set HW_REGION_NAME"
                        .to_owned(),
                ));
            }
        };
        self.build(self.builder()?.credentials(credential.credentials.clone()).signing(signing))
    }

    fn build(&self, builder: ClientBuilder) -> Result<Client, Failure> {
        let token_file = self.credential.as_ref().map(|credential| &credential.origin);
        let token_file = token_file.filter(|origin| matches!(origin, Origin::Flag(_)));
        let settings =
            self.named().into_iter().filter_map(|(name, setting, _)| Some((name, &setting.as_ref()?.origin)));
        let roots = self.root_certificates.as_ref().map(|roots| ("root_certificates", &roots.origin));
        let origins = settings.chain(token_file.map(|origin| ("token", origin))).chain(roots);
        builder.build().map_err(|error| name_origin(error, origins))
    }

    /// Returns the failure of one setting, independently of the others.
    pub(crate) fn setting_failure(&self, setting: &Setting) -> Option<Failure> {
        let (_, _, setter) = self.named().into_iter().find(|(_, other, _)| other.as_ref() == Some(setting))?;
        self.build(setter(complete_builder(), setting.value.clone())).err()
    }

    /// Returns the failure of the proxy variables or of the root certificates, independently of the settings.
    pub(crate) fn network_failure(&self) -> Option<Failure> {
        let valid = |setting: &Option<Setting>| {
            let setting = setting.as_ref().filter(|setting| self.setting_failure(setting).is_none());
            setting.map(|setting| setting.value.clone())
        };
        // `NO_PROXY` often contains localhost.
        let endpoint = valid(&self.endpoint).unwrap_or_else(|| "https://iotda.invalid".to_owned());
        let mut builder = Client::builder().endpoint(endpoint).project_id("p").credentials(Credentials::token("t"));
        if let Some(iam_endpoint) = valid(&self.iam_endpoint) {
            builder = builder.iam_endpoint(iam_endpoint);
        }
        let builder = self.with_root_certificates(builder);
        builder.and_then(|builder| self.build(builder)).err()
    }

    /// Returns the failure of the credential, independently of the settings.
    pub(crate) fn invalid_credential(&self) -> Option<Failure> {
        let credentials = self.credential.as_ref()?.credentials.clone();
        self.build(complete_builder().credentials(credentials)).err()
    }

    pub(crate) fn missing_endpoint() -> Failure {
        let unused = unused_region_endpoint().map_or(String::new(), |(name, region)| {
            format!(". {name} is set, but has an effect only with this region: use --region {region}")
        });
        Failure::Usage(format!(
            "missing endpoint: use --endpoint with the endpoint shown on the Overview page of the IoTDA console, or \
             --region, or set HUAWEICLOUD_IOTDA_ENDPOINT or HW_REGION_NAME; --demo needs no endpoint{unused}"
        ))
    }

    /// Returns a failure if the endpoint's host name contains another region than the region that is set.
    pub(crate) fn region_mismatch(&self) -> Option<Failure> {
        let (endpoint, region) = (self.endpoint.as_ref()?, self.region.as_ref()?);
        // An invalid region is rejected when the client is built.
        let is_valid = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if region.value.is_empty() || !region.value.chars().all(is_valid) {
            return None;
        }
        let client = self.endpoint_client()?;
        let endpoint_region = client.region().filter(|name| *name != region.value)?;
        let (Setting { value: requested, origin: region_origin }, Setting { value, origin }) = (region, endpoint);
        let region_variable = region_endpoint_variable(requested);
        let remedy = match origin {
            // With another --region, this variable would not apply any more.
            Origin::Variable(name) if *name == region_variable => {
                format!("set {name} to an endpoint of {requested}, or use --endpoint with one")
            }
            _ => format!("use --endpoint with an endpoint of {requested}, or --region {endpoint_region}"),
        };
        Some(Failure::Usage(format!(
            "the endpoint {value} ({origin}) is in region {endpoint_region}, but region {requested} ({region_origin}) is \
             requested; {remedy}"
        )))
    }

    /// Builds a client that shows what follows from the endpoint, the region and the cloud, although another setting is
    /// missing or invalid. It cannot be used for calls.
    pub(crate) fn preview(&self) -> Option<Client> {
        let mut builder = complete_builder().signing(Signing::Standard);
        for (name, setting, setter) in self.named() {
            match setting {
                Some(setting) if name != "project_id" && name != "instance_id" => {
                    builder = setter(builder, setting.value.clone());
                }
                _ => {}
            }
        }
        let has_host = self.endpoint.is_some() || self.region.is_some();
        builder.build().ok().filter(|_| has_host)
    }

    /// Builds a client from the endpoint alone, to read the region in its host name; `None` if the endpoint is invalid.
    fn endpoint_client(&self) -> Option<Client> {
        let builder = Client::builder().endpoint(self.endpoint.as_ref()?.value.clone()).signing(Signing::Standard);
        offline(builder.credentials(Credentials::token("unused")).project_id("unused")).build().ok()
    }

    /// Returns the settings, with the library's name and setter of each.
    fn named(&self) -> [(&'static str, &Option<Setting>, Setter); 7] {
        [
            ("endpoint", &self.endpoint, ClientBuilder::endpoint),
            ("region", &self.region, ClientBuilder::region),
            ("cloud", &self.cloud, ClientBuilder::cloud),
            ("project_id", &self.project_id, ClientBuilder::project_id),
            ("project_name", &self.project_name, ClientBuilder::project_name),
            ("instance_id", &self.instance_id, ClientBuilder::instance_id),
            ("iam_endpoint", &self.iam_endpoint, ClientBuilder::iam_endpoint),
        ]
    }

    fn builder(&self) -> Result<ClientBuilder, Failure> {
        let mut builder = self.with_root_certificates(Client::builder())?;
        for (_, setting, setter) in self.named() {
            if let Some(setting) = setting {
                builder = setter(builder, setting.value.clone());
            }
        }
        Ok(self.calls.apply(builder))
    }

    /// Adds the additional root certificates.
    fn with_root_certificates(&self, builder: ClientBuilder) -> Result<ClientBuilder, Failure> {
        match &self.root_certificates {
            Some(roots) => Ok(builder.root_certificates(roots.pem()?)),
            None => Ok(builder),
        }
    }
}
