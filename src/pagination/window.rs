//! Reading ahead: several pages from one marker at once, without losing a record.
//!
//! The service takes an offset from a marker, so that the pages after it can be asked for before it is there. But a record
//! that comes or goes between two answers shifts the offsets, and would hide another one. The rules that keep it safe:
//!
//! 1. A window begins only at a marker that the service returned in this listing: below it no new record can come at the
//!    top. A listing's first page is read alone.
//! 2. Neighbouring pages overlap by one record, which must be the same by its key (not as a whole: a device may be renamed
//!    meanwhile). Without a key there is no match.
//! 3. A page that matches is taken without its overlap. At one that does not, the rest of the window is thrown away, and
//!    reading goes on from the marker of the last page taken, with half as many requests at once.
//! 4. A page that was read ahead and is empty or failed is neither the end nor an error: both are told only by a page at a
//!    marker, without an offset.
//!
//! It rests on two things: a key is unique among the live records of a listing, and a newer record has a larger id (the
//! vendor's pages say so).

use std::collections::VecDeque;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::{MaybeDone, maybe_done};

use super::{Fetch, Fetched, Page, PageFuture, PageQuery};
use crate::error::Error;
use crate::types::{Marker, PageLimit, PageOffset};

/// What tells a record from the others of its listing.
pub(crate) type Key<T> = fn(&T) -> Option<&str>;

/// The pages from one marker that may be asked for at once.
pub(super) struct Window<T> {
    /// What its first page is asked for by.
    query: PageQuery,
    /// From each page's first record to the next one's: one less than a page holds.
    stride: u32,
    unasked: Range<u32>,
    /// In order, the next to be taken first.
    under_way: VecDeque<MaybeDone<PageFuture<T>>>,
    has_first: bool,
}

/// A page of a window as it came.
pub(super) enum Came<T> {
    /// The first, asked for by the marker alone.
    AtMarker(Result<Fetched<T>, Error>),
    Ahead(Result<Fetched<T>, Error>),
}

/// How the last page that was taken ends.
pub(super) struct End {
    key: Option<String>,
    pub(super) marker: Marker,
}

impl End {
    pub(super) fn of<T>(page: &Page<T>, key: Key<T>) -> Option<Self> {
        let marker = page.next.clone()?;
        let key = page.items.last().and_then(key).filter(|key| !key.is_empty());
        Some(Self { key: key.map(str::to_owned), marker })
    }
}

impl<T> Window<T> {
    /// One page.
    pub(super) fn alone(query: PageQuery) -> Self {
        Self { query, stride: 0, unasked: 0..1, under_way: VecDeque::new(), has_first: false }
    }

    /// The pages that offsets reach from this query's marker, which the service returned; no more than hold `left` records,
    /// if that is known.
    pub(super) fn below(query: PageQuery, left: Option<u64>) -> Self {
        let stride = query.limit.unwrap_or_default().get() - PageLimit::MIN.get();
        let Some(last) = PageOffset::MAX.get().checked_div(stride) else { return Self::alone(query) };
        let enough = left.map_or(u64::MAX, |left| left.div_ceil(stride.into()).max(1));
        let pages = (last + 1).min(enough.try_into().unwrap_or(u32::MAX));
        Self { stride, unasked: 0..pages, ..Self::alone(query) }
    }

    /// The next page; `None` after the last. `at_once` requests are under way at most.
    pub(super) fn poll_page(
        &mut self,
        fetch: &Fetch<T>,
        at_once: usize,
        context: &mut Context<'_>,
    ) -> Poll<Option<Came<T>>> {
        while self.under_way.len() < at_once
            && let Some(index) = self.unasked.next()
        {
            match self.page(index) {
                Ok(query) => self.under_way.push_back(maybe_done(fetch(query))),
                // No offset reaches it.
                Err(_) => self.unasked = 0..0,
            }
        }
        // All of them, so that all go on.
        for page in &mut self.under_way {
            let _ = Pin::new(page).poll(context);
        }
        let Some(first) = self.under_way.front_mut() else { return Poll::Ready(None) };
        let Some(page) = Pin::new(first).take_output() else { return Poll::Pending };
        self.under_way.pop_front();
        let came = if self.has_first { Came::Ahead(page) } else { Came::AtMarker(page) };
        self.has_first = true;
        Poll::Ready(Some(came))
    }

    fn page(&self, index: u32) -> Result<PageQuery, Error> {
        let offset = match index {
            0 => self.query.offset,
            _ => Some(PageOffset::try_from(index * self.stride)?),
        };
        Ok(PageQuery { offset, ..self.query.clone() })
    }
}

/// What a page that was read ahead adds to the pages before it, which end so; `None` if it does not follow them.
pub(super) fn rest<T>(page: Result<Fetched<T>, Error>, end: &End, key: Key<T>) -> Option<Page<T>> {
    let mut page = page.ok()?.page;
    let same = end.key.is_some() && page.items.first().and_then(key) == end.key.as_deref();
    // The overlap alone adds nothing, and may have any marker.
    let goes_on = page.next.as_ref()?.comes_after(&end.marker) || page.items.len() == 1;
    if !same || !goes_on {
        return None;
    }
    page.items.remove(0);
    Some(page)
}
