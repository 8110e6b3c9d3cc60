//! What progenitor can't take, changed before generation. Each function asserts what it expects and
//! says what to do when it is not so.

use openapiv3::{OpenAPI, Operation, PathItem, ReferenceOr, Schema, StatusCode};

use crate::{DOCUMENT, Result};

/// Schemas that hand-written types replace: for a text, a bound or a value that a generated type would
/// check by a regular expression at run time, not at all, or so strictly that one new value fails a page.
pub(crate) const REPLACED: [(&str, &str); 6] = [
    ("PageLimit", "crate::types::PageLimit"),
    ("PageMarker", "crate::types::Marker"),
    ("PageOffset", "crate::types::PageOffset"),
    ("TemplateName", "crate::types::TemplateName"),
    ("TemplateStatus", "crate::types::TemplateStatus"),
    ("Timestamp", "crate::types::Timestamp"),
];

pub(crate) fn prepare(api: &mut OpenAPI) -> Result<()> {
    for (name, _) in REPLACED {
        expect_schema(api, name)?;
    }
    strip_error_responses(api)?;
    strip_nullability(api, "Page")
}

/// A replacement of a schema that is not there would be ignored in silence.
fn expect_schema<'a>(api: &'a mut OpenAPI, name: &str) -> Result<&'a mut Schema> {
    let schemas = api.components.as_mut().map(|components| &mut components.schemas);
    match schemas.and_then(|schemas| schemas.get_mut(name)) {
        Some(ReferenceOr::Item(schema)) => Ok(schema),
        _ => Err(format!(
            "{DOCUMENT}: #/components/schemas/{name} is missing or a reference; if it was renamed or removed, \
             change build/transforms.rs and src/types.rs too"
        )),
    }
}

/// With typed error responses the generated client loses status and headers of an error whose body is
/// not the documented JSON (a gateway's HTML page). Without them every error arrives whole, and
/// `src/failure.rs` reads it. The document keeps them for its other readers.
fn strip_error_responses(api: &mut OpenAPI) -> Result<()> {
    for operation in operations(api) {
        let responses = &mut operation.responses;
        let before = responses.responses.len();
        responses.responses.retain(|status, _| matches!(status, StatusCode::Code(200..=299)));
        let successes = responses.responses.len();
        if responses.default.is_some() || successes != 1 || before == successes {
            return Err(format!(
                "{DOCUMENT}: {}: expected one 2xx response, explicit error responses and no `default`, \
                 found {successes} 2xx of {before}; one success schema is all that progenitor takes",
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
    items.flat_map(of_path).flatten()
}

fn of_path(item: &mut PathItem) -> [&mut Option<Operation>; 8] {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, put, post, delete, options, head, patch, trace]
}

/// A nullable object becomes a newtype around an `Option`, though each field that holds it is an
/// `Option` already, which takes null.
fn strip_nullability(api: &mut OpenAPI, name: &str) -> Result<()> {
    let schema = expect_schema(api, name)?;
    if !schema.schema_data.nullable {
        return Err(format!(
            "{DOCUMENT}: #/components/schemas/{name} is expected to be nullable (an answer's page may be null); \
             if that has changed, drop this step from build/transforms.rs"
        ));
    }
    schema.schema_data.nullable = false;
    Ok(())
}
