//! The operations: what is each one's own. Everything that paged operations share is in `request.rs`.

use crate::client::Client;
use crate::endpoint::check_id;
use crate::error::Error;
use crate::facts::{LIST_DEVICE_AUTHENTICATION_TEMPLATES, LIST_DEVICE_BY_DEVICE_CERTIFICATE, OperationFacts};
use crate::generated;
use crate::pagination::PageQuery;
use crate::request::{ListRequest, Operation, Paged, Target};
use crate::transport::Outcome;
use crate::types::{
    AuthenticationTemplateList, AuthenticationTemplateSimple, DeviceList, DeviceSimple, ListDeviceRequest, PageInfo,
    TemplateName,
};

impl Client {
    /// The devices that use a device certificate: all those that are cut off when it is disabled.
    ///
    /// The certificate's id is what the platform allocated when the certificate was registered. It must not be
    /// empty or change the path (no slash, no dot segment, no control character); everything else is percent-encoded.
    ///
    /// Nothing is sent before the request is read. Such an id is an error of that call
    /// ([`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput)), an unknown certificate one with status 404 and code
    /// `IOTDA.015500` ([`Error::is_not_found`]).
    ///
    /// IAM action: `iotda:devicecertificates:queryDeviceList`.
    ///
    /// Source: the vendor's page "Query the List of Devices that Use a Specified Device Certificate".
    pub fn list_device_by_device_certificate(
        &self,
        certificate_id: impl Into<String>,
    ) -> ListRequest<ListDeviceByDeviceCertificate> {
        ListRequest::new(self.clone(), ListDeviceByDeviceCertificate { certificate_id: certificate_id.into() })
    }

    /// The device authentication templates of the project, or those of a [name](ListRequest::template_name).
    ///
    /// IAM action: `iotda:deviceauthenticationtemplate:queryList`.
    ///
    /// Source: the vendor's page "Query the Device Authentication Template List".
    pub fn list_device_authentication_templates(&self) -> ListRequest<ListDeviceAuthenticationTemplates> {
        ListRequest::new(self.clone(), ListDeviceAuthenticationTemplates::default())
    }
}

/// The operation `ListDeviceByDeviceCertificate`, as the parameter of a [`ListRequest`].
#[derive(Clone, Debug)]
pub struct ListDeviceByDeviceCertificate {
    certificate_id: String,
}

impl Operation for ListDeviceByDeviceCertificate {}

impl Paged for ListDeviceByDeviceCertificate {
    type Item = DeviceSimple;
    type List = DeviceList;
    type Checked = String;
    const FACTS: &'static OperationFacts = &LIST_DEVICE_BY_DEVICE_CERTIFICATE;
    const LIST: &'static str = "devices";

    fn check(self) -> Result<String, Error> {
        check_id("certificate_id", &self.certificate_id)?;
        Ok(self.certificate_id)
    }

    async fn send(client: generated::Client, to: Target<'_>, id: &String, page: &PageQuery) -> Outcome<DeviceList> {
        let PageQuery { limit, marker, offset } = page.clone();
        let body = ListDeviceRequest { limit, marker, offset };
        client.list_device_by_device_certificate(to.project_id, id, to.instance_id, &body).await
    }

    fn key(device: &DeviceSimple) -> Option<&str> {
        device.device_id.as_deref()
    }

    fn parts(list: DeviceList) -> (Option<Vec<DeviceSimple>>, Option<PageInfo>) {
        (list.devices, list.page)
    }
}

/// The operation `ListDeviceAuthenticationTemplates`, as the parameter of a [`ListRequest`].
#[derive(Clone, Debug, Default)]
pub struct ListDeviceAuthenticationTemplates {
    template_name: Option<String>,
}

impl ListRequest<ListDeviceAuthenticationTemplates> {
    /// Only templates of this name: 1 to 128 letters, digits, `_` and `-`. Another one is
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) of the call.
    ///
    /// Source: the vendor's page on querying the template list, parameter `template_name`.
    pub fn template_name(mut self, name: impl Into<String>) -> Self {
        self.operation.template_name = Some(name.into());
        self
    }
}

impl Operation for ListDeviceAuthenticationTemplates {}

impl Paged for ListDeviceAuthenticationTemplates {
    type Item = AuthenticationTemplateSimple;
    type List = AuthenticationTemplateList;
    type Checked = Option<TemplateName>;
    const FACTS: &'static OperationFacts = &LIST_DEVICE_AUTHENTICATION_TEMPLATES;
    const LIST: &'static str = "templates";

    fn check(self) -> Result<Option<TemplateName>, Error> {
        self.template_name.map(TemplateName::try_from).transpose()
    }

    async fn send(
        client: generated::Client,
        to: Target<'_>,
        name: &Option<TemplateName>,
        page: &PageQuery,
    ) -> Outcome<AuthenticationTemplateList> {
        let PageQuery { limit, marker, offset } = page;
        client
            .list_device_authentication_templates(
                to.project_id,
                limit.as_ref(),
                marker.as_ref(),
                offset.as_ref(),
                name.as_ref(),
                to.instance_id,
            )
            .await
    }

    fn key(template: &AuthenticationTemplateSimple) -> Option<&str> {
        template.template_id.as_deref()
    }

    fn parts(list: AuthenticationTemplateList) -> (Option<Vec<AuthenticationTemplateSimple>>, Option<PageInfo>) {
        (list.templates, list.page)
    }
}
