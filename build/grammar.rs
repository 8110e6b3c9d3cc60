//! What may stand where in an OpenAPI 3.0 document, as a table: openapiv3 skips a key that it does not know,
//! and names no place of what it refuses. Callbacks and links are not in it, for progenitor takes neither.

use openapiv3::{
    Components, Contact, Encoding, Example, ExternalDocumentation, Header, Info, License, MediaType, OpenAPI,
    Operation, Parameter, PathItem, RequestBody, Response, Schema, SchemaKind, SecurityScheme, Server, ServerVariable,
    Tag,
};
use serde_json::{Value, from_value};

type Outcome = std::result::Result<(), String>;

/// A kind of object.
pub(crate) struct Kind {
    /// With its article, for messages.
    pub(crate) name: &'static str,
    /// Where in `#/components` a reference to it must point; without, a reference can't stand for it.
    pub(crate) section: Option<&'static str>,
    /// Keys whose values hold no object of this table.
    pub(crate) plain: &'static [&'static str],
    pub(crate) children: &'static [(&'static str, Shape, &'static Kind)],
    /// Whether openapiv3 takes it; told of an object whose children are right already.
    pub(crate) accept: fn(Value) -> Outcome,
}

/// How a key holds its objects.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    One,
    /// Or true or false instead.
    OneOrFlag,
    List,
    /// By any name.
    Map,
    /// By keys of this form, described by the text; extensions may stand among them.
    Keys(fn(&str) -> bool, &'static str),
}

use Shape::{Keys, List, Map, One, OneOrFlag};

pub(crate) static DOCUMENT: Kind = Kind {
    name: "a document",
    section: None,
    plain: &["openapi", "security"],
    children: &[
        ("info", One, &INFO),
        ("servers", List, &SERVER),
        ("paths", Keys(is_path, "a path, which starts with `/`"), &PATH_ITEM),
        ("components", One, &COMPONENTS),
        ("tags", List, &TAG),
        ("externalDocs", One, &EXTERNAL_DOCS),
    ],
    accept: |value| outcome(from_value::<OpenAPI>(value)),
};

static INFO: Kind = Kind {
    name: "an info object",
    section: None,
    plain: &["title", "description", "termsOfService", "version"],
    children: &[("contact", One, &CONTACT), ("license", One, &LICENSE)],
    accept: |value| outcome(from_value::<Info>(value)),
};

static CONTACT: Kind = Kind {
    name: "a contact",
    section: None,
    plain: &["name", "url", "email"],
    children: &[],
    accept: |value| outcome(from_value::<Contact>(value)),
};

static LICENSE: Kind = Kind {
    name: "a license",
    section: None,
    plain: &["name", "url"],
    children: &[],
    accept: |value| outcome(from_value::<License>(value)),
};

static SERVER: Kind = Kind {
    name: "a server",
    section: None,
    plain: &["url", "description"],
    children: &[("variables", Map, &SERVER_VARIABLE)],
    accept: |value| outcome(from_value::<Server>(value)),
};

static SERVER_VARIABLE: Kind = Kind {
    name: "a server variable",
    section: None,
    plain: &["enum", "default", "description"],
    children: &[],
    accept: |value| outcome(from_value::<ServerVariable>(value)),
};

static TAG: Kind = Kind {
    name: "a tag",
    section: None,
    plain: &["name", "description"],
    children: &[("externalDocs", One, &EXTERNAL_DOCS)],
    accept: |value| outcome(from_value::<Tag>(value)),
};

static EXTERNAL_DOCS: Kind = Kind {
    name: "an external documentation object",
    section: None,
    plain: &["description", "url"],
    children: &[],
    accept: |value| outcome(from_value::<ExternalDocumentation>(value)),
};

static COMPONENTS: Kind = Kind {
    name: "a components object",
    section: None,
    plain: &[],
    children: &[
        ("schemas", Map, &SCHEMA),
        ("responses", Map, &RESPONSE),
        ("parameters", Map, &PARAMETER),
        ("examples", Map, &EXAMPLE),
        ("requestBodies", Map, &REQUEST_BODY),
        ("headers", Map, &HEADER),
        ("securitySchemes", Map, &SECURITY_SCHEME),
    ],
    accept: |value| outcome(from_value::<Components>(value)),
};

