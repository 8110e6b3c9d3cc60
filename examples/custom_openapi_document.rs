//! The types of this crate in an OpenAPI document that utoipa derives. It describes a service that lists the devices that
//! are cut off if a certificate is disabled.
//!
//! ```sh
//! cargo run --example custom_openapi_document --features schemars
//! ```
//!
//! The OpenAPI document is printed as JSON. With feature `schemars`, the types implement `schemars::JsonSchema`, and
//! [`Documented`] passes their schemas to utoipa. aide uses `JsonSchema` directly: see `examples/integrations` in the
//! repository.

#![allow(clippy::print_stdout)]

use std::borrow::Cow;
use std::error::Error;
use std::marker::PhantomData;

use huaweicloud_iotda::types::{AuthenticationTemplateList, DeviceSimple, PageLimit};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{OpenApi, PartialSchema, ToSchema};

/// The schema that a type has with schemars. utoipa needs a name without type parameters for each: an alias.
struct Documented<T>(PhantomData<T>);

type DocumentedDevice = Documented<DeviceSimple>;
type DocumentedLimit = Documented<PageLimit>;
type DocumentedTemplates = Documented<AuthenticationTemplateList>;

impl<T: JsonSchema> Documented<T> {
    /// Returns the schemas of the type and of all types in it, by name.
    fn definitions() -> impl Iterator<Item = (String, RefOr<Schema>)> {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
        });
        let mut generator = settings.into_generator();
        generator.subschema_for::<T>();
        // Each of them is also a schema of OpenAPI 3.1.
        let definitions = generator.take_definitions(true);
        definitions.into_iter().filter_map(|(name, schema)| Some((name, serde_json::from_value(schema).ok()?)))
    }
}

impl<T: JsonSchema> PartialSchema for Documented<T> {
    fn schema() -> RefOr<Schema> {
        let own = Self::definitions().find(|(name, _)| *name == T::schema_name());
        own.map(|(_, schema)| schema).unwrap_or_default()
    }
}

impl<T: JsonSchema> ToSchema for Documented<T> {
    fn name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(Self::definitions());
    }
}

/// The devices that are cut off if a certificate is disabled.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the schema is used")]
struct Impact {
    certificate_id: String,
    #[schema(value_type = Vec<DocumentedDevice>)]
    devices: Vec<DeviceSimple>,
}

#[utoipa::path(
    get,
    path = "/certificates/{certificate_id}/impact",
    params(("certificate_id" = String, Path)),
    responses((status = 200, description = "The devices that are cut off.", body = Impact)),
)]
#[allow(dead_code, reason = "only the description is used")]
fn get_impact() {}

#[utoipa::path(
    get,
    path = "/templates",
    params(("limit" = Option<DocumentedLimit>, Query)),
    responses((status = 200, description = "The templates.", body = DocumentedTemplates)),
)]
#[allow(dead_code, reason = "only the description is used")]
fn get_templates() {}

#[derive(OpenApi)]
#[openapi(
    info(title = "Inventory", description = "Devices by certificate.", version = "1.0.0"),
    paths(get_impact, get_templates),
    components(schemas(DocumentedLimit))
)]
struct Document;

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", Document::openapi().to_pretty_json()?);
    Ok(())
}
