//! Sample records that look like the service's. All fields are listed, so that the compiler reports a new one here.

use crate::types::{AuthenticationTemplateSimple, DeviceSimple, TemplateStatus};

/// Creates a device with all fields set.
///
/// Different numbers give different devices, of three products. The gateway of each tenth device is the device before
/// it; every other device is its own gateway.
pub fn sample_device(number: usize) -> DeviceSimple {
    let gateway = if number.is_multiple_of(10) { number.saturating_sub(1) } else { number };
    DeviceSimple {
        app_id: Some("jeQDJQZltU8iKgFFoW060F5SGZka".to_owned()),
        device_id: Some(device_id(number)),
        node_id: Some(node_id(number)),
        gateway_id: Some(device_id(gateway)),
        device_name: Some(format!("sample-device-{number}")),
        product_id: Some(product_id(number)),
    }
}

/// Creates an ID in the form that the platform allocates: `[product_id]_[node_id]`.
fn device_id(number: usize) -> String {
    format!("{}_{}", product_id(number), node_id(number))
}

fn product_id(number: usize) -> String {
    format!("b640f4c203b7910fc3cbd446ed4370{:02}", number % 3)
}

fn node_id(number: usize) -> String {
    format!("NODE{number:08}")
}

/// Creates a template with all fields set.
///
/// Different numbers up to 16,777,215 give different IDs of 24 characters. Only template 1 is active.
pub fn sample_template(number: usize) -> AuthenticationTemplateSimple {
    let status = if number == 1 { TemplateStatus::Active } else { TemplateStatus::Inactive };
    AuthenticationTemplateSimple {
        template_id: Some(format!("5c90fa7d3c4e4405e8{number:06x}")),
        template_name: Some(format!("sample-template-{number}")),
        description: Some(format!("Sample template {number}")),
        status: Some(status),
        create_time: Some("20231031T070547Z".into()),
        update_time: Some("20231031T070547Z".into()),
    }
}
