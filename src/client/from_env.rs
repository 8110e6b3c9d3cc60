//! Building a client from environment variables.
//!
//! The variables are those of the vendor's SDKs and Terraform provider. `HUAWEICLOUD_IOTDA_ENDPOINT` and
//! `HUAWEICLOUD_IOTDA_INSTANCE_ID` are specific to this crate, because neither of them has an equivalent.

use std::path::PathBuf;

use super::Client;
use super::builder::ClientBuilder;
use crate::auth::credentials::Credentials;
use crate::auth::provider::env::{EnvCredential, searched_variables};
use crate::auth::provider::profile::Section;
use crate::error::Error;
use crate::error::body::one_line;
use crate::variables::{certificates, region_endpoint_variable, unsupported_variables, variable};

impl Client {
    /// Builds a client from environment variables, with the defaults of [`ClientBuilder`] for everything else.
    ///
    /// The first variable of each row that is set is used. An empty variable counts as not set. An error names the
    /// variable whose value is invalid. [`unsupported_variables`](Self::unsupported_variables) returns those that have no
    /// effect.
    ///
    /// | setting | variables |
    /// |---|---|
    /// | endpoint | `HUAWEICLOUD_IOTDA_ENDPOINT`; if a region is set, `HUAWEICLOUD_SDK_REGION_IOTDA_<REGION>` |
    /// | region | `HW_REGION_NAME` |
    /// | cloud | `HW_CLOUD` |
    /// | project ID | `HUAWEICLOUD_SDK_PROJECT_ID`, `HW_PROJECT_ID`, the profile's `project_id`; else looked up via IAM |
    /// | project name | `HW_PROJECT_NAME` |
    /// | IAM endpoint | `HUAWEICLOUD_SDK_IAM_ENDPOINT`, `HW_AUTH_URL`, the profile's `iam_endpoint` |
    /// | instance ID | `HUAWEICLOUD_IOTDA_INSTANCE_ID` |
    /// | additional root certificates | `HW_CACERT`: their PEM text, or the path of a file with it |
    /// | credential | see [`Credentials::from_env`](crate::Credentials::from_env) |
    ///
    /// The settings are read once, by this function. The credential's variables are read again when the first call
    /// needs a credential, and before it expires or after it was rejected.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
    /// let client = huaweicloud_iotda::Client::from_env()?;
    /// println!("{} templates", client.list_device_authentication_templates().total().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials): there is no credential, or only a part of one (the
    ///   message lists the variables), or the profile cannot be read.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): there is neither an endpoint nor a region, or the
    ///   value of a variable is invalid (the message names the variable).
    /// - Those of [`ClientBuilder::build`].
    ///
    /// Source: [the vendor's SDKs and Terraform provider](crate::guide::sources); the variables `HUAWEICLOUD_IOTDA_...`
    /// are specific to this crate.
    pub fn from_env() -> Result<Self, Error> {
        let credential = EnvCredential::read()?;
        let profile = match &credential {
            EnvCredential::NotSet => {
                return Err(Error::credentials(format!("no credential was found; searched: {}", searched_variables())));
            }
            EnvCredential::Profile(profile) => Some((profile.path()?, profile.read()?)),
            EnvCredential::IamCredential(_) | EnvCredential::IdentityProvider(_) | EnvCredential::Password(_) => None,
        };
        let settings = EnvSettings::read(profile.as_ref())?;
        settings.builder().credentials(Credentials::from_env()).build().map_err(|error| settings.name_variables(error))
    }

    /// Returns the variables of the vendor's SDKs and Terraform provider that are set, but have no effect on this crate,
    /// for example `HW_INSECURE`. The names are sorted.
    ///
    /// The errors about a missing credential name them. An application can show them to its users.
    pub fn unsupported_variables() -> Vec<String> {
        unsupported_variables()
    }
}

type Setter = fn(ClientBuilder, String) -> ClientBuilder;

/// The settings in the environment, each with the name of its variable or of the profile's key.
struct EnvSettings(Vec<EnvSetting>);

struct EnvSetting {
    /// The name of the builder's method.
    setter_name: &'static str,
    setter: Setter,
    name: String,
    value: String,
}

impl EnvSettings {
    fn read(profile: Option<&(PathBuf, Section)>) -> Result<Self, Error> {
        const ENDPOINT: &str = "HUAWEICLOUD_IOTDA_ENDPOINT";
        const REGION: &str = "HW_REGION_NAME";
        const CA: &str = "HW_CACERT";

        let region_endpoint = variable(REGION).map(|region| region_endpoint_variable(&region)).unwrap_or_default();
        let settings: [(&str, Setter, &[&str]); 7] = [
            ("endpoint", ClientBuilder::endpoint, &[ENDPOINT, &region_endpoint]),
            ("region", ClientBuilder::region, &[REGION]),
            ("cloud", ClientBuilder::cloud, &["HW_CLOUD"]),
            ("project_id", ClientBuilder::project_id, &["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"]),
            ("project_name", ClientBuilder::project_name, &["HW_PROJECT_NAME"]),
            ("iam_endpoint", ClientBuilder::iam_endpoint, &["HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL"]),
            ("instance_id", ClientBuilder::instance_id, &["HUAWEICLOUD_IOTDA_INSTANCE_ID"]),
        ];
        let find = |(setter_name, setter, names): (&'static str, Setter, &[&str])| {
            let in_variables = names.iter().find_map(|name| Some(((*name).to_owned(), variable(name)?)));
            let in_profile = || {
                let (path, section) = profile?;
                let path = one_line(path.display().to_string());
                Some((format!("profile {path}: `{setter_name}`"), section.get(setter_name)?))
            };
            let (name, value) = in_variables.or_else(in_profile)?;
            Some(EnvSetting { setter_name, setter, name, value })
        };
        let mut settings: Vec<_> = settings.into_iter().filter_map(find).collect();
        if !settings.iter().any(|setting| ["endpoint", "region"].contains(&setting.setter_name)) {
            let message = format!("no endpoint is set in the environment; set {ENDPOINT} or {REGION}");
            return Err(Error::configuration(message));
        }
        settings.extend(certificates(CA)?.map(|value| EnvSetting {
            setter_name: "root_certificates",
            setter: ClientBuilder::root_certificates,
            name: CA.to_owned(),
            value,
        }));
        Ok(Self(settings))
    }

    fn builder(&self) -> ClientBuilder {
        let set = |builder, setting: &EnvSetting| (setting.setter)(builder, setting.value.clone());
        self.0.iter().fold(ClientBuilder::default(), set)
    }

    /// Replaces the name of the builder's method by that of the variable.
    fn name_variables(&self, error: Error) -> Error {
        let named = |setting: &EnvSetting, message: &str| {
            let rest = message.strip_prefix(setting.setter_name)?;
            rest.starts_with(' ').then(|| format!("{}{rest}", setting.name))
        };
        error.map_message(|message| {
            self.0.iter().find_map(|setting| named(setting, message)).unwrap_or_else(|| message.to_owned())
        })
    }
}
