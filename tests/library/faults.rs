//! The fault matrix: every fault of the service, a gateway or the network, at every page of both listings.
//!
//! A transient fault occurs once, in all attempts but the last, and in all attempts. The retry rules determine the records,
//! the error and the number of requests.

mod table;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ErrorKind::{Connection, Service, Timeout};
use futures::TryStreamExt;
use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device, sample_template};
use huaweicloud_iotda::types::Marker;
use huaweicloud_iotda::{Client, CredentialFuture, CredentialProvider, Credentials, Error, ErrorKind, IamCredential};
use serde_json::json;
use table::Outcome::{self, CredentialReplaced, EndsListing, Fails, Harmless, LosesRecords, Retried};
use table::{CorrectPage, FAULTS, Fault, html};

use crate::support::faults::RefusingResolver;
use crate::support::{CERTIFICATE, collect_until_error, no_backoff, without_root_certificates};

const MAX_ATTEMPTS: usize = 3;
const RECORDS: usize = 6;
const RECORDS_PER_PAGE: usize = 2;
/// Three pages with records, and the empty page that ends the listing.
const PAGES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Listing {
    Devices,
    Templates,
}

const LISTINGS: [Listing; 2] = [Listing::Devices, Listing::Templates];

/// A provider that returns a different token each time; the server accepts all of them.
struct NewTokenProvider(AtomicUsize);

impl CredentialProvider for NewTokenProvider {
    fn credential(&self) -> CredentialFuture<'_> {
        let token = format!("token-{}", self.0.fetch_add(1, Ordering::Relaxed));
        Box::pin(async { Ok(Some(IamCredential::token(token))) })
    }
}

/// Returns a server with the records of both listings, and the correct pages of this one.
async fn server_with_listings(listing: Listing) -> (MockServer, Vec<CorrectPage>) {
    let server = MockServer::start().await.unwrap();
    (0..4).for_each(|number| server.add_token(format!("token-{number}")));
    let devices = server.add_sample_devices(CERTIFICATE, RECORDS);
    let templates = server.add_sample_templates(RECORDS);
    let (list_field, ids) = match listing {
        Listing::Devices => ("devices", devices),
        Listing::Templates => ("templates", templates),
    };
    let record = |number: usize| match listing {
        Listing::Devices => json!(sample_device(number)),
        Listing::Templates => json!(sample_template(number)),
    };
    let marker = |number: usize| ids.get(number - 1).map_or("f".repeat(24), ToString::to_string);
    let page = |index: usize| {
        // A listing starts with the record that was added last.
        let newest = RECORDS - RECORDS_PER_PAGE * index;
        let records: Vec<_> = (1..=newest).rev().take(RECORDS_PER_PAGE).map(record).collect();
        let info = json!({"count": RECORDS, "marker": records.last().map(|_| marker(newest - 1))});
        CorrectPage { list_field, body: json!({list_field: records, "page": info}), sent_marker: marker(newest + 1) }
    };
    (server, (0..PAGES).map(page).collect())
}

/// Returns a client with a short attempt timeout only if the timeout is the fault.
fn client(server: &MockServer, outcome: Outcome) -> Client {
    let timeout = Duration::from_secs(if matches!(outcome, Retried(Timeout, _)) { 3 } else { 600 });
    let builder = server.builder().credentials(Credentials::from_provider(NewTokenProvider(AtomicUsize::new(0))));
    let builder = without_root_certificates(builder).retry_policy(no_backoff(MAX_ATTEMPTS as u32));
    builder.attempt_timeout(timeout).build().unwrap()
}

/// Reads the names of all records.
async fn read(client: &Client, listing: Listing) -> (Vec<Option<String>>, Option<Error>) {
    let limit = RECORDS_PER_PAGE as u32;
    match listing {
        Listing::Devices => {
            let request = client.list_device_by_device_certificate(CERTIFICATE).limit(limit);
            collect_until_error(request.items().map_ok(|device| device.device_name)).await
        }
        Listing::Templates => {
            let request = client.list_device_authentication_templates().limit(limit);
            collect_until_error(request.items().map_ok(|template| template.template_name)).await
        }
    }
}

/// Requests the first page, and returns its number of records.
async fn send(client: &Client, listing: Listing) -> Result<usize, Error> {
    let limit = RECORDS_PER_PAGE as u32;
    match listing {
        Listing::Devices => {
            let page = client.list_device_by_device_certificate(CERTIFICATE).limit(limit).send().await?;
            Ok(page.items.len())
        }
        Listing::Templates => {
            let page = client.list_device_authentication_templates().limit(limit).send().await?;
            Ok(page.items.len())
        }
    }
}