static SECURITY_SCHEME: Kind = Kind {
    name: "a security scheme",
    section: Some("securitySchemes"),
    plain: &["type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"],
    children: &[],
    accept: |value| outcome(from_value::<SecurityScheme>(value)),
};

static PATH_ITEM: Kind = Kind {
    name: "a path item",
    section: None,
    plain: &["summary", "description"],
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
    accept: |value| outcome(from_value::<PathItem>(value)),
};

static OPERATION: Kind = Kind {
    name: "an operation",
    section: None,
    plain: &["tags", "summary", "description", "operationId", "deprecated", "security"],
    children: &[
        ("externalDocs", One, &EXTERNAL_DOCS),
        ("parameters", List, &PARAMETER),
        ("requestBody", One, &REQUEST_BODY),
        ("responses", Keys(is_status, "a status, a range such as 4XX, or `default`"), &RESPONSE),
        ("servers", List, &SERVER),
    ],
    accept: |value| outcome(from_value::<Operation>(value)),
};

static PARAMETER: Kind = Kind {
    name: "a parameter",
    section: Some("parameters"),
    plain: &[
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
    accept: |value| outcome(from_value::<Parameter>(value)),
};

static HEADER: Kind = Kind {
    name: "a header",
    section: Some("headers"),
    plain: &["description", "required", "deprecated", "style", "explode", "example"],
    children: &[("schema", One, &SCHEMA), ("examples", Map, &EXAMPLE), ("content", Map, &MEDIA_TYPE)],
    accept: |value| outcome(from_value::<Header>(value)),
};

static REQUEST_BODY: Kind = Kind {
    name: "a request body",
    section: Some("requestBodies"),
    plain: &["description", "required"],
    children: &[("content", Map, &MEDIA_TYPE)],
    accept: |value| outcome(from_value::<RequestBody>(value)),
};

static RESPONSE: Kind = Kind {
    name: "a response",
    section: Some("responses"),
    plain: &["description"],
    children: &[("headers", Map, &HEADER), ("content", Map, &MEDIA_TYPE)],
    accept: |value| outcome(from_value::<Response>(value)),
};

static MEDIA_TYPE: Kind = Kind {
    name: "a media type",
    section: None,
    plain: &["example"],
    children: &[("schema", One, &SCHEMA), ("examples", Map, &EXAMPLE), ("encoding", Map, &ENCODING)],
    accept: |value| outcome(from_value::<MediaType>(value)),
};

static ENCODING: Kind = Kind {
    name: "an encoding",
    section: None,
    plain: &["contentType", "style", "explode", "allowReserved"],
    children: &[("headers", Map, &HEADER)],
    accept: |value| outcome(from_value::<Encoding>(value)),
};

static EXAMPLE: Kind = Kind {
    name: "an example",
    section: Some("examples"),
    plain: &["summary", "description", "value", "externalValue"],
    children: &[],
    accept: |value| outcome(from_value::<Example>(value)),
};

#[rustfmt::skip] // a list of words
static SCHEMA: Kind = Kind {
    name: "a schema",
    section: Some("schemas"),
    plain: &[
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
    accept: accept_schema,
};

/// openapiv3 takes a schema of a misspelt type, or one whose keys do not fit its type, for one of any type.
fn accept_schema(value: Value) -> Outcome {
    let schema = from_value::<Schema>(value).map_err(|error| error.to_string())?;
    let SchemaKind::Any(any) = schema.schema_kind else { return Ok(()) };
    match any.typ.as_deref() {
        None => Ok(()),
        Some("array" | "boolean" | "integer" | "number" | "object" | "string") => {
            let composed = !(any.all_of.is_empty() && any.any_of.is_empty() && any.one_of.is_empty());
            if composed || any.not.is_some() { Ok(()) } else { Err("its keys do not fit its type".to_owned()) }
        }
        Some(other) => Err(format!("`{other}` is no type of OpenAPI 3.0")),
    }
}

fn is_path(key: &str) -> bool {
    key.starts_with('/')
}

fn is_status(key: &str) -> bool {
    let rest = key.strip_prefix(['1', '2', '3', '4', '5']);
    key == "default" || rest.is_some_and(|rest| rest == "XX" || (rest.len() == 2 && rest.parse::<u8>().is_ok()))
}

fn outcome<T>(parsed: serde_json::Result<T>) -> Outcome {
    parsed.map(|_| ()).map_err(|error| error.to_string())
}
