//! Building a client from environment variables.
//!
//! The variables are those of the vendor's SDKs and Terraform provider. `HUAWEICLOUD_IOTDA_ENDPOINT` and
//! `HUAWEICLOUD_IOTDA_INSTANCE_ID` are specific to this crate, because neither of them has an equivalent.

use std::path::PathBuf;

use super::Client;
use super::builder::ClientBuilder;
use crate::auth::credentials::Credentials;
use crate::auth::provider::env::{EnvCredential, searched_variables};
use crate::auth::provider::ini::Section;
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
        let Some(credential) = EnvCredential::read()? else {
            let searched = searched_variables();
            let message = format!("no credential was found; searched: the environment variables {searched}");
            return Err(Error::credentials(message));
        };
        let profile = match credential.profile {
            Some(profile) => Some((profile.path()?, profile.read()?)),
            None => None,
        };
        let (builder, names) = read_settings(profile.as_ref())?;
        let result = builder.credentials(Credentials::from_env()).build();
        result.map_err(|error| error.map_message(|message| name_variable(message, &names)))
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

/// The names of the builder's methods that were called, each with the name of its variable or of the profile's key.
type Names = Vec<(&'static str, String)>;

/// Returns a builder with the settings of the environment.
fn read_settings(profile: Option<&(PathBuf, Section)>) -> Result<(ClientBuilder, Names), Error> {
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
    let (mut builder, mut names) = (ClientBuilder::default(), Names::new());
    for (method, setter, variables) in settings {
        let in_variables = variables.iter().find_map(|name| Some(((*name).to_owned(), variable(name)?)));
        let in_profile = || {
            let (path, section) = profile?;
            let path = one_line(path.display().to_string());
            Some((format!("profile {path}: `{method}`"), section.get(method)?.clone()))
        };
        if let Some((name, value)) = in_variables.or_else(in_profile) {
            builder = setter(builder, value);
            names.push((method, name));
        }
    }
    if !names.iter().any(|(method, _)| ["endpoint", "region"].contains(method)) {
        let message = format!("no endpoint is set in the environment; set {ENDPOINT} or {REGION}");
        return Err(Error::configuration(message));
    }
    if let Some(pem) = certificates(CA)? {
        builder = builder.root_certificates(pem);
        names.push(("root_certificates", CA.to_owned()));
    }
    Ok((builder, names))
}

/// Replaces the name of the builder's method in an error by that of the variable.
fn name_variable(message: &str, names: &Names) -> String {
    let named = |(method, name): &(&str, String)| {
        let rest = message.strip_prefix(method)?;
        rest.starts_with(' ').then(|| format!("{name}{rest}"))
    };
    names.iter().find_map(named).unwrap_or_else(|| message.to_owned())
}
