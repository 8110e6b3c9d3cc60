//! `iotda spec`.

use std::fs;
use std::path::Path;

use huaweicloud_iotda::spec::{
    OPENAPI_3_1_JSON, OPENAPI_JSON, OPENAPI_YAML, VERSION, json_schema, schema_names, strict_json_schema,
};

use crate::support::program::{iotda, run};

#[tokio::test]
async fn spec_prints_the_openapi_document() {
    assert_eq!(run(iotda(&["spec"])).await.stdout, OPENAPI_YAML);
    let json = run(iotda(&["spec", "--format", "json"])).await;
    assert_eq!(json.stdout, OPENAPI_JSON);
}

#[tokio::test]
async fn spec_prints_the_openapi_document_in_version_3_1() {
    let printed = run(iotda(&["spec", "--format", "openapi-3.1"])).await;
    assert_eq!(printed.stdout, OPENAPI_3_1_JSON);
}

#[tokio::test]
async fn spec_prints_json_schemas() {
    let all = run(iotda(&["spec", "--format", "json-schema"])).await;
    assert_eq!(all.stdout, schema_names().filter_map(json_schema).collect::<String>());
    let one = run(iotda(&["spec", "--format", "json-schema", "--schema", "DeviceList", "--strict"])).await;
    assert_eq!(Some(one.stdout.as_str()), strict_json_schema("DeviceList"));
}

#[tokio::test]
async fn spec_writes_files_named_with_the_version_and_prints_their_paths() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spec-out");
    let _ = fs::remove_dir_all(&folder);
    let folder_name = folder.to_str().unwrap();
    for (arguments, name, text) in [
        (&["--format", "yaml"][..], format!("iotda-{VERSION}.yaml"), OPENAPI_YAML.to_owned()),
        (&["--format", "json"], format!("iotda-{VERSION}.json"), OPENAPI_JSON.to_owned()),
        (&["--format", "openapi-3.1"], format!("iotda-{VERSION}.openapi-3.1.json"), OPENAPI_3_1_JSON.to_owned()),
        (
            &["--format", "json-schema", "--schema", "Page"],
            format!("Page-{VERSION}.schema.json"),
            json_schema("Page").unwrap().to_owned(),
        ),
        (
            &["--format", "json-schema", "--schema", "Page", "--strict"],
            format!("Page-{VERSION}.strict.schema.json"),
            strict_json_schema("Page").unwrap().to_owned(),
        ),
    ] {
        let ran = run(iotda(&[&["spec", "--out", folder_name], arguments].concat())).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert_eq!(ran.stdout.trim_end(), folder.join(&name).to_str().unwrap());
        assert_eq!(fs::read_to_string(folder.join(&name)).unwrap(), text, "{name}");
    }
    let ran = run(iotda(&["spec", "--out", folder_name, "--format", "json-schema"])).await;
    assert_eq!(ran.stdout.lines().count(), schema_names().len());
}

#[tokio::test]
async fn spec_rejects_unknown_schemas_and_options_of_another_format() {
    for (arguments, text) in [
        (&["--format", "json-schema", "--schema", "Device"][..], "DeviceSimple"),
        (&["--schema", "DeviceList"], "--format json-schema"),
        (&["--strict", "--format", "json"], "--format json-schema"),
    ] {
        let ran = run(iotda(&[&["spec"], arguments].concat())).await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(text), "{ran:?}");
        assert_eq!(ran.stdout, "");
    }
}

#[tokio::test]
async fn spec_reports_a_folder_that_cannot_be_written() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spec-out-is-a-file");
    fs::write(&file, "").unwrap();
    let ran = run(iotda(&["spec", "--out", file.to_str().unwrap()])).await;
    assert_ne!(ran.status, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("spec-out-is-a-file"), "{ran:?}");
}
