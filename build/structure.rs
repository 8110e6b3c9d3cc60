//! Whether everything in the document is what its place needs, by the table in `grammar.rs`: keys, references,
//! types. What openapiv3 refuses is told with the innermost object that it refuses.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::{Document, escape};
use crate::grammar::{self, Kind, Shape};
use crate::{DOCUMENT, Result};

pub(crate) fn check(document: &Document) -> Result<()> {
    object(document, &document.root, &grammar::DOCUMENT, "#")?;
    let schemas = document.root.pointer("/components/schemas").and_then(Value::as_object);
    schemas.into_iter().flatten().try_for_each(|(name, schema)| {
        let place = format!("#/components/schemas/{}", escape(name));
        let mut parts = BTreeSet::new();
        collect_parts(document, schema, &mut parts);
        if parts.contains(place.as_str()) { Err(fault(&place, "it is composed of itself")) } else { Ok(()) }
    })
}

/// References to the schemas that a schema is composed of, at any depth. A circle of them has no value at all, and
/// progenitor follows it until its stack ends.
fn collect_parts<'a>(document: &'a Document, schema: &'a Value, parts: &mut BTreeSet<&'a str>) {
    let lists = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array());
    for part in lists.flatten().chain(schema.get("not")) {
        let is_new = part["$ref"].as_str().is_none_or(|target| parts.insert(target));
        if is_new {
            collect_parts(document, document.resolved(part), parts);
        }
    }
}

fn object(document: &Document, value: &Value, kind: &Kind, place: &str) -> Result<()> {
    let fields = map(value, place)?;
    if let (Some(target), Some(section)) = (fields.get("$ref"), kind.section) {
        // OpenAPI ignores in silence what stands beside a reference.
        return match fields.keys().find(|key| *key != "$ref") {
            Some(key) => Err(fault(place, &format!("`{key}` beside a $ref has no effect"))),
            None => reference(document, target, kind.name, section, &format!("{place}/$ref")),
        };
    }
    for (key, value) in fields {
        field(document, key, value, kind, place)?;
    }
    (kind.accept)(value.clone()).map_err(|cause| fault(place, &format!("not {} of OpenAPI 3.0: {cause}", kind.name)))
}

fn field(document: &Document, key: &str, value: &Value, kind: &Kind, place: &str) -> Result<()> {
    if key.starts_with("x-") || kind.plain.contains(&key) {
        return Ok(());
    }
    let place = format!("{place}/{}", escape(key));
    let Some((_, shape, child)) = kind.children.iter().find(|(name, ..)| *name == key) else {
        let hint = "; is it misspelt? if not, add it to build/grammar.rs";
        return Err(fault(&place, &format!("`{key}` is no known key of {}{hint}", kind.name)));
    };
    match shape {
        Shape::OneOrFlag if value.is_boolean() => Ok(()),
        Shape::One | Shape::OneOrFlag => object(document, value, child, &place),
        Shape::List => {
            let mut values = list(value, &place)?.iter().enumerate();
            values.try_for_each(|(index, value)| object(document, value, child, &format!("{place}/{index}")))
        }
        Shape::Map => objects(document, map(value, &place)?, child, &place),
        Shape::Keys(is_key, form) => {
            let mut values = map(value, &place)?.clone();
            values.retain(|key, _| !key.starts_with("x-"));
            match values.keys().find(|key| !is_key(key)) {
                Some(key) => Err(fault(&place, &format!("the key `{key}` is not {form}"))),
                None => objects(document, &values, child, &place),
            }
        }
    }
}

fn objects(document: &Document, values: &Map<String, Value>, kind: &Kind, place: &str) -> Result<()> {
    values.iter().try_for_each(|(key, value)| object(document, value, kind, &format!("{place}/{}", escape(key))))
}

/// That a reference leads to a component of the section that its place needs, in one step.
fn reference(document: &Document, target: &Value, name: &str, section: &str, place: &str) -> Result<()> {
    let Some(target) = target.as_str() else { return Err(fault(place, "expected a text")) };
    let Some(found) = target.strip_prefix('#').and_then(|pointer| document.root.pointer(pointer)) else {
        let line = document.line_of_reference(target);
        return Err(format!("{line}: {place}: `{target}` is not in the document"));
    };
    let component = target.strip_prefix(&format!("#/components/{section}/"));
    if component.is_none_or(|name| name.contains('/')) {
        let needed = format!("here stands {name}: refer to one of #/components/{section}");
        return Err(fault(place, &format!("`{target}` is of the wrong kind; {needed}")));
    }
    if found.get("$ref").is_some() {
        // progenitor follows a reference to itself until its stack ends.
        return Err(fault(place, &format!("`{target}` is a reference itself; refer to what it refers to")));
    }
    Ok(())
}

fn map<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| fault(place, &format!("expected keys with values, found {}", found(value))))
}

fn list<'a>(value: &'a Value, place: &str) -> Result<&'a [Value]> {
    let list = value.as_array().map(Vec::as_slice);
    list.ok_or_else(|| fault(place, &format!("expected a list, found {}", found(value))))
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "keys with values",
    }
}

fn fault(place: &str, cause: &str) -> String {
    format!("{DOCUMENT}: {place}: {cause}")
}
