//! Reads several listings concurrently and buffers a bounded number of pages of each.

use std::collections::VecDeque;

use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Client, Error, ListRequest, Operation, Page};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::arguments::PageOptions;
use crate::failure::Failure;

pub(crate) const MAX_CONCURRENT_LISTINGS: usize = 4;
/// Pages of a listing that wait to be printed. This bounds memory use.
const MAX_BUFFERED_PAGES: usize = 16;

/// Options for reading a listing.
#[derive(Clone, Debug)]
pub(crate) struct ReadOptions {
    page_size: u32,
    concurrency: u32,
    marker: Option<String>,
    max_records: Option<u64>,
}

impl ReadOptions {
    pub(crate) fn new(pages: &PageOptions, max_records: Option<u64>) -> Self {
        let (page_size, concurrency) = (pages.page_size.get(), pages.concurrency);
        Self { page_size, concurrency, marker: pages.marker.clone(), max_records }
    }
}

/// Starts reading a listing. Its pages arrive in order; an error is the last item.
pub(crate) fn start<O: Operation>(
    request: ListRequest<O>,
    options: ReadOptions,
) -> Receiver<Result<Page<O::Item>, Error>> {
    let (sender, receiver) = mpsc::channel(MAX_BUFFERED_PAGES);
    // The task ends if the receiver is dropped.
    tokio::spawn(read(request, options, sender));
    receiver
}

async fn read<O: Operation>(
    request: ListRequest<O>,
    options: ReadOptions,
    sender: Sender<Result<Page<O::Item>, Error>>,
) {
    let mut remaining = options.max_records.unwrap_or(u64::MAX);
    let mut marker = options.marker;
    while remaining > 0 {
        // The last page has exactly the remaining records, because only the marker after a complete page is known.
        let page_size = remaining.min(options.page_size.into());
        let mut request = request.clone().limit(page_size as u32).concurrency(options.concurrency);
        if let Some(marker) = marker.take() {
            request = request.marker(marker);
        }
        let mut pages = request.pages();
        loop {
            let page = match pages.next().await {
                Some(Ok(page)) => page,
                Some(Err(error)) => {
                    let _ = sender.send(Err(error)).await;
                    return;
                }
                None => return,
            };
            remaining = remaining.saturating_sub(page.items.len() as u64);
            marker = page.next_marker.as_ref().map(String::from);
            if sender.send(Ok(page)).await.is_err() {
                return;
            }
            // Without a marker, the listing ends, or an error follows.
            if remaining == 0 || (remaining < page_size && marker.is_some()) {
                break;
            }
        }
    }
}

/// The pages of one certificate's devices.
pub(crate) type Listing = Receiver<Result<Page<DeviceSimple>, Error>>;

/// The listings of several certificates. They are read concurrently and returned in the certificates' order.
pub(crate) struct Listings<'a> {
    client: &'a Client,
    not_started: std::slice::Iter<'a, String>,
    started: VecDeque<(&'a str, Listing)>,
    options: ReadOptions,
}

impl<'a> Listings<'a> {
    pub(crate) fn new(client: &'a Client, certificates: &'a [String], options: ReadOptions) -> Self {
        let mut listings = Self { client, not_started: certificates.iter(), started: VecDeque::new(), options };
        for _ in 1..MAX_CONCURRENT_LISTINGS {
            listings.start_next();
        }
        listings
    }

    fn start_next(&mut self) {
        if let Some(certificate) = self.not_started.next() {
            let request = self.client.list_device_by_device_certificate(certificate);
            self.started.push_back((certificate, start(request, self.options.clone())));
        }
    }

    /// Returns the next listing. The caller reads it completely before it calls this again.
    pub(crate) fn next(&mut self) -> Option<(&'a str, Listing)> {
        self.start_next();
        self.started.pop_front()
    }

    /// Returns a note about the listings that are not read because of this failure, if it affects all calls.
    pub(crate) fn skipped_after(&self, failure: &Failure) -> Option<String> {
        let skipped = self.started.len() + self.not_started.len();
        (failure.affects_all_calls() && skipped > 0).then(|| format!("certificates not read: {skipped}"))
    }
}
