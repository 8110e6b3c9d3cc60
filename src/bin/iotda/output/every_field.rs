//! A check for tests: a command prints every field of its records.

use huaweicloud_iotda::spec::OPENAPI_JSON;
use serde::Serialize;
use serde_json::Value;

use super::row::{Column, Row, RowObject};

/// Checks that the row of a record contains each property of its schema in the OpenAPI document. `file` is the file to change.
pub(crate) fn assert_every_field_is_printed(
    schema: &str,
    file: &str,
    columns: &[Column],
    record: &impl Serialize,
    row: &Row,
) -> serde_json::Result<()> {
    assert_eq!(columns.len(), row.len(), "{file}: COLUMNS and row() have different lengths");
    let document: Value = serde_json::from_str(OPENAPI_JSON)?;
    let properties = document["components"]["schemas"][schema]["properties"].as_object();
    let names: Vec<&String> = properties.into_iter().flat_map(|properties| properties.keys()).collect();
    assert!(!names.is_empty(), "the OpenAPI document has no schema {schema} with properties");
    let (record, printed) = (serde_json::to_value(record)?, serde_json::to_value(RowObject(columns, row))?);
    for name in names {
        assert!(
            printed.get(name).is_some(),
            "{schema}.{name} is not printed: add a column with this name to COLUMNS in {file}, and its value to row()"
        );
        assert_eq!(printed[name], record[name], "{file}: row() does not contain {schema}.{name} in the column {name}");
    }
    Ok(())
}
