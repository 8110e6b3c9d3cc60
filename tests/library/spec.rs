//! The OpenAPI document: names and defaults that other languages rely on are pinned, the rules of its header are kept,
//! and its examples are valid.

use serde_json::{Value, json};

use crate::support::document::{assert_valid, at, document, follow, operations, validator};

/// Collects every value with its JSON pointer.
fn walk<'a>(value: &'a Value, pointer: String, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                walk(value, format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                walk(value, format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push((pointer, value));
}

fn all(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    walk(document, String::new(), &mut found);
    found
}

fn schemas(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document["components"]["schemas"].as_object().expect("schemas").iter()
}

/// The schemas that occur in responses only.
const RESPONSE_SCHEMAS: [&str; 8] = [
    "AuthenticationTemplateList",
    "AuthenticationTemplateSimple",
    "DeviceList",
    "DeviceSimple",
    "ErrorBody",
    "Page",
    "TemplateStatus",
    "Timestamp",
];

#[test]
fn names_in_generated_clients_are_pinned() {
    let document = document();
    assert_eq!(document["openapi"], "3.0.3");
    let ids: Vec<_> = operations(&document)
        .into_iter()
        .map(|(path, method, operation)| (operation["operationId"].as_str().expect("an id"), method, path))
        .collect();
    assert_eq!(
        ids,
        [
            ("ListDeviceAuthenticationTemplates", "get", "/v5/iot/{project_id}/device-authentication-templates"),
            (
                "ListDeviceByDeviceCertificate",
                "post",
                "/v5/iot/{project_id}/device-certificates/{certificate_id}/list-device"
            ),
        ]
    );
    let names: Vec<_> = schemas(&document).map(|(name, _)| name.as_str()).collect();
    let mut expected =
        [&RESPONSE_SCHEMAS[..], &["ListDeviceRequest", "PageLimit", "PageMarker", "PageOffset", "TemplateName"]]
            .concat();
    expected.sort_unstable();
    assert_eq!(names, expected);
    let schemes = document["components"]["securitySchemes"].as_object().expect("schemes");
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["XAuthToken"]);
    let scheme = &schemes["XAuthToken"];
    assert_eq!(scheme["type"], "apiKey");
    assert_eq!(scheme["in"], "header");
    assert_eq!(scheme["name"], "X-Auth-Token");
    assert_eq!(document["security"], json!([{"XAuthToken": []}]));
}

#[test]
fn defaults_are_pinned() {
    let document = document();
    let found = all(&document);
    let defaults: Vec<_> = found
        .iter()
        .filter(|(pointer, _)| pointer.ends_with("/default") && pointer.starts_with("/components"))
        .map(|(pointer, value)| (pointer.as_str(), *value))
        .collect();
    assert_eq!(
        defaults,
        [
            ("/components/schemas/PageLimit/default", &json!(10)),
            ("/components/schemas/PageMarker/default", &json!("ffffffffffffffffffffffff")),
            ("/components/schemas/PageOffset/default", &json!(0)),
        ]
    );
}

#[test]
fn every_object_schema_has_a_name() {
    let document = document();
    let objects = all(&document).into_iter().filter(|(_, value)| value.get("type") == Some(&json!("object")));
    let places: Vec<_> = objects.map(|(pointer, _)| pointer).collect();
    assert!(places.len() >= 7, "{places:?}");
    for place in places {
        assert_eq!(place.split('/').count(), 4, "{place} is an inline object schema");
        assert!(place.starts_with("/components/schemas/"), "{place}");
    }
    for (name, _) in schemas(&document) {
        for (_, _, operation) in operations(&document) {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(!name.starts_with(id), "{name}: generators derive such names from {id}");
        }
        assert!(document["components"]["parameters"].get(name).is_none(), "{name} is also the name of a parameter");
    }
}

