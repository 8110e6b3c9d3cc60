//! `--demo`: the embedded server, and the settings for it.

use std::io;

use huaweicloud_iotda::mock::MockServer;

use crate::arguments::Flags;
use crate::sample_data::{self, DEVICES, TEMPLATES};
use crate::settings::{CallOptions, CredentialSetting, Origin, Setting, Settings};

/// Starts the embedded server and returns it with the settings for it.
pub(crate) async fn start(flags: &Flags) -> io::Result<(MockServer, Settings)> {
    let server = MockServer::start().await?;
    sample_data::fill(&server, DEVICES, TEMPLATES);
    let flag = |value: &str| Some(Setting::flag("--demo", value));
    let settings = Settings {
        endpoint: flag(&server.endpoint()),
        iam_endpoint: flag(&server.endpoint()),
        project_id: flag(MockServer::PROJECT_ID),
        credential: Some(CredentialSetting::token(MockServer::TOKEN.to_owned(), Origin::Flag("--demo"))),
        calls: CallOptions::new(flags),
        ..Settings::default()
    };
    Ok((server, settings))
}
