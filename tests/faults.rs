//! The fault matrix: every fault of a service, a gateway or a network, at every page of both listings.
//!
//! A fault that may pass is met once, then for good; what is then read, which error comes and how many requests were made
//! follows from the rules of retrying alone.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;
#[path = "faults/table.rs"]
mod table;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ErrorKind::{Connection, Service, Timeout};
use futures::TryStreamExt;
use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device, sample_template};
use huaweicloud_iotda::types::Marker;
use huaweicloud_iotda::{
    Client, CredentialFuture, CredentialProvider, Credentials, Error, ErrorKind, IamCredential, RetryPolicy,
};
use serde_json::json;
use support::faults::Refusing;
use support::{CERTIFICATE, drain, without_roots};
use table::Outcome::{self, Ends, Fails, Harmless, Renewed, TriedAgain};
use table::{FAULTS, Fault, Right, html};

const ATTEMPTS: usize = 3;
/// Three pages of two records, and the empty page that ends the listing.
const RECORDS: usize = 6;
const PAGES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Listing {
    Devices,
    Templates,
}

const LISTINGS: [Listing; 2] = [Listing::Devices, Listing::Templates];

/// A credential that is another one whenever it is asked for; the server takes them all.
struct Renewing(AtomicUsize);

impl CredentialProvider for Renewing {
    fn credential(&self) -> CredentialFuture<'_> {
        let token = format!("token-{}", self.0.fetch_add(1, Ordering::Relaxed));
        Box::pin(async { Ok(Some(IamCredential::token(token))) })
    }
}

/// A server with the records of both listings, and the right pages of this one.
async fn served(listing: Listing) -> (MockServer, Vec<Right>) {
    let server = MockServer::start().await.unwrap();
    (0..4).for_each(|number| server.add_token(format!("token-{number}")));
    let devices = server.add_sample_devices(CERTIFICATE, RECORDS);
    let templates = server.add_sample_templates(RECORDS);
    let (list, ids) = match listing {
        Listing::Devices => ("devices", devices),
        Listing::Templates => ("templates", templates),
    };
    let record = |number: usize| match listing {
        Listing::Devices => json!(sample_device(number)),
        Listing::Templates => json!(sample_template(number)),
    };
    let marker = |number: usize| ids.get(number - 1).map_or("f".repeat(24), ToString::to_string);
    let page = |index: usize| {
        // The newest is the last that was added.
        let newest = RECORDS - 2 * index;
        let records: Vec<_> = (1..=newest).rev().take(2).map(record).collect();
        let info = json!({"count": RECORDS, "marker": records.last().map(|_| marker(newest - 1))});
        Right { list, body: json!({list: records, "page": info}), asked: marker(newest + 1) }
    };
    (server, (0..PAGES).map(page).collect())
}

/// An attempt takes as long as it likes, where its timeout is not the fault.
fn client(server: &MockServer, outcome: Outcome) -> Client {
    let timeout = Duration::from_secs(if matches!(outcome, TriedAgain(Timeout, _)) { 3 } else { 600 });
    let builder = server.builder().credentials(Credentials::from_provider(Renewing(AtomicUsize::new(0))));
    let retry = RetryPolicy::default().max_attempts(ATTEMPTS as u32).initial_backoff(Duration::ZERO);
    without_roots(builder).retry_policy(retry).attempt_timeout(timeout).build().unwrap()
}

async fn read(client: &Client, listing: Listing) -> (Vec<Option<String>>, Option<Error>) {
    match listing {
        Listing::Devices => {
            let request = client.list_device_by_device_certificate(CERTIFICATE).limit(2);
            drain(request.items().map_ok(|device| device.device_name)).await
        }
        Listing::Templates => {
            let request = client.list_device_authentication_templates().limit(2);
            drain(request.items().map_ok(|template| template.template_name)).await
        }
    }
}

async fn send(client: &Client, listing: Listing) -> Result<usize, Error> {
    match listing {
        Listing::Devices => {
            client.list_device_by_device_certificate(CERTIFICATE).limit(2).send().await.map(|page| page.items.len())
        }
        Listing::Templates => {
            client.list_device_authentication_templates().limit(2).send().await.map(|page| page.items.len())
        }
    }
}

