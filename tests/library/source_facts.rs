//! Compares the OpenAPI document with the two vendor pages that it was written from.
//!
//! Each row of `source_facts.json` is one fact of the pages, with its location in the OpenAPI document (a JSON pointer):
//! `is` is the expected value at this location, `says` lists phrases that its text must contain. The table was written
//! from the pages, not from the OpenAPI document: if the two differ, one of them is wrong.

use std::fmt;

use huaweicloud_iotda::spec::OPENAPI_JSON;
use serde::Deserialize;
use serde_json::Value;

const TABLE: &str = include_str!("../source_facts.json");

const DEVICES: &str = "/paths/~1v5~1iot~1{project_id}~1device-certificates~1{certificate_id}~1list-device/post";
const TEMPLATES: &str = "/paths/~1v5~1iot~1{project_id}~1device-authentication-templates/get";

/// The schemas that the pages describe field by field.
const SCHEMAS: [(Page, &str); 7] = [
    (Page::Devices, "/components/schemas/ListDeviceRequest"),
    (Page::Devices, "/components/schemas/DeviceList"),
    (Page::Devices, "/components/schemas/DeviceSimple"),
    (Page::Devices, "/components/schemas/Page"),
    (Page::Templates, "/components/schemas/AuthenticationTemplateList"),
    (Page::Templates, "/components/schemas/AuthenticationTemplateSimple"),
    (Page::Templates, "/components/schemas/Page"),
];

/// The vendor's page that a fact comes from.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Page {
    /// Query the List of Devices that Use a Specified Device Certificate.
    Devices,
    /// Query the Device Authentication Template List.
    Templates,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    page: Page,
    fact: String,
    at: String,
    is: Option<Value>,
    says: Option<Vec<String>>,
}

impl Row {
    fn matches(&self, found: &Value) -> bool {
        let text = found.as_str().map(collapse_whitespace).unwrap_or_default();
        self.is.as_ref().is_none_or(|value| value == found)
            && self.says.iter().flatten().all(|phrase| text.contains(phrase))
    }

    fn is_within(&self, pointer: &str) -> bool {
        self.at.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn has_either_a_value_or_phrases(&self) -> bool {
        match (&self.is, &self.says) {
            (Some(_), None) => true,
            (None, Some(phrases)) => !phrases.is_empty() && phrases.iter().all(|phrase| !phrase.trim().is_empty()),
            _ => false,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}\n    at {}\n    expected ", self.page, self.fact, self.at)?;
        match (&self.is, &self.says) {
            (Some(value), _) => write!(f, "{value}"),
            (None, phrases) => write!(f, "a text that contains {:?}", phrases.as_deref().unwrap_or_default()),
        }
    }
}

fn table() -> serde_json::Result<Vec<Row>> {
    serde_json::from_str(TABLE)
}

fn document() -> serde_json::Result<Value> {
    serde_json::from_str(OPENAPI_JSON)
}

fn collapse_whitespace(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Describes the difference at the row's location, if there is one.
fn failure(document: &Value, row: &Row) -> Option<String> {
    match document.pointer(&row.at) {
        None => Some(format!("{row}\n    found    nothing at this location")),
        Some(found) if row.matches(found) => None,
        Some(found) => Some(format!("{row}\n    found    {found}")),
    }
}

/// The pointers of a schema's properties.
fn properties(document: &Value, schema: &str) -> Vec<String> {
    let properties = document.pointer(&format!("{schema}/properties")).and_then(Value::as_object);
    properties.into_iter().flat_map(|fields| fields.keys()).map(|name| format!("{schema}/properties/{name}")).collect()
}

/// The pointers of an operation's parameters, with references resolved.
fn parameters(document: &Value, operation: &str) -> Vec<String> {
    let parameters = document.pointer(&format!("{operation}/parameters")).and_then(Value::as_array);
    let places = parameters.into_iter().flatten().enumerate().map(|(index, parameter)| {
        let definition = parameter["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
        definition.map_or_else(|| format!("{operation}/parameters/{index}"), str::to_owned)
    });
    places.collect()
}

/// Everything that the tables of the pages describe: the page, the schema or operation, the pointers of its fields or
/// parameters.
fn described(document: &Value) -> Vec<(Page, &'static str, Vec<String>)> {
    let fields = SCHEMAS.into_iter().map(|(page, schema)| (page, schema, properties(document, schema)));
    let operations = [(Page::Devices, DEVICES), (Page::Templates, TEMPLATES)].into_iter();
    let parameters = operations.map(|(page, operation)| (page, operation, parameters(document, operation)));
    fields.chain(parameters).collect()
}

/// Explains which rows to add for properties and parameters without a row.
fn missing_rows(pointers: &[(Page, String)]) -> String {
    let rows = pointers.iter().map(|(page, pointer)| {
        let page = format!("{page:?}").to_lowercase();
        format!("\n  {{\"page\": \"{page}\", \"fact\": \"...\", \"at\": \"{pointer}/description\", \"is\": \"...\"}},")
    });
    format!(
        "tests/source_facts.json has no row for {} properties or parameters of openapi/iotda.yaml. Add a row for each fact \
         that the vendor's page contains about them (type, length, description), such as:{}",
        pointers.len(),
        rows.collect::<String>()
    )
}

#[test]
fn every_fact_of_the_two_pages_is_in_the_openapi_document() {
    let document = document().unwrap();
    let failures: Vec<String> = table().unwrap().iter().filter_map(|row| failure(&document, row)).collect();
    assert!(
        failures.is_empty(),
        "{} facts of tests/source_facts.json are not in openapi/iotda.yaml:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn every_documented_property_and_parameter_has_a_row() {
    let (document, table) = (document().unwrap(), table().unwrap());
    let mut unnamed = Vec::new();
    for (page, place, pointers) in described(&document) {
        assert!(!pointers.is_empty(), "the OpenAPI document has nothing in {place}");
        let is_named = |pointer: &String| table.iter().any(|row| row.page == page && row.is_within(pointer));
        unnamed.extend(pointers.into_iter().filter(|pointer| !is_named(pointer)).map(|pointer| (page, pointer)));
    }
    assert!(unnamed.is_empty(), "{}", missing_rows(&unnamed));
}

#[test]
fn every_row_has_either_a_value_or_phrases() {
    let table = table().unwrap();
    let wrong: Vec<String> =
        table.iter().filter(|row| !row.has_either_a_value_or_phrases()).map(Row::to_string).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn all_fields_of_the_request_body_are_optional() {
    assert_eq!(document().unwrap().pointer("/components/schemas/ListDeviceRequest/required"), None);
}
