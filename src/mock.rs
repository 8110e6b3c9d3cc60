//! An IoTDA to test against: in memory, over real HTTP, on 127.0.0.1 (feature `mock`).
//!
//! It is meant for the tests of programs that use this crate, and for programs of other languages that use the
//! document. It follows the document and the service's documented behaviour: records in descending order of record
//! ids that are no field of a device, marker, offset and limit, the service's error codes, `page.count`, a filter by
//! template name, and `X-Request-Id` on every answer to a request. It answers
//!
//! | when | status and code |
//! |---|---|
//! | no `X-Auth-Token` and no signature, or a signature of the [other kind](MockServer::set_signing) | 401 `IOTDA.000002` |
//! | an unknown or expired token, a wrong signature, a date that is off, a locked key | 401 `APIG.0301` |
//! | a limit out of range | 400 `IOTDA.000017` |
//! | a marker out of range | 400 `IOTDA.000018` |
//! | other invalid input | 400 `IOTDA.000006` |
//! | an unknown certificate | 404 `IOTDA.015500` |
//! | an unknown path or method | 404 `APIGW.0101` |
//! | a login that is wrong, or names no project | 401 `IAM.0101`, 400 `IAM.0011` |
//! | metadata that is [not set](MockServer::set_metadata), or asked for without its token | 404, 401 |
//!
//! and nothing else but a success, except for answers that you [enqueue](MockServer::enqueue) and
//! [faults](MockServer::set_faults) that you set. What is not HTTP at all, or has too
//! many headers or too long a head or target, never reaches this service: the HTTP library answers it itself, by 400, 414 or
//! 431 without `X-Request-Id`, and it is not among the recorded requests.
//!
//! `GET /openapi.yaml` and `GET /openapi.json` serve the document itself, to anyone.
//!
//! It also is the part of IAM that credentials need (`POST /v3/auth/tokens`, `GET /v3/projects`) and the metadata service of
//! an instance: it verifies signatures of both kinds, lets tokens end, and locks an access key at its sixth failure.
//!
//! ```
//! use huaweicloud_iotda::mock::{MockResponse, MockServer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = MockServer::start().await?;
//! server.add_sample_devices("my-certificate", 3);
//! let client = server.client()?;
//!
//! let page = client.list_device_by_device_certificate("my-certificate").send().await?;
//! assert_eq!(page.items.len(), 3);
//! assert_eq!(server.requests()[0].method, "POST");
//!
//! // What does my program do when the service fails?
//! server.enqueue(MockResponse::new(503));
//! let devices = client.list_device_by_device_certificate("my-certificate");
//! let error = devices.send().await.unwrap_err();
//! assert!(error.is_retryable());
//! # Ok(())
//! # }
//! ```

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

