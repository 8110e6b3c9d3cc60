//! Reading listings, several together, ahead of who prints them.

use std::collections::VecDeque;

use futures_util::StreamExt;
use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Client, Error, ListRequest, Operation, Page};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::arguments::Pages;
use crate::failure::Failure;

/// How many listings are read together.
pub(crate) const TOGETHER: usize = 4;
/// How many pages are read ahead of who prints them: what bounds the memory.
const AHEAD: usize = 16;

/// Which part of a listing is read.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    page_size: u32,
    concurrency: u32,
    marker: Option<String>,
    max: Option<u64>,
}

impl Part {
    pub(crate) fn new(pages: &Pages, max: Option<u64>) -> Self {
        let (page_size, concurrency) = (pages.page_size.get(), pages.concurrency);
        Self { page_size, concurrency, marker: pages.marker.clone(), max }
    }
}

/// Begins to read; the pages come in order, and after an error none.
pub(crate) fn start<O: Operation>(request: ListRequest<O>, part: Part) -> Receiver<Result<Page<O::Item>, Error>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    // It ends with its receiver.
    tokio::spawn(read(request, part, sender));
    receiver
}

async fn read<O: Operation>(request: ListRequest<O>, part: Part, sender: Sender<Result<Page<O::Item>, Error>>) {
    let mut left = part.max.unwrap_or(u64::MAX);
    let mut marker = part.marker;
    while left > 0 {
        // The last page is no longer than what is left: only a whole page has a marker to go on from.
        let page_size = left.min(part.page_size.into());
        let mut request = request.clone().limit(page_size as u32).concurrency(part.concurrency);
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
            left = left.saturating_sub(page.items.len() as u64);
            marker = page.next_marker.as_ref().map(String::from);
            let ends = marker.is_none();
            if sender.send(Ok(page)).await.is_err() || ends {
                return;
            }
            if left < page_size {
                break;
            }
        }
    }
}

/// The pages of one certificate's devices.
pub(crate) type Listing = Receiver<Result<Page<DeviceSimple>, Error>>;

/// The devices of several certificates: read together, handed out in the certificates' order.
pub(crate) struct Listings<'a> {
    client: &'a Client,
    waiting: std::slice::Iter<'a, String>,
    open: VecDeque<(&'a str, Listing)>,
    part: Part,
}

impl<'a> Listings<'a> {
    pub(crate) fn new(client: &'a Client, certificates: &'a [String], part: Part) -> Self {
        let mut listings = Self { client, waiting: certificates.iter(), open: VecDeque::new(), part };
        for _ in 1..TOGETHER {
            listings.open();
        }
        listings
    }

    fn open(&mut self) {
        if let Some(certificate) = self.waiting.next() {
            let request = self.client.list_device_by_device_certificate(certificate);
            self.open.push_back((certificate, start(request, self.part.clone())));
        }
    }

    /// The next one, which the caller reads to its end before it asks for another.
    pub(crate) fn next(&mut self) -> Option<(&'a str, Listing)> {
        self.open();
        self.open.pop_front()
    }

    /// That those which were not handed out are not read, if this failure would be theirs too.
    pub(crate) fn unread_after(&self, failure: &Failure) -> Option<String> {
        let unread = self.open.len() + self.waiting.len();
        (failure.concerns_all() && unread > 0).then(|| format!("{unread} more certificates were not read"))
    }
}
