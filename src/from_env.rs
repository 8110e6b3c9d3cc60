//! A whole client from the environment.
//!
//! Source: the vendor's SDKs and Terraform provider. What neither of them has is this crate's own:
//! `HUAWEICLOUD_IOTDA_ENDPOINT` and `HUAWEICLOUD_IOTDA_INSTANCE_ID`.

use crate::auth::Credentials;
use crate::auth::environment::{EnvCredential, Variables, from_vars, non_empty, searched_variables};
use crate::builder::ClientBuilder;
use crate::client::Client;
use crate::error::Error;

impl Client {
    /// A client of what the environment says: the variables of the vendor's SDKs first, then those of its Terraform provider,
    /// then this crate's own for what neither has. They are read now, those of the credential again when it is needed; an empty
    /// one counts as not set. Everything else is as a [`ClientBuilder`] has it unless it is set.
    ///
    /// | what | variables, the first that is set |
    /// |---|---|
    /// | endpoint | `HUAWEICLOUD_IOTDA_ENDPOINT`; of the region, `HUAWEICLOUD_SDK_REGION_IOTDA_<REGION>` |
    /// | region | `HW_REGION_NAME` |
    /// | project | `HUAWEICLOUD_SDK_PROJECT_ID`, `HW_PROJECT_ID`, the profile's `project_id`; else IAM is asked |
    /// | IAM | `HUAWEICLOUD_SDK_IAM_ENDPOINT`, the profile's `iam_endpoint` |
    /// | instance | `HUAWEICLOUD_IOTDA_INSTANCE_ID` |
    /// | credential | see [`Credentials::from_env`](crate::Credentials::from_env) |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when there is no credential, or one in part: the message
    /// lists what was looked for; also when the profile can't be read.
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) when there is neither an endpoint nor a region.
    /// Otherwise as [`ClientBuilder::build`].
    ///
    /// Source: the vendor's SDKs and Terraform provider; `HUAWEICLOUD_IOTDA_...` are this crate's own.
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
            return Err(Error::credentials(format!("no credential was found; looked for: {}", searched_variables())));
        }
        EnvCredential::Profile(profile) => Some(profile.read()?),
        EnvCredential::IamCredential(_) | EnvCredential::Password(_) => None,
    };
    let region = non_empty(variables, REGION);
    let of_region = region
        .as_ref()
        .map(|region| format!("HUAWEICLOUD_SDK_REGION_IOTDA_{}", region.to_ascii_uppercase().replace('-', "_")));
    let endpoint = non_empty(variables, ENDPOINT).or_else(|| non_empty(variables, of_region.as_deref()?));
    if endpoint.is_none() && region.is_none() {
        return Err(Error::configuration(format!("the environment has no endpoint: set {ENDPOINT}, or {REGION}")));
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
