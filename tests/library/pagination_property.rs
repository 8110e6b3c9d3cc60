//! Property tests: for any number of records, page size and offset, each record is read exactly once, in order.

use huaweicloud_iotda::types::DeviceSimple;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::support::{CERTIFICATE, collect_until_error, sample_device_names, server_with_devices};

fn names(devices: Vec<DeviceSimple>) -> Vec<String> {
    devices.into_iter().filter_map(|device| device.device_name).collect()
}

async fn assert_read_once(records: usize, limit: u32, offset: u32) -> Result<(), TestCaseError> {
    let (server, client) = server_with_devices(records).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).limit(limit).offset(offset);
    let (devices, error) = collect_until_error(request.clone().items()).await;
    prop_assert!(error.is_none(), "{error:?}");
    let expected = sample_device_names((1..=records.saturating_sub(offset as usize)).rev());
    prop_assert_eq!(&names(devices), &expected);
    // One request per page, and the empty page at the end.
    prop_assert_eq!(server.requests().len(), expected.len().div_ceil(limit as usize) + 1);

    let (pages, error) = collect_until_error(request.pages()).await;
    prop_assert!(error.is_none(), "{error:?}");
    let full = pages.iter().rev().skip(1).all(|page| page.items.len() == limit as usize);
    prop_assert!(full, "every page except the last must be full");
    prop_assert_eq!(names(pages.into_iter().flat_map(|page| page.items).collect()), expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_listing_is_read_once_in_order(records in 0..700_usize, limit in 1..=50_u32, offset in 0..=500_u32) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(assert_read_once(records, limit, offset))?;
    }

    #[test]
    fn listings_of_full_pages_are_read_once_in_order(pages in 0..5_usize, limit in 1..=50_u32, more in 0..=1_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(assert_read_once(pages * limit as usize + more, limit, 0))?;
    }
}
