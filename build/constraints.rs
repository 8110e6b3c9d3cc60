//! Generates the constants that hand-written code needs from the OpenAPI document, so that no bound is written twice.

use std::fmt::Write as _;

use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde_json::Value;

use crate::document::{Document, Operation};
use crate::{DOCUMENT_PATH, Result};

const INTEGERS: [(&str, &str); 2] = [("PageLimit", "PAGE_LIMIT"), ("PageOffset", "PAGE_OFFSET")];
const TEXTS: [(&str, &str); 2] = [("PageMarker", "PAGE_MARKER"), ("TemplateName", "TEMPLATE_NAME")];

/// Returns the text of `constraints.rs`. Its types are defined in `src/constraints.rs`.
pub(crate) fn generate(document: &Document) -> Result<String> {
    let mut code = String::new();
    for operation in document.operations() {
        code += &operation_meta(&operation)?;
    }
    for (schema, name) in INTEGERS {
        code += &integer_bounds(document, schema, name)?;
    }
    for (schema, name) in TEXTS {
        code += &text_constraint(document, schema, name)?;
    }
    code += &statuses(document)?;
    Ok(code)
}

fn operation_meta(operation: &Operation<'_>) -> Result<String> {
    let Operation { id, pointer, value, .. } = operation;
    let action = value.pointer("/x-huaweicloud-authorization/action").and_then(Value::as_str).ok_or_else(|| {
        format!(
            "{DOCUMENT_PATH}: #{pointer}/x-huaweicloud-authorization/action is missing; add it, because the error text \
             of a 403 names the IAM action"
        )
    })?;
    let name = screaming_snake_case(id);
    Ok(format!("pub(crate) const {name}: OperationMeta = OperationMeta {{ id: {id:?}, iam_action: {action:?} }};\n"))
}

fn integer_bounds(document: &Document, schema: &str, name: &str) -> Result<String> {
    let bound = |key: &str| -> Result<u32> {
        let pointer = format!("/components/schemas/{schema}/{key}");
        let value = document.at(&pointer, "the checks of request parameters")?;
        value.as_u64().and_then(|value| u32::try_from(value).ok()).ok_or_else(|| {
            format!("{DOCUMENT_PATH}: #{pointer}: expected an integer from 0 to {}, found {value}", u32::MAX)
        })
    };
    let (minimum, maximum, default) = (bound("minimum")?, bound("maximum")?, bound("default")?);
    if !(minimum..=maximum).contains(&default) {
        return Err(format!(
            "{DOCUMENT_PATH}: #/components/schemas/{schema}: the default {default} is not from {minimum} to {maximum}"
        ));
    }
    Ok(format!(
        "pub(crate) const {name}: IntegerBounds = \
         IntegerBounds {{ minimum: {minimum}, maximum: {maximum}, default: {default} }};\n"
    ))
}

fn text_constraint(document: &Document, schema: &str, name: &str) -> Result<String> {
    let pointer = format!("/components/schemas/{schema}");
    let pattern_pointer = format!("{pointer}/pattern");
    let pattern = document.at(&pattern_pointer, "the checks of request parameters")?.as_str().unwrap_or_default();
    let (ranges, minimum, maximum) = parse_pattern(pattern).ok_or_else(|| {
        format!(
            "{DOCUMENT_PATH}: #{pattern_pointer}: expected the form ^[characters]{{m,n}}$ (ASCII), found `{pattern}`; \
             for another form, extend build/constraints.rs and TextConstraint in src/constraints.rs"
        )
    })?;
    for (key, length) in [("minLength", minimum), ("maxLength", maximum)] {
        let length_pointer = format!("{pointer}/{key}");
        let value = document.at(&length_pointer, "languages in which `$` also matches before a newline")?;
        if value != length {
            return Err(format!(
                "{DOCUMENT_PATH}: #{length_pointer} is {value}, but the pattern `{pattern}` requires {length}; \
                 make them agree"
            ));
        }
    }
    let default = match document.at(&pointer, "the checks of request parameters")?.get("default") {
        None => "",
        Some(Value::String(default)) => default,
        Some(other) => return Err(format!("{DOCUMENT_PATH}: #{pointer}/default: expected a string, found {other}")),
    };
    Ok(format!(
        "pub(crate) const {name}: TextConstraint = TextConstraint {{ pattern: {pattern:?}, characters: &{ranges:?}, \
         minimum: {minimum}, maximum: {maximum}, default: {default:?} }};\n"
    ))
}

/// The first and the last character of each range.
type Ranges = Vec<(u8, u8)>;

/// Parses `^[characters]{m,n}$` into ranges of ASCII characters, m and n.
fn parse_pattern(pattern: &str) -> Option<(Ranges, u32, u32)> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let [start, middle, end] = parts.as_slice() else { return None };
    if *start != Hir::look(Look::Start) || *end != Hir::look(Look::End) {
        return None;
    }
    let HirKind::Repetition(repetition) = middle.kind() else { return None };
    let HirKind::Class(Class::Unicode(class)) = repetition.sub.kind() else { return None };
    let range = |range: &regex_syntax::hir::ClassUnicodeRange| {
        Some((u8::try_from(range.start()).ok()?, u8::try_from(range.end()).ok()?)).filter(|(_, end)| end.is_ascii())
    };
    let ranges = class.ranges().iter().map(range).collect::<Option<Vec<_>>>()?;
    Some((ranges, repetition.min, repetition.max?))
}

/// Returns a constant for each known status.
///
/// If a status is removed, its use no longer compiles. If one is added, the compiler warns that its constant is unused.
fn statuses(document: &Document) -> Result<String> {
    let pointer = "/components/schemas/TemplateStatus/x-extensible-enum";
    let Value::Array(values) = document.at(pointer, "the known template statuses")? else {
        return Err(format!("{DOCUMENT_PATH}: #{pointer}: expected a list of the known statuses"));
    };
    let mut code = String::new();
    for (index, value) in values.iter().enumerate() {
        let Some(name) = value.as_str().filter(|name| is_constant_name(name)) else {
            return Err(format!(
                "{DOCUMENT_PATH}: #{pointer}/{index}: {value} cannot be part of a constant's name; expected a string \
                 of uppercase letters, digits and `_`"
            ));
        };
        if values[..index].contains(value) {
            return Err(format!("{DOCUMENT_PATH}: #{pointer}/{index}: duplicate value {value}; remove it"));
        }
        let written = writeln!(code, "pub(crate) const TEMPLATE_STATUS_{name}: &str = {name:?};");
        written.map_err(|error| error.to_string())?;
    }
    Ok(code)
}

/// Returns `true` if the text can be the end of a constant's name.
fn is_constant_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_allowed)
}

fn screaming_snake_case(name: &str) -> String {
    let mut result = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            result.push('_');
        }
        result.push(letter.to_ascii_uppercase());
    }
    result
}
