"""Calls the service with the generated client, and converts the responses to the format of the cases."""

from iotda import AuthenticatedClient, Client
from iotda.api.device_authentication_template import list_device_authentication_templates
from iotda.api.device_certificate import list_device_by_device_certificate
from iotda.models import AuthenticationTemplateList, DeviceList, ErrorBody, ListDeviceRequest
from iotda.types import UNSET, Unset

DEVICE = ["app_id", "device_id", "node_id", "gateway_id", "device_name", "product_id"]
TEMPLATE = ["template_id", "template_name", "create_time", "update_time", "description", "status"]
ERROR_FIELDS = set("error_code errorCode code errcode error error_msg errorMsg message msg errmsg".split())
# Values of such a field that report no error; 0 equals False.
NO_ERROR = [None, False, "", "0", [], {}]


class UndocumentedResponse(Exception):
    """A 200 without records that reports an error, or does not state that the list is empty."""


def create_client(endpoint, token):
    if token is None:
        return Client(endpoint)
    # The generator treats every security scheme as a bearer token, so the header is set here.
    return AuthenticatedClient(endpoint, token=token, prefix="", auth_header_name="X-Auth-Token")


def list_devices(client, project_id, certificate_id, instance_id=UNSET, **page):
    return list_device_by_device_certificate.sync_detailed(
        project_id, certificate_id, client=client, body=ListDeviceRequest(**page), instance_id=instance_id
    )


def list_templates(client, project_id, **query):
    return list_device_authentication_templates.sync_detailed(project_id, client=client, **query)


OPERATIONS = {"ListDeviceByDeviceCertificate": list_devices, "ListDeviceAuthenticationTemplates": list_templates}


def result_of(response):
    result = {"status": response.status_code, "error_code": None, "records": None, "total": None, "marker": None}
    match response.parsed:
        case DeviceList() as page:
            result["records"] = records_of(page.devices, DEVICE)
        case AuthenticationTemplateList() as page:
            result["records"] = records_of(page.templates, TEMPLATE)
        case ErrorBody() as error:
            return {**result, "error_code": value_of(error.error_code)}
        case None:  # A status that the OpenAPI document does not have.
            return result
    if page.page:
        result |= {"total": value_of(page.page.count), "marker": value_of(page.page.marker)}
    is_stated = result["records"] is not None or result["total"] is not None
    if not result["records"] and (not is_stated or reports_error(page.to_dict())):
        raise UndocumentedResponse(response.content[:200])
    return result


def reports_error(value):
    """Returns whether a field at any level reports an error."""
    match value:
        case dict():
            errors = [value[name] for name in ERROR_FIELDS & value.keys()]
            return any(error not in NO_ERROR for error in errors) or any(map(reports_error, value.values()))
        case list():
            return any(map(reports_error, value))
    return False


def records_of(records, fields):
    if records is None or isinstance(records, Unset):
        return None
    return [{field: value_of(getattr(record, field)) for field in fields} for record in records]


def value_of(value):
    return None if isinstance(value, Unset) else value
