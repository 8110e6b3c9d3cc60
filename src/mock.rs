//! A mock IoTDA server for tests: in memory, over real HTTP, on 127.0.0.1 (feature `mock`).
//!
//! Use it in the tests of applications that use this crate, and for clients in other languages that use the OpenAPI
//! document.
//!
//! ```
//! # huaweicloud_iotda::mock::__doc_test(async {
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
//! | ID token that is [malformed, expired or of another audience](MockServer::add_oidc_agency) | 401 `IAM.0001` (IAM), `MOCK.0401` (STS) |
//! | unknown agency, unknown identity provider | 404 `STS5.1106`, `IAM.0004` |
//! | unknown [authorization token](MockServer::add_pod_token) of a pod | 401 `MOCK.0401` |
//! | instance metadata that is [not set](MockServer::set_metadata) | 404 |
//! | instance metadata without the required token | 401 |
//!
//! Any other request succeeds, except for responses that you [enqueue](MockServer::enqueue) and
//! [faults](MockServer::set_faults) that you set.
//!
//! The server rejects a request that is not valid HTTP (400), or has too many headers or too long a head (431). It also
//! has the limits of the service: 32 KiB for a target (414) and for a header (494), and 12 MiB for a body (413). Such a
//! response has no `X-Request-Id`, and the request is not recorded. A connection is closed if a request does not arrive
//! [in time](MockServer::set_read_timeout).
//!
//! `GET /openapi.yaml` and `GET /openapi.json` return the OpenAPI document, with this server as its first one. They require
//! no credential. Pages of this machine can use the server in a browser (CORS); [`MockServer::allow_origin`] allows others.
//! After [`MockServer::restrict_hosts`], a request to another host name is rejected (403, not recorded).
//!
//! # Control from other languages
//!
//! The routes below `/mock/` do the same as methods of [`MockServer`], for tests in other languages:
//!
//! | route | method |
//! |---|---|
//! | `POST /mock/responses` | [`enqueue`](MockServer::enqueue) |
//! | `PUT /mock/faults` | [`set_faults`](MockServer::set_faults), until the next reset |
//! | `GET /mock/requests` | [`requests`](MockServer::requests), with redacted credentials |
//! | `DELETE /mock/requests` | [`clear_requests`](MockServer::clear_requests) |
//! | `POST /mock/reset` | [`reset`](MockServer::reset) |
//!
//! `GET /mock/openapi.yaml` returns their OpenAPI document. They require no credential. Their requests are neither recorded
//! nor counted, and take no response from the queue.
//!
//! # Authentication
//!
//! The server implements the calls to IAM that credentials need (`POST /v3/auth/tokens`, `GET /v3/projects`), the
//! metadata service of an ECS instance, and the workload identities: OIDC federation (STS), identity providers (IAM) and
//! pod identity (CCE). The codes `MOCK...` are specific to this server, because the vendor documents none. It verifies signatures of both algorithms, rejects expired tokens, and locks an
//! access key at the sixth consecutive failure.

// First and second, because rustdoc lists the methods of `MockServer` in the order of modules.
mod server;

mod records;

mod accounts;
mod connection;
mod control;
mod control_input;
mod cors;
mod doc_test;
mod document;
mod error_response;
mod faults;
mod hosts;
mod iam;
mod identity;
mod queue;
mod receive;
mod recording;
mod request_line;
mod request_log;
mod response;
mod rules;
mod sample;
mod service;
mod state;
mod store;
mod sts;
mod workload;
mod workloads;

#[doc(hidden)]
pub use doc_test::__doc_test;
pub use faults::Faults;
pub use recording::RecordedRequest;
pub use response::MockResponse;
pub use sample::{sample_device, sample_template};
pub use server::MockServer;
