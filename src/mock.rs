//! A mock IoTDA server for tests: in memory, over real HTTP, on 127.0.0.1 (feature `mock`).
//!
//! Use it in the tests of applications that use this crate, and for clients in other languages that use the OpenAPI
//! document.
//!
//! ```
//! # huaweicloud_iotda::mock::doc_test(async {
//! use huaweicloud_iotda::mock::{MockResponse, MockServer};
//!
//! let server = MockServer::start().await?;
//! server.add_sample_devices("my-certificate", 3);
//! let client = server.client()?;
//!
//! let page = client.list_device_by_device_certificate("my-certificate").await?;
//! assert_eq!(page.items.len(), 3);
//! assert_eq!(server.requests()[0].method, "POST");
//!
//! // Test the error handling: the next response is an error.
//! server.enqueue(MockResponse::new(503));
//! let error = client.list_device_by_device_certificate("my-certificate").await.unwrap_err();
//! assert!(error.is_retryable());
//! # Ok(())
//! # });
//! ```
//!
//! # Behavior
//!
//! The server follows the OpenAPI document and the documented behavior of the service:
//!
//! - Records are listed in descending order of their record IDs, which are not a field of a device.
//! - `marker`, `offset`, `limit`, `page.count` and the filter `template_name` are supported.
//! - Each response to a request has an `X-Request-Id`.
//!
//! The errors are:
//!
//! | condition | status and code |
//! |---|---|
//! | no `X-Auth-Token` and no signature, or a signature with the [wrong algorithm](MockServer::set_signing) | 401 `IOTDA.000002` |
//! | unknown or expired token, wrong signature, wrong date, locked key | 401 `APIG.0301` |
//! | `limit` out of range | 400 `IOTDA.000017` |
//! | `marker` out of range | 400 `IOTDA.000018` |
//! | other invalid input | 400 `IOTDA.000006` |
//! | unknown certificate | 404 `IOTDA.015500` |
//! | unknown path or method | 404 `APIGW.0101` |
//! | login with a wrong name or password | 401 `IAM.0101` |
//! | login without a project | 400 `IAM.0011` |
//! | instance metadata that is [not set](MockServer::set_metadata) | 404 |
//! | instance metadata without the required token | 401 |
//!
//! Any other request succeeds, except for responses that you [enqueue](MockServer::enqueue) and
//! [faults](MockServer::set_faults) that you set.
//!
//! The HTTP library rejects a request that is not valid HTTP, or that has too many headers or too long a head or
//! target, with 400, 414 or 431. Such a response has no `X-Request-Id`, and the request is not recorded.
//!
//! `GET /openapi.yaml` and `GET /openapi.json` return the OpenAPI document. They require no credential.
//!
//! # Authentication
//!
//! The server implements the calls to IAM that credentials need (`POST /v3/auth/tokens`, `GET /v3/projects`) and the
//! metadata service of an ECS instance. It verifies signatures of both algorithms, rejects expired tokens, and locks an
//! access key at the sixth consecutive failure.

mod accounts;
mod connection;
mod doc_test;
mod document;
mod error_response;
mod faults;
mod iam;
mod identity;
mod recording;
mod response;
mod rules;
mod sample;
mod service;
mod store;

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::types::{AuthenticationTemplateSimple, DeviceSimple, Marker};
use crate::{Client, ClientBuilder, Credentials, Error, RetryPolicy};

#[doc(hidden)]
pub use doc_test::doc_test;
pub use faults::Faults;
use identity::Identity;
pub use recording::RecordedRequest;
pub use response::MockResponse;
pub use sample::{sample_device, sample_template};
use store::Store;

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
///   [`remove_access_key`](Self::remove_access_key), [`set_signing`](Self::set_signing), [`set_time`](Self::set_time);
/// - IAM and ECS metadata: [`add_user`](Self::add_user), [`add_project`](Self::add_project),
///   [`set_metadata`](Self::set_metadata);
/// - failures: [`enqueue`](Self::enqueue), [`set_faults`](Self::set_faults);
/// - recorded requests: [`requests`](Self::requests), [`request_count`](Self::request_count),
///   [`clear_requests`](Self::clear_requests), [`login_count`](Self::login_count),
///   [`rejected_count`](Self::rejected_count);
/// - clients: [`client`](Self::client), [`builder`](Self::builder), [`endpoint`](Self::endpoint).
///
/// ```
/// # huaweicloud_iotda::mock::doc_test(async {
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