/// An IoTDA in memory, listening on 127.0.0.1 on a port of its own. It ends when it is dropped.
///
/// All methods but [`start`](Self::start) and [`start_on`](Self::start_on) work at once, while it runs:
///
/// - what it has: [`add_sample_devices`](Self::add_sample_devices), [`add_device`](Self::add_device),
///   [`add_certificate`](Self::add_certificate), [`add_sample_templates`](Self::add_sample_templates),
///   [`add_template`](Self::add_template);
/// - who may ask: [`TOKEN`](Self::TOKEN), [`add_token`](Self::add_token), [`add_access_key`](Self::add_access_key),
///   [`add_user`](Self::add_user), [`set_signing`](Self::set_signing), [`set_time`](Self::set_time);
/// - what goes wrong: [`script`](Self::enqueue), [`set_faults`](Self::set_faults);
/// - what it saw: [`requests`](Self::requests), [`request_count`](Self::request_count), [`login_count`](Self::login_count),
///   [`rejected_count`](Self::rejected_count).
///
/// ```
/// use huaweicloud_iotda::mock::{MockServer, sample_device};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MockServer::start().await?;
/// server.add_sample_devices("my-certificate", 2);
/// server.add_device("my-certificate", sample_device(7));
///
/// let client = server.client()?;
/// let devices = client.list_device_by_device_certificate("my-certificate");
/// let page = devices.limit(1).send().await?;
/// assert_eq!(page.items, [sample_device(7)]); // the newest
/// assert_eq!(page.total, Some(3));
///
/// let request = &server.requests()[0];
/// assert_eq!(request.json(), Some(serde_json::json!({"limit": 1})));
/// assert!(request.header("X-Auth-Token").is_some());
/// # Ok(())
/// # }
/// ```
pub struct MockServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What the server and its connections share.
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    store: Store,
    identity: Identity,
    script: VecDeque<MockResponse>,
    faults: Faults,
    requests: Vec<RecordedRequest>,
    /// Counts the answers, for their request ids.
    answers: u64,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MockServer {
    /// The token that a new server takes.
    pub const TOKEN: &'static str = "mock-token-0f2d6c1e9b7a4855";

    /// The project that [`builder`](Self::builder) uses. The server takes any.
    pub const PROJECT_ID: &'static str = "0123456789abcdef0123456789abcdef";

    /// Starts a server without any record, on the current tokio runtime and a free port.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its I/O driver switched on, as all of tokio's network.
    ///
    /// # Errors
    ///
    /// What the operating system says when no port of 127.0.0.1 can be had.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(0).await
    }

    /// Starts a server on this port of 127.0.0.1, for programs that are told an address beforehand; 0 is any free one.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    ///
    /// # Errors
    ///
    /// What the operating system says when the port can't be had.
    pub async fn start_on(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let identity = Identity { tokens: HashMap::from([(Self::TOKEN.to_owned(), None)]), ..Identity::default() };
        let state = State { identity, ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state) });
        let task = tokio::spawn(connection::accept(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// The server's base URL, `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client's configuration for this server: endpoint, IAM, project, token, no proxy. And no retries, so that a program
    /// sees each [scripted](Self::enqueue) failure; `.retry_policy(RetryPolicy::default())` switches them on.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder()
            .endpoint(self.endpoint())
            .project_id(Self::PROJECT_ID)
            .iam_endpoint(self.endpoint())
            .credentials(Credentials::token(Self::TOKEN))
            .no_proxy()
            .retry_policy(RetryPolicy::none())
    }

    /// A client of this server.
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::build`].
    pub fn client(&self) -> Result<Client, Error> {
        self.builder().build()
    }

    /// Takes this token from now on, without end.
    pub fn add_token(&self, token: impl Into<String>) {
        self.shared.state().identity.tokens.insert(token.into(), None);
    }

    /// Refuses this token from now on; says whether it was taken before.
    pub fn remove_token(&self, token: &str) -> bool {
        self.shared.state().identity.tokens.remove(token).is_some()
    }

    /// Adds a certificate that no device uses, unless it is there.
    pub fn add_certificate(&self, certificate_id: impl Into<String>) {
        self.shared.state().store.certificate(certificate_id.into());
    }

    /// Adds a device to a certificate's, as the newest, and returns its record id. The certificate is added too if it is
    /// not there.
    pub fn add_device(&self, certificate_id: impl Into<String>, device: DeviceSimple) -> Marker {
        self.shared.state().store.certificate(certificate_id.into()).add(device)
    }

    /// Puts a device at a record id of your choice, as an old device that switches to this certificate: the record may
    /// lie in the middle of the listing. A device that is there is replaced and returned. Devices added later are newer
    /// than it, unless its id is `ffff00000000000000000000` or higher: so far up no room is kept for newer ones. No listing
    /// shows a record at 24 times `f`, since a marker asks for smaller ids only.
    pub fn insert_device(
        &self,
        certificate_id: impl Into<String>,
        record: &Marker,
        device: DeviceSimple,
    ) -> Option<DeviceSimple> {
        self.shared.state().store.certificate(certificate_id.into()).insert(record, device)
    }

    /// Adds [sample devices](sample_device), numbered from 1 on, the last one newest, and returns their record ids in
    /// that order.
    pub fn add_sample_devices(&self, certificate_id: impl Into<String>, count: usize) -> Vec<Marker> {
        let mut state = self.shared.state();
        let devices = state.store.certificate(certificate_id.into());
        (1..=count).map(|number| devices.add(sample_device(number))).collect()
    }

    /// Removes a device by its record id, and returns it; `None` when there is none.
    pub fn remove_device(&self, certificate_id: &str, record: &Marker) -> Option<DeviceSimple> {
        self.shared.state().store.certificates.get_mut(certificate_id)?.remove(record)
    }

    /// Adds a template, as the newest, and returns its record id.
    pub fn add_template(&self, template: AuthenticationTemplateSimple) -> Marker {
        self.shared.state().store.templates.add(template)
    }

    /// Adds [sample templates](sample_template), numbered from 1 on, the last one newest, and returns their record ids in
    /// that order.
    pub fn add_sample_templates(&self, count: usize) -> Vec<Marker> {
        let mut state = self.shared.state();
        (1..=count).map(|number| state.store.templates.add(sample_template(number))).collect()
    }

    /// Removes a template by its record id, and returns it; `None` when there is none.
    pub fn remove_template(&self, record: &Marker) -> Option<AuthenticationTemplateSimple> {
        self.shared.state().store.templates.remove(record)
    }

    /// Answers the next request like this instead of from the records. Scripted answers are used in the order they were
    /// given, one a request, whatever it asks for, logins too; when they are used up, the records answer again.
    pub fn enqueue(&self, answer: MockResponse) {
        self.shared.state().script.push_back(answer);
    }

    /// All requests received so far, in the order they came, or since [`clear_requests`](Self::clear_requests).
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.state().requests.clone()
    }

    /// How many requests were received so far, or since [`clear_requests`](Self::clear_requests).
    pub fn request_count(&self) -> usize {
        self.shared.state().requests.len()
    }

    /// Forgets the requests received so far.
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
