//! A table of the structure of an OpenAPI 3.0 document.
//!
//! The table is needed because openapiv3 ignores unknown keys, and its errors contain no location. It has no callbacks
//! and no links, because progenitor supports neither.

use openapiv3::{
    Components, Contact, Encoding, Example, ExternalDocumentation, Header, Info, License, MediaType, OpenAPI,
    Operation, Parameter, PathItem, RequestBody, Response, Schema, SchemaKind, SecurityScheme, Server, ServerVariable,
    Tag,
};
use serde_json::{Value, from_value};

type ValidationResult = std::result::Result<(), String>;

/// A kind of object in an OpenAPI document.
pub(crate) struct ObjectKind {
    /// The name with its article, for messages.
    pub(crate) name: &'static str,
    /// The section of `#/components` that a reference to it must point to; `None` if a reference cannot replace it.
    pub(crate) component_section: Option<&'static str>,
    /// Keys whose values contain no object of this table.
    pub(crate) leaf_keys: &'static [&'static str],
    pub(crate) children: &'static [(&'static str, Shape, &'static ObjectKind)],
    /// Checks that openapiv3 accepts the object. Called after its children were checked.
    pub(crate) validate: fn(Value) -> ValidationResult,
}

/// The way in which the value of a key contains objects.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    One,
    /// An object or a boolean.
    OneOrFlag,
    List,
    /// A mapping with any keys.
    Map,
    /// A mapping whose keys have a certain form, described by the text. Extensions (`x-`) are allowed.
    Keys(fn(&str) -> bool, &'static str),
}

use Shape::{Keys, List, Map, One, OneOrFlag};

pub(crate) static DOCUMENT: ObjectKind = ObjectKind {
    name: "a document",
    component_section: None,
    leaf_keys: &["openapi", "security"],
    children: &[
        ("info", One, &INFO),
        ("servers", List, &SERVER),
        ("paths", Keys(is_path, "a path: it must start with `/`"), &PATH_ITEM),
        ("components", One, &COMPONENTS),
        ("tags", List, &TAG),
        ("externalDocs", One, &EXTERNAL_DOCS),
    ],
    validate: |value| parse_result(from_value::<OpenAPI>(value)),
};

static INFO: ObjectKind = ObjectKind {
    name: "an info object",
    component_section: None,
    leaf_keys: &["title", "description", "termsOfService", "version"],
    children: &[("contact", One, &CONTACT), ("license", One, &LICENSE)],
    validate: |value| parse_result(from_value::<Info>(value)),
};

static CONTACT: ObjectKind = ObjectKind {
    name: "a contact",
    component_section: None,
    leaf_keys: &["name", "url", "email"],
    children: &[],
    validate: |value| parse_result(from_value::<Contact>(value)),
};

static LICENSE: ObjectKind = ObjectKind {
    name: "a license",
    component_section: None,
    leaf_keys: &["name", "url"],
    children: &[],
    validate: |value| parse_result(from_value::<License>(value)),
};

static SERVER: ObjectKind = ObjectKind {
    name: "a server",
    component_section: None,
    leaf_keys: &["url", "description"],
    children: &[("variables", Map, &SERVER_VARIABLE)],
    validate: |value| parse_result(from_value::<Server>(value)),
};

static SERVER_VARIABLE: ObjectKind = ObjectKind {
    name: "a server variable",
    component_section: None,
    leaf_keys: &["enum", "default", "description"],
    children: &[],
    validate: |value| parse_result(from_value::<ServerVariable>(value)),
};

static TAG: ObjectKind = ObjectKind {
    name: "a tag",
    component_section: None,
    leaf_keys: &["name", "description"],
    children: &[("externalDocs", One, &EXTERNAL_DOCS)],
    validate: |value| parse_result(from_value::<Tag>(value)),
};

static EXTERNAL_DOCS: ObjectKind = ObjectKind {
    name: "an external documentation object",
    component_section: None,
    leaf_keys: &["description", "url"],
    children: &[],
    validate: |value| parse_result(from_value::<ExternalDocumentation>(value)),
};

static COMPONENTS: ObjectKind = ObjectKind {
    name: "a components object",
    component_section: None,
    leaf_keys: &[],
    children: &[
        ("schemas", Map, &SCHEMA),
        ("responses", Map, &RESPONSE),
        ("parameters", Map, &PARAMETER),
        ("examples", Map, &EXAMPLE),
        ("requestBodies", Map, &REQUEST_BODY),
        ("headers", Map, &HEADER),
        ("securitySchemes", Map, &SECURITY_SCHEME),
    ],
    validate: |value| parse_result(from_value::<Components>(value)),
};

static SECURITY_SCHEME: ObjectKind = ObjectKind {
    name: "a security scheme",
    component_section: Some("securitySchemes"),
    leaf_keys: &["type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"],
    children: &[],
    validate: |value| parse_result(from_value::<SecurityScheme>(value)),
};

static PATH_ITEM: ObjectKind = ObjectKind {
    name: "a path item",
    component_section: None,
    leaf_keys: &["summary", "description"],
    children: &[
        ("get", One, &OPERATION),
        ("put", One, &OPERATION),
        ("post", One, &OPERATION),
        ("delete", One, &OPERATION),
        ("options", One, &OPERATION),
        ("head", One, &OPERATION),
        ("patch", One, &OPERATION),
        ("trace", One, &OPERATION),
        ("servers", List, &SERVER),
        ("parameters", List, &PARAMETER),
    ],
    validate: |value| parse_result(from_value::<PathItem>(value)),
};