/// The state that the server shares with its connections.
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    store: Store,
    identity: Identity,
    queue: VecDeque<MockResponse>,
    faults: Faults,
    requests: Vec<RecordedRequest>,
    /// The number of responses; a request ID is its hexadecimal text.
    responses: u64,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    /// Panics outside of a tokio runtime with an enabled I/O driver.
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let identity = Identity { tokens: HashMap::from([(Self::TOKEN.to_owned(), None)]), ..Identity::default() };
        let state = State { identity, ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state) });
        let task = tokio::spawn(connection::accept(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// Returns the server's base URL, `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns a client builder for this server, with its endpoint, IAM endpoint, project ID and token, and without a
    /// proxy.
    ///
    /// Retries are disabled, so that a test sees each [queued](Self::enqueue) failure. To enable them, call
    /// `.retry_policy(RetryPolicy::default())`.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder()
            .endpoint(self.endpoint())
            .project_id(Self::PROJECT_ID)
            .iam_endpoint(self.endpoint())
            .credentials(Credentials::token(Self::TOKEN))
            .no_proxy()
            .retry_policy(RetryPolicy::none())
    }

    /// Creates a client for this server, with the settings of [`builder`](Self::builder).
    ///
    /// # Errors
    ///
    /// See [`ClientBuilder::build`].
    pub fn client(&self) -> Result<Client, Error> {
        self.builder().build()
    }

    /// Accepts this token from now on. It does not expire.
    pub fn add_token(&self, token: impl Into<String>) {
        self.shared.state().identity.tokens.insert(token.into(), None);
    }

    /// Rejects this token from now on, and returns true if it was accepted before.
    pub fn remove_token(&self, token: &str) -> bool {
        self.shared.state().identity.tokens.remove(token).is_some()
    }

    /// Adds a certificate without devices, if it does not exist.
    pub fn add_certificate(&self, certificate_id: impl Into<String>) {
        self.shared.state().store.certificate(certificate_id.into());
    }

    /// Adds a device to a certificate as its newest record, and returns the record ID. The certificate is added if it
    /// does not exist.
    pub fn add_device(&self, certificate_id: impl Into<String>, device: DeviceSimple) -> Marker {
        self.shared.state().store.certificate(certificate_id.into()).add(device)
    }

    /// Inserts a device with this record ID, and returns the device that it replaces.
    ///
    /// The record can be in the middle of the listing, like that of an old device that switches to this certificate.
    /// Devices that are added later are newer, if the record ID is below `ffff00000000000000000000`. A record ID of 24
    /// times `f` is never listed, because a marker is an exclusive upper bound.
    pub fn insert_device(
        &self,
        certificate_id: impl Into<String>,
        record: &Marker,
        device: DeviceSimple,
    ) -> Option<DeviceSimple> {
        self.shared.state().store.certificate(certificate_id.into()).insert(record, device)
    }

    /// Adds [sample devices](sample_device) 1 to `count` to a certificate, and returns their record IDs in this order.
    /// The last one is the newest.
    pub fn add_sample_devices(&self, certificate_id: impl Into<String>, count: usize) -> Vec<Marker> {
        let mut state = self.shared.state();
        let devices = state.store.certificate(certificate_id.into());
        (1..=count).map(|number| devices.add(sample_device(number))).collect()
    }

    /// Removes the device with this record ID, and returns it if it exists.
    pub fn remove_device(&self, certificate_id: &str, record: &Marker) -> Option<DeviceSimple> {
        self.shared.state().store.certificates.get_mut(certificate_id)?.remove(record)
    }

    /// Adds a template as the newest record, and returns the record ID.
    pub fn add_template(&self, template: AuthenticationTemplateSimple) -> Marker {
        self.shared.state().store.templates.add(template)
    }

    /// Adds [sample templates](sample_template) 1 to `count`, and returns their record IDs in this order. The last one
    /// is the newest.
    pub fn add_sample_templates(&self, count: usize) -> Vec<Marker> {
        let mut state = self.shared.state();
        (1..=count).map(|number| state.store.templates.add(sample_template(number))).collect()
    }

    /// Removes the template with this record ID, and returns it if it exists.
    pub fn remove_template(&self, record: &Marker) -> Option<AuthenticationTemplateSimple> {
        self.shared.state().store.templates.remove(record)
    }

    /// Adds a response to the queue.
    ///
    /// Each request takes the first response of the queue, whatever its path; this includes logins. If the queue is
    /// empty, the server responds from its records.
    pub fn enqueue(&self, response: MockResponse) {
        self.shared.state().queue.push_back(response);
    }

    /// Returns the received requests in order, since the start or the last [`clear_requests`](Self::clear_requests).
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.state().requests.clone()
    }

    /// Returns the number of received requests, since the start or the last [`clear_requests`](Self::clear_requests).
    pub fn request_count(&self) -> usize {
        self.shared.state().requests.len()
    }

    /// Removes the recorded requests.
    pub fn clear_requests(&self) {
        self.shared.state().requests.clear();
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
