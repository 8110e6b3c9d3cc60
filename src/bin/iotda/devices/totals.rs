//! The totals of several certificates that the progress bar shows.

use futures_util::{StreamExt, stream};
use huaweicloud_iotda::Client;

use crate::listing::MAX_CONCURRENT_LISTINGS;
use crate::status_line::StatusLine;

/// Requests the totals of all certificates at the same time as their first pages, if a bar is visible. The first page of a
/// single certificate contains its total.
pub(super) fn request(client: &Client, certificates: &[String], max: Option<u64>, status_line: &StatusLine) {
    let Some(bar) = status_line.visible_bar().filter(|_| certificates.len() > 1).cloned() else { return };
    let (client, certificates) = (client.clone(), certificates.to_vec());
    tokio::spawn(async move {
        let request = async |(index, certificate): (usize, String)| {
            // The failure of a certificate is reported when its pages are read.
            let total = client.list_device_by_device_certificate(&certificate).total().await.unwrap_or_default();
            bar.set_total(index, total.min(max.unwrap_or(total)));
        };
        stream::iter(certificates.into_iter().enumerate()).for_each_concurrent(MAX_CONCURRENT_LISTINGS, request).await;
    });
}
