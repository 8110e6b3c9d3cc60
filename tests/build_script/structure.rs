//! YAML, keys, references and types that openapiv3 or progenitor would reject, ignore or misread.

use super::{DEVICES, TEMPLATES, assert_build_error, replace_after, replace_all};

#[test]
fn invalid_yaml_is_reported_with_line_and_column() {
    let document = replace_all("    PageLimit:\n", "    PageLimit: [\n");
    assert_build_error("yaml", &document, &["YAML", "line", "column"]);
    let document = replace_all("      minimum: 1\n", "      minimum: 1\n      minimum: 2\n");
    assert_build_error("duplicate", &document, &["YAML", "minimum"]);
    assert_build_error("empty", "", &["openapi/iotda.yaml: #: ", "null"]);
}

#[test]
fn unknown_reference_is_reported_with_line_and_pointer() {
    let document = replace_all("$ref: '#/components/schemas/DeviceSimple'", "$ref: '#/components/schemas/Device'");
    let line = document.lines().position(|line| line.contains("schemas/Device'")).unwrap() + 1;
    let pointer = "#/components/schemas/DeviceList/properties/devices/items/$ref";
    let line = format!("line {line}");
    assert_build_error("reference", &document, &[&line, pointer, "`#/components/schemas/Device`"]);
}

#[test]
fn wrong_type_is_reported_for_any_schema() {
    let in_parameter = format!("{TEMPLATES}/parameters/1/schema: ");
    let string = "type: string\n";
    let header = "#/components/headers/XRequestId/schema: ";
    let cases = [
        (replace_after("- name: Instance-Id", string, "type: strin\n"), &*in_parameter, "`strin`"),
        (
            replace_after("    ProjectId:", string, "type: strin\n"),
            "#/components/parameters/ProjectId/schema: ",
            "`strin`",
        ),
        (replace_after("    XRequestId:", string, "type: strin\n"), header, "`strin`"),
        (replace_after("    XRequestId:", string, "type: integer\n        minLength: 1\n"), header, "a schema"),
        (replace_after("    XRequestId:", string, "type: [string]\n"), header, "a schema"),
    ];
    for (index, (document, pointer, value)) in cases.iter().enumerate() {
        assert_build_error(&format!("type-{index}"), document, &[pointer, value]);
    }
}

#[test]
fn reference_to_the_wrong_kind_of_component_is_reported() {
    let wrong = "$ref: '#/components/responses/NotFound'";
    let to_schema = "$ref: '#/components/schemas/ErrorBody'";
    let property = "#/components/schemas/DeviceList/properties/page/$ref: ";
    let page = "$ref: '#/components/schemas/Page'";
    let cases = [
        (replace_after("    DeviceList:", page, wrong), property, "#/components/schemas"),
        (
            replace_after("    DeviceList:", page, &page.replace("Page", "DeviceList/properties/devices")),
            property,
            "`#/components/schemas/DeviceList/properties/devices`",
        ),
        (
            replace_after("ListDeviceAuthenticationTemplates", "$ref: '#/components/responses/NotFound'", to_schema),
            "responses/404/$ref: ",
            "a response",
        ),
        (
            replace_after("ListDeviceAuthenticationTemplates", "$ref: '#/components/parameters/ProjectId'", wrong),
            "parameters/0/$ref: ",
            "a parameter",
        ),
        (
            replace_after("ListDeviceAuthenticationTemplates", "$ref: '#/components/headers/XRequestId'", wrong),
            "X-Request-Id/$ref: ",
            "a header",
        ),
        (replace_after("    DeviceList:", page, "$ref: 1"), property, "string"),
        (
            replace_after("    DeviceList:", page, &format!("{page}\n          description: A")),
            "properties/page: ",
            "`description`",
        ),
        (
            replace_all("  schemas:\n", "  schemas:\n    Loop:\n      $ref: '#/components/schemas/Loop'\n"),
            "#/components/schemas/Loop/$ref: ",
            "`#/components/schemas/Loop`",
        ),
        (
            replace_all(
                "  schemas:\n",
                "  schemas:\n    A:\n      oneOf:\n        - $ref: '#/components/schemas/B'\n    B:\n      allOf:\n        \
                 - $ref: '#/components/schemas/A'\n        - type: string\n",
            ),
            "#/components/schemas/A: ",
            "",
        ),
    ];
    for (index, (document, pointer, value)) in cases.iter().enumerate() {
        assert_build_error(&format!("kind-{index}"), document, &[pointer, value]);
    }
}

#[test]
fn unknown_key_is_reported() {
    let operation = format!("{DEVICES}/parametrs: ");
    let cases = [
        ("    post:", "      parameters:\n", "      parametrs:\n", &*operation),
        ("    post:", "      requestBody:\n", "      requestbody:\n", "/post/requestbody: "),
        (
            "    ProjectId:",
            "      required: true\n",
            "      requird: true\n",
            "#/components/parameters/ProjectId/requird: ",
        ),
        (
            "    PageMarker:",
            "      maxLength: 24\n",
            "      maxLenght: 24\n",
            "#/components/schemas/PageMarker/maxLenght: ",
        ),
        ("components:", "  responses:\n", "  response:\n", "#/components/response: "),
        ("openapi:", "\nsecurity:\n", "\nsecurities:\n", "#/securities: "),
    ];
    for (index, (start, from, to, expected)) in cases.into_iter().enumerate() {
        assert_build_error(&format!("key-{index}"), &replace_after(start, from, to), &[expected, "build/grammar.rs"]);
    }
}

#[test]
fn object_that_openapi_does_not_allow_is_reported_with_its_pointer() {
    let parameter = format!("{TEMPLATES}/parameters/2: ");
    let responses = format!("{TEMPLATES}/responses: the key `4004`");
    let cases = [
        ("- name: template_name", "in: query", "in: querry", &*parameter),
        ("    NotFound:", "description: |-", "summary: |-", "#/components/responses/NotFound/summary: "),
        ("    TooManyRequests:", "description: |-", "x-note: |-", "#/components/responses/TooManyRequests: "),
        ("ListDeviceAuthenticationTemplates", "        '404':", "        '4004':", &*responses),
        (
            "    DeviceSimple:",
            "nullable: true",
            "nullable: maybe",
            "#/components/schemas/DeviceSimple/properties/app_id: ",
        ),
        ("    ErrorBody:", "      properties:\n", "      properties: []\n      x-was:\n", "ErrorBody/properties: "),
        (
            "ListDeviceAuthenticationTemplates",
            "      parameters:\n",
            "      parameters:\n      x-was:\n",
            "/get/parameters: ",
        ),
        ("info:", "  version: 1.0.0\n", "", "#/info: "),
        ("    XAuthToken:", "in: header", "in: body", "#/components/securitySchemes/XAuthToken: "),
    ];
    for (index, (start, from, to, expected)) in cases.into_iter().enumerate() {
        assert_build_error(&format!("openapi-{index}"), &replace_after(start, from, to), &[expected]);
    }
}

#[test]
fn panic_of_progenitor_is_reported() {
    // progenitor supports one media type per request body.
    let document = replace_after(
        "      requestBody:",
        "          application/json:\n",
        "          text/plain: {}\n          application/json:\n",
    );
    assert_build_error("panic", &document, &["progenitor", "ListDeviceByDeviceCertificate"]);
}
