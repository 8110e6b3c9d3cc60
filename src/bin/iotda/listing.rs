//! Reads several listings concurrently and buffers a bounded number of pages of each.

use std::collections::VecDeque;

use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Client, Error, ListRequest, Operation, Page};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;

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

/// A listing that is being read. Its pages arrive in order; an error is the last item.
pub(crate) struct Listing<T> {
    pages: Receiver<Result<Page<T>, Error>>,
    reader: JoinHandle<Option<ListingEnd>>,
}

/// The result of a listing that was read to its end.
pub(crate) struct ListingEnd {
    pub(crate) read: u64,
    /// The service's count.
    pub(crate) counted: Option<u64>,
    pub(crate) is_complete: bool,
}

impl<T: Send + 'static> Listing<T> {
    /// Starts reading.
    pub(crate) fn start<O: Operation<Item = T>>(request: ListRequest<O>, options: ReadOptions) -> Self {
        let (sender, pages) = mpsc::channel(MAX_BUFFERED_PAGES);
        // The task ends if the receiver is dropped.
        Self { pages, reader: tokio::spawn(read(request, options, sender)) }
    }

    pub(crate) async fn next(&mut self) -> Option<Result<Page<T>, Error>> {
        self.pages.recv().await
    }

    /// Returns the end of the listing; `None` after an error, and if only a part was requested.
    pub(crate) async fn end(self) -> Option<ListingEnd> {
        self.reader.await.ok().flatten()
    }
}

async fn read<O: Operation>(
    request: ListRequest<O>,
    options: ReadOptions,
    sender: Sender<Result<Page<O::Item>, Error>>,
) -> Option<ListingEnd> {
    let max_records = options.max_records.unwrap_or(u64::MAX);
    let (mut read, mut counted) = (0, None);
    let mut marker = options.marker.clone();
    while read < max_records {
        // The last page has exactly the remaining records, because only the marker after a complete page is known.
        let page_size = (max_records - read).min(options.page_size.into());
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
                    return None;
                }
                None => {
                    let summary = pages.summary()?;
                    let counted = summary.counted.or(counted);
                    let is_complete = summary.is_complete() && counted.is_none_or(|counted| read >= counted);
                    return Some(ListingEnd { read, counted, is_complete });
                }
            };
            // The count of a request that starts at a marker includes the records before it.
            counted = counted.or(page.total.filter(|_| options.marker.is_none()));
            read += page.items.len() as u64;
            marker = page.next_marker.as_ref().map(String::from);
            sender.send(Ok(page)).await.ok()?;
            let remaining = max_records.saturating_sub(read);
            // Without a marker, the listing ends, or an error follows.
            if remaining == 0 || (remaining < page_size && marker.is_some()) {
                break;
            }
        }
    }
    None
}

/// The listings of several certificates. They are read concurrently and returned in the certificates' order.
pub(crate) struct Listings<'a> {
    client: &'a Client,
    not_started: std::slice::Iter<'a, String>,
    started: VecDeque<(&'a str, Listing<DeviceSimple>)>,
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
            self.started.push_back((certificate, Listing::start(request, self.options.clone())));
        }
    }

    /// Returns the next listing. The caller reads it completely before it calls this again.
    pub(crate) fn next(&mut self) -> Option<(&'a str, Listing<DeviceSimple>)> {
        self.start_next();
        self.started.pop_front()
    }

    /// Returns a note about the listings that are not read because of this failure, if it affects all calls.
    pub(crate) fn skipped_after(&self, failure: &Failure) -> Option<String> {
        let skipped = self.started.len() + self.not_started.len();
        (failure.affects_all_calls() && skipped > 0).then(|| format!("certificates not read: {skipped}"))
    }
}
