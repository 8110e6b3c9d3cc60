//! YAML, keys, references and types: what openapiv3 or progenitor would refuse, skip or misread.

use super::{DEVICES, TEMPLATES, assert_stops, changed, changed_in};

#[test]
fn invalid_yaml_is_told_with_line_and_column() {
    let document = changed("    PageLimit:\n", "    PageLimit: [\n");
    assert_stops("yaml", &document, &["not valid YAML", "line", "column"]);
    let document = changed("      minimum: 1\n", "      minimum: 1\n      minimum: 2\n");
    assert_stops("duplicate", &document, &["not valid YAML", "minimum"]);
    assert_stops("empty", "", &["#: expected keys with values, found nothing"]);
}

#[test]
fn an_unknown_reference_is_told_with_its_line_and_its_place() {
    let document = changed("$ref: '#/components/schemas/DeviceSimple'", "$ref: '#/components/schemas/Device'");
    let line = document.lines().position(|line| line.contains("schemas/Device'")).unwrap() + 1;
    let place = "#/components/schemas/DeviceList/properties/devices/items/$ref";
    let line = format!("line {line}");
    assert_stops("reference", &document, &[&line, place, "`#/components/schemas/Device`"]);
}

#[test]
fn a_wrong_type_is_told_wherever_a_schema_stands() {
    let in_parameter = format!("{TEMPLATES}/parameters/1/schema: ");
    let string = "type: string\n";
    let header = "#/components/headers/XRequestId/schema: ";
    let cases = [
        (changed_in("- name: Instance-Id", string, "type: strin\n"), &*in_parameter, "`strin` is no type"),
        (
            changed_in("    ProjectId:", string, "type: strin\n"),
            "#/components/parameters/ProjectId/schema: ",
            "`strin`",
        ),
        (changed_in("    XRequestId:", string, "type: strin\n"), header, "`strin`"),
        (changed_in("    XRequestId:", string, "type: integer\n        minLength: 1\n"), header, "do not fit its type"),
        (changed_in("    XRequestId:", string, "type: [string]\n"), header, "expected a string"),
    ];
    for (index, (document, place, cause)) in cases.iter().enumerate() {
        assert_stops(&format!("type-{index}"), document, &[place, cause]);
    }
}

#[test]
fn a_reference_leads_to_what_its_place_needs() {
    let wrong = "$ref: '#/components/responses/NotFound'";
    let to_schema = "$ref: '#/components/schemas/ErrorBody'";
    let property = "#/components/schemas/DeviceList/properties/page/$ref: ";
    let page = "$ref: '#/components/schemas/Page'";
    let cases = [
        (changed_in("    DeviceList:", page, wrong), property, "#/components/schemas"),
        (
            changed_in("    DeviceList:", page, &page.replace("Page", "DeviceList/properties/devices")),
            property,
            "wrong kind",
        ),
        (
            changed_in("ListDeviceAuthenticationTemplates", "$ref: '#/components/responses/NotFound'", to_schema),
            "responses/404/$ref: ",
            "a response",
        ),
        (
            changed_in("ListDeviceAuthenticationTemplates", "$ref: '#/components/parameters/ProjectId'", wrong),
            "parameters/0/$ref: ",
            "a parameter",
        ),
        (
            changed_in("ListDeviceAuthenticationTemplates", "$ref: '#/components/headers/XRequestId'", wrong),
            "X-Request-Id/$ref: ",
            "a header",
        ),
        (changed_in("    DeviceList:", page, "$ref: 1"), property, "expected a text"),
        (
            changed_in("    DeviceList:", page, &format!("{page}\n          description: A")),
            "properties/page: ",
            "no effect",
        ),
        (
            changed("  schemas:\n", "  schemas:\n    Loop:\n      $ref: '#/components/schemas/Loop'\n"),
            "#/components/schemas/Loop/$ref: ",
            "is a reference itself",
        ),
        (
            changed(
                "  schemas:\n",
                "  schemas:\n    A:\n      oneOf:\n        - $ref: '#/components/schemas/B'\n    B:\n      allOf:\n        \
                 - $ref: '#/components/schemas/A'\n        - type: string\n",
            ),
            "#/components/schemas/A: ",
            "composed of itself",
        ),
    ];
    for (index, (document, place, cause)) in cases.iter().enumerate() {
        assert_stops(&format!("kind-{index}"), document, &[place, cause]);
    }
}

#[test]
fn a_misspelt_key_is_told() {
    let operation = format!("{DEVICES}/parametrs: `parametrs` is no known key of an operation");
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
    for (index, (head, from, to, part)) in cases.into_iter().enumerate() {
        assert_stops(&format!("key-{index}"), &changed_in(head, from, to), &[part, "misspelt"]);
    }
}

#[test]
fn what_openapi_refuses_is_told_with_its_place() {
    let parameter = format!("{TEMPLATES}/parameters/2: not a parameter of OpenAPI 3.0: ");
    let responses = format!("{TEMPLATES}/responses: the key `4004` is not a status");
    let cases = [
        ("- name: template_name", "in: query", "in: querry", &*parameter),
        ("    NotFound:", "description: |-", "summary: |-", "#/components/responses/NotFound/summary: "),
        (
            "    TooManyRequests:",
            "description: |-",
            "x-note: |-",
            "#/components/responses/TooManyRequests: not a response",
        ),
        ("ListDeviceAuthenticationTemplates", "        '404':", "        '4004':", &*responses),
        (
            "    DeviceSimple:",
            "nullable: true",
            "nullable: maybe",
            "#/components/schemas/DeviceSimple/properties/app_id: ",
        ),
        (
            "    ErrorBody:",
            "      properties:\n",
            "      properties: []\n      x-was:\n",
            "ErrorBody/properties: expected keys",
        ),
        (
            "ListDeviceAuthenticationTemplates",
            "      parameters:\n",
            "      parameters:\n      x-was:\n",
            "/get/parameters: expected a list, found nothing",
        ),
        ("info:", "  version: 1.0.0\n", "", "#/info: not an info object of OpenAPI 3.0: missing field `version`"),
        ("    XAuthToken:", "in: header", "in: body", "#/components/securitySchemes/XAuthToken: "),
    ];
    for (index, (head, from, to, part)) in cases.into_iter().enumerate() {
        assert_stops(&format!("openapi-{index}"), &changed_in(head, from, to), &[part]);
    }
}

#[test]
fn what_makes_progenitor_panic_is_told() {
    // It takes one media type a request body.
    let document = changed_in(
        "      requestBody:",
        "          application/json:\n",
        "          text/plain: {}\n          application/json:\n",
    );
    assert_stops("panic", &document, &["progenitor can't generate a client of it", "ListDeviceByDeviceCertificate"]);
}
