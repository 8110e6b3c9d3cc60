//! What hand-written code must know of the document, as constants: so that nobody types a bound twice.

use std::fmt::Write as _;

use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde_json::Value;

use crate::document::{Document, Operation};
use crate::{DOCUMENT, Result};

const INTEGERS: [(&str, &str); 2] = [("PageLimit", "PAGE_LIMIT"), ("PageOffset", "PAGE_OFFSET")];
const TEXTS: [(&str, &str); 2] = [("PageMarker", "PAGE_MARKER"), ("TemplateName", "TEMPLATE_NAME")];

/// The text of `facts.rs`; the types in it are defined in `src/facts.rs`.
pub(crate) fn emit(document: &Document) -> Result<String> {
    let mut code = String::new();
    for operation in document.operations() {
        code += &iam_action(&operation)?;
    }
    for (schema, name) in INTEGERS {
        code += &integer(document, schema, name)?;
    }
    for (schema, name) in TEXTS {
        code += &text(document, schema, name)?;
    }
    code += &statuses(document)?;
    Ok(code)
}

fn iam_action(operation: &Operation<'_>) -> Result<String> {
    let Operation { id, place, value, .. } = operation;
    let action = value.pointer("/x-huaweicloud-authorization/action").and_then(Value::as_str).ok_or_else(|| {
        format!("{DOCUMENT}: #{place}/x-huaweicloud-authorization/action is missing; a 403's text names it")
    })?;
    let name = screaming_snake_case(id);
    Ok(format!("pub(crate) const {name}: OperationMeta = OperationMeta {{ id: {id:?}, iam_action: {action:?} }};\n"))
}

fn integer(document: &Document, schema: &str, name: &str) -> Result<String> {
    let bound = |key: &str| -> Result<u32> {
        let pointer = format!("/components/schemas/{schema}/{key}");
        let value = document.at(&pointer, "the check of what callers give")?;
        value.as_u64().and_then(|value| u32::try_from(value).ok()).ok_or_else(|| {
            format!("{DOCUMENT}: #{pointer}: expected a whole number from 0 to {}, found {value}", u32::MAX)
        })
    };
    let (minimum, maximum, default) = (bound("minimum")?, bound("maximum")?, bound("default")?);
    if !(minimum..=maximum).contains(&default) {
        return Err(format!(
            "{DOCUMENT}: #/components/schemas/{schema}: the default {default} is not between {minimum} and {maximum}"
        ));
    }
    Ok(format!(
        "pub(crate) const {name}: IntegerBounds = \
         IntegerBounds {{ minimum: {minimum}, maximum: {maximum}, default: {default} }};\n"
    ))
}

fn text(document: &Document, schema: &str, name: &str) -> Result<String> {
    let place = format!("/components/schemas/{schema}");
    let pattern_place = format!("{place}/pattern");
    let pattern = document.at(&pattern_place, "the check of what callers give")?.as_str().unwrap_or_default();
    let (ranges, minimum, maximum) = pattern_parts(pattern).ok_or_else(|| {
        format!(
            "{DOCUMENT}: #{pattern_place}: expected the form ^[characters]{{m,n}}$ (ASCII), found `{pattern}`; for \
             another form extend build/constraints.rs and TextConstraint in src/facts.rs"
        )
    })?;
    for (key, length) in [("minLength", minimum), ("maxLength", maximum)] {
        let pointer = format!("{place}/{key}");
        if document.at(&pointer, "languages whose `$` takes a newline")? != length {
            return Err(format!("{DOCUMENT}: #{pointer} and the pattern `{pattern}` beside it disagree"));
        }
    }
    let default = match document.at(&place, "a text rule")?.get("default") {
        None => "",
        Some(Value::String(default)) => default,
        Some(other) => return Err(format!("{DOCUMENT}: #{place}/default: expected a text, found {other}")),
    };
    Ok(format!(
        "pub(crate) const {name}: TextConstraint = TextConstraint {{ pattern: {pattern:?}, characters: &{ranges:?}, \
         minimum: {minimum}, maximum: {maximum}, default: {default:?} }};\n"
    ))
}

/// First and last character of each range.
type Ranges = Vec<(u8, u8)>;

/// `^[characters]{m,n}$` as ranges of ASCII characters, m and n.
fn pattern_parts(pattern: &str) -> Option<(Ranges, u32, u32)> {
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

/// A constant for each known status: one that is gone no longer compiles, a new one is seen as unused.
fn statuses(document: &Document) -> Result<String> {
    let pointer = "/components/schemas/TemplateStatus/x-extensible-enum";
    let Value::Array(values) = document.at(pointer, "the known statuses")? else {
        return Err(format!("{DOCUMENT}: #{pointer}: expected a list of the known statuses"));
    };
    let mut code = String::new();
    for (index, value) in values.iter().enumerate() {
        let Some(name) = value.as_str().filter(|name| is_constant_name(name)) else {
            return Err(format!(
                "{DOCUMENT}: #{pointer}/{index}: {value} gives no constant name: expected capital letters, digits \
                 and `_`, as text"
            ));
        };
        if values[..index].contains(value) {
            return Err(format!("{DOCUMENT}: #{pointer}/{index}: {value} stands twice"));
        }
        let written = writeln!(code, "pub(crate) const TEMPLATE_STATUS_{name}: &str = {name:?};");
        written.map_err(|error| error.to_string())?;
    }
    Ok(code)
}

/// Whether it can be the end of a constant's name.
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
