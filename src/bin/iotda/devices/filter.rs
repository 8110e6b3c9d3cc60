//! Selects devices after they were read, because the service cannot.

use huaweicloud_iotda::types::DeviceSimple;

use super::glob;
use crate::arguments::DeviceFilter;

/// Returns true if the device has all requested properties.
pub(super) fn matches(filter: &DeviceFilter, device: &DeviceSimple) -> bool {
    let DeviceFilter { product, gateway, app, name, direct } = filter;
    let is_equal = |wanted: &Option<String>, id: &Option<String>| wanted.is_none() || wanted == id;
    let is_named = |pattern: &String| glob::matches(pattern, device.device_name.as_deref().unwrap_or_default());
    is_equal(product, &device.product_id)
        && is_equal(gateway, &device.gateway_id)
        && is_equal(app, &device.app_id)
        && name.as_ref().is_none_or(is_named)
        && (!direct || is_direct(device))
}

/// A directly connected device has its own ID as gateway ID, or none.
pub(super) fn is_direct(device: &DeviceSimple) -> bool {
    device.gateway_id.is_none() || device.gateway_id == device.device_id
}

/// Returns the number of devices for people: `30 of 5,000` if some were not selected.
pub(super) fn shown_count(selected: u64, read: u64) -> String {
    if selected == read { thousands(read) } else { format!("{} of {}", thousands(selected), thousands(read)) }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
