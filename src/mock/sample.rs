//! Sample records that look like the service's.

use crate::types::{AuthenticationTemplateSimple, DeviceSimple, TemplateStatus};

/// A device with every field set. Different numbers give different devices; every tenth is behind the gateway of the
/// nine before it, and there are three products.
pub fn sample_device(number: usize) -> DeviceSimple {
    let product_id = format!("b640f4c203b7910fc3cbd446ed4370{:02}", number % 3);
    let node_id = format!("NODE{number:08}");
    let device_id = format!("{product_id}_{node_id}");
    let gateway_id = match number % 10 {
        0 => format!("b640f4c203b7910fc3cbd446ed437000_NODE{:08}", number - 1),
        _ => device_id.clone(),
    };
    DeviceSimple {
        app_id: Some("jeQDJQZltU8iKgFFoW060F5SGZka".to_owned()),
        device_id: Some(device_id),
        node_id: Some(node_id),
        gateway_id: Some(gateway_id),
        device_name: Some(format!("sample-device-{number}")),
        product_id: Some(product_id),
    }
}

/// A template with every field set. Different numbers give different templates; number 1 alone is active.
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
