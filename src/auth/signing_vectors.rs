//! Compares each stage of the signer with vectors from the signers of Huawei Cloud's SDKs.
//!
//! The vectors are read from the file in the environment variable `SIGNING_VECTORS`. Default:
//! `openapi/signing_vectors.json`, which states their origin.

use std::{env, fs};

use serde_json::Value;

use super::signer::{self, Parts, Scheme};

fn vectors() -> Value {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/signing_vectors.json");
    let file = env::var_os("SIGNING_VECTORS").unwrap_or_else(|| default.into());
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is not a string in {value}"))
}

/// Converts a query value to name-value pairs. The vendor's signer converts a list to one pair for each item.
fn pairs(name: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Array(items) => items.iter().flat_map(|item| pairs(name, item)).collect(),
        Value::String(text) => vec![(name.to_owned(), text.clone())],
        other => vec![(name.to_owned(), other.to_string())],
    }
}

/// Returns the headers to sign: the headers of the vector, and the headers that a signer adds.
fn headers(input: &Value) -> Vec<(String, String)> {
    let input_headers = input["headers"].as_object().expect("headers").iter();
    let mut headers: Vec<_> =
        input_headers.map(|(name, value)| (name.clone(), value.as_str().expect("a value").to_owned())).collect();
    let contains =
        |headers: &[(String, String)], header: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header));
    let content_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let unsigned = content_type.is_some_and(|(_, value)| !signer::signs_payload(value));
    let added = [
        ("X-Project-Id", input["project_id"].as_str()),
        ("X-Security-Token", input["security_token"].as_str()),
        ("Host", input["host"].as_str()),
        (signer::CONTENT_SHA256, unsigned.then_some(signer::UNSIGNED_PAYLOAD)),
    ];
    for (name, value) in added {
        if let (Some(value), false) = (value, contains(&headers, name)) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers
}

fn scheme(vector: &Value) -> Scheme<'_> {
    let input = &vector["input"];
    match text(vector, "algorithm") {
        "SDK-HMAC-SHA256" => Scheme::Standard,
        "V11-HMAC-SHA256" => Scheme::Derived { region: text(input, "region_id"), service: text(input, "service") },
        other => panic!("unknown algorithm {other}"),
    }
}

fn assert_vector(vector: &Value) {
    let (input, expected, name) = (&vector["input"], &vector["expected"], text(vector, "name"));
    let query = input["query_unencoded"].as_array().expect("pairs").iter();
    let parts = Parts {
        method: text(input, "method"),
        path: text(input, "path"),
        query: query.flat_map(|pair| pairs(pair[0].as_str().expect("a name"), &pair[1])).collect(),
        headers: headers(input),
        body: input["body"].as_str().unwrap_or_default().as_bytes(),
    };
    let (access, secret, date) = (text(input, "ak"), text(input, "sk"), text(expected, "x_sdk_date"));
    let scheme = scheme(vector);

    let (canonical, signed_headers) = signer::canonical_request(&parts);
    assert_eq!(canonical, text(expected, "canonical_request"), "{name}: canonical request");
    assert_eq!(signed_headers, text(expected, "signed_headers"), "{name}: signed headers");
    let to_sign = scheme.string_to_sign(date, &canonical);
    assert_eq!(to_sign, text(expected, "string_to_sign"), "{name}: string to sign");
    let key = scheme.signing_key(access, secret, date);
    if let Some(derived) = expected["derived_key_hex"].as_str() {
        assert_eq!(key, derived, "{name}: derived key");
        assert_eq!(scheme.derivation_info(date).as_deref(), expected["derivation_info"].as_str(), "{name}: info");
    }
    let signature = signer::signature(&key, &to_sign);
    assert_eq!(signature, text(expected, "signature"), "{name}: signature");
    let authorization = scheme.authorization(access, date, &signed_headers, &signature);
    assert_eq!(authorization, text(expected, "authorization"), "{name}: authorization");
}

#[test]
fn each_stage_matches_the_vendor_vectors() {
    let vectors = vectors();
    let vectors = vectors["vectors"].as_array().expect("vectors");
    assert!(!vectors.is_empty());
    vectors.iter().for_each(assert_vector);
}

#[test]
fn derived_keys_match_the_vendor_vectors() {
    let vectors = vectors();
    for vector in vectors["hkdf"].as_array().into_iter().flatten() {
        let key = signer::derived_key(text(vector, "ak"), text(vector, "sk"), text(vector, "info"));
        assert_eq!(key, text(vector, "derived_key_hex"), "{vector}");
    }
}