#[test]
fn responses_are_lenient() {
    let document = document();
    for (name, schema) in schemas(&document).filter(|(name, _)| RESPONSE_SCHEMAS.contains(&name.as_str())) {
        for key in ["required", "pattern", "enum", "minLength", "additionalProperties", "minimum"] {
            assert!(schema.get(key).is_none(), "{name} has {key}");
        }
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let property = follow(&document, property);
            assert_eq!(property["nullable"], true, "{name}.{field}");
            assert!(property.get("pattern").is_none(), "{name}.{field}");
            assert!(property.get("enum").is_none(), "{name}.{field}");
            let scalar = property["type"] != "array" && property["type"] != "object";
            assert!(!scalar || property.get("example").is_some(), "{name}.{field} has no example");
        }
    }
    let status = at(&document, "/components/schemas/TemplateStatus");
    assert_eq!(status["x-extensible-enum"], json!(["ACTIVE", "INACTIVE"]));
}

#[test]
fn requests_are_strict() {
    let document = document();
    let body = at(&document, "/components/schemas/ListDeviceRequest");
    assert_eq!(body["additionalProperties"], false);
    assert_eq!(body.get("required"), None);
    let request =
        document["paths"].as_object().expect("paths").values().find_map(|item| item["post"].get("requestBody"));
    assert_eq!(request.expect("a body")["required"], true);
    for (_, property) in body["properties"].as_object().expect("properties") {
        assert!(property.get("$ref").is_some(), "{property}");
        assert!(follow(&document, property).get("nullable").is_none(), "{property}");
    }
}

#[test]
fn every_operation_documents_the_same_explicit_statuses() {
    let document = document();
    for (_, _, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        assert_eq!(responses.keys().collect::<Vec<_>>(), ["200", "400", "401", "403", "404", "429", "500"]);
        for (status, response) in responses {
            let response = follow(&document, response);
            assert!(response["headers"].get("X-Request-Id").is_some(), "{status}");
            let content = response["content"].as_object().expect("content");
            assert_eq!(content.keys().collect::<Vec<_>>(), ["application/json"], "{status}");
            let schema = &content["application/json"]["schema"]["$ref"];
            assert_eq!(schema == "#/components/schemas/ErrorBody", status != "200", "{status}: {schema}");
        }
    }
}

/// Without a separate example, tools show the example of the schema, which is a different error.
#[test]
fn every_error_response_has_a_separate_example() {
    let document = document();
    let mut messages = Vec::new();
    for (name, response) in document["components"]["responses"].as_object().expect("responses") {
        let examples = response["content"]["application/json"]["examples"].as_object();
        let examples = examples.unwrap_or_else(|| panic!("{name} has no example"));
        messages.extend(examples.values().map(|example| example["value"]["error_msg"].as_str().expect("a message")));
    }
    let count = messages.len();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), count, "two errors have the same message: {messages:?}");
    assert!(count >= 6, "{messages:?}");
}

#[test]
fn every_operation_documents_its_permission() {
    let document = document();
    for (_, _, operation) in operations(&document) {
        let authorization = &operation["x-huaweicloud-authorization"];
        let keys = authorization.as_object().map(|fields| fields.keys().map(String::as_str).collect::<Vec<_>>());
        let expected = ["accessLevel", "action", "aliases", "conditionKeys", "dependencies", "resourceTypes"];
        assert_eq!(keys.as_deref(), Some(&expected[..]));
        let action = authorization["action"].as_str().expect("an action");
        let description = operation["description"].as_str().expect("a description");
        assert!(description.contains(&format!("`{action}`")), "{description}");
    }
}

/// Generators derive names of modules and packages from the title.
#[test]
fn title_has_only_words_and_the_description_is_short() {
    let info = &document()["info"];
    assert_eq!(info["title"], "Huawei Cloud IoTDA");
    let length = info["description"].as_str().expect("a description").len();
    assert!(length <= 400, "generators copy the description into every file: {length} characters");
}

