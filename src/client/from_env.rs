//! Building a client from environment variables.
//!
//! The variables are those of the vendor's SDKs and Terraform provider. `HUAWEICLOUD_IOTDA_ENDPOINT` and
//! `HUAWEICLOUD_IOTDA_INSTANCE_ID` are specific to this crate, because neither of them has an equivalent.

use super::Client;
use super::builder::ClientBuilder;
use crate::auth::credentials::Credentials;
use crate::auth::provider::env::{EnvCredential, Variables, from_vars, non_empty, searched_variables};
use crate::error::Error;

impl Client {
    /// Builds a client from environment variables, with the defaults of [`ClientBuilder`] for everything else.
    ///
    /// The first variable of each row that is set is used. An empty variable counts as not set.
    ///
    /// | setting | variables |
    /// |---|---|
    /// | endpoint | `HUAWEICLOUD_IOTDA_ENDPOINT`; if a region is set, `HUAWEICLOUD_SDK_REGION_IOTDA_<REGION>` |
    /// | region | `HW_REGION_NAME` |
    /// | project ID | `HUAWEICLOUD_SDK_PROJECT_ID`, `HW_PROJECT_ID`, the profile's `project_id`; else looked up via IAM |
    /// | IAM endpoint | `HUAWEICLOUD_SDK_IAM_ENDPOINT`, the profile's `iam_endpoint` |
    /// | instance ID | `HUAWEICLOUD_IOTDA_INSTANCE_ID` |
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
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): there is neither an endpoint nor a region.
    /// - Those of [`ClientBuilder::build`].
    ///
    /// Source: [the vendor's SDKs and Terraform provider](crate::guide::sources); the variables `HUAWEICLOUD_IOTDA_...`
    /// are specific to this crate.
    pub fn from_env() -> Result<Self, Error> {
        configure(&|name| std::env::var(name).ok())?.build()
    }
}

fn configure(variables: Variables<'_>) -> Result<ClientBuilder, Error> {
    const ENDPOINT: &str = "HUAWEICLOUD_IOTDA_ENDPOINT";
    const REGION: &str = "HW_REGION_NAME";
    const PROJECT: [&str; 2] = ["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"];

    let credential = from_vars(variables)?;
    let profile = match &credential {
        EnvCredential::NotSet => {
            return Err(Error::credentials(format!("no credential was found; searched: {}", searched_variables())));
        }
        EnvCredential::Profile(profile) => Some(profile.read()?),
        EnvCredential::IamCredential(_) | EnvCredential::Password(_) => None,
    };
    let region = non_empty(variables, REGION);
    let region_endpoint = region
        .as_ref()
        .map(|region| format!("HUAWEICLOUD_SDK_REGION_IOTDA_{}", region.to_ascii_uppercase().replace('-', "_")));
    let endpoint = non_empty(variables, ENDPOINT).or_else(|| non_empty(variables, region_endpoint.as_deref()?));
    if endpoint.is_none() && region.is_none() {
        return Err(Error::configuration(format!("no endpoint is set in the environment; set {ENDPOINT} or {REGION}")));
    }
    let from_profile = |key: &str| profile.as_ref().and_then(|profile| profile.get(key));
    let project_id = PROJECT.iter().find_map(|name| non_empty(variables, name)).or_else(|| from_profile("project_id"));
    let iam_endpoint = non_empty(variables, "HUAWEICLOUD_SDK_IAM_ENDPOINT").or_else(|| from_profile("iam_endpoint"));
    let instance_id = non_empty(variables, "HUAWEICLOUD_IOTDA_INSTANCE_ID");

    let mut builder = ClientBuilder::default().credentials(Credentials::from_env());
    for (value, setter) in [
        (endpoint, ClientBuilder::endpoint as fn(_, String) -> _),
        (region, ClientBuilder::region),
        (project_id, ClientBuilder::project_id),
        (iam_endpoint, ClientBuilder::iam_endpoint),
        (instance_id, ClientBuilder::instance_id),
    ] {
        if let Some(value) = value {
            builder = setter(builder, value);
        }
    }
    Ok(builder)
}