/// The names of the first records of a listing, newest first.
fn first(count: usize, listing: Listing) -> Vec<Option<String>> {
    let kind = if listing == Listing::Devices { "device" } else { "template" };
    (1..=RECORDS).rev().take(count).map(|number| Some(format!("sample-{kind}-{number}"))).collect()
}

fn check_error(error: Option<Error>, kind: ErrorKind, status: Option<u16>, attempts: usize, case: &str) {
    let error = error.unwrap_or_else(|| panic!("{case}: no error"));
    assert_eq!((error.kind(), error.status()), (kind, status), "{case}: {error}");
    assert_eq!(error.attempts() as usize, attempts, "{case}: {error}");
}

/// How many requests meet the fault at this page, the error after them, and how many more the page takes.
fn expected(outcome: Outcome, met: usize) -> (usize, Option<(ErrorKind, Option<u16>, usize)>) {
    match outcome {
        TriedAgain(kind, status) if met >= ATTEMPTS => (ATTEMPTS, Some((kind, status, ATTEMPTS))),
        Renewed(status) if met >= 2 => (2, Some((Service, Some(status), 1))),
        Fails(kind, status) => (1, Some((kind, Some(status), 1))),
        TriedAgain(..) | Renewed(_) => (met + 1, None),
        Ends | Harmless => (1, None),
    }
}

/// A listing whose page of this index meets a fault so many times.
struct Case {
    name: String,
    server: MockServer,
    client: Client,
    listing: Listing,
    index: usize,
    times: usize,
    outcome: Outcome,
}

/// A first page without records ends nothing, for it counts some.
fn at_first(outcome: Outcome) -> Outcome {
    if matches!(outcome, Ends) { Fails(ErrorKind::UnexpectedResponse, 200) } else { outcome }
}

async fn prepare(&(name, answer, outcome): &Fault, listing: Listing, index: usize, times: usize) -> Case {
    let (server, pages) = served(listing).await;
    (0..index).for_each(|_| server.enqueue(MockResponse::pass_through()));
    (0..times).for_each(|_| server.enqueue(answer(&pages[index])));
    // No record is in the page after the last, and a marker ends nothing there.
    let outcome = match outcome {
        _ if name.ends_with(" marker") && index == PAGES - 1 => Harmless,
        _ if index == 0 => at_first(outcome),
        _ => outcome,
    };
    let name = format!("{name}, {times} times, page {} of the {listing:?}", index + 1);
    Case { name, client: client(&server, outcome), server, listing, index, times, outcome }
}

async fn check(Case { name, server, client, listing, index, times, outcome }: Case) {
    let (records, error) = read(&client, listing).await;
    let (requests, failure) = expected(outcome, times);
    let ended = failure.is_some() || matches!(outcome, Ends);
    assert_eq!(records, first(if ended { 2 * index } else { RECORDS }, listing), "{name}: {error:?}");
    assert_eq!(server.requests().len(), if ended { index + requests } else { PAGES - 1 + requests }, "{name}");
    match failure {
        Some((kind, status, attempts)) => check_error(error, kind, status, attempts, &name),
        None => assert!(error.is_none(), "{name}: {error:?}"),
    }
}

/// A fault that may pass is met once, all attempts but the last, and all of them.
async fn cases(fault: &Fault) -> Vec<Case> {
    let times: &[usize] = match fault.2 {
        TriedAgain(..) | Renewed(_) => &[1, ATTEMPTS - 1, ATTEMPTS],
        Fails(..) | Ends | Harmless => &[1],
    };
    let mut cases = Vec::new();
    for listing in LISTINGS {
        for index in 0..PAGES {
            for &times in times {
                cases.push(prepare(fault, listing, index, times).await);
            }
        }
    }
    cases
}

#[tokio::test]
async fn every_fault_at_every_page_of_both_listings_has_its_outcome() {
    let mut slow = Vec::new();
    for fault in FAULTS {
        let cases = cases(fault).await;
        match fault.2 {
            TriedAgain(Timeout, _) => slow.extend(cases.into_iter().map(check)),
            _ => {
                for case in cases {
                    check(case).await;
                }
            }
        }
    }
    // They take their time side by side.
    join_all(slow).await;
}