static OPERATION: ObjectKind = ObjectKind {
    name: "an operation",
    component_section: None,
    leaf_keys: &["tags", "summary", "description", "operationId", "deprecated", "security"],
    children: &[
        ("externalDocs", One, &EXTERNAL_DOCS),
        ("parameters", List, &PARAMETER),
        ("requestBody", One, &REQUEST_BODY),
        ("responses", Keys(is_status, "a status, a range such as 4XX, or `default`"), &RESPONSE),
        ("servers", List, &SERVER),
    ],
    validate: |value| parse_result(from_value::<Operation>(value)),
};

static PARAMETER: ObjectKind = ObjectKind {
    name: "a parameter",
    component_section: Some("parameters"),
    leaf_keys: &[
        "name",
        "in",
        "description",
        "required",
        "deprecated",
        "allowEmptyValue",
        "style",
        "explode",
        "allowReserved",
        "example",
    ],
    children: &[("schema", One, &SCHEMA), ("examples", Map, &EXAMPLE), ("content", Map, &MEDIA_TYPE)],
    validate: |value| parse_result(from_value::<Parameter>(value)),
};

static HEADER: ObjectKind = ObjectKind {
    name: "a header",
    component_section: Some("headers"),
    leaf_keys: &["description", "required", "deprecated", "style", "explode", "example"],
    children: &[("schema", One, &SCHEMA), ("examples", Map, &EXAMPLE), ("content", Map, &MEDIA_TYPE)],
    validate: |value| parse_result(from_value::<Header>(value)),
};

static REQUEST_BODY: ObjectKind = ObjectKind {
    name: "a request body",
    component_section: Some("requestBodies"),
    leaf_keys: &["description", "required"],
    children: &[("content", Map, &MEDIA_TYPE)],
    validate: |value| parse_result(from_value::<RequestBody>(value)),
};

static RESPONSE: ObjectKind = ObjectKind {
    name: "a response",
    component_section: Some("responses"),
    leaf_keys: &["description"],
    children: &[("headers", Map, &HEADER), ("content", Map, &MEDIA_TYPE)],
    validate: |value| parse_result(from_value::<Response>(value)),
};

static MEDIA_TYPE: ObjectKind = ObjectKind {
    name: "a media type",
    component_section: None,
    leaf_keys: &["example"],
    children: &[("schema", One, &SCHEMA), ("examples", Map, &EXAMPLE), ("encoding", Map, &ENCODING)],
    validate: |value| parse_result(from_value::<MediaType>(value)),
};

static ENCODING: ObjectKind = ObjectKind {
    name: "an encoding",
    component_section: None,
    leaf_keys: &["contentType", "style", "explode", "allowReserved"],
    children: &[("headers", Map, &HEADER)],
    validate: |value| parse_result(from_value::<Encoding>(value)),
};

static EXAMPLE: ObjectKind = ObjectKind {
    name: "an example",
    component_section: Some("examples"),
    leaf_keys: &["summary", "description", "value", "externalValue"],
    children: &[],
    validate: |value| parse_result(from_value::<Example>(value)),
};

#[rustfmt::skip] // a word list
static SCHEMA: ObjectKind = ObjectKind {
    name: "a schema",
    component_section: Some("schemas"),
    leaf_keys: &[
        "title", "description", "type", "format", "default", "example", "enum", "nullable", "deprecated", "readOnly",
        "writeOnly", "discriminator", "xml", "externalDocs", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
        "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",
        "maxProperties", "minProperties", "required",
    ],
    children: &[
        ("properties", Map, &SCHEMA),
        ("additionalProperties", OneOrFlag, &SCHEMA),
        ("items", One, &SCHEMA),
        ("allOf", List, &SCHEMA),
        ("oneOf", List, &SCHEMA),
        ("anyOf", List, &SCHEMA),
        ("not", One, &SCHEMA),
    ],
    validate: validate_schema,
};

/// Checks a schema.
///
/// If a schema has an unknown type, or keys of another type, openapiv3 accepts it and treats it as a schema of any
/// type.
fn validate_schema(value: Value) -> ValidationResult {
    let schema = from_value::<Schema>(value).map_err(|error| error.to_string())?;
    let SchemaKind::Any(any) = schema.schema_kind else { return Ok(()) };
    match any.typ.as_deref() {
        None => Ok(()),
        Some("array" | "boolean" | "integer" | "number" | "object" | "string") => {
            let composed = !(any.all_of.is_empty() && any.any_of.is_empty() && any.one_of.is_empty());
            if composed || any.not.is_some() { Ok(()) } else { Err("it has keys of another type".to_owned()) }
        }
        Some(other) => Err(format!("unknown type `{other}`")),
    }
}

fn is_path(key: &str) -> bool {
    key.starts_with('/')
}

fn is_status(key: &str) -> bool {
    let rest = key.strip_prefix(['1', '2', '3', '4', '5']);
    key == "default" || rest.is_some_and(|rest| rest == "XX" || (rest.len() == 2 && rest.parse::<u8>().is_ok()))
}

fn parse_result<T>(parsed: serde_json::Result<T>) -> ValidationResult {
    parsed.map(|_| ()).map_err(|error| error.to_string())
}
