//! What the operations of the document must be, each by itself and together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::{Document, Operation};
use crate::{DOCUMENT, Result};

/// Where a parameter is sent, and its name.
type Parameter<'a> = (&'a str, &'a str);

/// What `src/operations.rs` passes. The generated functions take parameters by position: under another name a
/// value would be sent, but not be read.
const PASSED: [(&str, &[Parameter<'_>]); 2] = [
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
    PASSED.iter().try_for_each(|(id, parameters)| check_passed(document, id, parameters))?;
    match document.operations().find(|operation| PASSED.iter().all(|(id, _)| *id != operation.id)) {
        Some(Operation { id, place, .. }) => Err(format!(
            "{DOCUMENT}: #{place}: no code calls `{id}`; name it and its parameters in build/checks.rs, and write it in \
             src/operations.rs"
        )),
        None => Ok(()),
    }
}

/// The id names the generated function.
fn check_ids(document: &Document) -> Result<()> {
    let mut places = BTreeMap::new();
    for Operation { id, place, .. } in document.operations() {
        if id.is_empty() {
            return Err(format!("{DOCUMENT}: #{place}/operationId is missing; it names the generated function"));
        }
        if let Some(first) = places.insert(id, place.clone()) {
            return Err(format!("{DOCUMENT}: the operationId `{id}` stands twice: in #{first} and in #{place}"));
        }
    }
    Ok(())
}

/// The path's `{names}` are the operation's path parameters, each of them required.
fn check_path(document: &Document, operation: &Operation<'_>) -> Result<()> {
    let Operation { path, place, .. } = operation;
    let all = parameters(document, operation)?;
    let declared: BTreeSet<_> = all.keys().filter(|(sent, _)| *sent == "path").map(|(_, name)| *name).collect();
    let named = template_names(path);
    if let Some(name) = named.difference(&declared).next() {
        return Err(format!("{DOCUMENT}: #{place}: the path has {{{name}}}, but no path parameter is `{name}`"));
    }
    if let Some(name) = declared.difference(&named).next() {
        return Err(format!("{DOCUMENT}: #{place}: the path has no {{{name}}} for its path parameter `{name}`"));
    }
    match all.iter().find(|((sent, _), value)| *sent == "path" && value["required"] != true) {
        Some(((_, name), _)) => {
            Err(format!("{DOCUMENT}: #{place}: the path parameter `{name}` must have `required: true`"))
        }
        None => Ok(()),
    }
}

/// The parameters of an operation, with those that its path gives to all; references are resolved.
fn parameters<'a>(document: &'a Document, operation: &Operation<'a>) -> Result<BTreeMap<Parameter<'a>, &'a Value>> {
    let mut all = BTreeMap::new();
    for owner in [operation.item, operation.value] {
        let mut own = BTreeMap::new();
        for value in owner["parameters"].as_array().into_iter().flatten().map(|value| document.resolved(value)) {
            let text = |key: &str| value[key].as_str().unwrap_or_default();
            let parameter = (text("in"), text("name"));
            if own.insert(parameter, value).is_some() {
                let (sent, name) = parameter;
                return Err(format!("{DOCUMENT}: #{}: the {sent} parameter `{name}` stands twice", operation.place));
            }
        }
        all.extend(own);
    }
    Ok(all)
}

/// `x` of each `{x}`.
fn template_names(path: &str) -> BTreeSet<&str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

fn check_passed(document: &Document, id: &str, passed: &[Parameter<'_>]) -> Result<()> {
    let operation = document.operation(id)?;
    let found = parameters(document, &operation)?;
    match passed.iter().find(|parameter| !found.contains_key(*parameter)) {
        Some((sent, name)) => Err(format!(
            "{DOCUMENT}: #{}: no {sent} parameter `{name}`; if it was renamed or removed, change build/checks.rs and \
             src/operations.rs too (it is public API)",
            operation.place
        )),
        None => Ok(()),
    }
}
