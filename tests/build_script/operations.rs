//! Operations: their IDs, paths and parameters.

use super::{DEVICES, DOCUMENT, TEMPLATES, assert_build_error, replace_after, replace_all};

#[test]
fn renamed_operation_is_reported() {
    let document = replace_all("operationId: ListDeviceByDeviceCertificate", "operationId: ListDevices");
    assert_build_error("operation", &document, &["`ListDeviceByDeviceCertificate`", "src/operations.rs"]);
}

#[test]
fn duplicate_or_missing_operation_id_is_reported() {
    let document =
        replace_all("operationId: ListDeviceByDeviceCertificate", "operationId: ListDeviceAuthenticationTemplates");
    assert_build_error("ids", &document, &["`ListDeviceAuthenticationTemplates`", TEMPLATES, DEVICES]);
    let document = replace_all("      operationId: ListDeviceByDeviceCertificate\n", "");
    assert_build_error("no-id", &document, &[&format!("{DEVICES}/operationId ")]);
}

#[test]
fn operation_that_no_code_calls_is_reported() {
    let start = DOCUMENT.find("  /v5/iot/{project_id}/device-authentication-templates:\n").unwrap();
    let end = DOCUMENT.find("  /v5/iot/{project_id}/device-certificates/").unwrap();
    let another = DOCUMENT[start..end].replace("uthentication-templates:", "uthentication-things:");
    let another = another.replace("ListDeviceAuthenticationTemplates", "ListThings");
    let document = [&DOCUMENT[..end], &another, &DOCUMENT[end..]].concat();
    assert_build_error("uncalled", &document, &["`ListThings`", "build/checks.rs", "src/operations.rs"]);
}

#[test]
fn path_parameters_must_match_the_path() {
    let path = "  /v5/iot/{project_id}/device-authentication-templates:";
    let document = replace_all(path, "  /v5/iot/{project}/device-authentication-templates:");
    let pointer = "#/paths/~1v5~1iot~1{project}~1device-authentication-templates/get";
    assert_build_error("path", &document, &[pointer, "{project},", "`project`"]);
    let document = replace_all(path, "  /v5/iot/device-authentication-templates:");
    assert_build_error("path-less", &document, &["/get: ", "{project_id}", "`project_id`"]);
    let document = replace_after("    ProjectId:\n", "      required: true\n", "      required: false\n");
    assert_build_error("optional", &document, &["#/paths/", "`project_id`", "`required: true`"]);
    let document =
        replace_after("ListDeviceAuthenticationTemplates", "        - name: marker\n", "        - name: limit\n");
    assert_build_error("parameter-twice", &document, &[TEMPLATES, "query parameter `limit`"]);
    let document = replace_all(path, &path.replacen("/v5", "v5", 1));
    assert_build_error("slash", &document, &["#/paths: ", "`v5/iot/", "`/`"]);
}

#[test]
fn removed_parameter_that_hand_written_code_passes_is_reported() {
    for (operation, pointer, name) in [
        ("ListDeviceAuthenticationTemplates", TEMPLATES, "Instance-Id"),
        ("ListDeviceByDeviceCertificate", DEVICES, "Instance-Id"),
        ("ListDeviceAuthenticationTemplates", TEMPLATES, "template_name"),
        ("ListDeviceAuthenticationTemplates", TEMPLATES, "marker"),
    ] {
        let document = replace_after(operation, &format!("- name: {name}\n"), "- name: other\n");
        let parameter = format!("parameter `{name}`");
        assert_build_error(
            &format!("passed-{operation}-{name}"),
            &document,
            &[pointer, &parameter, "src/operations.rs"],
        );
    }
}
