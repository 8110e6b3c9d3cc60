//! Values and records in JSON. The examples are from the vendor's pages of the two operations.

use std::time::{Duration, UNIX_EPOCH};

use huaweicloud_iotda::types::{
    AuthenticationTemplateList, DeviceList, ListDeviceRequest, Marker, PageLimit, PageOffset, TemplateName,
    TemplateStatus, Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

const DEVICES: &str = r#"{
  "devices" : [ {
    "device_id" : "04ed32dc1b0025b52fe3c01a27c2babc",
    "app_id" : "jeQDJQZltU8iKgFFoW060F5SGZka",
    "node_id" : "ABC123456789",
    "gateway_id" : "d4922d8a-6c8e-4396-852c-164aefa6638f",
    "device_name" : "dianadevice",
    "product_id" : "b640f4c203b7910fc3cbd446ed437cbd"
  } ],
  "page" : { "count" : 1, "marker" : "66178add3b98944277731d0a" }
}"#;

const TEMPLATES: &str = r#"{
  "templates" : [ {
    "template_id" : "5c90fa7d3c4e4405e8525079",
    "template_name" : "myTemplate",
    "description" : "myTemplate",
    "status" : "ACTIVE",
    "create_time" : "20231031T070547Z",
    "update_time" : "20231031T070547Z"
  } ],
  "page" : { "count" : 10, "marker" : "5c90fa7d3c4e4405e8525079" }
}"#;

/// Deserializes the text, and asserts that serializing it again loses nothing.
fn round_trip<T: Serialize + DeserializeOwned>(text: &str) -> T {
    let value: T = serde_json::from_str(text).expect("a valid example");
    let expected: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(to_value(&value).expect("JSON"), expected);
    value
}

#[test]
fn device_list_example_round_trips() {
    let devices: DeviceList = round_trip(DEVICES);
    let device = &devices.devices.unwrap()[0];
    assert_eq!(device.device_id.as_deref(), Some("04ed32dc1b0025b52fe3c01a27c2babc"));
    assert_eq!(device.gateway_id.as_deref(), Some("d4922d8a-6c8e-4396-852c-164aefa6638f"));
}

#[test]
fn template_list_example_round_trips() {
    let templates: AuthenticationTemplateList = round_trip(TEMPLATES);
    let template = &templates.templates.unwrap()[0];
    assert_eq!(template.status, Some(TemplateStatus::Active));
    // `date -u -d '2023-10-31 07:05:47' +%s`
    let time = template.create_time.as_ref().unwrap().to_system_time().unwrap();
    assert_eq!(time, UNIX_EPOCH + Duration::from_secs(1_698_735_947));
}

#[test]
fn request_example_round_trips() {
    let request: ListDeviceRequest = round_trip(r#"{"limit": 10, "marker": "ffffffffffffffffffffffff", "offset": 0}"#);
    assert_eq!(request.limit, Some(PageLimit::default()));
    assert_eq!(request.marker, Some(Marker::default()));
    assert_eq!(request.offset, Some(PageOffset::default()));
}

#[test]
fn request_that_violates_the_openapi_document_is_rejected() {
    let requests = [
        json!({"limit": 0}),
        json!({"limit": 51}),
        json!({"limit": "10"}),
        json!({"limit": 1.5}),
        json!({"offset": -1}),
        json!({"offset": 501}),
        json!({"marker": ""}),
        json!({"marker": "ffffffffffffffffffffffff\n"}),
        json!({"marker": 5}),
        json!({"page": 1}),
    ];
    for request in requests {
        let result: Result<ListDeviceRequest, _> = from_value(request.clone());
        assert!(result.is_err(), "{request}");
    }
}

#[test]
fn bounds_and_defaults_match_the_vendor_pages() {
    assert_eq!(PageLimit::MIN.get(), 1);
    assert_eq!(PageLimit::MAX.get(), 50);
    assert_eq!(PageLimit::default().get(), 10);
    assert!(PageLimit::try_from(50).is_ok());
    assert!(PageLimit::try_from(51).is_err());
    assert_eq!(PageOffset::MIN.get(), 0);
    assert_eq!(PageOffset::MAX.get(), 500);
    assert_eq!(PageOffset::default().get(), 0);
    assert_eq!(Marker::default().as_str(), "f".repeat(24));
    assert!(TemplateName::try_from("a".repeat(128)).is_ok());
    assert!(TemplateName::try_from("a".repeat(129)).is_err());
}

#[test]
fn marker_keeps_its_text() {
    for text in ["66178add3b98944277731d0a", "66178ADD3B98944277731D0A"] {
        let marker: Marker = text.parse().unwrap();
        assert_eq!(marker.to_string(), text);
        assert_eq!(String::from(&marker), text);
        assert_eq!(to_value(&marker).unwrap(), json!(text));
    }
}

#[test]
fn template_name_keeps_its_text() {
    let name: TemplateName = "my_Template-1".parse().unwrap();
    assert_eq!(name.as_str(), "my_Template-1");
    assert_eq!(to_value(&name).unwrap(), json!("my_Template-1"));
}

#[test]
fn unknown_status_keeps_its_text() {
    for (text, status) in [
        ("ACTIVE", TemplateStatus::Active),
        ("INACTIVE", TemplateStatus::Inactive),
        ("ARCHIVED", TemplateStatus::Other("ARCHIVED".to_owned())),
        ("active", TemplateStatus::Other("active".to_owned())),
        ("", TemplateStatus::Other(String::new())),
    ] {
        let value: TemplateStatus = from_value(json!(text)).unwrap();
        assert_eq!(value, status);
        assert_eq!(value.to_string(), text);
        assert_eq!(to_value(&value).unwrap(), json!(text));
    }
}

#[test]
fn timestamp_in_the_documented_format_is_converted() {
    // For example `date -u -d '2015-12-12 12:12:12' +%s`.
    for (text, seconds) in [
        ("20151212T121212Z", 1_449_922_332),
        ("19700101T000000Z", 0),
        ("20240229T235959Z", 1_709_251_199),
        ("99991231T235959Z", 253_402_300_799),
    ] {
        assert_eq!(
            Timestamp::from(text).to_system_time().unwrap(),
            UNIX_EPOCH + Duration::from_secs(seconds),
            "{text}"
        );
    }
    assert_eq!(Timestamp::from("19691231T235959Z").to_system_time().unwrap(), UNIX_EPOCH - Duration::from_secs(1));
    assert_eq!(
        Timestamp::from("19000101T000000Z").to_system_time().unwrap(),
        UNIX_EPOCH - Duration::from_secs(2_208_988_800)
    );
}

#[test]
fn timestamp_in_another_format_keeps_its_text_and_is_not_converted() {
    for text in [
        "",
        "20151212T121212",
        "20151212T121212z",
        "20151212 121212Z",
        "2015-12-12T12:12:12Z",
        "20151312T121212Z",
        "20150229T121212Z",
        "20151212T241212Z",
        "20151212T121260Z",
        "20161231T235960Z",
        "+0151212T121212Z",
        "20151212T12121Z",
        "20151212T1212120Z",
        " 20151212T121212Z",
        "20151212T121212Z\n",
        "2015121２T121212Z",
    ] {
        let error = Timestamp::from(text).to_system_time().expect_err(text);
        assert!(error.to_string().contains("yyyyMMdd"), "the message must name the format: {error}");
        let value: Timestamp = from_value(json!(text)).unwrap();
        assert_eq!(value.as_str(), text);
    }
}
