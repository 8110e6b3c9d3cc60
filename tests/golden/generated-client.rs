// The client that build.rs generates from openapi/iotda.yaml with the default features: a copy to read, which no code uses.
// After a change, update it: UPDATE_EXPECT=1 cargo test --test build_script

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{encode_path, ClientHooks, OperationInfo, RequestBuilderExt};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    /**The response body of ListDeviceAuthenticationTemplates: one page of device authentication templates,
with the paging object.*/
    #[non_exhaustive]
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Debug,
        Default,
        Eq,
        Hash,
        PartialEq
    )]
    pub struct AuthenticationTemplateList {
        /**The paging object of a response body: pagination information of the query results. It is not a page of
records, which is a DeviceList or an AuthenticationTemplateList.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(default, deserialize_with = "crate::types::object")]
        pub page: ::std::option::Option<PageInfo>,
        /**Details of the authentication templates on this page. Null does not mean that there are none: see the
tag Paging of the OpenAPI document.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(default, deserialize_with = "crate::types::records")]
        pub templates: ::std::option::Option<
            ::std::vec::Vec<AuthenticationTemplateSimple>,
        >,
    }
    ///A device authentication template without its content, one record of an AuthenticationTemplateList.
    #[non_exhaustive]
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Debug,
        Default,
        Eq,
        Hash,
        PartialEq
    )]
    pub struct AuthenticationTemplateSimple {
        /**A UTC time in the format yyyyMMdd'T'HHmmss'Z', for example 20151212T121212Z. In a template:
when the template was created (create_time), or last modified (update_time).*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub create_time: ::std::option::Option<crate::types::Timestamp>,
        ///Description of the authentication template.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub description: ::std::option::Option<::std::string::String>,
        /**Authentication template status. `ACTIVE`: the template is enabled. `INACTIVE`: the template is disabled.
The service may add values: accept a value that you do not know.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<crate::types::TemplateStatus>,
        ///Authentication template ID.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub template_id: ::std::option::Option<::std::string::String>,
        ///Authentication template name.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub template_name: ::std::option::Option<::std::string::String>,
        /**A UTC time in the format yyyyMMdd'T'HHmmss'Z', for example 20151212T121212Z. In a template:
when the template was created (create_time), or last modified (update_time).*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub update_time: ::std::option::Option<crate::types::Timestamp>,
    }
    /**The response body of ListDeviceByDeviceCertificate: one page of the devices that use a device
certificate, with the paging object.*/
    #[non_exhaustive]
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Debug,
        Default,
        Eq,
        Hash,
        PartialEq
    )]
    pub struct DeviceList {
        /**The devices on this page. (The vendor's page calls this field the device certificate list, but
describes its type as an array of DeviceSimple: it is the devices.) Null does not mean that
there are none: see the tag Paging of the OpenAPI document.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(default, deserialize_with = "crate::types::records")]
        pub devices: ::std::option::Option<::std::vec::Vec<DeviceSimple>>,
        /**The paging object of a response body: pagination information of the query results. It is not a page of
records, which is a DeviceList or an AuthenticationTemplateList.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(default, deserialize_with = "crate::types::object")]
        pub page: ::std::option::Option<PageInfo>,
    }
    ///A device that uses a device certificate, one record of a DeviceList.
    #[non_exhaustive]
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Debug,
        Default,
        Eq,
        Hash,
        PartialEq
    )]
    pub struct DeviceSimple {
        ///Resource space ID.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub app_id: ::std::option::Option<::std::string::String>,
        /**Device ID, which uniquely identifies a device. It is specified when the device is registered, or
allocated by the platform in the form `[product_id]_[node_id]`.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub device_id: ::std::option::Option<::std::string::String>,
        ///Device name.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub device_name: ::std::option::Option<::std::string::String>,
        /**Gateway ID, the device ID of the parent device. For a directly connected device, it is the same
as the device ID. For an indirectly connected device, it is the device ID of its parent.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub gateway_id: ::std::option::Option<::std::string::String>,
        ///Device identifier, set to the IMEI, the MAC address or the serial number.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub node_id: ::std::option::Option<::std::string::String>,
        ///Unique ID of the product associated with the device.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub product_id: ::std::option::Option<::std::string::String>,
    }
    /**The JSON body of an error response. For the codes, both pages refer to the vendor's page of error codes
([Error Codes](https://support.huaweicloud.com/intl/en-us/api-iothub/ErrorCode.html)).

The service sends the code and the message; the gateway adds the request ID. [other vendor pages]*/
    #[non_exhaustive]
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Debug,
        Default,
        Eq,
        Hash,
        PartialEq
    )]
    pub struct ErrorBody {
        ///Error code, for example IOTDA.000006 of the service or APIG.0301 of the gateway.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub error_code: ::std::option::Option<::std::string::String>,
        ///Error message.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub error_msg: ::std::option::Option<::std::string::String>,
        ///Request ID. Only in responses of the gateway.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub request_id: ::std::option::Option<::std::string::String>,
    }
    ///The JSON request body of ListDeviceByDeviceCertificate: the limit, marker and offset of the page to read.
    #[non_exhaustive]
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Debug,
        Default,
        Eq,
        Hash,
        PartialEq
    )]
    #[serde(deny_unknown_fields)]
    pub struct ListDeviceRequest {
        ///Number of records on each page, 1 to 50. Default: 10.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub limit: ::std::option::Option<crate::types::PageLimit>,
        /**ID of the last record of the previous query, returned by the platform: 24 hexadecimal characters.
Records are queried in descending order of record IDs (the marker's value), and a newer record has
a larger ID. With a marker, only the records whose IDs are smaller than it are queried. Without
a marker, the query starts from the record with the largest ID, that is, the latest. To query all
data in sequence, send the marker of the last response each time. Default: 24 times `f`.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub marker: ::std::option::Option<crate::types::Marker>,
        /**Number of records to skip after the marker, 0 to 500. With offset N, the query starts from record N+1
after the last record of the previous query, that is, after the marker. With 0, the output starts
from the first record after it. To keep the API fast, turn pages with offset and marker together:
with 50 records on each page, offset can jump directly to a page from 1 to 11; to view pages 12 to
22, send the marker that page 11 returned as the marker of the next query. Default: 0.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub offset: ::std::option::Option<crate::types::PageOffset>,
    }
    /**The paging object of a response body: pagination information of the query results. It is not a page of
records, which is a DeviceList or an AuthenticationTemplateList.*/
    #[non_exhaustive]
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Debug,
        Default,
        Eq,
        Hash,
        PartialEq
    )]
    pub struct PageInfo {
        /**Total number of records that meet the filter criteria. It is a hint, because records come and go: it
never ends a list, but a list that ends below it is incomplete or has changed. The maximum is the largest
integer that every JSON reader represents exactly.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        #[serde(default, deserialize_with = "crate::types::count")]
        pub count: ::std::option::Option<i64>,
        /**ID of the last record of this query, which can be used in the next query. It is also present on a
list's only page, so its presence does not mean that more records follow. On a page without records,
a marker that is lower than the one sent means that the list continues after it.*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub marker: ::std::option::Option<::std::string::String>,
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
#[derive(Clone, Debug)]
/**Client for Huawei Cloud IoTDA

Two application-side operations of Huawei Cloud IoT Device Access (IoTDA): list the devices that
use a device certificate, and list the device authentication templates. Both operations are read-only, so
a request can be retried safely. The tag Paging says how to read a whole list.

Version: 2.0.0*/
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: crate::http::attempt::Attempt,
}
impl Client {
    /// Create a new client.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new(baseurl: &str, inner: crate::http::attempt::Attempt) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        let client = {
            let dur = ::std::time::Duration::from_secs(15u64);
            reqwest::ClientBuilder::new().connect_timeout(dur).timeout(dur)
        };
        #[cfg(target_arch = "wasm32")]
        let client = reqwest::ClientBuilder::new();
        Self::new_with_client(baseurl, client.build().unwrap(), inner)
    }
    /// Construct a new client with an existing `reqwest::Client`,
    /// allowing more control over its configuration.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new_with_client(
        baseurl: &str,
        client: reqwest::Client,
        inner: crate::http::attempt::Attempt,
    ) -> Self {
        Self {
            baseurl: baseurl.to_string(),
            client,
            inner,
        }
    }
}
impl ClientInfo<crate::http::attempt::Attempt> for Client {
    fn api_version() -> &'static str {
        "2.0.0"
    }
    fn baseurl(&self) -> &str {
        self.baseurl.as_str()
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &crate::http::attempt::Attempt {
        &self.inner
    }
}
const _: () = {
    #[allow(dead_code)]
    fn assert_client_hooks()
    where
        Client: ClientHooks<crate::http::attempt::Attempt>,
    {}
};
#[allow(clippy::all)]
impl Client {
    /**Query the device authentication template list

Used by an application to query the list of device authentication templates on the IoT
platform.

**Authorization.** An account may call every API. An IAM user needs a permission: with role or
policy based authorization, see the vendor's page on permissions policies and supported
actions; with identity policy based authorization, the action
`iotda:deviceauthenticationtemplate:queryList` (access level List) on the resource type
`instance` (required), with the condition key `g:EnterpriseProjectId`. The action has no alias
and no dependencies.

**Paging.** Newest first. See `marker`, `offset` and the tag Paging. In the page's example, the marker is the
last template's `template_id`. Do not rely on that: use the marker of the response.

**Example.** Templates of a tenant by name:
`GET https://{endpoint}/v5/iot/{project_id}/device-authentication-templates?template_name={template_name}`

**API Explorer.** The service publishes this operation in API Explorer, where it can be tried with
automatic authentication and where SDK sample code is generated.

Sends a `GET` request to `/v5/iot/{project_id}/device-authentication-templates`

Arguments:
- `project_id`: Project ID. See the vendor's page on obtaining a project ID.
- `limit`: Number of records on each page.
- `marker`: ID of the last record of the previous query, returned by that query.
- `offset`: Number of records to skip after the marker.
- `template_name`: Name of an authentication template. If set, only templates with this name are listed.
- `instance_id`: Instance ID. This operation's page requires it only when the API is called from the management
plane in the physical multi-tenant scenario. (The page of the other operation,
ListDeviceByDeviceCertificate, differs: mandatory for professional editions, recommended
otherwise.) The IoTDA console shows the ID under Overview in the navigation pane.
*/
    pub async fn list_device_authentication_templates<'a>(
        &'a self,
        project_id: &'a str,
        limit: Option<&'a crate::types::PageLimit>,
        marker: Option<&'a crate::types::Marker>,
        offset: Option<&'a crate::types::PageOffset>,
        template_name: Option<&'a crate::types::TemplateName>,
        instance_id: Option<&'a str>,
    ) -> Result<ResponseValue<types::AuthenticationTemplateList>, Error<()>> {
        let url = format!(
            "{}/v5/iot/{}/device-authentication-templates", self.baseurl, encode_path(&
            project_id.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
        if let Some(value) = instance_id {
            header_map.append("Instance-Id", value.to_string().try_into()?);
        }
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("limit", &limit))
            .query(&progenitor_client::QueryParam::new("marker", &marker))
            .query(&progenitor_client::QueryParam::new("offset", &offset))
            .query(&progenitor_client::QueryParam::new("template_name", &template_name))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "list_device_authentication_templates",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => self.inner.read(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Query the list of devices that use a specified device certificate

Used by an application to query the list of devices that use a specified device certificate on
the IoT platform. The method is POST, but the operation is read-only.

**Authorization.** An account may call every API. An IAM user needs a permission: with role or
policy based authorization, see the vendor's page on permissions policies and supported
actions; with identity policy based authorization, the action
`iotda:devicecertificates:queryDeviceList` (access level Read) on the resource type `instance`
(required), with the condition keys `g:EnterpriseProjectId` and `g:ResourceTag/<tag-key>`. The
action has no alias and no dependencies.

**Paging.** Newest first. See `marker`, `offset` and the tag Paging. A marker is a record ID, which is not a
field of a device: only a response contains it.

**Example.** Devices that use a certificate:
`POST https://{endpoint}/v5/iot/{project_id}/device-certificates/{certificate_id}/list-device`

**API Explorer.** The service publishes this operation in API Explorer, where it can be tried with
automatic authentication and where SDK sample code is generated.

Sends a `POST` request to `/v5/iot/{project_id}/device-certificates/{certificate_id}/list-device`

Arguments:
- `project_id`: Project ID. See the vendor's page on obtaining a project ID.
- `certificate_id`: Unique ID that identifies a device certificate. The platform allocates it when the
certificate is registered.
- `instance_id`: Instance ID, the unique identifier of each instance in the physical multi-tenant scenario.
This operation's page makes it mandatory for professional editions and recommends it in other
cases. (The page of the other operation, ListDeviceAuthenticationTemplates, differs: required
only for calls from the management plane.) The IoTDA console shows the ID under Overview in
the navigation pane; see the vendor's page on viewing instance details.
- `body`: The page to read. Every field is optional, but the body is required: send at least `{}`.
[other vendor pages]
*/
    pub async fn list_device_by_device_certificate<'a>(
        &'a self,
        project_id: &'a str,
        certificate_id: &'a str,
        instance_id: Option<&'a str>,
        body: &'a types::ListDeviceRequest,
    ) -> Result<ResponseValue<types::DeviceList>, Error<()>> {
        let url = format!(
            "{}/v5/iot/{}/device-certificates/{}/list-device", self.baseurl,
            encode_path(& project_id.to_string()), encode_path(& certificate_id
            .to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
        if let Some(value) = instance_id {
            header_map.append("Instance-Id", value.to_string().try_into()?);
        }
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .json(&body)
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "list_device_by_device_certificate",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => self.inner.read(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    #[allow(unused_imports)]
    pub use super::Client;
}
