//! The service: the response to a request, according to the OpenAPI document and the vendor's documentation.

use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde_json::Value;

use super::error_response::{ErrorResponse, json};
use super::recording::RecordedRequest;
use super::response::RawResponse;
use super::rules::{RULES, json_integer, query_integer};
use super::state::ServerState;
use super::store::{PageRequest, parse_id};
use super::{document, iam, sts};
use crate::types::{AuthenticationTemplateList, AuthenticationTemplateSimple, DeviceList};

pub(super) fn respond(state: &mut ServerState, request: &RecordedRequest, request_id: &str) -> RawResponse {
    let identity = &mut state.identity;
    let issued =
        |identity: &mut _| sts::respond(identity, request).map(|response| iam::with_trace_id(response, request_id));
    let builtin =
        document::respond(request).or_else(|| iam::respond(identity, request, request_id)).or_else(|| issued(identity));
    if let Some(response) = builtin {
        return response;
    }
    match route(state, request) {
        Ok(response) => response,
        Err(error) => error.respond(request_id),
    }
}

const INVALID_INPUT: ErrorResponse =
    ErrorResponse { status: 400, code: "IOTDA.000006", message: "Invalid input data." };
const LIMIT_OUT_OF_RANGE: ErrorResponse =
    ErrorResponse { status: 400, code: "IOTDA.000017", message: "The limit is out of range." };
const MARKER_OUT_OF_RANGE: ErrorResponse =
    ErrorResponse { status: 400, code: "IOTDA.000018", message: "The marker is out of range." };
const NO_CERTIFICATE: ErrorResponse =
    ErrorResponse { status: 404, code: "IOTDA.015500", message: "The certificate does not exist." };
const NO_ROUTE: ErrorResponse =
    ErrorResponse { status: 404, code: "APIGW.0101", message: "The API does not exist or has not been published." };

/// Checks in the order of the service: the route, the credential, the input, the requested resource.
fn route(state: &mut ServerState, request: &RecordedRequest) -> Result<RawResponse, ErrorResponse> {
    let path = request.target.split('?').next().unwrap_or_default();
    let decoded: Vec<_> = path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy()).collect();
    let segments: Vec<&str> = decoded.iter().map(AsRef::as_ref).collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("POST", ["", "v5", "iot", project, "device-certificates", id, "list-device"]) if !project.is_empty() => {
            state.identity.authenticate(request, false)?;
            list_devices(state, id, request)
        }
        ("GET", ["", "v5", "iot", project, "device-authentication-templates"]) if !project.is_empty() => {
            state.identity.authenticate(request, false)?;
            list_templates(state, request)
        }
        _ => Err(NO_ROUTE),
    }
}

fn list_devices(
    state: &ServerState,
    certificate_id: &str,
    request: &RecordedRequest,
) -> Result<RawResponse, ErrorResponse> {
    let Some(Value::Object(fields)) = request.json() else { return Err(INVALID_INPUT) };
    let mut params = PageParams::default();
    for (name, value) in &fields {
        let integer = || json_integer(value).ok_or(INVALID_INPUT);
        match name.as_str() {
            "limit" => params.limit = Some(integer()?),
            "offset" => params.offset = Some(integer()?),
            "marker" => params.marker = Some(value.as_str().ok_or(INVALID_INPUT)?.to_owned()),
            _ => return Err(INVALID_INPUT),
        }
    }
    let page = params.check()?;
    let devices = state.store.certificates.get(certificate_id).ok_or(NO_CERTIFICATE)?;
    let (devices, info) = devices.page(&page, None);
    Ok(json(200, &DeviceList { devices: Some(devices), page: Some(info) }))
}

fn list_templates(state: &ServerState, request: &RecordedRequest) -> Result<RawResponse, ErrorResponse> {
    let url = Url::parse(&format!("http://mock{}", request.target)).map_err(|_| INVALID_INPUT)?;
    let mut params = PageParams::default();
    let mut filter = None;
    for (name, value) in url.query_pairs() {
        let integer = || query_integer(&value).ok_or(INVALID_INPUT);
        match name.as_ref() {
            "limit" => params.limit = Some(integer()?),
            "offset" => params.offset = Some(integer()?),
            "marker" => params.marker = Some(value.into_owned()),
            "template_name" if RULES.template_name.allows(&value) => filter = Some(value.into_owned()),
            "template_name" => return Err(INVALID_INPUT),
            // Like most services, the mock ignores unknown parameters.
            _ => {}
        }
    }
    let page = params.check()?;
    let named = |template: &AuthenticationTemplateSimple| template.template_name == filter;
    let keep = filter.is_some().then_some(&named as &dyn Fn(&_) -> bool);
    let (templates, info) = state.store.templates.page(&page, keep);
    Ok(json(200, &AuthenticationTemplateList { templates: Some(templates), page: Some(info) }))
}

/// The paging parameters as they were received.
#[derive(Default)]
struct PageParams {
    limit: Option<i64>,
    marker: Option<String>,
    offset: Option<i64>,
}

impl PageParams {
    fn check(self) -> Result<PageRequest, ErrorResponse> {
        let limit = RULES.limit.apply(self.limit).ok_or(LIMIT_OUT_OF_RANGE)?;
        let offset = RULES.offset.apply(self.offset).ok_or(INVALID_INPUT)?;
        let marker = self.marker.as_ref().unwrap_or(&RULES.first_marker);
        if !RULES.marker.allows(marker) {
            return Err(MARKER_OUT_OF_RANGE);
        }
        Ok(PageRequest { limit, offset, below: parse_id(marker) })
    }
}
