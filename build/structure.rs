//! Checks the structure of the OpenAPI document (keys, references and types) against the table in `grammar.rs`.
//!
//! An error from openapiv3 is reported with the JSON pointer of the innermost object that it rejects.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::{Document, escape};
use crate::grammar::{self, ObjectKind, Shape};
use crate::{DOCUMENT_PATH, Result};

pub(crate) fn check(document: &Document) -> Result<()> {
    check_object(document, &document.root, &grammar::DOCUMENT, "#")?;
    let schemas = document.root.pointer("/components/schemas").and_then(Value::as_object);
    schemas.into_iter().flatten().try_for_each(|(name, schema)| {
        let pointer = format!("#/components/schemas/{}", escape(name));
        let mut parts = BTreeSet::new();
        collect_parts(document, schema, &mut parts);
        match parts.contains(pointer.as_str()) {
            true => Err(error_at(&pointer, "the schema is composed of itself; remove the circular reference")),
            false => Ok(()),
        }
    })
}

/// Collects the references to the schemas that a schema is composed of, at any depth.
///
/// A circular composition has no valid value, and progenitor follows it until the stack overflows.
fn collect_parts<'a>(document: &'a Document, schema: &'a Value, parts: &mut BTreeSet<&'a str>) {
    let lists = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array());
    for part in lists.flatten().chain(schema.get("not")) {
        let is_new = part["$ref"].as_str().is_none_or(|target| parts.insert(target));
        if is_new {
            collect_parts(document, document.resolve(part), parts);
        }
    }
}

fn check_object(document: &Document, value: &Value, kind: &ObjectKind, pointer: &str) -> Result<()> {
    let fields = mapping(value, pointer)?;
    if let (Some(target), Some(section)) = (fields.get("$ref"), kind.component_section) {
        // OpenAPI ignores all other keys of a reference, without a warning.
        return match fields.keys().find(|key| *key != "$ref") {
            Some(key) => Err(error_at(pointer, &format!("`{key}` next to a $ref has no effect; remove it"))),
            None => check_reference(document, target, kind.name, section, &format!("{pointer}/$ref")),
        };
    }
    for (key, value) in fields {
        check_field(document, key, value, kind, pointer)?;
    }
    (kind.validate)(value.clone())
        .map_err(|cause| error_at(pointer, &format!("not {} of OpenAPI 3.0: {cause}", kind.name)))
}

fn check_field(document: &Document, key: &str, value: &Value, kind: &ObjectKind, pointer: &str) -> Result<()> {
    if key.starts_with("x-") || kind.leaf_keys.contains(&key) {
        return Ok(());
    }
    let pointer = format!("{pointer}/{}", escape(key));
    let Some((_, shape, child)) = kind.children.iter().find(|(name, ..)| *name == key) else {
        let help = "check the spelling, or add the key to build/grammar.rs";
        return Err(error_at(&pointer, &format!("unknown key `{key}` of {}; {help}", kind.name)));
    };
    match shape {
        Shape::OneOrFlag if value.is_boolean() => Ok(()),
        Shape::One | Shape::OneOrFlag => check_object(document, value, child, &pointer),
        Shape::List => {
            let mut values = list(value, &pointer)?.iter().enumerate();
            values.try_for_each(|(index, value)| check_object(document, value, child, &format!("{pointer}/{index}")))
        }
        Shape::Map => check_objects(document, mapping(value, &pointer)?, child, &pointer),
        Shape::Keys(is_key, expected) => {
            let mut values = mapping(value, &pointer)?.clone();
            values.retain(|key, _| !key.starts_with("x-"));
            match values.keys().find(|key| !is_key(key)) {
                Some(key) => Err(error_at(&pointer, &format!("the key `{key}` is not {expected}"))),
                None => check_objects(document, &values, child, &pointer),
            }
        }
    }
}

fn check_objects(document: &Document, values: &Map<String, Value>, kind: &ObjectKind, pointer: &str) -> Result<()> {
    let mut values = values.iter();
    values.try_for_each(|(key, value)| check_object(document, value, kind, &format!("{pointer}/{}", escape(key))))
}

/// Checks that a reference leads directly to a component of the section that its position requires.
fn check_reference(document: &Document, target: &Value, kind_name: &str, section: &str, pointer: &str) -> Result<()> {
    let Some(target) = target.as_str() else { return Err(error_at(pointer, "expected a string")) };
    let Some(component) = target.strip_prefix('#').and_then(|pointer| document.root.pointer(pointer)) else {
        let location = document.reference_location(target);
        return Err(format!(
            "{location}: {pointer}: `{target}` does not exist; correct the reference, or add its target"
        ));
    };
    let name = target.strip_prefix(&format!("#/components/{section}/"));
    if name.is_none_or(|name| name.contains('/')) {
        let expected = format!("expected a reference to {kind_name} in #/components/{section}");
        return Err(error_at(pointer, &format!("{expected}, found `{target}`")));
    }
    if component.get("$ref").is_some() {
        // progenitor follows a reference to itself until the stack overflows.
        return Err(error_at(pointer, &format!("`{target}` is itself a reference; refer to its target directly")));
    }
    Ok(())
}

fn mapping<'a>(value: &'a Value, pointer: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| error_at(pointer, &format!("expected a mapping, found {}", yaml_type(value))))
}

fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a [Value]> {
    let list = value.as_array().map(Vec::as_slice);
    list.ok_or_else(|| error_at(pointer, &format!("expected a list, found {}", yaml_type(value))))
}

fn yaml_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn error_at(pointer: &str, cause: &str) -> String {
    format!("{DOCUMENT_PATH}: {pointer}: {cause}")
}
