//! Options of the commands that read listings.

use clap::Args;
use huaweicloud_iotda::types::PageLimit;

/// Options for reading a listing.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options")]
pub(crate) struct PageOptions {
    /// Records per page, 1 to 50
    #[arg(long, value_name = "N", default_value_t = PageLimit::MAX, value_parser = page_size)]
    pub(crate) page_size: PageLimit,

    /// Pages fetched in parallel per listing
    ///
    /// Speeds up long listings if the network latency is high. It is safe: each record that exists during the whole run is
    /// printed exactly once. At the default page size, values above 11 have no further effect.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) concurrency: u32,

    /// Resume from the marker printed by an earlier run
    #[arg(long)]
    pub(crate) marker: Option<String>,

    /// Exit with status 6 if a listing has fewer records than the service counts
    ///
    /// Without it, this is a warning on standard error. Records that come or go meanwhile also cause it.
    #[arg(long)]
    pub(crate) strict: bool,
}

fn page_size(text: &str) -> Result<PageLimit, String> {
    let size = text.parse().ok().and_then(|size: u32| PageLimit::try_from(size).ok());
    size.ok_or_else(|| format!("must be a number from {} to {}", PageLimit::MIN, PageLimit::MAX))
}