#[tokio::test]
async fn every_fault_has_its_outcome_for_a_single_page() {
    let meet = async |&(name, answer, outcome): &Fault, listing| {
        let outcome = at_first(outcome);
        let (server, pages) = served(listing).await;
        server.enqueue(answer(&pages[0]));
        let result = send(&client(&server, outcome), listing).await;
        let (requests, failure) = expected(outcome, 1);
        assert_eq!(server.requests().len(), requests, "{name}");
        match (failure, outcome) {
            (Some((kind, status, attempts)), _) => check_error(result.err(), kind, status, attempts, name),
            (None, _) => assert_eq!(result.unwrap(), 2, "{name}"),
        }
    };
    join_all(FAULTS.iter().flat_map(|fault| LISTINGS.map(|listing| meet(fault, listing)))).await;
    for listing in LISTINGS {
        let (server, _) = served(listing).await;
        let (client, refusing) = refused(&server, 0, 1);
        assert_eq!((send(&client, listing).await.unwrap(), refusing.connections()), (2, 2));
        let (client, refusing) = refused(&server, 0, ATTEMPTS);
        check_error(send(&client, listing).await.err(), Connection, None, ATTEMPTS, "refused");
        assert_eq!(refusing.connections(), ATTEMPTS);
    }
}

/// A client of the server, and what refuses so many of its connections after the first ones.
fn refused(server: &MockServer, after: usize, times: usize) -> (Client, Arc<Refusing>) {
    let refusing = Arc::new(Refusing::new(server, after, times));
    let resolver = refusing.clone();
    // The port comes with the address that the name resolves to. No connection is kept: each request makes one.
    let builder = server.builder().endpoint("http://localhost");
    let builder = builder.configure_http(|http| http.dns_resolver(resolver).pool_max_idle_per_host(0));
    let retry = RetryPolicy::default().max_attempts(ATTEMPTS as u32).initial_backoff(Duration::ZERO);
    (builder.retry_policy(retry).build().unwrap(), refusing)
}

#[tokio::test]
async fn refused_connections_are_tried_again_at_every_page_of_both_listings() {
    for listing in LISTINGS {
        for index in 0..PAGES {
            for times in [1, ATTEMPTS - 1, ATTEMPTS] {
                let case = format!("{times} times refused at page {} of the {listing:?}", index + 1);
                let (server, _) = served(listing).await;
                let (client, refusing) = refused(&server, index, times);
                let (records, error) = read(&client, listing).await;
                match times < ATTEMPTS {
                    true => {
                        assert_eq!((records, error.is_none()), (first(RECORDS, listing), true), "{case}");
                        assert_eq!(refusing.connections(), PAGES + times, "{case}");
                        assert_eq!(server.requests().len(), PAGES, "{case}");
                    }
                    false => {
                        assert_eq!(records, first(2 * index, listing), "{case}");
                        check_error(error, Connection, None, ATTEMPTS, &case);
                        assert_eq!(refusing.connections(), index + ATTEMPTS, "{case}");
                        assert_eq!(server.requests().len(), index, "{case}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_listing_that_failed_goes_on_from_its_last_marker() {
    let (server, pages) = served(Listing::Devices).await;
    server.enqueue(MockResponse::pass_through());
    (0..ATTEMPTS).for_each(|_| server.enqueue(html(503)));
    let client = client(&server, Harmless);
    let (read, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).limit(2).pages()).await;
    check_error(error, Service, Some(503), ATTEMPTS, "the second page");
    let next: Marker = read.last().and_then(|page| page.next_marker.clone()).expect("a marker");
    assert_eq!(Some(next.as_str()), pages[0].body["page"]["marker"].as_str());
    let rest = client.list_device_by_device_certificate(CERTIFICATE).marker(next).items();
    let rest: Vec<_> = rest.map_ok(|device| device.device_name).try_collect().await.unwrap();
    assert_eq!([first(2, Listing::Devices), rest].concat(), first(RECORDS, Listing::Devices));
}
