//! Checks a request against the OpenAPI document.

use huaweicloud_iotda::mock::RecordedRequest;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde_json::{Value, json};

use crate::support::document::{at, follow, operations, validator};

/// Names with their values.
type Values = Vec<(String, String)>;

/// A request, parsed according to the OpenAPI document.
pub(crate) struct ParsedRequest<'a> {
    pub(crate) operation: &'a Value,
    path: Values,
    query: Values,
    headers: Values,
}

impl<'a> ParsedRequest<'a> {
    /// Returns `None` if the OpenAPI document does not have this path and method.
    pub(crate) fn read(document: &'a Value, request: &RecordedRequest) -> Option<Self> {
        let url = Url::parse(&format!("http://mock{}", request.target)).ok()?;
        let query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let (path, method) = (request.target.split('?').next()?, &request.method);
        let mut candidates =
            operations(document).into_iter().filter(|(_, other, _)| method.eq_ignore_ascii_case(other));
        let (path, operation) =
            candidates.find_map(|(template, _, operation)| Some((path_values(template, path)?, operation)))?;
        Some(Self { operation, path, query, headers: request.headers.clone() })
    }

    fn all_in(&self, place: &str) -> &Values {
        match place {
            "path" => &self.path,
            "query" => &self.query,
            _ => &self.headers,
        }
    }

    /// The values of this parameter in the request.
    pub(crate) fn values(&self, parameter: &Value) -> Vec<&str> {
        let (name, place) = (text(parameter, "name"), text(parameter, "in"));
        let same = |key: &str| if place == "header" { key.eq_ignore_ascii_case(name) } else { key == name };
        self.all_in(place).iter().filter(|(key, _)| same(key)).map(|(_, value)| value.as_str()).collect()
    }

    fn unknown_parameters(&self, parameters: &[&Value]) -> Vec<String> {
        // Headers are not checked, because HTTP itself adds some.
        let names = ["path", "query"]
            .into_iter()
            .flat_map(|place| self.all_in(place).iter().map(move |(name, _)| (place, name)));
        let known = |place: &str, name: &str| parameters.iter().any(|one| one["in"] == place && one["name"] == name);
        names
            .filter(|(place, name)| !known(place, name))
            .map(|(place, name)| format!("unknown in {place}: {name}"))
            .collect()
    }
}

/// The values of the path parameters, or `None` if the path does not match the template.
fn path_values(template: &str, path: &str) -> Option<Values> {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    if template.len() != path.len() {
        return None;
    }
    let mut values = Vec::new();
    for (expected, part) in template.into_iter().zip(path) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => values.push((name.to_owned(), percent_decode_str(part).decode_utf8().ok()?.into_owned())),
            None if part == expected => {}
            None => return None,
        }
    }
    Some(values)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// The parameters of an operation, with references resolved.
pub(crate) fn parameters<'a>(document: &'a Value, operation: &'a Value) -> Vec<&'a Value> {
    let parameters = operation["parameters"].as_array().expect("parameters");
    parameters.iter().map(|parameter| follow(document, parameter)).collect()
}

/// The violations of the OpenAPI document in a request.
pub(crate) fn violations(document: &Value, request: &RecordedRequest) -> Vec<String> {
    let Some(sent) = ParsedRequest::read(document, request) else {
        return vec![format!("the OpenAPI document has no {} {}", request.method, request.target)];
    };
    let parameters = parameters(document, sent.operation);
    let mut violations = sent.unknown_parameters(&parameters);
    for parameter in parameters {
        violations.extend(parameter_violations(document, parameter, &sent.values(parameter)));
    }
    let scheme = text(at(document, "/components/securitySchemes/XAuthToken"), "name");
    violations.extend(request.header(scheme).is_none().then(|| format!("missing {scheme}")));
    violations.extend(body_violations(document, sent.operation, request));
    violations
}

fn parameter_violations(document: &Value, parameter: &Value, values: &[&str]) -> Vec<String> {
    let name = text(parameter, "name");
    match values {
        [] if parameter["required"] == true => vec![format!("missing {name}")],
        [] => vec![],
        // An empty path segment is not a valid value.
        [""] if parameter["in"] == "path" => vec![format!("empty {name}")],
        [value] => errors(document, &parameter["schema"], &instance(document, parameter, value), name),
        _ => vec![format!("{name} more than once")],
    }
}

/// Converts the text of a parameter to a JSON value: a number only if the text is its canonical form.
fn instance(document: &Value, parameter: &Value, text: &str) -> Value {
    let integer = follow(document, &parameter["schema"])["type"] == "integer";
    let number = text.parse::<i64>().ok().filter(|number| integer && number.to_string() == text);
    number.map_or_else(|| json!(text), |number| json!(number))
}

fn body_violations(document: &Value, operation: &Value, request: &RecordedRequest) -> Vec<String> {
    let (documented, media_type) = (&operation["requestBody"], request.header("Content-Type").unwrap_or_default());
    if request.body.is_empty() {
        return if documented["required"] == true { vec!["missing body".to_owned()] } else { vec![] };
    }
    match (documented["content"].get(media_type), request.json()) {
        (Some(content), Some(body)) => errors(document, &content["schema"], &body, "body"),
        _ => vec![format!("undocumented media type or invalid JSON: {media_type:?}")],
    }
}

fn errors(document: &Value, schema: &Value, instance: &Value, context: &str) -> Vec<String> {
    validator(document, schema).iter_errors(instance).map(|error| format!("{context}: {error}")).collect()
}
