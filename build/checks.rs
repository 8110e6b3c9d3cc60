//! Checks the operations of the OpenAPI document: their IDs, paths and parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::{Document, Operation};
use crate::{DOCUMENT_PATH, Result};

/// The location of a parameter (`path`, `query` or `header`) and its name.
type Parameter<'a> = (&'a str, &'a str);

/// The operations and parameters that `src/operations.rs` uses.
///
/// The generated functions accept parameters by position. If a parameter were renamed, the value would be sent under
/// the new name and the code would still compile.
const EXPECTED_PARAMETERS: [(&str, &[Parameter<'_>]); 2] = [
    ("ListDeviceByDeviceCertificate", &[("path", "project_id"), ("path", "certificate_id"), ("header", "Instance-Id")]),
    (
        "ListDeviceAuthenticationTemplates",
        &[
            ("path", "project_id"),
            ("header", "Instance-Id"),
            ("query", "template_name"),
            ("query", "limit"),
            ("query", "marker"),
            ("query", "offset"),
        ],
    ),
];

pub(crate) fn check(document: &Document) -> Result<()> {
    check_ids(document)?;
    for operation in document.operations() {
        check_path(document, &operation)?;
    }
    EXPECTED_PARAMETERS.iter().try_for_each(|(id, parameters)| check_expected(document, id, parameters))?;
    let is_unknown = |operation: &Operation<'_>| EXPECTED_PARAMETERS.iter().all(|(id, _)| *id != operation.id);
    match document.operations().find(is_unknown) {
        Some(Operation { id, pointer, .. }) => Err(format!(
            "{DOCUMENT_PATH}: #{pointer}: no code calls the operation `{id}`; add it and its parameters to \
             build/checks.rs, and implement it in src/operations.rs"
        )),
        None => Ok(()),
    }
}

/// Checks that each operation has a unique ID, because the ID becomes the name of the generated function.
fn check_ids(document: &Document) -> Result<()> {
    let mut pointers = BTreeMap::new();
    for Operation { id, pointer, .. } in document.operations() {
        if id.is_empty() {
            return Err(format!(
                "{DOCUMENT_PATH}: #{pointer}/operationId is missing; add it, because it names the generated function"
            ));
        }
        if let Some(first) = pointers.insert(id, pointer.clone()) {
            return Err(format!(
                "{DOCUMENT_PATH}: duplicate operationId `{id}` at #{first} and #{pointer}; rename one of them"
            ));
        }
    }
    Ok(())
}

/// Checks that the `{names}` in the path are the operation's path parameters, and that each of them is required.
fn check_path(document: &Document, operation: &Operation<'_>) -> Result<()> {
    let Operation { path, pointer, .. } = operation;
    let parameters = parameters(document, operation)?;
    let declared: BTreeSet<_> =
        parameters.keys().filter(|(location, _)| *location == "path").map(|(_, name)| *name).collect();
    let in_path = placeholders(path);
    if let Some(name) = in_path.difference(&declared).next() {
        return Err(format!(
            "{DOCUMENT_PATH}: #{pointer}: the path contains {{{name}}}, but there is no path parameter `{name}`; add it"
        ));
    }
    if let Some(name) = declared.difference(&in_path).next() {
        return Err(format!(
            "{DOCUMENT_PATH}: #{pointer}: the path does not contain {{{name}}}; add it, or remove the path parameter \
             `{name}`"
        ));
    }
    let is_optional =
        |((location, _), value): &(&Parameter<'_>, &&Value)| *location == "path" && value["required"] != true;
    match parameters.iter().find(is_optional) {
        Some(((_, name), _)) => {
            Err(format!("{DOCUMENT_PATH}: #{pointer}: the path parameter `{name}` must have `required: true`"))
        }
        None => Ok(()),
    }
}

/// Returns the parameters of an operation, including those of its path item, with references resolved.
fn parameters<'a>(document: &'a Document, operation: &Operation<'a>) -> Result<BTreeMap<Parameter<'a>, &'a Value>> {
    let mut all = BTreeMap::new();
    for owner in [operation.path_item, operation.value] {
        let mut own = BTreeMap::new();
        for value in owner["parameters"].as_array().into_iter().flatten().map(|value| document.resolve(value)) {
            let text = |key: &str| value[key].as_str().unwrap_or_default();
            let parameter = (text("in"), text("name"));
            if own.insert(parameter, value).is_some() {
                let (location, name) = parameter;
                return Err(format!(
                    "{DOCUMENT_PATH}: #{}: duplicate {location} parameter `{name}`; remove one of them",
                    operation.pointer
                ));
            }
        }
        all.extend(own);
    }
    Ok(all)
}

/// Returns `x` for each `{x}` in the path.
fn placeholders(path: &str) -> BTreeSet<&str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

fn check_expected(document: &Document, id: &str, expected: &[Parameter<'_>]) -> Result<()> {
    let operation = document.operation(id)?;
    let declared = parameters(document, &operation)?;
    match expected.iter().find(|parameter| !declared.contains_key(*parameter)) {
        Some((location, name)) => Err(format!(
            "{DOCUMENT_PATH}: #{}: no {location} parameter `{name}`; if it was renamed or removed, also change \
             build/checks.rs and src/operations.rs (it is public API)",
            operation.pointer
        )),
        None => Ok(()),
    }
}