/// The names of the first `count` records of a listing.
fn first_names(count: usize, listing: Listing) -> Vec<Option<String>> {
    let kind = if listing == Listing::Devices { "device" } else { "template" };
    (1..=RECORDS).rev().take(count).map(|number| Some(format!("sample-{kind}-{number}"))).collect()
}

fn check_error(error: Option<Error>, kind: ErrorKind, status: Option<u16>, attempts: usize, case: &str) {
    let error = error.unwrap_or_else(|| panic!("{case}: no error"));
    assert_eq!(error.kind(), kind, "{case}: {error}");
    assert_eq!(error.status(), status, "{case}: {error}");
    assert_eq!(error.attempts() as usize, attempts, "{case}: {error}");
}

/// Returns the number of requests for a page whose first `times` responses have the fault, and the resulting error: kind,
/// status and number of attempts.
fn expected(outcome: Outcome, times: usize) -> (usize, Option<(ErrorKind, Option<u16>, usize)>) {
    match outcome {
        Retried(kind, status) if times >= MAX_ATTEMPTS => (MAX_ATTEMPTS, Some((kind, status, MAX_ATTEMPTS))),
        CredentialReplaced(status) if times >= 2 => (2, Some((Service, Some(status), 1))),
        Fails(kind, status) => (1, Some((kind, Some(status), 1))),
        Retried(..) | CredentialReplaced(_) => (times + 1, None),
        EndsListing | LosesRecords | Harmless => (1, None),
    }
}

/// A listing whose page `index` has the fault in its first `times` responses.
struct Case {
    name: String,
    server: MockServer,
    client: Client,
    listing: Listing,
    index: usize,
    times: usize,
    outcome: Outcome,
}

/// A single page without records is an error, because its count is not 0.
fn of_single_page(outcome: Outcome) -> Outcome {
    if matches!(outcome, LosesRecords) { Fails(ErrorKind::UnexpectedResponse, 200) } else { outcome }
}

async fn prepare(&(name, response, outcome): &Fault, listing: Listing, index: usize, times: usize) -> Case {
    let (server, pages) = server_with_listings(listing).await;
    (0..index).for_each(|_| server.enqueue(MockResponse::pass_through()));
    (0..times).for_each(|_| server.enqueue(response(&pages[index])));
    let outcome = match outcome {
        // The marker of the empty page after the last one is ignored.
        _ if name.ends_with(" marker") && index == PAGES - 1 => Harmless,
        _ => outcome,
    };
    let name = format!("{name}, {times} times, page {} of the {listing:?}", index + 1);
    Case { name, client: client(&server, outcome), server, listing, index, times, outcome }
}

async fn check(Case { name, server, client, listing, index, times, outcome }: Case) {
    let (records, error) = read(&client, listing).await;
    let (requests, failure) = expected(outcome, times);
    let ends_at_this_page = failure.is_some() || matches!(outcome, EndsListing);
    let mut expected_records = first_names(if ends_at_this_page { RECORDS_PER_PAGE * index } else { RECORDS }, listing);
    if matches!(outcome, LosesRecords) && index < PAGES - 1 {
        expected_records.drain(RECORDS_PER_PAGE * index..RECORDS_PER_PAGE * (index + 1));
    }
    assert_eq!(records, expected_records, "{name}: {error:?}");
    let other_pages = if ends_at_this_page { index } else { PAGES - 1 };
    assert_eq!(server.requests().len(), other_pages + requests, "{name}");
    match failure {
        Some((kind, status, attempts)) => check_error(error, kind, status, attempts, &name),
        None => assert!(error.is_none(), "{name}: {error:?}"),
    }
}

