//! Operations: their ids, paths and parameters.

use super::{DEVICES, DOCUMENT, TEMPLATES, assert_stops, changed, changed_in};

#[test]
fn a_renamed_operation_is_told() {
    let document = changed("operationId: ListDeviceByDeviceCertificate", "operationId: ListDevices");
    assert_stops("operation", &document, &["operationId `ListDeviceByDeviceCertificate`", "src/operations.rs"]);
}

#[test]
fn operation_ids_are_there_and_differ() {
    let document =
        changed("operationId: ListDeviceByDeviceCertificate", "operationId: ListDeviceAuthenticationTemplates");
    assert_stops("ids", &document, &["`ListDeviceAuthenticationTemplates` stands twice", TEMPLATES, DEVICES]);
    let document = changed("      operationId: ListDeviceByDeviceCertificate\n", "");
    assert_stops("no-id", &document, &[DEVICES, "/operationId is missing"]);
}

#[test]
fn an_operation_that_no_code_calls_is_told() {
    let start = DOCUMENT.find("  /v5/iot/{project_id}/device-authentication-templates:\n").unwrap();
    let end = DOCUMENT.find("  /v5/iot/{project_id}/device-certificates/").unwrap();
    let another = DOCUMENT[start..end].replace("uthentication-templates:", "uthentication-things:");
    let another = another.replace("ListDeviceAuthenticationTemplates", "ListThings");
    let document = [&DOCUMENT[..end], &another, &DOCUMENT[end..]].concat();
    assert_stops("uncalled", &document, &["no code calls `ListThings`", "build/checks.rs", "src/operations.rs"]);
}

#[test]
fn path_parameters_are_those_of_the_path() {
    let path = "  /v5/iot/{project_id}/device-authentication-templates:";
    let document = changed(path, "  /v5/iot/{project}/device-authentication-templates:");
    let place = "#/paths/~1v5~1iot~1{project}~1device-authentication-templates/get";
    assert_stops("path", &document, &[place, "the path has {project}, but no path parameter is `project`"]);
    let document = changed(path, "  /v5/iot/device-authentication-templates:");
    assert_stops("path-less", &document, &["/get: the path has no {project_id} for its path parameter"]);
    let document = changed_in("    ProjectId:\n", "      required: true\n", "      required: false\n");
    assert_stops("optional", &document, &["#/paths/", "`project_id` must have `required: true`"]);
    let document =
        changed_in("ListDeviceAuthenticationTemplates", "        - name: marker\n", "        - name: limit\n");
    assert_stops("parameter-twice", &document, &[TEMPLATES, "query parameter `limit` stands twice"]);
    let document = changed(path, &path.replacen("/v5", "v5", 1));
    assert_stops("slash", &document, &["#/paths: the key `v5/iot/", "starts with `/`"]);
}

#[test]
fn parameters_that_the_hand_written_code_passes_are_asserted() {
    for (operation, place, name) in [
        ("ListDeviceAuthenticationTemplates", TEMPLATES, "Instance-Id"),
        ("ListDeviceByDeviceCertificate", DEVICES, "Instance-Id"),
        ("ListDeviceAuthenticationTemplates", TEMPLATES, "template_name"),
        ("ListDeviceAuthenticationTemplates", TEMPLATES, "marker"),
    ] {
        let document = changed_in(operation, &format!("- name: {name}\n"), "- name: other\n");
        let cause = format!("parameter `{name}`; if it was renamed");
        assert_stops(&format!("passed-{operation}-{name}"), &document, &[place, &cause, "src/operations.rs"]);
    }
}