/// Generators copy the descriptions of responses into comments of one line.
#[test]
fn response_descriptions_start_with_one_line_and_then_list_codes() {
    let document = document();
    let operations = operations(&document);
    let responses =
        operations.iter().flat_map(|(_, _, operation)| operation["responses"].as_object().expect("responses"));
    for (status, response) in responses {
        let description = follow(&document, response)["description"].as_str().expect("a description");
        let mut lines = description.lines();
        assert!(lines.next().is_some_and(|line| !line.contains("IOTDA.")), "{status}: {description}");
        assert!(lines.all(|line| line.is_empty() || line.starts_with("- ")), "{status}: {description}");
    }
}

#[test]
fn every_operation_names_its_authentication_and_its_vendor_page() {
    let document = document();
    for (path, _, operation) in operations(&document) {
        assert_eq!(operation["security"], document["security"], "{path}: some validators ignore `security` at the top");
        let url = operation["externalDocs"]["url"].as_str().expect("an address");
        let id = operation["operationId"].as_str().expect("an ID");
        assert!(url.starts_with("https://support.huaweicloud.com/") && url.ends_with(&format!("/{id}.html")), "{url}");
        assert!(include_str!("../../docs/sources.md").contains(url), "docs/sources.md does not list {url}");
    }
}

/// The programs that `tests/clients/run` runs; `tests/clients/samples` copies them into the OpenAPI document.
const SAMPLES: [(&str, [&str; 5]); 2] = [
    (
        "ListDeviceAuthenticationTemplates",
        [
            include_str!("../clients/curl/list_templates.sh"),
            include_str!("../clients/python/list_templates.py"),
            include_str!("../clients/typescript/list_templates.ts"),
            include_str!("../clients/go/list_templates/main.go"),
            include_str!("../clients/java/src/ListTemplates.java"),
        ],
    ),
    (
        "ListDeviceByDeviceCertificate",
        [
            include_str!("../clients/curl/list_devices.sh"),
            include_str!("../clients/python/list_devices.py"),
            include_str!("../clients/typescript/list_devices.ts"),
            include_str!("../clients/go/list_devices/main.go"),
            include_str!("../clients/java/src/ListDevices.java"),
        ],
    ),
];

#[test]
fn code_samples_are_the_programs_of_the_tested_clients() {
    let document = document();
    for ((_, _, operation), (id, programs)) in operations(&document).into_iter().zip(SAMPLES) {
        assert_eq!(operation["operationId"], id);
        let samples = operation["x-codeSamples"].as_array().expect("code samples");
        let languages: Vec<_> = samples.iter().map(|sample| &sample["lang"]).collect();
        assert_eq!(languages, ["Shell", "Python", "TypeScript", "Go", "Java"], "{id}");
        for (sample, program) in samples.iter().zip(programs) {
            let expected = program.replace('\t', "    ").replace("\r\n", "\n");
            assert_eq!(sample["source"], expected, "run tests/clients/samples");
        }
    }
}

#[test]
fn first_server_is_a_region_of_an_open_list_and_the_last_one_is_any_host() {
    let document = document();
    let servers = document["servers"].as_array().expect("servers");
    assert_eq!(servers.first().expect("a server")["url"], "https://iotda.{region}.myhuaweicloud.com");
    assert_eq!(servers.last().expect("a server")["url"], "/");
    for variables in servers.iter().filter_map(|server| server.get("variables")) {
        assert_eq!(variables["region"]["default"], "cn-north-4");
        assert!(variables["region"].get("enum").is_none(), "generated clients reject new regions");
    }
}

#[test]
fn every_integer_has_bounds() {
    let document = document();
    for (place, value) in all(&document).into_iter().filter(|(_, value)| value.get("type") == Some(&json!("integer"))) {
        assert!(value.get("minimum").is_some() && value.get("maximum").is_some(), "{place}");
    }
}

