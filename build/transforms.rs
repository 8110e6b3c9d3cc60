//! Changes what progenitor does not support, before generation.
//!
//! Each function asserts that its target exists; otherwise its error says what to do.

use openapiv3::{OpenAPI, Operation, PathItem, ReferenceOr, Schema, StatusCode};

use crate::{DOCUMENT_PATH, Result};

/// Schemas that hand-written types replace.
///
/// A generated type would check a pattern with a regular expression at run time, would not check a bound, or would
/// reject a page because of one unknown value.
pub(crate) const REPLACED: [(&str, &str); 6] = [
    ("PageLimit", "crate::types::PageLimit"),
    ("PageMarker", "crate::types::Marker"),
    ("PageOffset", "crate::types::PageOffset"),
    ("TemplateName", "crate::types::TemplateName"),
    ("TemplateStatus", "crate::types::TemplateStatus"),
    ("Timestamp", "crate::types::Timestamp"),
];

pub(crate) fn apply(api: &mut OpenAPI) -> Result<()> {
    for (name, _) in REPLACED {
        schema_mut(api, name)?;
    }
    strip_error_responses(api)?;
    strip_nullability(api, "Page")
}

/// Returns a schema; a missing one is an error, because progenitor ignores a replacement without a schema.
fn schema_mut<'a>(api: &'a mut OpenAPI, name: &str) -> Result<&'a mut Schema> {
    let schemas = api.components.as_mut().map(|components| &mut components.schemas);
    match schemas.and_then(|schemas| schemas.get_mut(name)) {
        Some(ReferenceOr::Item(schema)) => Ok(schema),
        _ => Err(format!(
            "{DOCUMENT_PATH}: #/components/schemas/{name} is missing or a reference; if it was renamed or removed, \
             also change build/transforms.rs and src/types.rs"
        )),
    }
}

/// Removes the error responses, which remain in the OpenAPI document for its other readers.
///
/// With typed error responses, the generated client loses the status and the headers of an error whose body is not the
/// documented JSON, such as a gateway's HTML page. Without them, it returns every error response unread, and
/// `src/http/classify.rs` reads it.
fn strip_error_responses(api: &mut OpenAPI) -> Result<()> {
    for operation in operations(api) {
        let responses = &mut operation.responses;
        let before = responses.responses.len();
        responses.responses.retain(|status, _| matches!(status, StatusCode::Code(200..=299)));
        let successes = responses.responses.len();
        if responses.default.is_some() || successes != 1 || before == successes {
            return Err(format!(
                "{DOCUMENT_PATH}: {}: expected one 2xx response, explicit error responses and no `default`, found \
                 {successes} 2xx among {before} responses; progenitor supports one success schema per operation",
                operation.operation_id.as_deref().unwrap_or_default()
            ));
        }
    }
    Ok(())
}

fn operations(api: &mut OpenAPI) -> impl Iterator<Item = &mut Operation> {
    let items = api.paths.paths.iter_mut().filter_map(|(_, item)| match item {
        ReferenceOr::Item(item) => Some(item),
        ReferenceOr::Reference { .. } => None,
    });
    items.flat_map(path_operations).flatten()
}

fn path_operations(item: &mut PathItem) -> [&mut Option<Operation>; 8] {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, put, post, delete, options, head, patch, trace]
}

/// Makes a schema non-nullable.
///
/// progenitor turns a nullable object into a newtype around an `Option`. Each field of this type is already an
/// `Option`, which accepts null.
fn strip_nullability(api: &mut OpenAPI, name: &str) -> Result<()> {
    let schema = schema_mut(api, name)?;
    if !schema.schema_data.nullable {
        return Err(format!(
            "{DOCUMENT_PATH}: #/components/schemas/{name} must have `nullable: true`, because the page of a response \
             can be null; if that has changed, remove this step from build/transforms.rs"
        ));
    }
    schema.schema_data.nullable = false;
    Ok(())
}
