//! The sealed trait of paginated operations, and the request for one of their pages.

use std::fmt;

use progenitor_client::ResponseValue;

use crate::constraints::OperationMeta;
use crate::error::Error;
use crate::generated;
use crate::pagination::page::{PageQuery, Purpose};
use crate::types::PageInfo;

pub(crate) type GeneratedResult<T> = Result<ResponseValue<T>, progenitor_client::Error<()>>;

/// A checked request for one page.
#[derive(Debug)]
pub struct OperationRequest<'a, O: Operation> {
    pub(crate) params: &'a O::Params,
    pub(crate) instance_id: Option<&'a str>,
    pub(crate) query: &'a PageQuery,
    pub(crate) purpose: Purpose,
}

/// A paginated operation of the service. Sealed: only this crate implements it.
///
/// | operation | `Item` |
/// |---|---|
/// | [`ListDeviceByDeviceCertificate`](crate::ListDeviceByDeviceCertificate) | [`DeviceSimple`](crate::types::DeviceSimple) |
/// | [`ListDeviceAuthenticationTemplates`](crate::ListDeviceAuthenticationTemplates) | [`AuthenticationTemplateSimple`](crate::types::AuthenticationTemplateSimple) |
pub trait Operation: Clone + fmt::Debug + Send + Sync + 'static {
    /// A record of the listing.
    type Item: Send + 'static;
    /// The response body.
    #[doc(hidden)]
    type List: Send;
    /// The operation's own parameters, checked.
    #[doc(hidden)]
    type Params: Send + Sync + 'static;
    #[doc(hidden)]
    const META: &'static OperationMeta;
    /// The name of the list in the response body.
    #[doc(hidden)]
    const LIST_FIELD: &'static str;

    #[doc(hidden)]
    fn check(self) -> Result<Self::Params, Error>;
    #[doc(hidden)]
    fn send(
        client: generated::Client,
        project_id: &str,
        request: &OperationRequest<'_, Self>,
    ) -> impl Future<Output = GeneratedResult<Self::List>> + Send;
    /// The record's unique ID within its listing.
    #[doc(hidden)]
    fn record_id(item: &Self::Item) -> Option<&str>;
    #[doc(hidden)]
    fn into_parts(list: Self::List) -> (Option<Vec<Self::Item>>, Option<PageInfo>);
}