#[test]
fn descriptions_have_no_indented_block_and_timestamps_no_format() {
    let document = document();
    for (place, value) in all(&document) {
        if let (true, Some(text)) = (place.ends_with("/description"), value.as_str()) {
            assert!(
                !text.lines().any(|line| line.starts_with("  ")),
                "{place} becomes a code block in Rust and Markdown"
            );
        }
        assert!(!place.ends_with("/format") || value == "int32" || value == "int64", "{place}: {value}");
    }
}

/// No operation has the tag Paging: generators copy the descriptions of operations, but not of tags, into their code.
#[test]
fn tags_are_sorted_and_used_except_for_paging() {
    let document = document();
    let tags = document["tags"].as_array().expect("tags").iter().map(|tag| &tag["name"]);
    let mut used: Vec<_> = operations(&document).iter().map(|(_, _, operation)| &operation["tags"][0]).collect();
    let paging = json!("Paging");
    used.push(&paging);
    used.sort_by_key(|tag| tag.as_str());
    assert_eq!(tags.collect::<Vec<_>>(), used);
}

#[test]
fn every_example_is_valid_against_its_schema() {
    let document = document();
    let mut checked = 0;
    for (place, value) in all(&document) {
        // A media type or a parameter with named examples; or a schema with an example or a default.
        let named = value.get("examples").and_then(Value::as_object).into_iter().flatten();
        for (name, example) in named {
            assert_valid(
                &validator(&document, &value["schema"]),
                &example["value"],
                &format!("{place}/examples/{name}"),
            );
            checked += 1;
        }
        for key in ["example", "default"] {
            if let (Some(example), Some(_)) =
                (value.get(key), value.get("type").filter(|schema_type| schema_type.is_string()))
            {
                assert_valid(&validator(&document, value), example, &format!("{place}/{key}"));
                checked += 1;
            }
        }
    }
    assert!(checked >= 30, "only {checked} examples were found");
}

#[test]
fn examples_of_both_vendor_pages_are_present() {
    let document = document();
    for (pointer, key) in [
        (
            "/paths/~1v5~1iot~1{project_id}~1device-certificates~1{certificate_id}~1list-device/post/requestBody",
            "firstPage",
        ),
        (
            "/paths/~1v5~1iot~1{project_id}~1device-certificates~1{certificate_id}~1list-device/post/responses/200",
            "oneDevice",
        ),
        ("/paths/~1v5~1iot~1{project_id}~1device-authentication-templates/get/responses/200", "oneTemplate"),
    ] {
        let examples = &at(&document, pointer)["content"]["application/json"]["examples"];
        assert!(examples[key]["value"].is_object(), "{pointer} {key}");
    }
    let parameters =
        &at(&document, "/paths/~1v5~1iot~1{project_id}~1device-authentication-templates/get")["parameters"];
    let named =
        parameters.as_array().expect("parameters").iter().find(|parameter| parameter["name"] == "template_name");
    assert!(named.expect("template_name")["examples"]["byName"]["value"].is_string());
}

#[test]
fn commands_in_the_openapi_readme_are_run_by_ci() {
    let readme = include_str!("../../openapi/README.md");
    let steps: Vec<_> =
        [include_str!("../../.ci/run"), include_str!("../../.ci/full")].iter().flat_map(|s| s.lines()).collect();
    // Each part starts with the name of a task.
    let tasks: Vec<_> = include_str!("../../x").split("\ntask ").collect();
    let commands: Vec<_> = readme.lines().filter(|line| line.starts_with("bash ")).collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let task = tasks.iter().find(|task| task.contains(command)).and_then(|task| task.split(' ').next());
        let is_step = task.is_some_and(|task| steps.iter().any(|step| step.split(' ').next() == Some(task)));
        let is_used = include_str!("../document/page/run").contains(command);
        assert!(is_step || is_used, "CI does not run `{command}`");
    }
}
