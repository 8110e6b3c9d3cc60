//! The constraints of the OpenAPI document on requests, and their checks. A test compares each constant with the OpenAPI
//! document.

pub(crate) const LIST_DEVICE_AUTHENTICATION_TEMPLATES: OperationMeta = OperationMeta {
    id: "ListDeviceAuthenticationTemplates",
    method: "GET",
    iam_action: "iotda:deviceauthenticationtemplate:queryList",
};
pub(crate) const LIST_DEVICE_BY_DEVICE_CERTIFICATE: OperationMeta = OperationMeta {
    id: "ListDeviceByDeviceCertificate",
    method: "POST",
    iam_action: "iotda:devicecertificates:queryDeviceList",
};

pub(crate) const PAGE_LIMIT: IntegerBounds = IntegerBounds { minimum: 1, maximum: 50, default: 10 };
pub(crate) const PAGE_OFFSET: IntegerBounds = IntegerBounds { minimum: 0, maximum: 500, default: 0 };

pub(crate) const PAGE_MARKER: TextConstraint = TextConstraint {
    pattern: "^[0-9a-fA-F]{24}$",
    is_allowed: |byte| byte.is_ascii_hexdigit(),
    minimum: 24,
    maximum: 24,
    default: "ffffffffffffffffffffffff",
};
pub(crate) const TEMPLATE_NAME: TextConstraint = TextConstraint {
    pattern: "^[a-zA-Z0-9_-]{1,128}$",
    is_allowed: |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte),
    minimum: 1,
    maximum: 128,
    default: "",
};

pub(crate) const TEMPLATE_STATUS_ACTIVE: &str = "ACTIVE";
pub(crate) const TEMPLATE_STATUS_INACTIVE: &str = "INACTIVE";

/// An operation of the OpenAPI document.
#[derive(Debug)]
pub struct OperationMeta {
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    pub(crate) iam_action: &'static str,
}

/// The bounds of an integer.
pub(crate) struct IntegerBounds {
    pub(crate) minimum: u32,
    pub(crate) maximum: u32,
    pub(crate) default: u32,
}

impl IntegerBounds {
    pub(crate) fn check(&self, field: &str, value: u32) -> Result<u32, String> {
        if (self.minimum..=self.maximum).contains(&value) {
            return Ok(value);
        }
        let (minimum, maximum) = (self.minimum, self.maximum);
        Err(format!("{field} is {value}, but must be from {minimum} to {maximum} (default {})", self.default))
    }
}

/// The allowed characters and length of a text.
pub(crate) struct TextConstraint {
    /// The regular expression that the other fields express, for messages.
    pub(crate) pattern: &'static str,
    /// Returns `true` for the allowed characters, which are ASCII.
    pub(crate) is_allowed: fn(u8) -> bool,
    pub(crate) minimum: usize,
    pub(crate) maximum: usize,
    pub(crate) default: &'static str,
}

impl TextConstraint {
    pub(crate) fn check(&self, field: &str, text: &str) -> Result<(), String> {
        // Every allowed character is ASCII, so an allowed text has as many characters as bytes.
        if (self.minimum..=self.maximum).contains(&text.len()) && text.bytes().all(self.is_allowed) {
            return Ok(());
        }
        Err(format!(
            "{field} is {} ({} characters), but must match {}",
            quoted(text),
            text.chars().count(),
            self.pattern
        ))
    }
}

/// Formats a caller's text for an error: quoted, with control characters escaped, and truncated.
pub(crate) fn quoted(text: &str) -> String {
    const MAX_QUOTED_CHARS: usize = 80;
    let start: String = text.chars().take(MAX_QUOTED_CHARS).collect();
    let more = if start.len() < text.len() { "..." } else { "" };
    format!("{start:?}{more}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, clippy::unwrap_used)]

    use serde_json::{Value, from_str, json};

    use super::*;
    use crate::spec::OPENAPI_JSON;

    fn document() -> Value {
        from_str(OPENAPI_JSON).unwrap()
    }

    fn schema(name: &str) -> Value {
        document().pointer(&format!("/components/schemas/{name}")).expect(name).clone()
    }

    #[test]
    fn operations_match_the_openapi_document() {
        let document = document();
        let operations = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap());
        let documented: Vec<_> = operations
            .map(|(method, operation)| {
                let action = operation["x-huaweicloud-authorization"]["action"].clone();
                (operation["operationId"].clone(), method.to_uppercase(), action)
            })
            .collect();
        let constants = [LIST_DEVICE_AUTHENTICATION_TEMPLATES, LIST_DEVICE_BY_DEVICE_CERTIFICATE];
        let constants =
            constants.map(|operation| (operation.id.into(), operation.method.to_owned(), operation.iam_action.into()));
        assert_eq!(documented, constants);
    }

    #[test]
    fn integer_bounds_match_the_openapi_document() {
        for (name, bounds) in [("PageLimit", PAGE_LIMIT), ("PageOffset", PAGE_OFFSET)] {
            let schema = schema(name);
            assert_eq!(schema["minimum"], bounds.minimum, "{name}: minimum");
            assert_eq!(schema["maximum"], bounds.maximum, "{name}: maximum");
            assert_eq!(schema["default"], bounds.default, "{name}: default");
        }
    }

    #[test]
    fn text_constraints_match_the_openapi_document() {
        for (name, constraint) in [("PageMarker", PAGE_MARKER), ("TemplateName", TEMPLATE_NAME)] {
            let schema = schema(name);
            assert_eq!(schema["pattern"], constraint.pattern, "{name}: pattern");
            assert_eq!(schema["minLength"], constraint.minimum, "{name}: minLength");
            assert_eq!(schema["maxLength"], constraint.maximum, "{name}: maxLength");
            assert_eq!(schema.get("default").unwrap_or(&json!("")), constraint.default, "{name}: default");
        }
    }

    #[test]
    fn text_constraints_accept_what_their_patterns_accept() {
        for (name, constraint) in [("PageMarker", PAGE_MARKER), ("TemplateName", TEMPLATE_NAME)] {
            let validator = jsonschema::validator_for(&json!({"pattern": constraint.pattern})).unwrap();
            let lengths = [0, constraint.minimum - 1, constraint.minimum, constraint.maximum, constraint.maximum + 1];
            let texts = lengths.into_iter().map(|length| "a".repeat(length));
            let characters = (0..=u8::MAX).map(|byte| char::from(byte).to_string().repeat(constraint.minimum));
            for text in texts.chain(characters) {
                let accepted = constraint.check(name, &text).is_ok();
                assert_eq!(accepted, validator.is_valid(&json!(text)), "{name}: {text:?}");
            }
        }
    }

    #[test]
    fn statuses_match_the_openapi_document() {
        let statuses = json!([TEMPLATE_STATUS_ACTIVE, TEMPLATE_STATUS_INACTIVE]);
        assert_eq!(schema("TemplateStatus")["x-extensible-enum"], statuses);
    }
}