/// Returns the cases of a fault. A transient fault occurs once, in all attempts but the last, and in all attempts.
async fn cases(fault: &Fault) -> Vec<Case> {
    let times: &[usize] = match fault.2 {
        Retried(..) | CredentialReplaced(_) => &[1, MAX_ATTEMPTS - 1, MAX_ATTEMPTS],
        Fails(..) | EndsListing | LosesRecords | Harmless => &[1],
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
async fn each_fault_at_each_page_has_the_expected_outcome() {
    let mut timeouts = Vec::new();
    for fault in FAULTS {
        let cases = cases(fault).await;
        if matches!(fault.2, Retried(Timeout, _)) {
            timeouts.extend(cases.into_iter().map(check));
        } else {
            for case in cases {
                check(case).await;
            }
        }
    }
    // Concurrently, because each of them waits for timeouts.
    join_all(timeouts).await;
}

#[tokio::test]
async fn each_fault_of_a_single_page_has_the_expected_outcome() {
    let check_send = async |&(name, response, outcome): &Fault, listing| {
        let outcome = of_single_page(outcome);
        let (server, pages) = server_with_listings(listing).await;
        server.enqueue(response(&pages[0]));
        let result = send(&client(&server, outcome), listing).await;
        let (requests, failure) = expected(outcome, 1);
        assert_eq!(server.requests().len(), requests, "{name}");
        match failure {
            Some((kind, status, attempts)) => check_error(result.err(), kind, status, attempts, name),
            None if matches!(outcome, EndsListing) => assert_eq!(result.unwrap(), 0, "{name}"),
            None => assert_eq!(result.unwrap(), RECORDS_PER_PAGE, "{name}"),
        }
    };
    join_all(FAULTS.iter().flat_map(|fault| LISTINGS.map(|listing| check_send(fault, listing)))).await;
}

/// Returns a client of the server, and the resolver that refuses `times` connections after the first `after` ones.
fn refusing_client(server: &MockServer, after: usize, times: usize) -> (Client, Arc<RefusingResolver>) {
    let resolver = Arc::new(RefusingResolver::new(server, after, times));
    let dns_resolver = resolver.clone();
    // The resolver also determines the port. No connection is kept alive, so each request opens one.
    let builder = server.builder().endpoint("http://localhost");
    let builder = builder.configure_http(|http| http.dns_resolver(dns_resolver).pool_max_idle_per_host(0));
    (builder.retry_policy(no_backoff(MAX_ATTEMPTS as u32)).build().unwrap(), resolver)
}

#[tokio::test]
async fn refused_connections_of_a_single_page_are_retried() {
    for listing in LISTINGS {
        let (server, _) = server_with_listings(listing).await;
        let (client, resolver) = refusing_client(&server, 0, 1);
        assert_eq!(send(&client, listing).await.unwrap(), RECORDS_PER_PAGE);
        assert_eq!(resolver.connections(), 2);
        let (client, resolver) = refusing_client(&server, 0, MAX_ATTEMPTS);
        check_error(send(&client, listing).await.err(), Connection, None, MAX_ATTEMPTS, "refused connections");
        assert_eq!(resolver.connections(), MAX_ATTEMPTS);
    }
}

#[tokio::test]
async fn refused_connections_at_each_page_are_retried() {
    for listing in LISTINGS {
        for index in 0..PAGES {
            for times in [1, MAX_ATTEMPTS - 1] {
                let case = format!("{times} refused connections at page {} of the {listing:?}", index + 1);
                let (server, _) = server_with_listings(listing).await;
                let (client, resolver) = refusing_client(&server, index, times);
                let (records, error) = read(&client, listing).await;
                assert!(error.is_none(), "{case}: {error:?}");
                assert_eq!(records, first_names(RECORDS, listing), "{case}");
                assert_eq!(resolver.connections(), PAGES + times, "{case}");
                assert_eq!(server.requests().len(), PAGES, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn refused_connections_in_all_attempts_are_an_error() {
    for listing in LISTINGS {
        for index in 0..PAGES {
            let case = format!("refused connections at page {} of the {listing:?}", index + 1);
            let (server, _) = server_with_listings(listing).await;
            let (client, resolver) = refusing_client(&server, index, MAX_ATTEMPTS);
            let (records, error) = read(&client, listing).await;
            assert_eq!(records, first_names(RECORDS_PER_PAGE * index, listing), "{case}");
            check_error(error, Connection, None, MAX_ATTEMPTS, &case);
            assert_eq!(resolver.connections(), index + MAX_ATTEMPTS, "{case}");
            assert_eq!(server.requests().len(), index, "{case}");
        }
    }
}

#[tokio::test]
async fn failed_listing_resumes_from_its_last_marker() {
    let (server, pages) = server_with_listings(Listing::Devices).await;
    server.enqueue(MockResponse::pass_through());
    (0..MAX_ATTEMPTS).for_each(|_| server.enqueue(html(503)));
    let client = client(&server, Harmless);
    let devices = client.list_device_by_device_certificate(CERTIFICATE);
    let (read, error) = collect_until_error(devices.clone().limit(RECORDS_PER_PAGE as u32).pages()).await;
    check_error(error, Service, Some(503), MAX_ATTEMPTS, "the second page");
    let next: Marker = read.last().and_then(|page| page.next_marker.clone()).expect("a marker");
    assert_eq!(Some(next.as_str()), pages[0].body["page"]["marker"].as_str());
    let rest = devices.marker(next).items();
    let rest: Vec<_> = rest.map_ok(|device| device.device_name).try_collect().await.unwrap();
    assert_eq!([first_names(2, Listing::Devices), rest].concat(), first_names(RECORDS, Listing::Devices));
}
