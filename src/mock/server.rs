//! The server: its start, its clients, its queue and its recorded requests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use std::{fmt, io};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::connection;
use super::faults::Faults;
use super::hosts::AllowedHosts;
use super::recording::RecordedRequest;
use super::response::MockResponse;
use super::state::{ServerState, Shared};
use crate::{Client, ClientBuilder, Credentials, Error, RetryPolicy};

/// The HTTP library adds the timeout to the current time, which must not overflow.
const MAX_READ_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A mock IoTDA server in memory, on a separate port of 127.0.0.1. It stops when it is dropped.
///
/// All methods can be called while it runs, and have an immediate effect:
///
/// - records: [`add_sample_devices`](Self::add_sample_devices), [`add_device`](Self::add_device),
///   [`insert_device`](Self::insert_device), [`remove_device`](Self::remove_device),
///   [`add_certificate`](Self::add_certificate), [`add_sample_templates`](Self::add_sample_templates),
///   [`add_template`](Self::add_template), [`remove_template`](Self::remove_template);
/// - authentication: [`TOKEN`](Self::TOKEN), [`add_token`](Self::add_token),
///   [`add_token_until`](Self::add_token_until), [`remove_token`](Self::remove_token),
///   [`add_access_key`](Self::add_access_key), [`add_temporary_access_key`](Self::add_temporary_access_key),
///   [`remove_access_key`](Self::remove_access_key), [`set_signing`](Self::set_signing),
///   [`accept_any_signing`](Self::accept_any_signing), [`set_time`](Self::set_time);
/// - IAM and ECS metadata: [`add_user`](Self::add_user), [`add_project`](Self::add_project),
///   [`set_metadata`](Self::set_metadata);
/// - workload identity: [`add_oidc_agency`](Self::add_oidc_agency),
///   [`add_identity_provider`](Self::add_identity_provider), [`id_token`](Self::id_token),
///   [`add_pod_token`](Self::add_pod_token), [`remove_pod_token`](Self::remove_pod_token),
///   [`pod_identity_uri`](Self::pod_identity_uri), [`set_issued_key_lifetime`](Self::set_issued_key_lifetime),
///   [`issued_key_count`](Self::issued_key_count);
/// - failures: [`enqueue`](Self::enqueue), [`set_faults`](Self::set_faults),
///   [`set_read_timeout`](Self::set_read_timeout), [`reset`](Self::reset);
/// - recorded requests: [`requests`](Self::requests), [`request_count`](Self::request_count),
///   [`clear_requests`](Self::clear_requests),
///   [`set_max_recorded_requests`](Self::set_max_recorded_requests), [`login_count`](Self::login_count),
///   [`rejected_count`](Self::rejected_count), [`set_log`](Self::set_log);
/// - browsers: [`allow_origin`](Self::allow_origin), [`restrict_hosts`](Self::restrict_hosts);
/// - clients: [`client`](Self::client), [`builder`](Self::builder), [`endpoint`](Self::endpoint).
///
/// ```
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use huaweicloud_iotda::mock::{MockServer, sample_device};
///
/// let server = MockServer::start().await?;
/// server.add_sample_devices("my-certificate", 2);
/// server.add_device("my-certificate", sample_device(7));
///
/// let client = server.client()?;
/// let page = client.list_device_by_device_certificate("my-certificate").limit(1).await?;
/// assert_eq!(page.items, [sample_device(7)]); // the newest
/// assert_eq!(page.total, Some(3));
///
/// let request = &server.requests()[0];
/// assert_eq!(request.json(), Some(serde_json::json!({"limit": 1})));
/// assert!(request.header("X-Auth-Token").is_some());
/// # Ok(())
/// # });
/// ```
pub struct MockServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl MockServer {
    /// The token that a new server accepts.
    pub const TOKEN: &'static str = "mock-token-0f2d6c1e9b7a4855";

    /// The project ID that [`builder`](Self::builder) sets. The server accepts any project ID.
    pub const PROJECT_ID: &'static str = "0123456789abcdef0123456789abcdef";

