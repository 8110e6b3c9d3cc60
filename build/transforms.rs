//! Changes what progenitor does not support, before generation.
//!
//! Each function asserts that its target exists; otherwise its error says what to do.

use openapiv3::{OpenAPI, PathItem, ReferenceOr, Schema, SchemaData, SchemaKind, StatusCode, Type};

use crate::client::PUBLIC_TYPES;
use crate::document::escape;
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
    for name in REPLACED.map(|(name, _)| name).into_iter().chain(PUBLIC_TYPES) {
        schema_mut(api, name)?;
    }
    strip_error_responses(api)?;
    strip_nullability(api, "Page")?;
    describe_references(api);
    Ok(())
}

/// Returns a schema; a missing one is an error, because progenitor ignores a replacement without a schema.
fn schema_mut<'a>(api: &'a mut OpenAPI, name: &str) -> Result<&'a mut Schema> {
    let schemas = api.components.as_mut().map(|components| &mut components.schemas);
    match schemas.and_then(|schemas| schemas.get_mut(name)) {
        Some(ReferenceOr::Item(schema)) => Ok(schema),
        _ => Err(format!(
            "{DOCUMENT_PATH}: #/components/schemas/{name} is missing; if it was renamed or removed, also change \
             build/client.rs, build/transforms.rs and src/types.rs (it is public API)"
        )),
    }
}

/// Removes the error responses, which remain in the OpenAPI document for its other readers.
///
/// With typed error responses, the generated client loses the status and the headers of an error whose body is not the
/// documented JSON, such as a gateway's HTML page. Without them, it returns every error response unread, and
/// `src/http/classify.rs` reads it.
fn strip_error_responses(api: &mut OpenAPI) -> Result<()> {
    for (path, item) in &mut api.paths.paths {
        let ReferenceOr::Item(item) = item else { continue };
        let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
        for operation in [get, put, post, delete, options, head, patch, trace].into_iter().flatten() {
            let responses = &mut operation.responses;
            responses.responses.retain(|status, _| matches!(status, StatusCode::Code(200..=299)));
            if responses.default.is_some() || responses.responses.len() != 1 {
                return Err(format!(
                    "{DOCUMENT_PATH}: #/paths/{}: `{}` must have one 2xx response and no `default`, because progenitor \
                     supports one success schema per operation",
                    escape(path),
                    operation.operation_id.as_deref().unwrap_or_default()
                ));
            }
        }
    }
    Ok(())
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

/// Gives a property that is a reference the description of its schema, because the description becomes the
/// documentation of a field, and a reference cannot have one in OpenAPI 3.0.
fn describe_references(api: &mut OpenAPI) {
    let Some(components) = &mut api.components else { return };
    let described = components.schemas.clone();
    let schemas = components.schemas.values_mut().filter_map(|schema| match schema {
        ReferenceOr::Item(Schema { schema_kind: SchemaKind::Type(Type::Object(object)), .. }) => Some(object),
        _ => None,
    });
    for property in schemas.flat_map(|object| object.properties.values_mut()) {
        let ReferenceOr::Reference { reference } = property else { continue };
        let schema = reference.rsplit('/').next().and_then(|name| described.get(name)?.as_item());
        let description = schema.and_then(|schema| schema.schema_data.description.clone());
        let schema_kind = SchemaKind::AllOf { all_of: vec![ReferenceOr::Reference { reference: reference.clone() }] };
        let schema_data = SchemaData { description, ..SchemaData::default() };
        *property = ReferenceOr::Item(Box::new(Schema { schema_data, schema_kind }));
    }
}
