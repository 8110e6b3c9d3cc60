//! Workload identities: the mock issues temporary access keys for them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::MockServer;

use super::shell::Variables;
use crate::arguments::Access;
use crate::failure::Failure;

const PROVIDER_URN: &str = "iam::mock:oidcProvider:mock";
const AGENCY_URN: &str = "iam::mock:agency:mock";
const IDP_ID: &str = "mock-idp";
const POD_TOKEN: &str = "mock-pod-token-0f2d6c1e9b7a4855";
/// The key of the instance metadata, which expires after a day by default, like on an ECS instance.
const METADATA_KEY: [&str; 3] = ["MOCKMETADATAKEY00001", "mock-metadata-secret-key", "mock-metadata-security-token"];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Accepts all workload identities, and writes their token files to this directory. Returns the lines to print.
pub(super) fn add(server: &MockServer, directory: &Path, options: &Access) -> Result<String, Failure> {
    let now = SystemTime::now();
    let id_token = MockServer::id_token(&options.audience, now + options.id_token_lifetime);
    let files = write_files(directory, &id_token).map_err(|error| {
        Failure::Local(format!(
            "cannot write the token files to {}: {error}; use another --identities",
            directory.display()
        ))
    })?;
    server.add_oidc_agency(PROVIDER_URN, AGENCY_URN, &options.audience);
    server.add_identity_provider(IDP_ID, &options.audience);
    server.add_pod_token(POD_TOKEN);
    let [access, secret, token] = METADATA_KEY;
    server.set_metadata(access, secret, token, now + options.key_lifetime.unwrap_or(DAY), true);
    if let Some(lifetime) = options.key_lifetime {
        server.set_issued_key_lifetime(lifetime);
    }
    Ok(lines(server, &files))
}

/// The paths of the token files.
struct TokenFiles {
    id_token: PathBuf,
    pod_token: PathBuf,
}

fn write_files(directory: &Path, id_token: &str) -> io::Result<TokenFiles> {
    fs::create_dir_all(directory)?;
    // The variables are used in other directories.
    let directory = std::path::absolute(directory)?;
    let files = TokenFiles { id_token: directory.join("id-token"), pod_token: directory.join("pod-token") };
    fs::write(&files.id_token, id_token)?;
    fs::write(&files.pod_token, POD_TOKEN)?;
    Ok(files)
}

fn lines(server: &MockServer, files: &TokenFiles) -> String {
    let (endpoint, id_token) = (server.endpoint(), files.id_token.to_string_lossy());
    let mut variables = Variables::default();
    variables.export("HUAWEICLOUD_OIDC_PROVIDER_URN", PROVIDER_URN);
    variables.export("HUAWEICLOUD_OIDC_AGENCY_URN", AGENCY_URN);
    variables.export("HUAWEICLOUD_OIDC_TOKEN_FILE", id_token.as_ref());
    variables.export("HUAWEICLOUD_SDK_STS_ENDPOINT", &endpoint);
    variables.export("HUAWEICLOUD_SDK_IDP_ID", IDP_ID);
    variables.export("HUAWEICLOUD_SDK_ID_TOKEN_FILE", id_token.as_ref());
    variables.export("HC_CONTAINER_CREDENTIALS_FULL_URI", server.pod_identity_uri());
    variables.export("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", files.pod_token.to_string_lossy());
    variables.export("HUAWEICLOUD_IOTDA_METADATA_ENDPOINT", &endpoint);
    format!("# With a workload identity; iotda selects one with --credentials oidc, idp, pod or metadata:\n{variables}")
}
