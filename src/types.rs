//! The data that goes over the wire: requests' values, which are checked, and answers' records, which are
//! read leniently.
//!
//! The records and bodies are generated from the document (`openapi/iotda.yaml`); the values whose rules a
//! generated type would not keep are written by hand. Everything serialises both ways and, with feature
//! `schemars`, implements `schemars::JsonSchema` with the document's own schema.
//!
//! Structs are `#[non_exhaustive]`, for the service may add fields: make one by `default()` and set its fields.
//!
//! ```
//! use huaweicloud_iotda::types::DeviceSimple;
//!
//! let device: DeviceSimple = serde_json::from_str(r#"{"device_id": "d-1", "node_id": null, "new": 1}"#)?;
//! assert_eq!(device.device_id.as_deref(), Some("d-1"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod paging;
mod records;
mod template;
mod timestamp;

pub use crate::generated::types::{
    AuthenticationTemplateList, AuthenticationTemplateSimple, DeviceList, DeviceSimple, ErrorBody, ListDeviceRequest,
    PageInfo,
};
pub use paging::{Marker, PageLimit, PageOffset};
pub(crate) use records::{object, records};
pub use template::{TemplateName, TemplateStatus};
pub use timestamp::Timestamp;

/// A request's field is a value or left out, never null; schemars takes every `Option` for nullable.
#[cfg(feature = "schemars")]
pub(crate) fn refuse_null(schema: &mut schemars::Schema) {
    let properties = schema.get_mut("properties").and_then(|properties| properties.as_object_mut());
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        let alternatives = property.get_mut("anyOf").and_then(|alternatives| alternatives.as_array_mut());
        if let Some(alternatives) = alternatives {
            alternatives.retain(|alternative| alternative.get("type") != Some(&"null".into()));
        }
    }
}
