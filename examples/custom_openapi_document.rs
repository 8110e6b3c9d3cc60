//! The types of this crate in a custom OpenAPI document. It describes a service that lists the devices that are cut off
//! if a certificate is disabled.
//!
//! ```sh
//! cargo run --example custom_openapi_document --features schemars
//! ```
//!
//! `schemars` derives the schemas, and utoipa creates the OpenAPI document, which is printed as JSON. The schemas are
//! passed to utoipa as JSON, so any library that reads JSON Schema can be used instead.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;

use huaweicloud_iotda::types::{AuthenticationTemplateList, DeviceSimple, PageLimit};
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ComponentsBuilder, Schema};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Required, Response, ResponseBuilder,
};

/// The devices that are cut off if a certificate is disabled.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only the schema is used")]
struct Impact {
    certificate_id: String,
    devices: Vec<DeviceSimple>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();

    let certificate_id = parameter("certificate_id", ParameterIn::Path, schema_of::<String>(&mut generator)?);
    let impact = OperationBuilder::new()
        .operation_id(Some("getImpact"))
        .parameter(certificate_id.required(Required::True))
        .response("200", response("The devices that are cut off.", schema_of::<Impact>(&mut generator)?));
    let limit = parameter("limit", ParameterIn::Query, schema_of::<PageLimit>(&mut generator)?);
    let templates = OperationBuilder::new()
        .operation_id(Some("getTemplates"))
        .parameter(limit)
        .response("200", response("The templates.", schema_of::<AuthenticationTemplateList>(&mut generator)?));
    let paths = PathsBuilder::new()
        .path("/certificates/{certificate_id}/impact", PathItem::new(HttpMethod::Get, impact))
        .path("/templates", PathItem::new(HttpMethod::Get, templates));

    // All schemas that the operations refer to.
    let schemas: BTreeMap<String, RefOr<Schema>> = serde_json::from_value(generator.take_definitions(true).into())?;
    let document = OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Inventory").version("1.0.0").build())
        .paths(paths)
        .components(Some(ComponentsBuilder::new().schemas_from_iter(schemas).build()))
        .build();
    println!("{}", document.to_pretty_json()?);
    Ok(())
}

/// Returns the schema of a type: a reference if the schema has a name.
fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> serde_json::Result<RefOr<Schema>> {
    serde_json::from_value(generator.subschema_for::<T>().to_value())
}

fn parameter(name: &str, location: ParameterIn, schema: RefOr<Schema>) -> ParameterBuilder {
    ParameterBuilder::new().name(name).parameter_in(location).schema(Some(schema))
}

fn response(description: &str, schema: RefOr<Schema>) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}