    /// Starts a server without records, on the current tokio runtime and a free port.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime with enabled I/O and time drivers.
    ///
    /// # Errors
    ///
    /// The error of the operating system if it cannot bind a port of 127.0.0.1.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(0).await
    }

    /// Starts a server on this port of 127.0.0.1, for applications with a fixed endpoint. 0 selects a free port.
    ///
    /// # Panics
    ///
    /// See [`start`](Self::start).
    ///
    /// # Errors
    ///
    /// The error of the operating system if it cannot bind the port, for example because it is in use.
    pub async fn start_on(port: u16) -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, port)).await
    }

    /// Starts a server on this address and port, for clients on other machines or outside of a container. Port 0 selects
    /// a free port.
    ///
    /// The server has no encryption, and its [token](Self::TOKEN) is not secret. `0.0.0.0` or `::` is every address of
    /// the machine, so that every machine that reaches it can use the server.
    ///
    /// # Panics
    ///
    /// See [`start`](Self::start).
    ///
    /// # Errors
    ///
    /// The error of the operating system if it cannot bind the address, for example because the port is in use.
    pub async fn start_at(address: impl Into<SocketAddr>) -> io::Result<Self> {
        // Without a time driver, this panics here instead of in a connection.
        drop(tokio::time::sleep(Duration::ZERO));
        let listener = TcpListener::bind(address.into()).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        shared.state().identity.tokens.insert(Self::TOKEN.to_owned(), None);
        let task = tokio::spawn(connection::accept(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// Returns the server's base URL, `http://127.0.0.1:PORT`.
    ///
    /// If the server was started [at](Self::start_at) another address, the base URL contains this address, or a loopback
    /// address if the server listens on every address.
    pub fn endpoint(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let loopback: IpAddr =
                if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
            address.set_ip(loopback);
        }
        format!("http://{address}")
    }

    /// Returns a client builder for this server, with its endpoint, IAM endpoint, project ID and token, and without a
    /// proxy.
    ///
    /// Retries and the [adaptive](ClientBuilder::adaptive) rate are disabled, so that a test sees each
    /// [queued](Self::enqueue) failure, without delays. To enable them, call `.retry_policy(RetryPolicy::default())` and
    /// `.adaptive(true)`.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder()
            .endpoint(self.endpoint())
            .project_id(Self::PROJECT_ID)
            .iam_endpoint(self.endpoint())
            .credentials(Credentials::token(Self::TOKEN))
            .no_proxy()
            .retry_policy(RetryPolicy::none())
            .adaptive(false)
    }

    /// Creates a client for this server, with the settings of [`builder`](Self::builder).
    ///
    /// # Errors
    ///
    /// See [`ClientBuilder::build`].
    pub fn client(&self) -> Result<Client, Error> {
        self.builder().build()
    }

    /// Adds a response to the queue.
    ///
    /// Each request takes the first response of the queue, whatever its path; this includes logins. If the queue is
    /// empty, the server responds from its records.
    pub fn enqueue(&self, response: MockResponse) {
        self.state().queue.push(response, 1);
    }

    /// Sets the latency and the fault rate from now on. Default: no latency, no faults.
    ///
    /// [Queued](Self::enqueue) responses are not affected.
    pub fn set_faults(&self, faults: Faults) {
        let mut state = self.state();
        state.faults = faults.clone();
        state.initial_faults = faults;
    }

    /// Lets pages of this origin use the server in a browser (CORS), for example `https://example.com`. `*` is any origin.
    ///
    /// Default: pages of this machine (`localhost`, `127.0.0.1` or `[::1]`, with any port). A text that is not an origin as
    /// browsers send it, for example with a path, allows no page.
    pub fn allow_origin(&self, origin: impl Into<String>) {
        self.state().allowed_origins.allow(origin.into());
    }

    /// Rejects requests to other host names than IP addresses, `localhost` and names below it, and these names, with 403: a
    /// page in a browser could have sent them (DNS rebinding). `*` is any name. Default: no name is rejected.
    ///
    /// A server [at](Self::start_at) another address than a loopback one also accepts names without a dot, such as those of
    /// containers. `iotda mock` restricts the names to those of `--allow-host`.
    pub fn restrict_hosts(&self, names: impl IntoIterator<Item = impl Into<String>>) {
        let names = names.into_iter().map(Into::into).collect();
        self.state().allowed_hosts = Some(AllowedHosts::new(self.address.ip(), names));
    }

    /// Writes a line for each request to this log: time, method, target, paging parameters, status of the response
    /// (`closed` if there is none), and duration. It contains no secret. Default: no log.
    ///
    /// The log contains every request, except one that is not valid HTTP, exceeds a limit or does not arrive as a whole. The
    /// server waits until a line is written, and ignores failures.
    pub fn set_log(&self, log: impl io::Write + Send + 'static) {
        self.shared.set_log(Box::new(log));
    }

    /// Removes queued responses and recorded requests, restores the last [`set_faults`](Self::set_faults), and unlocks all
    /// access keys. Records and credentials remain.
    pub fn reset(&self) {
        self.state().reset();
    }

    /// Sets the time in which the head of a request must arrive, and the time in which its body must arrive. Default: 30
    /// seconds.
    ///
    /// After that time, the connection is closed without a response, also if it is idle. For the head, a new value
    /// applies to new connections.
    pub fn set_read_timeout(&self, timeout: Duration) {
        self.state().read_timeout = timeout.min(MAX_READ_TIMEOUT);
    }

    /// Sets the maximum number of recorded requests. Default: 10,000.
    ///
    /// Older requests are removed, but still [counted](Self::request_count). They are also removed if the recorded
    /// requests have more than 64 MiB in total.
    pub fn set_max_recorded_requests(&self, max: usize) {
        self.state().requests.set_max_requests(max);
    }

    /// Returns the most recent requests in order, since the start or the last [`clear_requests`](Self::clear_requests).
    /// [`set_max_recorded_requests`](Self::set_max_recorded_requests) sets how many are kept.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.recent()
    }

    /// Returns the number of received requests, since the start or the last [`clear_requests`](Self::clear_requests).
    pub fn request_count(&self) -> usize {
        self.state().requests.count()
    }

    /// Removes the recorded requests, and resets their number to 0.
    pub fn clear_requests(&self) {
        self.state().requests.clear();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, ServerState> {
        self.shared.state()
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("address", &self.address).finish_non_exhaustive()
    }
}
