//! The two operations: the parameters and the response of each. `list_request.rs` has what they share.

use crate::client::Client;
use crate::constraints::{LIST_DEVICE_AUTHENTICATION_TEMPLATES, LIST_DEVICE_BY_DEVICE_CERTIFICATE, OperationMeta};
use crate::error::Error;
use crate::generated;
use crate::list_request::ListRequest;
use crate::operation::{GeneratedResult, Operation, OperationRequest};
use crate::pagination::page::PageQuery;
use crate::settings::check_certificate_id;
use crate::types::{
    AuthenticationTemplateList, AuthenticationTemplateSimple, DeviceList, DeviceSimple, ListDeviceRequest, PageInfo,
    TemplateName,
};

impl Client {
    /// Lists the devices that use a device certificate: those that lose their connection if it is disabled.
    ///
    /// `certificate_id` is the ID that the platform allocated when the certificate was registered. It must not be empty, be a
    /// dot segment, or contain a slash, a backslash or a control character; other characters are percent-encoded.
    ///
    /// Nothing is sent until the request is awaited or its stream is polled. At that time, an invalid ID fails with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), and an unknown certificate fails with status 404
    /// and code `IOTDA.015500` ([`Error::is_not_found`]).
    ///
    /// IAM action: `iotda:devicecertificates:queryDeviceList`.
    ///
    /// Source: [API reference, "Query the List of Devices that Use a Specified Device Certificate"](crate::guide::sources).
    pub fn list_device_by_device_certificate(
        &self,
        certificate_id: impl Into<String>,
    ) -> ListRequest<ListDeviceByDeviceCertificate> {
        ListRequest::new(self.clone(), ListDeviceByDeviceCertificate { certificate_id: certificate_id.into() })
    }

    /// Lists the device authentication templates of the project, optionally filtered by
    /// [name](ListRequest::template_name).
    ///
    /// Nothing is sent until the request is awaited or its stream is polled.
    ///
    /// IAM action: `iotda:deviceauthenticationtemplate:queryList`.
    ///
    /// Source: [API reference, "Query the Device Authentication Template List"](crate::guide::sources).
    pub fn list_device_authentication_templates(&self) -> ListRequest<ListDeviceAuthenticationTemplates> {
        ListRequest::new(self.clone(), ListDeviceAuthenticationTemplates::default())
    }
}

/// The operation `ListDeviceByDeviceCertificate`: the type parameter of a [`ListRequest`].
#[derive(Clone, Debug)]
pub struct ListDeviceByDeviceCertificate {
    certificate_id: String,
}

impl Operation for ListDeviceByDeviceCertificate {
    type Item = DeviceSimple;
    type List = DeviceList;
    type Params = String;
    const META: &'static OperationMeta = &LIST_DEVICE_BY_DEVICE_CERTIFICATE;
    const LIST_FIELD: &'static str = "devices";

    fn check(self) -> Result<String, Error> {
        check_certificate_id("certificate_id", &self.certificate_id)?;
        Ok(self.certificate_id)
    }

    async fn send(
        client: generated::Client,
        project_id: &str,
        OperationRequest { params: certificate_id, instance_id, query, .. }: &OperationRequest<'_, Self>,
    ) -> GeneratedResult<DeviceList> {
        let PageQuery { limit, marker, offset } = (*query).clone();
        let body = ListDeviceRequest { limit, marker, offset };
        client.list_device_by_device_certificate(project_id, certificate_id, *instance_id, &body).await
    }

    fn record_id(device: &DeviceSimple) -> Option<&str> {
        device.device_id.as_deref()
    }

    fn into_parts(list: DeviceList) -> (Option<Vec<DeviceSimple>>, Option<PageInfo>) {
        (list.devices, list.page)
    }
}

/// The operation `ListDeviceAuthenticationTemplates`: the type parameter of a [`ListRequest`].
#[derive(Clone, Debug, Default)]
pub struct ListDeviceAuthenticationTemplates {
    template_name: Option<String>,
}

impl ListRequest<ListDeviceAuthenticationTemplates> {
    /// Lists only the templates of this name: 1 to 128 letters, digits, `_` and `-`. Default: all templates.
    ///
    /// With any other name, the call fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    ///
    /// Source: [API reference, "Query the Device Authentication Template List", parameter
    /// `template_name`](crate::guide::sources).
    pub fn template_name(mut self, name: impl Into<String>) -> Self {
        self.operation.template_name = Some(name.into());
        self
    }
}

impl Operation for ListDeviceAuthenticationTemplates {
    type Item = AuthenticationTemplateSimple;
    type List = AuthenticationTemplateList;
    type Params = Option<TemplateName>;
    const META: &'static OperationMeta = &LIST_DEVICE_AUTHENTICATION_TEMPLATES;
    const LIST_FIELD: &'static str = "templates";

    fn check(self) -> Result<Option<TemplateName>, Error> {
        self.template_name.map(TemplateName::try_from).transpose()
    }

    async fn send(
        client: generated::Client,
        project_id: &str,
        OperationRequest { params: template_name, instance_id, query, .. }: &OperationRequest<'_, Self>,
    ) -> GeneratedResult<AuthenticationTemplateList> {
        let PageQuery { limit, marker, offset } = query;
        client
            .list_device_authentication_templates(
                project_id,
                limit.as_ref(),
                marker.as_ref(),
                offset.as_ref(),
                template_name.as_ref(),
                *instance_id,
            )
            .await
    }

    fn record_id(template: &AuthenticationTemplateSimple) -> Option<&str> {
        template.template_id.as_deref()
    }

    fn into_parts(list: AuthenticationTemplateList) -> (Option<Vec<AuthenticationTemplateSimple>>, Option<PageInfo>) {
        (list.templates, list.page)
    }
}
