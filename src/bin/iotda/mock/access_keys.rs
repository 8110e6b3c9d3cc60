//! The access keys of the mock server.

use huaweicloud_iotda::mock::MockServer;

use super::shell::{Variables, quoted};
use crate::arguments::SigningAlgorithm;
use crate::failure::Failure;

/// The key that is printed. It is invented.
const DEFAULT_KEY: (&str, &str) = ("MOCKACCESSKEY0000001", "mock-secret-key-0f2d6c1e9b7a4855");

/// A pair of access key ID and secret key.
pub(super) type AccessKey = (String, String);

/// Parses the values of `--access-key`. An error does not contain them.
pub(super) fn parse(values: &[String]) -> Result<Vec<AccessKey>, Failure> {
    let pair = |value: &String| {
        let (access, secret) = value.split_once(':')?;
        let is_valid = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_graphic());
        (is_valid(access) && is_valid(secret)).then(|| (access.to_owned(), secret.to_owned()))
    };
    let pairs = values.iter().map(pair).collect::<Option<_>>();
    pairs.ok_or_else(|| Failure::Usage("--access-key must be an access key and its secret key, AK:SK".to_owned()))
}

/// Adds the keys, or else the default one. Returns the lines to print; they contain no secret of `--access-key`.
pub(super) fn add(server: &MockServer, keys: &[AccessKey], signing: SigningAlgorithm, region: &str) -> String {
    let mut variables = Variables::default();
    let comment = if keys.is_empty() {
        server.add_access_key(DEFAULT_KEY.0, DEFAULT_KEY.1);
        variables.export("HUAWEICLOUD_SDK_AK", DEFAULT_KEY.0);
        variables.export("HUAWEICLOUD_SDK_SK", DEFAULT_KEY.1);
        "# With an access key, for example in the vendor's SDKs (iotda uses the token if both are set):".to_owned()
    } else {
        keys.iter().for_each(|(access, secret)| server.add_access_key(access, secret));
        let ids: Vec<_> = keys.iter().map(|(access, _)| quoted(access)).collect();
        format!("# Access keys: {}", ids.join(", "))
    };
    let endpoint = server.endpoint();
    let name = region.to_ascii_uppercase().replace('-', "_");
    variables.export(format!("HUAWEICLOUD_SDK_REGION_IOTDA_{name}"), &endpoint);
    variables.export("HUAWEICLOUD_SDK_IAM_ENDPOINT", &endpoint);
    if signing == SigningAlgorithm::Derived {
        // Clients need it to sign.
        variables.export("HW_REGION_NAME", region);
    }
    format!("{comment}\n{variables}")
}
