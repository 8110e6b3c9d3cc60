//! The world of a program: a server, two runtimes, and the client that they share.

use std::time::Duration;

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error};

use super::provider::Provider;
use crate::support::clock::Clock;
use crate::support::keys::{AK, SK};
use crate::support::manual_time::{ManualRuntime, ManualTime};
use crate::support::server_thread::server_on_thread;
use crate::support::{CERTIFICATE, no_backoff, without_root_certificates};

pub(super) const DEVICES: usize = 120;
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
pub(super) const MAX_RECORDED_REQUESTS: usize = 50;
/// The rate limit of a client with one, in requests per second.
const RATE: u32 = 100;
const PASSWORD: &str = "the-password";
const WRONG_PASSWORD: &str = "a-wrong-password";
const OTHER_SK: &str = "ExampleSecretKey9876543210";

/// The credentials of the client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Provider,
    Password,
    WrongPassword,
    AccessKey,
}

pub(super) struct World {
    pub(super) server: MockServer,
    pub(super) login: Login,
    /// The time of day of the client. It determines expiries, signatures and the end of lockouts.
    pub(super) clock: Clock,
    /// The time of the runtimes. It determines timeouts and the rate limit.
    pub(super) time: ManualTime,
    pub(super) runtimes: [ManualRuntime; 2],
    pub(super) provider: Provider,
    pub(super) client: Client,
    /// The time for one permit of the client's rate limit.
    pub(super) permit_interval: Option<Duration>,
    /// The clock of the server is ahead of the client's by this time.
    server_ahead: Duration,
    is_secret_replaced: bool,
}

impl World {
    pub(super) fn new(random: &mut fastrand::Rng) -> Self {
        let (clock, time) = (Clock::now(), ManualTime::start());
        let (server, provider) = (start_server(), Provider::new(&clock, &time));
        let login = match random.u8(..6) {
            0 | 1 => Login::Provider,
            2 => Login::Password,
            3 => Login::WrongPassword,
            _ => Login::AccessKey,
        };
        let is_limited = random.u8(..4) == 0;
        let builder = if random.bool() { server.builder() } else { with_project_lookup(&server) };
        let builder = if is_limited { builder.rate_limit(RATE) } else { builder };
        let builder = builder.credentials(credentials(login, &provider)).clock(clock.time_source());
        let builder = builder.attempt_timeout(ATTEMPT_TIMEOUT).retry_policy(no_backoff(2));
        let client = without_root_certificates(builder).build().unwrap();
        let runtimes = [ManualRuntime::new(&time), ManualRuntime::new(&time)];
        let permit_interval = is_limited.then(|| Duration::from_secs(1) / RATE);
        let (server_ahead, is_secret_replaced) = (Duration::ZERO, false);
        let mut world = Self {
            server,
            login,
            clock,
            time,
            runtimes,
            provider,
            client,
            permit_interval,
            server_ahead,
            is_secret_replaced,
        };
        world.step_server_clock(Duration::ZERO);
        world
    }

    pub(super) fn advance_clock(&mut self, by: Duration) {
        self.clock.advance(by);
        self.step_server_clock(self.server_ahead);
    }

    pub(super) fn step_server_clock(&mut self, ahead: Duration) {
        self.server_ahead = ahead;
        self.server.set_time(self.clock.read() + ahead);
    }

    /// Replaces the secret of the access key at the server, or restores it.
    pub(super) fn replace_secret(&mut self) {
        self.is_secret_replaced = !self.is_secret_replaced;
        self.server.add_access_key(AK, if self.is_secret_replaced { OTHER_SK } else { SK });
    }

    /// Restores the secret and the clock of the server.
    pub(super) fn restore(&mut self) {
        if self.is_secret_replaced {
            self.replace_secret();
        }
        self.step_server_clock(Duration::ZERO);
    }

    /// Returns the secret that all requests contain, or are signed with.
    pub(super) fn secret(&self) -> &'static str {
        match self.login {
            Login::Provider => MockServer::TOKEN,
            // A login contains another one than its token.
            Login::Password | Login::WrongPassword => "",
            Login::AccessKey => SK,
        }
    }

    /// Asserts that an error contains no secret, even if the server sent it.
    pub(super) fn assert_no_secret(&self, error: &Error) {
        let text = format!("{error} {error:?}");
        for secret in [MockServer::TOKEN, PASSWORD, WRONG_PASSWORD, SK] {
            assert!(!text.contains(secret), "a secret in: {text}");
        }
    }
}

fn start_server() -> MockServer {
    server_on_thread(|server| {
        server.add_certificate(CERTIFICATE);
        server.add_sample_devices(CERTIFICATE, DEVICES);
        server.add_user("account", "user", PASSWORD);
        server.add_access_key(AK, SK);
        server.add_project(MockServer::PROJECT_ID, "cn-north-4");
        server.set_max_recorded_requests(MAX_RECORDED_REQUESTS);
    })
}

fn with_project_lookup(server: &MockServer) -> ClientBuilder {
    Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4").no_proxy()
}

fn credentials(login: Login, provider: &Provider) -> Credentials {
    match login {
        Login::Provider => Credentials::from_provider(provider.clone()),
        Login::Password => Credentials::password("account", "user", PASSWORD),
        Login::WrongPassword => Credentials::password("account", "user", WRONG_PASSWORD),
        Login::AccessKey => Credentials::ak_sk(AK, SK),
    }
}
